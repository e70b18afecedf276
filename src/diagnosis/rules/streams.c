/*
 * Structured streaming queries: one that ended with an error (S3), that falls behind (S1),
 * whose state only grows (S2), whose rows come too late (S4). Rates differ from batch to
 * batch: only what holds for several in a row counts.
 */
#include "diagnosis/rules.h"

#include "base/jx.h"
#include "base/text.h"
#include "spark/failure.h"

#include <string.h>

enum {
    BATCHES = 5,
    BEHIND_PERCENT = 105, /* of what is processed; above 100 once is normal */
    LATE_PERCENT = 1,
    TEXT_SHOWN = 200,
};

/* The number of a batch, the last one is 0; -1 when there is none. */
static double point(const json_t *stream, const char *series, size_t ago)
{
    const json_t *points = jx_array(jx_object(stream, "series"), series);
    size_t count = json_array_size(points);

    return ago < count ? json_number_value(
                             json_array_get(json_array_get(points, count - 1 - ago), 1))
                       : -1;
}

static double sum_of(const json_t *stream, const char *series)
{
    const json_t *points = jx_array(jx_object(stream, "series"), series), *member;
    double sum = 0;
    size_t i;

    json_array_foreach (points, i, member)
        sum += json_number_value(json_array_get(member, 1));
    return sum;
}

static struct finding stream_finding(const struct facts *facts, const json_t *stream,
                                     const char *id, const char *name)
{
    struct finding finding = finding_of(facts, id, name, NULL);

    finding.is_failure = true;
    finding.saves_ms = 0;
    finding_evidence(&finding, "Query %.60s",
                     jx_string(jx_object(stream, "query"), "Name"));
    return finding;
}

static bool is_behind(const json_t *stream)
{
    for (size_t i = 0; i < BATCHES; i++) {
        double in = point(stream, "input-rate", i),
               done = point(stream, "process-rate", i);
        if (done <= 0 || in * 100 < done * BEHIND_PERCENT)
            return false;
    }
    return true;
}

static bool does_state_grow(const json_t *stream)
{
    static const char rows[] = "aggregated-num-total-state-rows";

    for (size_t i = 0; i < BATCHES; i++)
        if (point(stream, rows, i + 1) < 0 ||
            point(stream, rows, i) <= point(stream, rows, i + 1))
            return false;
    return sum_of(stream, "watermark-gap") <= 0;
}

static void find_death(const struct facts *facts, const json_t *stream,
                       struct findings *findings)
{
    const char *error = jx_string(jx_object(stream, "query"), "Error");
    struct finding finding;
    struct failure failure;

    if (!jx_is(jx_object(stream, "query"), "Status", "FAILED") ||
        findings_have(findings, "F1"))
        return;
    failure = failure_of(error);
    finding =
        stream_finding(facts, stream, "S3", "a streaming query ended with an error");
    finding.saves_ms = UNKNOWN;
    finding.sure = 95;
    finding_evidence(&finding, ": %.*s", (int)text_cut(failure.what, TEXT_SHOWN),
                     failure.what);
    text_copy(finding.at, sizeof finding.at, failure.where);
    finding_change(&finding,
                   "Mend that, then start it again with the same checkpoint: it "
                   "goes on at the batch that failed. awaitTermination() makes the "
                   "driver end with it.");
    findings_add(findings, &finding);
}

static void find_slowness(const struct facts *facts, const json_t *stream,
                          struct findings *findings)
{
    struct finding finding;

    if (!jx_is(jx_object(stream, "query"), "Status", "RUNNING") || !is_behind(stream))
        return;
    finding = stream_finding(facts, stream, "S1", "a streaming query falls behind");
    finding.sure = 80;
    finding_evidence(&finding,
                     ": %.0f rows/s came and %.0f were processed, in each of the last %d "
                     "batches more than it took in",
                     point(stream, "input-rate", 0), point(stream, "process-rate", 0),
                     BATCHES);
    finding_change(&finding,
                   "More cores, up to the partitions of the source; less work in a "
                   "batch (execution_id of a batch tells where it goes); a limit "
                   "for a batch: maxOffsetsPerTrigger or maxFilesPerTrigger.");
    findings_add(findings, &finding);
}

static void find_growth(const struct facts *facts, const json_t *stream,
                        struct findings *findings)
{
    struct finding finding;

    if (!does_state_grow(stream))
        return;
    finding =
        stream_finding(facts, stream, "S2", "the state of a streaming query only grows");
    finding.sure = 70;
    finding_evidence(&finding,
                     ": %.0f rows of state, more with each of the last %d batches, "
                     "and no watermark",
                     point(stream, "aggregated-num-total-state-rows", 0), BATCHES);
    finding_change(&finding,
                   "withWatermark() before dropDuplicates, aggregates and joins lets "
                   "Spark forget; dropDuplicatesWithinWatermark needs it too.");
    findings_add(findings, &finding);
}

static void find_lateness(const struct facts *facts, const json_t *stream,
                          struct findings *findings)
{
    double late = sum_of(stream, "aggregated-num-rows-dropped-by-watermark"),
           all = sum_of(stream, "input-rows");
    struct finding finding;

    if (late <= 0 || late * 100 < all * LATE_PERCENT)
        return;
    finding = stream_finding(facts, stream, "S4", "rows come too late for the watermark");
    finding.sure = 80;
    finding_evidence(&finding, ": %.0f rows were dropped while %.0f came in", late, all);
    finding_change(&finding,
                   "A longer delay in withWatermark() keeps them, and more state.");
    findings_add(findings, &finding);
}

void rule_streams(const struct facts *facts, struct findings *findings)
{
    const json_t *stream;
    size_t i;

    json_array_foreach (jx_array(facts->told, "streams"), i, stream) {
        find_death(facts, stream, findings);
        find_slowness(facts, stream, findings);
        find_growth(facts, stream, findings);
        find_lateness(facts, stream, findings);
    }
}
