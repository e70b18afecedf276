/* How the JSON of Spark's master and history server becomes the rows of monitor-cluster.
 */
#include "tools/monitor/view.h"

#include "base/jx.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { NAME_SHOWN = 60, HISTORY_MOST = 1000 };

static void set_time(json_t *row, const char *key, int64_t ms)
{
    char text[32];

    if (ms <= 0)
        return;
    text_time(ms, text, sizeof text);
    jx_set_format(row, key, "%sZ", text);
}

static void set_seconds(json_t *row, const char *key, int64_t ms)
{
    json_object_set_new(row, key, json_real((double)(ms / 100) / 10));
}

static size_t count_in_state(const json_t *list, const char *state)
{
    const json_t *member;
    size_t i, count = 0;

    json_array_foreach (list, i, member)
        if (jx_is(member, "state", state))
            count++;
    return count;
}

json_t *view_cluster(const json_t *master)
{
    const json_t *workers = jx_array(master, "workers");
    json_int_t free_cores = 0, free_memory = 0, most_cores = 0, most_memory = 0;
    const json_t *worker;
    size_t i;

    json_array_foreach (workers, i, worker) {
        json_int_t cores = jx_int(worker, "coresfree"),
                   memory = jx_int(worker, "memoryfree");
        if (!jx_is(worker, "state", "ALIVE"))
            continue;
        free_cores += cores;
        free_memory += memory;
        if (cores > 0 && memory > most_memory) {
            most_memory = memory;
            most_cores = cores;
        }
    }
    return jx_pack(
        "{s:s, s:s, s:I, s:{s:I, s:I}, s:{s:I, s:I}, s:I, s:I, s:I, s:I, s:{s:I, s:I, "
        "s:I, s:I}}",
        "master", jx_string(master, "url"), "status", jx_string(master, "status"),
        "workersAlive", (json_int_t)count_in_state(workers, "ALIVE"), "cores", "used",
        jx_int(master, "coresused"), "total", jx_int(master, "cores"), "memoryMiB",
        "used", jx_int(master, "memoryused"), "total", jx_int(master, "memory"),
        "applicationsRunning",
        (json_int_t)count_in_state(jx_array(master, "activeapps"), "RUNNING"),
        "applicationsWaiting",
        (json_int_t)count_in_state(jx_array(master, "activeapps"), "WAITING"),
        "driversRunning",
        (json_int_t)count_in_state(jx_array(master, "activedrivers"), "RUNNING"),
        "driversWaiting",
        (json_int_t)count_in_state(jx_array(master, "activedrivers"), "SUBMITTED"),
        "canTake", "cores", free_cores, "memoryMiB", free_memory,
        "mostMemoryMiBOnOneWorker", most_memory, "coresOfThatWorker", most_cores);
}

json_t *view_workers(const json_t *master, size_t limit, size_t *omitted)
{
    json_t *rows = json_array();
    const json_t *worker;
    size_t i;

    json_array_foreach (jx_array(master, "workers"), i, worker) {
        if (json_array_size(rows) == limit) {
            ++*omitted;
            continue;
        }
        json_array_append_new(
            rows,
            jx_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:s}", "id",
                    jx_string(worker, "id"), "host", jx_string(worker, "host"), "state",
                    jx_string(worker, "state"), "coresUsed", jx_int(worker, "coresused"),
                    "cores", jx_int(worker, "cores"), "memoryUsedMiB",
                    jx_int(worker, "memoryused"), "memoryMiB", jx_int(worker, "memory"),
                    "ui", jx_string(worker, "webuiaddress")));
    }
    return rows;
}

static bool has_status(const struct filter *filter, const char *state)
{
    if (filter->status[0] == '\0' || strcasecmp(filter->status, state) == 0)
        return true;
    if (strcmp(filter->status, "waiting") == 0)
        return strcmp(state, "SUBMITTED") == 0;
    return strcmp(filter->status, "failed") == 0 && strcmp(state, "ERROR") == 0;
}

static bool is_wanted(const struct filter *filter, const json_t *row, int64_t start_ms,
                      int64_t end_ms)
{
    const char *id = filter->application_id;

    return (id[0] == '\0' || strcmp(id, jx_string(row, "id")) == 0) &&
           has_status(filter, jx_string(row, "state")) &&
           (filter->range == NULL || time_range_touches(filter->range, start_ms, end_ms));
}

