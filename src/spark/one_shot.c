#include "spark/one_shot.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "base/text.h"
#include "spark/application.h"
#include "spark/driver.h"
#include "spark/local.h"
#include "spark/session_start.h"
#include "spark/submission.h"
#include "spark/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RUN_LIMIT_S = 7 * 24 * 3600,
    PAUSE_MS = 300,
    PATIENCE = 20, /* pages that failed or brought nothing new, in a row */
    RESULT_LIMIT = 48 * 1024 * 1024,
};

static const char mark[] = "mcp-spark-server: result ";

struct one_shot {
    struct reply local, version, created, report, page;
    char driver_id[160];
    json_int_t offset; /* of the log, where the next page begins */
    struct buffer lines, result;
    int pieces, pieces_total, misses;
};

static flow_step begin, ask_version, create, follow, judge, read_page, take_page;

static void kill_driver(void *state)
{
    struct one_shot *one_shot = state;

    if (one_shot->driver_id[0] != '\0')
        submission_kill_unattended(one_shot->driver_id);
}

static void release(void *state)
{
    struct one_shot *one_shot = state;

    buffer_release(&one_shot->lines);
    buffer_release(&one_shot->result);
}

static const struct flow_type one_shot_flow = {.name = "one-shot",
                                               .first = begin,
                                               .state_size = sizeof(struct one_shot),
                                               .undo = kill_driver,
                                               .release = release};

static struct next begin(struct flow *flow)
{
    struct one_shot *one_shot = flow_state(flow);

    local_ensure(flow, &one_shot->local);
    return flow_then(flow, ask_version);
}

static struct next ask_version(struct flow *flow)
{
    struct one_shot *one_shot = flow_state(flow);

    submission_get_version(flow, &one_shot->version);
    return flow_then(flow, create);
}

static struct next create(struct flow *flow)
{
    struct one_shot *one_shot = flow_state(flow);
    json_auto_t *settings = session_settings("one_shot");
    json_auto_t *properties = session_properties();
    struct error error;
    json_t *request;

    json_object_update(settings, flow_input(flow));
    json_object_set_new(settings, "isSession", json_false());
    request = application_runner_request(
        settings, properties, jx_string(one_shot->version.body, "serverSparkVersion"),
        &error);
    if (request == NULL)
        return flow_fail(flow, &error);
    flow_report(flow, 0, 0, "submitting a driver of its own");
    submission_create(flow, request, &one_shot->created);
    return flow_then(flow, follow);
}

static struct next follow(struct flow *flow)
{
    struct one_shot *one_shot = flow_state(flow);

    snprintf(one_shot->driver_id, sizeof one_shot->driver_id, "%s",
             jx_string(one_shot->created.body, "submissionId"));
    driver_await(flow, one_shot->driver_id, mark, RUN_LIMIT_S, &one_shot->report);
    return flow_then(flow, judge);
}

static struct next fail_without_result(struct flow *flow)
{
    struct one_shot *one_shot = flow_state(flow);
    const json_t *report = one_shot->report.body;
    const char *warning =
        json_string_value(json_array_get(jx_array(report, "warnings"), 0));
    struct error error;

    if (jx_bool(report, "finished")) {
        error_set(&error, ERROR_SPARK, "the operation's driver %s ended as %s",
                  one_shot->driver_id, jx_string(report, "state"));
        error_detail(&error, "%s", jx_string(report, "exitCause"));
        error_next(&error, "%s", jx_string(report, "next"));
        one_shot->driver_id[0] = '\0';
    } else if (jx_bool(report, "unreadable")) {
        error_set(&error, ERROR_SPARK, "the operation's driver %s cannot be heard",
                  one_shot->driver_id);
        error_detail(&error, "%s", warning != NULL ? warning : "");
        error_next(&error, "It was ended; it may have taken effect, if it writes.");
    } else {
        error_set(&error, ERROR_SPARK, "the cluster has no room for this now");
        error_detail(&error, "%s", warning != NULL ? warning : "");
        error_next(&error, "Free some (monitor-cluster shows who uses it, kill-spark-job "
                           "ends a job), or ask for less in SPARK_CONF or "
                           "SPARK_EXECUTOR_MEMORY. Its driver was taken back.");
    }
    return flow_fail(flow, &error);
}

static struct next judge(struct flow *flow)
{
    struct one_shot *one_shot = flow_state(flow);

