/* Structured streaming queries of an application, those that failed first, with their last
 * batches; of one that runs also what its StreamingContext (DStreams) tells. */
#include "tools/monitor/streaming.h"

#include "base/jx.h"
#include "spark/failure.h"
#include "spark/streams.h"
#include "tools/monitor/rows.h"
#include "tools/monitor/subject.h"
#include "tools/monitor/view.h"

#include <stdlib.h>
#include <string.h>

enum { LOOKED_AT = 4, BATCHES_SHOWN = 3, BYTES = 1600, ERROR_SHOWN = 160 };

struct streaming {
    struct reply place, page, context, of[LOOKED_AT];
    json_t *queries;
};

static flow_step find, ask, ask_queries, show;
static void describe(const json_t *result, struct buffer *text);

static void release(void *state)
{
    struct streaming *streaming = state;

    json_decref(streaming->queries);
}

const struct view streaming_view = {
    .name = "streaming",
    .part = "queries",
    .takes = SUBJECT_IDS,
    .check = subject_check,
    .flow = {.name = "streaming",
             .first = find,
             .state_size = sizeof(struct streaming),
             .release = release},
    .describe = describe,
};

static struct next find(struct flow *flow)
{
    struct streaming *streaming = flow_state(flow);

    subject_find(flow, &streaming->place);
    return flow_then(flow, ask);
}

static struct next ask(struct flow *flow)
{
    struct streaming *streaming = flow_state(flow);

    streams_get(flow, streaming->place.body, &streaming->page);
    if (watching_is_live(streaming->place.body)) /* no event log tells of it */
        watching_get(flow, streaming->place.body, "streaming/statistics",
                     optional(&streaming->context));
    return flow_then(flow, ask_queries);
}

static struct next ask_queries(struct flow *flow)
{
    struct streaming *streaming = flow_state(flow);
    const json_t *query;

    streaming->queries = streams_read(streaming->page.body);
    for (size_t i = 0; i < LOOKED_AT; i++) {
        query = json_array_get(streaming->queries, i);
        if (query != NULL)
            stream_get(flow, streaming->place.body, jx_string(query, "Run ID"),
                       optional(&streaming->of[i]));
    }
    return flow_then(flow, show);
}

/* ---- one query ---- */

/* A number of the table; a dash stands for none. */
static void set_real(json_t *row, const char *key, const char *text)
{
    char *end;
    double number = strtod(text, &end);

    if (end != text)
        json_object_set_new(row, key, json_real(number));
}

static void set_whole(json_t *row, const char *key, const char *text)
{
    char *end;
    long long number = strtoll(text, &end, 10);

    if (end != text)
        json_object_set_new(row, key, json_integer(number));
}

static const struct series {
    const char *name, *key;
    double factor; /* from Spark's unit to that of the key */
} all_series[] = {
    {"input-rows", "inputRows", 1},
    {"input-rate", "inputRowsPerSecond", 1},
    {"process-rate", "processedRowsPerSecond", 1},
    {"batch-duration", "seconds", 0.001},
    {"watermark-gap", "watermarkBehindSeconds", 1},
    {"aggregated-num-total-state-rows", "stateRows", 1},
    {"aggregated-state-memory-used-bytes", "stateBytes", 1},
    {"aggregated-num-rows-dropped-by-watermark", "rowsDroppedByWatermark", 1}};

/* Rounded to three digits behind the point. */
static json_t *rounded(double number)
{
    double thousands = number * 1000 + 0.5;

    if (number == (double)whole_of(number))
        return json_integer(whole_of(number));
    return json_real((double)whole_of(thousands) / 1000);
}

/* The batches that began last, newest first; a series may begin later than others do. */
static json_t *batch_rows(const json_t *page)
{
    json_auto_t *duration = stream_series(page, "batch-duration");
    json_t *rows = json_array();
    size_t count = json_array_size(duration);

    for (size_t i = 0; i < BATCHES_SHOWN && i < count; i++) {
        const json_t *x = json_array_get(json_array_get(duration, count - 1 - i), 0);
        json_t *row = json_object();

        row_set_time(row, "at", json_integer_value(x));
        for (size_t s = 0; s < sizeof all_series / sizeof *all_series; s++) {
            json_auto_t *series = stream_series(page, all_series[s].name);
            const json_t *point;
            size_t p;

            json_array_foreach (series, p, point)
                if (json_equal(json_array_get(point, 0), x))
                    json_object_set_new(
                        row, all_series[s].key,
                        rounded(json_number_value(json_array_get(point, 1)) *
                                all_series[s].factor));
        }
        json_array_append_new(rows, row);
    }
    return rows;
}

json_t *streaming_row(const json_t *query, const json_t *page)
{
    json_t *row = json_object();
    const char *error = jx_string(query, "Error");

    row_set_line(row, "name", jx_string(query, "Name"), 60);
    jx_set_string(row, "status", jx_string(query, "Status"));
    jx_set_string(row, "id", jx_string(query, "ID"));
    jx_set_string(row, "runId", jx_string(query, "Run ID"));
    set_whole(row, "latestBatch", jx_string(query, "Latest Batch"));
    set_real(row, "averageInputRowsPerSecond", jx_string(query, "Avg Input /sec"));
    set_real(row, "averageProcessedRowsPerSecond", jx_string(query, "Avg Process /sec"));
    if (error[0] != '\0' && strcmp(error, "-") != 0) {
        struct failure failure = failure_of(error);
        row_set_line(row, "error", failure.what, ERROR_SHOWN);
        row_set_line(row, "at", failure.where, ERROR_SHOWN);
    }
    if (page != NULL)
        json_object_set_new(row, "lastBatches", batch_rows(page));
    return row;
}

