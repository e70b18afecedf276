/*
 * Starts a session's driver: begin, ask_version, create, await, find, probe, judge_probe.
 * The driver announces its port in its output and answers from then on, while its
 * SparkContext still starts, so that the first operation can be sent at once.
 */
#include "spark/session_start.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "config.h"
#include "http.h"
#include "spark/application.h"
#include "spark/cluster.h"
#include "spark/driver.h"
#include "spark/local.h"
#include "spark/properties.h"
#include "spark/submission.h"

#include <stdio.h>
#include <string.h>

enum {
    START_LIMIT_S = 180,
    PROBES = 3,
    PROBE_PAUSE_MS = 300,
    PROBE_TIMEOUT_MS = 4000,
    ANSWER_LIMIT = 48 * 1024 * 1024,
    ANSWER_VALUES_MAX = 4 * 1000 * 1000,
};

void session_ask_at(struct flow *flow, const char *url, const char *token,
                    const char *method, const char *path, const json_t *json,
                    int timeout_ms, struct reply *reply)
{
    struct buffer address = {0};

    buffer_printf(&address, "%s/%s", url, path);
    http_send(flow,
              &(struct http_request){.service = HTTP_SESSION,
                                     .method = method,
                                     .url = buffer_text(&address),
                                     .json = json,
                                     .bearer = token,
                                     .limit = ANSWER_LIMIT,
                                     .values_max = ANSWER_VALUES_MAX,
                                     .timeout_ms = timeout_ms},
              reply);
    buffer_release(&address);
}

struct start {
    struct reply local, version, created, report, status;
    char driver_id[160], url[400];
    int probes;
};

static flow_step begin, ask_version, create, await, find, probe, judge_probe;

static void kill_driver(void *state)
{
    struct start *start = state;

    if (start->driver_id[0] != '\0')
        submission_kill_unattended(start->driver_id);
}

static const struct flow_type start_flow = {.name = "session-start",
                                            .first = begin,
                                            .state_size = sizeof(struct start),
                                            .undo = kill_driver};

static const char *token_of(struct flow *flow)
{
    return json_string_value(flow_input(flow));
}

static struct next begin(struct flow *flow)
{
    struct start *start = flow_state(flow);

    local_ensure(flow, &start->local);
    return flow_then(flow, ask_version);
}

static struct next ask_version(struct flow *flow)
{
    struct start *start = flow_state(flow);

    submission_get_version(flow, &start->version);
    return flow_then(flow, create);
}

json_t *session_settings(const char *mode)
{
    json_t *settings =
        jx_pack("{s:s, s:b}", "mode", mode, "readOnly", config_is_on(CONFIG_READ_ONLY));

    if (cluster_is_local())
        jx_set_format(settings, "catalogFolder", "%s/.mcp-spark-catalog",
                      config_get(CONFIG_WAREHOUSE_DIR));
    return settings;
}

/* Idle executors go back to the cluster and come again; operations share what there is. */
json_t *session_properties(void)
{
    const char *const defaults[][2] = {
        {"spark.scheduler.mode", "FAIR"},
        {"spark.dynamicAllocation.enabled", "true"},
        {"spark.dynamicAllocation.shuffleTracking.enabled", "true"},
        {"spark.dynamicAllocation.minExecutors", "0"},
        {"spark.dynamicAllocation.initialExecutors", "1"},
        /* what Spark's pages keep of statements grows the driver's heap, by default for 1000 */
        {"spark.sql.ui.retainedExecutions", "200"},
        {"spark.ui.retainedJobs", "200"},
        {"spark.ui.retainedStages", "400"},
        /* a private Spark has few cores, and jobs wait for them */
        {"spark.dynamicAllocation.executorIdleTimeout",
         cluster_is_local() ? "20s" : "60s"},
    };
    struct error error;
    json_auto_t *given = properties_default(&error);
    json_t *properties = json_object();

    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
        if (!jx_has_string(given, defaults[i][0]))
            jx_set_string(properties, defaults[i][0], defaults[i][1]);
    return properties;
}

static struct next create(struct flow *flow)
{
    struct start *start = flow_state(flow);
    json_auto_t *settings = session_settings("session");
    json_auto_t *properties = session_properties();
    struct error error;
    json_t *request;

