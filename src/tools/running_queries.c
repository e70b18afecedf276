#include "tools/running_queries.h"

#include "base/jx.h"
#include "spark/streams.h"
#include "spark/watching.h"
#include "tools/monitor/streaming.h"

enum { LIMIT_MS = 3000, SHOWN = 5 };

struct running {
    struct reply place, page;
};

static flow_step find, read_page, tell;
static const struct flow_type running_flow = {
    .name = "running-queries", .first = find, .state_size = sizeof(struct running)};

void running_queries_look(struct flow *flow, const json_t *report, struct reply *reply)
{
    if (jx_is(report, "state", "RUNNING") && jx_has_string(report, "applicationId"))
        flow_run_for(flow, &running_flow,
                     jx_pack("{s:s}", "application", jx_string(report, "applicationId")),
                     LIMIT_MS, optional(reply));
}

void running_queries_add(const struct reply *reply, json_t *report)
{
    if (json_array_size(reply->body) > 0)
        json_object_set(report, "streaming", reply->body);
}

static struct next find(struct flow *flow)
{
    struct running *running = flow_state(flow);

    watching_find(flow, jx_string(flow_input(flow), "application"), "",
                  optional(&running->place));
    return flow_then(flow, read_page);
}

static struct next read_page(struct flow *flow)
{
    struct running *running = flow_state(flow);

    if (running->place.body == NULL || !watching_is_live(running->place.body))
        return flow_done(flow, NULL);
    streams_get(flow, running->place.body, optional(&running->page));
    return flow_then(flow, tell);
}

static struct next tell(struct flow *flow)
{
    struct running *running = flow_state(flow);
    json_auto_t *queries = streams_read(running->page.body);
    json_t *rows = json_array();
    const json_t *query;
    size_t i;

    json_array_foreach (queries, i, query)
        if (i < SHOWN)
            json_array_append_new(rows, streaming_row(query, NULL));
    return flow_done(flow, rows);
}
