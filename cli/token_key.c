/* token_key.c -- two small files, each put in its place whole or not at all. */
#include "token_key.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64url.h"
#include "base/mem.h"
#include "base/text.h"
#include "cloud/secret_file.h"
#include "command.h"

#define KEY_BITS 2048 /* as Cognito's */
#define JWKS_MAX 4096

static bool complain(const char *what, const char *path)
{
    lg_complain("cannot %s %s: %s", what, path, strerror(errno));
    return false;
}

/* --- files ------------------------------------------------------------------------------------ */

/* The folder of `path`; owned. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? lg_strdup(".") : lg_strndup(path, (size_t)(slash - path));
}

/* Makes the folder and what is missing above it; the folder itself is for its owner alone. */
static bool make_folder(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        bool made = mkdir(path, 0777) == 0 || errno == EEXIST;
        if (!made)
            (void)complain("make the folder", path);
        *slash = '/';
        if (!made)
            return false;
    }
    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        return true;
    return complain("make the folder", path);
}

static bool write_all(int fd, struct lg_str text)
{
    while (text.size > 0) {
        ssize_t size = write(fd, text.data, text.size);
        if (size < 0)
            return false;
        text = lg_str_part(text, (size_t)size, text.size);
    }
    return fsync(fd) == 0;
}

/* Puts a new file in its place, whole; one that another process put there meanwhile stays. */
static bool put_file(const char *path, struct lg_str text, mode_t mode)
{
    char *draft = lg_sprintf("%s.%ld", path, (long)getpid());
    int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    bool done = fd >= 0 && write_all(fd, text) && (link(draft, path) == 0 || errno == EEXIST);

    if (!done)
        (void)complain("write", path);
    if (fd >= 0) {
        (void)close(fd);
        (void)unlink(draft);
    }
    free(draft);
    return done;
}

/* --- the key ---------------------------------------------------------------------------------- */

static bool make_key_file(const char *path)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)KEY_BITS);
    BIO *bio = BIO_new(BIO_s_secmem());
    bool done = false;
    char *text;

    if (key == NULL || bio == NULL ||
        PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1) {
        lg_complain("OpenSSL cannot make an RSA key");
    } else {
        long size = BIO_get_mem_data(bio, &text);
        done = put_file(path, lg_str_make(text, (size_t)size), 0600);
    }
    BIO_free(bio);
    EVP_PKEY_free(key);
    return done;
}

/* A key that others can read is no secret; one of others is not ours to sign with. */
static bool is_private(const char *path)
{
    struct stat found;

    if (lstat(path, &found) != 0)
        return complain("open", path);
    if (!S_ISREG(found.st_mode) || found.st_uid != geteuid() || (found.st_mode & 077) != 0) {
        lg_complain("%s must be a file of your own that nobody else may open (chmod 600)", path);
        return false;
    }
    return true;
}

static int no_password(char *room, int size, int writing, void *context)
{
    (void)room, (void)size, (void)writing, (void)context;
    return -1;
}

static EVP_PKEY *parse_key(const char *path, const char *pem, size_t size)
{
    BIO *bio = BIO_new_mem_buf(pem, (int)size);
    EVP_PKEY *key = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);

    BIO_free(bio);
    if (key != NULL && EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bits(key) >= KEY_BITS)
        return key;
    lg_complain("%s does not hold an RSA key of %d bits in PEM", path, KEY_BITS);
    EVP_PKEY_free(key);
    return NULL;
}

/* --- its public half -------------------------------------------------------------------------- */

/* SHA-256 of the modulus in base64, ended by `=`: it looks as Cognito's do. */
static char *kid_of(const unsigned char *modulus, size_t size)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    struct lg_buf text;

    (void)SHA256(modulus, size, digest);
    lg_buf_init(&text, JWKS_MAX);
    lg_base64_encode(&text, lg_str_make((const char *)digest, sizeof(digest)));
    return lg_buf_take(&text, NULL);
}

