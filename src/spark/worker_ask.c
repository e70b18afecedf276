#include "spark/worker_ask.h"

#include "base/buffer.h"
#include "base/clusters.h"
#include "base/jx.h"
#include "base/text.h"
#include "http.h"
#include "spark/worker.h"

#include <string.h>

enum { WORKER_TIMEOUT_MS = 8000 };

/* webuiaddress to URL at the worker's host, where that differs; and of these the ones
 * where the host is what answers. */
static struct known {
    json_t *hosts, *reached_at_host;
} known[CLUSTERS_MAX];

static struct known *mine(void)
{
    return &known[clusters_here()];
}

static void note_host(const json_t *worker, json_t *noted)
{
    const char *ui = jx_string(worker, "webuiaddress"), *host = jx_string(worker, "host");
    const char *port = strrchr(ui, ':');
    char url[400];

    if (port != NULL && host[0] != '\0' && strstr(ui, "://") != NULL &&
        worker_write_url(host, text_starts_with(ui, "https:") ? "https" : "http",
                         port + 1, url, sizeof url) &&
        strcmp(url, ui) != 0)
        jx_set_string(noted, ui, url);
}

void worker_ask_note_hosts(const json_t *workers)
{
    const json_t *worker;
    size_t i;

    json_decref(mine()->hosts);
    mine()->hosts = json_object();
    json_array_foreach (workers, i, worker)
        note_host(worker, mine()->hosts);
    if (mine()->reached_at_host == NULL)
        mine()->reached_at_host = json_object();
}

struct asking {
    struct reply first, other;
    bool is_host_first;
};

static flow_step ask_first, ask_other, take_answer;
static const struct flow_type asking_flow = {
    .name = "worker-ask", .first = ask_first, .state_size = sizeof(struct asking)};

static const char *worker_of(struct flow *flow)
{
    return jx_string(flow_input(flow), "workerUrl");
}

static void send(struct flow *flow, const char *base, struct reply *reply)
{
    const json_t *input = flow_input(flow);
    struct buffer url = {0};

    buffer_printf(&url, "%s/%s", base, jx_string(input, "path"));
    http_send(flow,
              &(struct http_request){.service = HTTP_UI,
                                     .url = buffer_text(&url),
                                     .wants_text = jx_bool(input, "isText"),
                                     .limit = (size_t)jx_int(input, "limit"),
                                     .timeout_ms = WORKER_TIMEOUT_MS},
              optional(reply));
    buffer_release(&url);
}

static struct next ask_first(struct flow *flow)
{
    struct asking *asking = flow_state(flow);
    const char *ui = worker_of(flow);

    asking->is_host_first = json_object_get(mine()->reached_at_host, ui) != NULL &&
                            jx_has_string(mine()->hosts, ui);
    send(flow, asking->is_host_first ? jx_string(mine()->hosts, ui) : ui, &asking->first);
    return flow_then(flow, ask_other);
}

static struct next ask_other(struct flow *flow)
{
    struct asking *asking = flow_state(flow);
    const char *ui = worker_of(flow);

    if (asking->first.failed && jx_has_string(mine()->hosts, ui))
        send(flow, asking->is_host_first ? ui : jx_string(mine()->hosts, ui),
             &asking->other);
    return flow_then(flow, take_answer);
}

static struct next take_answer(struct flow *flow)
{
    struct asking *asking = flow_state(flow);
    const char *ui = worker_of(flow);

    if (!asking->first.failed)
        return flow_done(flow, json_incref(asking->first.body));
    if (asking->other.body == NULL)
        return flow_fail(flow, &asking->first.error);
    if (asking->is_host_first)
        json_object_del(mine()->reached_at_host, ui);
    else
        json_object_set_new(mine()->reached_at_host, ui, json_true());
    return flow_done(flow, json_incref(asking->other.body));
}

void worker_ask(struct flow *flow, const char *worker_url, const char *path, bool is_text,
                size_t limit, struct reply *reply)
{
    flow_run(flow, &asking_flow,
             jx_pack("{s:s, s:s, s:b, s:I}", "workerUrl",
                     worker_url != NULL ? worker_url : "", "path", path, "isText",
                     is_text, "limit", (json_int_t)limit),
             reply);
}
