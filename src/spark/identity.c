/*
 * Each of Spark's servers knows a path that no other does. An address with a path of its
 * own, such as http://master:6066/v1/submissions, is tried without it, too.
 */
#include "spark/identity.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "config.h"
#include "spark/master.h"

#include <stdio.h>
#include <string.h>

enum { URL_SIZE = 300, TIMEOUT_MS = 3000 };

enum kind { KIND_NONE, KIND_MASTER, KIND_REST, KIND_HISTORY, KIND_WORKER };

static const char *const names[] = {
    [KIND_MASTER] = "the master's web UI",
    [KIND_REST] = "the submission API",
    [KIND_HISTORY] = "a history server or an application's UI", /* of one API */
    [KIND_WORKER] = "a worker's web UI",
};

/* What each service wants, and its setting. */
static const struct {
    enum kind kind;
    enum config_key key;
    const char *name;
    int port; /* by default */
} wanted[HTTP_SERVICES] = {
    [HTTP_REST] = {KIND_REST, CONFIG_REST_URL, "the master's submission API", 6066},
    [HTTP_UI] = {KIND_MASTER, CONFIG_UI_URL, "the master's web UI", 8080},
    [HTTP_HISTORY] = {KIND_HISTORY, CONFIG_HISTORY_URL, "a history server", 18080},
};

static enum http_service service_of(const json_t *input)
{
    return (enum http_service)jx_int(input, "service");
}

/* ---- asking: ask, ask_page, give ---- */

struct answers {
    struct reply json, version, status;
};

struct identity {
    struct answers here, there; /* at the address, and without its path */
    struct reply page;          /* of a master: it names the submission API */
    char root[URL_SIZE];
};

static flow_step ask, ask_page, give;
static const struct flow_type identity_flow = {
    .name = "identity", .first = ask, .state_size = sizeof(struct identity)};

static void get(struct flow *flow, const char *base, const char *path, bool wants_text,
                struct reply *reply)
{
    struct buffer url = {0};

    buffer_printf(&url, "%s/%s", base, path);
    http_send(flow,
              &(struct http_request){.service = service_of(flow_input(flow)),
                                     .url = buffer_text(&url),
                                     .timeout_ms = TIMEOUT_MS,
                                     .wants_text = wants_text},
              optional(reply));
    buffer_release(&url);
}

static void ask_at(struct flow *flow, const char *base, struct answers *answers)
{
    get(flow, base, "json/", false, &answers->json);
    get(flow, base, "api/v1/version", false, &answers->version);
    get(flow, base, "v1/submissions/status/x", false, &answers->status);
}

/* How much of an address stands before its path. */
static int root_length(const char *url)
{
    size_t host = strcspn(url, "/") + strlen("//");

    return (int)(host + strcspn(url + host, "/"));
}

static struct next ask(struct flow *flow)
{
    struct identity *identity = flow_state(flow);
    const char *base = jx_string(flow_input(flow), "url");

    snprintf(identity->root, sizeof identity->root, "%.*s", root_length(base), base);
    ask_at(flow, base, &identity->here);
    if (strcmp(identity->root, base) != 0)
        ask_at(flow, identity->root, &identity->there);
    return flow_then(flow, ask_page);
}

static enum kind kind_of(const struct answers *answers)
{
    if (jx_array(answers->json.body, "workers") != NULL)
        return KIND_MASTER;
    if (jx_has_string(answers->json.body, "masterwebuiurl"))
        return KIND_WORKER;
    if (jx_is(answers->status.body, "action", "SubmissionStatusResponse"))
        return KIND_REST;
    if (jx_has_string(answers->version.body, "spark"))
        return KIND_HISTORY;
    return KIND_NONE;
}

/* The submission API has an address of its own, which the master's page tells. */
static struct next ask_page(struct flow *flow)
{
    struct identity *identity = flow_state(flow);

    if (service_of(flow_input(flow)) == HTTP_REST &&
        kind_of(&identity->here) == KIND_MASTER)
        get(flow, jx_string(flow_input(flow), "url"), "", true, &identity->page);
    return flow_then(flow, give);
}

/* {"service", "url", "kind"} and, where it is known, the right address as "cure". */
static struct next give(struct flow *flow)
{
    struct identity *identity = flow_state(flow);
    enum http_service service = service_of(flow_input(flow));
    enum kind kind = kind_of(&identity->here);
    json_t *told = json_copy(flow_input(flow));
    char address[URL_SIZE];

    json_object_set_new(told, "kind", json_integer(kind));
    if (kind_of(&identity->there) == wanted[service].kind)
        jx_set_string(told, "cure", identity->root);
    else if (service == HTTP_UI && kind == KIND_WORKER)
        jx_set_string(told, "cure",
                      jx_string(identity->here.json.body, "masterwebuiurl"));
    else if (master_find_rest_address(identity->page.body, address, sizeof address))
        jx_set_format(told, "cure", "http://%s", address);
    return flow_done(flow, told);
}

/* Any server has errors of its own; but none has a path. */
static bool is_strange(enum http_service service, const char *base_url,
                       const struct error *error)
{
    bool has_path = base_url[root_length(base_url)] != '\0';

    return error->kind == ERROR_BAD_ANSWER ||
           (error->kind == ERROR_SPARK && (has_path || service != HTTP_REST)) ||
           (error->kind == ERROR_NOT_FOUND && has_path);
}

void identity_ask(struct flow *flow, enum http_service service, const char *base_url,
                  const struct error *error, struct reply *reply)
{
    if (is_strange(service, base_url, error))
        flow_run(flow, &identity_flow,
                 jx_pack("{s:i, s:s}", "service", (int)service, "url", base_url), reply);
}

/* ---- telling ---- */

void identity_tell(const struct reply *reply, struct error *error)
{
    const json_t *told = reply->body;
    enum http_service service = service_of(told);
    enum kind kind = (enum kind)jx_int(told, "kind");
    const char *url = jx_string(told, "url"), *cure = jx_string(told, "cure");
    const char *setting = config_entry(wanted[service].key)->environment;

    if (told == NULL || kind == wanted[service].kind || (kind == KIND_NONE && !*cure))
        return;
    if (kind == KIND_NONE)
        error_set(error, ERROR_CONFIGURATION, "nothing of Spark's is at '%s'", url);
    else
        error_set(error, ERROR_CONFIGURATION, "'%s' is %s, not %s", url, names[kind],
                  wanted[service].name);
    if (*cure != '\0')
        error_hint(error, "Set %s to '%s'.", setting, cure);
    else
        error_hint(error, "Set %s to %s (port %d by default).", setting,
                   wanted[service].name, wanted[service].port);
}
