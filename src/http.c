/*
 * One transfer is one operation of a flow. curl drives all of them from http_wait, which
 * completes the operations of finished ones when curl has returned, never inside it. An answer is collected
 * in memory up to its limit, then read as JSON (or taken as text), and every failure becomes
 * an error that says what to change.
 */
#include "http.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"

#include <curl/curl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ANSWER_LIMIT = 4 * 1024 * 1024,
    ANSWER_VALUES_MAX = 200000, /* JSON takes up to 150 times its text in memory */
    REDIRECTS_MAX = 5,
    HOST_CONNECTIONS_MAX = 8,
    CONNECTIONS_MAX = 64,
    EXTRA_FDS_MAX = 8,
};

struct transfer {
    struct operation operation;
    CURL *curl;
    struct curl_slist *headers;
    char *url;
    char *body;
    struct buffer answer;
    size_t values_max;
    bool wants_text;
    bool is_too_large;
    char reason[CURL_ERROR_SIZE];
    struct link link;
};

static CURLM *multi;
static struct link transfers = {&transfers, &transfers};
static struct http_credentials credentials[HTTP_SERVICES];
static int connect_timeout_ms = 3000, transfer_timeout_ms = 10000;
static struct curl_slist *host_map;

/* Started at the first transfer: a client that only lists the tools need not wait for it.
 */
static void start_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
    multi = curl_multi_init();
    if (multi == NULL)
        BUG("curl_multi_init failed");
    curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)HOST_CONNECTIONS_MAX);
    curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)CONNECTIONS_MAX);
}

void http_close(void)
{
    if (multi != NULL) {
        curl_multi_cleanup(multi);
        curl_global_cleanup();
    }
    multi = NULL;
    curl_slist_free_all(host_map);
    host_map = NULL;
}

void http_set_credentials(enum http_service service, const struct http_credentials *use)
{
    credentials[service] = *use;
}

void http_set_timeouts(int connect_ms, int transfer_ms)
{
    connect_timeout_ms = connect_ms;
    transfer_timeout_ms = transfer_ms;
}

/* curl's form of one entry is "HOST:PORT:CONNECT-TO-HOST:CONNECT-TO-PORT", a port may be
 * empty. */
static bool add_host_map_entry(char *entry, struct error *error)
{
    char *address = strchr(entry, '=');
    struct buffer line = {0};

    if (address == NULL || address == entry || address[1] == '\0') {
        error_set(error, ERROR_CONFIGURATION, "cannot read the host map entry '%s'",
                  entry);
        error_next(error, "Write SPARK_HOST_MAP as 'name=address' or "
                          "'name:port=address:port', entries separated by commas.");
        return false;
    }
    *address++ = '\0';
    buffer_printf(&line, "%s%s:%s%s", entry, strchr(entry, ':') == NULL ? ":" : "",
                  address, strchr(address, ':') == NULL ? ":" : "");
    host_map = curl_slist_append(host_map, buffer_text(&line));
    buffer_release(&line);
    return true;
}

bool http_set_host_map(const char *map, struct error *error)
{
    char *copy = memory_copy_text(map), *rest = copy, *entry;
    bool is_good = true;

    while (is_good && (entry = strtok_r(rest, ", ", &rest)) != NULL)
        is_good = add_host_map_entry(entry, error);
    free(copy);
    return is_good;
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

static void set_credentials(CURL *curl, const struct http_credentials *use)
{
    if (use->auth != NULL && text_starts_with(use->auth, "bearer:")) {
        curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
        curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, use->auth + strlen("bearer:"));
    } else if (use->auth != NULL && text_starts_with(use->auth, "basic:")) {
        curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
        curl_easy_setopt(curl, CURLOPT_USERPWD, use->auth + strlen("basic:"));
    } else if (use->auth != NULL && strcmp(use->auth, "negotiate") == 0) {
        curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_NEGOTIATE);
        curl_easy_setopt(curl, CURLOPT_USERPWD, ":");
    }
    if (use->ca_file != NULL)
        curl_easy_setopt(curl, CURLOPT_CAINFO, use->ca_file);
    if (use->client_cert != NULL)
        curl_easy_setopt(curl, CURLOPT_SSLCERT, use->client_cert);
    if (use->client_key != NULL)
        curl_easy_setopt(curl, CURLOPT_SSLKEY, use->client_key);
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
    } else if (request->method != NULL && strcmp(request->method, "POST") == 0) {
        curl_easy_setopt(transfer->curl, CURLOPT_POSTFIELDS, "");
    }
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
    transfer->url = memory_copy_text(request->url);
    transfer->wants_text = request->wants_text;
    transfer->answer.limit = request->limit > 0 ? request->limit : ANSWER_LIMIT;
    transfer->values_max =
        request->values_max > 0 ? request->values_max : ANSWER_VALUES_MAX;
    list_append(&transfers, &transfer->link);

    curl_easy_setopt(curl, CURLOPT_URL, transfer->url);
    curl_easy_setopt(curl, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer->reason);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_timeout_ms);
    curl_easy_setopt(
        curl, CURLOPT_TIMEOUT_MS,
        (long)(request->timeout_ms > 0 ? request->timeout_ms : transfer_timeout_ms));
    /* What a kept connection has lost curl sends again by itself: not a creation. */
    if (request->service == HTTP_REST && request->json != NULL)
        curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
    if (host_map != NULL)
        curl_easy_setopt(curl, CURLOPT_CONNECT_TO, host_map);
    set_credentials(curl, &credentials[request->service]);
    if (request->bearer != NULL) {
        curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
        curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, request->bearer);
    }
    if (!request->wants_text)
        transfer->headers = curl_slist_append(NULL, "Accept: application/json");
    set_body(transfer, request);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, transfer->headers);
    curl_multi_add_handle(multi, curl);
}

