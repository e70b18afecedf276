#include "spark/monitoring.h"

#include "base/jx.h"
#include "spark/history.h"
#include "spark/master.h"

enum {
    UI_WAIT_MS = 15000
}; /* the first answer of a UI takes seconds on a busy machine */

struct monitoring {
    struct reply ui, logged, live;
};

static flow_step find_ui, ask_ui, choose;
static const struct flow_type monitoring_flow = {
    .name = "monitoring", .first = find_ui, .state_size = sizeof(struct monitoring)};

static const char *input(struct flow *flow, const char *key)
{
    return jx_string(flow_input(flow), key);
}

static struct next find_ui(struct flow *flow)
{
    struct monitoring *monitoring = flow_state(flow);

    if (!master_is_own_application(input(flow, "id")))
        history_get_application(flow, input(flow, "id"), input(flow, "path"),
                                optional(&monitoring->logged));
    if (jx_bool(flow_input(flow), "isRunning"))
        master_get_application_ui(flow, input(flow, "id"), optional(&monitoring->ui));
    return flow_then(flow, ask_ui);
}

static struct next ask_ui(struct flow *flow)
{
    struct monitoring *monitoring = flow_state(flow);
    const char *url = jx_string(monitoring->ui.body, "url");

    if (url[0] != '\0')
        live_get(flow, url, input(flow, "id"), input(flow, "path"), UI_WAIT_MS,
                 optional(&monitoring->live));
    return flow_then(flow, choose);
}

static struct next choose(struct flow *flow)
{
    struct monitoring *monitoring = flow_state(flow);
    const struct reply *live = &monitoring->live, *logged = &monitoring->logged;

    if (live->body != NULL)
        return flow_done(flow, json_incref(live->body));
    if (logged->body != NULL)
        return flow_done(flow, json_incref(logged->body));
    return flow_refuse(
        flow, ERROR_NOT_FOUND,
        "An application must log its events (spark.eventLog.enabled) for the history "
        "server to know it.",
        "%s%s%s", live->failed ? live->error.message : "", live->failed ? "; " : "",
        logged->error.message);
}

void monitoring_get(struct flow *flow, const char *application_id, bool is_running,
                    const char *path, struct reply *reply)
{
    flow_run(flow, &monitoring_flow,
             jx_pack("{s:s, s:b, s:s}", "id", application_id, "isRunning", is_running,
                     "path", path),
             reply);
}