    if (!jx_has_string(one_shot->report.body, "found"))
        return fail_without_result(flow);
    return read_page(flow);
}

static struct next read_page(struct flow *flow)
{
    struct one_shot *one_shot = flow_state(flow);
    const json_t *report = one_shot->report.body;

    worker_get_log(flow,
                   &(struct worker_log){.worker_url = jx_string(report, "workerUi"),
                                        .worker_id = jx_string(report, "workerId"),
                                        .driver_id = one_shot->driver_id,
                                        .type = "stdout",
                                        .offset = one_shot->offset,
                                        .length = LOG_PAGE_MAX},
                   optional(&one_shot->page));
    return flow_then(flow, take_page);
}

/* "ID PIECE/PIECES CRC32 TEXT", without its newline; false when it is damaged. */
static bool take_piece(struct one_shot *one_shot, const char *line, size_t length,
                       const char *id)
{
    int piece, pieces, head = 0;
    unsigned checksum;
    char given[64];

    if (sscanf(line, "%63s %d/%d %8x%n", given, &piece, &pieces, &checksum, &head) < 4 ||
        (size_t)head >= length || line[head++] != ' ') /* the text may begin with more */
        return false;
    if (strcmp(given, id) != 0 || piece <= one_shot->pieces)
        return true; /* one that was read before */
    if (piece != one_shot->pieces + 1 ||
        text_crc32(line + head, length - (size_t)head) != checksum)
        return false;
    one_shot->pieces = piece;
    one_shot->pieces_total = pieces;
    return buffer_offer(&one_shot->result, line + head, length - (size_t)head);
}

/* Takes the complete lines of what was read; false when one is damaged. */
static bool take_lines(struct one_shot *one_shot, const char *id)
{
    const char *line = buffer_text(&one_shot->lines);
    const char *end;
    size_t used;

    for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        if (text_starts_with(line, mark) &&
            !take_piece(one_shot, line + strlen(mark),
                        (size_t)(end - line) - strlen(mark), id))
            return false;
    }
    used = (size_t)(line - buffer_text(&one_shot->lines));
    buffer_consume(&one_shot->lines, used);
    return true;
}

static struct next answer(struct flow *flow)
{
    struct one_shot *one_shot = flow_state(flow);
    json_t *envelope = json_loadb(buffer_text(&one_shot->result), one_shot->result.length,
                                  JSON_ALLOW_NUL, NULL);
    struct error error;

    if (envelope == NULL) {
        error_set(&error, ERROR_BAD_ANSWER, "the operation's answer is no JSON");
        return flow_fail(flow, &error);
    }
    jx_set_string(envelope, "submissionId", one_shot->driver_id);
    return flow_done(flow, envelope);
}

static struct next take_page(struct flow *flow)
{
    struct one_shot *one_shot = flow_state(flow);
    const json_t *page = one_shot->page.body;
    const char *id = jx_string(flow_input(flow), "id");
    struct error error;
    bool fits = true;

    one_shot->lines.limit = one_shot->result.limit = RESULT_LIMIT;
    if (jx_int(page, "end") > one_shot->offset) {
        one_shot->misses = 0;
        one_shot->offset = jx_int(page, "end");
        fits = buffer_offer(&one_shot->lines, jx_string(page, "text"),
                            strlen(jx_string(page, "text")));
    } else if (++one_shot->misses > PATIENCE) {
        if (one_shot->page.failed)
            return flow_fail(flow, &one_shot->page.error);
        error_set(&error, ERROR_BAD_ANSWER,
                  "the answer in the output of %s is not complete", one_shot->driver_id);
        error_next(&error, "It may have taken effect: look before you call again.");
        return flow_fail(flow, &error);
    }
    if (!fits || !take_lines(one_shot, id)) {
        error_set(&error, ERROR_BAD_ANSWER, "the answer in the output of %s is damaged",
                  one_shot->driver_id);
        error_next(&error, "It took effect, if it writes; otherwise call again.");
        return flow_fail(flow, &error);
    }
    if (one_shot->pieces > 0 && one_shot->pieces == one_shot->pieces_total)
        return answer(flow);
    if (one_shot->misses > 0)
        flow_sleep(flow, PAUSE_MS);
    return flow_then(flow, read_page);
}

void one_shot_run(struct flow *flow, json_t *request, struct reply *reply)
{
    flow_run(flow, &one_shot_flow, request, reply);
}
