#include "scripted_http.h"

#include "base/memory.h"
#include "http.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES_MAX = 200, REQUESTS_MAX = 8000, WORDS_SIZE = 300 };

struct answer {
    json_t *body;
    struct error error; /* when there is no body */
};

struct script_line {
    char words[WORDS_SIZE];
    struct answer answer;
    bool is_silent;
    bool is_always;
    size_t used;
};

struct transfer {
    struct operation operation;
    char request[WORDS_SIZE * 4];
    struct answer answer;
    bool is_silent;
    struct link link;
};

static struct script_line lines[LINES_MAX];
static size_t line_count;
static struct {
    char *text;
    json_t *sent;
    char *bearer, *header;
} requests[REQUESTS_MAX];
static size_t request_count, cancelled;
static char unexpected[WORDS_SIZE * 4];
static struct link transfers = {&transfers, &transfers};

/* ---- the script ---- */

static struct script_line *add_line(const char *words)
{
    struct script_line *line = &lines[line_count++];

    assert_true(line_count < LINES_MAX);
    memset(line, 0, sizeof *line);
    snprintf(line->words, sizeof line->words, "%s", words);
    return line;
}

void script_json(const char *words, const char *json)
{
    script_value(words, json_of(json));
}

void script_value(const char *words, json_t *value)
{
    add_line(words)->answer.body = value;
}

void script_text(const char *words, const char *type, const char *text)
{
    script_value(words, json_pack("{s:s, s:s}", "text", text, "type", type));
}

void script_error(const char *words, enum error_kind kind, const char *message)
{
    error_set(&add_line(words)->answer.error, kind, "%s", message);
}

void script_silence(const char *words)
{
    add_line(words)->is_silent = true;
}

void script_always(void)
{
    lines[line_count - 1].is_always = true;
}

void script_forget(const char *words)
{
    for (size_t i = 0; i < line_count; i++) {
        if (strcmp(lines[i].words, words) != 0)
            continue;
        lines[i].is_always = false;
        lines[i].used = 1;
    }
}

void script_answer(const char *words, const char *json)
{
    list_foreach (&transfers, at) {
        struct transfer *transfer = list_member(at, struct transfer, link);
        if (!transfer->is_silent || strstr(transfer->request, words) == NULL)
            continue;
        transfer->is_silent = false;
        transfer->answer.body = json_of(json);
        return;
    }
    fail_msg("no silent transfer has '%s'", words);
}

/* ---- transfers ---- */

static void transfer_free(struct transfer *transfer)
{
    list_remove(&transfer->link);
    json_decref(transfer->answer.body);
    free(transfer);
}

static void cancel_transfer(struct operation *operation)
{
    cancelled++;
    transfer_free(list_member(operation, struct transfer, operation));
}

static struct script_line *find_line(const char *request)
{
    for (size_t i = 0; i < line_count; i++)
        if ((lines[i].used == 0 || lines[i].is_always) &&
            strstr(request, lines[i].words) != NULL)
            return &lines[i];
    return NULL;
}

/* The first REQUESTS_MAX can be asked for. */
static void record(const char *text, const struct http_request *request)
{
    if (request_count == REQUESTS_MAX)
        return;
    requests[request_count].text = memory_copy_text(text);
    if (request->header != NULL)
        requests[request_count].header = memory_copy_text(request->header);
    if (request->bearer != NULL)
        requests[request_count].bearer = memory_copy_text(request->bearer);
    requests[request_count++].sent = request->form != NULL
                                         ? json_string(request->form)
                                         : json_deep_copy(request->json);
}

void http_send(struct flow *flow, const struct http_request *request, struct reply *reply)
{
    struct transfer *transfer = memory_new(sizeof *transfer);
    struct script_line *line;

    operation_begin(&transfer->operation, flow, reply, cancel_transfer);
    list_append(&transfers, &transfer->link);
    snprintf(transfer->request, sizeof transfer->request, "%s %s",
             request->method != NULL ? request->method : "GET", request->url);
    record(transfer->request, request);
    line = find_line(transfer->request);
    if (line == NULL) {
        snprintf(unexpected, sizeof unexpected, "%s", transfer->request);
        error_set(&transfer->answer.error, ERROR_INTERNAL, "not in the script: %s",
                  transfer->request);
        return;
    }
    line->used++;
    transfer->is_silent = line->is_silent;
    transfer->answer.error = line->answer.error;
    transfer->answer.body = json_deep_copy(line->answer.body);
}

