/* Most of the outputs are those of real drivers (tests/recorded). */
#include "spark/cause.h"
#include "tools/advice.h"

#include "unit.h"

#include <stdlib.h>
#include <string.h>

static struct buffer cause;

static int begin(void **state)
{
    return 0;
}

static int end(void **state)
{
    buffer_release(&cause);
    return 0;
}

static bool find(const char *out, const char *err, const char *status)
{
    buffer_clear(&cause);
    return cause_find(out, err, status, &cause);
}

/* The cause of a recorded driver; "" when none was found. */
static const char *cause_of(const char *name)
{
    char path[100];
    char *out, *err;
    json_t *status;

    snprintf(path, sizeof path, "spark-3.5.9/%s.stdout", name);
    out = recorded_text(path);
    snprintf(path, sizeof path, "spark-3.5.9/%s.stderr", name);
    err = recorded_text(path);
    snprintf(path, sizeof path, "spark-3.5.9/%s.status", name);
    status = recorded_json(path);
    find(out, err,
         json_object_get(status, "message") != NULL
             ? json_string_value(json_object_get(status, "message"))
             : "");
    free(out);
    free(err);
    json_decref(status);
    return buffer_text(&cause);
}

/* ---- Python ---- */

static void test_a_python_exception_is_told_with_its_place(void **state)
{
    const char *text = cause_of("python-exception");

    assert_contains(text,
                    "job.py\", line 2, in read_price\nValueError: no price in row 3:");
}

static void test_a_message_of_several_lines_is_told_whole(void **state)
{
    assert_contains(cause_of("python-exception"),
                    "ValueError: no price in row 3:\n  3,,apples\n2026 is not a price");
}

static void test_of_chained_exceptions_the_last_is_told(void **state)
{
    const char *text = cause_of("python-raised-from");

    assert_contains(text, "RuntimeError: the colour is missing");
    assert_lacks(text, "KeyError");
}

static void test_an_exception_inside_a_task_is_the_users_own(void **state)
{
    const char *text = cause_of("python-in-task");

    assert_contains(text, "job.py\", line 6, in price\nValueError: no price in row 3");
}

static void test_an_exception_of_java_in_python_is_told_without_frames(void **state)
{
    const char *text = cause_of("python-missing-input");

    assert_contains(text, "Py4JJavaError");
    assert_contains(
        text, "InvalidInputException: Input path does not exist: file:/no/such/input");
    assert_lacks(text, "\tat ");
}

static void test_an_exception_of_the_analyser_is_told_with_its_plan(void **state)
{
    const char *text = cause_of("python-unknown-column");

    assert_contains(text, "[UNRESOLVED_COLUMN.WITH_SUGGESTION]");
    assert_contains(text, "+- Range");
}

static void test_the_place_of_an_exception_is_in_the_users_own_file(void **state)
{
    assert_contains(cause_of("python-unknown-column"), "job.py\", line 3, in <module>");
    assert_contains(cause_of("python-missing-input"), "job.py\", line 3, in <module>");
    assert_lacks(cause_of("python-unknown-column"), "captured.py");
}

static void test_a_missing_module_is_told(void **state)
{
    assert_contains(cause_of("python-missing-module"),
                    "ModuleNotFoundError: No module named 'no_such_module'");
}

static void test_a_syntax_error_is_told_with_its_line(void **state)
{
    const char *text = cause_of("python-syntax-error");

    assert_contains(text, "job.py\", line 1");
    assert_contains(text, "SyntaxError: invalid syntax");
}

static void test_a_syntax_error_without_a_traceback_is_told(void **state)
{
    assert_true(find("  File \"job.py\", line 1\n    a = = b\n        ^\n"
                     "SyntaxError: invalid syntax\n",
                     "", ""));
    assert_text(buffer_text(&cause), "SyntaxError: invalid syntax");
}

static void test_a_script_that_is_not_there_is_told(void **state)
{
    assert_true(
        find("python3: can't open file '/a.py': [Errno 2] No such file\n", "", ""));
    assert_contains(buffer_text(&cause), "can't open file '/a.py'");
}

static void test_a_python_that_was_killed_is_told_as_killed(void **state)
{
    assert_true(find(
        "", "org.apache.spark.SparkUserAppException: User application exited with 137\n",
        ""));
    assert_text(buffer_text(&cause),
                "the application's Python was killed (SIGKILL): memory ran out on its "
                "machine, most likely");
}

static void test_an_exit_code_is_told(void **state)
{
    assert_text(cause_of("python-exit-3"),
                "org.apache.spark.SparkUserAppException: User application exited with 3");
}

static void test_a_python_that_is_not_there_is_told(void **state)
{
    assert_contains(cause_of("python-not-there"),
                    "Cannot run program \"/no/such/python\"");
}

