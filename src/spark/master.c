/*
 * The masters are asked in turn until one says it is active; the address it was asked at
 * goes into its state ("uiUrl"). The master of a private Spark knows of no drivers: its
 * supervisor does, and is asked too; nor does it know the session, and while nobody needed
 * it, it does not run. What follows are getters on that state, which ask nobody.
 */
#include "spark/master.h"

#include "base/buffer.h"
#include "base/clusters.h"
#include "base/jx.h"
#include "base/text.h"
#include "http.h"
#include "http/trust.h"
#include "spark/cluster.h"
#include "spark/identity.h"
#include "spark/local_daemons.h"
#include "spark/worker_ask.h"

#include <stdio.h>
#include <string.h>

enum { WORKERS_SHOWN = 5, UI_SIZE = 400 };

static json_t *own_applications[CLUSTERS_MAX]; /* NULL: none */

struct state {
    struct reply answer, drivers, identity;
    size_t start, turn; /* which master is asked now: cluster_index */
    struct error refusal;
};

static flow_step begin, ask, give_own, check_status, pass_over;
static const struct flow_type state_flow = {
    .name = "master-state", .first = begin, .state_size = sizeof(struct state)};

static struct next begin(struct flow *flow)
{
    struct state *state = flow_state(flow);

    state->start = cluster_start();
    return ask(flow);
}

static const char *url_of(const struct state *state)
{
    return cluster_ui_url(cluster_index(state->start, state->turn));
}

static struct next ask(struct flow *flow)
{
    struct state *state = flow_state(flow);
    struct buffer url = {0};

    if (cluster_is_local())
        http_get(flow, HTTP_REST, CLUSTER_DOOR_URL "/drivers", optional(&state->drivers));
    if (!local_daemons_are_up(LOCAL_CLUSTER))
        return flow_then(flow, give_own);
    buffer_printf(&url, "%s/json/", url_of(state));
    http_get(flow, HTTP_UI, buffer_text(&url), optional(&state->answer));
    buffer_release(&url);
    return flow_then(flow, check_status);
}

static void add_own(const struct state *state, json_t *answer)
{
    static const char *const lists[] = {"activedrivers", "completeddrivers"};
    json_t *own = own_applications[clusters_here()];

    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (jx_array(state->drivers.body, lists[i]) != NULL)
            json_object_set(answer, lists[i], jx_array(state->drivers.body, lists[i]));
    if (own != NULL)
        json_array_append(json_object_get(answer, "activeapps"), own);
}

/* Nobody has needed a worker, so there are no other applications. */
static struct next give_own(struct flow *flow)
{
    struct state *state = flow_state(flow);
    json_t *answer =
        jx_pack("{s:s, s:s, s:[], s:[], s:[], s:s}", "url", cluster_master_url(),
                "status", "NONE", "workers", "activeapps", "completedapps", "uiUrl", "");

    if (state->drivers.failed) {
        json_decref(answer);
        return flow_fail(flow, &state->drivers.error);
    }
    add_own(state, answer);
    return flow_done(flow, answer);
}

static struct next check_status(struct flow *flow)
{
    struct state *state = flow_state(flow);
    const char *status = jx_string(state->answer.body, "status");

    if (state->answer.failed) {
        state->refusal = state->answer.error;
    } else if (jx_array(state->answer.body, "workers") == NULL) {
        error_set(&state->refusal, ERROR_BAD_ANSWER, "'%s' is not a Spark master",
                  url_of(state));
        error_hint(
            &state->refusal,
            "Set SPARK_MASTER_UI_URL to the master's web UI (port 8080 by default).");
    } else if (strcmp(status, "STANDBY") == 0) {
        error_set(&state->refusal, ERROR_NOT_ACTIVE, "the master at '%s' is on standby",
                  url_of(state));
        error_hint(&state->refusal,
                   "Name every master in SPARK_MASTER (spark://a:7077,b:7077), "
                   "or wait for the fail-over.");
    } else {
        trust_set_workers(jx_array(state->answer.body, "workers"), url_of(state));
        worker_ask_note_hosts(jx_array(state->answer.body, "workers"));
        jx_set_string(state->answer.body, "uiUrl", url_of(state));
        add_own(state, state->answer.body);
        return flow_done(flow, json_incref(state->answer.body));
    }
    identity_ask(flow, HTTP_UI, url_of(state), &state->refusal,
                 optional(&state->identity));
    return flow_then(flow, pass_over);
}

