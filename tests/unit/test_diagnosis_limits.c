/* A diagnosis of an application that is very large, or of which Spark answers with something
 * else: said, never wrong, and within its limits. */
#include "base/jx.h"
#include "scripted_http.h"
#include "tool_client.h"
#include "unit.h"
#include "waiting.h"
#include "watched_script.h"

#include <stdio.h>
#include <string.h>

#define HTML "<!DOCTYPE html><html><head><title>Login</title></head></html>"

enum {
    REQUESTS_MAX = 29,
    PICTURE_MAX = 16 * 1024 * 4 / 3,
    STAGES = 1000,
    JOBS_RUN = 5000
};

/* ---- what Spark says instead ---- */

static const struct {
    const char *path, *recorded;
} lists[] = {{"/jobs", "jobs.json"},
             {"/stages", "stages.json"},
             {"/allexecutors", "executors.json"},
             {"/sql?details=false&planDescription=false", "sql.json"},
             {"/environment", "environment.json"},
             {"/storage/rdd", "storage.json"}};

/* An application that has ended, but for one of its lists. */
static void script_but(const char *path, const char *type, const char *body)
{
    script_ended("spark-4.3.0");
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        char words[200];

        snprintf(words, sizeof words, LOGGED "%s", lists[i].path);
        if (strcmp(lists[i].path, path) == 0)
            script_text(words, type, body);
        else if (strcmp(lists[i].path, "/environment") == 0)
            script_value(words, recorded("spark-4.3.0", lists[i].recorded));
        else
            script_rows(words, recorded("spark-4.3.0", lists[i].recorded));
    }
}

/* Long lists are read in slices, with a look at other calls between two of them. */
static void ask(void)
{
    call("'monitor-cluster','arguments':{'application_id':'app-1','metric_type':"
         "'diagnosis','image':true");
    loop_run(1000);
}

static void refuse(const char *path, const char *type, const char *body,
                   const char *words)
{
    script_but(path, type, body);
    ask();
    assert_true(jx_bool(result(), "isError"));
    assert_contains(text(), words);
}

static void test_a_page_in_place_of_the_jobs_is_said(void **state)
{
    refuse("/jobs", "text/html", HTML, "'jobs' did not answer with a list of objects");
}

static void test_stages_that_are_cut_are_said(void **state)
{
    refuse("/stages", "application/json", "[{\"stageId\":0,\"attemptId\":0,\"sta",
           "'stages' did not answer with a list of objects");
}

/* Whatever is asked about single stages and executions. */
static void script_no_details(void)
{
    static const char *const words[] = {"/taskSummary?", "/taskList?", "/sql/",
                                        "/StreamingQuery/"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        script_error(words[i], ERROR_NOT_FOUND, "unknown");
        script_always();
    }
}

static void diagnose_without(const char *path, const char *type, const char *body)
{
    script_but(path, type, body);
    script_no_details();
    ask();
    check_output("monitor-cluster");
}

static void test_executions_that_could_not_be_read_are_said(void **state)
{
    diagnose_without("/sql?details=false&planDescription=false", "text/html", HTML);
    assert_contains(text(), "its SQL executions could not be read");
}

static void test_settings_that_could_not_be_read_are_said(void **state)
{
    diagnose_without("/environment", "application/json", "{\"sparkProperties\":[[\"sp");
    assert_contains(text(), "its settings could not be read");
}

/* As a history server tells whose log was cut: its jobs name stages that it has not. */
static void test_stages_that_are_missing_are_said(void **state)
{
    static const char two[] = "[{\"stageId\":0,\"attemptId\":0,\"status\":\"COMPLETE\"},"
                              "{\"stageId\":9,\"attemptId\":0,\"status\":\"COMPLETE\"}]";

    diagnose_without("/stages", "application/json", two);
    assert_contains(text(), "8 stages are forgotten by Spark");
}

/* ---- large ones ---- */

/* What Spark keeps of 5,000 jobs of one second and one stage each. */
static void script_many(void)
{
    json_t *jobs = json_array(), *stages = json_array();

    for (int i = JOBS_RUN - STAGES; i < JOBS_RUN; i++) {
        char times[200], row[900];

        snprintf(times, sizeof times,
                 "'submissionTime':'1970-01-01T%02d:%02d:%02d.000GMT','completionTime':"
                 "'1970-01-01T%02d:%02d:%02d.900GMT'",
                 i / 3600, i / 60 % 60, i % 60, i / 3600, i / 60 % 60, i % 60);
        snprintf(row, sizeof row,
                 "{'jobId':%d,'status':'SUCCEEDED','name':'count at /jobs/a.py:7',"
                 "'stageIds':[%d],%s}",
                 i, i, times);
        json_array_append_new(jobs, json_of(row));
        snprintf(row, sizeof row,
                 "{'stageId':%d,'attemptId':0,'status':'COMPLETE','name':'count at "
                 "/jobs/a.py:7','numTasks':8,'numCompleteTasks':8,'executorRunTime':7000,"
                 "'firstTaskLaunchedTime':'1970-01-01T%02d:%02d:%02d.010GMT',%s}",
                 i, i / 3600, i / 60 % 60, i % 60, times);
        json_array_append_new(stages, json_of(row));
    }
    script_json("GET http://m:8080/json/", "{'workers':[]}");
    script_error(PAGE, ERROR_NOT_FOUND, "no page");
    script_json(LOGGED, "{'id':'app-1','name':'many','attempts':[{'startTimeEpoch':0,"
                        "'endTimeEpoch':5000000,'lastUpdatedEpoch':5000000,"
                        "'completed':true}]}");
    script_rows(LOGGED "/jobs", jobs);
    script_rows(LOGGED "/stages", stages);
    script_rows(LOGGED "/allexecutors", json_of("[{'id':'0','maxTasks':8,'addTime':"
                                                "'1970-01-01T00:00:00.000GMT'}]"));
    script_rows(LOGGED "/sql?details=false", json_array());
    script_json(LOGGED "/environment", "{'sparkProperties':[]}");
    script_rows(LOGGED "/storage/rdd", json_array());
    script_no_details();
}

static const json_t *image(void)
{
    return json_array_get(jx_array(result(), "content"), 1);
}

static void test_of_5000_jobs_1000_stages_are_looked_at_within_the_limits(void **state)
{
    const json_t *diagnosis;

    script_many();
    ask();
    check_output("monitor-cluster");
    diagnosis = jx_object(structured(), "diagnosis");
    assert_json(jx_array(diagnosis, "findings"), "[]");
    assert_contains(jx_string(diagnosis, "lookedAt"), "1000 jobs, 1000 stages");
    assert_contains(text(), "4000 stages are forgotten by Spark");
    assert_fits(5000);
    assert_in_range(script_asked("GET"), 10, REQUESTS_MAX);
    assert_in_range(json_string_length(json_object_get(image(), "data")), 1000,
                    PICTURE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_a_page_in_place_of_the_jobs_is_said),
        claim(test_stages_that_are_cut_are_said),
        claim(test_executions_that_could_not_be_read_are_said),
        claim(test_settings_that_could_not_be_read_are_said),
        claim(test_stages_that_are_missing_are_said),
        claim(test_of_5000_jobs_1000_stages_are_looked_at_within_the_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