static void test_what_was_printed_before_an_exception_is_not_told(void **state)
{
    assert_true(find("a table\nof rows\nTraceback (most recent call last):\n"
                     "  File \"a.py\", line 1, in <module>\n    f()\nKeyError: 'x'\n",
                     "", ""));
    assert_text(buffer_text(&cause), "File \"a.py\", line 1, in <module>\nKeyError: 'x'");
}

static void test_the_log_after_an_exception_is_not_told(void **state)
{
    assert_true(find("Traceback (most recent call last):\n"
                     "  File \"a.py\", line 1, in <module>\nKeyError: 'x'\n"
                     "26/11/22 17:11:02 INFO ShutdownHookManager: Shutdown hook called\n",
                     "", ""));
    assert_lacks(buffer_text(&cause), "ShutdownHookManager");
}

static void test_a_message_that_begins_with_digits_is_no_log(void **state)
{
    assert_true(find("Traceback (most recent call last):\n"
                     "  File \"a.py\", line 1, in <module>\nValueError: bad rows:\n"
                     "2026 is not a price\n"
                     "26/11/22 17:11:02 INFO ShutdownHookManager: called\n",
                     "", ""));
    assert_contains(buffer_text(&cause), "bad rows:\n2026 is not a price");
}

static void test_a_traceback_that_is_cut_is_no_cause(void **state)
{
    assert_false(find("Traceback (most recent call last):\n  File \"a.py\", li", "", ""));
}

static void test_carriage_returns_are_dropped(void **state)
{
    assert_true(find("Traceback (most recent call last):\r\n"
                     "  File \"a.py\", line 1, in <module>\r\nKeyError: 'x'\r\n",
                     "", ""));
    assert_lacks(buffer_text(&cause), "\r");
}

/* ---- Java ---- */

static void test_a_java_exception_is_told_without_its_wrapper(void **state)
{
    assert_text(cause_of("java-plain"),
                "java.lang.IllegalStateException: no words were given");
}

static void test_a_chain_of_java_exceptions_is_told_by_its_ends(void **state)
{
    assert_text(
        cause_of("java-chain"),
        "java.lang.RuntimeException: cannot count\nCaused by: "
        "java.io.FileNotFoundException: /no/such/words (No such file or directory)");
}

static void test_a_java_exception_without_wrapper_is_told(void **state)
{
    assert_text(cause_of("java-no-class"),
                "java.lang.ClassNotFoundException: example.Missing");
}

static void test_a_java_message_of_several_lines_is_told_whole(void **state)
{
    assert_true(find(
        "", "Exception in thread \"main\" a.B: one\ntwo\n\tat a.B.c(D.java:1)\n", ""));
    assert_text(buffer_text(&cause), "a.B: one\ntwo");
}

static void test_of_two_java_exceptions_the_last_counts(void **state)
{
    assert_true(find("",
                     "Exception in thread \"main\" a.First: 1\n\tat x\n"
                     "Exception in thread \"main\" a.Second: 2\n\tat x\n",
                     ""));
    assert_text(buffer_text(&cause), "a.Second: 2");
}

static void test_no_memory_is_told(void **state)
{
    assert_text(cause_of("java-memory"), "java.lang.OutOfMemoryError: Java heap space");
}

static void test_no_memory_in_another_thread_is_told(void **state)
{
    assert_true(find("",
                     "26/11/22 17:11:02 ERROR Executor: x\n"
                     "java.lang.OutOfMemoryError: GC overhead limit exceeded\n\tat x\n",
                     ""));
    assert_contains(buffer_text(&cause), "GC overhead limit exceeded");
    assert_true(
        find("",
             "26/11/28 10:20:09 INFO Executor: killed task 31.0, reason: Lost task "
             "28.0 (localhost executor driver): java.lang.OutOfMemoryError: Java "
             "heap space\n",
             ""));
    assert_text(buffer_text(&cause), "java.lang.OutOfMemoryError: Java heap space");
}

static void test_an_executor_without_memory_is_not_the_driver(void **state)
{
    assert_true(
        find("",
             "26/11/28 10:20:09 WARN TaskSetManager: Lost task 3.0 in stage 1.0 (TID "
             "9) (10.0.0.5 executor 2): java.lang.OutOfMemoryError: Java heap "
             "space\nUser application exited with 3\n",
             ""));
    assert_contains(buffer_text(&cause), "User application exited with 3");
}

static void test_an_error_of_spark_submit_is_told(void **state)
{
    assert_text(cause_of("submit-no-class"),
                "Error: Failed to load class example.Missing.");
}

/* ---- the status ---- */

