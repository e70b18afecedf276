/* What the reader is advised, by kind of failure and by cause. */
#include "tools/advice.h"

#include "base/jx.h"
#include "unit.h"

static struct error error;

static int begin(void **state)
{
    return 0;
}

static int end(void **state)
{
    unit_release();
    return 0;
}

static void fail_with(enum error_kind kind, const char *detail)
{
    error_set(&error, kind, "the fact");
    error_detail(&error, "%s", detail);
}

static void test_the_cause_of_a_drivers_end_is_advised_on(void **state)
{
    fail_with(ERROR_DRIVER_ENDED, "ModuleNotFoundError: No module named 'nowhere'");
    advice_complete(&error);
    assert_contains(error.hint, "py_files");
}

static void test_a_cause_without_advice_points_to_the_log(void **state)
{
    fail_with(ERROR_DRIVER_ENDED, "ValueError: odd");
    advice_complete(&error);
    assert_contains(error.hint, "metric_type 'logs'");
}

static void test_what_spark_says_comes_before_the_advice(void **state)
{
    fail_with(ERROR_NO_ROOM, "it asks for 4 cores");
    error_hint(&error, "Nothing was run.");
    advice_complete(&error);
    assert_contains(error.hint, "Nothing was run. Free some (monitor-cluster");
}

static void test_without_a_worker_nothing_can_be_freed(void **state)
{
    fail_with(ERROR_NO_WORKER, "it asks for 4 cores");
    advice_complete(&error);
    assert_lacks(error.hint, "Free some");
    assert_contains(error.hint, "Start a worker");
}

static void test_other_kinds_stay_as_they_are(void **state)
{
    fail_with(ERROR_UNREACHABLE, "refused");
    error_hint(&error, "Start the master.");
    advice_complete(&error);
    assert_text(error.hint, "Start the master.");
}

static const char *advised(const char *report)
{
    static char text[sizeof error.hint];
    json_t *value = json_of(report);

    advice_for_report(value);
    snprintf(text, sizeof text, "%s", jx_string(value, "next"));
    json_decref(value);
    return text;
}

static void test_a_job_that_goes_on_has_a_handle(void **state)
{
    assert_text(
        advised("{'submissionId':'driver-1','finished':false}"),
        "It is still running: call monitor-cluster with submission_id 'driver-1' and "
        "wait_seconds, or kill-spark-job to end it.");
}

static void test_a_failed_job_is_advised_on_by_its_cause(void **state)
{
    assert_contains(advised("{'submissionId':'driver-1','finished':true,"
                            "'exitCause':'java.lang.OutOfMemoryError'}"),
                    "driver_memory");
    assert_contains(advised("{'submissionId':'driver-1','finished':true,"
                            "'exitCause':'java.io.IOException: no disk'}"),
                    "'driver-1' and log 'stderr'");
}

static void test_a_job_that_ended_well_needs_no_advice(void **state)
{
    assert_text(advised("{'submissionId':'driver-1','finished':true}"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_the_cause_of_a_drivers_end_is_advised_on),
        claim(test_a_cause_without_advice_points_to_the_log),
        claim(test_what_spark_says_comes_before_the_advice),
        claim(test_without_a_worker_nothing_can_be_freed),
        claim(test_other_kinds_stay_as_they_are),
        claim(test_a_job_that_goes_on_has_a_handle),
        claim(test_a_failed_job_is_advised_on_by_its_cause),
        claim(test_a_job_that_ended_well_needs_no_advice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
