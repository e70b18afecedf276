#include "http/errors.h"

#include "base/jx.h"
#include "base/text.h"
#include "http/library.h"

#include <stdio.h>
#include <string.h>

/* What the user can change for each service. */
static const struct {
    const char *url, *prefix;
} settings[HTTP_SERVICES] = {
    [HTTP_REST] = {"SPARK_REST_URL", "SPARK_REST"},
    [HTTP_UI] = {"SPARK_MASTER_UI_URL", "SPARK_UI"},
    [HTTP_HISTORY] = {"SPARK_HISTORY_URL", "SPARK_HISTORY"},
    [HTTP_SESSION] = {"SPARK_HOST_MAP", "SPARK_UI"},
};

static const char *url_setting(const struct http_ending *ending)
{
    return settings[ending->service].url;
}

static const char *prefix(const struct http_ending *ending)
{
    return settings[ending->service].prefix;
}

bool check_build(enum http_service service, const struct http_credentials *use,
                 struct error *error)
{
    const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
    bool wants_kerberos = use->auth != NULL && strcmp(use->auth, "negotiate") == 0;
    bool wants_tls =
        use->ca_file != NULL || use->client_cert != NULL || use->client_key != NULL;
    bool has_kerberos = (curl->features & CURL_VERSION_SPNEGO) != 0;
    bool has_tls = (curl->features & CURL_VERSION_SSL) != 0;

    if ((has_kerberos || !wants_kerberos) && (has_tls || !wants_tls))
        return true;
    error_set(error, ERROR_CONFIGURATION,
              "%s_%s needs %s, which the libcurl in use (%s) was built without",
              settings[service].prefix, has_tls || !wants_tls ? "AUTH" : "CA_FILE",
              has_tls || !wants_tls ? "Kerberos (SPNEGO)" : "TLS", curl->version);
    error_hint(
        error,
        "Build the server from source with a libcurl that has it, or configure other "
        "credentials.");
    return false;
}

void explain_too_large(const struct http_ending *ending, struct error *error)
{
    error_set(error, ERROR_TOO_LARGE, "the answer of '%s' is too large (limit %zu MiB)",
              ending->url, ending->answer->limit >> 20);
    if (strstr(ending->url, "/api/v1/applications/") != NULL)
        error_hint(error,
                   "Spark keeps less of an application with spark.ui.retainedStages, "
                   "spark.ui.retainedJobs and spark.sql.ui.retainedExecutions.");
    else
        error_hint(error, "A master keeps fewer ended applications with "
                          "spark.deploy.retainedApplications.");
}

/* ---- TLS ---- */

static void advise_on_authority(const struct http_ending *ending, struct error *error)
{
    if (ending->use->ca_file != NULL)
        error_hint(error,
                   "%s_CA_FILE or SPARK_CA_FILE (%s) does not hold the authority that "
                   "signed it: put that authority's certificate there (PEM), "
                   "or that of a self-signed server.",
                   prefix(ending), ending->use->ca_file);
    else
        error_hint(
            error,
            "Set %s_CA_FILE to a file (PEM) with the certificate of the authority that "
            "signed it, or of the server itself when it is self-signed.",
            prefix(ending));
}

static void tell_certificate(const struct http_ending *ending, const char *fault,
                             struct error *error)
{
    error_set(error, ERROR_CONFIGURATION, "'%s' shows a certificate %s", ending->url,
              fault);
}

static void explain_certificate(const struct http_ending *ending, struct error *error)
{
    switch (library_verdict(ending->verdict, ending->reason)) {
    case VERDICT_OTHER_HOST:
        tell_certificate(ending, "for another host name", error);
        error_hint(error,
                   "Write a name that stands in the certificate into %s "
                   "(SPARK_HOST_MAP can lead it to this address), "
                   "or have one made for this name.",
                   url_setting(ending));
        break;
    case VERDICT_EXPIRED:
        tell_certificate(ending, "that has expired", error);
        error_hint(error,
                   "Renew the certificate of that server, or of the proxy before it; "
                   "nothing is sent to it until then.");
        break;
    case VERDICT_NOT_YET_VALID:
        tell_certificate(ending, "that is not valid yet", error);
        error_hint(error,
                   "Correct the clock of this machine, or the server's certificate.");
        break;
    case VERDICT_SELF_SIGNED:
    case VERDICT_SELF_SIGNED_IN_CHAIN:
    case VERDICT_ISSUER_UNKNOWN:
    case VERDICT_CANNOT_VERIFY:
        tell_certificate(ending, "of an unknown authority", error);
        advise_on_authority(ending, error);
        break;
    default:
        tell_certificate(ending, "that cannot be trusted", error);
        advise_on_authority(ending, error);
        break;
    }
}

