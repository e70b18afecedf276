/*
 * Sends an operation to the session and asks for news until there is an outcome. When the
 * session does not answer, Spark is asked how it ended, and it is asked again until it
 * answers or is given up (session.c); what never arrived there begins again in a fresh
 * session, what may have begun is never run twice.
 */
#include "spark/run_carry.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/jx.h"
#include "base/text.h"
#include "config.h"
#include "spark/envelope.h"
#include "spark/one_shot.h"
#include "spark/protocol.h"
#include "spark/session.h"
#include "spark/session_notice.h"
#include "spark/starvation.h"

#include <stdio.h>
#include <string.h>

enum {
    RETRY_MS = 500,
    ASK_EVERY_MS = 50,   /* at most: a session holds its answer back for longer */
    PATIENCE_MS = 20000, /* with a session that answers, but nothing of use */
    TELL_EVERY_MS = 2000,
};

const struct error run_was_cancelled = {.kind = ERROR_CANCELLED,
                                        .message = "the operation was cancelled"};

/* ---- asking for its end, whatever is answered: tell, end_telling ---- */

struct telling {
    struct reply answer;
};

static flow_step tell, end_telling;
static const struct flow_type telling_flow = {
    .name = "run-tell", .first = tell, .state_size = sizeof(struct telling)};

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

static json_t *path_of_cancel(const struct run *run)
{
    return jx_format("operations/%s/cancel", run->id);
}

void run_tell_cancelled(struct run *run)
{
    run->told_ms = clock_ms();
    flow_start(&telling_flow, path_of_cancel(run), NULL);
}

/* ---- choose_place, send, take_answer, ask_again, examine, decide_by_end ---- */

struct carrying {
    struct run *run; /* outlives its flow */
    struct reply ensured, answer, piece, examined, room, one_shot;
    struct starvation starvation;
    int generation;
    int64_t described_ms;  /* when it last told of itself, while pieces come */
    bool may_have_arrived; /* at the session */
    bool has_not_begun;
    json_int_t printed; /* characters that were told of what the code prints */
    int64_t silent_since_ms;
};

static void set_arrival(struct carrying *carrying, bool may_have_arrived)
{
    session_count_work(may_have_arrived - carrying->may_have_arrived);
    carrying->may_have_arrived = may_have_arrived;
}

static void release(void *state)
{
    set_arrival(state, false);
}

static flow_step choose_place, send, take_answer, ask_again, take_piece, store_download,
    examine, decide_by_end, note_room, unwrap_one_shot;
static const struct flow_type carrying_flow = {.name = "run",
                                               .first = choose_place,
                                               .state_size = sizeof(struct carrying),
                                               .release = release};

static struct run *run_of(struct flow *flow)
{
    struct carrying *carrying = flow_state(flow);

    if (carrying->run == NULL)
        carrying->run = run_find(json_string_value(flow_input(flow)));
    return carrying->run;
}

static json_t *request_of(const struct run *run)
{
    return jx_pack("{s:s, s:s, s:O, s:i}", "id", run->id, "operation", run->operation,
                   "arguments", run->arguments, "waitMs", SESSION_WAIT_MS);
}

void run_describe_loss(const struct run *run, struct error *error)
{
    char next[sizeof error->hint];

    text_copy(next, sizeof next, error->hint);
    if (run->unfinished[0] != '\0')
        error_add_detail(
            error,
            "what it had not finished writing is '%s': the next write to that "
            "target removes it",
            run->unfinished);
    error_hint(error,
               "Whether it had come to its end is not known, so it is not run again by "
               "itself: if it writes, look at what is there first. %s",
               next);
}

static struct next fail_as_lost(struct flow *flow, const char *why)
{
    struct error error;

    error_set(&error, ERROR_SPARK, "the session ended while this ran");
    if (!session_has_notice()) /* which says it too, and is added */
        error_detail(&error, "%s", why);
    error_hint(&error, "The next call starts a fresh session.");
    run_describe_loss(run_of(flow), &error);
    return flow_fail(flow, &error);
}

static struct next fail_as_forgotten(struct flow *flow)
{
    struct error error;

    error_set(&error, ERROR_SPARK, "the session no longer has what came of %s",
              run_of(flow)->id);
    run_describe_loss(run_of(flow), &error);
    return flow_fail(flow, &error);
}

static struct next start_one_shot(struct flow *flow)
{
    struct carrying *carrying = flow_state(flow);
    struct run *run = run_of(flow);

