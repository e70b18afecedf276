/* How an application is found, and which of Spark's servers is asked of it. */
#include "spark/watching.h"

#include "base/jx.h"
#include "scripted_http.h"
#include "spark/cluster.h"
#include "unit.h"
#include "waiting.h"

#include <stdio.h>
#include <string.h>

#define MASTER "GET http://m:8080/json/"
#define LOGGED "GET http://m:18080/api/v1/applications/"
#define ALL "GET http://m:18080/api/v1/applications?limit"
#define PAGE "GET http://m:8080/app/?appId="
#define LINK "<a href=\"http://d:4040\">Application Detail UI</a>"
#define ENDED "{'id':'%s','name':'n','attempts':[{'completed':true,'startTimeEpoch':5}]}"

static struct outcome outcome;
static const char *wanted;

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

static void start(struct flow *flow, struct reply *reply)
{
    watching_find(flow, wanted, "", reply);
}

static void find(const char *application)
{
    wanted = application;
    wait_for(&outcome, start);
    loop_run(0);
    assert_true(outcome.has_ended);
}

static void script_nobody_knows(const char *id)
{
    script_error(LOGGED, ERROR_NOT_FOUND, "no such app");
    script_error(PAGE, ERROR_NOT_FOUND, "no page");
}

static const char *found(const char *key)
{
    return jx_string(outcome.result, key);
}

static void test_the_running_driver_is_asked_first(void **state)
{
    script_json(MASTER, "{'workers':[]}");
    script_json(LOGGED "app-1", "{'name':'n','attempts':[{'completed':false}]}");
    script_text(PAGE "app-1", "text/html", LINK);
    script_json("GET http://d:4040/api/v1/applications/app-1",
                "{'name':'n','attempts':[{'completed':false,'startTimeEpoch':7}]}");
    find("app-1");
    assert_text(found("from"), "driver");
    assert_text(found("url"), "http://d:4040/api/v1/applications/app-1");
}

static void test_a_driver_out_of_reach_is_asked_through_the_master(void **state)
{
    script_json(MASTER, "{'workers':[]}");
    script_error(LOGGED "app-1", ERROR_NOT_FOUND, "no such app");
    script_text(PAGE "app-1", "text/html", LINK);
    script_error("GET http://d:4040/", ERROR_UNREACHABLE, "cannot reach d");
    script_json("GET http://m:8080/proxy/app-1/api/v1/applications/app-1",
                "{'attempts':[{'completed':false}]}");
    find("app-1");
    assert_text(found("url"), "http://m:8080/proxy/app-1/api/v1/applications/app-1");
}

static void test_without_its_driver_the_history_server_tells_and_says_so(void **state)
{
    script_json(MASTER, "{'workers':[]}");
    script_json(LOGGED "app-1",
                "{'attempts':[{'completed':false,'lastUpdatedEpoch':9}]}");
    script_text(PAGE "app-1", "text/html", LINK);
    script_error("GET http://d:4040/", ERROR_UNREACHABLE, "cannot reach d");
    script_error("GET http://m:8080/proxy/", ERROR_BAD_ANSWER, "no proxy");
    find("app-1");
    assert_text(found("from"), "history server");
    assert_contains(found("behind"), "cannot reach d");
    assert_int_equal(jx_int(outcome.result, "toldMs"), 9);
}

static void test_the_newest_attempt_is_asked(void **state)
{
    script_json(MASTER, "{'workers':[]}");
    script_json(LOGGED "app-1", "{'attempts':[{'attemptId':'2','completed':true},"
                                "{'attemptId':'1','completed':true}]}");
    script_error(PAGE "app-1", ERROR_NOT_FOUND, "no page");
    find("app-1");
    assert_text(found("url"), "http://m:18080/api/v1/applications/app-1/2");
    assert_text(found("ui"), "http://m:18080/history/app-1/2");
}

static void test_a_name_means_the_newest_that_has_it(void **state)
{
    script_json(MASTER, "{'workers':[],'completedapps':["
                        "{'id':'app-1','name':'daily','starttime':10},"
                        "{'id':'app-3','name':'daily','starttime':30},"
                        "{'id':'app-4','name':'other','starttime':40}]}");
    script_nobody_knows("daily");
    script_json(ALL,
                "[{'id':'app-2','name':'daily','attempts':[{'startTimeEpoch':20}]}]");
    script_json(LOGGED "app-3", "{'name':'daily','attempts':[{'completed':true}]}");
    script_error(PAGE "app-3", ERROR_NOT_FOUND, "no page");
    find("daily");
    assert_text(found("id"), "app-3");
}

