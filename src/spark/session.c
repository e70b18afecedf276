/*
 * Each cluster has one session at most. It outlives the flows here: its `flow` first starts
 * it (session_start.c), then keeps it alive with a request every few seconds; callers wait
 * in flows of their own for the bell that each change of its state rings. Whoever finds
 * that it has ended (a caller, the keeper) loses it for all: lose() forgets it, and
 * leaves one sentence for the next answer.
 */
#include "spark/session.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/clusters.h"
#include "base/jx.h"
#include "base/log.h"
#include "base/text.h"
#include "bell.h"
#include "config.h"
#include "spark/driver.h"
#include "spark/driver_state.h"
#include "spark/master.h"
#include "spark/protocol.h"
#include "spark/session_notice.h"
#include "spark/session_record.h"
#include "spark/session_start.h"
#include "spark/submission.h"

#include <stdio.h>
#include <string.h>

enum {
    REPORT_EVERY_MS = 1000,
    SIGN_EVERY_MS = 5000, /* within SESSION_GONE_S */
    SIGN_TIMEOUT_MS = 4000,
    MISSES_MIN = 3, /* a pause of this process alone makes one */
    MARGIN_S = 10,  /* it ends by itself before it is given up */
    RESTARTS_MAX = 2,
    UNREACHABLE_FOR_MS = 5 * 60 * 1000,
};

enum state {
    NONE,        /* there is none: the next need starts one */
    STARTING,    /* its driver is on its way, or its SparkContext */
    READY,       /* it answers */
    UNREACHABLE, /* one ran where it cannot be reached: needs do without, for a while */
};

static struct session {
    enum state state; /* changed by enter() only */
    struct bell news; /* rings when it changes, and for progress while one starts */
    int generation;
    struct flow *flow; /* that starts it or keeps it; NULL: none */
    char driver_id[160], url[400], token[SESSION_TOKEN_DIGITS + 1], application_id[100];
    char progress[300];
    int64_t heard_ms;   /* when it last gave a sign */
    int work;           /* operations it may have whose outcome is not known */
    int restarts;       /* of the one that starts, since the master forgot it */
    struct error error; /* why it did not start */
    char unreachable[1024];
    int64_t unreachable_until_ms;
    char why[400]; /* the last one ended */
} sessions[CLUSTERS_MAX];

static struct session *mine(void)
{
    return &sessions[clusters_here()];
}

static void enter(enum state state)
{
    static const char *const names[] = {"none", "starting", "ready", "unreachable"};

    log_write(LOG_DEBUG, "session: %s, then %s", names[mine()->state], names[state]);
    mine()->state = state;
    bell_ring(&mine()->news);
}

/* ---- what ends it ---- */

static void forget(void)
{
    mine()->driver_id[0] = mine()->application_id[0] = mine()->url[0] = '\0';
    session_set_kept(NULL);
    master_set_own_application(NULL);
    enter(NONE);
}

static void lose(const char *why)
{
    log_write(LOG_WARNING, "the session %s ended: %s", mine()->driver_id, why);
    text_copy(mine()->why, sizeof mine()->why, why);
    session_write_notice(mine()->driver_id, why);
    if (session_record_is_kept())
        session_record_remove(mine()->driver_id);
    forget();
}

/* {key: text}; a text that was cut may end within a character, which jx_pack refuses. */
static json_t *tell_why(const char *key, const char *text)
{
    json_t *body = json_object();

    jx_set_string(body, key, text);
    return body;
}

/* One that several servers use may only be out of this one's sight: it ends by itself. */
static void kill_driver(void)
{
    if (!session_record_is_kept())
        submission_kill_unattended(mine()->driver_id);
}

void session_give_up(const char *why)
{
    struct flow *keeper = mine()->flow;

    if (mine()->state != READY)
        return;
    kill_driver();
    lose(why);
    mine()->flow = NULL;
    flow_cancel(keeper);
}

void session_end_with_spark(const struct error *error)
{
    struct flow *flow = mine()->flow;

    mine()->flow = NULL;
    if (mine()->state == READY) {
        lose(error->message);
    } else {
        mine()->error = *error; /* of the one that starts */
        forget();
    }
    session_record_unlock();
    if (flow != NULL)
        flow_cancel(flow);
}

static void stop(void)
{
    struct flow *flow = mine()->flow;

    mine()->flow = NULL;
    if (mine()->state == READY)
        kill_driver();
    if (flow != NULL)
        flow_cancel(flow); /* one that starts kills its driver itself */
    session_record_unlock();
    forget();
    json_decref(session_take_notice());
}

void session_stop(void)
{
    clusters_for_each(stop);
}

void session_count_work(int change)
{
    mine()->work += change;
}

void session_note_heard(int generation)
{
    if (generation == mine()->generation)
        mine()->heard_ms = clock_ms();
}

/* How long it lives without hearing of this server (runner/serve/session.py). */
static int life_s(void)
{
    int grace = config_int(CONFIG_SESSION_GRACE);

    return mine()->work > 0 && grace > SESSION_GONE_S ? grace : SESSION_GONE_S;
}