/* Cut between characters when long. */
static json_t *name_of(const json_t *application)
{
    const char *name = jx_string(application, "name");
    size_t length = strlen(name);

    if (length > NAME_SHOWN) {
        length = NAME_SHOWN;
        while (((unsigned char)name[length] & 0xC0) == 0x80)
            length--;
    }
    return jx_text(name, length);
}

static json_t *row_of_master(const json_t *application)
{
    json_t *row = jx_pack(
        "{s:s, s:o, s:s, s:I, s:I, s:s}", "id", jx_string(application, "id"), "name",
        name_of(application), "state", jx_string(application, "state"), "cores",
        jx_int(application, "cores"), "memoryPerExecutorMiB",
        jx_int(application, "memoryperexecutor"), "user", jx_string(application, "user"));

    set_time(row, "started", jx_int(application, "starttime"));
    set_seconds(row, "seconds", jx_int(application, "duration"));
    return row;
}

/* The master knows an application's state and cores; only the history server remembers
 * those that the master has forgotten. */
static json_t *row_of_history(const json_t *application)
{
    const json_t *attempt = json_array_get(jx_array(application, "attempts"), 0);
    bool has_completed = jx_bool(attempt, "completed");
    const json_t *exit_code = json_object_get(attempt, "exitCode"); /* Spark 4.3 */
    const char *state = has_completed ? "FINISHED" : "UNKNOWN";
    json_t *row;

    if (has_completed && json_is_integer(exit_code) && json_integer_value(exit_code) != 0)
        state = "FAILED";
    row = jx_pack("{s:s, s:o, s:s, s:s}", "id", jx_string(application, "id"), "name",
                  name_of(application), "state", state, "user",
                  jx_string(attempt, "sparkUser"));
    set_time(row, "started", jx_int(attempt, "startTimeEpoch"));
    set_seconds(row, "seconds", jx_int(attempt, "duration"));
    return row;
}

static int compare_newest_first(const void *a, const void *b)
{
    return strcmp(jx_string(*(json_t *const *)b, "started"),
                  jx_string(*(json_t *const *)a, "started"));
}

/* Sorts rows by their start, newest first, and cuts them. */
static json_t *cut(json_t *rows, size_t limit, size_t *omitted)
{
    size_t count = json_array_size(rows), i;
    json_t **sorted, *kept, *row;

    if (count == 0)
        return rows;
    sorted = malloc(count * sizeof *sorted);
    if (sorted == NULL)
        BUG("out of memory");
    json_array_foreach (rows, i, row)
        sorted[i] = row;
    qsort(sorted, count, sizeof *sorted, compare_newest_first);
    kept = json_array();
    for (i = 0; i < count && i < limit; i++)
        json_array_append(kept, sorted[i]);
    *omitted += count - i;
    free(sorted);
    json_decref(rows);
    return kept;
}

static void add_of_master(json_t *rows, json_t *known, const json_t *list, bool is_active,
                          const struct filter *filter)
{
    const json_t *application;
    size_t i;

    json_array_foreach (list, i, application) {
        json_t *row = row_of_master(application);
        int64_t start_ms = jx_int(application, "starttime");
        int64_t end_ms = is_active ? 0 : start_ms + jx_int(application, "duration");

        if (json_object_get(known, jx_string(application, "id")) == NULL &&
            is_wanted(filter, row, start_ms, end_ms))
            json_array_append(rows, row);
        json_object_set_new(known, jx_string(application, "id"), json_true());
        json_decref(row);
    }
}

json_t *view_applications(const json_t *master, json_t *applications,
                          const struct filter *filter, size_t *omitted)
{
    json_t *rows = json_array();
    json_auto_t *known = json_object(); /* ids that the master has */
    json_auto_t *list = json_is_object(applications) ? jx_pack("[O]", applications)
                                                     : json_incref(applications);
    const json_t *application;
    size_t i;

    add_of_master(rows, known, jx_array(master, "activeapps"), true, filter);
    add_of_master(rows, known, jx_array(master, "completedapps"), false, filter);
    json_array_foreach (list, i, application) {
        const json_t *attempt = json_array_get(jx_array(application, "attempts"), 0);
        json_t *row;

        if (json_object_get(known, jx_string(application, "id")) != NULL)
            continue;
        row = row_of_history(application);
        if (is_wanted(filter, row, jx_int(attempt, "startTimeEpoch"),
                      jx_bool(attempt, "completed")
                          ? jx_int(attempt, "endTimeEpoch")
                          : jx_int(attempt, "lastUpdatedEpoch")))
            json_array_append(rows, row);
        json_decref(row);
    }
    return cut(rows, filter->limit, omitted);
}

