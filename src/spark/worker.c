/*
 * A log page is HTML-free text whose head line says which bytes it holds. The worker is
 * asked at the address that it gives to browsers; when that fails at its host, then
 * through the master's reverse proxy.
 */
#include "spark/worker.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "base/text.h"
#include "spark/cluster.h"
#include "spark/worker_ask.h"

#include <stdio.h>
#include <string.h>

enum { PAGE_LIMIT = 4 * LOG_PAGE_MAX };

struct page {
    struct reply direct, proxied;
};

static flow_step ask_worker, ask_proxy, read_page;
static const struct flow_type page_flow = {
    .name = "worker-log", .first = ask_worker, .state_size = sizeof(struct page)};

static void get_page(struct flow *flow, const char *base, struct reply *reply)
{
    struct buffer path = {0};

    buffer_printf(&path, "log/?%s", jx_string(flow_input(flow), "query"));
    worker_ask(flow, base, buffer_text(&path), true, PAGE_LIMIT, optional(reply));
    buffer_release(&path);
}

static struct next ask_worker(struct flow *flow)
{
    struct page *page = flow_state(flow);

    get_page(flow, jx_string(flow_input(flow), "workerUrl"), &page->direct);
    return flow_then(flow, ask_proxy);
}

/* spark.ui.reverseProxy=true on the master makes workers readable at /proxy/<worker id>/.
 */
static struct next ask_proxy(struct flow *flow)
{
    struct page *page = flow_state(flow);
    const char *worker_id = jx_string(flow_input(flow), "workerId");
    struct buffer base = {0};

    if (page->direct.failed && worker_id[0] != '\0') {
        buffer_printf(&base, "%s/proxy/", cluster_ui_url(0));
        text_add_url_part(&base, worker_id);
        get_page(flow, buffer_text(&base), &page->proxied);
        buffer_release(&base);
    }
    return flow_then(flow, read_page);
}

/* A program may write NUL bytes; they would end the text for everyone who reads it. New.
 */
static json_t *without_nul(const char *bytes, size_t length)
{
    struct buffer text = {0};
    json_t *result;

    buffer_add(&text, bytes, length);
    for (size_t i = 0; i < length; i++)
        if (text.data[i] == '\0')
            text.data[i] = ' ';
    result = jx_text(text.data, length);
    buffer_release(&text);
    return result;
}

/* "==== Bytes 0-1536 of 1536 of /work/driver-1/stdout ====", then the text. */
static json_t *parse_page(const json_t *answer, struct error *error)
{
    const json_t *text_value = json_object_get(answer, "text");
    const char *text = json_string_value(text_value);
    const char *body = text != NULL ? strchr(text, '\n') : NULL;
    long long start, end, total;
    char file[1000] = "";
    json_t *page;

    if (body == NULL || sscanf(text, "==== Bytes %lld-%lld of %lld of %999[^\n]", &start,
                               &end, &total, file) < 3) {
        error_set(error, ERROR_BAD_ANSWER, "what answered is not a worker's log page");
        error_hint(error,
                   "Something else answers at the worker's address; see SPARK_HOST_MAP.");
        return NULL;
    }
    body++;
    if (text_starts_with(body, "Error: ") && total == 0) {
        error_set(error, ERROR_NOT_FOUND, "the worker has no such log");
        error_detail(error, "%.*s", (int)strcspn(body, "\n"), body);
        error_hint(error,
                   "The process may not have started yet, or its folder was cleaned up "
                   "(spark.worker.cleanup).");
        return NULL;
    }
    page = jx_pack(
        "{s:I, s:I, s:I, s:o}", "start", (json_int_t)start, "end", (json_int_t)end,
        "total", (json_int_t)total, "text",
        without_nul(body, json_string_length(text_value) - (size_t)(body - text)));
    if (text_ends_with(file, " ====") && strrchr(file, '/') != NULL)
        jx_set_format(page, "folder", "%.*s", (int)(strrchr(file, '/') - file), file);
    return page;
}

static struct next read_page(struct flow *flow)
{
    struct page *page = flow_state(flow);
    json_t *answer = page->direct.body;
    json_t *result;
    struct error error;

    /* Without a reverse proxy the master answers any path with its own page. */
    if (page->direct.failed &&
        strstr(jx_string(page->proxied.body, "type"), "plain") != NULL)
        answer = page->proxied.body;
    if (answer == NULL) {
        error = page->direct.error;
        if (error.kind == ERROR_UNREACHABLE || error.kind == ERROR_TIMEOUT)
            error_hint(
                &error,
                "Workers must be reachable from here for logs: "
                "set SPARK_PUBLIC_DNS on them, spark.ui.reverseProxy on the master, "
                "or SPARK_HOST_MAP here.");
        return flow_fail(flow, &error);
    }
    result = parse_page(answer, &error);
    return result != NULL ? flow_done(flow, result) : flow_fail(flow, &error);
}

