/*
 * One transfer is one operation of a flow. curl drives all of them from http_wait, which
 * completes the operations of finished ones when curl has returned, never inside it. An
 * answer is collected in memory up to its limit, then read as JSON (or taken as text),
 * and every failure becomes an error that says what to change.
 */
#include "http.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/clusters.h"
#include "base/jx.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "http/errors.h"
#include "http/library.h"
#include "http/proxy.h"
#include "http/routes.h"
#include "http/trust.h"

#include <curl/curl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum {
    ANSWER_LIMIT = 4 * 1024 * 1024,
    ANSWER_VALUES_MAX = 200000, /* JSON takes up to 150 times its text in memory */
    REDIRECTS_MAX = 5,
    HOST_CONNECTIONS_MAX = 8,
    CONNECTIONS_MAX = 64,
    EXTRA_FDS_MAX = 4 + CLUSTERS_MAX,
    NEW_MAX = 3, /* of one web UI, see held_ms */
    NEW_MS = 100,
};

struct transfer {
    struct operation operation;
    CURL *curl;
    enum http_service service;
    struct curl_slist *headers;
    char *url;
    char *body;
    struct buffer answer;
    size_t values_max;
    int64_t ends_ms;  /* for all that it is redirected to, too */
    int64_t given_ms; /* when curl was; 0: not yet */
    int redirects;
    bool wants_text;
    bool is_post;
    bool has_token;  /* of its own, which no other address gets */
    bool is_trusted; /* was given credentials, if there are any */
    bool is_too_large;
    char reason[CURL_ERROR_SIZE];
    struct link link;
};

static CURLM *multi;
static struct link transfers = {&transfers, &transfers};
static struct settings {
    struct http_credentials credentials[HTTP_SERVICES];
    int connect_timeout_ms, transfer_timeout_ms;
} settings[CLUSTERS_MAX];

static struct settings *mine(void)
{
    return &settings[clusters_here()];
}

/* Started at the first transfer: a client that only lists the tools need not wait for it.
 */
static void start_curl(void)
{
    unsetenv("SSLKEYLOGFILE"); /* curl would write there what opens every TLS record */
    curl_global_init(CURL_GLOBAL_DEFAULT);
    multi = curl_multi_init();
    if (multi == NULL)
        BUG("curl_multi_init failed");
    curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)HOST_CONNECTIONS_MAX);
    curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)CONNECTIONS_MAX);
}

static void forget(void)
{
    routes_clear();
    trust_clear();
}

void http_close(void)
{
    if (multi != NULL) {
        curl_multi_cleanup(multi);
        curl_global_cleanup();
    }
    multi = NULL;
    clusters_for_each(forget);
}

bool http_set_credentials(enum http_service service, const struct http_credentials *use,
                          struct error *error)
{
    if (!check_build(service, use, error))
        return false;
    mine()->credentials[service] = *use;
    return true;
}

void http_set_timeouts(int connect_ms, int transfer_ms)
{
    mine()->connect_timeout_ms = connect_ms;
    mine()->transfer_timeout_ms = transfer_ms;
}

static void transfer_free(struct transfer *transfer)
{
    if (transfer->curl != NULL) {
        curl_multi_remove_handle(multi, transfer->curl);
        curl_easy_cleanup(transfer->curl);
    }
    list_remove(&transfer->link);
    curl_slist_free_all(transfer->headers);
    buffer_release(&transfer->answer);
    free(transfer->body);
    free(transfer->url);
    free(transfer);
}

static void cancel_transfer(struct operation *operation)
{
    transfer_free(list_member(operation, struct transfer, operation));
}

static size_t receive(char *bytes, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;

    if (!buffer_offer(&transfer->answer, bytes, size * count)) {
        transfer->is_too_large = true;
        return 0;
    }
    return size * count;
}