    jx_set_string(settings, "token", token_of(flow));
    json_object_set_new(settings, "idleSeconds",
                        json_integer(config_int(CONFIG_SESSION_IDLE)));
    json_object_set_new(settings, "goneSeconds", json_integer(SESSION_GONE_S));
    if (config_get(CONFIG_SESSION_PORT) != NULL)
        json_object_set_new(settings, "port",
                            json_integer(config_int(CONFIG_SESSION_PORT)));
    request = application_runner_request(
        settings, properties, jx_string(start->version.body, "serverSparkVersion"),
        &error);
    if (request == NULL)
        return flow_fail(flow, &error);
    flow_report(flow, 0, 0, "submitting the session's driver");
    submission_create(flow, request, &start->created);
    return flow_then(flow, await);
}

static struct next await(struct flow *flow)
{
    struct start *start = flow_state(flow);

    snprintf(start->driver_id, sizeof start->driver_id, "%s",
             jx_string(start->created.body, "submissionId"));
    driver_await(flow, start->driver_id, "mcp-spark-server: session ", START_LIMIT_S,
                 &start->report);
    return flow_then(flow, find);
}

static struct next fail_to_start(struct flow *flow)
{
    struct start *start = flow_state(flow);
    const json_t *report = start->report.body;
    const char *warning =
        json_string_value(json_array_get(jx_array(report, "warnings"), 0));
    struct error error;

    if (jx_bool(report, "finished")) {
        error_set(&error, ERROR_SPARK, "the session's driver %s ended as %s",
                  start->driver_id, jx_string(report, "state"));
        error_detail(&error, "%s", jx_string(report, "exitCause"));
        error_next(&error, "%s", jx_string(report, "next"));
        start->driver_id[0] = '\0';
    } else if (strcmp(jx_string(report, "state"), "SUBMITTED") == 0) {
        error_set(&error, ERROR_SPARK, "the cluster has no room for a session now");
        error_detail(&error, "%s", warning != NULL ? warning : "its driver stays queued");
        error_next(&error, "Free some (monitor-cluster shows who uses it, kill-spark-job "
                           "ends a job), or ask for less with spark.driver.memory and "
                           "spark.driver.cores in SPARK_CONF. Nothing was run.");
    } else {
        error_set(&error, ERROR_SPARK,
                  "the session's driver %s was not heard of in %.0f s", start->driver_id,
                  json_number_value(json_object_get(report, "seconds")));
        error_detail(&error, "%s", warning != NULL ? warning : "");
        error_next(&error,
                   "monitor-cluster with metric_type 'logs', submission_id '%s' shows "
                   "what it wrote. Nothing was run.",
                   start->driver_id);
    }
    return flow_fail(flow, &error);
}

/* Where the worker is reached, its driver is reached, too. */
static struct next find(struct flow *flow)
{
    struct start *start = flow_state(flow);
    const json_t *report = start->report.body;
    const char *ui = jx_string(report, "workerUi");
    const char *host = strstr(ui, "://") != NULL ? strstr(ui, "://") + 3 : ui;
    size_t length = strcspn(host, "/");

    if (!jx_has_string(report, "found"))
        return fail_to_start(flow);
    while (length > 0 && host[length - 1] != ':' && host[length - 1] != ']')
        length--;
    if (length > 0 && host[length - 1] == ':')
        length--;
    snprintf(start->url, sizeof start->url, "http://%.*s:%s", (int)length, host,
             jx_string(report, "found"));
    return probe(flow);
}

static struct next probe(struct flow *flow)
{
    struct start *start = flow_state(flow);

    flow_report(flow, 0, 0, "the session's driver runs; SparkContext starts");
    session_ask_at(flow, start->url, token_of(flow), "GET", "status", NULL,
                   PROBE_TIMEOUT_MS, optional(&start->status));
    return flow_then(flow, judge_probe);
}

static json_t *describe_unreachable(const struct start *start)
{
    const struct error *error = &start->status.error;

    return jx_pack(
        "{s:o}", "unreachable",
        jx_format("the session at %s cannot be reached from here (%s); publish that port "
                  "(SPARK_SESSION_PORT) or map the address (SPARK_HOST_MAP) to have one",
                  start->url, error->detail[0] != '\0' ? error->detail : error->message));
}

static struct next judge_probe(struct flow *flow)
{
    struct start *start = flow_state(flow);

    if (!start->status.failed)
        return flow_done(
            flow, jx_pack("{s:s, s:s}", "driverId", start->driver_id, "url", start->url));
    if (++start->probes < PROBES) {
        flow_sleep(flow, PROBE_PAUSE_MS);
        return flow_then(flow, probe);
    }
    kill_driver(start);
    return flow_done(flow, describe_unreachable(start));
}

struct flow *session_start(const char *token, const struct flow_client *client)
{
    return flow_start(&start_flow, json_string(token), client);
}
