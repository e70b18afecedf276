#include "spark/session.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/jx.h"
#include "base/log.h"
#include "base/random.h"
#include "base/secret.h"
#include "base/text.h"
#include "config.h"
#include "spark/driver.h"
#include "spark/session_start.h"
#include "spark/submission.h"

#include <stdio.h>
#include <string.h>

enum {
    TOKEN_DIGITS = 64,
    LOOK_EVERY_MS = 25, /* callers wait for a session that starts */
    REPORT_EVERY_MS = 1000,
    SIGN_EVERY_MS = 5000, /* the session ends when it hears nothing for SESSION_GONE_S */
    SIGN_TIMEOUT_MS = 4000,
    MISSES_MAX = 6,
    UNREACHABLE_FOR_MS = 5 * 60 * 1000,
};

static struct {
    enum { NONE, STARTING, READY, UNREACHABLE } state;
    int generation;
    struct flow *flow; /* that starts it or keeps it; NULL: none */
    char driver_id[160], url[400], token[TOKEN_DIGITS + 1], application_id[100];
    char progress[300];
    struct error error; /* why it did not start */
    char unreachable[800];
    int64_t unreachable_until_ms;
    json_t *kept;
    char notice[1500];
} session;

/* ---- what ends it ---- */

static void forget(void)
{
    session.state = NONE;
    session.driver_id[0] = session.application_id[0] = session.url[0] = '\0';
    json_decref(session.kept);
    session.kept = NULL;
}

static void add_names(struct buffer *text, const char *what, const char *key)
{
    const json_t *names = jx_array(session.kept, key);
    const json_t *name;
    size_t i;

    if (json_array_size(names) == 0)
        return;
    buffer_printf(text, "%s %s ", text->length > 0 ? ";" : "", what);
    json_array_foreach (names, i, name)
        buffer_printf(text, "%s%s", i > 0 ? ", " : "", json_string_value(name));
}

static void lose(const char *why)
{
    struct buffer names = {0};

    log_write(LOG_WARNING, "the session %s ended: %s", session.driver_id, why);
    add_names(&names, "views", "views");
    add_names(&names, "cached tables", "cachedTables");
    add_names(&names, "tables", "tables");
    snprintf(session.notice, sizeof session.notice, "the session %s ended (%s)%s%s",
             session.driver_id, why, names.length > 0 ? "; gone with it:" : "",
             buffer_text(&names));
    buffer_release(&names);
    forget();
}

/* {key: text}; a text that was cut may end within a character, which jx_pack refuses. */
static json_t *tell_why(const char *key, const char *text)
{
    json_t *body = json_object();

    jx_set_string(body, key, text);
    return body;
}

void session_give_up(const char *why)
{
    struct flow *keeper = session.flow;

    if (session.state != READY)
        return;
    submission_kill_unattended(session.driver_id);
    lose(why);
    session.flow = NULL;
    flow_cancel(keeper);
}

void session_stop(void)
{
    struct flow *flow = session.flow;

    session.flow = NULL;
    if (session.state == READY)
        submission_kill_unattended(session.driver_id);
    if (flow != NULL)
        flow_cancel(flow); /* one that starts kills its driver itself */
    forget();
    session.notice[0] = '\0';
}

json_t *session_take_notice(void)
{
    json_t *notice = session.notice[0] != '\0'
                         ? jx_text(session.notice, strlen(session.notice))
                         : NULL;

    session.notice[0] = '\0';
    return notice;
}

void session_set_kept(json_t *kept)
{
    json_decref(session.kept);
    session.kept = json_incref(kept);
}

int session_generation(void)
{
    return session.generation;
}

const char *session_driver_id(void)
{
    return session.driver_id;
}

const char *session_application_id(void)
{
    return session.application_id;
}

/* ---- asking it ---- */

/* How long it may take depends on how long the session may hold it back. */
static void ask_within(struct flow *flow, const char *method, const char *path,
                       const json_t *json, int timeout_ms, struct reply *reply)
{
    session_ask_at(flow, session.url, session.token, method, path, json, timeout_ms,
                   reply);
}

