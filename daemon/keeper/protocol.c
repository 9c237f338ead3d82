/* protocol.c -- a fixed head of five numbers; for SPAWN more of them, and terminated strings. */
#include "keeper/protocol.h"

#include <assert.h>
#include <signal.h>
#include <string.h>

#include "keeper/keeper.h"

/* On the wire. What `first` and `second` mean depends on the kind. */
struct head {
    uint32_t kind;
    int32_t first, second, third;
    uint64_t ticket;
};

/* Behind the head of a SPAWN; then the groups, 32 bits each. */
struct confinement {
    uint32_t change_user, uid, gid, groups, tmp;
    uint32_t unused; /* 0: no padding that could carry bytes of our memory */
    int64_t memory;
};

/* More than any machine gives a user (the kernel's limit). */
#define GROUPS_MAX 65536

static struct head head_of(const struct lg_keeper_message *message)
{
    struct head head = { .kind = message->kind, .ticket = message->ticket };

    switch (message->kind) {
    case LG_KEEPER_SPAWN: /* counted by add_strings() */
        break;
    case LG_KEEPER_SIGNAL:
        head.first = message->signal;
        break;
    case LG_KEEPER_SPAWNED:
        head.first = message->pid;
        head.second = message->group;
        break;
    case LG_KEEPER_FAILED:
        head.first = message->error;
        head.second = message->step;
        break;
    case LG_KEEPER_EXITED:
        head.first = message->status;
        head.second = message->peak_kib;
        head.third = message->out_of_memory;
        break;
    }
    return head;
}

static void add_confine(struct lg_buf *out, const struct lg_keeper_confine *confine)
{
    const struct confinement fixed = { .change_user = confine->change_user,
                                       .uid = confine->uid,
                                       .gid = confine->gid,
                                       .groups = (uint32_t)confine->group_count,
                                       .tmp = confine->tmp,
                                       .memory = confine->memory_bytes };

    assert(confine->group_count <= GROUPS_MAX && confine->memory_bytes >= 0);
    lg_buf_add(out, &fixed, sizeof(fixed));
    lg_buf_add(out, confine->groups, confine->group_count * sizeof(*confine->groups));
}

static void add_string(struct lg_buf *out, const char *text)
{
    lg_buf_add(out, text, strlen(text) + 1);
}

/* Returns how many there were. */
static int32_t add_strings(struct lg_buf *out, const char *const *strings)
{
    int32_t count = 0;

    for (; strings[count] != NULL && !lg_buf_failed(out); count++)
        add_string(out, strings[count]);
    return count;
}

enum lg_err lg_keeper_encode(struct lg_buf *out, const struct lg_keeper_message *message)
{
    struct head head = head_of(message);
    size_t start = out->size;

    assert(message->ticket != 0);
    lg_buf_add(out, &head, sizeof(head));
    if (message->kind == LG_KEEPER_SPAWN) {
        add_confine(out, &message->confine);
        add_string(out, message->directory);
        head.first = add_strings(out, message->argv);
        head.second = add_strings(out, message->environment);
    }
    if (lg_buf_failed(out) || out->size - start > LG_KEEPER_MESSAGE_MAX)
        return LG_ERR_TOO_BIG;
    memcpy(out->data + start, &head, sizeof(head));
    return LG_OK;
}

/* Cuts one terminated string off `rest`. */
static bool take_string(struct lg_str *rest, const char **ret_string)
{
    size_t end = lg_str_find(*rest, '\0', 0);

    if (end == rest->size)
        return false;
    *ret_string = rest->data;
    *rest = lg_str_part(*rest, end + 1, rest->size);
    return true;
}

static bool take_strings(struct lg_str *rest, int32_t count, struct lg_arena *arena,
                         const char *const **ret_strings)
{
    /* Every string has a NUL, so a count beyond the bytes is a lie; it must not cost memory. */
    if (count < 0 || (size_t)count > rest->size)
        return false;

    const char **strings = lg_arena_alloc(arena, ((size_t)count + 1) * sizeof(*strings));

    for (int32_t i = 0; i < count; i++)
        if (!take_string(rest, &strings[i]))
            return false;
    strings[count] = NULL;
    *ret_strings = strings;
    return true;
}

