/* What the threads of a driver or an executor do now; with details, in three dumps 2 s
 * apart, so that what stands still is seen. */
#include "base/jx.h"
#include "base/text.h"
#include "spark/watching.h"
#include "tools/monitor/rows.h"
#include "tools/monitor/subject.h"
#include "tools/monitor/thread_groups.h"
#include "tools/monitor/view.h"

enum { DUMPS = 3, APART_MS = 2000, BYTES = 3400, POOLS_SHOWN = 12 };

struct threads {
    struct reply place, dumps[DUMPS];
    size_t count;
};

static flow_step find, ask, wait_for_next, show;
static void describe(const json_t *result, struct buffer *text);

const struct view threads_view = {
    .name = "threads",
    .part = "threadGroups",
    .takes = SUBJECT_IDS,
    .check = subject_check,
    .flow = {.name = "threads", .first = find, .state_size = sizeof(struct threads)},
    .describe = describe,
};

static const char *executor_of(struct flow *flow)
{
    const char *given = jx_string(flow_input(flow), "executor_id");

    return given[0] != '\0' ? given : "driver";
}

static struct next find(struct flow *flow)
{
    struct threads *threads = flow_state(flow);

    subject_find(flow, &threads->place);
    return flow_then(flow, ask);
}

static struct next ask(struct flow *flow)
{
    struct threads *threads = flow_state(flow);
    struct buffer path = {0};

    if (!watching_is_live(threads->place.body))
        return flow_refuse(
            flow, ERROR_NOT_FOUND,
            "Only a running application has threads, and its driver's UI "
            "must be reachable from here.",
            "nobody can tell of the threads of '%.100s': it is the %s that "
            "knows it",
            jx_string(threads->place.body, "id"), jx_string(threads->place.body, "from"));
    buffer_add_text(&path, "executors/");
    text_add_url_part(&path, executor_of(flow));
    buffer_add_text(&path, "/threads");
    watching_get(flow, threads->place.body, buffer_text(&path),
                 &threads->dumps[threads->count++]);
    buffer_release(&path);
    return flow_then(flow, wait_for_next);
}

static struct next wait_for_next(struct flow *flow)
{
    struct threads *threads = flow_state(flow);

    if (threads->count == DUMPS || !jx_bool(flow_input(flow), "details"))
        return show(flow);
    flow_sleep(flow, APART_MS);
    return flow_then(flow, ask);
}

static struct next show(struct flow *flow)
{
    struct threads *threads = flow_state(flow);
    const json_t *dumps[DUMPS];
    json_auto_t *result = subject_result(threads->place.body), *pools = NULL,
                *deadlock = NULL;
    struct error error;

    for (size_t i = 0; i < threads->count; i++)
        dumps[i] = threads->dumps[i].body;
    pools = thread_idle_pools(dumps[0]);
    deadlock = thread_deadlock(dumps[0]);
    jx_set_string(result, "executor", executor_of(flow));
    if (!rows_list(result,
                   &(struct listing){.part = "threadGroups", .by = "", .bytes = BYTES},
                   thread_groups(dumps, threads->count), flow_input(flow), &error))
        return flow_fail(flow, &error);
    row_set_number(result, "threads", (json_int_t)json_array_size(dumps[0]));
    row_set_number(result, "dumps", (json_int_t)threads->count);
    while (json_array_size(pools) > POOLS_SHOWN)
        json_array_remove(pools, json_array_size(pools) - 1);
    json_object_set(result, "idlePools", pools);
    json_object_set(result, "deadlock", deadlock);
    return flow_done(flow, json_incref(result));
}

static void describe(const json_t *result, struct buffer *text)
{
    static const struct column columns[] = {{"threads", "threads"}, {"name", "idle"}};
    const json_t *group;
    size_t i;

    buffer_printf(text, "%lld threads of %s, %lld dumps.\n",
                  (long long)jx_int(result, "threads"), jx_string(result, "executor"),
                  (long long)jx_int(result, "dumps"));
    if (json_array_size(jx_array(result, "deadlock")) > 0) {
        buffer_add_text(text, "DEADLOCK, each waits for the next: ");
        jx_join(text, jx_array(result, "deadlock"), " -> ");
        buffer_add_text(text, "\n");
    }
    json_array_foreach (jx_array(result, "threadGroups"), i, group) {
        buffer_printf(text, "\n%lld x %s: %s%s\n  ", (long long)jx_int(group, "threads"),
                      jx_string(group, "state"), jx_string(group, "name"),
                      jx_bool(group, "sameInAll") ? " (the same in all dumps)" : "");
        jx_join(text, jx_array(group, "frames"), "\n  ");
        buffer_add_text(text, "\n");
    }
    buffer_add_text(text, "\n");
    rows_describe(result, "idlePools", "None is idle.", columns,
                  sizeof columns / sizeof *columns, text);
}
