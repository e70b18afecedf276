/*
 * Starts a session's driver, unless there is one to share: it is placed, announces its
 * port in its output, and answers from then on, while its SparkContext still starts; so
 * the first operation can be sent at once.
 *
 * Wherever it may be reached is tried at once. Some of these addresses may be another
 * host's, so who answers first has to prove that it is the session: it is asked with one
 * secret and answers with another, good for this once. The token is shown to that one.
 *
 * Where no address leads to it, a master with spark.ui.reverseProxy=true leads to its web
 * UI, which hands on what it is asked (runner/serve/relay.py).
 */
#include "spark/session_start.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "base/random.h"
#include "base/secret.h"
#include "base/text.h"
#include "config.h"
#include "http.h"
#include "spark/cluster.h"
#include "spark/driver.h"
#include "spark/nonce.h"
#include "spark/placing.h"
#include "spark/protocol.h"
#include "spark/runner.h"
#include "spark/session_address.h"
#include "spark/session_record.h"
#include "spark/worker.h"

#include <stdio.h>
#include <string.h>

enum {
    START_LIMIT_S = 180,
    PROBES = 3,
    PROBE_PAUSE_MS = 300,
    PROBE_TIMEOUT_MS = 4000,
    PROBE_FIRST_MS = 1000, /* what is silent holds up the others for so long at first */
    RELAY_TIMEOUT_MS = 15000, /* two JVMs load what they need for it at the first one */
    ANSWER_LIMIT = 48 * 1024 * 1024,
    PIECE_LIMIT = 8 * 1024 * 1024, /* the runner's have a million characters at most */
    ANSWER_VALUES_MAX = 4 * 1000 * 1000,
};

/* Through Spark's pages a request bears what they ask for, and the token beside it. */
static bool is_relayed(const char *url)
{
    return text_starts_with(url, cluster_ui_url(0)) &&
           text_starts_with(url + strlen(cluster_ui_url(0)), "/proxy/");
}

static void send_to(struct flow *flow, const char *url, const char *token,
                    const char *path, struct http_request *request, struct reply *reply)
{
    struct buffer address = {0};
    char header[sizeof PROTOCOL_HEADER_TOKEN + SESSION_TOKEN_DIGITS + 20];

    buffer_printf(&address, "%s/%s", url, path);
    request->url = buffer_text(&address);
    if (is_relayed(url)) {
        snprintf(header, sizeof header, PROTOCOL_HEADER_TOKEN ": Bearer %s", token);
        request->service = HTTP_UI;
        request->header = header;
    } else {
        request->service = HTTP_SESSION;
        request->bearer = token;
    }
    http_send(flow, request, reply);
    buffer_release(&address);
}

void session_ask_at(struct flow *flow, const char *url, const char *token,
                    const char *method, const char *path, const json_t *json,
                    int timeout_ms, struct reply *reply)
{
    struct http_request request = {.method = method,
                                   .json = json,
                                   .limit = ANSWER_LIMIT,
                                   .values_max = ANSWER_VALUES_MAX,
                                   .timeout_ms = timeout_ms};

    send_to(flow, url, token, path, &request, reply);
}

void session_ask_text_at(struct flow *flow, const char *url, const char *token,
                         const char *path, int timeout_ms, struct reply *reply)
{
    struct http_request request = {
        .wants_text = true, .limit = PIECE_LIMIT, .timeout_ms = timeout_ms};

    send_to(flow, url, token, path, &request, reply);
}

struct start {
    struct placing placing; /* first */
    struct reply report, status, proofs[SESSION_ADDRESSES_MAX];
    struct reply proxied, relay; /* its worker's page through the master; its own */
    json_t *recorded;            /* another server's session */
    json_t *addresses;           /* URLs where it may be reached */
    struct buffer tried;         /* those that did not lead to it */
    struct error why;            /* the first of them did not */
    char url[400];               /* the one that has proved to be the session */
    char token[SESSION_TOKEN_DIGITS + 1];
    char challenge[NONCE_DIGITS + 1], response[NONCE_DIGITS + 1];
    int probes;
};

static void release(void *state)
{
    struct start *start = state;

    json_decref(start->recorded);
    json_decref(start->addresses);
    buffer_release(&start->tried);
}

static flow_step look_for_another, take_another, place, await_port, list_addresses,
    ask_for_proof, choose, probe, check_answer, await_relay, take_relay;