static struct next pass_over(struct flow *flow)
{
    struct state *state = flow_state(flow);

    identity_tell(&state->identity, &state->refusal);
    if (++state->turn < cluster_masters())
        return ask(flow);
    return flow_fail(flow, &state->refusal);
}

void master_get_state(struct flow *flow, struct reply *reply)
{
    flow_run(flow, &state_flow, NULL, reply);
}

void master_set_own_application(json_t *application)
{
    json_decref(own_applications[clusters_here()]);
    own_applications[clusters_here()] = application;
}

bool master_is_own_application(const char *application_id)
{
    const json_t *own = own_applications[clusters_here()];

    return jx_has_string(own, "ui") && jx_is(own, "id", application_id);
}

static json_t *find_by_id(const json_t *state, const char *list, const char *id)
{
    json_t *member;
    size_t i;

    json_array_foreach (json_object_get(state, list), i, member)
        if (strcmp(jx_string(member, "id"), id) == 0)
            return member;
    return NULL;
}

/* A driver of a private Spark has no worker: the only one is as good as it. */
json_t *master_find_worker(const json_t *state, const char *worker_id)
{
    if (cluster_is_local())
        return json_array_get(jx_array(state, "workers"), 0);
    return find_by_id(state, "workers", worker_id);
}

json_t *master_find_driver(const json_t *state, const char *driver_id)
{
    json_t *driver = find_by_id(state, "activedrivers", driver_id);

    return driver != NULL ? driver : find_by_id(state, "completeddrivers", driver_id);
}

json_t *master_find_application(const json_t *state, const char *application_id)
{
    json_t *application = find_by_id(state, "activeapps", application_id);

    return application != NULL ? application
                               : find_by_id(state, "completedapps", application_id);
}

static bool is_alive(const json_t *worker)
{
    return strcmp(jx_string(worker, "state"), "ALIVE") == 0;
}

bool master_has_room(const json_t *state, json_int_t cores, json_int_t memory_mib,
                     bool when_empty)
{
    const json_t *worker;
    size_t i;

    json_array_foreach (jx_array(state, "workers"), i, worker) {
        if (is_alive(worker) &&
            jx_int(worker, when_empty ? "cores" : "coresfree") >= cores &&
            jx_int(worker, when_empty ? "memory" : "memoryfree") >= memory_mib)
            return true;
    }
    return false;
}

/* A worker's resources are {"gpu": {"name", "addresses"}}, what an executor asks for
 * [{"name", "amount"}] (Spark's JsonProtocol). */
static bool have_resource(const json_t *state, const char *name, json_int_t amount)
{
    const json_t *worker;
    size_t i;

    json_array_foreach (jx_array(state, "workers"), i, worker) {
        const json_t *resource = json_object_get(jx_object(worker, "resources"), name);

        if (is_alive(worker) &&
            (json_int_t)json_array_size(jx_array(resource, "addresses")) >= amount)
            return true;
    }
    return false;
}

/* The first that an executor asks for and no worker has; NULL: none. */
static const json_t *find_lack(const json_t *state, const json_t *application)
{
    const json_t *wanted;
    size_t i;

    json_array_foreach (jx_array(application, "resourcesperexecutor"), i, wanted)
        if (!have_resource(state, jx_string(wanted, "name"), jx_int(wanted, "amount")))
            return wanted;
    return NULL;
}

bool master_has_resources(const json_t *state, const json_t *application)
{
    return find_lack(state, application) == NULL;
}