static void test_what_nobody_knows_is_an_error(void **state)
{
    script_json(MASTER, "{'workers':[]}");
    script_nobody_knows("app-0");
    script_json(ALL, "[]");
    find("app-0");
    assert_error(&outcome.error, ERROR_NOT_FOUND, "no application 'app-0' is known");
}

static void test_another_application_at_the_port_is_not_taken_for_it(void **state)
{
    script_json(MASTER, "{'workers':[]}");
    script_json(LOGGED "app-1", "{'attempts':[{'completed':true}]}");
    script_text(PAGE "app-1", "text/html", LINK);
    script_error("GET http://d:4040/", ERROR_NOT_FOUND, "no such app: app-1");
    script_error("GET http://m:8080/proxy/", ERROR_BAD_ANSWER, "no proxy");
    find("app-1");
    assert_text(found("from"), "history server");
}

static void test_without_an_id_and_a_session_there_is_none(void **state)
{
    find("");
    assert_error(&outcome.error, ERROR_NOT_FOUND, "there is no session");
}

static void test_what_spark_does_not_say_is_unknown(void **state)
{
    json_auto_t *said = json_of("{'a':0,'b':-1,'t':'2026-11-22T15:00:00.250GMT',"
                                "'never':'1969-12-31T23:59:59.999GMT'}");

    assert_int_equal(number_of(said, "a"), 0);
    assert_int_equal(number_of(said, "b"), UNKNOWN);
    assert_int_equal(number_of(said, "c"), UNKNOWN);
    assert_int_equal(time_of(said, "t"), 1795359600250);
    assert_int_equal(time_of(said, "never"), UNKNOWN);
}

#define ATTEMPTS                                                                         \
    "{'id':'application_1_2','name':'n','attempts':["                                    \
    "{'attemptId':'2','completed':%s,'startTimeEpoch':9},"                               \
    "{'attemptId':'1','completed':true,'startTimeEpoch':5}]}"

static void script_attempts(const char *completed)
{
    char json[400];

    snprintf(json, sizeof json, ATTEMPTS, completed);
    script_json(MASTER, "{'workers':[]}");
    script_json(LOGGED "application_1_2", json);
    script_text(PAGE "application_1_2", "text/html", LINK);
}

static void test_of_several_attempts_one_may_be_named(void **state)
{
    script_attempts("true");
    find("application_1_2/1");
    assert_text(found("url"), "http://m:18080/api/v1/applications/application_1_2/1");
    assert_text(found("attempt"), "1");
    assert_int_equal(jx_int(outcome.result, "startMs"), 5);
    assert_int_equal(jx_int(outcome.result, "attempts"), 2);
}

static void test_an_earlier_attempt_is_not_that_of_the_running_driver(void **state)
{
    script_attempts("false");
    find("application_1_2/1");
    assert_text(found("from"), "history server");
    assert_text(found("attempt"), "1");
}

static void test_an_attempt_that_is_not_there_is_an_error(void **state)
{
    script_attempts("true");
    script_error("GET http://d:4040/", ERROR_UNREACHABLE, "cannot reach d");
    script_error("GET http://m:8080/proxy/", ERROR_NOT_FOUND, "no proxy");
    find("application_1_2/7");
    assert_int_equal(outcome.error.kind, ERROR_NOT_FOUND);
    assert_non_null(strstr(outcome.error.message, "no attempt '7' among its 2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_the_running_driver_is_asked_first),
        claim(test_a_driver_out_of_reach_is_asked_through_the_master),
        claim(test_without_its_driver_the_history_server_tells_and_says_so),
        claim(test_the_newest_attempt_is_asked),
        claim(test_a_name_means_the_newest_that_has_it),
        claim(test_what_nobody_knows_is_an_error),
        claim(test_another_application_at_the_port_is_not_taken_for_it),
        claim(test_without_an_id_and_a_session_there_is_none),
        claim(test_what_spark_does_not_say_is_unknown),
        claim(test_of_several_attempts_one_may_be_named),
        claim(test_an_earlier_attempt_is_not_that_of_the_running_driver),
        claim(test_an_attempt_that_is_not_there_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
