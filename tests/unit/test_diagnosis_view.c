/* The diagnosis of an application, and what goes with it, as a client asks for them: what is
 * asked of Spark, and the answer. The rules themselves: test_diagnosis.c. */
#include "base/jx.h"
#include "scripted_http.h"
#include "tool_client.h"
#include "unit.h"
#include "waiting.h"
#include "watched_script.h"

#include <stdio.h>
#include <stdlib.h>

enum { REQUESTS_MAX = 29 };

/* The lists of watched.py. */
static void script_lists(const char *version)
{
    script_live(version);
    script_rows(LIVE "/jobs", recorded(version, "jobs.json"));
    script_rows(LIVE "/allexecutors", recorded(version, "executors.json"));
    script_rows(LIVE "/sql?details=false&planDescription=false",
                recorded(version, "sql.json"));
    script_value(LIVE "/environment", recorded(version, "environment.json"));
    script_rows(LIVE "/stages", recorded(version, "stages.json"));
    script_rows(LIVE "/storage/rdd", recorded(version, "storage.json"));
}

/* What is asked about some of them. */
static void script_details(const char *version)
{
    char path[60], *streams;

    snprintf(path, sizeof path, "%s/watched/streams.html", version);
    streams = recorded_text(path);
    script_value("/taskSummary?quantiles=", recorded(version, "stage-slow-summary.json"));
    script_always();
    script_value("status=FAILED", recorded(version, "stage-failed-2-tasks.json"));
    script_always();
    script_value("sortBy=-runtime", recorded(version, "stage-slow-slowest.json"));
    script_always();
    script_value("/sql/", recorded(version, "sql-0.json"));
    script_always();
    script_text(UI "/StreamingQuery/statistics", "text/html", "");
    script_always();
    script_text(UI "/StreamingQuery/", "text/html", streams);
    script_always();
    free(streams);
}

static void test_why_an_application_failed_is_told_in_few_requests(void **state)
{
    for (size_t i = 0; i < 2; i++) {
        const json_t *diagnosis, *finding;
        size_t before = script_asked("GET");

        script_lists(versions[i]);
        if (i == 0)
            script_details(versions[i]);
        look("'metric_type':'diagnosis'");
        diagnosis = jx_object(structured(), "diagnosis");
        finding = json_array_get(jx_array(diagnosis, "findings"), 0);
        assert_text(jx_string(finding, "id"), "F1");
        assert_text(jx_string(finding, "at"), "/jobs/watched.py:19 in fail_on_three");
        assert_contains(text(), "ValueError: no price in row 3");
        assert_contains(text(), "Looked at ");
        assert_fits(5000);
        assert_in_range(script_asked("GET") - before, 10, REQUESTS_MAX);
    }
}

static void test_two_applications_are_compared_when_another_one_is_named(void **state)
{
    script_lists("spark-4.3.0");
    script_lists("spark-4.3.0");
    script_details("spark-4.3.0");
    look("'other_application_id':'app-1'");
    assert_contains(text(), "no difference beyond noise");
    assert_contains(text(), "No setting differs.");
    assert_fits(5000);
}

/* One that is refused. */
static void compare_in_vain(const char *arguments)
{
    char line[200];

    snprintf(line, sizeof line,
             "'monitor-cluster','arguments':{'application_id':'app-1','metric_type':"
             "'compare',%s",
             arguments);
    call(line);
    loop_run(0);
    assert_true(jx_bool(result(), "isError"));
}

static void test_two_executions_of_one_application_are_compared(void **state)
{
    for (size_t i = 0; i < 2; i++) {
        script_lists(versions[i]);
        script_lists(versions[i]);
        if (i == 0)
            script_details(versions[i]);
        look("'execution_id':0,'other_execution_id':0");
        assert_contains(text(), "no difference beyond noise");
        assert_contains(text(), "No node did other work.");
        assert_fits(5000);
    }
}

static void test_an_execution_that_spark_has_not_is_refused(void **state)
{
    script_lists("spark-4.3.0");
    script_lists("spark-4.3.0");
    script_details("spark-4.3.0");
    compare_in_vain("'execution_id':0,'other_execution_id':999");
    assert_contains(text(), "there is no execution 999");
}

static void test_one_execution_alone_is_compared_with_nothing(void **state)
{
    compare_in_vain("'execution_id':0");
    assert_contains(text(), "only one of two executions was given");
}

static void test_of_what_runs_no_other_number_of_cores_is_told(void **state)
{
    script_lists("spark-3.5.9");
    script_details("spark-3.5.9");
    look("'metric_type':'what_if'");
    assert_contains(text(), "No estimate: the application still runs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_why_an_application_failed_is_told_in_few_requests),
        claim(test_two_applications_are_compared_when_another_one_is_named),
        claim(test_two_executions_of_one_application_are_compared),
        claim(test_an_execution_that_spark_has_not_is_refused),
        claim(test_one_execution_alone_is_compared_with_nothing),
        claim(test_of_what_runs_no_other_number_of_cores_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