void session_ask(struct flow *flow, const char *method, const char *path,
                 const json_t *json, struct reply *reply)
{
    ask_within(flow, method, path, json,
               SESSION_WAIT_MS + 1000 * config_int(CONFIG_HTTP_TIMEOUT), reply);
}

/* ---- telling it something, whatever it answers: tell, end_telling ---- */

struct telling {
    struct reply answer;
};

static flow_step tell, end_telling;
static const struct flow_type telling_flow = {
    .name = "session-tell", .first = tell, .state_size = sizeof(struct telling)};

static struct next tell(struct flow *flow)
{
    struct telling *telling = flow_state(flow);

    session_ask(flow, "POST", json_string_value(flow_input(flow)), NULL,
                optional(&telling->answer));
    return flow_then(flow, end_telling);
}

static struct next end_telling(struct flow *flow)
{
    return flow_done(flow, NULL);
}

void session_tell(const char *path)
{
    flow_start(&telling_flow, json_string(path), NULL);
}

/* ---- examining it: look_at_driver, judge_driver ---- */

struct examination {
    struct reply report;
    int generation;
};

static flow_step look_at_driver, judge_driver;
static const struct flow_type examination_flow = {.name = "session-examine",
                                                  .first = look_at_driver,
                                                  .state_size =
                                                      sizeof(struct examination)};

static struct next look_at_driver(struct flow *flow)
{
    struct examination *examination = flow_state(flow);

    examination->generation = session.generation;
    if (session.state != READY) /* somebody else has found out already */
        return flow_done(flow, tell_why("lost", session.notice[0] != '\0'
                                                    ? session.notice
                                                    : "the session ended"));
    driver_await(flow, session.driver_id, "mcp-spark-server: session-ends ", 0,
                 optional(&examination->report));
    return flow_then(flow, judge_driver);
}

/* The session's own last words (runner/session.py), or how Spark saw it end. */
static void explain_end(const json_t *report, struct buffer *why)
{
    const char *word = jx_string(report, "found");

    if (strcmp(word, "idle") == 0)
        buffer_printf(why, "it was idle for %d s", config_int(CONFIG_SESSION_IDLE));
    else if (strcmp(word, "unheard") == 0)
        buffer_printf(why, "it had not heard of this server for %d s", SESSION_GONE_S);
    else
        buffer_printf(why, "its driver ended as %s", jx_string(report, "state"));
    if (jx_has_string(report, "exitCause"))
        buffer_printf(why, ": %.300s", jx_string(report, "exitCause"));
}

static struct next judge_driver(struct flow *flow)
{
    struct examination *examination = flow_state(flow);
    const json_t *report = examination->report.body;
    struct buffer why = {0};
    json_t *body;

    if (examination->generation != session.generation || session.state != READY)
        return look_at_driver(flow);
    if (examination->report.error.kind == ERROR_NOT_FOUND)
        buffer_add_text(&why, "the master knows its driver no more");
    else if (jx_bool(report, "finished"))
        explain_end(report, &why);
    if (why.length == 0)
        return flow_done(flow, json_object());
    body = tell_why("lost", buffer_text(&why));
    lose(buffer_text(&why));
    buffer_release(&why);
    return flow_done(flow, body);
}

void session_examine(struct flow *flow, struct reply *reply)
{
    flow_run(flow, &examination_flow, NULL, reply);
}

/* ---- keeping it: wait, give_sign, notice, conclude ---- */

struct keeping {
    struct reply sign, state;
    int misses;
};

static flow_step wait, give_sign, notice, conclude;
static const struct flow_type keeping_flow = {
    .name = "session-keep", .first = wait, .state_size = sizeof(struct keeping)};

static struct next wait(struct flow *flow)
{
    flow_sleep(flow, SIGN_EVERY_MS);
    return flow_then(flow, give_sign);
}

static struct next end_keeping(struct flow *flow)
{
    session.flow = NULL;
    return flow_done(flow, NULL);
}

/* Somebody else may have found that it has ended. */
static struct next give_sign(struct flow *flow)
{
    struct keeping *keeping = flow_state(flow);

    if (session.state != READY)
        return end_keeping(flow);
    ask_within(flow, "GET", "status", NULL, SIGN_TIMEOUT_MS, optional(&keeping->sign));
    return flow_then(flow, notice);
}

