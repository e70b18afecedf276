/* The line that an answer has when what has just run would get a critical finding. */
#include "tools/glance.h"

#include "base/jx.h"
#include "call_script.h"
#include "run_script.h"
#include "scripted_http.h"
#include "session_script.h"
#include "tool_client.h"
#include "unit.h"
#include "waiting.h"

#include <stdio.h>
#include <stdlib.h>

#define ROWS "{'columns':[],'rows':[],'truncated':false}"
#define LOGGED "GET http://m:18080/api/v1/applications/app-1"
#define LIVE "GET http://d:4040/api/v1/applications/app-1"

static const char slow[] = "200000", healthy[] = "0";

/* A list, which is read in slices. */
static void script_list(const char *place, const char *path, const char *rows)
{
    char words[120], *text;
    json_auto_t *list = json_of(rows);

    snprintf(words, sizeof words, "%s%s", place, path);
    text = json_dumps(list, 0);
    script_text(words, "application/json", text);
    free(text);
}

/* One stage of 100 s in a job of this group; it waited so long for shuffled data. */
static void script_lists(const char *place, const char *group, const char *waited_ms)
{
    char words[120], text[1200];

    snprintf(text, sizeof text,
             "[{'jobId':0,'status':'SUCCEEDED','jobGroup':'%s','stageIds':[3],"
             "'submissionTime':'1970-01-01T00:00:01.000GMT','completionTime':"
             "'1970-01-01T00:01:41.000GMT'}]",
             group);
    script_list(place, "/jobs", text);
    snprintf(text, sizeof text,
             "[{'stageId':3,'attemptId':0,'status':'COMPLETE','numTasks':40,"
             "'numCompleteTasks':40,'executorRunTime':390000,'shuffleFetchWaitTime':%s,"
             "'submissionTime':'1970-01-01T00:00:01.000GMT','firstTaskLaunchedTime':"
             "'1970-01-01T00:00:01.000GMT','completionTime':"
             "'1970-01-01T00:01:41.000GMT'}]",
             waited_ms);
    script_list(place, "/stages", text);
    script_list(place, "/allexecutors",
                "[{'id':'0','maxTasks':4,'addTime':'1970-01-01T00:00:01.000GMT'}]");
    script_list(place, "/sql?", "[{'id':7,'status':'COMPLETED','successJobIds':[0]}]");
    script_list(place, "/storage/rdd", "[]");
    snprintf(words, sizeof words, "%s/environment", place);
    script_json(words, "{}");
    snprintf(words, sizeof words, "%s/stages/3/0/taskSummary", place);
    script_error(words, ERROR_NOT_FOUND, "none");
    snprintf(words, sizeof words, "%s/sql/7", place);
    script_error(words, ERROR_NOT_FOUND, "none");
}

static void script_place(void)
{
    script_error(LOGGED, ERROR_NOT_FOUND, "no such app");
    script_text("GET http://m:8080/app/?appId=app-1", "text/html",
                "<a href=\"http://d:4040\">Application Detail UI</a>");
    script_json(LIVE, "{'id':'app-1','attempts':[{'completed':false}]}");
}

static const char *operation(void)
{
    return jx_string(script_sent(script_find(POST_1)), "id");
}

static void end_operation(void)
{
    script_answer(GET_1, DONE(ROWS));
    loop_run(10);
}

static void test_a_long_statement_with_a_critical_finding_has_one_line_of_it(void **state)
{
    call_that_goes_on(SQL);
    go_on(12);
    script_place();
    script_lists(LIVE, operation(), slow);
    end_operation();
    assert_contains(text(), "Warning: tasks wait for shuffled data in stage 3 cost about "
                            "50 of the 100 s in which its jobs ran: monitor-cluster with "
                            "metric_type 'diagnosis' and execution_id 7 tells why");
    check_output("execute-sql");
}

static void test_a_long_statement_that_is_well_has_none(void **state)
{
    call_that_goes_on(SQL);
    go_on(12);
    script_place();
    script_lists(LIVE, operation(), healthy);
    end_operation();
    assert_json(structured(), ROWS);
}

static void test_what_another_operation_did_is_not_told(void **state)
{
    call_that_goes_on(SQL);
    go_on(12);
    script_place();
    script_list(LIVE, "/jobs", "[{'jobId':0,'jobGroup':'op-of-another','stageIds':[3]}]");
    script_list(LIVE, "/stages", "[{'stageId':3,'attemptId':0,'status':'COMPLETE'}]");
    script_list(LIVE, "/allexecutors", "[]");
    script_list(LIVE, "/sql?", "[{'id':7,'successJobIds':[0]}]");
    script_json(LIVE "/environment", "{}");
    script_list(LIVE, "/storage/rdd", "[]");
    end_operation();
    assert_json(structured(), ROWS);
}

static void test_a_short_statement_is_not_looked_at(void **state)
{
    size_t asked;

    call_that_goes_on(SQL);
    go_on(8);
    asked = script_asked("GET http://m");
    end_operation();
    assert_json(structured(), ROWS);
    assert_int_equal(script_asked("GET http://m"), asked);
}

static void test_looking_takes_three_seconds_at_most_and_hides_its_failure(void **state)
{
    call_that_goes_on(SQL);
    go_on(12);
    script_error(LOGGED, ERROR_UNREACHABLE, "no history server");
    script_silence("GET http://m:8080/app/?appId=app-1");
    end_operation();
    assert_null(structured());
    loop_run(3100);
    assert_json(structured(), ROWS);
}