static const struct flow_type start_flow = {.name = "session-start",
                                            .first = look_for_another,
                                            .state_size = sizeof(struct start),
                                            .undo = placing_undo,
                                            .release = release};

/* While another server starts one, it is waited for. */
static struct next look_for_another(struct flow *flow)
{
    struct start *start = flow_state(flow);

    if (!session_record_is_kept())
        return place(flow);
    if (!session_record_lock()) {
        flow_report(flow, 0, 0, "another server starts the session");
        flow_sleep(flow, PROBE_PAUSE_MS);
        return flow_then(flow, look_for_another);
    }
    start->recorded = session_record_read();
    if (start->recorded == NULL)
        return place(flow);
    session_ask_at(flow, jx_string(start->recorded, "url"),
                   jx_string(start->recorded, "token"), "GET", "status", NULL,
                   PROBE_TIMEOUT_MS, optional(&start->status));
    return flow_then(flow, take_another);
}

static struct next take_another(struct flow *flow)
{
    struct start *start = flow_state(flow);

    if (start->status.failed)
        return place(flow);
    return flow_done(flow, json_incref(start->recorded));
}

static json_t *make_request(struct flow *flow, const char *spark_version,
                            struct error *error)
{
    struct start *start = flow_state(flow);
    json_auto_t *settings = runner_settings_for(PROTOCOL_MODE_SESSION);
    bool is_shared = session_record_is_kept();

    jx_set_string(settings, "token", start->token);
    jx_set_string(settings, "challenge", start->challenge);
    jx_set_string(settings, "response", start->response);
    json_object_set_new(settings, "relay", json_boolean(!cluster_is_local()));
    json_object_set_new(settings, "idleSeconds",
                        json_integer(config_int(CONFIG_SESSION_IDLE)));
    json_object_set_new(settings, "goneSeconds",
                        json_integer(is_shared ? SESSION_SHARED_GONE_S : SESSION_GONE_S));
    json_object_set_new(settings, "graceSeconds",
                        json_integer(is_shared ? SESSION_SHARED_GONE_S
                                               : config_int(CONFIG_SESSION_GRACE)));
    if (config_get(CONFIG_SESSION_PORT) != NULL)
        json_object_set_new(settings, "port",
                            json_integer(config_int(CONFIG_SESSION_PORT)));
    return runner_request(settings, start->placing.nonce, spark_version, error);
}

static struct next place(struct flow *flow)
{
    static const struct placing_order order = {.driver = "the session's driver",
                                               .what = "a session",
                                               .needs_cluster = runner_needs_cluster,
                                               .request = make_request,
                                               .placed = await_port};
    struct start *start = flow_state(flow);

    random_hex(start->token, SESSION_TOKEN_DIGITS);
    secret_pin(start->token);
    nonce_make(start->challenge);
    nonce_make(start->response);
    return placing_begin(flow, &order);
}

static struct next await_port(struct flow *flow)
{
    struct start *start = flow_state(flow);

    driver_await(flow, start->placing.driver_id, PROTOCOL_WORD_SESSION, START_LIMIT_S,
                 &start->report);
    return flow_then(flow, list_addresses);
}

static struct next list_addresses(struct flow *flow)
{
    struct start *start = flow_state(flow);
    const json_t *report = start->report.body;

    start->addresses = session_addresses(report);
    /* the worker of a driver that the master has forgotten is about to end it */
    if (jx_bool(report, "forgotten") || json_array_size(start->addresses) == 0)
        return placing_fail(flow, report, "Nothing was run.");
    return ask_for_proof(flow);
}

static struct next ask_for_proof(struct flow *flow)
{
    struct start *start = flow_state(flow);
    const json_t *url;
    int timeout_ms = PROBE_TIMEOUT_MS;
    size_t i;

    flow_report(flow, 0, 0, "the session's driver runs; SparkContext starts");
    if (start->tried.length > 0)
        timeout_ms = RELAY_TIMEOUT_MS;
    else if (start->probes == 0)
        timeout_ms = PROBE_FIRST_MS;
    json_array_foreach (start->addresses, i, url)
        session_ask_at(flow, json_string_value(url), start->challenge, "GET", "proof",
                       NULL, timeout_ms, optional(&start->proofs[i]));
    return flow_then(flow, choose);
}

static struct next give_up(struct flow *flow)
{
    struct start *start = flow_state(flow);
    const struct error *why = &start->why;
    struct error error;