/* ---- DStreams ---- */

/* Milliseconds, of which Spark tells none before the first batch has ended. */
static void set_seconds(json_t *context, const char *key, const json_t *told,
                        const char *of)
{
    if (json_is_number(json_object_get(told, of)))
        json_object_set_new(context, key,
                            rounded(json_number_value(json_object_get(told, of)) / 1000));
}

/* "StreamingStatistics" of Spark's monitoring API; NULL when there is no such context. New. */
static json_t *context_of(const json_t *told)
{
    static const struct {
        const char *key, *of;
    } counts[] = {{"completedBatches", "numTotalCompletedBatches"},
                  {"activeBatches", "numActiveBatches"},
                  {"receivers", "numReceivers"},
                  {"activeReceivers", "numActiveReceivers"},
                  {"receivedRecords", "numReceivedRecords"},
                  {"processedRecords", "numProcessedRecords"}};
    json_t *context;

    if (number_of(told, "batchDuration") == UNKNOWN)
        return NULL;
    context = json_object();
    row_set_time(context, "started", time_of(told, "startTime"));
    set_seconds(context, "batchSeconds", told, "batchDuration");
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (number_of(told, counts[i].of) != UNKNOWN)
            json_object_set_new(context, counts[i].key,
                                json_integer(number_of(told, counts[i].of)));
    if (json_is_number(json_object_get(told, "avgInputRate")))
        json_object_set_new(
            context, "averageInputRecordsPerSecond",
            rounded(json_number_value(json_object_get(told, "avgInputRate"))));
    set_seconds(context, "averageSchedulingDelaySeconds", told, "avgSchedulingDelay");
    set_seconds(context, "averageProcessingSeconds", told, "avgProcessingTime");
    set_seconds(context, "averageTotalDelaySeconds", told, "avgTotalDelay");
    return context;
}

static struct next show(struct flow *flow)
{
    struct streaming *streaming = flow_state(flow);
    json_auto_t *result = subject_result(streaming->place.body);
    json_t *rows = json_array(), *context;
    const json_t *query;
    struct error error;
    size_t i;

    json_array_foreach (streaming->queries, i, query)
        json_array_append_new(
            rows, streaming_row(query, i < LOOKED_AT ? streaming->of[i].body : NULL));
    if (!rows_list(result, &(struct listing){.part = "queries", .by = "", .bytes = BYTES},
                   rows, flow_input(flow), &error))
        return flow_fail(flow, &error);
    context = context_of(streaming->context.body);
    if (context != NULL)
        json_object_set_new(result, "dstreams", context);
    return flow_done(flow, json_incref(result));
}

/* ---- as text ---- */

void streaming_describe_query(const json_t *query, struct buffer *text)
{
    static const struct column columns[] = {
        {"at", "batch at"},
        {"seconds", "seconds"},
        {"inputRows", "rows"},
        {"inputRowsPerSecond", "in/s"},
        {"processedRowsPerSecond", "done/s"},
        {"watermarkBehindSeconds", "watermark behind s"},
        {"stateRows", "state rows"},
        {"stateBytes", "state B"},
        {"rowsDroppedByWatermark", "dropped"}};

    buffer_printf(text, "\n%s is %s, id %s, run %s", jx_string(query, "name"),
                  jx_string(query, "status"), jx_string(query, "id"),
                  jx_string(query, "runId"));
    if (json_object_get(query, "latestBatch") != NULL)
        buffer_printf(text, "; batch %lld", (long long)jx_int(query, "latestBatch"));
    if (json_object_get(query, "averageInputRowsPerSecond") != NULL)
        buffer_printf(
            text, "; on average %.2f rows/s in",
            json_number_value(json_object_get(query, "averageInputRowsPerSecond")));
    if (json_object_get(query, "averageProcessedRowsPerSecond") != NULL)
        buffer_printf(
            text, ", %.2f rows/s processed",
            json_number_value(json_object_get(query, "averageProcessedRowsPerSecond")));
    buffer_add_text(text, "\n");
    if (jx_has_string(query, "error"))
        buffer_printf(text, "Error: %s %s\n", jx_string(query, "error"),
                      jx_string(query, "at"));
    if (json_array_size(jx_array(query, "lastBatches")) > 0)
        rows_describe(query, "lastBatches", "", columns, sizeof columns / sizeof *columns,
                      text);
}

static void describe_context(const json_t *context, struct buffer *text)
{
    static const struct {
        const char *key, *format;
    } parts[] = {{"batchSeconds", "\nDStreams with a batch every %g s"},
                 {"completedBatches", ": %g batches done"},
                 {"activeBatches", ", %g waiting or running"},
                 {"averageInputRecordsPerSecond", "; on average %g records/s in"},
                 {"averageSchedulingDelaySeconds", ", %g s waited"},
                 {"averageProcessingSeconds", ", %g s worked"},
                 {"activeReceivers", "; %g receivers at work"}};

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (json_is_number(json_object_get(context, parts[i].key)))
            buffer_printf(text, parts[i].format,
                          json_number_value(json_object_get(context, parts[i].key)));
    if (context != NULL)
        buffer_add_text(text, "\n");
}

static void describe(const json_t *result, struct buffer *text)
{
    const json_t *query;
    size_t i;

    rows_describe_count(result, "structured streaming queries", text);
    json_array_foreach (jx_array(result, "queries"), i, query)
        streaming_describe_query(query, text);
    describe_context(jx_object(result, "dstreams"), text);
}