void http_get(struct flow *flow, enum http_service service, const char *url,
              struct reply *reply)
{
    http_send(flow, &(struct http_request){.service = service, .url = url}, reply);
}

size_t script_deliver(void)
{
    struct link *at = transfers.next;
    size_t delivered = 0;

    while (at != &transfers) {
        struct transfer *transfer = list_member(at, struct transfer, link);

        at = at->next;
        if (transfer->is_silent)
            continue;
        if (transfer->answer.body != NULL)
            operation_succeed(&transfer->operation, json_incref(transfer->answer.body));
        else
            operation_fail(&transfer->operation, &transfer->answer.error);
        transfer_free(transfer);
        delivered++;
    }
    return delivered;
}

/* ---- what was asked ---- */

size_t script_asked(const char *words)
{
    size_t count = 0;

    for (size_t i = 0; i < request_count; i++)
        if (strstr(requests[i].text, words) != NULL)
            count++;
    return count;
}

const char *script_request(size_t index)
{
    assert_true(index < request_count);
    return requests[index].text;
}

const json_t *script_sent(size_t index)
{
    assert_true(index < request_count);
    return requests[index].sent;
}

const char *script_bearer(size_t index)
{
    assert_true(index < request_count);
    return requests[index].bearer;
}

const char *script_header(size_t index)
{
    assert_true(index < request_count);
    return requests[index].header;
}

size_t script_find(const char *words)
{
    for (size_t i = 0; i < request_count; i++)
        if (strstr(requests[i].text, words) != NULL)
            return i;
    fail_msg("nobody asked for '%s'", words);
    return 0;
}

size_t script_pending(void)
{
    size_t count = 0;

    list_foreach (&transfers, at)
        count++;
    return count;
}

size_t script_cancelled(void)
{
    return cancelled;
}

bool script_end(void)
{
    bool is_good = true;

    if (unexpected[0] != '\0') {
        print_error("not in the script: %s\n", unexpected);
        is_good = false;
    }
    while (!list_is_empty(&transfers)) {
        struct transfer *transfer = list_member(transfers.next, struct transfer, link);
        print_error("neither answered nor cancelled: %s\n", transfer->request);
        transfer_free(transfer);
        is_good = false;
    }
    for (size_t i = 0; i < line_count; i++) {
        if (lines[i].used == 0 && !lines[i].is_always) {
            print_error("never asked for: %s\n", lines[i].words);
            is_good = false;
        }
        json_decref(lines[i].answer.body);
    }
    for (size_t i = 0; i < request_count; i++) {
        free(requests[i].text);
        json_decref(requests[i].sent);
        free(requests[i].bearer);
        free(requests[i].header);
        requests[i].bearer = requests[i].header = NULL;
    }
    line_count = request_count = cancelled = 0;
    unexpected[0] = '\0';
    return is_good;
}

/* ---- the rest of http.h, which no unit asks for ---- */

void http_open(void)
{
}

void http_close(void)
{
}

bool http_set_credentials(enum http_service service, const struct http_credentials *use,
                          struct error *error)
{
    (void)service;
    (void)use;
    (void)error;
    return true;
}

void http_set_timeouts(int connect_ms, int transfer_ms)
{
    (void)connect_ms;
    (void)transfer_ms;
}

void http_set_socket(const char *base_url, const char *path)
{
}

bool http_set_host_map(const char *map, struct error *error)
{
    (void)map;
    (void)error;
    return true;
}

void http_wait(struct http_fd *fds, size_t count, int timeout_ms)
{
    (void)fds;
    (void)count;
    (void)timeout_ms;
    script_deliver();
}