static struct next notice(struct flow *flow)
{
    struct keeping *keeping = flow_state(flow);

    if (session.state != READY)
        return end_keeping(flow);
    if (!keeping->sign.failed) {
        keeping->misses = 0;
        snprintf(session.application_id, sizeof session.application_id, "%s",
                 jx_string(keeping->sign.body, "applicationId"));
        return wait(flow);
    }
    session_examine(flow, optional(&keeping->state));
    return flow_then(flow, conclude);
}

static struct next conclude(struct flow *flow)
{
    struct keeping *keeping = flow_state(flow);

    if (session.state != READY)
        return end_keeping(flow);
    if (++keeping->misses < MISSES_MAX)
        return wait(flow);
    submission_kill_unattended(session.driver_id);
    lose("it could not be reached any more");
    return end_keeping(flow);
}

/* ---- starting it (session_start.c) ---- */

static void end_start(void *context, const struct error *error, json_t *result)
{
    (void)context;
    session.flow = NULL;
    if (error != NULL) {
        session.error = *error;
        forget();
    } else if (jx_has_string(result, "unreachable")) {
        session.state = UNREACHABLE;
        session.unreachable_until_ms = clock_ms() + UNREACHABLE_FOR_MS;
        snprintf(session.unreachable, sizeof session.unreachable, "%s",
                 jx_string(result, "unreachable"));
        log_write(LOG_WARNING, "%s", session.unreachable);
    } else {
        session.state = READY;
        session.generation++;
        snprintf(session.driver_id, sizeof session.driver_id, "%s",
                 jx_string(result, "driverId"));
        snprintf(session.url, sizeof session.url, "%s", jx_string(result, "url"));
        session.flow = flow_start(&keeping_flow, NULL, NULL);
        log_write(LOG_INFO, "the session %s runs at %s", session.driver_id, session.url);
    }
}

static void note_progress(void *context, double done, double total, const char *message)
{
    (void)context;
    (void)done;
    (void)total;
    snprintf(session.progress, sizeof session.progress, "%s", message);
}

/* ---- waiting for it: look ---- */

struct ensuring {
    int64_t started_ms, report_ms;
    bool has_begun;
};

static flow_step look;
static const struct flow_type ensuring_flow = {
    .name = "session-ensure", .first = look, .state_size = sizeof(struct ensuring)};

static void start_session(void)
{
    if (session.flow != NULL) /* it keeps one that has ended */
        flow_cancel(session.flow);
    session.state = STARTING;
    session.error.kind = ERROR_NONE;
    snprintf(session.progress, sizeof session.progress, "starting a session");
    random_hex(session.token, TOKEN_DIGITS);
    secret_add(session.token);
    session.flow =
        session_start(session.token, &(struct flow_client){.ended = end_start,
                                                           .reported = note_progress});
}

static struct next look(struct flow *flow)
{
    struct ensuring *ensuring = flow_state(flow);
    int64_t now = clock_ms();

    if (ensuring->started_ms == 0)
        ensuring->started_ms = now;
    if (session.state == UNREACHABLE && now >= session.unreachable_until_ms)
        session.state = NONE;
    switch (session.state) {
    case READY:
        return flow_done(flow, json_object());
    case UNREACHABLE:
        return flow_done(flow, tell_why("unreachable", session.unreachable));
    case NONE:
        if (ensuring->has_begun && session.error.kind != ERROR_NONE)
            return flow_fail(flow, &session.error);
        start_session();
        break;
    case STARTING:
        break;
    }
    ensuring->has_begun = true;
    if (now >= ensuring->report_ms) {
        ensuring->report_ms = now + REPORT_EVERY_MS;
        flow_report(flow, (double)(now - ensuring->started_ms) / 1000, 0,
                    "starting a session, %.0f s: %s",
                    (double)(now - ensuring->started_ms) / 1000, session.progress);
    }
    flow_sleep(flow, LOOK_EVERY_MS);
    return flow_then(flow, look);
}

void session_ensure(struct flow *flow, struct reply *reply)
{
    flow_run(flow, &ensuring_flow, NULL, reply);
}