static bool environment_valid(const char *const *environment)
{
    for (; *environment != NULL; environment++) {
        const char *equals = strchr(*environment, '=');

        if (equals == NULL || equals == *environment)
            return false;
    }
    return true;
}

static bool take_confine(struct lg_str *rest, struct lg_arena *arena,
                         struct lg_keeper_confine *ret_confine)
{
    struct confinement fixed;
    size_t groups;

    if (rest->size < sizeof(fixed))
        return false;
    memcpy(&fixed, rest->data, sizeof(fixed));
    *rest = lg_str_part(*rest, sizeof(fixed), rest->size);
    groups = fixed.groups * sizeof(gid_t);
    if (fixed.change_user > 1 || fixed.tmp > LG_KEEPER_TMP_MOUNT || fixed.memory < 0 ||
        fixed.unused != 0 || fixed.groups > GROUPS_MAX || groups > rest->size)
        return false;
    *ret_confine = (struct lg_keeper_confine){ .change_user = fixed.change_user != 0,
                                               .uid = fixed.uid,
                                               .gid = fixed.gid,
                                               .group_count = fixed.groups,
                                               .tmp = (enum lg_keeper_tmp)fixed.tmp,
                                               .memory_bytes = fixed.memory };
    if (groups > 0)
        ret_confine->groups = lg_arena_copy(arena, rest->data, groups);
    *rest = lg_str_part(*rest, groups, rest->size);
    return true;
}

static bool decode_spawn(struct lg_str rest, const struct head *head, struct lg_arena *arena,
                         struct lg_keeper_message *ret_message)
{
    return head->first >= 1 && head->third == 0 &&
           take_confine(&rest, arena, &ret_message->confine) &&
           take_string(&rest, &ret_message->directory) && ret_message->directory[0] != '\0' &&
           take_strings(&rest, head->first, arena, &ret_message->argv) &&
           take_strings(&rest, head->second, arena, &ret_message->environment) && rest.size == 0 &&
           environment_valid(ret_message->environment);
}

/* Everything but SPAWN is its head alone. */
static bool decode_fixed(const struct head *head, struct lg_keeper_message *ret_message)
{
    bool two_numbers = head->third == 0;
    bool one_number = two_numbers && head->second == 0;

    switch (head->kind) {
    case LG_KEEPER_SIGNAL:
        ret_message->signal = head->first;
        return one_number && head->first > 0 && head->first < NSIG;
    case LG_KEEPER_SPAWNED:
        ret_message->pid = head->first;
        ret_message->group = head->second;
        return two_numbers && head->first > 1 && head->second >= 0;
    case LG_KEEPER_FAILED:
        ret_message->error = head->first;
        ret_message->step = head->second;
        return two_numbers && head->first > 0 && head->second >= LG_KEEPER_STEP_FORK &&
               head->second <= LG_KEEPER_STEP_LAST;
    case LG_KEEPER_EXITED:
        ret_message->status = head->first;
        ret_message->peak_kib = head->second;
        ret_message->out_of_memory = head->third != 0;
        return head->second >= 0 && (head->third == 0 || head->third == 1);
    default:
        return false;
    }
}

enum lg_err lg_keeper_decode(struct lg_str bytes, struct lg_arena *arena,
                             struct lg_keeper_message *ret_message)
{
    struct lg_keeper_message message = { 0 };
    struct head head;
    bool valid;

    if (bytes.size < sizeof(head) || bytes.size > LG_KEEPER_MESSAGE_MAX)
        return LG_ERR_SYNTAX;
    memcpy(&head, bytes.data, sizeof(head));
    message.ticket = head.ticket;
    if (head.ticket == 0)
        return LG_ERR_SYNTAX;

    struct lg_str rest = lg_str_part(bytes, sizeof(head), bytes.size);
    if (head.kind == LG_KEEPER_SPAWN)
        valid = decode_spawn(rest, &head, arena, &message);
    else
        valid = rest.size == 0 && decode_fixed(&head, &message);
    if (!valid)
        return LG_ERR_SYNTAX;
    message.kind = (enum lg_keeper_kind)head.kind;
    *ret_message = message;
    return LG_OK;
}