json_t *master_describe_room(const json_t *state, const json_t *application)
{
    const json_t *lack = find_lack(state, application), *worker;
    struct buffer text = {0};
    json_t *description;
    size_t i, shown = 0, alive = 0;

    json_array_foreach (jx_array(state, "workers"), i, worker) {
        if (!is_alive(worker) || ++alive > WORKERS_SHOWN)
            continue;
        buffer_printf(
            &text, "%s%s has %lld of %lld cores and %lld of %lld MiB free",
            shown++ > 0 ? "; " : "", jx_string(worker, "host"),
            (long long)jx_int(worker, "coresfree"), (long long)jx_int(worker, "cores"),
            (long long)jx_int(worker, "memoryfree"), (long long)jx_int(worker, "memory"));
    }
    if (alive == 0)
        buffer_add_text(&text, "no worker is alive");
    if (alive > shown)
        buffer_printf(&text, "; %zu more workers", alive - shown);
    if (lack != NULL)
        buffer_printf(&text,
                      "; of the %lld %s that an executor asks for, no worker has so many",
                      (long long)jx_int(lack, "amount"), jx_string(lack, "name"));
    description = jx_text(buffer_text(&text), text.length);
    buffer_release(&text);
    return description;
}

/* ---- pages ---- */

static void get_page(struct flow *flow, const char *path, struct reply *reply)
{
    struct buffer url = {0};

    buffer_printf(&url, "%s/%s", cluster_ui_url(0), path);
    http_send(flow,
              &(struct http_request){
                  .service = HTTP_UI, .url = buffer_text(&url), .wants_text = true},
              reply);
    buffer_release(&url);
}

void master_get_page(struct flow *flow, struct reply *reply)
{
    get_page(flow, "", reply);
}

/* <strong>REST URL:</strong> spark://host:6066 (cluster mode) */
bool master_find_rest_address(const json_t *page, char *address, size_t size)
{
    const char *start = strstr(jx_string(page, "text"), "REST URL:");

    if (start == NULL || (start = strstr(start, "spark://")) == NULL)
        return false;
    start += strlen("spark://");
    return snprintf(address, size, "%.*s", (int)strcspn(start, " <\n"), start) <
           (int)size;
}

/* <a href="http://host:4040">Application Detail UI</a>; behind a reverse proxy the
 * address begins with a slash. */
bool master_find_application_ui(const json_t *page, char *url, size_t size)
{
    const char *text = jx_string(page, "text"), *start = NULL;
    const char *label = strstr(text, "Application Detail UI");

    if (label == NULL)
        return false;
    for (const char *at = strstr(text, "href=\""); at != NULL && at < label;
         at = strstr(at + 1, "href=\""))
        start = at + strlen("href=\"");
    if (start == NULL)
        return false;
    if (snprintf(url, size, "%s%.*s", *start == '/' ? cluster_ui_url(0) : "",
                 (int)strcspn(start, "\""), start) >= (int)size)
        return false;
    while (text_ends_with(url, "/"))
        url[strlen(url) - 1] = '\0';
    return true;
}

struct page_of_application {
    struct reply page;
};

static flow_step ask_for_ui, find_ui;
static const struct flow_type ui_flow = {.name = "application-ui",
                                         .first = ask_for_ui,
                                         .state_size =
                                             sizeof(struct page_of_application)};

static struct next ask_for_ui(struct flow *flow)
{
    const char *id = json_string_value(flow_input(flow));
    struct buffer path = {0};

    if (master_is_own_application(id))
        return flow_done(
            flow,
            jx_pack("{s:s}", "url", jx_string(own_applications[clusters_here()], "ui")));
    buffer_add_text(&path, "app/?appId=");
    text_add_url_part(&path, id);
    get_page(flow, buffer_text(&path),
             &((struct page_of_application *)flow_state(flow))->page);
    buffer_release(&path);
    return flow_then(flow, find_ui);
}

static struct next find_ui(struct flow *flow)
{
    const struct page_of_application *asked = flow_state(flow);
    char url[UI_SIZE];

    if (!master_find_application_ui(asked->page.body, url, sizeof url))
        url[0] = '\0';
    return flow_done(flow, jx_pack("{s:s}", "url", url));
}

void master_get_application_ui(struct flow *flow, const char *application_id,
                               struct reply *reply)
{
    flow_run(flow, &ui_flow, json_string(application_id), reply);
}
