#include "spark/starvation.h"

#include "base/clock.h"
#include "base/jx.h"
#include "config.h"
#include "spark/master.h"

enum {
    STARVING_AFTER_MS =
        8000, /* an executor comes within a few seconds when there is room */
    LOOK_EVERY_MS = 4000,
};

bool starvation_is_due(struct starvation *starvation, const json_t *progress)
{
    int64_t now = clock_ms();

    if (jx_int(progress, "tasksTotal") == 0 || jx_int(progress, "tasksActive") > 0) {
        starvation->since_ms = 0;
        return false;
    }
    if (starvation->since_ms == 0)
        starvation->since_ms = now;
    if (now - starvation->since_ms <= STARVING_AFTER_MS ||
        now - starvation->looked_ms <= LOOK_EVERY_MS)
        return false;
    starvation->looked_ms = now;
    return true;
}

struct search {
    struct reply master;
};

static flow_step ask_master, compare_room;
static const struct flow_type search_flow = {
    .name = "find-room", .first = ask_master, .state_size = sizeof(struct search)};

static struct next ask_master(struct flow *flow)
{
    struct search *search = flow_state(flow);

    master_get_state(flow, &search->master);
    return flow_then(flow, compare_room);
}

static struct next compare_room(struct flow *flow)
{
    struct search *search = flow_state(flow);
    const json_t *master = search->master.body;
    const json_t *application =
        master_find_application(master, json_string_value(flow_input(flow)));
    json_int_t memory = jx_int(application, "memoryperexecutor");
    int cores = config_int(CONFIG_EXECUTOR_CORES);
    json_auto_t *room = NULL;

    if (application == NULL || jx_int(application, "cores") > 0 ||
        (master_has_resources(master, application) &&
         master_has_room(master, cores, memory, false)))
        return flow_done(flow, json_object());
    room = master_describe_room(master, application);
    return flow_done(
        flow, jx_pack("{s:o}", "noRoom",
                      jx_format("no worker can take an executor of the session now: "
                                "it asks for %d cores and %lld MiB; %s",
                                cores, (long long)memory, json_string_value(room))));
}

void starvation_find_room(struct flow *flow, const char *application_id,
                          struct reply *reply)
{
    flow_run(flow, &search_flow, json_string(application_id), reply);
}
