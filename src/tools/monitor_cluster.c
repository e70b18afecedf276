/*
 * monitor-cluster: the cluster, its applications, executors, drivers and logs. Master and
 * history server are asked at the same time; what is out of reach is left out with a
 * warning.
 */
#include "tools/tool.h"

#include "base/clock.h"
#include "base/jx.h"
#include "embedded.h"
#include "spark/driver.h"
#include "spark/history.h"
#include "spark/local.h"
#include "spark/master.h"
#include "tools/advice.h"
#include "tools/describe.h"
#include "tools/long_work.h"
#include "tools/monitor/view.h"

#include <stdio.h>
#include <string.h>

enum { ROWS = 20, APPLICATIONS_MAX = 8 };

struct monitor {
    struct reply local, master, applications, part;
    struct reply executors[APPLICATIONS_MAX];
    struct time_range range;
    struct filter filter;
};

static flow_step start_spark, ask, ask_executors, answer, answer_part;
static void describe(const json_t *result, struct buffer *text);

const struct tool monitor_cluster = {
    .name = "monitor-cluster",
    .definition = embedded_monitor_cluster,
    .flow = {.name = "monitor-cluster",
             .first = start_spark,
             .state_size = sizeof(struct monitor)},
    .describe = describe,
};

static const char *argument(struct flow *flow, const char *name)
{
    return jx_string(flow_input(flow), name);
}

/* What is shown: an application_id alone means its executors. */
static const char *metric_of(struct flow *flow)
{
    if (argument(flow, "metric_type")[0] != '\0')
        return argument(flow, "metric_type");
    return argument(flow, "application_id")[0] != '\0' ? "executors" : "cluster";
}

static bool shows(struct flow *flow, const char *metric)
{
    return strcmp(metric_of(flow), metric) == 0;
}

static struct next start_spark(struct flow *flow)
{
    struct monitor *monitor = flow_state(flow);
    const char *range = argument(flow, "time_range");
    struct error error;

    if (range[0] != '\0' &&
        !time_range_parse(range, clock_wall_ms(), &monitor->range, &error))
        return flow_fail(flow, &error);
    monitor->filter = (struct filter){
        .range = range[0] != '\0' ? &monitor->range : NULL,
        .status = argument(flow, "status"),
        .application_id = argument(flow, "application_id"),
        .limit = (size_t)jx_int_or(flow_input(flow), "limit", ROWS),
    };
    if (shows(flow, "executors") && monitor->filter.application_id[0] == '\0')
        monitor->filter.status = "running";
    local_ensure(flow, &monitor->local);
    return flow_then(flow, ask);
}

static struct next ask(struct flow *flow)
{
    struct monitor *monitor = flow_state(flow);
    char query[300];

    if (shows(flow, "logs")) {
        monitor_get_log(flow, json_incref(flow_input(flow)), &monitor->part);
        return flow_then(flow, answer_part);
    }
    if (argument(flow, "operation_id")[0] != '\0') {
        long_work_follow(flow, argument(flow, "operation_id"),
                         (int)jx_int(flow_input(flow), "wait_seconds"), &monitor->part);
        return flow_then(flow, answer_part);
    }
    if (argument(flow, "submission_id")[0] != '\0') {
        driver_follow(flow, argument(flow, "submission_id"),
                      (int)jx_int(flow_input(flow), "wait_seconds"), true,
                      &monitor->part);
        return flow_then(flow, answer_part);
    }
    /* Without the master there is still the history server's half to tell. */
    if (shows(flow, "applications") || argument(flow, "application_id")[0] != '\0') {
        view_history_query(&monitor->filter, query, sizeof query);
        history_get(flow, query, optional(&monitor->applications));
        optional(&monitor->master);
    }
    master_get_state(flow, &monitor->master);
    return flow_then(flow, ask_executors);
}

static struct next answer_part(struct flow *flow)
{
    struct monitor *monitor = flow_state(flow);

    if (shows(flow, "logs"))
        return flow_done(flow, json_incref(monitor->part.body));
    if (argument(flow, "operation_id")[0] != '\0')
        return flow_done(flow, jx_pack("{s:O}", "operation", monitor->part.body));
    advice_for_report(monitor->part.body);
    return flow_done(flow, jx_pack("{s:O}", "job", monitor->part.body));
}

static struct next ask_executors(struct flow *flow)
{
    struct monitor *monitor = flow_state(flow);
    const json_t *active = jx_array(monitor->master.body, "activeapps");
    const char *wanted = argument(flow, "application_id");
    const json_t *application;
    size_t i;