static void advise_client_certificate(const struct http_ending *ending,
                                      struct error *error)
{
    if (ending->use->client_cert == NULL)
        error_hint(
            error,
            "It asks for a client certificate: set %s_CLIENT_CERT and %s_CLIENT_KEY.",
            prefix(ending), prefix(ending));
    else if (!ending->is_trusted)
        error_hint(error,
                   "%s_CLIENT_CERT is not shown to this host: "
                   "it is neither configured nor a worker that the master names.",
                   prefix(ending));
    else
        error_hint(error,
                   "It does not accept the client certificate in %s_CLIENT_CERT: "
                   "give one of an authority that it knows.",
                   prefix(ending));
}

/* The other side's "alert" names the cause, and only there. */
static bool asks_for_certificate(const struct http_ending *ending)
{
    return text_starts_with(ending->url, "https://") &&
           strstr(ending->reason, "alert") != NULL &&
           (strstr(ending->reason, "certificate") != NULL ||
            strstr(ending->reason, "unknown ca") != NULL);
}

/* Whether the error is one of TLS; then it is told. */
static bool explain_tls(const struct http_ending *ending, CURLcode code,
                        struct error *error)
{
    error_set(error, ERROR_CONFIGURATION, "cannot speak TLS with '%s'", ending->url);
    if (asks_for_certificate(ending)) {
        error_set(error, ERROR_REFUSED, "'%s' refused access", ending->url);
        advise_client_certificate(ending, error);
    } else if (strstr(ending->reason, "fatal alert message was received") != NULL) {
        /* mbedTLS does not say which */
        error_hint(error,
                   "The other side broke off, as it does when it wants a client "
                   "certificate or knows none such: set or correct %s_CLIENT_CERT and "
                   "%s_CLIENT_KEY.",
                   prefix(ending), prefix(ending));
    } else if (code == CURLE_PEER_FAILED_VERIFICATION) {
        explain_certificate(ending, error);
    } else if (code == CURLE_SSL_CACERT_BADFILE) {
        error_hint(
            error,
            "%s_CA_FILE or SPARK_CA_FILE must name a file of certificates (PEM) that "
            "can be read.",
            prefix(ending));
    } else if (code == CURLE_SSL_CERTPROBLEM) {
        error_hint(error,
                   "%s_CLIENT_CERT and %s_CLIENT_KEY must name a certificate and its key "
                   "(PEM) that can be read and belong together.",
                   prefix(ending), prefix(ending));
    } else if (code == CURLE_SSL_CONNECT_ERROR) {
        error_hint(error,
                   "Check that %s names a port that speaks TLS; "
                   "Spark's own REST port never does and needs a proxy before it.",
                   url_setting(ending));
    } else {
        return false;
    }
    error_detail(error, "%s", ending->reason);
    return true;
}

/* ---- no answer ---- */

void explain_curl(const struct http_ending *ending, CURLcode code, struct error *error)
{
    if (ending->is_too_large) {
        explain_too_large(ending, error);
        return;
    }
    if (explain_tls(ending, code, error))
        return;
    if (code == CURLE_OPERATION_TIMEDOUT && ending->has_connected) {
        error_set(error, ERROR_TIMEOUT,
                  "'%s' accepted the connection but did not answer in time", ending->url);
        error_hint(error, "The server behind that address hangs or is overloaded; "
                          "try again, or raise SPARK_HTTP_TIMEOUT.");
        return;
    }
    if (code == CURLE_GOT_NOTHING || code == CURLE_PARTIAL_FILE ||
        code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR ||
        code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY) {
        error_set(error, ERROR_BAD_ANSWER, "'%s' broke off its answer", ending->url);
        error_detail(error, "%s", ending->reason);
        error_hint(error,
                   "Check that the port is that of a web server: "
                   "7077 is Spark's own protocol, 6066 REST, 8080 the master's pages; "
                   "one that speaks TLS has an https:// address.");
        return;
    }
    error_set(error, ERROR_UNREACHABLE, "cannot reach '%s'", ending->url);
    error_detail(error, "%s", ending->reason);
    error_hint(error, "Check that Spark runs there and that the address is right; "
                      "'mcp-spark-server --check' tries every address.");
}

/* ---- an answer that is none ---- */

/* The title of an HTML page, as servers write their errors: "502 Bad Gateway". */
static const char *find_title(const char *page, int *length)
{
    const char *start = strstr(page, "<title>");

    start = start != NULL ? start + strlen("<title>") : "";
    *length = (int)strcspn(start, "<\r\n");
    return start;
}

/* The server's own words: a JSON message, the title of a page, the first line of a text.
 */
static void quote(const struct http_ending *ending, struct error *error)
{
    const char *text = buffer_text(ending->answer);
    int length = (int)strcspn(text, "\n");

    if (strstr(ending->type, "json") != NULL) {
        json_auto_t *page = json_loadb(text, ending->answer->length, 0, NULL);
        const char *message = jx_string(page, "message");
        if (message[0] == '\0')
            message = json_is_string(page) ? json_string_value(page) : text;
        error_detail(error, "%.*s", (int)strcspn(message, "\n"), message);
        return;
    }
    if (strstr(ending->type, "html") != NULL)
        text = find_title(text, &length);
    error_detail(error, "%.*s", length, text);
}

