/* Each answer is what a real server of Spark 4.3.0 gives at that path. */
#include "scripted_http.h"
#include "spark/cluster.h"
#include "spark/history.h"
#include "spark/master.h"
#include "spark/submission.h"
#include "unit.h"
#include "waiting.h"

#include <stdio.h>

#define MASTER "{'url':'spark://m:7077','workers':[],'status':'ALIVE'}"
#define WORKER                                                                           \
    "{'id':'worker-1','masterurl':'spark://m:7077','masterwebuiurl':'http://m:8080'}"
#define STATUS                                                                           \
    "{'action':'SubmissionStatusResponse','success':false,'serverSparkVersion':'4.3.0'}"

static struct outcome outcome;

static int begin(void **state)
{
    loop_begin();
    return 0;
}

static int end(void **state)
{
    outcome_clear(&outcome);
    unit_release();
    return loop_end() ? 0 : -1;
}

static void get_master(struct flow *flow, struct reply *reply)
{
    master_get_state(flow, reply);
}

static void get_version(struct flow *flow, struct reply *reply)
{
    submission_get_version(flow, reply);
}

static void get_history(struct flow *flow, struct reply *reply)
{
    history_get(flow, "version", reply);
}

/* What a server says at the three paths; NULL for a page where JSON is due. */
static void script_server(const char *base, const char *json, const char *version,
                          const char *status)
{
    const struct {
        const char *path, *answer;
    } paths[] = {{"/json/", json},
                 {"/api/v1/version", version},
                 {"/v1/submissions/status/x", status}};

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        char words[200];
        snprintf(words, sizeof words, "GET %s%s", base, paths[i].path);
        if (paths[i].answer != NULL)
            script_json(words, paths[i].answer);
        else
            script_error(words, ERROR_BAD_ANSWER, "answered with a web page");
        script_always();
    }
}

static const struct error *told(const char *setting,
                                void (*ask)(struct flow *, struct reply *))
{
    struct error error;

    if (!configure(&error, "SPARK_MASTER=spark://m:7077", setting, NULL) ||
        !cluster_configure(&error))
        fail_msg("%s", error.message);
    wait_for(&outcome, ask);
    loop_run(0);
    assert_true(outcome.has_failed);
    return &outcome.error;
}

/* ---- the master's web UI ---- */

static void test_a_history_server_is_no_master(void **state)
{
    script_server("http://h:18080", NULL, "{'spark':'4.3.0'}", NULL);
    assert_error(told("SPARK_MASTER_UI_URL=http://h:18080", get_master),
                 ERROR_CONFIGURATION,
                 "'http://h:18080' is a history server or an application's UI, not the "
                 "master's web UI");
    assert_text(outcome.error.hint,
                "Set SPARK_MASTER_UI_URL to the master's web UI (port 8080 by default).");
}

static void test_a_worker_names_its_master(void **state)
{
    script_server("http://w:8081", WORKER, NULL, NULL);
    assert_error(told("SPARK_MASTER_UI_URL=http://w:8081", get_master),
                 ERROR_CONFIGURATION, "'http://w:8081' is a worker's web UI");
    assert_text(outcome.error.hint, "Set SPARK_MASTER_UI_URL to 'http://m:8080'.");
}

static void test_the_submission_api_is_no_master(void **state)
{
    script_server("http://m:6066", NULL, NULL, STATUS);
    assert_error(told("SPARK_MASTER_UI_URL=http://m:6066", get_master),
                 ERROR_CONFIGURATION, "'http://m:6066' is the submission API");
}

static void test_a_path_that_does_not_belong_there_is_left_out(void **state)
{
    script_server("http://m:8080/cluster", NULL, NULL, NULL);
    script_server("http://m:8080", MASTER, NULL, NULL);
    assert_error(told("SPARK_MASTER_UI_URL=http://m:8080/cluster", get_master),
                 ERROR_CONFIGURATION, "nothing of Spark's is at 'http://m:8080/cluster'");
    assert_text(outcome.error.hint, "Set SPARK_MASTER_UI_URL to 'http://m:8080'.");
}

static void test_what_is_nothing_of_sparks_keeps_its_error(void **state)
{
    script_server("http://x:8080", NULL, NULL, NULL);
    assert_error(told("SPARK_MASTER_UI_URL=http://x:8080", get_master), ERROR_BAD_ANSWER,
                 "answered with a web page");
}

