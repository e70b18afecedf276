/* Calls of the product's tools from a line to the answer, on a scripted Spark. */
#include "base/jx.h"
#include "scripted_http.h"
#include "spark/cluster.h"
#include "spark/nonce.h"
#include "tool_client.h"
#include "unit.h"
#include "waiting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT_WORKER "'workerId':'worker-1','workerHostPort':'w:33905'}"
#define RUNNING "{'success':true,'driverState':'RUNNING'," AT_WORKER
#define FINISHED "{'success':true,'driverState':'FINISHED'," AT_WORKER
#define CREATED "{'success':true,'submissionId':'driver-1','serverSparkVersion':'3.5.9'}"
#define KILLED "{'success':true,'submissionId':'driver-1'}"
#define SUBMIT "'submit-spark-job','arguments':{'application_file':'hdfs://n/job.py'"

static int begin(void **state)
{
    return client_begin() ? 0 : -1;
}

static int end(void **state)
{
    return client_end() ? 0 : -1;
}

/* ---- the script ---- */

static void script_version(void)
{
    script_json("GET http://m:6066/v1/submissions/status/x",
                "{'success':false,'serverSparkVersion':'3.5.9'}");
}

static void script_submission(void)
{
    script_version();
    script_json("POST http://m:6066/v1/submissions/create", CREATED);
}

static void script_status(const char *answer)
{
    script_json("status/driver-1", answer);
}

static void script_master(void)
{
    script_value("GET http://m:8080/json/", recorded_json("spark-3.5.9/master.json"));
    script_always();
}

static void script_driver(const char *status)
{
    script_status(status);
    script_always();
    script_json("GET http://m:8080/json/",
                "{'status':'ALIVE','workers':[{'id':'worker-1','state':'ALIVE','cores':4,"
                "'coresfree':4,'memory':9000,'memoryfree':9000,"
                "'webuiaddress':'http://w:8081'}],'activedrivers':[{'id':'driver-1',"
                "'cores':1,'memory':20480}]}");
    script_always();
    script_text("logType=", "text/plain", "==== Bytes 0-4 of 4 of x ====\nwell");
    script_always();
}

static void script_kill(void)
{
    script_json("POST http://m:6066/v1/submissions/kill/driver-1", KILLED);
}

/* ---- what is cancelled leaves no driver behind ---- */

static void test_cancelling_a_call_kills_its_driver(void **state)
{
    script_submission();
    script_driver(RUNNING);
    script_kill();
    call(SUBMIT);
    loop_run(3000);
    cancel_call();
    loop_run(0);
    assert_int_equal(script_asked("kill/driver-1"), 1);
}

static void test_cancelling_a_call_that_submits_kills_what_comes_of_it(void **state)
{
    script_version();
    script_silence("create");
    script_kill();
    call(SUBMIT);
    loop_run(1000);
    cancel_call();
    loop_run(1000);
    assert_int_equal(script_asked("kill"), 0);
    script_answer("create", CREATED);
    loop_run(0);
    assert_int_equal(script_asked("kill/driver-1"), 1);
}

static void test_cancelling_a_call_that_has_not_submitted_kills_nothing(void **state)
{
    script_silence("status/x");
    call(SUBMIT);
    loop_run(1000);
    cancel_call();
    loop_run(1000);
    assert_int_equal(script_asked("POST"), 0);
}

static void test_a_cancelled_call_is_not_answered(void **state)
{
    script_silence("status/x");
    call(SUBMIT);
    loop_run(1000);
    cancel_call();
    loop_run(1000);
    assert_json(messages(), "[]");
    assert_int_equal(flow_count(), 0);
}

static void test_cancelling_another_call_changes_nothing(void **state)
{
    script_silence("status/x");
    call(SUBMIT);
    loop_run(0);
    client_send("{'jsonrpc':'2.0','method':'notifications/"
                "cancelled','params':{'requestId':'1'}}");
    assert_int_equal(flow_count(), 1);
}

static void test_closing_kills_the_drivers_of_calls_in_flight(void **state)
{
    script_submission();
    script_driver(RUNNING);
    script_kill();
    call(SUBMIT);
    loop_run(3000);
    client_end_calls();
    loop_run(0);
    assert_int_equal(script_asked("kill/driver-1"), 1);
}

