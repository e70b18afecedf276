#include "spark/driver.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "scripted_http.h"
#include "spark/cluster.h"
#include "unit.h"
#include "waiting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUBMITTED "{'success':true,'driverState':'SUBMITTED'}"
#define AT_WORKER "'workerId':'worker-1','workerHostPort':'w:33905'}"
#define RUNNING "{'success':true,'driverState':'RUNNING'," AT_WORKER
#define FINISHED "{'success':true,'driverState':'FINISHED'," AT_WORKER
#define FAILED "{'success':true,'driverState':'FAILED'," AT_WORKER

#define MARK "\nmcp-spark-server: application app-1 http://w:4040\n"
#define TRACEBACK                                                                        \
    "Traceback (most recent call last):\n  File \"job.py\", line 3, in <module>\n"       \
    "    import nowhere\nModuleNotFoundError: No module named 'nowhere'\n"

static struct outcome outcome;
static int wait_seconds;
static bool waits_for_room;

static int begin(void **state)
{
    struct error error;

    loop_begin();
    wait_seconds = 60;
    waits_for_room = false;
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

/* ---- the script of a driver ---- */

static void script_status(const char *answer)
{
    script_json("GET http://m:6066/v1/submissions/status/driver-1", answer);
}

/* One worker with so much free, our driver, and the state of its application ("": none).
 */
static void script_master(int free_cores, int free_memory, int driver_memory,
                          const char *application_state)
{
    char applications[200] = "";
    char state[1000];

    if (application_state[0] != '\0')
        snprintf(applications, sizeof applications,
                 "{'id':'app-1','state':'%s','memoryperexecutor':2048}",
                 application_state);
    snprintf(state, sizeof state,
             "{'status':'ALIVE','workers':[{'id':'worker-1','host':'w','state':'ALIVE',"
             "'webuiaddress':'http://w:8081','cores':4,'coresfree':%d,'memory':6144,"
             "'memoryfree':%d}],'activeapps':[%s],'activedrivers':[{'id':'driver-1',"
             "'cores':1,'memory':%d}]}",
             free_cores, free_memory, applications, driver_memory);
    script_json("GET http://m:8080/json/", state);
    script_always();
}

static void script_roomy_master(void)
{
    script_master(4, 6144, 1024, "");
}

static void script_log(const char *type, const char *text)
{
    struct buffer page = {0};
    char words[60];

    snprintf(words, sizeof words, "logType=%s", type);
    buffer_printf(&page, "==== Bytes 0-%zu of %zu of /x/%s ====\n%s", strlen(text),
                  strlen(text), type, text);
    script_text(words, "text/plain", buffer_text(&page));
    script_always();
    buffer_release(&page);
}

static void script_logs(const char *out, const char *err)
{
    script_log("stdout", out);
    script_log("stderr", err);
}

static void script_no_jobs(void)
{
    script_json("http://w:4040/api/v1/applications/app-1/jobs", "[]");
    script_always();
}

static void follow(struct flow *flow, struct reply *reply)
{
    driver_follow(flow, "driver-1", wait_seconds, waits_for_room, reply);
}

static void start(void)
{
    wait_for(&outcome, follow);
}

/* Follows it to the end. */
static void run(void)
{
    start();
    for (int seconds = 0; !outcome.has_ended && seconds < 300; seconds++)
        loop_run(1000);
    assert_true(outcome.has_ended);
}

static const char *told(const char *key)
{
    return jx_string(outcome.result, key);
}

static const char *warning(void)
{
    return json_string_value(json_array_get(jx_array(outcome.result, "warnings"), 0));
}

/* ---- to the end ---- */

static void test_a_driver_is_followed_to_its_end(void **state)
{
    script_status(SUBMITTED);
    script_status(RUNNING);
    script_status(FINISHED);
    script_roomy_master();
    script_logs(MARK "3 rows\n", "");
    script_no_jobs();
    run();
    assert_json(
        outcome.result,
        "{'submissionId':'driver-1','state':'FINISHED','finished':true,"
        "'applicationId':'app-1','worker':'w:33905',"
        "'ui':'http://m:8080/app/?appId=app-1','output':'3 rows\\n','seconds':0.6}");
}

static void test_a_driver_that_has_ended_is_told_at_once(void **state)
{
    script_status(FINISHED);
    script_roomy_master();
    script_logs("3 rows\n", "");
    start();
    loop_run(0);
    assert_true(outcome.has_ended);
    assert_text(told("output"), "3 rows\n");
}

static void test_a_driver_is_looked_at_less_and_less_often(void **state)
{
    script_status(RUNNING);
    script_always();
    script_roomy_master();
    script_logs("", "");
    run();
    assert_in_range(script_asked("status/driver-1"), 40, 50);
}

static void test_a_killed_driver_has_no_cause(void **state)
{
    script_status("{'success':true,'driverState':'KILLED'," AT_WORKER);
    script_roomy_master();
    script_logs(TRACEBACK, "");
    run();
    assert_text(told("state"), "KILLED");
    assert_null(json_object_get(outcome.result, "exitCause"));
}

/* ---- failures ---- */

static void test_a_failed_driver_tells_its_cause(void **state)
{
    script_status(FAILED);
    script_roomy_master();
    script_logs(TRACEBACK, "");
    run();
    assert_contains(told("exitCause"), "ModuleNotFoundError: No module named 'nowhere'");
    assert_contains(told("next"), "py_files");
}

static void test_the_exception_of_the_status_is_a_cause(void **state)
{
    script_status("{'success':true,'driverState':'ERROR','message':'Exception from the "
                  "cluster:\\njava.io.IOException: no disk'}");
    script_roomy_master();
    run();
    assert_text(told("exitCause"), "java.io.IOException: no disk");
    assert_contains(told("next"), "monitor-cluster");
}

static void test_a_driver_in_error_without_a_word_lost_its_worker(void **state)
{
    script_status("{'success':true,'driverState':'ERROR'}");
    script_roomy_master();
    run();
    assert_contains(told("exitCause"), "worker that ran the driver was lost");
}

static void test_a_failure_without_a_word_says_so(void **state)
{
    script_status(FAILED);
    script_roomy_master();
    script_logs("", "");
    run();
    assert_contains(told("exitCause"), "wrote no reason");
    assert_contains(told("next"), "'stderr'");
}

/* ---- output ---- */

static void test_the_output_is_its_last_lines(void **state)
{
    struct buffer text = {0};

    for (int i = 1; i <= 100; i++)
        buffer_printf(&text, "row %d\n", i);
    script_status(FINISHED);
    script_roomy_master();
    script_logs(buffer_text(&text), "");
    run();
    assert_true(strncmp(told("output"), "row 76\n", 7) == 0);
    assert_contains(told("output"), "row 100\n");
    buffer_release(&text);
}

static void test_long_lines_of_output_are_few(void **state)
{
    struct buffer text = {0};

    for (int i = 0; i < 100; i++)
        buffer_printf(&text, "%0500d\n", i);
    script_status(FINISHED);
    script_roomy_master();
    script_logs(buffer_text(&text), "");
    run();
    assert_in_range(strlen(told("output")), 501, 3000);
    assert_int_equal(strlen(told("output")) % 501, 0);
    buffer_release(&text);
}

static void test_our_own_line_is_not_output(void **state)
{
    script_status(FINISHED);
    script_roomy_master();
    script_logs("before\n" MARK "after\n", "");
    run();
    assert_text(told("output"), "before\nafter\n");
}

static void test_output_that_cannot_be_read_is_a_warning(void **state)
{
    script_status(FINISHED);
    script_roomy_master();
    script_error("http://w:8081", ERROR_UNREACHABLE, "cannot reach w");
    script_always();
    script_error("http://m:8080/proxy/", ERROR_NOT_FOUND, "no proxy");
    script_always();
    run();
    assert_text(told("state"), "FINISHED");
    assert_contains(warning(), "cannot reach w");
}

static void test_without_the_master_the_worker_is_guessed(void **state)
{
    script_status(FINISHED);
    script_error("http://m:8080/json/", ERROR_TIMEOUT, "no answer");
    script_always();
    script_text("GET http://w:8081/log/?driverId=driver-1&logType=stdout", "text/plain",
                "==== Bytes 0-1 of 1 of x ====\nx");
    script_log("stderr", "");
    run();
    assert_text(told("output"), "x");
}

/* ---- applications ---- */

static void test_the_application_of_a_script_is_found_in_its_output(void **state)
{
    wait_seconds = 2;
    script_status(RUNNING);
    script_always();
    script_roomy_master();
    script_logs("first words\n" MARK, "");
    script_no_jobs();
    run();
    assert_text(told("applicationId"), "app-1");
    assert_text(told("ui"), "http://w:4040");
}

static void test_the_application_of_a_jar_is_found_in_its_log(void **state)
{
    wait_seconds = 2;
    script_status(RUNNING);
    script_always();
    script_roomy_master();
    script_logs(
        "", "26/11/22 17:11:02 INFO Utils: Successfully started service 'SparkUI' on "
            "port 4041.\n26/11/22 17:11:03 INFO StandaloneSchedulerBackend: Connected "
            "to Spark cluster with app ID app-1\n");
    script_json("http://w:4041/api/v1/applications/app-1/jobs", "[]");
    script_always();
    run();
    assert_text(told("applicationId"), "app-1");
    assert_text(told("ui"), "http://w:4041");
}

static void test_the_application_in_a_recorded_log_is_found(void **state)
{
    char *log = recorded_text("spark-3.5.9/log-page-of-stderr.txt");
    json_auto_t *found = json_object();

    assert_true(driver_find_application(log, found));
    assert_json(found, "{'applicationId':'app-20261122182026-0014'}");
    free(log);
}

static void test_an_application_may_have_no_ui(void **state)
{
    json_auto_t *found = json_object();

    assert_true(
        driver_find_application("mcp-spark-server: application app-1 -\n", found));
    assert_json(found, "{'applicationId':'app-1'}");
}

static void test_a_line_that_is_not_complete_names_no_application(void **state)
{
    json_auto_t *found = json_object();

    assert_false(
        driver_find_application("mcp-spark-server: application app-2026", found));
    assert_false(driver_find_application("", found));
    assert_json(found, "{}");
}

/* ---- progress ---- */

static void test_progress_is_that_of_the_running_jobs(void **state)
{
    script_status(RUNNING);
    script_always();
    script_roomy_master();
    script_logs(MARK, "");
    script_json("GET http://w:4040/api/v1/applications/app-1/jobs?status=running",
                "[{'numCompletedTasks':3,'numTasks':12,'numSkippedTasks':2,"
                "'numActiveStages':1}]");
    script_always();
    start();
    loop_run(3000);
    assert_text(outcome.report,
                "RUNNING: application app-1, 3 of 10 tasks done, 1 stages active");
    assert_float_equal(outcome.done, 3, 0);
    assert_float_equal(outcome.total, 10, 0);
    outcome_cancel(&outcome);
}

static void test_progress_is_told_no_more_than_once_a_second(void **state)
{
    script_status(RUNNING);
    script_always();
    script_roomy_master();
    script_logs("", "");
    start();
    loop_run(10000);
    assert_in_range(outcome.reports, 5, 11);
    outcome_cancel(&outcome);
}

static void test_a_ui_that_does_not_answer_is_left_alone(void **state)
{
    script_status(RUNNING);
    script_always();
    script_roomy_master();
    script_logs(MARK, "");
    script_error("http://w:4040", ERROR_TIMEOUT, "no answer");
    script_always();
    run();
    assert_int_equal(script_asked("http://w:4040"), 3);
    assert_text(told("progress"), "application app-1");
}

static void test_an_application_that_waits_is_told(void **state)
{
    wait_seconds = 5;
    script_status(RUNNING);
    script_always();
    script_master(0, 1000, 1024, "WAITING");
    script_logs(MARK, "");
    script_no_jobs();
    run();
    assert_contains(told("progress"), "waits for its first executor");
    assert_null(json_object_get(outcome.result, "warnings"));
}

static void test_an_application_that_waits_long_is_answered(void **state)
{
    script_status(RUNNING);
    script_always();
    script_master(0, 1000, 1024, "WAITING");
    script_logs(MARK, "");
    script_no_jobs();
    run();
    assert_contains(warning(), "2048 MiB");
    assert_contains(warning(), "w has 0 of 4 cores and 1000 of 6144 MiB free");
    assert_in_range(json_number_value(json_object_get(outcome.result, "seconds")), 8, 12);
}

/* ---- queues ---- */

static void test_a_driver_that_fits_nowhere_is_answered_soon(void **state)
{
    script_status(SUBMITTED);
    script_always();
    script_master(4, 6144, 20480, "");
    run();
    assert_text(told("state"), "SUBMITTED");
    assert_text(warning(),
                "no worker can take the driver: it asks for 1 cores and 20480 MiB; "
                "w has 4 of 4 cores and 6144 of 6144 MiB free");
    assert_in_range(json_number_value(json_object_get(outcome.result, "seconds")), 3, 5);
}

static void test_a_driver_behind_others_is_answered_a_little_later(void **state)
{
    script_status(SUBMITTED);
    script_always();
    script_master(0, 100, 1024, "");
    run();
    assert_contains(warning(), "before others end");
    assert_in_range(json_number_value(json_object_get(outcome.result, "seconds")), 8, 11);
}

static void test_who_waits_for_room_waits_behind_others(void **state)
{
    waits_for_room = true;
    script_status(SUBMITTED);
    script_always();
    script_master(0, 100, 1024, "");
    run();
    assert_in_range(json_number_value(json_object_get(outcome.result, "seconds")), 60,
                    61);
    assert_contains(told("progress"), "before others end");
}

static void test_a_short_queue_is_no_matter(void **state)
{
    for (int i = 0; i < 4; i++)
        script_status(SUBMITTED);
    script_status(FINISHED);
    script_master(0, 100, 1024, "");
    script_logs("3 rows\n", "");
    run();
    assert_text(told("state"), "FINISHED");
    assert_null(json_object_get(outcome.result, "warnings"));
}

static void test_a_queue_with_room_is_waited_for(void **state)
{
    script_status(SUBMITTED);
    script_always();
    script_roomy_master();
    run();
    assert_in_range(json_number_value(json_object_get(outcome.result, "seconds")), 60,
                    61);
}

/* ---- the end of the time ---- */

static void test_the_end_of_the_time_gives_a_handle(void **state)
{
    wait_seconds = 5;
    script_status(RUNNING);
    script_always();
    script_roomy_master();
    script_logs(MARK "half\n", "");
    script_no_jobs();
    run();
    assert_json(outcome.result,
                "{'submissionId':'driver-1','state':'RUNNING','finished':false,"
                "'applicationId':'app-1','worker':'w:33905','ui':'http://w:4040',"
                "'progress':'application app-1','output':'half\\n','seconds':5.0,"
                "'next':'Still going on: call monitor-cluster with submission_id "
                "\\u0027driver-1\\u0027 and wait_seconds, or kill-spark-job.'}");
}

static void test_without_time_one_look_is_taken(void **state)
{
    wait_seconds = 0;
    script_status(RUNNING);
    script_roomy_master();
    script_logs(MARK, "");
    script_no_jobs();
    start();
    loop_run(0);
    assert_true(outcome.has_ended);
    assert_text(told("state"), "RUNNING");
    assert_text(told("applicationId"), "app-1");
}

/* ---- looks that fail ---- */

static void test_two_looks_may_fail(void **state)
{
    script_error("status/driver-1", ERROR_SPARK, "HTTP 500");
    script_error("status/driver-1", ERROR_TIMEOUT, "no answer");
    script_status(FINISHED);
    script_roomy_master();
    script_logs("", "");
    run();
    assert_text(told("state"), "FINISHED");
}

static void test_three_looks_that_fail_in_a_row_are_the_end(void **state)
{
    script_error("status/driver-1", ERROR_SPARK, "HTTP 500");
    script_error("status/driver-1", ERROR_SPARK, "HTTP 500");
    script_error("status/driver-1", ERROR_SPARK, "the third");
    script_roomy_master();
    run();
    assert_error(&outcome.error, ERROR_SPARK, "the third");
}

static void test_a_master_out_of_reach_may_come_back(void **state)
{
    for (int i = 0; i < 10; i++)
        script_error("status/driver-1", i % 2 ? ERROR_TIMEOUT : ERROR_UNREACHABLE, "no");
    script_status(FINISHED);
    script_roomy_master();
    script_logs("", "");
    run();
    assert_text(told("state"), "FINISHED");
}

static void test_a_master_out_of_reach_is_told_as_progress(void **state)
{
    script_error("status/driver-1", ERROR_UNREACHABLE, "cannot reach m");
    script_always();
    script_roomy_master();
    start();
    loop_run(2000);
    assert_contains(outcome.report, "cannot reach m");
    outcome_cancel(&outcome);
}

static void test_a_master_that_stays_out_of_reach_is_an_error_in_the_end(void **state)
{
    wait_seconds = 20;
    script_error("status/driver-1", ERROR_UNREACHABLE, "cannot reach m");
    script_always();
    script_roomy_master();
    run();
    assert_error(&outcome.error, ERROR_UNREACHABLE, "cannot reach m");
    assert_in_range(script_asked("status/driver-1"), 10, 20);
}

static void test_a_look_that_succeeds_gives_new_patience(void **state)
{
    for (int i = 0; i < 3; i++) {
        script_error("status/driver-1", ERROR_SPARK, "HTTP 500");
        script_error("status/driver-1", ERROR_SPARK, "HTTP 500");
        script_status(SUBMITTED);
    }
    script_status(FINISHED);
    script_roomy_master();
    script_logs("", "");
    run();
    assert_text(told("state"), "FINISHED");
}

static void test_an_unknown_driver_is_the_end_at_once(void **state)
{
    script_status("{'success':false}");
    script_roomy_master();
    start();
    loop_run(0);
    assert_error(&outcome.error, ERROR_NOT_FOUND, "driver-1");
}

static void test_a_cancelled_follower_leaves_no_transfer(void **state)
{
    script_silence("status/driver-1");
    script_silence("http://m:8080/json/");
    start();
    assert_int_equal(script_pending(), 2);
    outcome_cancel(&outcome);
    assert_int_equal(script_pending(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_a_driver_is_followed_to_its_end),
        claim(test_a_driver_that_has_ended_is_told_at_once),
        claim(test_a_driver_is_looked_at_less_and_less_often),
        claim(test_a_killed_driver_has_no_cause),
        claim(test_a_failed_driver_tells_its_cause),
        claim(test_the_exception_of_the_status_is_a_cause),
        claim(test_a_driver_in_error_without_a_word_lost_its_worker),
        claim(test_a_failure_without_a_word_says_so),
        claim(test_the_output_is_its_last_lines),
        claim(test_long_lines_of_output_are_few),
        claim(test_our_own_line_is_not_output),
        claim(test_output_that_cannot_be_read_is_a_warning),
        claim(test_without_the_master_the_worker_is_guessed),
        claim(test_the_application_of_a_script_is_found_in_its_output),
        claim(test_the_application_of_a_jar_is_found_in_its_log),
        claim(test_the_application_in_a_recorded_log_is_found),
        claim(test_an_application_may_have_no_ui),
        claim(test_a_line_that_is_not_complete_names_no_application),
        claim(test_progress_is_that_of_the_running_jobs),
        claim(test_progress_is_told_no_more_than_once_a_second),
        claim(test_a_ui_that_does_not_answer_is_left_alone),
        claim(test_an_application_that_waits_is_told),
        claim(test_an_application_that_waits_long_is_answered),
        claim(test_a_driver_that_fits_nowhere_is_answered_soon),
        claim(test_a_driver_behind_others_is_answered_a_little_later),
        claim(test_who_waits_for_room_waits_behind_others),
        claim(test_a_short_queue_is_no_matter),
        claim(test_a_queue_with_room_is_waited_for),
        claim(test_the_end_of_the_time_gives_a_handle),
        claim(test_without_time_one_look_is_taken),
        claim(test_two_looks_may_fail),
        claim(test_three_looks_that_fail_in_a_row_are_the_end),
        claim(test_a_master_out_of_reach_may_come_back),
        claim(test_a_master_out_of_reach_is_told_as_progress),
        claim(test_a_master_that_stays_out_of_reach_is_an_error_in_the_end),
        claim(test_a_look_that_succeeds_gives_new_patience),
        claim(test_an_unknown_driver_is_the_end_at_once),
        claim(test_a_cancelled_follower_leaves_no_transfer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
