/* The executors of one application, or of all that run, below the rows of those. */
#include "base/jx.h"
#include "spark/master.h"
#include "spark/monitoring.h"
#include "spark/watching.h"
#include "tools/monitor/applications.h"
#include "tools/monitor/timeline.h"
#include "tools/monitor/view.h"

enum { APPLICATIONS_MAX = 8, BYTES = 2800, WHY_SHOWN = 120 };

struct executors {
    struct known known;
    struct reply of[APPLICATIONS_MAX];
};

static flow_step ask, ask_executors, list_executors;
static void describe(const json_t *result, struct buffer *text);

const struct view executors_view = {
    .name = "executors",
    .part = "executors",
    .id = "application_id",
    .takes = "application_id",
    .takes_no_name = true,
    .flow = {.name = "executors", .first = ask, .state_size = sizeof(struct executors)},
    .describe = describe,
};

/* Without an id it is those that run: the master knows all of them. */
static struct filter filter_for(struct flow *flow)
{
    struct filter filter = filter_of(flow_input(flow));

    if (filter.application_id[0] == '\0')
        filter.status = "running";
    return filter;
}

static struct next ask(struct flow *flow)
{
    struct executors *executors = flow_state(flow);
    struct filter filter = filter_for(flow);

    if (filter.application_id[0] != '\0')
        applications_ask(flow, &filter, &executors->known);
    else
        master_get_state(flow, &executors->known.master);
    return flow_then(flow, ask_executors);
}

/* The id of the application whose executors are asked for in this turn; NULL for none. */
static const char *id_of(struct flow *flow, size_t turn)
{
    const struct executors *executors = flow_state(flow);
    const char *id = jx_string(flow_input(flow), "application_id");
    const json_t *active = jx_array(executors->known.master.body, "activeapps");

    if (id[0] != '\0')
        return turn == 0 ? id : NULL;
    return turn < APPLICATIONS_MAX && turn < json_array_size(active)
               ? jx_string(json_array_get(active, turn), "id")
               : NULL;
}

/* As far as the master knows; one that only the history server knows may run elsewhere.
 */
static bool may_run(struct flow *flow, const char *id)
{
    const struct executors *executors = flow_state(flow);
    const json_t *application = master_find_application(executors->known.master.body, id);

    return application == NULL || jx_is(application, "state", "RUNNING") ||
           jx_is(application, "state", "WAITING");
}

static struct next ask_executors(struct flow *flow)
{
    struct executors *executors = flow_state(flow);
    const char *id;

    for (size_t i = 0; (id = id_of(flow, i)) != NULL; i++)
        monitoring_get(flow, id, may_run(flow, id), "allexecutors",
                       optional(&executors->of[i]));
    return flow_then(flow, list_executors);
}

/* The driver's row has no tasks but in local mode; its "duration" is its uptime. */
static void set_work(json_t *row, const json_t *executor)
{
    json_int_t duration = number_of(executor, "totalDuration");

    if (number_of(executor, "maxTasks") == 0)
        return;
    row_set_seconds(row, "taskSeconds", duration);
    row_set_percent(row, "gcPercent", number_of(executor, "totalGCTime"), duration);
    row_set_number(row, "inputBytes", number_of(executor, "totalInputBytes"));
    row_set_number(row, "shuffleReadBytes", number_of(executor, "totalShuffleRead"));
    row_set_number(row, "shuffleWriteBytes", number_of(executor, "totalShuffleWrite"));
}

/* 0 is what Spark says of what it has not measured. */
static void set_peak(json_t *row, const json_t *executor)
{
    static const struct {
        const char *metric, *key;
    } peaks[] = {{"JVMHeapMemory", "peakHeapMiB"},
                 {"OnHeapUnifiedMemory", "peakSparkMiB"},
                 {"ProcessTreePythonRSSMemory", "peakPythonMiB"}};
    const json_t *metrics = jx_object(executor, "peakMemoryMetrics");

    for (size_t i = 0; i < sizeof peaks / sizeof *peaks; i++)
        if (jx_int(metrics, peaks[i].metric) > 0)
            row_set_number(row, peaks[i].key, jx_int(metrics, peaks[i].metric) >> 20);
}