static void test_watching_a_driver_and_giving_up_leaves_it_alone(void **state)
{
    script_driver(RUNNING);
    call("'monitor-cluster','arguments':{'submission_id':'driver-1','wait_seconds':60");
    loop_run(3000);
    cancel_call();
    loop_run(1000);
    assert_int_equal(script_asked("kill"), 0);
}

static void test_the_end_of_the_time_leaves_the_driver_alone(void **state)
{
    script_submission();
    script_driver(RUNNING);
    call(SUBMIT ",'wait_seconds':5");
    loop_run(10000);
    assert_text(jx_string(structured(), "state"), "RUNNING");
    assert_int_equal(script_asked("kill"), 0);
}

/* ---- jobs ---- */

static void test_a_job_that_is_not_waited_for_is_answered_with_its_id(void **state)
{
    script_submission();
    call(SUBMIT ",'wait_seconds':0");
    loop_run(0);
    assert_text(jx_string(structured(), "submissionId"), "driver-1");
    assert_true(json_is_false(json_object_get(structured(), "finished")));
    assert_contains(jx_string(structured(), "next"), "monitor-cluster");
}

static void test_a_job_without_room_may_be_taken_back(void **state)
{
    script_submission();
    script_driver("{'success':true,'driverState':'SUBMITTED'}");
    script_kill();
    call(SUBMIT ",'if_no_room':'cancel'");
    loop_run(10000);
    assert_text(jx_string(structured(), "state"), "KILLED");
    assert_true(jx_bool(structured(), "finished"));
}

static void test_a_job_without_room_stays_queued_unless_told(void **state)
{
    script_submission();
    script_driver("{'success':true,'driverState':'SUBMITTED'}");
    call(SUBMIT);
    loop_run(10000);
    assert_text(jx_string(structured(), "state"), "SUBMITTED");
    assert_contains(text(), "20480 MiB");
}

static void test_a_driver_that_was_accepted_is_answered_even_if_it_is_lost_sight_of(
    void **state)
{
    script_submission();
    script_error("status/driver-1", ERROR_SPARK, "HTTP 500");
    script_always();
    script_master();
    call(SUBMIT);
    loop_run(60000);
    assert_text(jx_string(structured(), "submissionId"), "driver-1");
    assert_contains(text(), "HTTP 500");
}

static void test_a_kill_waits_for_the_end(void **state)
{
    script_status(RUNNING);
    script_kill();
    script_status(RUNNING);
    script_status("{'success':true,'driverState':'KILLED'}");
    call("'kill-spark-job','arguments':{'submission_id':'driver-1'");
    loop_run(10000);
    assert_json(structured(), "{'submissionId':'driver-1','killed':true,'state':'KILLED',"
                              "'stateBefore':'RUNNING'}");
}

static void test_a_driver_that_does_not_end_is_not_told_as_ended(void **state)
{
    script_status(RUNNING);
    script_always();
    script_kill();
    call("'kill-spark-job','arguments':{'submission_id':'driver-1'");
    loop_run(30000);
    assert_true(json_is_false(json_object_get(structured(), "killed")));
    assert_contains(text(), "driver-1 is RUNNING now.");
    assert_contains(text(), "look again with monitor-cluster");
}

static void test_a_kill_waits_no_longer_than_any_call(void **state)
{
    struct error error;

    assert_true(
        configure(&error, "SPARK_MASTER=spark://m:7077", "SPARK_WAIT_SECONDS=3", NULL));
    script_status(RUNNING);
    script_always();
    script_kill();
    call("'kill-spark-job','arguments':{'submission_id':'driver-1'");
    loop_run(2500);
    assert_null(structured());
    loop_run(1000);
    assert_contains(text(), "look again with monitor-cluster");
}

static void test_what_has_ended_is_not_killed(void **state)
{
    script_status(FINISHED);
    call("'kill-spark-job','arguments':{'submission_id':'driver-1'");
    loop_run(0);
    assert_true(json_is_false(json_object_get(structured(), "killed")));
    assert_int_equal(script_asked("POST"), 0);
}

