/*
 * A page of a log: of a driver by its submission_id, or of an application's driver or
 * executor. The worker that keeps it is found first: the master knows where a driver
 * runs, the application's own UI where its executors' logs are.
 */
#include "base/jx.h"
#include "spark/master.h"
#include "spark/monitoring.h"
#include "spark/submission.h"
#include "spark/worker.h"
#include "tools/monitor/view.h"

enum { LENGTH = 3000 };

struct logs {
    struct reply status, master, executors, page;
    struct worker_log_place place; /* of an application's log */
    bool has_place;
};

static flow_step locate, find_worker, read_log, show_page;
static bool check(const json_t *arguments, struct error *error);
static void describe(const json_t *result, struct buffer *text);

const struct view logs_view = {
    .name = "logs",
    .part = "log",
    .takes = "submission_id application_id",
    .check = check,
    .takes_no_name = true,
    .flow = {.name = "logs", .first = locate, .state_size = sizeof(struct logs)},
    .describe = describe,
};

static bool check(const json_t *arguments, struct error *error)
{
    if (jx_has_string(arguments, "submission_id") ||
        jx_has_string(arguments, "application_id"))
        return true;
    error_set(error, ERROR_ARGUMENTS, "no submission_id or application_id was given");
    error_hint(error,
               "Give submission_id (a driver), or application_id with executor_id; "
               "metric_type 'drivers' and 'executors' list them.");
    return false;
}

static const char *argument(struct flow *flow, const char *name)
{
    return jx_string(flow_input(flow), name);
}

static const char *type_of(struct flow *flow)
{
    const char *type = argument(flow, "log");

    return type[0] != '\0' ? type : "stdout";
}

static struct next locate(struct flow *flow)
{
    struct logs *logs = flow_state(flow);

    if (argument(flow, "submission_id")[0] != '\0') {
        submission_get_status(flow, argument(flow, "submission_id"), &logs->status);
        master_get_state(flow, &logs->master);
    } else {
        monitoring_get(flow, argument(flow, "application_id"), true, "allexecutors",
                       optional(&logs->executors));
    }
    return flow_then(flow, find_worker);
}

static void get(struct flow *flow, const struct worker_log *from)
{
    struct logs *logs = flow_state(flow);
    struct worker_log log = *from;

    log.type = type_of(flow);
    log.offset = jx_int_or(flow_input(flow), "offset", -1);
    log.length = jx_int_or(flow_input(flow), "length", LENGTH);
    worker_get_log(flow, &log, &logs->page);
}

/* The link to the executor's log; "" when it is not known. */
static const char *find_link(const json_t *executors, const char *id)
{
    const json_t *executor;
    size_t i;

    json_array_foreach (executors, i, executor)
        if (jx_is(executor, "id", id))
            return jx_string(jx_object(executor, "executorLogs"), "stdout");
    return "";
}

static struct next fail_without_link(struct flow *flow, const char *id)
{
    struct logs *logs = flow_state(flow);
    struct error error;

    error_set(&error, ERROR_NOT_FOUND,
              "the log of executor '%.40s' of '%.80s' cannot be found", id,
              argument(flow, "application_id"));
    if (logs->executors.failed)
        error_detail(&error, "%s. %s", logs->executors.error.message,
                     logs->executors.error.hint);
    error_hint(&error,
               "monitor-cluster with metric_type 'executors' lists its executors; "
               "a driver that runs outside the cluster keeps its own output.");
    return flow_fail(flow, &error);
}

static const char *executor_of(struct flow *flow)
{
    const char *given = argument(flow, "executor_id");

    return given[0] != '\0' ? given : "driver";
}

/* Whose log it is, where that is a driver; "" where it is an executor. */
static const char *driver_of(struct flow *flow)
{
    struct logs *logs = flow_state(flow);
    const char *given = argument(flow, "submission_id");

    return given[0] != '\0' ? given : logs->place.driver_id;
}

/* Behind the master's reverse proxy only the master knows the worker. Elsewhere it is
 * asked all the same: it says which hosts are given credentials. */
static struct next find_worker(struct flow *flow)
{
    struct logs *logs = flow_state(flow);

    if (logs->status.body != NULL)
        return read_log(flow);
    logs->has_place = worker_read_log_link(
        find_link(logs->executors.body, executor_of(flow)), &logs->place);
    if (!logs->has_place)
        return fail_without_link(flow, executor_of(flow));
    master_get_state(flow, optional(&logs->master));
    if (logs->place.worker_url[0] == '\0' && logs->place.driver_id[0] != '\0')
        submission_get_status(flow, logs->place.driver_id, &logs->status);
    return flow_then(flow, read_log);
}

static struct next read_executor_log(struct flow *flow)
{
    struct logs *logs = flow_state(flow);
    const struct worker_log_place *place = &logs->place;
    const json_t *worker = master_find_worker(logs->master.body, place->worker_id);

    if (place->worker_url[0] == '\0' && worker == NULL)
        return fail_without_link(flow, executor_of(flow));
    get(flow, &(struct worker_log){
                  .worker_url = worker != NULL ? jx_string(worker, "webuiaddress")
                                               : place->worker_url,
                  .worker_id = place->worker_id,
                  .driver_id = place->driver_id[0] != '\0' ? place->driver_id : NULL,
                  .application_id = argument(flow, "application_id"),
                  .executor_id = executor_of(flow)});
    return flow_then(flow, show_page);
}

static struct next read_log(struct flow *flow)
{
    struct logs *logs = flow_state(flow);
    const char *worker_id = jx_string(logs->status.body, "workerId");
    const json_t *worker = master_find_worker(logs->master.body, worker_id);

    if (logs->status.body == NULL)
        return read_executor_log(flow);
    if (worker == NULL && worker_id[0] == '\0')
        return flow_refuse(
            flow, ERROR_NOT_FOUND,
            "It waits for a worker; metric_type 'cluster' shows what is free.",
            "'%.100s' has no log yet: it is %s", driver_of(flow),
            jx_string(logs->status.body, "driverState"));
    if (worker == NULL)
        return flow_refuse(
            flow, ERROR_NOT_FOUND, "Run the job again if you need its output.",
            "the worker that ran '%.100s' is gone, and its log with it", driver_of(flow));
    get(flow, &(struct worker_log){.worker_url = jx_string(worker, "webuiaddress"),
                                   .worker_id = worker_id,
                                   .driver_id = driver_of(flow)});
    return flow_then(flow, show_page);
}

static struct next show_page(struct flow *flow)
{
    struct logs *logs = flow_state(flow);
    json_t *page = json_copy(logs->page.body);
    json_t *result = jx_pack("{s:o}", "log", page);

    jx_set_string(page, "name", type_of(flow));
    if (jx_int(page, "end") < jx_int(page, "total"))
        jx_set_format(result, "next", "Call again with offset %lld to read on.",
                      (long long)jx_int(page, "end"));
    else if (jx_int(page, "start") > 0)
        jx_set_string(result, "next",
                      "This is the end of the log; offset 0 reads from its start.");
    return flow_done(flow, result);
}

static void describe(const json_t *result, struct buffer *text)
{
    const json_t *log = jx_object(result, "log");

    buffer_printf(text, "%s, bytes %lld-%lld of %lld:\n%s\n", jx_string(log, "name"),
                  (long long)jx_int(log, "start"), (long long)jx_int(log, "end"),
                  (long long)jx_int(log, "total"), jx_string(log, "text"));
}
