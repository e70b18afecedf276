/* What happens while a driver has not ended: progress, queues, looks that fail. */
#include "spark/driver.h"

#include "base/jx.h"
#include "driver_script.h"
#include "scripted_http.h"
#include "unit.h"

static int begin(void **state)
{
    return driver_script_begin() ? 0 : -1;
}

static int end(void **state)
{
    return driver_script_end() ? 0 : -1;
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
    follow_driver();
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
    follow_driver();
    loop_run(999);
    assert_in_range(script_asked("status/driver-1"), 2, 10);
    assert_int_equal(outcome.reports, 1);
    loop_run(9000);
    assert_in_range(outcome.reports, 5, 10);
    outcome_cancel(&outcome);
}

static void test_a_ui_out_of_reach_is_left_alone(void **state)
{
    script_status(RUNNING);
    script_always();
    script_roomy_master();
    script_logs(MARK, "");
    script_error("http://w:4040", ERROR_UNREACHABLE, "cannot reach w");
    script_always();
    script_error("http://m:8080/proxy/app-1/", ERROR_BAD_ANSWER, "no proxy");
    script_always();
    run_driver();
    assert_int_equal(script_asked("http://w:4040"), 3);
    assert_text(told("progress"), "application app-1");
}

static void test_a_ui_behind_the_master_is_asked_through_it(void **state)
{
    script_status(RUNNING);
    script_always();
    script_roomy_master();
    script_logs(MARK, "");
    script_error("http://w:4040", ERROR_UNREACHABLE, "cannot reach w");
    script_always();
    script_json("http://m:8080/proxy/app-1/api/v1/applications/app-1/jobs",
                "[{'numCompletedTasks':1,'numTasks':2,'numActiveStages':1}]");
    script_always();
    run_driver();
    assert_contains(told("progress"), "1 of 2 tasks done");
}

static void test_a_ui_that_is_busy_is_asked_again(void **state)
{
    wait_seconds = 20;
    script_status(RUNNING);
    script_always();
    script_roomy_master();
    script_logs(MARK, "");
    for (int i = 0; i < 5; i++) {
        script_error("http://w:4040", ERROR_TIMEOUT, "no answer");
        script_error("http://m:8080/proxy/app-1/", ERROR_BAD_ANSWER, "no proxy");
    }
    script_json("http://w:4040",
                "[{'numCompletedTasks':1,'numTasks':2,'numActiveStages':1}]");
    script_always();
    run_driver();
    assert_contains(told("progress"), "1 of 2 tasks done");
}

static void test_a_ui_is_not_asked_before_its_application_is_known(void **state)
{
    script_status(RUNNING);
    script_always();
    script_roomy_master();
    script_logs(
        "",
        "26/11/22 17:11:02 INFO Utils: Successfully started service 'SparkUI' on port "
        "4040.\n");
    follow_driver();
    loop_run(5000);
    assert_int_equal(script_asked(":4040"), 0);
    outcome_cancel(&outcome);
}

static void test_an_application_that_waits_is_told(void **state)
{
    wait_seconds = 5;
    script_status(RUNNING);
    script_always();
    script_master(0, 1000, 1024, "WAITING");
    script_logs(MARK, "");
    script_no_jobs();
    run_driver();
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
    run_driver();
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
    run_driver();
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
    run_driver();
    assert_contains(warning(), "before others end");
    assert_in_range(json_number_value(json_object_get(outcome.result, "seconds")), 8, 11);
}

static void test_who_waits_for_room_waits_behind_others(void **state)
{
    waits_for_room = true;
    script_status(SUBMITTED);
    script_always();
    script_master(0, 100, 1024, "");
    run_driver();
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
    run_driver();
    assert_text(told("state"), "FINISHED");
    assert_null(json_object_get(outcome.result, "warnings"));
}

static void test_a_driver_that_runs_no_longer_waits_for_room(void **state)
{
    waits_for_room = true;
    for (int i = 0; i < 8; i++)
        script_status(SUBMITTED);
    script_status(RUNNING);
    script_always();
    script_master(0, 100, 1024, "");
    script_logs("", "");
    follow_driver();
    loop_run(20000);
    assert_text(outcome.report, "RUNNING");
    outcome_cancel(&outcome);
}