    if (run->download != NULL)
        return flow_refuse(
            flow, ERROR_ARGUMENTS,
            "Save the result where Spark is, or give the cluster a session "
            "(SPARK_SESSION, SPARK_SESSION_PORT, SPARK_HOST_MAP).",
            "a whole result comes from a session only: %.300s",
            jx_has_string(carrying->ensured.body, "unreachable")
                ? jx_string(carrying->ensured.body, "unreachable")
                : "SPARK_SESSION is off");
    run->where = ONE_SHOT;
    one_shot_run(flow, request_of(run), &carrying->one_shot);
    return flow_then(flow, unwrap_one_shot);
}

static struct next choose_place(struct flow *flow)
{
    struct carrying *carrying = flow_state(flow);

    run_of(flow)->where = NOWHERE_YET;
    carrying->silent_since_ms = carrying->printed = run_of(flow)->sent_ms = 0;
    set_arrival(carrying, run_of(flow)->is_taken_over);
    carrying->has_not_begun = false;
    run_of(flow)->has_arrived = run_of(flow)->is_taken_over;
    if (run_of(flow)->is_cancelled && !run_of(flow)->is_taken_over)
        return flow_fail(flow, &run_was_cancelled);
    if (strcmp(config_get(CONFIG_SESSION), "off") == 0)
        return start_one_shot(flow);
    session_ensure(flow, &carrying->ensured);
    return flow_then(flow, send);
}

/* One that is cancelled may be on its way there still, and is not to begin: its end is asked
 * for by its id, which the session then runs no more. */
static struct next post(struct flow *flow)
{
    struct carrying *carrying = flow_state(flow);
    struct run *run = run_of(flow);
    json_auto_t *path = NULL, *request = NULL;

    if (run->is_cancelled && !carrying->may_have_arrived)
        return flow_fail(flow, &run_was_cancelled);
    if (run->sent_ms == 0)
        run->sent_ms = clock_ms();
    if (run->is_cancelled)
        path = path_of_cancel(run);
    else
        request = request_of(run);
    session_ask(flow, "POST", path != NULL ? json_string_value(path) : "operations",
                request, optional(&carrying->answer));
    return flow_then(flow, take_answer);
}

static struct next send(struct flow *flow)
{
    struct carrying *carrying = flow_state(flow);

    struct run *run = run_of(flow);

    if (jx_has_string(carrying->ensured.body, "unreachable"))
        return run->is_taken_over
                   ? fail_as_lost(flow, jx_string(carrying->ensured.body, "unreachable"))
                   : start_one_shot(flow);
    run->where = IN_SESSION;
    carrying->generation = session_generation();
    flow_report(flow, 0, 0, "in the session");
    if (!run->is_taken_over)
        return post(flow);
    if (run->is_cancelled)
        run_tell_cancelled(run);
    return ask_again(flow);
}

static struct next finish(struct flow *flow, const json_t *envelope)
{
    struct run *run = run_of(flow);
    struct error error;
    json_t *result = envelope_open(envelope, &error);

    if (jx_object(envelope, PROTOCOL_KEPT) != NULL && run->where == IN_SESSION)
        session_set_kept(jx_object(envelope, PROTOCOL_KEPT));
    if (result == NULL)
        return flow_fail(flow, &error);
    if (run->download == NULL)
        return flow_done(flow, result);
    json_decref(result); /* it is in the answer, which store_download reads again */
    return store_download(flow);
}

/* ---- a result that comes in pieces: ask_for_piece, take_piece, store_download ---- */

enum { DESCRIBE_EVERY_MS = 1000, STORED_EVERY_MS = 20 };

static struct next ask_for_piece(struct flow *flow)
{
    struct carrying *carrying = flow_state(flow);
    char path[120];

    snprintf(path, sizeof path, "operations/%s/piece?from=%lld&waitMs=%d",
             run_of(flow)->id, (long long)download_bytes(run_of(flow)->download),
             SESSION_WAIT_MS);
    session_ask_text(flow, path, optional(&carrying->piece));
    return flow_then(flow, take_piece);
}

static struct next give_up_download(struct flow *flow, const struct error *error)
{
    run_tell_cancelled(run_of(flow));
    return flow_fail(flow, error);
}

static struct next describe(struct flow *flow, int wait_ms)
{
    struct carrying *carrying = flow_state(flow);
    char path[120], printed[40] = "";