static void explain_refusal(const struct http_ending *ending, struct error *error)
{
    const char *auth = ending->use->auth;
    bool is_kerberos = auth != NULL ? strcmp(auth, "negotiate") == 0
                                    : (ending->offered & CURLAUTH_NEGOTIATE) != 0;

    error_set(error, ERROR_REFUSED, "'%s' refused access (HTTP %ld)", ending->url,
              ending->status);
    quote(ending, error);
    if (ending->service == HTTP_SESSION)
        error_hint(error, "Something else answers at the session's address; "
                          "see SPARK_SESSION_PORT and SPARK_HOST_MAP.");
    else if (auth == NULL && is_kerberos)
        error_hint(
            error,
            "It asks for Kerberos: set %s_AUTH=negotiate and get a ticket with 'kinit'.",
            prefix(ending));
    else if (auth == NULL)
        error_hint(error, "Give credentials for it in %s_AUTH.", prefix(ending));
    else if (!ending->is_trusted)
        error_hint(
            error,
            "%s_AUTH is not sent there: that host is neither configured nor a worker "
            "that the master names, or it is asked over plain http where https is "
            "configured.",
            prefix(ending));
    else if (is_kerberos)
        error_hint(error,
                   "Get a Kerberos ticket with 'kinit' ('klist' shows those there are); "
                   "the server's principal must be HTTP/ and the host in its address.");
    else
        error_hint(error, "Correct the credentials in %s_AUTH: they are not accepted.",
                   prefix(ending));
}

static void explain_redirect(const struct http_ending *ending, struct error *error)
{
    const char *to = ending->location != NULL ? ending->location : "nowhere";

    /* what follows a question mark may be secret */
    error_set(error, ERROR_CONFIGURATION, "'%.200s' redirects to '%.*s' (HTTP %ld)",
              ending->url, (int)strcspn(to, "?#") < 200 ? (int)strcspn(to, "?#") : 200,
              to, ending->status);
    if (ending->is_post)
        error_detail(
            error,
            "what is sent to Spark is not sent on to another address; nothing was run");
    else
        error_detail(error,
                     "redirects are followed on the same host only, "
                     "or to a worker that the master names, and not from https to http");
    if (ending->service == HTTP_SESSION)
        error_hint(error, "Something else answers at the session's address; "
                          "see SPARK_SESSION_PORT and SPARK_HOST_MAP.");
    else
        error_hint(error,
                   "If Spark is there, write that address into %s; "
                   "if it is a page to sign in, give credentials in %s_AUTH.",
                   url_setting(ending), prefix(ending));
}

/* nginx says with 400 what TLS would not say. */
static bool explain_bad_request(const struct http_ending *ending, struct error *error)
{
    const char *text = buffer_text(ending->answer);

    if (ending->status != 400 || strstr(ending->type, "html") == NULL)
        return false;
    error_set(error, ERROR_CONFIGURATION, "'%s' refused access (HTTP 400)", ending->url);
    quote(ending, error);
    if (strstr(text, "plain HTTP request was sent to HTTPS port") != NULL ||
        strstr(text, "speaking plain HTTP to an SSL-enabled server port") != NULL)
        error_hint(error, "That port speaks TLS: write https:// in %s.",
                   url_setting(ending));
    else if (strstr(text, "SSL certificate") != NULL)
        advise_client_certificate(ending, error);
    else
        return false;
    return true;
}

void explain_status(const struct http_ending *ending, struct error *error)
{
    long status = ending->status;
    bool is_proxy;

    if (status == 401 || status == 403) {
        explain_refusal(ending, error);
        return;
    }
    if (status >= 300 && status < 400) {
        explain_redirect(ending, error);
        return;
    }
    if (explain_bad_request(ending, error))
        return;
    is_proxy = status == 502 || status == 503 || status == 504;
    error_set(error,
              status == 404 ? ERROR_NOT_FOUND
              : is_proxy    ? ERROR_TIMEOUT
                            : ERROR_SPARK,
              "'%s' answered HTTP %ld", ending->url, status);
    quote(ending, error);
    if (status == 413)
        error_hint(
            error,
            "A proxy before Spark takes smaller requests only: raise its limit (nginx: "
            "client_max_body_size) to 4 MB.");
    else if (status == 404 && ending->service != HTTP_SESSION &&
             strstr(ending->type, "html") != NULL) /* Spark's own say more, as text */
        error_hint(error,
                   "Nothing of Spark's is at that path: correct %s (REST 6066, master "
                   "8080, history 18080), or where a proxy there looks for Spark.",
                   url_setting(ending));
    else if (is_proxy)
        error_hint(error, "A proxy answers there, but not the Spark behind it: "
                          "start Spark, or correct where the proxy looks for it.");
}

void explain_page(const struct http_ending *ending, struct error *error)
{
    error_set(error, ERROR_BAD_ANSWER, "'%s' answered with a web page where JSON is due",
              ending->url);
    error_hint(error,
               "Check the address and its port (REST 6066, master 8080, history 18080); "
               "a login page or proxy may stand before it.");
}
