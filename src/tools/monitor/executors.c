/*
 * The executors of one application. Its live UI knows most, but its address stands only
 * on the master's HTML page of the application; the history server knows what was logged.
 */
#include "tools/monitor/view.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "base/text.h"
#include "http.h"
#include "spark/cluster.h"
#include "spark/history.h"

#include <stdio.h>
#include <string.h>

struct executors {
    struct reply page, logged, live;
};

static flow_step find_ui, ask_ui, answer;
static const struct flow_type executors_flow = {
    .name = "executors", .first = find_ui, .state_size = sizeof(struct executors)};

static const char *id_of(struct flow *flow)
{
    return jx_string(flow_input(flow), "id");
}

static struct next find_ui(struct flow *flow)
{
    struct executors *executors = flow_state(flow);
    struct buffer path = {0};

    buffer_add_text(&path, "applications/");
    text_add_url_part(&path, id_of(flow));
    buffer_add_text(&path, "/allexecutors");
    history_get(flow, buffer_text(&path), optional(&executors->logged));
    if (jx_bool(flow_input(flow), "isRunning")) {
        struct buffer url = {0};
        buffer_printf(&url, "%s/app/?appId=", cluster_ui_url(0));
        text_add_url_part(&url, id_of(flow));
        http_send(flow,
                  &(struct http_request){
                      .service = HTTP_UI, .url = buffer_text(&url), .wants_text = true},
                  optional(&executors->page));
        buffer_release(&url);
    }
    buffer_release(&path);
    return flow_then(flow, ask_ui);
}

/* <a href="http://host:4040">Application Detail UI</a>; behind a reverse proxy the
 * address begins with a slash. */
static bool find_link(const char *page, char *url, size_t size)
{
    const char *label = strstr(page, "Application Detail UI"), *start = NULL;

    if (label == NULL)
        return false;
    for (const char *at = strstr(page, "href=\""); at != NULL && at < label;
         at = strstr(at + 1, "href=\""))
        start = at + strlen("href=\"");
    if (start == NULL)
        return false;
    snprintf(url, size, "%s%.*s", *start == '/' ? cluster_ui_url(0) : "",
             (int)strcspn(start, "\""), start);
    return true;
}

static struct next ask_ui(struct flow *flow)
{
    struct executors *executors = flow_state(flow);
    char url[400];

    if (find_link(jx_string(executors->page.body, "text"), url, sizeof url)) {
        while (text_ends_with(url, "/"))
            url[strlen(url) - 1] = '\0';
        live_get(flow, url, id_of(flow), "allexecutors", optional(&executors->live));
    }
    return flow_then(flow, answer);
}

static struct next answer(struct flow *flow)
{
    struct executors *executors = flow_state(flow);
    json_t *found = json_is_array(executors->live.body) ? executors->live.body
                                                        : executors->logged.body;
    json_t *result =
        jx_pack("{s:b}", "isRunning", jx_bool(flow_input(flow), "isRunning"));

    if (json_is_array(found))
        json_object_set(result, "executors", found);
    else
        jx_set_format(
            result, "warning",
            "the executors of %s cannot be seen: %s%s%s; an application must log its "
            "events (spark.eventLog.enabled) for the history server to know them",
            id_of(flow), executors->live.failed ? executors->live.error.message : "",
            executors->live.failed ? "; " : "", executors->logged.error.message);
    return flow_done(flow, result);
}

void monitor_get_executors(struct flow *flow, const char *application_id, bool is_running,
                           struct reply *reply)
{
    flow_run(flow, &executors_flow,
             jx_pack("{s:s, s:b}", "id", application_id, "isRunning", is_running), reply);
}