static size_t number_of(const EVP_PKEY *key, const char *name, unsigned char *room, size_t most)
{
    BIGNUM *number = NULL;
    size_t size = 0;

    if (EVP_PKEY_get_bn_param(key, name, &number) == 1 && (size_t)BN_num_bytes(number) <= most)
        size = (size_t)BN_bn2bin(number, room);
    BN_free(number);
    return size;
}

/* The JWKS, and the key's id; both owned by the caller. */
static void describe(const EVP_PKEY *key, struct lg_buf *ret_jwks, char **ret_kid)
{
    unsigned char n[1024], e[16];
    size_t n_size = number_of(key, OSSL_PKEY_PARAM_RSA_N, n, sizeof(n)),
           e_size = number_of(key, OSSL_PKEY_PARAM_RSA_E, e, sizeof(e));

    *ret_kid = kid_of(n, n_size);
    lg_buf_init(ret_jwks, JWKS_MAX);
    lg_buf_printf(ret_jwks, "{\"keys\":[{\"alg\":\"RS256\",\"e\":\"");
    lg_base64url_encode(ret_jwks, lg_str_make((const char *)e, e_size));
    lg_buf_printf(ret_jwks, "\",\"kid\":\"%s\",\"kty\":\"RSA\",\"n\":\"", *ret_kid);
    lg_base64url_encode(ret_jwks, lg_str_make((const char *)n, n_size));
    lg_buf_add_cstr(ret_jwks, "\",\"use\":\"sig\"}]}\n");
}

static bool holds(const char *path, struct lg_str text)
{
    char *found = NULL;
    size_t size = 0;

    errno = EINVAL; /* where it is no regular file */
    if (lg_secret_read(path, &found, &size) != LG_OK)
        return complain("read", path);
    bool same = lg_str_eq(lg_str_make(found, size), text);
    lg_secret_free(found, size);
    if (!same)
        lg_complain("%s was not made from the key beside it: it is left as it is, and nothing is "
                    "signed",
                    path);
    return same;
}

/* --- both ------------------------------------------------------------------------------------- */

static bool open_pair(const char *jwks_file, const char *key_file, struct lg_token_key *ret_key)
{
    char *pem = NULL, *kid = NULL;
    size_t size = 0;
    struct lg_buf jwks;

    if (!is_private(key_file))
        return false;
    if (lg_secret_read(key_file, &pem, &size) != LG_OK)
        return complain("read", key_file);
    EVP_PKEY *key = parse_key(key_file, pem, size);
    if (key == NULL) {
        lg_secret_free(pem, size);
        return false;
    }
    describe(key, &jwks, &kid);
    EVP_PKEY_free(key);
    bool good = (access(jwks_file, F_OK) == 0 || put_file(jwks_file, lg_buf_str(&jwks), 0644)) &&
                holds(jwks_file, lg_buf_str(&jwks));
    lg_buf_done(&jwks);
    if (good) {
        *ret_key = (struct lg_token_key){ .pem = pem, .kid = kid };
    } else {
        lg_secret_free(pem, size);
        free(kid);
    }
    return good;
}

bool lg_token_key_open(const char *jwks_file, struct lg_token_key *ret_key)
{
    char *folder = folder_of(jwks_file), *key_file = lg_sprintf("%s/key.pem", folder);
    /* In this order: whoever makes the pair at the same time puts the key there first. */
    bool public = access(jwks_file, F_OK) == 0, private = access(key_file, F_OK) == 0;
    bool good = true;

    if (public && !private) {
        lg_complain("%s is there without the key that made it (%s): such keys are somebody else's",
                    jwks_file, key_file);
        good = false;
    }
    if (!public && !private)
        good = make_folder(folder) && make_key_file(key_file);
    good = good && open_pair(jwks_file, key_file, ret_key);
    free(key_file);
    free(folder);
    return good;
}

void lg_token_key_done(struct lg_token_key *key)
{
    lg_secret_free(key->pem, strlen(key->pem));
    free(key->kid);
}
