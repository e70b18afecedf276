/*
 * --check: for each cluster one flow asks every address at the same time (the workers once
 * the master has named them), and prints what came when all have answered or failed. The
 * order of the lines is that of their importance; only what is needed for a job decides the
 * exit code. The flows run in a loop of their own, without a client.
 */
#include "check.h"

#include "base/buffer.h"
#include "base/clusters.h"
#include "base/jx.h"
#include "base/secret.h"
#include "config.h"
#include "flow.h"
#include "http.h"
#include "http/library.h"
#include "spark/cluster.h"
#include "spark/history.h"
#include "spark/local.h"
#include "spark/local_daemons.h"
#include "spark/master.h"
#include "spark/properties.h"
#include "spark/submission.h"
#include "spark/worker.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORKERS_MAX = 16, WAIT_MS = 1000 };

struct check {
    struct reply local, version, master, history, page;
    struct reply workers[WORKERS_MAX], proxied[WORKERS_MAX];
};

static bool is_good = true;

static flow_step start_spark, start_daemons, ask, ask_workers, tell;
static const struct flow_type check_flow = {
    .name = "check", .first = start_spark, .state_size = sizeof(struct check)};

/* Whatever an address or an answer holds, no secret is printed. */
static void put(const char *text)
{
    char *masked = secret_mask(text, strlen(text));

    puts(masked);
    free(masked);
}

static void say(const char *verdict, const char *what, const char *text)
{
    printf("%-7s %-15s ", verdict, what);
    put(text);
}

static void say_error(const char *verdict, const char *what, const struct error *error)
{
    say(verdict, what, error->message);
    if (error->detail[0] != '\0') {
        printf("%24s", "");
        put(error->detail);
    }
    if (error->hint[0] != '\0') {
        printf("%24s-> ", "");
        put(error->hint);
    }
}

static void fail(const char *what, const struct error *error)
{
    is_good = false;
    say_error("FAILED", what, error);
}

/* What is in the way (a certificate, a password, a proxy) stands in the error itself. */
static bool names_its_cure(const struct error *error)
{
    return error->kind == ERROR_CONFIGURATION || error->kind == ERROR_REFUSED ||
           error->kind == ERROR_NOT_ACTIVE ||
           (error->kind == ERROR_TIMEOUT && error->detail[0] != '\0');
}

static struct next start_spark(struct flow *flow)
{
    struct check *check = flow_state(flow);

    if (cluster_is_local())
        say("...", "private Spark", "starting");
    local_ensure(flow, optional(&check->local));
    return flow_then(flow, start_daemons);
}

static struct next start_daemons(struct flow *flow)
{
    struct check *check = flow_state(flow);

    if (!check->local.failed)
        local_daemons_ensure(flow, LOCAL_CLUSTER, optional(&check->local));
    return flow_then(flow, ask);
}

static struct next ask(struct flow *flow)
{
    struct check *check = flow_state(flow);

    if (check->local.failed) {
        fail("private Spark", &check->local.error);
        return flow_done(flow, NULL);
    }
    submission_get_version(flow, optional(&check->version));
    master_get_state(flow, optional(&check->master));
    history_get(flow, "version", optional(&check->history));
    master_get_page(flow, optional(&check->page));
    return flow_then(flow, ask_workers);
}

static struct next ask_workers(struct flow *flow)
{
    struct check *check = flow_state(flow);
    const json_t *worker;
    size_t i;

    json_array_foreach (jx_array(check->master.body, "workers"), i, worker) {
        struct buffer url = {0};
        if (i == WORKERS_MAX || !jx_is(worker, "state", "ALIVE"))
            continue;
        worker_get_state(flow, jx_string(worker, "webuiaddress"),
                         optional(&check->workers[i]));
        buffer_printf(&url, "%s/proxy/%s", cluster_ui_url(0), jx_string(worker, "id"));
        worker_get_state(flow, buffer_text(&url), optional(&check->proxied[i]));
        buffer_release(&url);
    }
    return flow_then(flow, tell);
}

/* The master's page names the address its submission API is bound to, if it is on at all.
 */
