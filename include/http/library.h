/*
 * The libcurl in use, where builds of it differ: how it tells what is wrong with a
 * certificate, and which authorities it trusts.
 */
#ifndef HTTP_LIBRARY_H
#define HTTP_LIBRARY_H

#include <stddef.h>

/* On a server's certificate: the values are OpenSSL's X509_V_ERR_..., the same in each of
 * its versions. Other values are possible. */
enum verdict {
    VERDICT_NOT_YET_VALID = 9,
    VERDICT_EXPIRED = 10,
    VERDICT_SELF_SIGNED = 18,
    VERDICT_SELF_SIGNED_IN_CHAIN = 19,
    VERDICT_ISSUER_UNKNOWN = 20,
    VERDICT_CANNOT_VERIFY = 21,
    VERDICT_OTHER_HOST = 62,
};

/* `number` is CURLINFO_SSL_VERIFYRESULT, `reason` is what curl said. */
long library_verdict(long number, const char *reason);

/* The file of authorities to use where the user names none; NULL when libcurl has its own
 * or there is none. */
const char *library_authorities(void);
/* SSL_CERT_FILE, or the first file that is where systems keep one; NULL for none. */
const char *library_find_authorities(void);

/* Its version, its TLS library, what it trusts and cannot do, for --check. */
void library_describe(char *text, size_t size);

#endif