/* What an earlier address of the same transfer was given is taken back. */
static void set_credentials(struct transfer *transfer)
{
    static const struct http_credentials none = {0};
    const struct http_credentials *own = &mine()->credentials[transfer->service];
    const struct http_credentials *use;
    CURL *curl = transfer->curl;
    const char *authorities = own->ca_file != NULL ? own->ca_file : library_authorities();
    const char *bearer = NULL, *user = NULL;
    long how = CURLAUTH_BASIC;

    transfer->is_trusted = trust_allows(transfer->service, transfer->url);
    use = transfer->is_trusted ? own : &none;
    if (use->auth != NULL && text_starts_with(use->auth, "bearer:")) {
        how = CURLAUTH_BEARER;
        bearer = use->auth + strlen("bearer:");
    } else if (use->auth != NULL && text_starts_with(use->auth, "basic:")) {
        user = use->auth + strlen("basic:");
    } else if (use->auth != NULL && strcmp(use->auth, "negotiate") == 0) {
        how = CURLAUTH_NEGOTIATE;
        user = ":";
    }
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, how);
    curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, bearer);
    curl_easy_setopt(curl, CURLOPT_USERPWD, user);
    curl_easy_setopt(curl, CURLOPT_SSLCERT, use->client_cert);
    curl_easy_setopt(curl, CURLOPT_SSLKEY, use->client_key);
    if (authorities != NULL)
        curl_easy_setopt(curl, CURLOPT_CAINFO, authorities);
}

static void set_bearer(struct transfer *transfer, const char *token)
{
    curl_easy_setopt(transfer->curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
    curl_easy_setopt(transfer->curl, CURLOPT_XOAUTH2_BEARER, token);
}

/* Spark refuses or spoils what is not ASCII before 4.3, hence the escapes. */
static void set_body(struct transfer *transfer, const struct http_request *request)
{
    if (request->json != NULL) {
        transfer->body = json_dumps(request->json, JSON_COMPACT | JSON_ENSURE_ASCII);
        if (transfer->body == NULL)
            BUG("cannot write a request as JSON");
        transfer->headers = curl_slist_append(
            transfer->headers, "Content-Type: application/json;charset=UTF-8");
        curl_easy_setopt(transfer->curl, CURLOPT_POSTFIELDS, transfer->body);
    } else if (request->form != NULL) {
        curl_easy_setopt(transfer->curl, CURLOPT_COPYPOSTFIELDS, request->form);
    } else if (request->method != NULL && strcmp(request->method, "POST") == 0) {
        curl_easy_setopt(transfer->curl, CURLOPT_POSTFIELDS, "");
    }
}

static void set_options(struct transfer *transfer)
{
    CURL *curl = transfer->curl;

    curl_easy_setopt(curl, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer->reason);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L); /* see is_followed */
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)mine()->connect_timeout_ms);
}

/* Whether it may still have to be accepted: it was given to curl just now, and no byte of an
 * answer has come. */
static bool is_new(const struct transfer *transfer, int64_t now)
{
    return transfer->given_ms > 0 && now < transfer->given_ms + NEW_MS &&
           transfer->answer.length == 0;
}

/* Spark's web UIs let one connection wait to be accepted (a backlog of 1), and the kernel
 * drops what comes beside it for 0.2 s and more. So few go there at once, and others a little
 * later: what is answered late holds up no other. How long to wait at most, 0: not at all. */
static int64_t held_ms(const struct transfer *transfer, int64_t now)
{
    size_t count = 0;
    int64_t first = now;

    if (transfer->service != HTTP_UI && transfer->service != HTTP_HISTORY)
        return 0;
    list_foreach (&transfers, at) {
        const struct transfer *other = list_member(at, struct transfer, link);
        if (!is_new(other, now) || !routes_meet(transfer->url, other->url))
            continue;
        count++;
        if (other->given_ms < first)
            first = other->given_ms;
    }
    return count < NEW_MAX ? 0 : first + NEW_MS - now;
}

/* Gives it to curl if it need not wait; how long otherwise. */
static int64_t offer(struct transfer *transfer)
{
    int64_t now = clock_ms(), held = held_ms(transfer, now);

    if (held > 0 && now < transfer->ends_ms)
        return held;
    transfer->given_ms = now;
    curl_easy_setopt(transfer->curl, CURLOPT_TIMEOUT_MS,
                     now < transfer->ends_ms ? (long)(transfer->ends_ms - now)
                                             : 1L /* 0 is no limit */);
    curl_multi_add_handle(multi, transfer->curl);
    return 0;
}

/* Gives curl what need not wait any more; how long at most until the next one. */
static int offer_held(int timeout_ms)
{
    int64_t next = timeout_ms;

    list_foreach (&transfers, at) {
        struct transfer *transfer = list_member(at, struct transfer, link);
        int64_t held = transfer->given_ms == 0 ? offer(transfer) : 0;
        if (held > 0 && (held < next || next < 0))
            next = held;
    }
    return (int)next;
}

