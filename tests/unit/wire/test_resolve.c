/* test_resolve.c -- names are asked for elsewhere, once, and remembered for a while. */
#include "wire/resolve.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "outside.h"

static atomic_uint asked;
static sem_t let_go;

static int server(const char *host, struct lg_addresses *ret_addresses)
{
    atomic_fetch_add(&asked, 1);
    if (strstr(host, "slow") != NULL)
        sem_wait(&let_go);
    if (strstr(host, "none") != NULL)
        return EAI_NONAME;
    outside_answer(ret_addresses, "192.0.2.1");
    return 0;
}

struct question {
    struct lg_query query;
    unsigned answers;
    char text[128];
};

static void note(struct lg_query *query, const struct lg_addresses *addresses, const char *error)
{
    struct question *question = LG_CONTAINER(query, struct question, query);

    question->answers++;
    bool answered = addresses != NULL;

    cr_assert(ne(int, answered, error != NULL));
    if (error != NULL)
        (void)snprintf(question->text, sizeof(question->text), "%s", error);
    else
        (void)snprintf(question->text, sizeof(question->text), "%zu addresses, family %d",
                       addresses->count, addresses->list[0].any.sa_family);
}

static struct question questions[LG_RESOLVE_NAMES + 8];
static size_t question_count;

static bool all_answered(void)
{
    for (size_t i = 0; i < question_count; i++) {
        if (questions[i].answers == 0)
            return false;
    }
    return true;
}

static struct question *ask(const char *host)
{
    struct question *question = &questions[question_count++];

    lg_resolve(outside.resolver, &question->query, host, note);
    cr_assert(eq(uint, question->answers, 0), "never within the call");
    return question;
}

static void begin(void)
{
    sem_init(&let_go, 0, 0);
    outside_begin(server, 16);
}

TestSuite(resolve, .init = begin, .timeout = 60);

Test(resolve, a_name_is_asked_for_once_and_remembered)
{
    ask("shop.example");
    ask("shop.example");
    outside_until(all_answered, "answers");
    ask("shop.example");
    outside_until(all_answered, "an answer from memory");
    for (size_t i = 0; i < question_count; i++) {
        cr_assert(eq(uint, questions[i].answers, 1));
        outside_same(questions[i].text, "1 addresses, family 2");
    }
    cr_assert(eq(uint, atomic_load(&asked), 1));
    outside_end();
}

Test(resolve, numbers_need_nobody)
{
    ask("127.0.0.1");
    ask("::1");
    outside_turn();
    cr_assert(all_answered());
    outside_same(questions[1].text, "1 addresses, family 10");
    cr_assert(eq(uint, atomic_load(&asked), 0));
    outside_end();
}

Test(resolve, a_failure_is_told_in_words_and_soon_forgotten)
{
    ask("none.example");
    outside_until(all_answered, "an answer");
    outside_same(questions[0].text, "there is no such host name");
    ask("none.example");
    outside_until(all_answered, "an answer from memory");
    cr_assert(eq(uint, atomic_load(&asked), 1));
    outside_end();
}

Test(resolve, a_cancelled_question_gets_no_answer_and_its_neighbour_does)
{
    struct question *first = ask("slow.example"), *second = ask("slow.example");
    struct question *known = ask("127.0.0.1");

    lg_resolve_cancel(&first->query);
    lg_resolve_cancel(&known->query);
    first->answers = known->answers = 77;
    sem_post(&let_go);
    outside_until(all_answered, "the other's answer");
    cr_assert(eq(uint, second->answers, 1));
    cr_assert(eq(uint, first->answers, 77));
    cr_assert(eq(uint, known->answers, 77));
    outside_end();
}

Test(resolve, too_many_names_that_wait_are_refused)
{
    char host[64];
    struct question *last = NULL;

    for (int i = 0; i < 30; i++) { /* 2 threads, room for 16 */
        (void)snprintf(host, sizeof(host), "slow%d.example", i);
        last = ask(host);
    }
    outside_turn();
    outside_same(last->text, "too many host names wait to be looked up");
    for (int i = 0; i < 30; i++)
        sem_post(&let_go);
    outside_until(all_answered, "all answers");
    outside_end();
}

