#include "http/library.h"

#include "base/text.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* curl hands on no number of mbedTLS, only its sentences (X509_CRT_ERROR_INFO_LIST of its
 * x509_crt.h); and OpenSSL's for a name depends on how curl compared it. */
long library_verdict(long number, const char *reason)
{
    static const struct {
        const char *said;
        enum verdict verdict;
    } sentences[] = {
        {"target host name", VERDICT_OTHER_HOST},
        {"The certificate validity has expired", VERDICT_EXPIRED},
        {"The certificate validity starts in the future", VERDICT_NOT_YET_VALID},
        {"does not match with the expected CN", VERDICT_OTHER_HOST},
        {"is not correctly signed by the trusted CA", VERDICT_ISSUER_UNKNOWN},
    };

    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++)
        if (strstr(reason, sentences[i].said) != NULL)
            return sentences[i].verdict;
    return number;
}

const char *library_find_authorities(void)
{
    /* Debian, Ubuntu, Alpine, Arch; Fedora, RHEL; openSUSE; RHEL 6; FreeBSD; macOS */
    static const char *const places[] = {
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "/etc/ssl/ca-bundle.pem",
        "/etc/pki/tls/cacert.pem",
        "/usr/local/share/certs/ca-root-nss.crt",
        "/etc/ssl/cert.pem"};
    const char *given = getenv("SSL_CERT_FILE");

    if (given != NULL && given[0] != '\0')
        return given;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (access(places[i], R_OK) == 0)
            return places[i];
    return NULL;
}

const char *library_authorities(void)
{
    const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);

    return curl->cainfo != NULL || curl->capath != NULL ? NULL
                                                        : library_find_authorities();
}

void library_describe(char *text, size_t size)
{
    const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
    const char *found = library_authorities();

    if (found == NULL)
        found = curl->cainfo != NULL ? curl->cainfo : curl->capath;
    snprintf(
        text, size, "%s, %s, %s%s%s", curl->version,
        curl->ssl_version != NULL ? curl->ssl_version : "no TLS",
        found != NULL ? "authorities in " : "no authorities: https needs SPARK_CA_FILE",
        found != NULL ? found : "",
        (curl->features & CURL_VERSION_SPNEGO) != 0 ? "" : "; no Kerberos (negotiate)");
}
