/*
 * Three turns find an application: master, history server and the master's page of it are
 * asked at once, since each may be the only one that knows; then, when none knows the id,
 * the list of names; then its live UI. The answer of that to its own id proves that the
 * port is still this application's: ports are used again.
 */
#include "spark/watching.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/jx.h"
#include "base/text.h"
#include "http.h"
#include "spark/cluster.h"
#include "spark/driver.h"
#include "spark/history.h"
#include "spark/master.h"
#include "spark/session.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    ID_SIZE = 200,
    ATTEMPT_SIZE = 16,
    URL_SIZE = 400,
    LIVE_TIMEOUT_MS =
        15000, /* the first answer of a UI takes seconds on a busy machine */
    LIMIT = 16 * 1024 * 1024,
};

struct watching {
    struct reply report, master, logged, link, all, direct, proxied;
    char id[ID_SIZE], attempt[ATTEMPT_SIZE]; /* "": the newest */
    char ui[URL_SIZE], proxy[URL_SIZE];
};

static flow_step find_id, ask, ask_by_name, ask_named, ask_ui, ask_proxy, give;
static const struct flow_type watching_flow = {
    .name = "watching", .first = find_id, .state_size = sizeof(struct watching)};

/* ---- by which id ---- */

const char *watching_cut_attempt(char *id)
{
    char *slash = strrchr(id, '/');
    bool is_id = text_starts_with(id, "application_") || text_starts_with(id, "app-") ||
                 text_starts_with(id, "local-");

    if (slash == NULL || !is_id || slash[1] == '\0' ||
        slash[1 + strspn(slash + 1, "0123456789")] != '\0')
        return "";
    *slash = '\0';
    return slash + 1;
}

static struct next find_id(struct flow *flow)
{
    struct watching *watching = flow_state(flow);
    const char *given = jx_string(flow_input(flow), "application"),
               *submission = jx_string(flow_input(flow), "submission");

    text_copy(watching->id, sizeof watching->id,
              given[0] != '\0' ? given : session_application_id());
    text_copy(watching->attempt, sizeof watching->attempt,
              watching_cut_attempt(watching->id));
    if (given[0] == '\0' && submission[0] != '\0')
        driver_follow(flow, submission, 0, true, &watching->report);
    return flow_then(flow, ask);
}

static void ask_link(struct flow *flow)
{
    struct watching *watching = flow_state(flow);

    master_get_application_ui(flow, watching->id, optional(&watching->link));
}

static struct next ask(struct flow *flow)
{
    struct watching *watching = flow_state(flow);

    if (watching->report.body != NULL)
        text_copy(watching->id, sizeof watching->id,
                  jx_string(watching->report.body, "applicationId"));
    if (watching->id[0] == '\0')
        return flow_refuse(
            flow, ERROR_NOT_FOUND, "Name the application.",
            watching->report.body != NULL
                ? "'%.100s' has no application yet"
                : "there is no session%.0s whose application could be meant",
            jx_string(flow_input(flow), "submission"));
    if (!master_is_own_application(watching->id))
        history_get_application(flow, watching->id, "", optional(&watching->logged));
    master_get_state(flow, optional(&watching->master));
    ask_link(flow);
    return flow_then(flow, ask_by_name);
}

static bool is_known(const struct watching *watching)
{
    return watching->logged.body != NULL || watching->ui[0] != '\0' ||
           master_find_application(watching->master.body, watching->id) != NULL;
}

static struct next ask_by_name(struct flow *flow)
{
    struct watching *watching = flow_state(flow);

    text_copy(watching->ui, sizeof watching->ui, jx_string(watching->link.body, "url"));
    if (!is_known(watching))
        history_get_applications(flow, 0, 0, optional(&watching->all));
    return flow_then(flow, ask_named);
}

static void take_newest(const json_t *list, const char *name, json_int_t *newest_ms,
                        const json_t **found)
{
    const json_t *member;
    size_t i;

    json_array_foreach (list, i, member) {
        const json_t *attempt = json_array_get(jx_array(member, "attempts"), 0);
        json_int_t start_ms = attempt != NULL ? jx_int(attempt, "startTimeEpoch")
                                              : jx_int(member, "starttime");
        if (jx_is(member, "name", name) && start_ms > *newest_ms) {
            *newest_ms = start_ms;
            *found = member;
        }
    }
}

/* The id that was given is a name, then. */
static struct next ask_named(struct flow *flow)
{
    struct watching *watching = flow_state(flow);
    const json_t *state = watching->master.body, *found = NULL;
    json_int_t newest_ms = 0;