static void start(struct transfer *transfer)
{
    const char *proxy = proxy_for(transfer->url);

    curl_easy_setopt(transfer->curl, CURLOPT_URL, transfer->url);
    /* "" is none, whatever the environment says */
    curl_easy_setopt(transfer->curl, CURLOPT_PROXY, proxy != NULL ? proxy : "");
    curl_easy_setopt(transfer->curl, CURLOPT_NOPROXY, "");
    routes_use(transfer->curl, transfer->url);
    transfer->given_ms = 0;
    offer(transfer);
}

void http_send(struct flow *flow, const struct http_request *request, struct reply *reply)
{
    struct transfer *transfer = memory_new(sizeof *transfer);
    CURL *curl;

    if (multi == NULL)
        start_curl();
    curl = curl_easy_init();
    if (curl == NULL)
        BUG("curl_easy_init failed");
    operation_begin(&transfer->operation, flow, reply, cancel_transfer);
    transfer->curl = curl;
    transfer->service = request->service;
    transfer->url = memory_copy_text(request->url);
    transfer->wants_text = request->wants_text;
    transfer->is_post = request->json != NULL || request->form != NULL ||
                        (request->method != NULL && strcmp(request->method, "GET") != 0);
    transfer->has_token = request->bearer != NULL || request->header != NULL;
    transfer->ends_ms =
        clock_ms() +
        (request->timeout_ms > 0 ? request->timeout_ms : mine()->transfer_timeout_ms);
    transfer->answer.limit = request->limit > 0 ? request->limit : ANSWER_LIMIT;
    transfer->values_max =
        request->values_max > 0 ? request->values_max : ANSWER_VALUES_MAX;
    list_append(&transfers, &transfer->link);
    set_options(transfer);
    if (request->connect_ms > 0 && request->connect_ms < mine()->connect_timeout_ms)
        curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)request->connect_ms);
    /* What a kept connection has lost curl sends again by itself: not a creation. */
    if (request->service == HTTP_REST && request->json != NULL)
        curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
    if (request->bearer != NULL)
        set_bearer(transfer, request->bearer);
    else
        set_credentials(transfer);
    if (!request->wants_text)
        transfer->headers = curl_slist_append(NULL, "Accept: application/json");
    if (request->header != NULL)
        transfer->headers = curl_slist_append(transfer->headers, request->header);
    set_body(transfer, request);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, transfer->headers);
    start(transfer);
}

void http_get(struct flow *flow, enum http_service service, const char *url,
              struct reply *reply)
{
    http_send(flow, &(struct http_request){.service = service, .url = url}, reply);
}

/* Whether the request may have arrived. On a connection that was there before, curl says
 * that connecting took no time. */
static bool has_connected(const struct transfer *transfer)
{
    curl_off_t connected_us = 0;
    long sent = 0;

    curl_easy_getinfo(transfer->curl, CURLINFO_CONNECT_TIME_T, &connected_us);
    curl_easy_getinfo(transfer->curl, CURLINFO_REQUEST_SIZE, &sent);
    return connected_us > 0 || sent > 0;
}

/* New; NULL with an error. */
static json_t *read_answer(const struct transfer *transfer,
                           const struct http_ending *ending, struct error *error)
{
    const char *text = buffer_text(&transfer->answer);
    size_t length = transfer->answer.length;
    json_error_t where;
    json_t *body;

    if (transfer->wants_text)
        return jx_pack("{s:o, s:o}", "text", jx_text(text, length), "type",
                       jx_text(ending->type, strlen(ending->type)));
    if (jx_count_values(text, length) > transfer->values_max) {
        explain_too_large(ending, error);
        return NULL;
    }
    body = json_loadb(text, length, JSON_DECODE_ANY | JSON_ALLOW_NUL, &where);
    if (body != NULL)
        return body;
    if (strstr(ending->type, "html") != NULL) {
        explain_page(ending, error);
    } else {
        error_set(error, ERROR_BAD_ANSWER, "'%s' answered with broken JSON",
                  transfer->url);
        error_detail(error, "%s, after %zu bytes", where.text, length);
        error_hint(error, "Try again; if it stays, look at that address by hand.");
    }
    return NULL;
}

static struct http_ending ending_of(const struct transfer *transfer, CURLcode code)
{
    struct http_ending ending = {
        .service = transfer->service,
        .url = transfer->url,
        .reason =
            transfer->reason[0] != '\0' ? transfer->reason : curl_easy_strerror(code),
        .answer = &transfer->answer,
        .use = &mine()->credentials[transfer->service],
        .is_post = transfer->is_post,
        .has_connected = has_connected(transfer),
        .is_trusted = transfer->is_trusted,
        .is_too_large = transfer->is_too_large,
    };

    curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &ending.status);
    curl_easy_getinfo(transfer->curl, CURLINFO_CONTENT_TYPE, &ending.type);
    curl_easy_getinfo(transfer->curl, CURLINFO_REDIRECT_URL, &ending.location);
    curl_easy_getinfo(transfer->curl, CURLINFO_HTTPAUTH_AVAIL, &ending.offered);
    curl_easy_getinfo(transfer->curl, CURLINFO_SSL_VERIFYRESULT, &ending.verdict);
    if (ending.type == NULL)
        ending.type = "";
    return ending;
}

/* curl would send a POST on to any host, or make a GET of it that looks like success. */
static bool is_followed(const struct transfer *transfer, const struct http_ending *ending)
{
    return ending->location != NULL && !transfer->is_post && !transfer->has_token &&
           transfer->redirects < REDIRECTS_MAX &&
           trust_follows(transfer->service, transfer->url, ending->location);
}

/* The same transfer again, at the next address; its time goes on. */
static void follow(struct transfer *transfer, const char *location)
{
    char *url = memory_copy_text(location); /* it belongs to the transfer */

    curl_multi_remove_handle(multi, transfer->curl);
    free(transfer->url);
    transfer->url = url;
    transfer->redirects++;
    transfer->reason[0] = '\0';
    buffer_clear(&transfer->answer);
    set_credentials(transfer);
    start(transfer);
}

/* Whatever failed may be the proxy's doing. */
static void name_proxy(const struct transfer *transfer, struct error *error)
{
    const char *proxy = proxy_for(transfer->url);

    if (proxy != NULL)
        error_add_detail(error,
                         "It was asked through the proxy %s (SPARK_PROXY; "
                         "SPARK_NO_PROXY names hosts that are asked directly).",
                         proxy);
}

static void end_transfer(struct transfer *transfer, CURLcode code)
{
    struct http_ending ending = ending_of(transfer, code);
    struct error error = {0};
    json_t *body = NULL;

    log_write(LOG_DEBUG, "http: %s: %s, status %ld, %zu bytes", transfer->url,
              curl_easy_strerror(code), ending.status, transfer->answer.length);
    if (code == CURLE_OK && is_followed(transfer, &ending)) {
        follow(transfer, ending.location);
        return;
    }
    if (code != CURLE_OK)
        explain_curl(&ending, code, &error);
    else if (ending.status >= 300)
        explain_status(&ending, &error);
    else
        body = read_answer(transfer, &ending, &error);
    if (body != NULL) {
        operation_succeed(&transfer->operation, body);
    } else {
        name_proxy(transfer, &error);
        operation_fail(&transfer->operation, &error);
    }
    transfer_free(transfer);
}

/* Credentials and trust are those of the cluster that was asked. */
static void collect(CURL *curl, CURLcode code)
{
    struct transfer *transfer;
    size_t before;

    curl_easy_getinfo(curl, CURLINFO_PRIVATE, &transfer);
    before = clusters_enter(flow_cluster(transfer->operation.flow));
    end_transfer(transfer, code);
    clusters_enter(before);
}

void http_wait(struct http_fd *fds, size_t count, int timeout_ms)
{
    struct curl_waitfd waits[EXTRA_FDS_MAX];
    struct pollfd polls[EXTRA_FDS_MAX];
    unsigned used = 0;
    CURLMsg *message;
    int left;

    for (size_t i = 0; i < count; i++) {
        polls[i] = (struct pollfd){.fd = fds[i].fd,
                                   .events = fds[i].wants_write ? POLLOUT : POLLIN};
        if (fds[i].fd >= 0)
            waits[used++] = (struct curl_waitfd){
                .fd = fds[i].fd,
                .events = fds[i].wants_write ? CURL_WAIT_POLLOUT : CURL_WAIT_POLLIN};
    }
    if (multi == NULL) {
        poll(polls, count, timeout_ms);
    } else {
        curl_multi_poll(multi, waits, used, offer_held(timeout_ms), NULL);
        poll(polls, count, 0); /* asked again, because curl does not pass on a hang-up */
    }
    for (size_t i = 0; i < count; i++)
        fds[i].is_ready = fds[i].fd >= 0 && polls[i].revents != 0;
    if (multi == NULL)
        return;
    curl_multi_perform(multi, &left);
    while ((message = curl_multi_info_read(multi, &left)) != NULL)
        if (message->msg == CURLMSG_DONE)
            collect(message->easy_handle, message->data.result);
}