/* driver-1 was submitted again as driver-2, whose log bears this marker. */
static void script_relaunch(const char *marker)
{
    char page[200];

    snprintf(page, sizeof page,
             "==== Bytes 0-70 of 70 of /x ====\nLaunch Command: \"java\" "
             "\"-Dspark.mcp.submission=%s\"\n",
             marker);
    nonce_keep("driver-1", NONCE);
    script_json(
        "http://m:8080/json/",
        "{'status':'ALIVE','workers':[{'id':'w-2','webuiaddress':'http://w:8081'}],"
        "'activedrivers':[{'id':'driver-2','starttime':'2','worker':'w-2'}],"
        "'completeddrivers':[{'id':'driver-1','starttime':'1','worker':'w-1'}]}");
    script_status("{'success':true,'driverState':'RELAUNCHING'}");
    script_text("driverId=driver-2&logType=stderr", "text/plain", page);
}

static void test_a_kill_by_the_old_id_ends_the_relaunched_driver(void **state)
{
    script_relaunch("0000000000000000");
    script_json("status/driver-2", RUNNING);
    script_json("POST http://m:6066/v1/submissions/kill/driver-2", KILLED);
    script_json("status/driver-2", "{'success':true,'driverState':'KILLED'}");
    call("'kill-spark-job','arguments':{'submission_id':'driver-1'");
    loop_run(10000);
    assert_json(structured(), "{'submissionId':'driver-2','relaunchedFrom':'driver-1',"
                              "'killed':true,'state':'KILLED','stateBefore':'RUNNING'}");
    nonce_forget_all();
}

static void test_a_kill_leaves_the_jobs_of_others_alone(void **state)
{
    script_relaunch("1111111111111111");
    call("'kill-spark-job','arguments':{'submission_id':'driver-1'");
    loop_run(0);
    assert_int_equal(script_asked("POST"), 0);
    assert_contains(text(), "nothing of it runs");
    nonce_forget_all();
}

/* ---- errors ---- */

static void test_what_spark_refuses_is_a_tool_error(void **state)
{
    script_error("status/x", ERROR_UNREACHABLE, "cannot reach 'http://m:6066'");
    call(SUBMIT);
    loop_run(0);
    assert_true(jx_bool(result(), "isError"));
    assert_contains(text(), "cannot reach 'http://m:6066'");
    assert_null(structured());
}

static void test_arguments_that_do_not_fit_send_nothing(void **state)
{
    call(SUBMIT ",'num_executor':2,'executor_cores':'four'");
    loop_run(0);
    assert_true(jx_bool(result(), "isError"));
    assert_contains(text(), "num_executors");
    assert_contains(text(), "executor_cores");
    assert_int_equal(script_asked(""), 0);
}

static void test_a_number_that_was_lowered_is_said_in_both_forms(void **state)
{
    script_master();
    call("'monitor-cluster','arguments':{'limit':1000");
    loop_run(0);
    assert_text(json_string_value(json_array_get(jx_array(structured(), "warnings"), 0)),
                "limit was lowered from 1000 to 200, the most that is taken");
    assert_contains(text(), "limit was lowered from 1000 to 200");
}

/* ---- progress ---- */

static void test_progress_grows_with_every_notification(void **state)
{
    double before = -1;
    const json_t *message;
    size_t i;

    script_submission();
    script_driver(RUNNING);
    client_send("{'jsonrpc':'2.0','id':1,'method':'tools/call','params':{'name':" SUBMIT
                ",'wait_seconds':20},'_meta':{'progressToken':'t'}}}");
    loop_run(15000);
    assert_in_range(json_array_size(messages()), 5, 30);
    json_array_foreach (messages(), i, message) {
        const json_t *params = jx_object(message, "params");
        double progress = json_number_value(json_object_get(params, "progress"));
        assert_text(jx_string(message, "method"), "notifications/progress");
        assert_text(jx_string(params, "progressToken"), "t");
        assert_true(progress > before);
        before = progress;
    }
    script_kill();
    cancel_call();
    loop_run(0);
}

static void test_who_has_no_token_gets_no_progress(void **state)
{
    script_submission();
    script_driver(RUNNING);
    script_kill();
    call(SUBMIT ",'wait_seconds':20");
    loop_run(15000);
    assert_json(messages(), "[]");
    cancel_call();
    loop_run(0);
}

/* ---- output schemas ---- */

static void test_every_answer_about_a_job_fits_its_schema(void **state)
{
    script_submission();
    script_driver(FINISHED);
    call(SUBMIT);
    loop_run(1000);
    check_output("submit-spark-job");
}

