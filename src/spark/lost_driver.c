#include "spark/lost_driver.h"

#include "base/jx.h"
#include "spark/master.h"
#include "spark/worker.h"

enum { WORKERS_MAX = 16 };

struct search {
    struct reply master, pages[WORKERS_MAX];
    json_t *urls;
};

static flow_step list_workers, ask_workers, find_row;

static void release(void *state)
{
    json_decref(((struct search *)state)->urls);
}

static const struct flow_type search_flow = {.name = "lost-driver",
                                             .first = list_workers,
                                             .state_size = sizeof(struct search),
                                             .release = release};

static struct next list_workers(struct flow *flow)
{
    struct search *search = flow_state(flow);

    search->urls = json_array();
    if (jx_has_string(flow_input(flow), "workerUrl"))
        json_array_append(search->urls, json_object_get(flow_input(flow), "workerUrl"));
    else
        master_get_state(flow, optional(&search->master));
    return flow_then(flow, ask_workers);
}

static struct next ask_workers(struct flow *flow)
{
    struct search *search = flow_state(flow);
    const json_t *worker, *url;
    size_t i;

    json_array_foreach (jx_array(search->master.body, "workers"), i, worker)
        if (jx_is(worker, "state", "ALIVE") &&
            json_array_size(search->urls) < WORKERS_MAX)
            json_array_append(search->urls, json_object_get(worker, "webuiaddress"));
    json_array_foreach (search->urls, i, url)
        worker_get_page(flow, json_string_value(url), optional(&search->pages[i]));
    return flow_then(flow, find_row);
}

static struct next find_row(struct flow *flow)
{
    struct search *search = flow_state(flow);
    const json_t *url;
    char state[24];
    size_t i;

    json_array_foreach (search->urls, i, url)
        if (worker_find_driver(search->pages[i].body, jx_string(flow_input(flow), "id"),
                               state, sizeof state))
            return flow_done(flow,
                             jx_pack("{s:s, s:O}", "state", state, "workerUi", url));
    return flow_done(flow, json_object());
}

void lost_driver_find(struct flow *flow, const char *driver_id, const char *worker_url,
                      struct reply *reply)
{
    flow_run(flow, &search_flow,
             jx_pack("{s:s, s:s}", "id", driver_id, "workerUrl", worker_url), reply);
}