static void test_nobody_is_asked_who_cannot_be_reached(void **state)
{
    script_error("GET http://m:8080/json/", ERROR_UNREACHABLE, "cannot reach it");
    told(NULL, get_master);
    assert_int_equal(script_asked("GET"), 1);
}

/* ---- the submission API ---- */

static void test_the_page_of_a_master_names_its_submission_api(void **state)
{
    script_server("http://m:8080", MASTER, NULL, NULL);
    script_text("GET http://m:8080/", "text/html",
                "<strong>REST URL:</strong> spark://10.0.0.1:6066 (cluster mode)");
    assert_error(
        told("SPARK_REST_URL=http://m:8080", get_version), ERROR_CONFIGURATION,
        "'http://m:8080' is the master's web UI, not the master's submission API");
    assert_text(outcome.error.hint, "Set SPARK_REST_URL to 'http://10.0.0.1:6066'.");
}

static void test_a_submission_api_with_its_path_is_told_without(void **state)
{
    script_error("GET http://m:6066/v1/submissions/v1/", ERROR_SPARK, "HTTP 400");
    script_always();
    script_server("http://m:6066/v1/submissions", NULL, NULL, NULL);
    script_server("http://m:6066", NULL, NULL, STATUS);
    told("SPARK_REST_URL=http://m:6066/v1/submissions", get_version);
    assert_text(outcome.error.hint, "Set SPARK_REST_URL to 'http://m:6066'.");
}

static void test_an_answer_of_the_right_server_keeps_its_error(void **state)
{
    script_error("GET http://m:6066/v1/submissions/status/x", ERROR_SPARK, "HTTP 500");
    script_server("http://m:6066", NULL, NULL, STATUS);
    assert_error(told(NULL, get_version), ERROR_SPARK, "HTTP 500");
}

/* ---- the history server ---- */

static void test_a_master_is_no_history_server(void **state)
{
    script_server("http://m:8080", MASTER, NULL, NULL);
    assert_error(told("SPARK_HISTORY_URL=http://m:8080", get_history),
                 ERROR_CONFIGURATION,
                 "'http://m:8080' is the master's web UI, not a history server");
    assert_text(outcome.error.hint,
                "Set SPARK_HISTORY_URL to a history server (port 18080 by default).");
}

static void test_a_history_server_with_the_path_of_its_api_is_told_without(void **state)
{
    script_error("GET http://h:18080/api/v1/api/v1/version", ERROR_NOT_FOUND, "HTTP 404");
    script_always();
    script_server("http://h:18080/api/v1", NULL, NULL, NULL);
    script_server("http://h:18080", NULL, "{'spark':'4.3.0'}", NULL);
    told("SPARK_HISTORY_URL=http://h:18080/api/v1", get_history);
    assert_text(outcome.error.hint, "Set SPARK_HISTORY_URL to 'http://h:18080'.");
}

static void get_application(struct flow *flow, struct reply *reply)
{
    history_get(flow, "applications/app-1", reply);
}

/* What it does not have it answers as a wrong address would. */
static void test_who_has_answered_is_not_asked_who_it_is(void **state)
{
    struct error error;

    assert_true(configure(&error, "SPARK_MASTER=spark://m:7077",
                          "SPARK_HISTORY_URL=http://proxy/spark", NULL));
    assert_true(cluster_configure(&error));
    script_json("GET http://proxy/spark/api/v1/version", "{'spark':'4.3.0'}");
    wait_for(&outcome, get_history);
    loop_run(0);
    assert_false(outcome.has_failed);
    script_error("GET http://proxy/spark/api/v1/applications/app-1", ERROR_NOT_FOUND,
                 "no such app: app-1");
    wait_for(&outcome, get_application);
    loop_run(0);
    assert_error(&outcome.error, ERROR_NOT_FOUND, "no such app");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_a_history_server_is_no_master),
        claim(test_a_worker_names_its_master),
        claim(test_the_submission_api_is_no_master),
        claim(test_a_path_that_does_not_belong_there_is_left_out),
        claim(test_what_is_nothing_of_sparks_keeps_its_error),
        claim(test_nobody_is_asked_who_cannot_be_reached),
        claim(test_the_page_of_a_master_names_its_submission_api),
        claim(test_a_submission_api_with_its_path_is_told_without),
        claim(test_an_answer_of_the_right_server_keeps_its_error),
        claim(test_a_master_is_no_history_server),
        claim(test_a_history_server_with_the_path_of_its_api_is_told_without),
        claim(test_who_has_answered_is_not_asked_who_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