    error_set(&error, ERROR_NO_SESSION, "the session at %s cannot be reached from here",
              buffer_text(&start->tried));
    error_detail(&error, "%s", why->detail[0] != '\0' ? why->detail : why->message);
    return flow_fail(flow, &error);
}

/* A master that is no reverse proxy answers any path with its own page. */
static struct next ask_master(struct flow *flow)
{
    struct start *start = flow_state(flow);
    struct buffer url = {0};

    buffer_printf(&url, "%s/proxy/", cluster_ui_url(0));
    text_add_url_part(&url, jx_string(start->report.body, "workerId"));
    worker_get_state(flow, buffer_text(&url), optional(&start->proxied));
    buffer_release(&url);
    return flow_then(flow, await_relay);
}

static struct next await_relay(struct flow *flow)
{
    struct start *start = flow_state(flow);

    if (start->proxied.failed)
        return give_up(flow);
    driver_await(flow, start->placing.driver_id, PROTOCOL_WORD_RELAY, START_LIMIT_S,
                 optional(&start->relay));
    return flow_then(flow, take_relay);
}

static struct next take_relay(struct flow *flow)
{
    struct start *start = flow_state(flow);
    const char *application = jx_string(start->relay.body, "found");
    struct buffer url = {0};

    if (application[0] == '\0' || strcmp(application, "-") == 0)
        return give_up(flow);
    buffer_printf(&url, "%s/proxy/", cluster_ui_url(0));
    text_add_url_part(&url, application);
    buffer_add_text(&url, PROTOCOL_RELAY_PATH);
    json_decref(start->addresses);
    start->addresses = json_pack("[s]", buffer_text(&url));
    buffer_release(&url);
    start->probes = 0;
    start->url[0] = '\0';
    return ask_for_proof(flow);
}

static struct next try_again(struct flow *flow, const struct error *why)
{
    struct start *start = flow_state(flow);
    bool is_first = start->tried.length == 0;

    if (++start->probes < PROBES) {
        flow_sleep(flow, PROBE_PAUSE_MS);
        return flow_then(flow, start->url[0] != '\0' ? probe : ask_for_proof);
    }
    if (is_first)
        start->why = *why;
    buffer_add_text(&start->tried, is_first ? "" : ", ");
    jx_join(&start->tried, start->addresses, ", ");
    return is_first ? ask_master(flow) : give_up(flow);
}

static struct next choose(struct flow *flow)
{
    struct start *start = flow_state(flow);
    const json_t *url;
    size_t i;

    json_array_foreach (start->addresses, i, url)
        if (start->url[0] == '\0' &&
            jx_is(start->proofs[i].body, "response", start->response))
            text_copy(start->url, sizeof start->url, json_string_value(url));
    return start->url[0] != '\0' ? probe(flow) : try_again(flow, &start->proofs[0].error);
}

static struct next probe(struct flow *flow)
{
    struct start *start = flow_state(flow);

    session_ask_at(flow, start->url, start->token, "GET", "status", NULL,
                   PROBE_TIMEOUT_MS, optional(&start->status));
    return flow_then(flow, check_answer);
}

static struct next check_answer(struct flow *flow)
{
    struct start *start = flow_state(flow);

    if (start->status.failed)
        return try_again(flow, &start->status.error);
    return flow_done(flow,
                     jx_pack("{s:s, s:s, s:s}", "driverId", start->placing.driver_id,
                             "url", start->url, "token", start->token));
}

struct flow *session_start(const struct flow_client *client)
{
    return flow_start(&start_flow, NULL, client);
}

void session_explain_end(const json_t *report, struct buffer *why)
{
    const char *word = jx_string(report, "found");

    if (strcmp(word, "idle") == 0)
        buffer_printf(why, "it was idle for %d s", config_int(CONFIG_SESSION_IDLE));
    else if (strcmp(word, "unheard") == 0)
        buffer_printf(why, "it had heard nothing from this server for more than %d s",
                      SESSION_GONE_S);
    else
        buffer_printf(why, "its driver ended as %s", jx_string(report, "state"));
    if (jx_has_string(report, "exitCause"))
        buffer_printf(why, ": %.300s", jx_string(report, "exitCause"));
    if (strstr(jx_string(report, "exitCause"), "OutOfMemoryError: Java heap") != NULL ||
        strstr(jx_string(report, "exitCause"), "OutOfMemoryError: GC overhead") != NULL)
        buffer_add_text(why, "; raise spark.driver.memory in SPARK_CONF, or bring less "
                             "to the driver");
}
