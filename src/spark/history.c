#include "spark/history.h"

#include "base/buffer.h"
#include "base/clusters.h"
#include "base/jx.h"
#include "base/text.h"
#include "http.h"
#include "spark/cluster.h"
#include "spark/identity.h"
#include "spark/local_daemons.h"

#include <string.h>
#include <time.h>

enum {
    /* Given up, an answer that is on its way leaves 90 lines of Jetty's in the driver's log;
     * the first one of a driver takes seconds. */
    LIVE_MOST_MS = 15000,
    LIVE_LEAST_MS = 2500, /* and the most until there is a connection */
    URL_SIZE = 300,
    PAGE = 1000,
    LIST_LIMIT = 16 * 1024 * 1024,
    LIST_VALUES_MAX = 400000,
};

/* ---- one path: start_server, ask_path, ask_who, give_answer ---- */

struct asking {
    struct reply server, answer, identity;
};

/* Where a history server has answered: who is there need not be asked any more. An address
 * with a path answers every application that it does not know as a wrong one would. */
static char proven[CLUSTERS_MAX][URL_SIZE];

static flow_step start_server, ask_path, ask_who, give_answer;
static const struct flow_type asking_flow = {
    .name = "history", .first = start_server, .state_size = sizeof(struct asking)};

static struct next start_server(struct flow *flow)
{
    struct asking *asking = flow_state(flow);

    if (local_daemons_are_up(LOCAL_HISTORY))
        return ask_path(flow);
    local_daemons_ensure(flow, LOCAL_HISTORY, &asking->server);
    return flow_then(flow, ask_path);
}

static struct next ask_path(struct flow *flow)
{
    struct asking *asking = flow_state(flow);
    bool is_list = jx_bool(flow_input(flow), "isList");
    struct buffer url = {0};

    buffer_printf(&url, "%s/api/v1/%s", cluster_history_url(),
                  jx_string(flow_input(flow), "path"));
    http_send(flow,
              &(struct http_request){.service = HTTP_HISTORY,
                                     .url = buffer_text(&url),
                                     .limit = is_list ? LIST_LIMIT : 0,
                                     .values_max = is_list ? LIST_VALUES_MAX : 0},
              optional(&asking->answer));
    buffer_release(&url);
    return flow_then(flow, ask_who);
}

static struct next ask_who(struct flow *flow)
{
    struct asking *asking = flow_state(flow);

    if (asking->answer.failed &&
        strcmp(proven[clusters_here()], cluster_history_url()) != 0)
        identity_ask(flow, HTTP_HISTORY, cluster_history_url(), &asking->answer.error,
                     optional(&asking->identity));
    return flow_then(flow, give_answer);
}

static struct next give_answer(struct flow *flow)
{
    struct asking *asking = flow_state(flow);

    if (asking->answer.body != NULL) {
        text_copy(proven[clusters_here()], URL_SIZE, cluster_history_url());
        return flow_done(flow, json_incref(asking->answer.body));
    }
    identity_tell(&asking->identity, &asking->answer.error);
    return flow_fail(flow, &asking->answer.error);
}

static void get_path(struct flow *flow, const char *path, bool is_list,
                     struct reply *reply)
{
    flow_run(flow, &asking_flow, jx_pack("{s:s, s:b}", "path", path, "isList", is_list),
             reply);
}

void history_get(struct flow *flow, const char *path, struct reply *reply)
{
    get_path(flow, path, false, reply);
}

/* As the API reads dates. */
static void add_time(struct buffer *query, const char *key, time_t seconds)
{
    char text[40];
    struct tm fields;

    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S.000GMT", gmtime_r(&seconds, &fields));
    buffer_printf(query, "&%s=%s", key, text);
}

/* ---- applications: ask_some, ask_many, give_list ---- */

/* Most have fewer than a page; the whole list of a busy history server is asked for only
 * when the page is full. The API has no second page. */
struct all {
    struct reply some, many;
};

static flow_step ask_some, ask_many, give_list;
static const struct flow_type all_flow = {
    .name = "history-applications", .first = ask_some, .state_size = sizeof(struct all)};

/* Its own filters leave less to send; they let more through than what is asked for. */
static void get_newest(struct flow *flow, int limit, struct reply *reply)
{
    int64_t from_ms = jx_int(flow_input(flow), "fromMs"),
            to_ms = jx_int(flow_input(flow), "toMs");
    struct buffer path = {0};

    buffer_printf(&path, "applications?limit=%d", limit);
    if (from_ms != 0 || to_ms != 0) {
        add_time(&path, "minEndDate", (time_t)(from_ms / 1000));
        add_time(&path, "maxDate", (time_t)(to_ms / 1000 + 1));
    }
    get_path(flow, buffer_text(&path), true, reply);
    buffer_release(&path);
}

static struct next ask_some(struct flow *flow)
{
    struct all *all = flow_state(flow);

    get_newest(flow, PAGE, &all->some);
    return flow_then(flow, ask_many);
}

static struct next ask_many(struct flow *flow)
{
    struct all *all = flow_state(flow);

    if (json_array_size(all->some.body) == PAGE)
        get_newest(flow, HISTORY_APPLICATIONS_MAX, optional(&all->many));
    return flow_then(flow, give_list);
}

static struct next give_list(struct flow *flow)
{
    struct all *all = flow_state(flow);

    return flow_done(
        flow, json_incref(all->many.body != NULL ? all->many.body : all->some.body));
}

void history_get_applications(struct flow *flow, int64_t from_ms, int64_t to_ms,
                              struct reply *reply)
{
    flow_run(
        flow, &all_flow,
        jx_pack("{s:I, s:I}", "fromMs", (json_int_t)from_ms, "toMs", (json_int_t)to_ms),
        reply);
}