static void test_every_answer_about_a_kill_fits_its_schema(void **state)
{
    script_status(FINISHED);
    call("'kill-spark-job','arguments':{'submission_id':'driver-1'");
    loop_run(0);
    check_output("kill-spark-job");
}

static void test_every_view_of_the_cluster_fits_its_schema(void **state)
{
    static const char *const metrics[] = {"cluster", "applications", "executors",
                                          "drivers"};

    script_master();
    script_value("allexecutors", recorded_json("spark-3.5.9/executors.json"));
    script_always();
    script_value("GET http://m:18080/api/v1/applications?",
                 recorded_json("spark-3.5.9/applications.json"));
    script_always();
    script_text("GET http://m:8080/app/?appId=", "text/html", "<html></html>");
    script_always();
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
        char arguments[100];
        snprintf(arguments, sizeof arguments,
                 "'monitor-cluster','arguments':{'metric_type':'%s'", metrics[i]);
        call(arguments);
        loop_run(1000);
        check_output("monitor-cluster");
        assert_non_null(json_object_get(structured(), metrics[i]));
    }
}

static void test_executors_are_asked_at_the_ui_that_the_masters_page_names(void **state)
{
    char *page = recorded_text("spark-3.5.9/application-page.html");

    script_master();
    script_error("GET http://m:18080/", ERROR_UNREACHABLE, "no history server");
    script_always();
    script_text("GET http://m:8080/app/?appId=app-20261122182026-0014", "text/html",
                page);
    script_value(
        "GET "
        "http://localhost:4041/api/v1/applications/app-20261122182026-0014/allexecutors",
        recorded_json("spark-3.5.9/executors.json"));
    call("'monitor-cluster','arguments':{'application_id':'app-20261122182026-0014'");
    loop_run(1000);
    assert_int_equal(json_array_size(jx_array(structured(), "executors")), 2);
    free(page);
}

static void test_a_page_of_a_log_fits_its_schema(void **state)
{
    script_driver(RUNNING);
    call(
        "'monitor-cluster','arguments':{'metric_type':'logs','submission_id':'driver-1'");
    loop_run(0);
    check_output("monitor-cluster");
    assert_json(json_object_get(structured(), "log"),
                "{'start':0,'end':4,'total':4,'text':'well','name':'stdout'}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_cancelling_a_call_kills_its_driver),
        claim(test_cancelling_a_call_that_submits_kills_what_comes_of_it),
        claim(test_cancelling_a_call_that_has_not_submitted_kills_nothing),
        claim(test_a_cancelled_call_is_not_answered),
        claim(test_cancelling_another_call_changes_nothing),
        claim(test_closing_kills_the_drivers_of_calls_in_flight),
        claim(test_watching_a_driver_and_giving_up_leaves_it_alone),
        claim(test_the_end_of_the_time_leaves_the_driver_alone),
        claim(test_a_job_that_is_not_waited_for_is_answered_with_its_id),
        claim(test_a_job_without_room_may_be_taken_back),
        claim(test_a_job_without_room_stays_queued_unless_told),
        claim(test_a_driver_that_was_accepted_is_answered_even_if_it_is_lost_sight_of),
        claim(test_a_kill_waits_for_the_end),
        claim(test_a_driver_that_does_not_end_is_not_told_as_ended),
        claim(test_a_kill_waits_no_longer_than_any_call),
        claim(test_what_has_ended_is_not_killed),
        claim(test_a_kill_by_the_old_id_ends_the_relaunched_driver),
        claim(test_a_kill_leaves_the_jobs_of_others_alone),
        claim(test_what_spark_refuses_is_a_tool_error),
        claim(test_arguments_that_do_not_fit_send_nothing),
        claim(test_a_number_that_was_lowered_is_said_in_both_forms),
        claim(test_progress_grows_with_every_notification),
        claim(test_who_has_no_token_gets_no_progress),
        claim(test_every_answer_about_a_job_fits_its_schema),
        claim(test_every_answer_about_a_kill_fits_its_schema),
        claim(test_every_view_of_the_cluster_fits_its_schema),
        claim(test_executors_are_asked_at_the_ui_that_the_masters_page_names),
        claim(test_a_page_of_a_log_fits_its_schema),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