static void test_a_queue_with_room_is_waited_for(void **state)
{
    script_status(SUBMITTED);
    script_always();
    script_roomy_master();
    run_driver();
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
    run_driver();
    assert_json(outcome.result,
                "{'submissionId':'driver-1','state':'RUNNING','finished':false,"
                "'applicationId':'app-1','worker':'w:33905','ui':'http://w:4040',"
                "'progress':'application app-1','output':'half\\n','seconds':5.0}");
}

static void test_without_time_one_look_is_taken(void **state)
{
    wait_seconds = 0;
    script_status(RUNNING);
    script_roomy_master();
    script_logs(MARK, "");
    script_no_jobs();
    follow_driver();
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
    run_driver();
    assert_text(told("state"), "FINISHED");
}

static void test_three_looks_that_fail_in_a_row_are_the_end(void **state)
{
    script_error("status/driver-1", ERROR_SPARK, "HTTP 500");
    script_error("status/driver-1", ERROR_SPARK, "HTTP 500");
    script_error("status/driver-1", ERROR_SPARK, "the third");
    script_roomy_master();
    run_driver();
    assert_error(&outcome.error, ERROR_SPARK, "the third");
}

static void test_a_master_out_of_reach_may_come_back(void **state)
{
    for (int i = 0; i < 10; i++)
        script_error("status/driver-1", i % 2 ? ERROR_TIMEOUT : ERROR_UNREACHABLE, "no");
    script_status(FINISHED);
    script_roomy_master();
    script_logs("", "");
    run_driver();
    assert_text(told("state"), "FINISHED");
}

static void test_a_master_out_of_reach_is_told_as_progress(void **state)
{
    script_error("status/driver-1", ERROR_UNREACHABLE, "cannot reach m");
    script_always();
    script_roomy_master();
    follow_driver();
    loop_run(2000);
    assert_contains(outcome.report, "cannot reach m");
    outcome_cancel(&outcome);
}

static void test_a_master_back_in_reach_is_told_no_more(void **state)
{
    script_error("status/driver-1", ERROR_TIMEOUT, "no answer");
    script_status(RUNNING);
    script_always();
    script_roomy_master();
    script_logs("", "");
    follow_driver();
    loop_run(10000);
    assert_text(outcome.report, "RUNNING");
    outcome_cancel(&outcome);
}

static void test_a_master_that_recovers_is_waited_for(void **state)
{
    wait_seconds = 20;
    for (int i = 0; i < 3; i++)
        script_error("status/driver-1", ERROR_UNREACHABLE, "cannot reach m");
    for (int i = 0; i < 3; i++)
        script_error("status/driver-1", ERROR_NOT_ACTIVE, "m is not active");
    script_status(RUNNING);
    script_always();
    script_roomy_master();
    script_logs("", "");
    run_driver();
    assert_text(told("state"), "RUNNING");
}

static void test_a_master_that_stays_out_of_reach_is_an_error_in_the_end(void **state)
{
    wait_seconds = 20;
    script_error("status/driver-1", ERROR_UNREACHABLE, "cannot reach m");
    script_always();
    script_roomy_master();
    run_driver();
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
    run_driver();
    assert_text(told("state"), "FINISHED");
}

static void test_an_unknown_driver_is_the_end_at_once(void **state)
{
    script_status("{'success':false}");
    script_roomy_master();
    script_page("<td>driver-10</td> <td>Main</td> <td>RUNNING</td>");
    follow_driver();
    loop_run(0);
    assert_error(&outcome.error, ERROR_NO_DRIVER, "driver-1");
}

/* ---- a master that restarted ---- */

#define FORGOTTEN "{'success':false}"

static void test_a_forgotten_driver_is_followed_by_what_its_worker_tells(void **state)
{
    script_status(RUNNING);
    script_status(FORGOTTEN);
    script_always();
    script_roomy_master();
    script_logs("done\n", "");
    script_page("<td>driver-1</td> <td>Main</td> <td>RUNNING</td>");
    script_page("<td>driver-1</td>\n <td>Main</td>\n <td>FINISHED</td>");
    run_driver();
    assert_text(told("state"), "FINISHED");
    assert_true(jx_bool(outcome.result, "finished"));
    assert_text(told("output"), "done\n");
    assert_contains(warning(),
                    "no longer knows the driver; the state is what its worker");
}

