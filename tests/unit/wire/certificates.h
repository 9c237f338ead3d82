/*
 * certificates.h -- makes authorities and certificates in a temporary folder, for tests with TLS.
 *
 * Paths are static storage of the test's process.
 */
#ifndef LG_TESTS_WIRE_CERTIFICATES_H
#define LG_TESTS_WIRE_CERTIFICATES_H

struct authority;

struct authority *authority_new(const char *name);
void authority_free(struct authority *authority);
const char *authority_file(const struct authority *authority);

struct certificate {
    char file[128], key_file[128];
};

/* `names` as OpenSSL writes them: "DNS:localhost,IP:127.0.0.1". Days may be negative: expired. */
struct certificate authority_issue(struct authority *authority, const char *names, int days);

void certificates_begin(void); /* makes the folder */
void certificates_end(void);   /* removes it */
const char *certificates_folder(void);

#endif