static void test_the_exception_of_the_status_comes_first(void **state)
{
    assert_true(find("Traceback (most recent call last):\nKeyError: 'x'\n", "",
                     "Exception from the cluster:\na.B: no\n\ta.B.c(D.java:1)\n"));
    assert_text(buffer_text(&cause), "a.B: no");
}

static void test_a_jar_that_is_not_there_is_told(void **state)
{
    assert_text(cause_of("java-no-jar"),
                "java.nio.file.NoSuchFileException: /no/such.jar");
}

/* ---- bounds ---- */

static void test_without_output_there_is_no_cause(void **state)
{
    assert_false(find("", "", ""));
    assert_text(buffer_text(&cause), "");
}

static void test_output_without_a_failure_has_no_cause(void **state)
{
    assert_false(find("all is well\n", "26/11/22 17:11:02 INFO SparkContext: x\n", ""));
}

static void test_a_long_line_is_cut_visibly(void **state)
{
    char out[5000] = "Traceback (most recent call last):\nValueError: ";

    memset(out + strlen(out), 'x', 4000);
    assert_true(find(out, "", ""));
    assert_in_range(cause.length, 100, 500);
    assert_contains(buffer_text(&cause), "x...");
}

static void test_a_message_of_many_lines_is_cut(void **state)
{
    struct buffer out = {0};

    buffer_add_text(&out, "Traceback (most recent call last):\nValueError: many\n");
    for (int i = 0; i < 1000; i++)
        buffer_add_text(&out, "a line\n");
    assert_true(find(buffer_text(&out), "", ""));
    assert_in_range(cause.length, 20, 300);
    buffer_release(&out);
}

/* ---- next steps ---- */

static void test_known_causes_have_a_next_step(void **state)
{
    assert_contains(advice_for_cause(cause_of("python-missing-module")), "py_files");
    assert_contains(advice_for_cause(cause_of("python-not-there")), "PYSPARK_PYTHON");
    assert_contains(advice_for_cause(cause_of("java-memory")), "driver_memory");
    assert_contains(advice_for_cause(cause_of("java-no-class")), "class");
    assert_contains(advice_for_cause(cause_of("java-no-jar")), "every worker");
    assert_contains(advice_for_cause(cause_of("java-chain")), "every worker");
    assert_contains(advice_for_cause(cause_of("python-unknown-column")), "column");
    assert_contains(advice_for_cause(cause_of("python-missing-input")), "path");
    assert_contains(advice_for_cause(cause_of("submit-no-class")), "class");
}

static void test_other_causes_have_no_next_step(void **state)
{
    assert_null(advice_for_cause(cause_of("python-exception")));
    assert_null(advice_for_cause(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_a_python_that_was_killed_is_told_as_killed),
        claim(test_a_python_exception_is_told_with_its_place),
        claim(test_a_message_of_several_lines_is_told_whole),
        claim(test_of_chained_exceptions_the_last_is_told),
        claim(test_an_exception_inside_a_task_is_the_users_own),
        claim(test_an_exception_of_java_in_python_is_told_without_frames),
        claim(test_an_exception_of_the_analyser_is_told_with_its_plan),
        claim(test_the_place_of_an_exception_is_in_the_users_own_file),
        claim(test_a_missing_module_is_told),
        claim(test_a_syntax_error_is_told_with_its_line),
        claim(test_a_syntax_error_without_a_traceback_is_told),
        claim(test_a_script_that_is_not_there_is_told),
        claim(test_an_exit_code_is_told),
        claim(test_a_python_that_is_not_there_is_told),
        claim(test_what_was_printed_before_an_exception_is_not_told),
        claim(test_the_log_after_an_exception_is_not_told),
        claim(test_a_message_that_begins_with_digits_is_no_log),
        claim(test_a_traceback_that_is_cut_is_no_cause),
        claim(test_carriage_returns_are_dropped),
        claim(test_a_java_exception_is_told_without_its_wrapper),
        claim(test_a_chain_of_java_exceptions_is_told_by_its_ends),
        claim(test_a_java_exception_without_wrapper_is_told),
        claim(test_a_java_message_of_several_lines_is_told_whole),
        claim(test_of_two_java_exceptions_the_last_counts),
        claim(test_no_memory_is_told),
        claim(test_no_memory_in_another_thread_is_told),
        claim(test_an_executor_without_memory_is_not_the_driver),
        claim(test_an_error_of_spark_submit_is_told),
        claim(test_the_exception_of_the_status_comes_first),
        claim(test_a_jar_that_is_not_there_is_told),
        claim(test_without_output_there_is_no_cause),
        claim(test_output_without_a_failure_has_no_cause),
        claim(test_a_long_line_is_cut_visibly),
        claim(test_a_message_of_many_lines_is_cut),
        claim(test_known_causes_have_a_next_step),
        claim(test_other_causes_have_no_next_step),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
