#include "spark/local_daemons.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/clusters.h"
#include "base/jx.h"
#include "base/log.h"
#include "http.h"
#include "spark/cluster.h"
#include "spark/local.h"

#include <string.h>

enum { START_LIMIT_MS = 90000, LOOK_EVERY_MS = 100, REPORT_EVERY_MS = 1000 };

static const char *master_url(void)
{
    return cluster_ui_url(0);
}

static const struct {
    const char *name, *what, *path, *count; /* at least 1 of that: it is up */
    const char *(*url)(void);
    enum http_service service;
} kinds[LOCAL_DAEMONS] = {
    [LOCAL_CLUSTER] = {.name = "cluster",
                       .what = "master and worker",
                       .path = "json/",
                       .count = "aliveworkers",
                       .url = master_url,
                       .service = HTTP_UI},
    [LOCAL_HISTORY] = {.name = "history",
                       .what = "history server",
                       .path = "api/v1/version",
                       .url = cluster_history_url,
                       .service = HTTP_HISTORY},
};

static bool are_up[CLUSTERS_MAX][LOCAL_DAEMONS];

bool local_daemons_are_up(enum local_daemons which)
{
    return !cluster_is_local() || are_up[clusters_here()][which];
}

void local_daemons_forget(void)
{
    memset(are_up[clusters_here()], 0, sizeof are_up[clusters_here()]);
}

/* ---- waiting for them: order, look, judge ---- */

struct starting {
    struct reply ordered, state;
    int64_t started_ms, report_ms;
};

static flow_step order, look, judge;
static const struct flow_type starting_flow = {
    .name = "local-daemons", .first = order, .state_size = sizeof(struct starting)};

static enum local_daemons which(struct flow *flow)
{
    return (enum local_daemons)json_integer_value(flow_input(flow));
}

static struct next order(struct flow *flow)
{
    struct starting *starting = flow_state(flow);
    struct buffer url = {0};

    starting->started_ms = clock_ms();
    buffer_printf(&url, "%s/daemons/%s", CLUSTER_DOOR_URL, kinds[which(flow)].name);
    http_send(flow,
              &(struct http_request){
                  .service = HTTP_REST, .method = "POST", .url = buffer_text(&url)},
              &starting->ordered);
    buffer_release(&url);
    return flow_then(flow, look);
}

static struct next look(struct flow *flow)
{
    struct starting *starting = flow_state(flow);
    struct buffer url = {0};
    int64_t now = clock_ms();
    struct error error;

    if (local_daemons_are_up(which(flow))) /* another call was quicker */
        return flow_done(flow, NULL);
    if (local_has_failed(&error))
        return flow_fail(flow, &error);
    if (now - starting->started_ms > START_LIMIT_MS)
        return flow_refuse(flow, ERROR_LOCAL_SPARK,
                           "The machine may be too busy: try again.",
                           "the private Spark's %s did not answer within %d s",
                           kinds[which(flow)].what, START_LIMIT_MS / 1000);
    if (now >= starting->report_ms) {
        starting->report_ms = now + REPORT_EVERY_MS;
        flow_report(flow, (double)(now - starting->started_ms) / 1000, 0,
                    "starting the private Spark's %s", kinds[which(flow)].what);
    }
    buffer_printf(&url, "%s/%s", kinds[which(flow)].url(), kinds[which(flow)].path);
    http_get(flow, kinds[which(flow)].service, buffer_text(&url),
             optional(&starting->state));
    buffer_release(&url);
    flow_sleep(flow, LOOK_EVERY_MS);
    return flow_then(flow, judge);
}

static struct next judge(struct flow *flow)
{
    const json_t *state = ((struct starting *)flow_state(flow))->state.body;

    const char *count = kinds[which(flow)].count;

    if (state == NULL || (count != NULL && jx_int(state, count) < 1))
        return look(flow);
    log_write(LOG_INFO, "the private Spark's %s runs", kinds[which(flow)].what);
    are_up[clusters_here()][which(flow)] = true;
    return flow_done(flow, NULL);
}

void local_daemons_ensure(struct flow *flow, enum local_daemons wanted,
                          struct reply *reply)
{
    if (!local_daemons_are_up(wanted))
        flow_run(flow, &starting_flow, json_integer(wanted), reply);
}