    if (is_known(watching))
        return ask_ui(flow);
    take_newest(watching->all.body, watching->id, &newest_ms, &found);
    take_newest(jx_array(state, "completedapps"), watching->id, &newest_ms, &found);
    take_newest(jx_array(state, "activeapps"), watching->id, &newest_ms, &found);
    if (found == NULL)
        return ask_ui(flow);
    text_copy(watching->id, sizeof watching->id, jx_string(found, "id"));
    history_get_application(flow, watching->id, "", optional(&watching->logged));
    ask_link(flow);
    return flow_then(flow, ask_ui);
}

/* ---- who tells of it ---- */

/* The attempt that is meant; NULL when there is none such. */
static const json_t *attempt_of(const struct watching *watching,
                                const json_t *application)
{
    const json_t *attempts = jx_array(application, "attempts"), *attempt;
    size_t i;

    json_array_foreach (attempts, i, attempt)
        if (watching->attempt[0] == '\0' ||
            jx_is(attempt, "attemptId", watching->attempt))
            return attempt;
    return NULL;
}

static void get_at(struct flow *flow, const char *ui, struct reply *reply)
{
    struct watching *watching = flow_state(flow);
    struct buffer url = {0};

    buffer_printf(&url, "%s/api/v1/applications/", ui);
    text_add_url_part(&url, watching->id);
    http_send(flow,
              &(struct http_request){.service = HTTP_UI,
                                     .url = buffer_text(&url),
                                     .timeout_ms = LIVE_TIMEOUT_MS},
              optional(reply));
    buffer_release(&url);
}

static struct next ask_ui(struct flow *flow)
{
    struct watching *watching = flow_state(flow);

    text_copy(watching->ui, sizeof watching->ui, jx_string(watching->link.body, "url"));
    /* A driver tells of the attempt that runs. */
    if (watching->attempt[0] != '\0' &&
        jx_bool(attempt_of(watching, watching->logged.body), "completed"))
        return give(flow);
    if (watching->ui[0] != '\0')
        get_at(flow, watching->ui, &watching->direct);
    return flow_then(flow, ask_proxy);
}

/* spark.ui.reverseProxy=true on the master makes drivers readable at /proxy/<id>. */
static struct next ask_proxy(struct flow *flow)
{
    struct watching *watching = flow_state(flow);
    struct buffer proxy = {0};

    if (watching->direct.failed) {
        buffer_printf(&proxy, "%s/proxy/", cluster_ui_url(0));
        text_add_url_part(&proxy, watching->id);
        text_copy(watching->proxy, sizeof watching->proxy, buffer_text(&proxy));
        get_at(flow, watching->proxy, &watching->proxied);
        buffer_release(&proxy);
    }
    return flow_then(flow, give);
}

static json_t *place_of(const struct watching *watching, const json_t *application,
                        const char *ui)
{
    const json_t *attempt = attempt_of(watching, application);
    const char *id = jx_string(attempt, "attemptId");
    size_t attempts = json_array_size(jx_array(watching->logged.body, "attempts"));
    bool is_live = ui != NULL, is_running = !jx_bool(attempt, "completed");
    json_t *place =
        jx_pack("{s:s, s:s, s:s, s:b}", "id", watching->id, "name",
                jx_string(application, "name"), "from",
                is_live ? "driver" : "history server", "isRunning", is_running);
    struct buffer url = {0};

    jx_set_string(place, "attempt", id);
    if (id[0] != '\0' && attempts > 1)
        json_object_set_new(place, "attempts", json_integer((json_int_t)attempts));
    buffer_printf(&url, "%s/api/v1/applications/", is_live ? ui : cluster_history_url());
    text_add_url_part(&url, watching->id);
    if (id[0] != '\0') {
        buffer_add_text(&url, "/");
        text_add_url_part(&url, id);
    }
    jx_set_string(place, "url", buffer_text(&url));
    buffer_clear(&url);
    buffer_printf(&url, "%s", is_live ? ui : cluster_history_url());
    if (!is_live) {
        buffer_add_text(&url, "/history/");
        text_add_url_part(&url, watching->id);
        buffer_printf(&url, "%s%s", id[0] != '\0' ? "/" : "", id);
    }
    jx_set_string(place, "ui", buffer_text(&url));
    buffer_release(&url);
    json_object_set_new(place, "startMs",
                        json_integer(jx_int(attempt, "startTimeEpoch")));
    if (!is_running)
        json_object_set_new(place, "endMs",
                            json_integer(jx_int(attempt, "endTimeEpoch")));
    json_object_set_new(
        place, "toldMs",
        json_integer(is_live ? clock_wall_ms() : jx_int(attempt, "lastUpdatedEpoch")));
    return place;
}

static struct next fail(struct flow *flow)
{
    struct watching *watching = flow_state(flow);
    struct error error;

