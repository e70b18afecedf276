#include "tools/monitor/timeline.h"

#include "base/jx.h"
#include "base/memory.h"
#include "spark/watching.h"
#include "tools/monitor/rows.h"

#include <stdlib.h>

enum { STEPS_SHOWN = 10, CORES_MAX = 1000000 };

struct change {
    json_int_t at_ms, executors, cores;
};

static int compare(const void *first, const void *second)
{
    const struct change *a = first, *b = second;

    return a->at_ms < b->at_ms ? -1 : a->at_ms > b->at_ms;
}

/* In order of time; how many. The driver is no executor, but in local mode. */
static size_t read_changes(const json_t *executors, struct change *changes)
{
    const json_t *executor;
    size_t count = 0, i;

    json_array_foreach (executors, i, executor) {
        json_int_t cores = jx_int(executor, "totalCores"),
                   added = time_of(executor, "addTime"),
                   removed = time_of(executor, "removeTime");

        if (added == UNKNOWN || cores == 0)
            continue;
        cores = cores < CORES_MAX ? cores : CORES_MAX;
        changes[count++] = (struct change){added, 1, cores};
        if (removed != UNKNOWN)
            changes[count++] = (struct change){removed, -1, -cores};
    }
    qsort(changes, count, sizeof *changes, compare);
    return count;
}

void timeline_add(json_t *result, const json_t *executors)
{
    struct change *changes =
        memory_new((2 * json_array_size(executors) + 1) * sizeof *changes);
    size_t count = read_changes(executors, changes);
    json_int_t now = 0, cores = 0, most = 0, most_cores = 0;
    size_t every = (count + STEPS_SHOWN - 1) / STEPS_SHOWN;
    json_t *steps = json_array();

    for (size_t i = 0; i < count; i++) {
        now += changes[i].executors;
        cores += changes[i].cores;
        most = now > most ? now : most;
        most_cores = cores > most_cores ? cores : most_cores;
        if (i % every == 0 || i + 1 == count) {
            json_t *step = json_object();
            row_set_time(step, "from", changes[i].at_ms);
            row_set_number(step, "executors", now);
            row_set_number(step, "cores", cores);
            json_array_append_new(steps, step);
        }
    }
    if (count > 0) {
        json_object_set(result, "timeline", steps);
        row_set_number(result, "peakExecutors", most);
        row_set_number(result, "peakCores", most_cores);
    }
    json_decref(steps);
    free(changes);
}

void timeline_describe(const json_t *result, struct buffer *text)
{
    static const struct column columns[] = {
        {"from", "from"}, {"executors", "executors"}, {"cores", "cores"}};

    if (json_object_get(result, "timeline") == NULL)
        return;
    buffer_printf(text, "\nAt most %lld executors and %lld cores:\n",
                  (long long)jx_int(result, "peakExecutors"),
                  (long long)jx_int(result, "peakCores"));
    rows_describe(result, "timeline", "", columns, sizeof columns / sizeof *columns,
                  text);
}
