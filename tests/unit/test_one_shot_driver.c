/* What becomes of the driver of an operation, and what it is given. */
#include "base/jx.h"
#include "one_shot_script.h"
#include "scripted_http.h"
#include "session_script.h"
#include "unit.h"

static int begin(void **state)
{
    return one_shot_script_begin() ? 0 : -1;
}

static int end(void **state)
{
    return one_shot_script_end() ? 0 : -1;
}

/* ---- drivers without an answer ---- */

static void test_what_a_driver_that_ended_had_not_finished_is_named(void **state)
{
    script_driver("FAILED");
    script_output(1,
                  LINE "unfinished file:/data/.a.op-1\n" LINE "unfinished -\n" LINE
                       "unfinished file:/data/.b.op-1\n",
                  "");
    run_long();
    assert_error(&outcome.error, ERROR_DRIVER_ENDED,
                 "what it had not finished writing is 'file:/data/.b.op-1'");
}

static void test_what_a_driver_had_finished_is_not_named(void **state)
{
    script_driver("FAILED");
    script_output(1, LINE "unfinished file:/data/.a.op-1\n" LINE "unfinished -\n", "");
    run_long();
    assert_error(&outcome.error, ERROR_DRIVER_ENDED, "ended as FAILED");
    assert_lacks(outcome.error.detail, "not finished");
}

static void test_a_driver_that_fails_tells_its_cause(void **state)
{
    script_driver("FAILED");
    script_output(1, TRACEBACK, "");
    run_long();
    assert_error(&outcome.error, ERROR_DRIVER_ENDED, "driver driver-1 ended as FAILED");
    assert_error(&outcome.error, ERROR_DRIVER_ENDED, "No module named 'nowhere'");
}

static void test_a_driver_that_has_failed_is_not_killed(void **state)
{
    script_driver("FAILED");
    script_output(1, TRACEBACK, "");
    run_long();
    assert_int_equal(script_asked("kill"), 0);
}

static void test_a_cluster_without_room_is_told_in_seconds(void **state)
{
    script_creation(1);
    script_state(1, "SUBMITTED");
    script_master("http://w:8081", 100);
    start_operation();
    loop_run(10000);
    assert_error(&outcome.error, ERROR_NO_ROOM, "no room for this now");
    assert_error(&outcome.error, ERROR_NO_ROOM, "100 of 6144 MiB free");
    assert_int_equal(script_asked("kill/driver-1"), 1);
}

static void test_output_out_of_reach_is_told_in_seconds(void **state)
{
    script_driver("RUNNING");
    script_error("http://w:8081/log/", ERROR_UNREACHABLE, "cannot reach w");
    script_always();
    script_error("http://m:8080/proxy/", ERROR_NOT_FOUND, "no proxy");
    script_always();
    start_operation();
    loop_run(15000);
    assert_error(&outcome.error, ERROR_DRIVER_SILENT, "driver driver-1 cannot be read");
    assert_error(&outcome.error, ERROR_DRIVER_SILENT, "cannot reach w");
    assert_contains(outcome.error.hint, "look at what is there");
    assert_int_equal(script_asked("kill/driver-1"), 1);
}

static void test_an_operation_may_run_for_long(void **state)
{
    script_driver("RUNNING");
    script_output(1, "words\n", "");
    start_operation();
    loop_run(1000 * 1000);
    assert_false(outcome.has_ended);
    outcome_cancel(&outcome);
}

/* ---- cancelled ---- */

static void test_a_cancelled_operation_kills_its_driver(void **state)
{
    script_driver("RUNNING");
    script_output(1, "words\n", "");
    start_operation();
    loop_run(5000);
    outcome_cancel(&outcome);
    loop_run(0);
    assert_int_equal(script_asked("kill/driver-1"), 1);
}

static void test_an_operation_cancelled_while_its_answer_is_read_kills_its_driver(
    void **state)
{
    script_half();
    start_operation();
    loop_run(1000);
    outcome_cancel(&outcome);
    loop_run(0);
    assert_int_equal(script_asked("kill/driver-1"), 1);
}

static void test_an_operation_cancelled_before_its_driver_is_known_kills_it(void **state)
{
    script_silence("create");
    start_operation();
    loop_run(1000);
    outcome_cancel(&outcome);
    script_answer("create", "{'success':true,'submissionId':'driver-1'}");
    loop_run(0);
    assert_int_equal(script_asked("kill/driver-1"), 1);
}

/* ---- what its driver is given ---- */

static void test_the_driver_is_given_the_operation(void **state)
{
    json_auto_t *settings = NULL;

    frame(1, 1, RESULT);
    run_written();
    settings = runner_settings(script_find("create"));
    assert_json(settings,
                "{'mode':'one_shot','readOnly':false,'isSession':false,'id':'op-1',"
                "'operation':'sql','arguments':{'sql':'x'}}");
}

static void test_the_submission_is_for_the_masters_spark(void **state)
{
    frame(1, 1, RESULT);
    run_written();
    assert_text(jx_string(script_sent(script_find("create")), "clientSparkVersion"),
                "3.5.9");
}

static void test_properties_that_spark_would_refuse_start_nothing(void **state)
{
    configure_session("SPARK_CONF=spark.driver.memory=lots", NULL);
    run_long();
    assert_error(&outcome.error, ERROR_CONFIGURATION, "spark.driver.memory");
    assert_int_equal(script_asked("create"), 0);
}

static void test_the_driver_learns_that_it_only_reads(void **state)
{
    json_auto_t *settings = NULL;

    configure_session("SPARK_READ_ONLY=true", NULL);
    frame(1, 1, RESULT);
    run_written();
    settings = runner_settings(script_find("create"));
    assert_true(jx_bool(settings, "readOnly"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_what_a_driver_that_ended_had_not_finished_is_named),
        claim(test_what_a_driver_had_finished_is_not_named),
        claim(test_a_driver_that_fails_tells_its_cause),
        claim(test_a_driver_that_has_failed_is_not_killed),
        claim(test_a_cluster_without_room_is_told_in_seconds),
        claim(test_output_out_of_reach_is_told_in_seconds),
        claim(test_an_operation_may_run_for_long),
        claim(test_a_cancelled_operation_kills_its_driver),
        claim(test_an_operation_cancelled_while_its_answer_is_read_kills_its_driver),
        claim(test_an_operation_cancelled_before_its_driver_is_known_kills_it),
        claim(test_the_driver_is_given_the_operation),
        claim(test_the_submission_is_for_the_masters_spark),
        claim(test_properties_that_spark_would_refuse_start_nothing),
        claim(test_the_driver_learns_that_it_only_reads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