static void set_mib(json_t *row, const char *key, json_int_t bytes)
{
    row_set_number(row, key, bytes == UNKNOWN ? UNKNOWN : bytes >> 20);
}

static json_t *row_of(const char *application_id, bool is_running, const json_t *executor)
{
    json_t *row = jx_pack("{s:s, s:s, s:s, s:s}", "application", application_id, "id",
                          jx_string(executor, "id"), "hostPort",
                          jx_string(executor, "hostPort"), "state",
                          !jx_bool(executor, "isActive") ? "LOST"
                          : is_running                   ? "ACTIVE"
                                                         : "ENDED");

    row_set_number(row, "cores", number_of(executor, "totalCores"));
    row_set_number(row, "activeTasks", number_of(executor, "activeTasks"));
    row_set_number(row, "completedTasks", number_of(executor, "completedTasks"));
    row_set_number(row, "failedTasks", number_of(executor, "failedTasks"));
    set_work(row, executor);
    set_mib(row, "storageUsedMiB", number_of(executor, "memoryUsed"));
    set_mib(row, "storageMiB", number_of(executor, "maxMemory"));
    set_peak(row, executor);
    row_set_time(row, "removed", time_of(executor, "removeTime"));
    row_set_line(row, "why", jx_string(executor, "removeReason"), WHY_SHOWN);
    return row;
}

static void add_rows(struct flow *flow, size_t turn, json_t *rows, json_t *warnings)
{
    struct executors *executors = flow_state(flow);
    const struct reply *reply = &executors->of[turn];
    const char *id = id_of(flow, turn);
    const json_t *executor;
    size_t i;

    if (reply->failed)
        json_array_append_new(warnings,
                              jx_format("the executors of %s cannot be seen: %s. %s", id,
                                        reply->error.message, reply->error.hint));
    json_array_foreach (reply->body, i, executor)
        json_array_append_new(rows, row_of(id, may_run(flow, id), executor));
}

static struct next list_executors(struct flow *flow)
{
    struct executors *executors = flow_state(flow);
    struct filter filter = filter_for(flow);
    json_auto_t *result = json_object(), *warnings = json_array();
    json_t *rows = json_array();
    struct error error;
    size_t turn = 0;

    filter.offset = 0; /* it is that of the executors */
    rows_set_newest(result, "applications", applications_rows(&executors->known, &filter),
                    &filter);
    json_object_del(result, "next");
    for (; id_of(flow, turn) != NULL; turn++)
        add_rows(flow, turn, rows, warnings);
    if (!rows_list(result,
                   &(struct listing){.part = "executors", .by = "", .bytes = BYTES}, rows,
                   flow_input(flow), &error))
        return flow_fail(flow, &error);
    if (filter.application_id[0] != '\0')
        timeline_add(result, executors->of[0].body);
    if (turn == APPLICATIONS_MAX &&
        json_array_size(jx_array(executors->known.master.body, "activeapps")) > turn)
        json_array_append_new(
            warnings,
            jx_format("only the executors of the first %d applications are shown; "
                      "give an application_id for others",
                      APPLICATIONS_MAX));
    return applications_done(flow, &executors->known, json_incref(result),
                             json_incref(warnings));
}

static void describe(const json_t *result, struct buffer *text)
{
    static const struct column columns[] = {{"application", "application"},
                                            {"id", "executor"},
                                            {"hostPort", "host"},
                                            {"state", "state"},
                                            {"cores", "cores"},
                                            {"activeTasks", "active"},
                                            {"completedTasks", "done"},
                                            {"failedTasks", "failed"},
                                            {"taskSeconds", "task s"},
                                            {"gcPercent", "GC %"},
                                            {"inputBytes", "input B"},
                                            {"shuffleReadBytes", "shuffle read B"},
                                            {"shuffleWriteBytes", "written B"},
                                            {"storageUsedMiB", "MiB used"},
                                            {"storageMiB", "of"},
                                            {"peakHeapMiB", "peak heap MiB"},
                                            {"peakSparkMiB", "of Spark's"},
                                            {"peakPythonMiB", "Python's"},
                                            {"removed", "removed"},
                                            {"why", "why"}};

    rows_describe(result, "executors", "No executors.", columns,
                  sizeof columns / sizeof *columns, text);
    timeline_describe(result, text);
}
