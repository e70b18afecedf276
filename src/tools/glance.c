#include "tools/glance.h"

#include "base/jx.h"
#include "diagnosis/findings.h"
#include "spark/envelope.h"
#include "spark/watching.h"
#include "tools/collect.h"

#include <stdio.h>

enum {
    /* A critical finding saves 3 s and 30 % (diagnosis/rank.c): of less than 10 s, the first
     * is more than the second, and looking would be felt. */
    LONG_MS = 10000,
    /* Looking takes a tenth of the time at most, but what a driver needs to serve these pages
     * for the first time: 2 s on two busy cores. */
    PART = 10,
    LIMIT_MIN_MS = 3000,
    LIMIT_MAX_MS = 5000,
    AT_ONCE = 2, /* looking at each of many statements would take as long as they did */
    /* A history server reads an end some seconds late (a private Spark's: 2 s). */
    SEARCHES = 4,
    SEARCH_MS = 700,
};

struct glance {
    struct reply place, told;
    int searches;
};

static int going_on;

static void release(void *state)
{
    (void)state;
    going_on--;
}

static flow_step find, judge_place, conclude;
static const struct flow_type glance_flow = {.name = "glance",
                                             .first = find,
                                             .state_size = sizeof(struct glance),
                                             .release = release};

static void look(struct flow *flow, int64_t took_ms, json_t *input, struct reply *reply)
{
    int64_t limit_ms = took_ms / PART;

    if (limit_ms < LIMIT_MIN_MS)
        limit_ms = LIMIT_MIN_MS;
    if (limit_ms > LIMIT_MAX_MS)
        limit_ms = LIMIT_MAX_MS;
    if (going_on == AT_ONCE) {
        json_decref(input);
        return;
    }
    going_on++;
    flow_run_for(flow, &glance_flow, input, (int)limit_ms, optional(reply));
}

void glance_at_operation(struct flow *flow, const char *id, int64_t worked_ms,
                         struct reply *reply)
{
    if (worked_ms >= LONG_MS)
        look(flow, worked_ms, jx_pack("{s:s}", "operation", id), reply);
}

void glance_at_report(struct flow *flow, const json_t *report, struct reply *reply)
{
    json_int_t took_ms =
        whole_of(1000 * json_number_value(json_object_get(report, "seconds")));

    if (jx_is(report, "state", "FINISHED") && jx_has_string(report, "applicationId") &&
        took_ms >= LONG_MS)
        look(flow, took_ms,
             jx_pack("{s:s, s:s}", "application", jx_string(report, "applicationId"),
                     "submission", jx_string(report, "submissionId")),
             reply);
}

void glance_add(const struct reply *reply, json_t *result)
{
    if (json_is_string(reply->body))
        envelope_add_sentence(result, NULL, json_string_value(reply->body));
}

/* ---- find, judge_place, conclude ---- */

/* The session still runs: what it has done is known. */
static struct next find(struct flow *flow)
{
    struct glance *glance = flow_state(flow);
    const json_t *input = flow_input(flow);

    if (jx_has_string(input, "operation")) {
        collect_get(flow, "", "",
                    jx_pack("{s:s}", "group", jx_string(input, "operation")),
                    &glance->told);
        return flow_then(flow, conclude);
    }
    watching_find(flow, jx_string(input, "application"), "", optional(&glance->place));
    return flow_then(flow, judge_place);
}

static struct next judge_place(struct flow *flow)
{
    struct glance *glance = flow_state(flow);
    const json_t *place = glance->place.body;

    if (place != NULL && !jx_bool(place, "isRunning")) {
        collect_get(flow, jx_string(place, "id"), "", NULL, &glance->told);
        return flow_then(flow, conclude);
    }
    if (++glance->searches == SEARCHES)
        return flow_done(flow, NULL);
    flow_sleep(flow, SEARCH_MS);
    return flow_then(flow, find);
}

/* What makes it slow, not why it failed: that is told already. */
static const json_t *find_critical(const json_t *diagnosis)
{
    const json_t *finding;
    size_t i;

    json_array_foreach (jx_array(diagnosis, "findings"), i, finding)
        if (jx_is(finding, "severity", "critical") &&
            json_object_get(finding, "savesSeconds") != NULL)
            return finding;
    return NULL;
}

static json_t *sentence_of(const json_t *diagnosis, const json_t *finding,
                           const char *submission)
{
    json_int_t stage = jx_int_or(finding, "stageId", UNKNOWN),
               execution = jx_int_or(finding, "executionId", UNKNOWN);
    char where[40] = "", how[80] = "";

    if (stage != UNKNOWN)
        snprintf(where, sizeof where, " in stage %lld", (long long)stage);
    if (submission[0] != '\0')
        snprintf(how, sizeof how, " and submission_id '%.50s'", submission);
    else if (execution != UNKNOWN)
        snprintf(how, sizeof how, " and execution_id %lld", (long long)execution);
    return jx_format(
        "%s%s cost about %.0f of the %.0f s in which its jobs ran: monitor-cluster with "
        "metric_type 'diagnosis'%s tells why and what to change",
        jx_string(finding, "name"), where,
        json_number_value(json_object_get(finding, "savesSeconds")),
        json_number_value(json_object_get(diagnosis, "busySeconds")), how);
}

static struct next conclude(struct flow *flow)
{
    struct glance *glance = flow_state(flow);
    json_auto_t *diagnosis = diagnose(glance->told.body);
    const json_t *finding = find_critical(diagnosis);

    if (finding == NULL)
        return flow_done(flow, NULL);
    return flow_done(
        flow, sentence_of(diagnosis, finding, jx_string(flow_input(flow), "submission")));
}