static void test_a_forgotten_driver_that_its_worker_ended_tells_why(void **state)
{
    script_status(FORGOTTEN);
    script_roomy_master();
    script_logs("", "");
    script_page("<td>driver-1</td> <td>Main</td> <td>KILLED</td>");
    run_driver();
    assert_text(told("state"), "KILLED");
    assert_contains(told("exitCause"), "so its worker ended it");
}

static void test_a_driver_that_nobody_knows_any_more_has_no_outcome(void **state)
{
    script_status(RUNNING);
    script_status(FORGOTTEN);
    script_always();
    script_master(4, 6144, 1024, "RUNNING");
    script_logs(MARK, "");
    script_no_jobs();
    script_error("GET http://w:8081/", ERROR_UNREACHABLE, "cannot reach w");
    script_always();
    run_driver();
    assert_text(told("state"), "UNKNOWN");
    assert_false(jx_bool(outcome.result, "finished"));
    assert_contains(warning(), "what became of it is not known");
    assert_contains(
        json_string_value(json_array_get(jx_array(outcome.result, "warnings"), 1)),
        "its application app-1 is RUNNING");
}

static void test_what_ended_while_the_master_recovered_is_told_by_its_worker(void **state)
{
    script_status(RUNNING);
    script_status("{'success':true,'driverState':'ERROR'}");
    script_roomy_master();
    script_logs("", "");
    script_page("<td>driver-1</td> <td>Main</td> <td>FINISHED</td>");
    run_driver();
    assert_text(told("state"), "FINISHED");
    assert_null(json_object_get(outcome.result, "exitCause"));
    assert_contains(warning(), "while the master recovered");
}

static void test_a_cancelled_follower_leaves_no_transfer(void **state)
{
    script_silence("status/driver-1");
    script_silence("http://m:8080/json/");
    follow_driver();
    assert_int_equal(script_pending(), 2);
    outcome_cancel(&outcome);
    assert_int_equal(script_pending(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_progress_is_that_of_the_running_jobs),
        claim(test_progress_is_told_no_more_than_once_a_second),
        claim(test_a_ui_out_of_reach_is_left_alone),
        claim(test_a_ui_behind_the_master_is_asked_through_it),
        claim(test_a_ui_that_is_busy_is_asked_again),
        claim(test_a_ui_is_not_asked_before_its_application_is_known),
        claim(test_an_application_that_waits_is_told),
        claim(test_an_application_that_waits_long_is_answered),
        claim(test_a_driver_that_fits_nowhere_is_answered_soon),
        claim(test_a_driver_behind_others_is_answered_a_little_later),
        claim(test_who_waits_for_room_waits_behind_others),
        claim(test_a_short_queue_is_no_matter),
        claim(test_a_driver_that_runs_no_longer_waits_for_room),
        claim(test_a_queue_with_room_is_waited_for),
        claim(test_the_end_of_the_time_gives_a_handle),
        claim(test_without_time_one_look_is_taken),
        claim(test_two_looks_may_fail),
        claim(test_three_looks_that_fail_in_a_row_are_the_end),
        claim(test_a_master_out_of_reach_may_come_back),
        claim(test_a_master_out_of_reach_is_told_as_progress),
        claim(test_a_master_back_in_reach_is_told_no_more),
        claim(test_a_master_that_recovers_is_waited_for),
        claim(test_a_master_that_stays_out_of_reach_is_an_error_in_the_end),
        claim(test_a_look_that_succeeds_gives_new_patience),
        claim(test_an_unknown_driver_is_the_end_at_once),
        claim(test_a_forgotten_driver_is_followed_by_what_its_worker_tells),
        claim(test_a_forgotten_driver_that_its_worker_ended_tells_why),
        claim(test_a_driver_that_nobody_knows_any_more_has_no_outcome),
        claim(test_what_ended_while_the_master_recovered_is_told_by_its_worker),
        claim(test_a_cancelled_follower_leaves_no_transfer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
