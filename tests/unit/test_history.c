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
        "GET "
        "http://m:18080/api/v1/applications?limit=1000&"
        "minEndDate=2026-11-22T17:00:00.000GMT&maxDate=2026-11-22T18:00:01.000GMT");
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
    script_error("GET http://m:18080/api/v1/applications/app-1", ERROR_NOT_FOUND,
                 "no such app");
    script_text(PAGE, "text/html", LINK);
    script_error(LIVE, ERROR_UNREACHABLE, "cannot reach d");
    script_error(PROXIED, ERROR_BAD_ANSWER, "no proxy");
    ask(get_executors);
    assert_error(&outcome.error, ERROR_NOT_FOUND, "cannot reach d; no such app");
    assert_error(&outcome.error, ERROR_NOT_FOUND, "spark.eventLog.enabled");
}

static json_t *page_of(size_t size)
{
    json_t *page = json_array();

    for (size_t i = 0; i < size; i++)
        json_array_append_new(page, json_object());
    return page;
}

static void test_a_full_page_is_not_taken_for_all(void **state)
{
    script_value("applications?limit=10000", page_of(2999));
    script_value("applications?limit=1000", page_of(1000));
    ask(get_all);
    assert_int_equal(json_array_size(outcome.result), 2999);
    assert_false(history_is_full(outcome.result));
}

static void test_a_list_that_is_too_long_is_told_as_full(void **state)
{
    script_error("applications?limit=10000", ERROR_TOO_LARGE, "too large");
    script_value("applications?limit=1000", page_of(1000));
    ask(get_all);
    assert_int_equal(json_array_size(outcome.result), 1000);
    assert_true(history_is_full(outcome.result));
}

/* ---- attempts ---- */

static void get_ended(struct flow *flow, struct reply *reply)
{
    history_get_application(flow, "app-1", "allexecutors", reply);
}

static void test_of_an_application_with_attempts_the_newest_is_taken(void **state)
{
    script_error(LOGGED, ERROR_NOT_FOUND, "unknown app app-1");
    script_json("GET http://m:18080/api/v1/applications/app-1/2/allexecutors",
                "['newest']");
    script_json("GET http://m:18080/api/v1/applications/app-1",
                "{'id':'app-1','attempts':[{'attemptId':'2'},{'attemptId':'1'}]}");
    ask(get_ended);
    assert_json(outcome.result, "['newest']");
}

static void test_an_application_that_is_not_there_stays_not_found(void **state)
{
    script_error(LOGGED, ERROR_NOT_FOUND, "unknown app app-1");
    script_error("GET http://m:18080/api/v1/applications/app-1", ERROR_NOT_FOUND,
                 "unknown");
    ask(get_ended);
    assert_error(&outcome.error, ERROR_NOT_FOUND, "unknown app app-1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_a_full_page_is_not_taken_for_all),
        claim(test_a_list_that_is_too_long_is_told_as_full),
        claim(test_of_an_application_with_attempts_the_newest_is_taken),
        claim(test_an_application_that_is_not_there_stays_not_found),
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
