/* What is told of a driver: how it ended, its output, its application. */
#include "spark/driver.h"
#include "spark/nonce.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "driver_script.h"
#include "scripted_http.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

static int begin(void **state)
{
    return driver_script_begin() ? 0 : -1;
}

static int end(void **state)
{
    return driver_script_end() ? 0 : -1;
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
    run_driver();
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
    follow_driver();
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
    run_driver();
    assert_in_range(script_asked("status/driver-1"), 40, 50);
}

static void test_a_killed_driver_has_no_cause(void **state)
{
    script_status("{'success':true,'driverState':'KILLED'," AT_WORKER);
    script_roomy_master();
    script_logs(TRACEBACK, "");
    run_driver();
    assert_text(told("state"), "KILLED");
    assert_null(json_object_get(outcome.result, "exitCause"));
}

/* ---- failures ---- */

static void test_a_failed_driver_tells_its_cause(void **state)
{
    script_status(FAILED);
    script_roomy_master();
    script_logs(TRACEBACK, "");
    run_driver();
    assert_contains(told("exitCause"), "ModuleNotFoundError: No module named 'nowhere'");
}

static void test_the_exception_of_the_status_is_a_cause(void **state)
{
    script_status("{'success':true,'driverState':'ERROR','message':'Exception from the "
                  "cluster:\\njava.io.IOException: no disk'}");
    script_roomy_master();
    run_driver();
    assert_text(told("exitCause"), "java.io.IOException: no disk");
}

static void test_the_exception_of_the_status_is_told_with_the_drivers_folder(void **state)
{
    script_status("{'success':true,'driverState':'ERROR','message':'Exception from the "
                  "cluster:\\njava.io.IOException: no disk','workerId':'worker-1',"
                  "'workerHostPort':'w:33905'}");
    script_roomy_master();
    script_logs("", "");
    run_driver();
    assert_text(told("exitCause"), "java.io.IOException: no disk\nin its folder /x");
}

static void test_a_driver_in_error_without_a_word_lost_its_worker(void **state)
{
    script_status("{'success':true,'driverState':'ERROR'}");
    script_roomy_master();
    script_page("<html>no driver</html>");
    run_driver();
    assert_contains(told("exitCause"), "worker that ran the driver was lost");
}

static void test_a_failure_without_a_word_says_so(void **state)
{
    script_status(FAILED);
    script_roomy_master();
    script_logs("", "");
    run_driver();
    assert_contains(told("exitCause"), "wrote no reason, as when its process is killed");
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
    run_driver();
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
    run_driver();
    assert_in_range(strlen(told("output")), 501, 3000);
    assert_int_equal(strlen(told("output")) % 501, 0);
    buffer_release(&text);
}

static void test_the_application_of_a_driver_that_was_run_again_is_the_last(void **state)
{
    script_status(FINISHED);
    script_roomy_master();
    script_logs(MARK "again\n" LINE "application app-2 http://w:4041\n", "");
    run_driver();
    assert_text(told("applicationId"), "app-2");
}

static void test_our_own_line_is_not_output(void **state)
{
    script_status(FINISHED);
    script_roomy_master();
    script_logs("before\n" MARK "after\n", "");
    run_driver();
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
    run_driver();
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
    run_driver();
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
    run_driver();
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
        "",
        "26/11/22 17:11:02 INFO Utils: Successfully started service 'SparkUI' on port "
        "4041.\n26/11/22 17:11:03 INFO StandaloneSchedulerBackend: "
        "Connected to Spark cluster with app ID app-1\n");
    script_json("http://w:4041/api/v1/applications/app-1/jobs", "[]");
    script_always();
    run_driver();
    assert_text(told("applicationId"), "app-1");
    assert_text(told("ui"), "http://w:4041");
}

static void test_the_application_in_a_recorded_log_is_found(void **state)
{
    char *log = recorded_text("spark-3.5.9/log-page-of-stderr.txt");
    char application[100] = "", port[8] = "";

    driver_scan_log(log, application, sizeof application, port, sizeof port);
    assert_text(application, "app-20261122182026-0014");
    free(log);
}

/* The driver has written this; nothing else is known of its application. */
static void run_with_output(const char *out)
{
    wait_seconds = 3;
    script_status(RUNNING);
    script_always();
    script_roomy_master();
    script_logs(out, "");
    run_driver();
}

static void test_an_application_may_have_no_ui(void **state)
{
    run_with_output(LINE "application app-1 -\n");
    assert_text(told("applicationId"), "app-1");
    assert_text(told("ui"), "");
}