bool history_is_full(const json_t *applications)
{
    return json_array_size(applications) == HISTORY_APPLICATIONS_MAX ||
           json_array_size(applications) == PAGE; /* the longer list was too long */
}

/* ---- one application: ask, ask_attempts, ask_newest, give ---- */

/* Applications of YARN and their like have attempts, and are not found without one in the
 * path; those of a standalone cluster have none (ApiRootResource.scala). */
struct one {
    struct reply plain, application, newest;
};

static flow_step ask, ask_attempts, ask_newest, give;
static const struct flow_type one_flow = {
    .name = "history-application", .first = ask, .state_size = sizeof(struct one)};

static void get_part(struct flow *flow, const char *attempt, const char *path,
                     struct reply *reply)
{
    struct buffer query = {0};

    buffer_add_text(&query, "applications/");
    text_add_url_part(&query, jx_string(flow_input(flow), "id"));
    if (attempt[0] != '\0') {
        buffer_add_text(&query, "/");
        text_add_url_part(&query, attempt);
    }
    buffer_printf(&query, "%s%s", path[0] != '\0' ? "/" : "", path);
    history_get(flow, buffer_text(&query), optional(reply));
    buffer_release(&query);
}

static struct next ask(struct flow *flow)
{
    struct one *one = flow_state(flow);

    get_part(flow, "", jx_string(flow_input(flow), "path"), &one->plain);
    return flow_then(flow, ask_attempts);
}

static struct next ask_attempts(struct flow *flow)
{
    struct one *one = flow_state(flow);
    bool may_have_attempts = one->plain.error.kind == ERROR_NOT_FOUND &&
                             jx_has_string(flow_input(flow), "path");

    if (may_have_attempts)
        get_part(flow, "", "", &one->application);
    return flow_then(flow, ask_newest);
}

static struct next ask_newest(struct flow *flow)
{
    struct one *one = flow_state(flow);
    const char *attempt = history_newest_attempt(one->application.body);

    if (attempt[0] != '\0')
        get_part(flow, attempt, jx_string(flow_input(flow), "path"), &one->newest);
    return flow_then(flow, give);
}

static struct next give(struct flow *flow)
{
    struct one *one = flow_state(flow);

    if (one->plain.body != NULL)
        return flow_done(flow, json_incref(one->plain.body));
    if (one->newest.body != NULL)
        return flow_done(flow, json_incref(one->newest.body));
    return flow_fail(flow, one->newest.failed ? &one->newest.error : &one->plain.error);
}

const char *history_newest_attempt(const json_t *application)
{
    return jx_string(json_array_get(jx_array(application, "attempts"), 0), "attemptId");
}

void history_get_application(struct flow *flow, const char *application_id,
                             const char *path, struct reply *reply)
{
    flow_run(flow, &one_flow, jx_pack("{s:s, s:s}", "id", application_id, "path", path),
             reply);
}

/* ---- a live driver: ask_driver, ask_proxy, choose ---- */

struct live {
    struct reply direct, proxied;
};

static flow_step ask_driver, ask_proxy, choose;
static const struct flow_type live_flow = {
    .name = "live", .first = ask_driver, .state_size = sizeof(struct live)};

static void get_at(struct flow *flow, const char *base, struct reply *reply)
{
    const json_t *input = flow_input(flow);
    struct buffer url = {0};

    buffer_printf(&url, "%s/api/v1/applications/", base);
    text_add_url_part(&url, jx_string(input, "applicationId"));
    buffer_printf(&url, "/%s", jx_string(input, "path"));
    http_send(flow,
              &(struct http_request){.service = HTTP_UI,
                                     .url = buffer_text(&url),
                                     .timeout_ms = (int)jx_int(input, "waitMs"),
                                     .connect_ms = LIVE_LEAST_MS},
              optional(reply));
    buffer_release(&url);
}

static struct next ask_driver(struct flow *flow)
{
    struct live *live = flow_state(flow);

    get_at(flow, jx_string(flow_input(flow), "uiUrl"), &live->direct);
    return flow_then(flow, ask_proxy);
}

/* spark.ui.reverseProxy=true on the master makes drivers readable at /proxy/<id>/. */
static struct next ask_proxy(struct flow *flow)
{
    struct live *live = flow_state(flow);
    struct buffer base = {0};

    if (live->direct.failed) {
        buffer_printf(&base, "%s/proxy/", cluster_ui_url(0));
        text_add_url_part(&base, jx_string(flow_input(flow), "applicationId"));
        get_at(flow, buffer_text(&base), &live->proxied);
        buffer_release(&base);
    }
    return flow_then(flow, choose);
}

static struct next choose(struct flow *flow)
{
    struct live *live = flow_state(flow);

    if (!live->direct.failed)
        return flow_done(flow, json_incref(live->direct.body));
    if (live->proxied.failed)
        return flow_fail(flow, &live->direct.error);
    return flow_done(flow, json_incref(live->proxied.body));
}

void live_get(struct flow *flow, const char *ui_url, const char *application_id,
              const char *path, int64_t wait_ms, struct reply *reply)
{
    if (wait_ms > LIVE_MOST_MS)
        wait_ms = LIVE_MOST_MS;
    if (wait_ms < LIVE_LEAST_MS)
        wait_ms = LIVE_LEAST_MS;
    flow_run(flow, &live_flow,
             jx_pack("{s:s, s:s, s:s, s:I}", "uiUrl", ui_url, "applicationId",
                     application_id, "path", path, "waitMs", (json_int_t)wait_ms),
             reply);
}
