/*
 * A page of a log: of a driver by its submission_id, or of an application's driver or
 * executor. The worker that keeps it is found first.
 */
#include "tools/monitor/view.h"

#include "base/jx.h"
#include "base/text.h"
#include "spark/master.h"
#include "spark/submission.h"
#include "spark/worker.h"

#include <stdio.h>
#include <string.h>

enum { LENGTH = 3000 };

struct logs {
    struct reply status, master, executors, page;
};

static flow_step locate, read_log, answer;
static const struct flow_type logs_flow = {
    .name = "logs", .first = locate, .state_size = sizeof(struct logs)};

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
    struct error error;

    if (argument(flow, "submission_id")[0] != '\0') {
        submission_get_status(flow, argument(flow, "submission_id"), &logs->status);
        master_get_state(flow, &logs->master);
    } else if (argument(flow, "application_id")[0] != '\0') {
        monitor_get_executors(flow, argument(flow, "application_id"), true,
                              &logs->executors);
    } else {
        error_set(&error, ERROR_ARGUMENTS, "whose log?");
        error_next(&error,
                   "Give submission_id (a driver), or application_id with executor_id; "
                   "metric_type 'drivers' and 'executors' list them.");
        return flow_fail(flow, &error);
    }
    return flow_then(flow, read_log);
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

/* "http://worker:8081/logPage/?appId=A&executorId=0&logType=stdout": the worker's
 * address, and the driver's id where the log is a driver's. */
static bool read_link(const json_t *executor, char *worker, size_t worker_size,
                      char *driver, size_t driver_size)
{
    const char *link = jx_string(jx_object(executor, "executorLogs"), "stdout");
    const char *path = strstr(link, "/logPage/"), *id = strstr(link, "driverId=");

    if (path == NULL)
        return false;
    snprintf(worker, worker_size, "%.*s", (int)(path - link), link);
    driver[0] = '\0';
    if (id != NULL)
        snprintf(driver, driver_size, "%.*s", (int)strcspn(id + 9, "&"), id + 9);
    return true;
}

static const json_t *find_executor(const json_t *executors, const char *id)
{
    const json_t *executor;
    size_t i;

    json_array_foreach (executors, i, executor)
        if (jx_is(executor, "id", id))
            return executor;
    return NULL;
}

static struct next read_executor_log(struct flow *flow)
{
    struct logs *logs = flow_state(flow);
    const char *id = argument(flow, "executor_id")[0] != '\0'
                         ? argument(flow, "executor_id")
                         : "driver";
    const json_t *executor =
        find_executor(jx_array(logs->executors.body, "executors"), id);
    char worker[300], driver[160];
    struct error error;

    if (executor == NULL ||
        !read_link(executor, worker, sizeof worker, driver, sizeof driver)) {
        error_set(&error, ERROR_NOT_FOUND,
                  "the log of executor '%.40s' of '%.80s' cannot be "
                  "found",
                  id, argument(flow, "application_id"));
        error_detail(&error, "%s", jx_string(logs->executors.body, "warning"));
        error_next(&error,
                   "monitor-cluster with metric_type 'executors' lists its executors; "
                   "a driver that runs outside the cluster keeps its own output.");
        return flow_fail(flow, &error);
    }
    get(flow, &(struct worker_log){.worker_url = worker,
                                   .worker_id = "",
                                   .driver_id = driver[0] != '\0' ? driver : NULL,
                                   .application_id = argument(flow, "application_id"),
                                   .executor_id = id});
    return flow_then(flow, answer);
}

static struct next read_log(struct flow *flow)
{
    struct logs *logs = flow_state(flow);
    const char *worker_id = jx_string(logs->status.body, "workerId");
    const json_t *worker = master_find_worker(logs->master.body, worker_id);
    struct error error;

    if (logs->executors.body != NULL)
        return read_executor_log(flow);
    if (worker == NULL) {
        error_set(&error, ERROR_NOT_FOUND, "'%.100s' has no log yet: it is %s",
                  argument(flow, "submission_id"),
                  jx_string(logs->status.body, "driverState"));
        error_next(&error,
                   worker_id[0] == '\0'
                       ? "It waits for a worker; metric_type 'cluster' shows what is "
                         "free."
                       : "The worker that ran it is gone, and its log with it.");
        return flow_fail(flow, &error);
    }
    get(flow, &(struct worker_log){.worker_url = jx_string(worker, "webuiaddress"),
                                   .worker_id = worker_id,
                                   .driver_id = argument(flow, "submission_id")});
    return flow_then(flow, answer);
}

static struct next answer(struct flow *flow)
{
    struct logs *logs = flow_state(flow);
    json_t *page = json_copy(logs->page.body);
    json_t *result = jx_pack("{s:o}", "log", page);

    jx_set_string(page, "name", type_of(flow));
    if (jx_int(page, "end") < jx_int(page, "total"))
        jx_set_format(result, "next", "the same with offset %lld reads on",
                      (long long)jx_int(page, "end"));
    else if (jx_int(page, "start") > 0)
        jx_set_format(result, "next",
                      "this is the end of the log; offset 0 reads from its "
                      "start");
    return flow_done(flow, result);
}

void monitor_get_log(struct flow *flow, json_t *arguments, struct reply *reply)
{
    flow_run(flow, &logs_flow, arguments, reply);
}
