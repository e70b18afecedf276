/*
 * The driver is placed, runs the operation, and writes the answer into its output as
 * lines "MARK ID PIECE/PIECES CRC32 TEXT" (runner/serve/one_shot.py). The worker's log
 * page is read from the start until every piece is there; other output in between is
 * passed over.
 */
#include "spark/one_shot.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "base/text.h"
#include "spark/driver.h"
#include "spark/nonce.h"
#include "spark/placing.h"
#include "spark/protocol.h"
#include "spark/runner.h"
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

struct one_shot {
    struct placing placing; /* first */
    struct reply report, page;
    char mark[100];    /* how the lines of the answer begin */
    json_int_t offset; /* of the log, where the next page begins */
    struct buffer lines, result;
    int pieces, pieces_total, misses;
};

static flow_step place, await_result, begin_reading, read_page, take_page;

static void release(void *state)
{
    struct one_shot *one_shot = state;

    buffer_release(&one_shot->lines);
    buffer_release(&one_shot->result);
}

static const struct flow_type one_shot_flow = {.name = "one-shot",
                                               .first = place,
                                               .state_size = sizeof(struct one_shot),
                                               .undo = placing_undo,
                                               .release = release};

static json_t *make_request(struct flow *flow, const char *spark_version,
                            struct error *error)
{
    struct one_shot *one_shot = flow_state(flow);
    json_auto_t *settings = runner_settings_for(PROTOCOL_MODE_ONE_SHOT);

    json_object_update(settings, flow_input(flow));
    json_object_set_new(settings, "isSession", json_false());
    return runner_request(settings, one_shot->placing.nonce, spark_version, error);
}

static struct next place(struct flow *flow)
{
    static const struct placing_order order = {.driver = "the operation's driver",
                                               .what = "this",
                                               .needs_cluster = runner_needs_cluster,
                                               .request = make_request,
                                               .placed = await_result};

    return placing_begin(flow, &order);
}

static struct next await_result(struct flow *flow)
{
    struct one_shot *one_shot = flow_state(flow);

    nonce_write_mark(one_shot->placing.driver_id, PROTOCOL_WORD_RESULT, one_shot->mark,
                     sizeof one_shot->mark);
    driver_await(flow, one_shot->placing.driver_id, PROTOCOL_WORD_RESULT, RUN_LIMIT_S,
                 &one_shot->report);
    return flow_then(flow, begin_reading);
}

static struct next begin_reading(struct flow *flow)
{
    struct one_shot *one_shot = flow_state(flow);

    if (!jx_has_string(one_shot->report.body, "found"))
        return placing_fail(
            flow, one_shot->report.body,
            "Its driver was ended. If it writes, look at what is there before you call "
            "again.");
    return read_page(flow);
}

static struct next read_page(struct flow *flow)
{
    struct one_shot *one_shot = flow_state(flow);
    const json_t *report = one_shot->report.body;

    worker_get_log(flow,
                   &(struct worker_log){.worker_url = jx_string(report, "workerUi"),
                                        .worker_id = jx_string(report, "workerId"),
                                        .driver_id = one_shot->placing.driver_id,
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
        if (text_starts_with(line, one_shot->mark) &&
            !take_piece(one_shot, line + strlen(one_shot->mark),
                        (size_t)(end - line) - strlen(one_shot->mark), id))
            return false;
    }
    used = (size_t)(line - buffer_text(&one_shot->lines));
    buffer_consume(&one_shot->lines, used);
    return true;
}

static struct next open_result(struct flow *flow)
{
    struct one_shot *one_shot = flow_state(flow);
    json_t *envelope = json_loadb(buffer_text(&one_shot->result), one_shot->result.length,
                                  JSON_ALLOW_NUL, NULL);

    if (envelope == NULL)
        return flow_refuse(flow, ERROR_BAD_ANSWER, NULL,
                           "the operation's answer is not valid JSON");
    jx_set_string(envelope, "submissionId", one_shot->placing.driver_id);
    return flow_done(flow, envelope);
}

static struct next take_page(struct flow *flow)
{
    struct one_shot *one_shot = flow_state(flow);
    const json_t *page = one_shot->page.body;
    const char *id = jx_string(flow_input(flow), "id");
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
        return flow_refuse(flow, ERROR_BAD_ANSWER,
                           "It may have taken effect: look before you call again.",
                           "the answer in the output of %s is not complete",
                           one_shot->placing.driver_id);
    }
    if (!fits || !take_lines(one_shot, id))
        return flow_refuse(
            flow, ERROR_BAD_ANSWER, "It took effect, if it writes; otherwise call again.",
            "the answer in the output of %s is damaged", one_shot->placing.driver_id);
    if (one_shot->pieces > 0 && one_shot->pieces == one_shot->pieces_total)
        return open_result(flow);
    if (one_shot->misses > 0)
        flow_sleep(flow, PAUSE_MS);
    return flow_then(flow, read_page);
}

void one_shot_run(struct flow *flow, json_t *request, struct reply *reply)
{
    flow_run(flow, &one_shot_flow, request, reply);
}