static void test_a_line_that_is_not_complete_names_no_application(void **state)
{
    run_with_output(LINE "application app-2026");
    assert_text(told("applicationId"), "");
}

/* ---- output that would pass for ours ---- */

static void test_a_line_without_the_submissions_nonce_is_a_jobs_own(void **state)
{
    run_with_output(
        "\nmcp-spark-server: application app-9 http://elsewhere:1\n"
        "\nmcp-spark-server#11111111111111111111111111111111: "
        "application app-9 http://elsewhere:1\nConnected to Spark cluster with app ID "
        "app-9\n");
    assert_text(told("applicationId"), "");
    assert_int_equal(script_asked("elsewhere"), 0);
    assert_contains(told("output"), "mcp-spark-server: application app-9");
    assert_contains(told("output"), "mcp-spark-server#11111111");
}

static void test_the_ui_is_at_the_drivers_worker_whatever_a_line_says(void **state)
{
    script_json("http://w:4040/api/v1/applications/app-1/jobs", "[]");
    script_always();
    run_with_output(LINE "application app-1 http://elsewhere:4040\n");
    assert_text(told("ui"), "http://w:4040");
    assert_int_equal(script_asked("elsewhere"), 0);
}

static void test_a_port_is_digits(void **state)
{
    run_with_output(LINE "application app-1 http://w:4040/x@elsewhere:1x\n");
    assert_text(told("ui"), "");
}

static void test_a_driver_of_another_process_is_believed_in_nothing(void **state)
{
    nonce_forget_all();
    run_with_output(MARK);
    assert_text(told("applicationId"), "");
}

/* ---- awaited lines of output ---- */

#define SESSION LINE "session "

static void await(struct flow *flow, struct reply *reply)
{
    driver_await(flow, "driver-1", "session", wait_seconds, reply);
}

static void await_driver(int ms)
{
    wait_for(&outcome, await);
    loop_run(ms);
}

static void test_an_awaited_line_is_told_with_its_worker(void **state)
{
    script_status(RUNNING);
    script_roomy_master();
    script_logs("words\n" SESSION "40123\n", "");
    await_driver(0);
    assert_text(told("found"), "40123");
    assert_text(told("workerUi"), "http://w:8081");
    assert_text(told("workerId"), "worker-1");
    assert_text(told("state"), "RUNNING");
}

static void test_an_awaited_line_must_be_written_to_its_end(void **state)
{
    script_status(RUNNING);
    script_always();
    script_roomy_master();
    script_logs(SESSION "401", "");
    await_driver(5000);
    assert_false(outcome.has_ended);
    outcome_cancel(&outcome);
}

static void test_an_awaited_line_is_found_behind_much_output(void **state)
{
    struct buffer page = {0};

    script_status(RUNNING);
    script_always();
    script_roomy_master();
    script_text("logType=stdout&byteLength=262144&offset=261632", "text/plain",
                "==== Bytes 261632-262174 of 262174 of x ====\n" SESSION "40123\n");
    buffer_printf(&page, "==== Bytes 0-262144 of 262174 of x ====\n%0262144d", 0);
    script_text("logType=stdout&byteLength=262144&offset=0", "text/plain",
                buffer_text(&page));
    script_logs("the end", "");
    await_driver(1000);
    assert_text(told("found"), "40123");
    buffer_release(&page);
}

static void test_an_awaited_line_is_found_after_the_end_too(void **state)
{
    script_status(FINISHED);
    script_roomy_master();
    script_logs(SESSION "40123\n", "");
    await_driver(0);
    assert_text(told("found"), "40123");
    assert_text(told("state"), "FINISHED");
}

static void test_a_driver_may_end_without_the_awaited_line(void **state)
{
    script_status(FAILED);
    script_roomy_master();
    script_logs(TRACEBACK, "");
    await_driver(0);
    assert_text(told("found"), "");
    assert_contains(told("exitCause"), "No module named 'nowhere'");
}

static void test_an_awaited_line_is_not_waited_for_longer_than_asked(void **state)
{
    wait_seconds = 5;
    script_status(RUNNING);
    script_always();
    script_roomy_master();
    script_logs("words\n", "");
    await_driver(5000);
    assert_text(told("found"), "");
    assert_text(told("state"), "RUNNING");
}

static void test_an_awaited_line_is_looked_for_often(void **state)
{
    script_status(RUNNING);
    script_always();
    script_roomy_master();
    script_logs("words\n", "");
    await_driver(10000);
    assert_int_equal(script_asked("status/driver-1"), 41);
    outcome_cancel(&outcome);
}