    if (monitor->master.failed && monitor->applications.failed)
        return flow_fail(flow, &monitor->master.error);
    if (!shows(flow, "executors"))
        return flow_then(flow, answer);
    if (wanted[0] != '\0') {
        const json_t *known = master_find_application(monitor->master.body, wanted);
        bool has_ended = known != NULL && !jx_is(known, "state", "RUNNING") &&
                         !jx_is(known, "state", "WAITING");
        monitor_get_executors(flow, wanted, !has_ended, &monitor->executors[0]);
        return flow_then(flow, answer);
    }
    json_array_foreach (active, i, application)
        if (i < APPLICATIONS_MAX)
            monitor_get_executors(flow, jx_string(application, "id"), true,
                                  &monitor->executors[i]);
    return flow_then(flow, answer);
}

static void warn(json_t *warnings, const char *what, const struct error *error)
{
    json_array_append_new(warnings, jx_format("%s: %s%s%s. %s", what, error->message,
                                              error->detail[0] != '\0' ? ": " : "",
                                              error->detail, error->next));
}

static void add_executors(struct flow *flow, json_t *result, json_t *warnings)
{
    struct monitor *monitor = flow_state(flow);
    const char *wanted = argument(flow, "application_id");
    json_t *rows = json_array();
    size_t asked = 0;

    for (size_t i = 0; i < APPLICATIONS_MAX; i++) {
        const json_t *body = monitor->executors[i].body;
        const json_t *application =
            json_array_get(jx_array(monitor->master.body, "activeapps"), i);
        json_auto_t *found = NULL;

        if (body == NULL)
            continue;
        asked++;
        found = view_executors(wanted[0] != '\0' ? wanted : jx_string(application, "id"),
                               jx_bool(body, "isRunning"), jx_array(body, "executors"));
        json_array_extend(rows, found);
        if (jx_has_string(body, "warning"))
            json_array_append(warnings, json_object_get(body, "warning"));
    }
    json_object_set_new(result, "executors", rows);
    if (wanted[0] == '\0' &&
        json_array_size(jx_array(monitor->master.body, "activeapps")) > asked)
        json_array_append_new(warnings,
                              jx_format("only the first %d applications' executors "
                                        "are shown; give an application_id for "
                                        "others",
                                        APPLICATIONS_MAX));
}

static bool is_unknown_application(struct flow *flow, const json_t *result)
{
    return argument(flow, "application_id")[0] != '\0' &&
           json_array_size(jx_array(result, "applications")) == 0 &&
           json_array_size(jx_array(result, "executors")) == 0;
}

static struct next answer(struct flow *flow)
{
    struct monitor *monitor = flow_state(flow);
    const struct filter *filter = &monitor->filter;
    const json_t *master = monitor->master.body;
    json_t *result = json_object();
    json_auto_t *warnings = json_array();
    size_t omitted = 0;
    struct error error;

    if (shows(flow, "cluster")) {
        json_object_set_new(result, "cluster", view_cluster(master));
        json_object_set_new(result, "workers",
                            view_workers(master, filter->limit, &omitted));
    }
    if (shows(flow, "drivers"))
        json_object_set_new(result, "drivers", view_drivers(master, filter, &omitted));
    if (shows(flow, "applications") || shows(flow, "executors"))
        json_object_set_new(
            result, "applications",
            view_applications(master, monitor->applications.body, filter, &omitted));
    if (shows(flow, "executors"))
        add_executors(flow, result, warnings);
    if (monitor->master.failed)
        warn(warnings,
             "without the master, states and running applications are "
             "missing",
             &monitor->master.error);
    if (monitor->applications.failed &&
        monitor->applications.error.kind != ERROR_NOT_FOUND)
        warn(warnings, "without the history server, older applications are missing",
             &monitor->applications.error);
    if (is_unknown_application(flow, result)) {
        json_decref(result);
        error_set(&error, ERROR_NOT_FOUND, "no application '%.100s' is known",
                  argument(flow, "application_id"));
        if (json_array_size(warnings) > 0)
            error_detail(&error, "%s", json_string_value(json_array_get(warnings, 0)));
        error_next(&error, "monitor-cluster with metric_type 'applications' lists them.");
        return flow_fail(flow, &error);
    }
    if (omitted > 0)
        json_object_set_new(result, "omitted", json_integer((json_int_t)omitted));
    if (json_array_size(warnings) > 0)
        json_object_set(result, "warnings", warnings);
    return flow_done(flow, result);
}

/* ---- as text ---- */