static void test_a_result_that_is_asked_for_twice_is_looked_at_once(void **state)
{
    char arguments[100];

    have_handle();
    go_on(12);
    script_place();
    script_lists(LIVE, operation(), slow);
    script_answer(GET_1, DONE(ROWS));
    loop_run(0);
    snprintf(arguments, sizeof arguments,
             "'monitor-cluster','arguments':{'operation_id':'%s'", id);
    for (int i = 0; i < 2; i++) {
        call(arguments);
        loop_run(10);
        assert_int_equal(
            json_array_size(jx_array(jx_object(structured(), "result"), "warnings")), 1);
    }
}

/* ---- a driver that has ended ---- */

#define REPORT                                                                           \
    "{'submissionId':'driver-1','applicationId':'app-1','state':'FINISHED','seconds':%s}"

static const char *seconds;

static void look(struct flow *flow, struct reply *reply)
{
    char text[200];

    snprintf(text, sizeof text, REPORT, seconds);
    json_auto_t *report = json_of(text);
    glance_at_report(flow, report, reply);
}

static void script_ended(const char *is_completed)
{
    char text[200];

    snprintf(text, sizeof text, "{'id':'app-1','attempts':[{'completed':%s}]}",
             is_completed);
    script_json(LOGGED, text);
    script_error("GET http://m:8080/app/?appId=app-1", ERROR_NOT_FOUND, "none");
}

static void test_a_job_is_looked_at_when_the_history_server_knows_its_end(void **state)
{
    seconds = "94.0";
    script_master("http://w:8081", 6144);
    script_ended("false");
    wait_for(&outcome, look);
    loop_run(10);
    script_ended("true");
    script_ended("true");
    script_lists(LOGGED, "", slow);
    loop_run(700);
    assert_contains(json_string_value(outcome.result), "submission_id 'driver-1' tells");
}

static void test_a_job_whose_end_is_not_known_there_is_let_be(void **state)
{
    seconds = "94.0";
    script_master("http://w:8081", 6144);
    for (int i = 0; i < 4; i++)
        script_ended("false");
    wait_for(&outcome, look);
    loop_run(3000);
    assert_true(outcome.has_ended);
    assert_null(outcome.result);
}

static void test_of_many_that_end_together_two_are_looked_at(void **state)
{
    struct outcome outcomes[4] = {0};

    seconds = "94.0";
    script_master("http://w:8081", 6144);
    script_silence("GET ");
    script_always();
    for (int i = 0; i < 3; i++)
        wait_for(&outcomes[i], look);
    loop_run(10);
    for (int i = 0; i < 3; i++)
        assert_int_equal(outcomes[i].has_ended, i == 2);
    loop_run(6000);
    wait_for(&outcomes[3], look);
    loop_run(10);
    assert_false(outcomes[3].has_ended);
    loop_run(6000);
    for (int i = 0; i < 4; i++)
        outcome_clear(&outcomes[i]);
}

static void script_running_job(void)
{
    script_state(1, "RUNNING");
    script_output(1, "",
                  "INFO StandaloneSchedulerBackend: Connected to Spark cluster with app "
                  "ID app-1\n");
    script_master("http://w:8081", 6144);
}

/* Followed by its id, and by the tool that submits it, alike. */
static void test_the_answer_about_a_job_has_the_line(void **state)
{
    script_running_job();
    call("'monitor-cluster','arguments':{'submission_id':'driver-1','wait_seconds':60");
    for (int i = 0; i < 40; i++)
        loop_run(500);
    script_forget("GET http://m:6066/v1/submissions/status/driver-1");
    script_state(1, "FINISHED");
    script_ended("true");
    script_ended("true");
    script_lists(LOGGED, "", slow);
    loop_run(5000);
    assert_contains(text(), "cost about 50 of the 100 s");
}

static void test_a_short_job_is_not_looked_at(void **state)
{
    seconds = "9.0";
    wait_for(&outcome, look);
    loop_run(10);
    assert_true(outcome.has_ended);
    assert_int_equal(script_asked(LOGGED), 0);
}

static void test_a_job_that_runs_tells_its_streaming_queries(void **state)
{
    char *page = recorded_text("spark-4.3.0/watched/streams.html");

    script_running_job();
    script_place();
    script_text("GET http://d:4040/StreamingQuery/", "text/html", page);
    free(page);
    call("'monitor-cluster','arguments':{'submission_id':'driver-1','wait_seconds':2");
    loop_run(5000);
    assert_int_equal(
        json_array_size(jx_array(jx_object(structured(), "job"), "streaming")), 2);
    assert_contains(text(), "rates is RUNNING");
    assert_contains(text(), "on average");
}

static void test_a_job_that_runs_without_streams_is_told_as_ever(void **state)
{
    script_running_job();
    script_place();
    script_silence("GET http://d:4040/StreamingQuery/");
    call("'monitor-cluster','arguments':{'submission_id':'driver-1','wait_seconds':2");
    loop_run(6000);
    assert_true(jx_is(jx_object(structured(), "job"), "state", "RUNNING"));
    assert_null(json_object_get(jx_object(structured(), "job"), "streaming"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_a_long_statement_with_a_critical_finding_has_one_line_of_it),
        claim(test_a_long_statement_that_is_well_has_none),
        claim(test_what_another_operation_did_is_not_told),
        claim(test_a_short_statement_is_not_looked_at),
        claim(test_looking_takes_three_seconds_at_most_and_hides_its_failure),
        claim(test_a_result_that_is_asked_for_twice_is_looked_at_once),
        claim(test_a_job_is_looked_at_when_the_history_server_knows_its_end),
        claim(test_a_job_whose_end_is_not_known_there_is_let_be),
        claim(test_of_many_that_end_together_two_are_looked_at),
        claim(test_the_answer_about_a_job_has_the_line),
        claim(test_a_short_job_is_not_looked_at),
        claim(test_a_job_that_runs_tells_its_streaming_queries),
        claim(test_a_job_that_runs_without_streams_is_told_as_ever),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