static void add_drivers(json_t *rows, const json_t *list, bool is_active,
                        const struct filter *filter)
{
    const json_t *driver;
    size_t i;

    json_array_foreach (list, i, driver) {
        int64_t start_ms = jx_int(driver, "starttime");
        json_t *row = jx_pack(
            "{s:s, s:s, s:I, s:I, s:s}", "id", jx_string(driver, "id"), "state",
            jx_string(driver, "state"), "cores", jx_int(driver, "cores"), "memoryMiB",
            jx_int(driver, "memory"), "mainClass", jx_string(driver, "mainclass"));
        bool is_placed = !jx_is(driver, "worker", "None");

        if (is_placed)
            jx_set_string(row, "worker", jx_string(driver, "worker"));

        set_time(row, "started", start_ms);
        /* When an ended driver ended, the master does not tell. */
        if (is_wanted(filter, row, start_ms, is_active ? 0 : start_ms))
            json_array_append(rows, row);
        json_decref(row);
    }
}

json_t *view_drivers(const json_t *master, const struct filter *filter, size_t *omitted)
{
    json_t *rows = json_array();

    add_drivers(rows, jx_array(master, "activedrivers"), true, filter);
    add_drivers(rows, jx_array(master, "completeddrivers"), false, filter);
    return cut(rows, filter->limit, omitted);
}

json_t *view_executors(const char *application_id, bool is_running,
                       const json_t *executors)
{
    json_t *rows = json_array();
    const json_t *executor;
    size_t i;

    json_array_foreach (executors, i, executor) {
        json_int_t duration = jx_int(executor, "totalDuration");
        json_int_t collecting = jx_int(executor, "totalGCTime");
        bool is_active = jx_bool(executor, "isActive");
        json_t *row =
            jx_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
                    "application", application_id, "id", jx_string(executor, "id"),
                    "hostPort", jx_string(executor, "hostPort"), "state",
                    !is_active   ? "LOST"
                    : is_running ? "ACTIVE"
                                 : "ENDED",
                    "cores", jx_int(executor, "totalCores"), "activeTasks",
                    jx_int(executor, "activeTasks"), "completedTasks",
                    jx_int(executor, "completedTasks"), "failedTasks",
                    jx_int(executor, "failedTasks"), "gcPercent",
                    duration > 0 ? collecting * 100 / duration : 0, "storageUsedMiB",
                    jx_int(executor, "memoryUsed") >> 20, "storageMiB",
                    jx_int(executor, "maxMemory") >> 20);

        jx_set_string(row, "why", jx_string(executor, "removeReason"));
        json_array_append_new(rows, row);
    }
    return rows;
}

/* The history server's own filters leave less to send; what they let through is judged
 * again. */
void view_history_query(const struct filter *filter, char *query, size_t size)
{
    int length = snprintf(query, size, "applications?limit=%d", HISTORY_MOST);
    char from[40], to[40];
    struct tm fields;
    time_t seconds;

    if (filter->application_id[0] != '\0') {
        struct buffer path = {0};
        buffer_add_text(&path, "applications/");
        text_add_url_part(&path, filter->application_id);
        snprintf(query, size, "%s", buffer_text(&path));
        buffer_release(&path);
        return;
    }
    if (filter->range == NULL)
        return;
    seconds = (time_t)(filter->range->from_ms / 1000);
    strftime(from, sizeof from, "%Y-%m-%dT%H:%M:%S.000GMT", gmtime_r(&seconds, &fields));
    seconds = (time_t)(filter->range->to_ms / 1000 + 1);
    strftime(to, sizeof to, "%Y-%m-%dT%H:%M:%S.000GMT", gmtime_r(&seconds, &fields));
    snprintf(query + length, size - (size_t)length, "&minEndDate=%s&maxDate=%s", from,
             to);
}