static void describe_cluster(const json_t *cluster, struct buffer *text)
{
    const json_t *cores = jx_object(cluster, "cores"),
                 *memory = jx_object(cluster, "memoryMiB");
    const json_t *room = jx_object(cluster, "canTake");

    buffer_printf(
        text,
        "Master %s is %s; %lld workers alive, %lld of %lld cores and %lld of %lld MiB "
        "used.\n",
        jx_string(cluster, "master"), jx_string(cluster, "status"),
        (long long)jx_int(cluster, "workersAlive"), (long long)jx_int(cores, "used"),
        (long long)jx_int(cores, "total"), (long long)jx_int(memory, "used"),
        (long long)jx_int(memory, "total"));
    buffer_printf(text,
                  "Applications: %lld running, %lld waiting. Drivers: %lld running, %lld "
                  "waiting.\n",
                  (long long)jx_int(cluster, "applicationsRunning"),
                  (long long)jx_int(cluster, "applicationsWaiting"),
                  (long long)jx_int(cluster, "driversRunning"),
                  (long long)jx_int(cluster, "driversWaiting"));
    buffer_printf(
        text,
        "Free: %lld cores and %lld MiB in all; the largest piece on one worker is "
        "%lld MiB with %lld cores.\n\n",
        (long long)jx_int(room, "cores"), (long long)jx_int(room, "memoryMiB"),
        (long long)jx_int(room, "mostMemoryMiBOnOneWorker"),
        (long long)jx_int(room, "coresOfThatWorker"));
}

static void describe_part(const json_t *result, const char *key, const char *none,
                          const struct column *columns, size_t count, struct buffer *text)
{
    const json_t *rows = jx_array(result, key);

    if (rows == NULL)
        return;
    if (json_array_size(rows) == 0)
        buffer_printf(text, "%s\n", none);
    else
        describe_table(rows, columns, count, text);
}

static void describe_log(const json_t *log, struct buffer *text)
{
    buffer_printf(text, "%s, bytes %lld-%lld of %lld:\n%s\n", jx_string(log, "name"),
                  (long long)jx_int(log, "start"), (long long)jx_int(log, "end"),
                  (long long)jx_int(log, "total"), jx_string(log, "text"));
}

/* A run's result reads as its tool writes it. */
static void describe_operation(const json_t *operation, struct buffer *text)
{
    const struct tool *tool = tool_find(jx_string(operation, "tool"));
    const json_t *result = jx_object(operation, "result");

    if (result == NULL || tool == NULL) {
        describe_value(operation, text);
        return;
    }
    buffer_printf(text, "%s of %s FINISHED after %.1f s\n",
                  jx_string(operation, "operationId"), tool->name,
                  json_number_value(json_object_get(operation, "seconds")));
    tool->describe(result, text);
}

static void describe(const json_t *result, struct buffer *text)
{
    static const struct column workers[] = {{"host", "worker"},
                                            {"state", "state"},
                                            {"coresUsed", "cores used"},
                                            {"cores", "of"},
                                            {"memoryUsedMiB", "MiB used"},
                                            {"memoryMiB", "of"},
                                            {"id", "id"},
                                            {"ui", "ui"}};
    static const struct column applications[] = {{"id", "application"},
                                                 {"name", "name"},
                                                 {"state", "state"},
                                                 {"started", "started"},
                                                 {"seconds", "seconds"},
                                                 {"cores", "cores"},
                                                 {"memoryPerExecutorMiB", "MiB/executor"},
                                                 {"user", "user"}};
    static const struct column executors[] = {{"application", "application"},
                                              {"id", "executor"},
                                              {"hostPort", "host"},
                                              {"state", "state"},
                                              {"cores", "cores"},
                                              {"activeTasks", "active"},
                                              {"completedTasks", "done"},
                                              {"failedTasks", "failed"},
                                              {"gcPercent", "GC %"},
                                              {"storageUsedMiB", "MiB used"},
                                              {"storageMiB", "of"},
                                              {"why", "why lost"}};
    static const struct column drivers[] = {
        {"id", "driver"},           {"state", "state"},   {"started", "started"},
        {"cores", "cores"},         {"memoryMiB", "MiB"}, {"worker", "worker"},
        {"mainClass", "main class"}};

    if (jx_object(result, "job") != NULL) {
        describe_job(jx_object(result, "job"), text);
        return;
    }
    if (jx_object(result, "operation") != NULL) {
        describe_operation(jx_object(result, "operation"), text);
        return;
    }
    if (jx_object(result, "cluster") != NULL)
        describe_cluster(jx_object(result, "cluster"), text);
    if (jx_object(result, "log") != NULL)
        describe_log(jx_object(result, "log"), text);
    describe_part(result, "workers", "No workers.", workers,
                  sizeof workers / sizeof *workers, text);
    describe_part(result, "applications", "No applications.", applications,
                  sizeof applications / sizeof *applications, text);
    describe_part(result, "executors", "No executors.", executors,
                  sizeof executors / sizeof *executors, text);
    describe_part(result, "drivers", "No drivers.", drivers,
                  sizeof drivers / sizeof *drivers, text);
    if (jx_int(result, "omitted") > 0)
        buffer_printf(text, "%lld more; raise limit to see them.\n",
                      (long long)jx_int(result, "omitted"));
    describe_warnings(result, text);
}
