#include "spark/history.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "base/text.h"
#include "http.h"
#include "spark/cluster.h"

#include <time.h>

enum { LIVE_TIMEOUT_MS = 2500, APPLICATIONS_MAX = 1000 };

void history_get(struct flow *flow, const char *path, struct reply *reply)
{
    struct buffer url = {0};

    buffer_printf(&url, "%s/api/v1/%s", cluster_history_url(), path);
    http_get(flow, HTTP_HISTORY, buffer_text(&url), reply);
    buffer_release(&url);
}

/* As the API reads dates. */
static void add_time(struct buffer *query, const char *key, time_t seconds)
{
    char text[40];
    struct tm fields;

    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S.000GMT", gmtime_r(&seconds, &fields));
    buffer_printf(query, "&%s=%s", key, text);
}

/* Its own filters leave less to send; they let more through than what is asked for. */
void history_get_applications(struct flow *flow, int64_t from_ms, int64_t to_ms,
                              struct reply *reply)
{
    struct buffer query = {0};

    buffer_printf(&query, "applications?limit=%d", APPLICATIONS_MAX);
    if (from_ms != 0 || to_ms != 0) {
        add_time(&query, "minEndDate", (time_t)(from_ms / 1000));
        add_time(&query, "maxDate", (time_t)(to_ms / 1000 + 1));
    }
    history_get(flow, buffer_text(&query), reply);
    buffer_release(&query);
}

void history_get_application(struct flow *flow, const char *application_id,
                             const char *path, struct reply *reply)
{
    struct buffer query = {0};

    buffer_add_text(&query, "applications/");
    text_add_url_part(&query, application_id);
    buffer_printf(&query, "%s%s", path[0] != '\0' ? "/" : "", path);
    history_get(flow, buffer_text(&query), reply);
    buffer_release(&query);
}

/* ---- a live driver: ask_driver, ask_proxy, choose ---- */

struct live {
    struct reply direct, proxied;
};

static flow_step ask_driver, ask_proxy, choose;
static const struct flow_type live_flow = {
    .name = "live", .first = ask_driver, .state_size = sizeof(struct live)};

static void get_at(struct flow *flow, const char *base, struct reply *reply)
{
    const json_t *input = flow_input(flow);
    struct buffer url = {0};

    buffer_printf(&url, "%s/api/v1/applications/", base);
    text_add_url_part(&url, jx_string(input, "applicationId"));
    buffer_printf(&url, "/%s", jx_string(input, "path"));
    http_send(flow,
              &(struct http_request){.service = HTTP_UI,
                                     .url = buffer_text(&url),
                                     .timeout_ms = LIVE_TIMEOUT_MS},
              optional(reply));
    buffer_release(&url);
}

static struct next ask_driver(struct flow *flow)
{
    struct live *live = flow_state(flow);

    get_at(flow, jx_string(flow_input(flow), "uiUrl"), &live->direct);
    return flow_then(flow, ask_proxy);
}

/* spark.ui.reverseProxy=true on the master makes drivers readable at /proxy/<id>/. */
static struct next ask_proxy(struct flow *flow)
{
    struct live *live = flow_state(flow);
    struct buffer base = {0};

    if (live->direct.failed) {
        buffer_printf(&base, "%s/proxy/", cluster_ui_url(0));
        text_add_url_part(&base, jx_string(flow_input(flow), "applicationId"));
        get_at(flow, buffer_text(&base), &live->proxied);
        buffer_release(&base);
    }
    return flow_then(flow, choose);
}

static struct next choose(struct flow *flow)
{
    struct live *live = flow_state(flow);

    if (!live->direct.failed)
        return flow_done(flow, json_incref(live->direct.body));
    if (live->proxied.failed)
        return flow_fail(flow, &live->direct.error);
    return flow_done(flow, json_incref(live->proxied.body));
}

void live_get(struct flow *flow, const char *ui_url, const char *application_id,
              const char *path, struct reply *reply)
{
    flow_run(flow, &live_flow,
             jx_pack("{s:s, s:s, s:s}", "uiUrl", ui_url, "applicationId", application_id,
                     "path", path),
             reply);
}
