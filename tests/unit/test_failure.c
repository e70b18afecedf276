#include "spark/failure.h"

#include "base/jx.h"
#include "unit.h"

static int begin(void **state)
{
    return 0;
}

static int end(void **state)
{
    return 0;
}

static void test_a_python_exception_is_told_with_the_users_own_frame(void **state)
{
    static const char *const versions[] = {
        "spark-3.5.9/watched/stage-failed-2-tasks.json",
        "spark-4.3.0/watched/stage-failed-2-tasks.json"};

    for (size_t i = 0; i < 2; i++) {
        json_auto_t *tasks = recorded_json(versions[i]);
        struct failure failure =
            failure_of(jx_string(json_array_get(tasks, 0), "errorMessage"));

        assert_text(failure.what, "ValueError: no price in row 3");
        assert_text(failure.where, "/jobs/watched.py:19 in fail_on_three");
        assert_lacks(failure.stack, "pyspark");
        assert_contains(failure.stack, "raise ValueError");
    }
}

static void test_of_java_exceptions_the_innermost_is_told(void **state)
{
    struct failure failure =
        failure_of("org.apache.spark.SparkException: task failed\n"
                   "\tat org.apache.spark.A.b(A.scala:1)\n"
                   "Caused by: java.io.IOException: outer\n\tat java.io.B.c(B.java:2)\n"
                   "Caused by: java.lang.ArithmeticException: / by zero\n"
                   "\tat java.lang.Math.div(Math.java:3)\n"
                   "\tat example.Prices.read(Prices.java:9)\n\t... 3 more\n");

    assert_text(failure.what, "java.lang.ArithmeticException: / by zero");
    assert_text(failure.where, "example.Prices.read(Prices.java:9)");
}

static void test_the_end_of_an_executor_is_told_by_its_first_line(void **state)
{
    struct failure failure = failure_of("ExecutorLostFailure (executor 0 exited)\nmore");

    assert_text(failure.what, "ExecutorLostFailure (executor 0 exited)");
    assert_text(failure.where, "");
}

static void test_numbers_do_not_tell_failures_apart(void **state)
{
    struct failure third = {.what = "ValueError: row 3", .where = "a.py:1"},
                   last = {.what = "ValueError: row 417", .where = "a.py:1"},
                   elsewhere = {.what = "ValueError: row 3", .where = "a.py:2"};

    assert_true(failure_is_same(&third, &last));
    assert_false(failure_is_same(&third, &elsewhere));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_a_python_exception_is_told_with_the_users_own_frame),
        claim(test_of_java_exceptions_the_innermost_is_told),
        claim(test_the_end_of_an_executor_is_told_by_its_first_line),
        claim(test_numbers_do_not_tell_failures_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