static void tell_rest(struct check *check)
{
    char text[400], address[300];

    if (!check->version.failed) {
        snprintf(text, sizeof text, "%s, Spark %s", cluster_rest_url(0),
                 jx_string(check->version.body, "serverSparkVersion"));
        say("ok", "submission API", text);
        return;
    }
    if (names_its_cure(&check->version.error)) {
        fail("submission API", &check->version.error);
        return;
    }
    if (master_find_rest_address(check->page.body, address, sizeof address)) {
        error_hint(
            &check->version.error,
            "The master says its submission API is at '%s': set SPARK_REST_URL=http://%s",
            address, address);
    } else if (check->version.error.kind == ERROR_UNREACHABLE &&
               jx_has_string(check->page.body, "text")) {
        error_hint(
            &check->version.error,
            "The master's page does not show a REST URL, so the submission API is off: "
            "start the master with -Dspark.master.rest.enabled=true.");
    }
    fail("submission API", &check->version.error);
}

static void tell_master(struct check *check)
{
    const json_t *master = check->master.body;
    char text[400];

    if (check->master.failed) {
        fail("master", &check->master.error);
        return;
    }
    snprintf(text, sizeof text, "%s, %s, %lld workers, %lld cores, %lld MiB",
             jx_string(master, "uiUrl"), jx_string(master, "status"),
             (long long)jx_int(master, "aliveworkers"),
             (long long)jx_int(master, "cores"), (long long)jx_int(master, "memory"));
    say("ok", "master", text);
    if (jx_int(master, "aliveworkers") == 0) {
        is_good = false;
        say("FAILED", "workers", "no worker is alive");
        printf("%24s-> Start a worker that registers at %s.\n", "", cluster_master_url());
    }
}

static void tell_workers(struct check *check)
{
    const json_t *worker;
    char text[400];
    size_t i;

    json_array_foreach (jx_array(check->master.body, "workers"), i, worker) {
        if (i == WORKERS_MAX || !jx_is(worker, "state", "ALIVE"))
            continue;
        if (!check->workers[i].failed) {
            say("ok", "worker", jx_string(worker, "webuiaddress"));
            continue;
        }
        if (!check->proxied[i].failed) {
            snprintf(text, sizeof text, "%s, through the master (spark.ui.reverseProxy)",
                     jx_string(worker, "webuiaddress"));
            say("ok", "worker", text);
            continue;
        }
        if (!names_its_cure(&check->workers[i].error))
            error_hint(&check->workers[i].error,
                       "Without it the output of jobs cannot be read: "
                       "set SPARK_PUBLIC_DNS on the worker, spark.ui.reverseProxy on the "
                       "master, or SPARK_HOST_MAP here.");
        fail("worker", &check->workers[i].error);
    }
}

static void tell_history(struct check *check)
{
    char text[400];

    if (check->history.failed) {
        if (!names_its_cure(&check->history.error))
            error_hint(&check->history.error,
                       "Without it only older applications are missing: "
                       "start one, or set SPARK_HISTORY_URL.");
        say_error("warning", "history server", &check->history.error);
        return;
    }
    snprintf(text, sizeof text, "%s, Spark %s", cluster_history_url(),
             jx_string(check->history.body, "spark"));
    say("ok", "history server", text);
}

static void tell_configuration(void)
{
    const char *python = config_get(CONFIG_PYTHON);
    char text[400];
    struct error error;
    json_t *properties = properties_default(&error);

    if (properties == NULL)
        fail("properties", &error);
    json_decref(properties);
    if (python == NULL)
        python = local_python();
    say("ok", "Python",
        python != NULL ? python : "the one on the workers (PYSPARK_PYTHON is not set)");
    library_describe(text, sizeof text);
    say("ok", "libcurl", text);
}

static struct next tell(struct flow *flow)
{
    struct check *check = flow_state(flow);

    tell_rest(check);
    tell_master(check);
    tell_workers(check);
    tell_history(check);
    tell_configuration();
    return flow_done(flow, NULL);
}

static void check_cluster(void)
{
    if (clusters_are_named())
        printf("%s%s:\n", clusters_here() > 0 ? "\n" : "",
               clusters_name(clusters_here()));
    flow_start(&check_flow, NULL, NULL);
    while (flow_count() > 0) {
        http_wait(NULL, 0, flow_wait_ms(WAIT_MS));
        flow_dispatch();
    }
}

int check_run(void)
{
    clusters_for_each(check_cluster);
    local_stop();
    http_close();
    puts(is_good ? "Everything that is needed works."
                 : "Something that is needed does not work.");
    return is_good ? 0 : 1;
}