    if (carrying->printed > 0)
        snprintf(printed, sizeof printed, "&printed=%lld", (long long)carrying->printed);
    snprintf(path, sizeof path, "operations/%s?waitMs=%d%s", run_of(flow)->id, wait_ms,
             printed);
    session_ask(flow, "GET", path, NULL, optional(&carrying->answer));
    return flow_then(flow, take_answer);
}

/* Each piece is asked for when the one before it is in the file, so no more than one is
 * held here. */
static struct next take_piece(struct flow *flow)
{
    struct carrying *carrying = flow_state(flow);
    const json_t *text = json_object_get(carrying->piece.body, "text");
    struct error error;

    if (carrying->piece.failed && carrying->piece.error.kind == ERROR_NOT_FOUND)
        return give_up_download(flow, &carrying->piece.error);
    if (carrying->piece.failed)
        return describe(flow, 0); /* which finds out whether the session is there */
    if (!download_add(run_of(flow)->download, json_string_value(text),
                      json_string_length(text), &error))
        return give_up_download(flow, &error);
    if (json_string_length(text) == 0 ||
        clock_ms() - carrying->described_ms > DESCRIBE_EVERY_MS)
        return describe(flow, 0);
    return ask_for_piece(flow);
}

static struct next store_download(struct flow *flow)
{
    struct carrying *carrying = flow_state(flow);
    struct download *download = run_of(flow)->download;
    json_t *result =
        jx_object(jx_object(carrying->answer.body, "outcome"), PROTOCOL_RESULT);
    json_t *downloaded = jx_object(result, "downloaded");
    struct error error;

    if (jx_int(downloaded, "bytes") != download_bytes(download))
        return flow_refuse(flow, ERROR_BAD_ANSWER,
                           "Call it again; nothing of it was kept.",
                           "%lld bytes came of %lld", (long long)download_bytes(download),
                           (long long)jx_int(downloaded, "bytes"));
    if (!download_is_stored(download)) {
        flow_report(flow, 0, 0, "waiting for the disk");
        flow_sleep(flow, STORED_EVERY_MS);
        return flow_then(flow, store_download);
    }
    if (!download_finish(download, &error))
        return flow_fail(flow, &error);
    jx_set_string(downloaded, "path", download_path(download));
    return flow_done(flow, json_incref(result));
}

/* What it printed since, Spark's own numbers, and what the operation says of itself. */
static void report_progress(struct flow *flow, const json_t *progress)
{
    json_int_t done = jx_int(progress, "tasksDone"),
               total = jx_int(progress, "tasksTotal"),
               rows = jx_int(progress, "rowsRead");
    const char *phase = jx_string(progress, "phase");
    struct carrying *carrying = flow_state(flow);
    struct buffer text = {0};

    if (jx_int(progress, "printedTo") > carrying->printed)
        carrying->printed = jx_int(progress, "printedTo");
    if (jx_has_string(progress, "printed")) {
        flow_report(flow, (double)done, (double)total, "%s",
                    jx_string(progress, "printed"));
        return;
    }
    buffer_add_text(&text, phase);
    if (total > 0)
        buffer_printf(&text, "%s%lld of %lld tasks done, %lld stages active",
                      phase[0] != '\0' ? ": " : "", (long long)done, (long long)total,
                      (long long)jx_int(progress, "stages"));
    if (total > 0 && rows > 0)
        buffer_printf(&text, ", %lld rows read", (long long)rows);
    flow_report(flow, (double)done, (double)total, "%s",
                text.length > 0 ? buffer_text(&text) : "running");
    buffer_release(&text);
}

/* The session's Python outlives its JVM for a moment: how it ended is asked of Spark.
 * "begun" is false when it was lost before anything of the operation ran. */
static bool tells_of_a_lost_jvm(const json_t *outcome)
{
    return strcmp(jx_string(jx_object(outcome, PROTOCOL_ERROR), "class"),
                  PROTOCOL_CLASS_SESSION_LOST) == 0;
}

static struct next take_answer(struct flow *flow)
{
    struct carrying *carrying = flow_state(flow);
    const json_t *answer = carrying->answer.body;
    const json_t *outcome = jx_object(answer, "outcome");

