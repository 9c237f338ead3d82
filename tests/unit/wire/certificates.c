/* certificates.c -- a certificate authority in eighty lines of OpenSSL. */
#include "certificates.h"

#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct authority {
    EVP_PKEY *key;
    X509 *certificate;
    char file[128];
};

static char folder[64];
static long serial = 1;
static unsigned files;
static char written[64][128];

static const char *new_file(char path[128], const char *kind)
{
    cr_assert(files < 64);
    (void)snprintf(path, 128, "%s/%u-%s.pem", folder, files, kind);
    (void)snprintf(written[files++], 128, "%s", path);
    return path;
}

void certificates_begin(void)
{
    (void)snprintf(folder, sizeof(folder), "/tmp/lg-certificates-XXXXXX");
    cr_assert(mkdtemp(folder) != NULL);
}

const char *certificates_folder(void)
{
    return folder;
}

void certificates_end(void)
{
    while (files > 0)
        (void)unlink(written[--files]);
    (void)rmdir(folder);
}

static void add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509_EXTENSION *extension;

    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    cr_assert(extension != NULL);
    (void)X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

static X509 *new_certificate(const char *name, EVP_PKEY *key, int days)
{
    X509 *certificate = X509_new();
    X509_NAME *subject = X509_get_subject_name(certificate);

    (void)X509_set_version(certificate, 2);
    (void)ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
    (void)X509_gmtime_adj(X509_getm_notBefore(certificate), -86400L * 30);
    (void)X509_gmtime_adj(X509_getm_notAfter(certificate), 86400L * days);
    (void)X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1,
                                     -1, 0);
    (void)X509_set_pubkey(certificate, key);
    return certificate;
}

static void write_certificate(const char *path, X509 *certificate)
{
    FILE *file = fopen(path, "w");

    cr_assert(file != NULL && PEM_write_X509(file, certificate) == 1);
    (void)fclose(file);
}

struct authority *authority_new(const char *name)
{
    struct authority *authority = calloc(1, sizeof(*authority));

    cr_assert(authority != NULL);
    authority->key = EVP_EC_gen("P-256");
    authority->certificate = new_certificate(name, authority->key, 30);
    (void)X509_set_issuer_name(authority->certificate,
                               X509_get_subject_name(authority->certificate));
    add_extension(authority->certificate, authority->certificate, NID_basic_constraints,
                  "critical,CA:TRUE");
    add_extension(authority->certificate, authority->certificate, NID_key_usage,
                  "critical,keyCertSign");
    (void)X509_sign(authority->certificate, authority->key, EVP_sha256());
    write_certificate(new_file(authority->file, "ca"), authority->certificate);
    return authority;
}

void authority_free(struct authority *authority)
{
    EVP_PKEY_free(authority->key);
    X509_free(authority->certificate);
    free(authority);
}

const char *authority_file(const struct authority *authority)
{
    return authority->file;
}

struct certificate authority_issue(struct authority *authority, const char *names, int days)
{
    struct certificate issued;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = new_certificate("leaf", key, days);
    FILE *file;

    (void)X509_set_issuer_name(certificate, X509_get_subject_name(authority->certificate));
    add_extension(certificate, authority->certificate, NID_subject_alt_name, names);
    (void)X509_sign(certificate, authority->key, EVP_sha256());
    write_certificate(new_file(issued.file, "certificate"), certificate);
    file = fopen(new_file(issued.key_file, "key"), "w");
    cr_assert(file != NULL && PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1);
    (void)fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return issued;
}