static void test_an_awaited_line_that_comes_late_is_looked_for_less_often(void **state)
{
    size_t before;

    wait_seconds = 600;
    script_status(RUNNING);
    script_always();
    script_roomy_master();
    script_logs("words\n", "");
    await_driver(70000);
    before = script_asked("status/driver-1");
    loop_run(60000);
    assert_int_equal(script_asked("status/driver-1") - before, 40);
    outcome_cancel(&outcome);
}

static void test_whoever_awaits_a_line_does_not_wait_for_room(void **state)
{
    script_status(SUBMITTED);
    script_always();
    script_master(0, 100, 1024, "");
    await_driver(10000);
    assert_contains(warning(), "before others end");
}

static void script_unreadable(void)
{
    script_status(RUNNING);
    script_always();
    script_roomy_master();
    script_error("http://m:8080/proxy/", ERROR_NOT_FOUND, "no proxy");
    script_always();
}

static void test_output_that_is_awaited_and_cannot_be_read_is_told(void **state)
{
    script_unreadable();
    script_error("http://w:8081", ERROR_UNREACHABLE, "cannot reach w");
    script_always();
    await_driver(12000);
    assert_true(jx_bool(outcome.result, "unreadable"));
    assert_contains(warning(), "cannot reach w");
}

static void test_output_that_is_awaited_may_be_out_of_reach_for_a_moment(void **state)
{
    script_unreadable();
    for (int i = 0; i < 20; i++)
        script_error("http://w:8081", ERROR_UNREACHABLE, "cannot reach w");
    script_logs(SESSION "40123\n", "");
    await_driver(12000);
    assert_text(told("found"), "40123");
}

static void test_output_that_could_be_read_once_is_waited_for(void **state)
{
    script_unreadable();
    script_text("logType=", "text/plain", "==== Bytes 0-0 of 0 of x ====\n");
    script_text("logType=", "text/plain", "==== Bytes 0-0 of 0 of x ====\n");
    script_error("http://w:8081", ERROR_UNREACHABLE, "cannot reach w");
    script_always();
    await_driver(30000);
    assert_false(outcome.has_ended);
    outcome_cancel(&outcome);
}

static void test_output_that_is_not_there_yet_is_waited_for(void **state)
{
    script_unreadable();
    script_text("http://w:8081", "text/plain",
                "==== Bytes 0-0 of 0 of x ====\nError: no such file");
    script_always();
    await_driver(30000);
    assert_false(outcome.has_ended);
    outcome_cancel(&outcome);
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
        claim(test_the_exception_of_the_status_is_told_with_the_drivers_folder),
        claim(test_a_driver_in_error_without_a_word_lost_its_worker),
        claim(test_a_failure_without_a_word_says_so),
        claim(test_the_output_is_its_last_lines),
        claim(test_long_lines_of_output_are_few),
        claim(test_the_application_of_a_driver_that_was_run_again_is_the_last),
        claim(test_our_own_line_is_not_output),
        claim(test_output_that_cannot_be_read_is_a_warning),
        claim(test_without_the_master_the_worker_is_guessed),
        claim(test_the_application_of_a_script_is_found_in_its_output),
        claim(test_the_application_of_a_jar_is_found_in_its_log),
        claim(test_the_application_in_a_recorded_log_is_found),
        claim(test_an_application_may_have_no_ui),
        claim(test_a_line_that_is_not_complete_names_no_application),
        claim(test_a_line_without_the_submissions_nonce_is_a_jobs_own),
        claim(test_the_ui_is_at_the_drivers_worker_whatever_a_line_says),
        claim(test_a_port_is_digits),
        claim(test_a_driver_of_another_process_is_believed_in_nothing),
        claim(test_an_awaited_line_is_told_with_its_worker),
        claim(test_an_awaited_line_must_be_written_to_its_end),
        claim(test_an_awaited_line_is_found_behind_much_output),
        claim(test_an_awaited_line_is_found_after_the_end_too),
        claim(test_a_driver_may_end_without_the_awaited_line),
        claim(test_an_awaited_line_is_not_waited_for_longer_than_asked),
        claim(test_an_awaited_line_is_looked_for_often),
        claim(test_an_awaited_line_that_comes_late_is_looked_for_less_often),
        claim(test_whoever_awaits_a_line_does_not_wait_for_room),
        claim(test_output_that_is_awaited_and_cannot_be_read_is_told),
        claim(test_output_that_is_awaited_may_be_out_of_reach_for_a_moment),
        claim(test_output_that_could_be_read_once_is_waited_for),
        claim(test_output_that_is_not_there_yet_is_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