    if (carrying->answer.failed) {
        if (carrying->answer.error.kind == ERROR_TOO_LARGE)
            return flow_fail(flow, &carrying->answer.error);
        if (carrying->answer.error.kind == ERROR_NOT_FOUND && run_of(flow)->has_arrived &&
            carrying->generation == session_generation())
            return fail_as_forgotten(flow);
        if (carrying->answer.error.kind != ERROR_UNREACHABLE)
            set_arrival(carrying, true);
        return examine(flow);
    }
    session_note_heard(carrying->generation);
    run_of(flow)->has_arrived = true;
    set_arrival(carrying, true);
    carrying->described_ms = clock_ms();
    if (tells_of_a_lost_jvm(outcome)) {
        carrying->has_not_begun = json_is_false(json_object_get(outcome, PROTOCOL_BEGUN));
        return examine(flow);
    }
    carrying->silent_since_ms = 0;
    if (outcome != NULL)
        return finish(flow, outcome);
    if (run_of(flow)->is_cancelled && clock_ms() - run_of(flow)->told_ms > TELL_EVERY_MS)
        run_tell_cancelled(run_of(flow)); /* it may not have arrived */
    report_progress(flow, jx_object(answer, "progress"));
    text_copy(run_of(flow)->unfinished, sizeof run_of(flow)->unfinished,
              jx_string(jx_object(answer, "progress"), "unfinished"));
    if (starvation_is_due(&carrying->starvation, jx_object(answer, "progress"))) {
        starvation_find_room(flow, session_application_id(), optional(&carrying->room));
        return flow_then(flow, note_room);
    }
    if (carrying->starvation.since_ms == 0)
        run_of(flow)->stuck[0] = '\0';
    return ask_again(flow);
}

static struct next note_room(struct flow *flow)
{
    struct carrying *carrying = flow_state(flow);
    struct run *run = run_of(flow);

    text_copy(run->stuck, sizeof run->stuck, jx_string(carrying->room.body, "noRoom"));
    if (run->stuck[0] != '\0')
        flow_report(flow, 0, 0, "%.380s", run->stuck);
    return ask_again(flow);
}

static struct next ask_again(struct flow *flow)
{
    if (run_of(flow)->download != NULL)
        return ask_for_piece(flow);
    flow_sleep(flow, ASK_EVERY_MS);
    return describe(flow, SESSION_WAIT_MS);
}

/* ---- a session that did not answer ---- */

static struct next examine(struct flow *flow)
{
    struct carrying *carrying = flow_state(flow);

    if (carrying->silent_since_ms == 0)
        carrying->silent_since_ms = clock_ms();
    session_examine(flow, optional(&carrying->examined));
    flow_sleep(flow, RETRY_MS);
    return flow_then(flow, decide_by_end);
}

static int64_t patience_ms(const struct carrying *carrying)
{
    enum error_kind kind = carrying->answer.error.kind;

    return kind == ERROR_UNREACHABLE || kind == ERROR_TIMEOUT ? session_patience_ms()
                                                              : PATIENCE_MS;
}

/* What never arrived, or was never begun, may run in a fresh session. */
static struct next decide_by_end(struct flow *flow)
{
    struct carrying *carrying = flow_state(flow);
    const char *lost = jx_string(carrying->examined.body, "lost");

    if (lost[0] == '\0' && carrying->generation != session_generation()) {
        lost = "another session has taken its place";
    } else if (lost[0] == '\0' &&
               clock_ms() - carrying->silent_since_ms > patience_ms(carrying)) {
        lost = "it could not be reached any more";
        session_give_up(lost);
    }
    if (lost[0] != '\0')
        return carrying->may_have_arrived && !carrying->has_not_begun
                   ? fail_as_lost(flow, lost)
                   : choose_place(flow);
    flow_report(flow, 0, 0, "the session has not answered for %.0f s%s; asking again",
                (double)(clock_ms() - carrying->silent_since_ms) / 1000,
                carrying->may_have_arrived ? ", and may be going on with it" : "");
    return run_of(flow)->has_arrived ? ask_again(flow) : post(flow);
}

static struct next unwrap_one_shot(struct flow *flow)
{
    struct carrying *carrying = flow_state(flow);
    json_t *envelope = carrying->one_shot.body;
    json_t *result = jx_object(envelope, PROTOCOL_RESULT);
    const char *unreachable = jx_string(carrying->ensured.body, "unreachable");

    if (result != NULL)
        json_object_set_new(
            result, "ranIn",
            jx_format("%s, a driver of its own: %s", jx_string(envelope, "submissionId"),
                      unreachable[0] != '\0' ? unreachable : "SPARK_SESSION is off"));
    return finish(flow, envelope);
}

struct flow *run_carry(struct run *run, const struct flow_client *client)
{
    return flow_start(&carrying_flow, json_string(run->id), client);
}