int64_t session_patience_ms(void)
{
    return 1000 * (life_s() + MARGIN_S);
}

int session_generation(void)
{
    return mine()->generation;
}

const char *session_driver_id(void)
{
    return mine()->driver_id;
}

const char *session_application_id(void)
{
    return mine()->application_id;
}

/* ---- asking it ---- */

/* How long it may take depends on how long the session may hold it back. */
static void ask_within(struct flow *flow, const char *method, const char *path,
                       const json_t *json, int timeout_ms, struct reply *reply)
{
    session_ask_at(flow, mine()->url, mine()->token, method, path, json, timeout_ms,
                   reply);
}

void session_ask(struct flow *flow, const char *method, const char *path,
                 const json_t *json, struct reply *reply)
{
    ask_within(flow, method, path, json,
               SESSION_WAIT_MS + 1000 * config_int(CONFIG_HTTP_TIMEOUT), reply);
}

void session_ask_text(struct flow *flow, const char *path, struct reply *reply)
{
    session_ask_text_at(flow, mine()->url, mine()->token, path,
                        SESSION_WAIT_MS + 1000 * config_int(CONFIG_HTTP_TIMEOUT), reply);
}

void session_ask_shared(struct flow *flow, const char *path, struct reply *reply)
{
    json_auto_t *recorded = mine()->state == READY ? NULL : session_record_read();

    if (mine()->state == READY)
        session_ask(flow, "GET", path, NULL, reply);
    else if (recorded != NULL)
        session_ask_at(flow, jx_string(recorded, "url"), jx_string(recorded, "token"),
                       "GET", path, NULL, SIGN_TIMEOUT_MS, reply);
}

/* ---- examining it: ask_driver, learn_end ---- */

struct examination {
    struct reply report;
    int generation;
};

static flow_step ask_driver, learn_end;
static const struct flow_type examination_flow = {.name = "session-examine",
                                                  .first = ask_driver,
                                                  .state_size =
                                                      sizeof(struct examination)};

static struct next ask_driver(struct flow *flow)
{
    struct examination *examination = flow_state(flow);

    examination->generation = mine()->generation;
    if (mine()->state != READY) /* somebody else has found out already */
        return flow_done(
            flow,
            tell_why("lost", mine()->why[0] != '\0' ? mine()->why : "nobody knows why"));
    driver_await(flow, mine()->driver_id, PROTOCOL_WORD_SESSION_ENDS, 0,
                 optional(&examination->report));
    return flow_then(flow, learn_end);
}

static struct next learn_end(struct flow *flow)
{
    struct examination *examination = flow_state(flow);
    const json_t *report = examination->report.body;
    struct buffer why = {0};
    json_t *body;

    if (examination->generation != mine()->generation || mine()->state != READY)
        return ask_driver(flow);
    if (jx_bool(report, "finished"))
        session_explain_end(report, &why);
    else if (jx_bool(report, "forgotten") &&
             driver_state_of(report, "state") == DRIVER_UNKNOWN)
        buffer_add_text(&why, "the master has no such driver any more");
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

/* ---- keeping it: rest, give_sign, take_sign, count_miss ---- */

struct keeping {
    struct reply sign, state;
    int misses;
};

static flow_step rest, give_sign, take_sign, count_miss;
static const struct flow_type keeping_flow = {
    .name = "session-keep", .first = rest, .state_size = sizeof(struct keeping)};

static struct next rest(struct flow *flow)
{
    flow_sleep(flow, SIGN_EVERY_MS);
    return flow_then(flow, give_sign);
}

static struct next end_keeping(struct flow *flow)
{
    mine()->flow = NULL;
    return flow_done(flow, NULL);
}

/* Somebody else may have found that it has ended. */
static struct next give_sign(struct flow *flow)
{
    struct keeping *keeping = flow_state(flow);

    if (mine()->state != READY)
        return end_keeping(flow);
    ask_within(flow, "GET", "status", NULL, SIGN_TIMEOUT_MS, optional(&keeping->sign));
    return flow_then(flow, take_sign);
}

/* One that its master does not know is told of by itself. */
static void note_application(const json_t *sign)
{
    text_copy(mine()->application_id, sizeof mine()->application_id,
              jx_string(sign, "applicationId"));
    master_set_own_application(
        json_incref(json_object_get((json_t *)sign, "application")));
}

static struct next take_sign(struct flow *flow)
{
    struct keeping *keeping = flow_state(flow);

    if (mine()->state != READY)
        return end_keeping(flow);
    if (!keeping->sign.failed) {
        keeping->misses = 0;
        mine()->heard_ms = clock_ms();
        note_application(keeping->sign.body);
        return rest(flow);
    }
    session_examine(flow, optional(&keeping->state));
    return flow_then(flow, count_miss);
}

/* It is given up when it must have ended, not before: what it works on may go on. */
static struct next count_miss(struct flow *flow)
{
    struct keeping *keeping = flow_state(flow);

