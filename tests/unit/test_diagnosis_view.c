/* The diagnosis of an application, as a client asks for it: what is asked of Spark, and the
 * answer. The rules themselves: test_diagnosis.c. */
#include "base/jx.h"
#include "scripted_http.h"
#include "tool_client.h"
#include "unit.h"
#include "waiting.h"
#include "watched_script.h"

#include <stdio.h>
#include <stdlib.h>

enum { REQUESTS_MAX = 30 };

/* Everything that Spark may be asked about watched.py. */
static void script_all(const char *version)
{
    char path[60], *streams;

    snprintf(path, sizeof path, "%s/watched/streams.html", version);
    streams = recorded_text(path);
    script_live(version);
    script_rows(LIVE "/jobs", recorded(version, "jobs.json"));
    script_rows(LIVE "/allexecutors", recorded(version, "executors.json"));
    script_rows(LIVE "/sql?details=false&planDescription=false",
                recorded(version, "sql.json"));
    script_value(LIVE "/environment", recorded(version, "environment.json"));
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
    free(streams);
    script_rows(LIVE "/stages", recorded(version, "stages.json"));
}

static void test_why_an_application_failed_is_told_in_few_requests(void **state)
{
    for (size_t i = 0; i < 2; i++) {
        const json_t *diagnosis, *finding;
        size_t before = script_asked("GET");

        script_all(versions[i]);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_why_an_application_failed_is_told_in_few_requests),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
