#include "spark/history.h"

#include "scripted_http.h"
#include "spark/cluster.h"
#include "spark/monitoring.h"
#include "unit.h"
#include "waiting.h"

#define LOGGED "GET http://m:18080/api/v1/applications/app-1/allexecutors"
#define LIVE "GET http://d:4040/api/v1/applications/app-1/allexecutors"
#define PROXIED "GET http://m:8080/proxy/app-1/api/v1/applications/app-1/allexecutors"
#define PAGE "GET http://m:8080/app/?appId=app-1"
#define LINK "<a href=\"http://d:4040\">Application Detail UI</a>"

static struct outcome outcome;

static int begin(void **state)
{
    struct error error;

    loop_begin();
    return configure(&error, "SPARK_MASTER=spark://m:7077", NULL) &&
                   cluster_configure(&error)
               ? 0
               : -1;
}

static int end(void **state)
{
    outcome_clear(&outcome);
    unit_release();
    return loop_end() ? 0 : -1;
}

static void ask(void (*start)(struct flow *, struct reply *))
{
    wait_for(&outcome, start);
    loop_run(0);
    assert_true(outcome.has_ended);
}

/* ---- the history server ---- */

static void get_all(struct flow *flow, struct reply *reply)
{
    history_get_applications(flow, 0, 0, reply);
}

static void test_so_many_are_asked_for_that_the_rest_can_be_counted(void **state)
{
    script_json("api/v1/applications", "[]");
    ask(get_all);
    assert_text(script_request(0), "GET http://m:18080/api/v1/applications?limit=1000");
}

static void get_an_hour(struct flow *flow, struct reply *reply)
{
    history_get_applications(flow, START_WALL_MS, START_WALL_MS + 3600999, reply);
}

static void test_a_time_range_is_asked_for_up_to_the_next_second(void **state)
{
    script_json("api/v1/applications", "[]");
    ask(get_an_hour);
    assert_text(
        script_request(0),
        "GET http://m:18080/api/v1/applications?limit=1000"
        "&minEndDate=2026-11-22T17:00:00.000GMT&maxDate=2026-11-22T18:00:01.000GMT");
}

static void get_one(struct flow *flow, struct reply *reply)
{
    history_get_application(flow, "app-1/x", "", reply);
}

static void test_one_application_is_asked_for_by_its_id(void **state)
{
    script_json("api/v1/applications", "{}");
    ask(get_one);
    assert_text(script_request(0), "GET http://m:18080/api/v1/applications/app-1%2Fx");
}

/* ---- whoever can tell of an application ---- */

static void get_executors(struct flow *flow, struct reply *reply)
{
    monitoring_get(flow, "app-1", true, "allexecutors", reply);
}

static void get_executors_of_one_that_ended(struct flow *flow, struct reply *reply)
{
    monitoring_get(flow, "app-1", false, "allexecutors", reply);
}

static void test_the_live_ui_knows_more_than_the_history_server(void **state)
{
    script_json(LOGGED, "[1]");
    script_text(PAGE, "text/html", LINK);
    script_json(LIVE, "[1,2]");
    ask(get_executors);
    assert_json(outcome.result, "[1,2]");
}

static void test_a_live_ui_out_of_reach_is_asked_through_the_master(void **state)
{
    script_json(LOGGED, "[1]");
    script_text(PAGE, "text/html", LINK);
    script_error(LIVE, ERROR_UNREACHABLE, "cannot reach d");
    script_json(PROXIED, "[1,2]");
    ask(get_executors);
    assert_json(outcome.result, "[1,2]");
}

static void test_without_the_live_ui_what_was_logged_is_told(void **state)
{
    script_json(LOGGED, "[1]");
    script_text(PAGE, "text/html", LINK);
    script_error(LIVE, ERROR_UNREACHABLE, "cannot reach d");
    script_error(PROXIED, ERROR_BAD_ANSWER, "no proxy");
    ask(get_executors);
    assert_json(outcome.result, "[1]");
}

static void test_one_that_has_ended_has_no_live_ui(void **state)
{
    script_json(LOGGED, "[1]");
    ask(get_executors_of_one_that_ended);
    assert_json(outcome.result, "[1]");
}

static void test_when_nobody_can_tell_the_error_says_why_and_what_helps(void **state)
{
    script_error(LOGGED, ERROR_NOT_FOUND, "no such app");
    script_text(PAGE, "text/html", LINK);
    script_error(LIVE, ERROR_UNREACHABLE, "cannot reach d");
    script_error(PROXIED, ERROR_BAD_ANSWER, "no proxy");
    ask(get_executors);
    assert_error(&outcome.error, ERROR_NOT_FOUND, "cannot reach d; no such app");
    assert_error(&outcome.error, ERROR_NOT_FOUND, "spark.eventLog.enabled");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_so_many_are_asked_for_that_the_rest_can_be_counted),
        claim(test_a_time_range_is_asked_for_up_to_the_next_second),
        claim(test_one_application_is_asked_for_by_its_id),
        claim(test_the_live_ui_knows_more_than_the_history_server),
        claim(test_a_live_ui_out_of_reach_is_asked_through_the_master),
        claim(test_without_the_live_ui_what_was_logged_is_told),
        claim(test_one_that_has_ended_has_no_live_ui),
        claim(test_when_nobody_can_tell_the_error_says_why_and_what_helps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