    error_set(&error, ERROR_NOT_FOUND,
              is_known(watching) ? "nobody can tell of the application '%.100s'"
                                 : "no application '%.100s' is known",
              watching->id);
    if (watching->direct.failed)
        error_add_detail(&error, "%s", watching->direct.error.message);
    if (watching->master.failed)
        error_add_detail(&error, "%s", watching->master.error.message);
    if (watching->logged.failed)
        error_add_detail(&error, "%s", watching->logged.error.message);
    error_hint(&error, "An application must log its events (spark.eventLog.enabled) for "
                       "the history server to know it.");
    return flow_fail(flow, &error);
}

/* NULL when nobody does. */
static const json_t *told_of_it(const struct watching *watching)
{
    const json_t *told[] = {watching->logged.body, watching->direct.body,
                            watching->proxied.body};

    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        if (told[i] != NULL)
            return told[i];
    return NULL;
}

static struct next give(struct flow *flow)
{
    struct watching *watching = flow_state(flow);
    const json_t *told = told_of_it(watching);
    json_t *place;

    if (watching->attempt[0] != '\0' && told != NULL &&
        attempt_of(watching, told) == NULL)
        return flow_refuse(flow, ERROR_NOT_FOUND,
                           "Without the slash and the number it is its newest attempt.",
                           "'%.100s' has no attempt '%s' among its %zu", watching->id,
                           watching->attempt,
                           json_array_size(jx_array(told, "attempts")));
    if (watching->direct.body != NULL)
        return flow_done(flow, place_of(watching, watching->direct.body, watching->ui));
    if (watching->proxied.body != NULL)
        return flow_done(flow,
                         place_of(watching, watching->proxied.body, watching->proxy));
    if (watching->logged.body == NULL)
        return fail(flow);
    place = place_of(watching, watching->logged.body, NULL);
    if (watching->direct.failed)
        jx_set_string(place, "behind", watching->direct.error.message);
    return flow_done(flow, place);
}

void watching_find(struct flow *flow, const char *application, const char *submission_id,
                   struct reply *reply)
{
    flow_run(
        flow, &watching_flow,
        jx_pack("{s:s, s:s}", "application", application, "submission", submission_id),
        reply);
}

/* ---- asking it ---- */

bool watching_is_live(const json_t *place)
{
    return jx_is(place, "from", "driver");
}

static void get(struct flow *flow, const json_t *place, const char *base,
                const char *path, bool wants_text, struct reply *reply)
{
    bool is_live = watching_is_live(place);
    struct buffer url = {0};

    buffer_printf(&url, "%s/%s", base, path);
    http_send(flow,
              &(struct http_request){.service = is_live ? HTTP_UI : HTTP_HISTORY,
                                     .url = buffer_text(&url),
                                     .wants_text = wants_text,
                                     .limit = LIMIT,
                                     .timeout_ms = is_live ? LIVE_TIMEOUT_MS : 0},
              reply);
    buffer_release(&url);
}

void watching_get(struct flow *flow, const json_t *place, const char *path,
                  struct reply *reply)
{
    get(flow, place, jx_string(place, "url"), path, false, reply);
}

void watching_get_text(struct flow *flow, const json_t *place, const char *path,
                       struct reply *reply)
{
    get(flow, place, jx_string(place, "url"), path, true, reply);
}

void watching_get_page(struct flow *flow, const json_t *place, const char *path,
                       struct reply *reply)
{
    get(flow, place, jx_string(place, "ui"), path, true, reply);
}

/* ---- numbers ---- */

json_int_t number_of(const json_t *object, const char *key)
{
    json_int_t number = jx_int_or(object, key, UNKNOWN);

    return number < 0 ? UNKNOWN : number;
}

json_int_t whole_of(double number)
{
    if (number >= (double)JX_INT_MAX)
        return JX_INT_MAX;
    return number > -(double)JX_INT_MAX ? (json_int_t)number : -JX_INT_MAX;
}

json_int_t time_of(const json_t *object, const char *key)
{
    struct tm fields = {0};
    int ms;
    char zone[4];

    if (sscanf(jx_string(object, key), "%4d-%2d-%2dT%2d:%2d:%2d.%3d%3s", &fields.tm_year,
               &fields.tm_mon, &fields.tm_mday, &fields.tm_hour, &fields.tm_min,
               &fields.tm_sec, &ms, zone) != 8 ||
        strcmp(zone, "GMT") != 0 || fields.tm_year < 1970)
        return UNKNOWN;
    fields.tm_year -= 1900;
    fields.tm_mon -= 1;
    return (json_int_t)timegm(&fields) * 1000 + ms;
}

json_int_t span_of(json_int_t from, json_int_t to)
{
    return from == UNKNOWN || to == UNKNOWN || to < from ? UNKNOWN : to - from;
}