    if (mine()->state != READY)
        return end_keeping(flow);
    if (++keeping->misses < MISSES_MIN ||
        clock_ms() - mine()->heard_ms < session_patience_ms())
        return rest(flow);
    kill_driver();
    lose("it could not be reached any more");
    return end_keeping(flow);
}

/* ---- starting it (session_start.c) ---- */

static void remember_unreachable(const struct error *error)
{
    mine()->unreachable_until_ms = clock_ms() + UNREACHABLE_FOR_MS;
    snprintf(mine()->unreachable, sizeof mine()->unreachable,
             "%s (%.300s); publish that port (SPARK_SESSION_PORT) or map the address "
             "(SPARK_HOST_MAP) to have one",
             error->message, error->detail);
    log_write(LOG_WARNING, "%s", mine()->unreachable);
    enter(UNREACHABLE);
}

static void end_start(void *context, const struct error *error, json_t *result);
static void note_progress(void *context, double done, double total, const char *message);

static void begin_start(void)
{
    mine()->flow = session_start(
        &(struct flow_client){.ended = end_start, .reported = note_progress});
}

static void end_start(void *context, const struct error *error, json_t *result)
{
    (void)context;
    mine()->flow = NULL;
    if (error != NULL && error->kind == ERROR_NO_DRIVER &&
        ++mine()->restarts <= RESTARTS_MAX) {
        log_write(LOG_WARNING, "%s; starting it again", error->message);
        session_record_unlock();
        begin_start();
        return;
    }
    if (error != NULL && error->kind == ERROR_NO_SESSION) {
        remember_unreachable(error);
    } else if (error != NULL) {
        mine()->error = *error;
        forget();
    } else {
        mine()->generation++;
        text_copy(mine()->driver_id, sizeof mine()->driver_id,
                  jx_string(result, "driverId"));
        text_copy(mine()->url, sizeof mine()->url, jx_string(result, "url"));
        text_copy(mine()->token, sizeof mine()->token, jx_string(result, "token"));
        if (session_record_is_kept())
            session_record_write(mine()->driver_id, mine()->url, mine()->token);
        mine()->heard_ms = clock_ms();
        mine()->flow = flow_start(&keeping_flow, NULL, NULL);
        log_write(LOG_INFO, "the session %s runs at %s", mine()->driver_id, mine()->url);
        enter(READY);
    }
    session_record_unlock();
}

static void note_progress(void *context, double done, double total, const char *message)
{
    (void)context;
    (void)done;
    (void)total;
    text_copy(mine()->progress, sizeof mine()->progress, message);
    bell_ring(&mine()->news);
}

static void start_session(void)
{
    if (mine()->flow != NULL) /* it keeps one that has ended */
        flow_cancel(mine()->flow);
    mine()->error.kind = ERROR_NONE;
    mine()->progress[0] = '\0';
    mine()->restarts = 0;
    begin_start();
    enter(STARTING);
}

static void warm_up(void)
{
    if (strcmp(config_get(CONFIG_SESSION_START), "eager") == 0 &&
        strcmp(config_get(CONFIG_SESSION), "off") != 0 && mine()->state == NONE)
        start_session();
}

void session_warm_up(void)
{
    clusters_for_each(warm_up);
}

/* ---- waiting for it: begin_waiting, await_end_of_start ---- */

struct ensuring {
    struct reply news;
    int64_t started_ms, report_ms;
};

static flow_step begin_waiting, await_end_of_start;
static const struct flow_type ensuring_flow = {.name = "session-ensure",
                                               .first = begin_waiting,
                                               .state_size = sizeof(struct ensuring)};

static struct next begin_waiting(struct flow *flow)
{
    struct ensuring *ensuring = flow_state(flow);

    ensuring->started_ms = clock_ms();
    if (mine()->state == UNREACHABLE && clock_ms() >= mine()->unreachable_until_ms)
        enter(NONE);
    if (mine()->state == NONE)
        start_session();
    return await_end_of_start(flow);
}

static void report_start(struct flow *flow)
{
    struct ensuring *ensuring = flow_state(flow);
    int64_t now = clock_ms();
    double seconds = (double)(now - ensuring->started_ms) / 1000;

    if (now < ensuring->report_ms || mine()->progress[0] == '\0')
        return;
    ensuring->report_ms = now + REPORT_EVERY_MS;
    flow_report(flow, seconds, 0, "%s, %.0f s", mine()->progress, seconds);
}

static struct next await_end_of_start(struct flow *flow)
{
    struct ensuring *ensuring = flow_state(flow);

    switch (mine()->state) {
    case READY:
        return flow_done(flow, json_object());
    case UNREACHABLE:
        return flow_done(flow, tell_why("unreachable", mine()->unreachable));
    case NONE:
        if (mine()->error.kind != ERROR_NONE)
            return flow_fail(flow, &mine()->error);
        start_session(); /* it ran, and was lost at once */
        break;
    case STARTING:
        break;
    }
    report_start(flow);
    bell_wait_for(flow, &mine()->news, REPORT_EVERY_MS, &ensuring->news);
    return flow_then(flow, await_end_of_start);
}

void session_ensure(struct flow *flow, struct reply *reply)
{
    flow_run(flow, &ensuring_flow, NULL, reply);
}