void http_get(struct flow *flow, enum http_service service, const char *url,
              struct reply *reply)
{
    http_send(flow, &(struct http_request){.service = service, .url = url}, reply);
}

static void explain_too_large(const struct transfer *transfer, struct error *error)
{
    error_set(error, ERROR_TOO_LARGE, "the answer of '%s' is too large (limit %zu MiB)",
              transfer->url, transfer->answer.limit >> 20);
    error_next(error, "A master keeps fewer ended applications with "
                      "spark.deploy.retainedApplications.");
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

/* The error of a transfer that brought no answer. */
static void explain_curl(const struct transfer *transfer, CURLcode code,
                         struct error *error)
{
    const char *reason =
        transfer->reason[0] != '\0' ? transfer->reason : curl_easy_strerror(code);

    if (transfer->is_too_large) {
        explain_too_large(transfer, error);
        return;
    }
    if (code == CURLE_OPERATION_TIMEDOUT && has_connected(transfer)) {
        error_set(error, ERROR_TIMEOUT,
                  "'%s' accepted the connection but did not answer in time",
                  transfer->url);
        error_next(error, "The server behind that address hangs or is overloaded; try "
                          "again, or raise SPARK_HTTP_TIMEOUT.");
        return;
    }
    if (code == CURLE_GOT_NOTHING || code == CURLE_PARTIAL_FILE ||
        code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR ||
        code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY) {
        error_set(error, ERROR_BAD_ANSWER, "'%s' broke off its answer", transfer->url);
        error_detail(error, "%s", reason);
        error_next(error,
                   "Check that the port is that of a web server: 7077 is Spark's own "
                   "protocol, 6066 REST, 8080 the master's pages.");
        return;
    }
    error_set(error, ERROR_UNREACHABLE, "cannot reach '%s'", transfer->url);
    error_detail(error, "%s", reason);
    error_next(error, "Check that Spark runs there and that the address is right; "
                      "'mcp-spark-server --check' tries every address.");
}

/* Spark's own words in an error page: the first line of a JSON message, or of a plain
 * text. */
static void quote_page(const struct transfer *transfer, const char *type,
                       struct error *error)
{
    const char *text = buffer_text(&transfer->answer);

    if (strstr(type, "json") != NULL) {
        json_auto_t *page = json_loadb(text, transfer->answer.length, 0, NULL);
        const char *message = jx_string(page, "message");
        if (message[0] == '\0')
            message = json_is_string(page) ? json_string_value(page) : text;
        error_detail(error, "%.*s", (int)strcspn(message, "\n"), message);
    } else if (strstr(type, "html") == NULL) {
        error_detail(error, "%.*s", (int)strcspn(text, "\n"), text);
    }
}

static void explain_status(const struct transfer *transfer, long status, const char *type,
                           struct error *error)
{
    if (status == 401 || status == 403) {
        error_set(error, ERROR_REFUSED, "'%s' refused access (HTTP %ld)", transfer->url,
                  status);
        quote_page(transfer, type, error);
        error_next(error, "Give credentials in SPARK_REST_AUTH, SPARK_UI_AUTH or "
                          "SPARK_HISTORY_AUTH, whichever serves that address.");
        return;
    }
    error_set(error, status == 404 ? ERROR_NOT_FOUND : ERROR_SPARK,
              "'%s' answered HTTP %ld", transfer->url, status);
    quote_page(transfer, type, error);
}

static json_t *read_answer(const struct transfer *transfer, const char *type,
                           struct error *error)
{
    const char *text = buffer_text(&transfer->answer);
    size_t length = transfer->answer.length;
    json_error_t where;
    json_t *body;

    if (transfer->wants_text)
        return jx_pack("{s:o, s:s}", "text", jx_text(text, length), "type", type);
    if (jx_count_values(text, length) > transfer->values_max) {
        explain_too_large(transfer, error);
        return NULL;
    }
    body = json_loadb(text, length, JSON_DECODE_ANY | JSON_ALLOW_NUL, &where);
    if (body != NULL)
        return body;
    if (strstr(type, "html") != NULL) {
        error_set(error, ERROR_BAD_ANSWER,
                  "'%s' answered with a web page where JSON is due", transfer->url);
        error_next(error,
                   "Check the address and its port (REST 6066, master 8080, history "
                   "18080); a login page or proxy may stand before it.");
    } else {
        error_set(error, ERROR_BAD_ANSWER, "'%s' answered with broken JSON",
                  transfer->url);
        error_detail(error, "%s, after %zu bytes", where.text, length);
        error_next(error, "Try again; if it stays, look at that address by hand.");
    }
    return NULL;
}

static void collect(CURL *curl, CURLcode code)
{
    struct transfer *transfer;
    struct error error = {0};
    json_t *body = NULL;
    char *type = NULL;
    long status = 0;

    curl_easy_getinfo(curl, CURLINFO_PRIVATE, &transfer);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
    log_write(LOG_DEBUG, "http: %s: %s, status %ld, %zu bytes", transfer->url,
              curl_easy_strerror(code), status, transfer->answer.length);
    if (code != CURLE_OK)
        explain_curl(transfer, code, &error);
    else if (status >= 400)
        explain_status(transfer, status, type != NULL ? type : "", &error);
    else
        body = read_answer(transfer, type != NULL ? type : "", &error);
    if (body != NULL)
        operation_succeed(&transfer->operation, body);
    else
        operation_fail(&transfer->operation, &error);
    transfer_free(transfer);
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
        curl_multi_poll(multi, waits, used, timeout_ms, NULL);
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