Test(resolve, the_oldest_name_gives_way_to_a_new_one)
{
    char host[64];

    for (int i = 0; i < LG_RESOLVE_NAMES + 1; i++) {
        (void)snprintf(host, sizeof(host), "name%d.example", i);
        ask(host);
        outside_until(all_answered, "answers");
    }
    cr_assert(eq(uint, atomic_load(&asked), LG_RESOLVE_NAMES + 1));
    ask("name1.example");
    outside_until(all_answered, "answers");
    cr_assert(eq(uint, atomic_load(&asked), LG_RESOLVE_NAMES + 1), "still known");
    ask("name0.example");
    outside_until(all_answered, "answers");
    cr_assert(eq(uint, atomic_load(&asked), LG_RESOLVE_NAMES + 2), "had to give way");
    outside_end();
}

Test(resolve, an_endless_name_is_refused)
{
    char host[400];

    memset(host, 'a', sizeof(host) - 1);
    host[sizeof(host) - 1] = '\0';
    ask(host);
    outside_turn();
    outside_same(questions[0].text, "the host name is too long");
    outside_end();
}

static bool one_asked(void)
{
    return atomic_load(&asked) >= 2;
}

Test(resolve, the_end_does_not_wait_for_name_servers)
{
    ask("slow1.example");
    ask("slow2.example");
    ask("slow3.example");
    outside_until(one_asked, "threads at work");
    for (size_t i = 0; i < question_count; i++)
        lg_resolve_cancel(&questions[i].query);
    outside_end();
    sem_post(&let_go);
    sem_post(&let_go);
}

Test(resolve, the_system_knows_localhost)
{
    outside_end();
    outside_begin(NULL, 16);
    ask("localhost");
    outside_until(all_answered, "an answer");
    cr_assert(strstr(questions[0].text, "addresses") != NULL, "%s", questions[0].text);
    outside_end();
}

/*
 * In place of the C library's: "N.many.example" has N addresses. The rest is asked there.
 */
#define MADE_HERE 0x4d41

static void *real(const char *name)
{
    void *function = dlsym(RTLD_NEXT, name);

    cr_assert(function != NULL, "%s", name);
    return function;
}

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                struct addrinfo **ret_found)
{
    struct addrinfo *all;
    struct sockaddr_in *addresses;
    unsigned long count;

    if ((hints->ai_flags & AI_NUMERICHOST) != 0 || strstr(host, ".many.example") == NULL) {
        int (*ask_system)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

        *(void **)&ask_system = real("getaddrinfo");
        return ask_system(host, service, hints, ret_found);
    }
    count = strtoul(host, NULL, 10);
    all = lg_calloc(count, sizeof(*all));
    addresses = lg_calloc(count, sizeof(*addresses));
    all->ai_flags = MADE_HERE;
    for (unsigned long i = 0; i < count; i++) {
        addresses[i].sin_family = AF_INET;
        addresses[i].sin_addr.s_addr = htonl(0xc0000200 + (uint32_t)i);
        all[i].ai_addr = (struct sockaddr *)&addresses[i];
        all[i].ai_addrlen = sizeof(addresses[i]);
        all[i].ai_next = i + 1 < count ? &all[i + 1] : NULL;
    }
    *ret_found = all;
    return 0;
}

void freeaddrinfo(struct addrinfo *found)
{
    if (found->ai_flags != MADE_HERE) {
        void (*give_back)(struct addrinfo *);

        *(void **)&give_back = real("freeaddrinfo");
        give_back(found);
        return;
    }
    free(found->ai_addr);
    free(found);
}

Test(resolve_by_system, no_more_than_eight_addresses_of_a_host_are_kept, .timeout = 60)
{
    outside_begin(NULL, 16);
    ask("7.many.example");
    ask("8.many.example");
    ask("9.many.example");
    ask("100.many.example");
    outside_until(all_answered, "answers");
    outside_same(questions[0].text, "7 addresses, family 2");
    outside_same(questions[1].text, "8 addresses, family 2");
    outside_same(questions[2].text, "8 addresses, family 2");
    outside_same(questions[3].text, "8 addresses, family 2");
    outside_end();
}
