/* The cluster: what its master is, its workers, and what is free on them. */
#include "base/jx.h"
#include "spark/local_daemons.h"
#include "spark/master.h"
#include "tools/monitor/rows.h"
#include "tools/monitor/view.h"

struct cluster_view {
    struct reply started, master;
};

static flow_step start, ask, make_rows;
static void describe(const json_t *result, struct buffer *text);

const struct view cluster_view = {
    .name = "cluster",
    .part = "cluster",
    .flow = {.name = "cluster",
             .first = start,
             .state_size = sizeof(struct cluster_view)},
    .describe = describe,
};

static struct next start(struct flow *flow)
{
    struct cluster_view *view = flow_state(flow);

    local_daemons_ensure(flow, LOCAL_CLUSTER, &view->started);
    return flow_then(flow, ask);
}

static struct next ask(struct flow *flow)
{
    struct cluster_view *view = flow_state(flow);

    master_get_state(flow, &view->master);
    return flow_then(flow, make_rows);
}

static json_int_t count_in_state(const json_t *list, const char *state)
{
    const json_t *member;
    json_int_t count = 0;
    size_t i;

    json_array_foreach (list, i, member)
        count += jx_is(member, "state", state);
    return count;
}

/* What is free in all, and the most memory on one worker that has a core to go with it.
 */
static json_t *room_of(const json_t *workers)
{
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
    return jx_pack("{s:I, s:I, s:I, s:I}", "cores", free_cores, "memoryMiB", free_memory,
                   "mostMemoryMiBOnOneWorker", most_memory, "coresOfThatWorker",
                   most_cores);
}

static json_t *cluster_of(const json_t *master)
{
    const json_t *workers = jx_array(master, "workers"),
                 *applications = jx_array(master, "activeapps"),
                 *drivers = jx_array(master, "activedrivers");

    return jx_pack(
        "{s:s, s:s, s:I, s:{s:I, s:I}, s:{s:I, s:I}, s:I, s:I, s:I, s:I, s:o}", "master",
        jx_string(master, "url"), "status", jx_string(master, "status"), "workersAlive",
        count_in_state(workers, "ALIVE"), "cores", "used", jx_int(master, "coresused"),
        "total", jx_int(master, "cores"), "memoryMiB", "used",
        jx_int(master, "memoryused"), "total", jx_int(master, "memory"),
        "applicationsRunning", count_in_state(applications, "RUNNING"),
        "applicationsWaiting", count_in_state(applications, "WAITING"), "driversRunning",
        count_in_state(drivers, "RUNNING"), "driversWaiting",
        count_in_state(drivers, "SUBMITTED"), "canTake", room_of(workers));
}

static json_t *rows_of(const json_t *workers)
{
    json_t *rows = json_array();
    const json_t *worker;
    size_t i;

    json_array_foreach (workers, i, worker)
        json_array_append_new(
            rows,
            jx_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:s}", "id",
                    jx_string(worker, "id"), "host", jx_string(worker, "host"), "state",
                    jx_string(worker, "state"), "coresUsed", jx_int(worker, "coresused"),
                    "cores", jx_int(worker, "cores"), "memoryUsedMiB",
                    jx_int(worker, "memoryused"), "memoryMiB", jx_int(worker, "memory"),
                    "ui", jx_string(worker, "webuiaddress")));
    return rows;
}

static struct next make_rows(struct flow *flow)
{
    struct cluster_view *view = flow_state(flow);
    const json_t *master = view->master.body;
    struct filter filter = filter_of(flow_input(flow));
    json_t *result = jx_pack("{s:o}", "cluster", cluster_of(master));

    rows_set(result, "workers", rows_of(jx_array(master, "workers")), &filter);
    return flow_done(flow, result);
}

static void describe_cluster(const json_t *cluster, struct buffer *text)
{
    const json_t *cores = jx_object(cluster, "cores"),
                 *memory = jx_object(cluster, "memoryMiB"),
                 *room = jx_object(cluster, "canTake");

    buffer_printf(
        text,
        "Master %s is %s; %lld workers alive, %lld of %lld cores and %lld of %lld MiB "
        "used.\n",
        jx_string(cluster, "master"), jx_string(cluster, "status"),
        (long long)jx_int(cluster, "workersAlive"), (long long)jx_int(cores, "used"),
        (long long)jx_int(cores, "total"), (long long)jx_int(memory, "used"),
        (long long)jx_int(memory, "total"));
    buffer_printf(text,
                  "Applications: %lld running, %lld waiting. Drivers: "
                  "%lld running, %lld waiting.\n",
                  (long long)jx_int(cluster, "applicationsRunning"),
                  (long long)jx_int(cluster, "applicationsWaiting"),
                  (long long)jx_int(cluster, "driversRunning"),
                  (long long)jx_int(cluster, "driversWaiting"));
    buffer_printf(
        text,
        "Free: %lld cores and %lld MiB in all; the most on one worker is %lld MiB with "
        "%lld cores.\n\n",
        (long long)jx_int(room, "cores"), (long long)jx_int(room, "memoryMiB"),
        (long long)jx_int(room, "mostMemoryMiBOnOneWorker"),
        (long long)jx_int(room, "coresOfThatWorker"));
}

static void describe(const json_t *result, struct buffer *text)
{
    static const struct column columns[] = {{"host", "worker"},
                                            {"state", "state"},
                                            {"coresUsed", "cores used"},
                                            {"cores", "of"},
                                            {"memoryUsedMiB", "MiB used"},
                                            {"memoryMiB", "of"},
                                            {"id", "id"},
                                            {"ui", "ui"}};

    describe_cluster(jx_object(result, "cluster"), text);
    rows_describe(result, "workers", "No workers.", columns,
                  sizeof columns / sizeof *columns, text);
}