/* Drivers of a private Spark run beside its worker, and so do their logs lie. */
static const char *log_url(const struct worker_log *log)
{
    return log->driver_id != NULL && cluster_is_local() ? cluster_rest_url(0)
                                                        : log->worker_url;
}

void worker_get_log(struct flow *flow, const struct worker_log *log, struct reply *reply)
{
    struct buffer query = {0};

    if (log->driver_id != NULL) {
        buffer_add_text(&query, "driverId=");
        text_add_url_part(&query, log->driver_id);
    } else {
        buffer_add_text(&query, "appId=");
        text_add_url_part(&query, log->application_id);
        buffer_add_text(&query, "&executorId=");
        text_add_url_part(&query, log->executor_id);
    }
    buffer_printf(&query, "&logType=%s&byteLength=%lld", log->type,
                  (long long)log->length);
    if (log->offset >= 0)
        buffer_printf(&query, "&offset=%lld", (long long)log->offset);
    flow_run(flow, &page_flow,
             jx_pack("{s:s, s:s, s:s}", "workerUrl", log_url(log), "workerId",
                     log->worker_id, "query", buffer_text(&query)),
             reply);
    buffer_release(&query);
}

void worker_get_state(struct flow *flow, const char *worker_url, struct reply *reply)
{
    worker_ask(flow, worker_url, "json/", false, 0, reply);
}

void worker_get_page(struct flow *flow, const char *worker_url, struct reply *reply)
{
    worker_ask(flow, worker_url, "", true, 0, reply);
}

/* <td>driver-1</td> <td>its.main.Class</td> <td>FINISHED</td> */
bool worker_find_driver(const json_t *page, const char *driver_id, char *state,
                        size_t size)
{
    struct buffer cell = {0};
    const char *at;

    buffer_printf(&cell, "<td>%s</td>", driver_id);
    at = strstr(jx_string(page, "text"), buffer_text(&cell));
    buffer_release(&cell);
    for (int i = 0; i < 2 && at != NULL; i++)
        at = strstr(at + 1, "<td>");
    state[0] = '\0';
    if (at != NULL && strcspn(at + strlen("<td>"), "< \n") < size)
        snprintf(state, size, "%.*s", (int)strcspn(at + strlen("<td>"), "< \n"),
                 at + strlen("<td>"));
    return state[0] != '\0';
}

/* What stands between two words of a text; "" when they are not there or it is too long.
 */
static void copy_between(const char *text, const char *first, const char *last,
                         char *target, size_t size)
{
    const char *start = strstr(text, first);
    size_t length;

    target[0] = '\0';
    if (start == NULL)
        return;
    start += strlen(first);
    length = strcspn(start, last);
    if (length < size)
        snprintf(target, size, "%.*s", (int)length, start);
}

/* "http://worker:8081/logPage/?appId=A&executorId=0&logType=stdout"; with
 * spark.ui.reverseProxy "/proxy/<worker id>/logPage/?...", after an address or none. */
bool worker_read_log_link(const char *link, struct worker_log_place *place)
{
    const char *path = strstr(link, "/logPage/");

    if (path == NULL)
        return false;
    place->worker_url[0] = '\0';
    copy_between(link, "/proxy/", "/", place->worker_id, sizeof place->worker_id);
    copy_between(link, "driverId=", "&", place->driver_id, sizeof place->driver_id);
    if (place->worker_id[0] == '\0')
        snprintf(place->worker_url, sizeof place->worker_url, "%.*s", (int)(path - link),
                 link);
    return true;
}

/* How much of "HOST:PORT/PATH" is its host. */
static int host_length(const char *address)
{
    size_t length = strcspn(address, "/");
    size_t at = length;

    while (at > 0 && address[at - 1] != ':' && address[at - 1] != ']')
        at--;
    if (at == 0)
        return (int)length; /* no port */
    return (int)(address[at - 1] == ':' ? at - 1 : at);
}

bool worker_write_url(const char *worker_url, const char *scheme, const char *port,
                      char *url, size_t size)
{
    const char *address = strstr(worker_url, "://");
    long number = text_whole_number(port);

    address = address != NULL ? address + strlen("://") : worker_url;
    if (number < 1 || number > 65535 || host_length(address) == 0)
        return false;
    snprintf(url, size, "%s://%.*s:%ld", scheme, host_length(address), address, number);
    return true;
}
