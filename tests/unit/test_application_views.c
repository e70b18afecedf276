/*
 * The views of one application, as a client sees them. What Spark says is recorded from
 * tests/spark/jobs/watched.py (tests/recorded/record_watched.py), of 3.5.9 and of 4.3.0.
 */
#include "base/jx.h"
#include "scripted_http.h"
#include "tool_client.h"
#include "unit.h"
#include "waiting.h"

#include <stdio.h>
#include <string.h>

#define UI "GET http://d:4040"
#define LIVE UI "/api/v1/applications/app-1"
#define LOGGED "GET http://m:18080/api/v1/applications/app-1"
#define PAGE "GET http://m:8080/app/?appId=app-1"

static const char *const versions[] = {"spark-3.5.9", "spark-4.3.0"};

static int begin(void **state)
{
    return client_begin() ? 0 : -1;
}

static int end(void **state)
{
    return client_end() ? 0 : -1;
}

static json_t *recorded(const char *version, const char *name)
{
    char path[100];

    snprintf(path, sizeof path, "%s/watched/%s", version, name);
    return recorded_json(path);
}

/* A list, which is read in slices. */
static void script_rows(const char *words, json_t *rows)
{
    char *text = json_dumps(rows, 0);

    script_text(words, "application/json", text);
    free(text);
    json_decref(rows);
}

/* The application runs, and its UI answers. */
static void script_live(const char *version)
{
    script_json("GET http://m:8080/json/", "{'workers':[]}");
    script_error(LOGGED, ERROR_NOT_FOUND, "no such app");
    script_text(PAGE, "text/html", "<a href=\"http://d:4040\">Application Detail UI</a>");
    script_value(LIVE, recorded(version, "application.json"));
}

static void script_ended(const char *version)
{
    script_json("GET http://m:8080/json/", "{'workers':[]}");
    script_value(LOGGED, recorded(version, "application-ended.json"));
    script_error(PAGE, ERROR_NOT_FOUND, "no page");
}

static void look(const char *arguments)
{
    char line[400];

    snprintf(line, sizeof line,
             "'monitor-cluster','arguments':{'application_id':'app-1',%s", arguments);
    call(line);
    loop_run(0);
    check_output("monitor-cluster");
}

static const json_t *row_with(const char *part, const char *key, json_int_t value)
{
    const json_t *row;
    size_t i;

    json_array_foreach (jx_array(structured(), part), i, row)
        if (jx_int_or(row, key, -1) == value)
            return row;
    return NULL;
}

static const json_t *first(const char *part)
{
    return json_array_get(jx_array(structured(), part), 0);
}

static size_t size_of(const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT);
    size_t size = strlen(text);

    free(text);
    return size;
}

/* Text and structured content both keep to so many bytes. */
static void assert_fits(size_t most)
{
    assert_in_range(size_of(structured()), 100, most);
    assert_in_range(strlen(text()), 100, most);
}

/* ---- jobs ---- */

static void look_at_jobs(const char *version, const char *arguments)
{
    script_live(version);
    script_rows(LIVE "/jobs", recorded(version, "jobs.json"));
    script_rows(LIVE "/sql?details=false&planDescription=false",
                recorded(version, "sql.json"));
    look(arguments);
}

static void test_jobs_that_failed_come_first_and_then_the_longest(void **state)
{
    for (size_t i = 0; i < 2; i++) {
        look_at_jobs(versions[i], "'metric_type':'jobs'");
        assert_text(jx_string(first("jobs"), "status"), "FAILED");
        assert_fits(3000);
    }
}

static void test_an_ended_application_is_told_by_the_history_server(void **state)
{
    script_ended("spark-4.3.0");
    script_rows(LOGGED "/jobs", recorded("spark-4.3.0", "jobs.json"));
    script_error(LOGGED "/sql?", ERROR_TIMEOUT, "too slow");
    look("'metric_type':'jobs'");
    assert_text(jx_string(jx_object(structured(), "source"), "from"), "history server");
    assert_contains(text(), "told by the history server");
}

static void test_a_job_is_told_with_its_execution(void **state)
{
    look_at_jobs("spark-3.5.9", "'metric_type':'jobs','limit':200");
    assert_int_equal(jx_int(row_with("jobs", "jobId", 12), "executionId"), 3);
    assert_null(json_object_get(row_with("jobs", "jobId", 11), "executionId"));
}

/* ---- stages ---- */

static json_int_t slow_stage(const char *version)
{
    json_auto_t *attempts = recorded(version, "stage-slow.json");

    return jx_int(json_array_get(attempts, 0), "stageId");
}

static void look_at_stages(const char *version, const char *arguments)
{
    script_live(version);
    script_rows(LIVE "/stages", recorded(version, "stages.json"));
    script_json("/taskSummary?quantiles=0.5,1", "{'executorRunTime':[100.0,1250.0]}");
    script_always();
    look(arguments);
}

static void test_stages_that_failed_come_first_and_then_the_longest(void **state)
{
    for (size_t i = 0; i < 2; i++) {
        look_at_stages(versions[i], "'metric_type':'stages'");
        assert_text(jx_string(first("stages"), "status"), "FAILED");
        assert_fits(4000);
    }
}

static void test_a_task_much_longer_than_the_others_is_seen_in_its_stage(void **state)
{
    look_at_stages("spark-3.5.9", "'metric_type':'stages','status':'finished'");
    assert_text(jx_string(first("stages"), "status"), "COMPLETE");
    assert_true(json_real_value(json_object_get(first("stages"), "longestToMedian")) ==
                12.5);
}

static void test_nothing_that_spark_does_not_say_is_0(void **state)
{
    script_live("spark-3.5.9");
    script_rows(LIVE "/stages",
                json_of("[{'stageId':4,'status':'PENDING','inputBytes':0}]"));
    look("'metric_type':'stages'");
    assert_json(first("stages"), "{'stageId':4,'status':'PENDING','inputBytes':0}");
    assert_int_equal(jx_int(structured(), "forgotten"), 4);
}

static void look_at_slow_stage(const char *version)
{
    char arguments[40];

    script_live(version);
    script_value("?details=false", recorded(version, "stage-slow.json"));
    script_value("/taskSummary?quantiles=0,0.25,0.5,0.75,0.95,1",
                 recorded(version, "stage-slow-summary.json"));
    script_value("sortBy=-runtime", recorded(version, "stage-slow-slowest.json"));
    snprintf(arguments, sizeof arguments, "'stage_id':%lld",
             (long long)slow_stage(version));
    look(arguments);
}

static void test_one_stage_is_told_with_quantiles_and_its_slowest_tasks(void **state)
{
    for (size_t i = 0; i < 2; i++) {
        const json_t *run;

        look_at_slow_stage(versions[i]);
        run = json_array_get(jx_array(structured(), "taskQuantiles"), 1);
        assert_text(jx_string(run, "metric"), "runSeconds");
        assert_true(json_number_value(json_object_get(run, "max")) > 2.5);
        assert_int_equal(jx_int(first("slowestTasks"), "partition"), 3);
        assert_contains(text(), "0 for all: ");
        assert_fits(3000);
    }
}

static void test_a_failed_task_of_a_stage_tells_what_failed_and_where(void **state)
{
    for (size_t i = 0; i < 2; i++) {
        script_live(versions[i]);
        script_value("?details=false", recorded(versions[i], "stage-failed-2.json"));
        script_error("/taskSummary", ERROR_NOT_FOUND, "no tasks reported");
        script_json("sortBy=-runtime", "[]");
        script_value("status=FAILED", recorded(versions[i], "stage-failed-2-tasks.json"));
        look("'stage_id':16");
        assert_text(jx_string(first("failedTasks"), "error"),
                    "ValueError: no price in row 3");
        assert_contains(jx_string(first("failedTasks"), "at"), "watched.py:19");
        assert_contains(text(), "no task has succeeded");
    }
}

/* ---- failures ---- */

static void look_at_failures(const char *version, json_t *executors)
{
    script_live(version);
    script_rows(LIVE "/stages", recorded(version, "stages.json"));
    script_rows("/allexecutors", executors);
    script_rows("/sql?", recorded(version, "sql.json"));
    for (int i = 0; i < 4; i++) {
        char words[40], file[40];
        json_auto_t *attempts = NULL;

        snprintf(file, sizeof file, "stage-failed-%d.json", i);
        attempts = recorded(version, file);
        snprintf(words, sizeof words, "stages/%lld/0/taskList",
                 (long long)jx_int(json_array_get(attempts, 0), "stageId"));
        snprintf(file, sizeof file, "stage-failed-%d-tasks.json", i);
        script_value(words, recorded(version, file));
    }
    look("'metric_type':'failures'");
}

static void test_failed_tasks_are_grouped_by_what_happened(void **state)
{
    for (size_t i = 0; i < 2; i++) {
        look_at_failures(versions[i], recorded(versions[i], "executors.json"));
        assert_int_equal(jx_int(structured(), "tasksFailed"), 7);
        assert_text(jx_string(first("failures"), "what"),
                    "ValueError: no price in row 3");
        assert_int_equal(jx_int(first("failures"), "count"), 6);
        assert_contains(text(), "1 x KeyError: 'only the first time'");
        assert_fits(3000);
    }
}

static void test_an_executor_that_was_let_go_is_not_lost(void **state)
{
    look_at_failures("spark-4.3.0",
                     json_of("[{'id':'1','removeReason':'Executor killed by driver.'},"
                             "{'id':'2','removeReason':'Command exited with code 137',"
                             "'removeTime':'2026-11-22T15:00:00.250GMT'}]"));
    assert_json(jx_array(structured(), "lostExecutors"),
                "[{'executor':'2','hostPort':'','removed':'2026-11-22 15:00:00Z',"
                "'why':'Command exited with code 137'}]");
}

static void test_executions_that_failed_are_failures(void **state)
{
    look_at_failures("spark-4.3.0", json_array());
    assert_int_equal(jx_int(first("failedExecutions"), "executionId"), 3);
    assert_contains(jx_string(first("failedExecutions"), "error"), "no price in row 3");
}

/* ---- SQL ---- */

static void test_executions_that_failed_come_first(void **state)
{
    for (size_t i = 0; i < 2; i++) {
        script_live(versions[i]);
        script_rows(LIVE "/sql?", recorded(versions[i], "sql.json"));
        look("'metric_type':'sql'");
        assert_text(jx_string(first("executions"), "status"), "FAILED");
        assert_text(jx_string(row_with("executions", "executionId", 3), "callSite"),
                    "collect at watched.py:51");
        assert_fits(3000);
    }
}

static void look_at_execution(const char *version, const char *arguments)
{
    script_live(version);
    script_value(LIVE "/sql/0?details=true", recorded(version, "sql-0.json"));
    look(arguments);
}

static void test_one_execution_is_told_as_the_tree_of_its_final_plan(void **state)
{
    for (size_t i = 0; i < 2; i++) {
        look_at_execution(versions[i], "'execution_id':0");
        assert_text(jx_string(first("plan"), "node"), "AdaptiveSparkPlan");
        assert_contains(text(), "BroadcastHashJoin  20000 rows");
        assert_lacks(text(), "WholeStageCodegen (");
        assert_null(json_object_get(structured(), "initialPlan"));
        assert_fits(5000);
    }
}

static void test_the_plan_before_it_was_adapted_is_told_on_request(void **state)
{
    look_at_execution("spark-4.3.0", "'execution_id':0,'details':true");
    assert_contains(jx_string(structured(), "initialPlan"), "BroadcastHashJoin Inner");
    assert_lacks(jx_string(structured(), "initialPlan"), "Final");
}

static void test_passwords_in_a_plan_are_masked(void **state)
{
    script_live("spark-4.3.0");
    script_json(LIVE "/sql/1?",
                "{'id':1,'nodes':[{'nodeId':0,'nodeName':'Scan','desc':"
                "'Scan jdbc://me:hidden-1@h/ [password=hidden-2, n=3]'}]}");
    look("'execution_id':1");
    assert_text(jx_string(first("plan"), "text"),
                "jdbc://me:*****@h/ [password=*****, n=3]");
}

/* ---- the environment ---- */

static void look_at_environment(const char *version, const char *arguments)
{
    script_live(version);
    script_value(LIVE "/environment", recorded(version, "environment.json"));
    look(arguments);
}

static void test_settings_are_those_that_somebody_has_set(void **state)
{
    for (size_t i = 0; i < 2; i++) {
        look_at_environment(versions[i], "'metric_type':'environment'");
        assert_contains(text(), "spark spark.task.maxFailures=2\n");
        assert_contains(text(), "java user.timezone=Etc/UTC\n");
        assert_lacks(text(), "spark.driver.port");
        assert_lacks(text(), "extraJavaOptions"); /* Spark's own alone */
        assert_lacks(text(), "adl.http.timeout");
        assert_fits(2500);
    }
}

static void test_secrets_that_spark_shows_are_masked(void **state)
{
    for (size_t i = 0; i < 2; i++) {
        look_at_environment(versions[i], "'metric_type':'environment','limit':200");
        assert_lacks(text(), "planted");
        assert_contains(text(), "spark.my.apiKey=*****");
        assert_contains(text(), "http://user:*****@h/");
    }
}

static void test_a_prefix_chooses_settings_of_hadoop_too(void **state)
{
    look_at_environment("spark-4.3.0", "'metric_type':'environment','prefix':'adl.http'");
    assert_json(first("settings"),
                "{'section':'hadoop','name':'adl.http.timeout','value':'-1'}");
}

/* ---- storage ---- */

static void test_cached_tables_are_told_with_their_share_and_size(void **state)
{
    for (size_t i = 0; i < 2; i++) {
        script_live(versions[i]);
        script_rows(LIVE "/storage/rdd", recorded(versions[i], "storage.json"));
        look("'metric_type':'storage'");
        assert_text(jx_string(first("cached"), "name"), "In-memory table orders");
        assert_int_equal(jx_int(first("cached"), "cachedPercent"), 100);
        assert_true(jx_int(first("cached"), "memoryBytes") > 0);
        assert_fits(2000);
    }
}

static void test_the_history_server_says_why_it_knows_nothing_cached(void **state)
{
    script_ended("spark-3.5.9");
    script_rows(LOGGED "/storage/rdd", json_array());
    look("'metric_type':'storage'");
    assert_contains(text(), "spark.eventLog.logBlockUpdates.enabled");
}

/* ---- threads ---- */

static void test_threads_of_tasks_come_first_and_idle_ones_are_counted(void **state)
{
    for (size_t i = 0; i < 2; i++) {
        script_live(versions[i]);
        script_value("/executors/0/threads", recorded(versions[i], "threads-0.json"));
        look("'metric_type':'threads','executor_id':'0'");
        assert_contains(jx_string(first("threadGroups"), "name"), "worker for task");
        assert_contains(jx_string(first("idlePools"), "name"), "thread-pool-#");
        assert_lacks(text(), "java.base@");
        assert_fits(5000);
    }
}

#define AT(id, place)                                                                    \
    "{'threadId':" id ",'threadName':'t" id "','threadState':'RUNNABLE','stackTrace':"   \
    "{'elems':['app//x.Y." place "(Y.java:1)']}}"

static void test_what_stands_still_in_three_dumps_is_told(void **state)
{
    script_live("spark-4.3.0");
    for (int i = 0; i < 3; i++)
        script_json("/executors/driver/threads",
                    i < 2 ? "[" AT("1", "a") "," AT("2", "b") "]"
                          : "[" AT("1", "a") "," AT("2", "c") "]");
    call(
        "'monitor-cluster','arguments':{'application_id':'app-1','metric_type':'threads',"
        "'details':true");
    loop_run(4000);
    assert_json(
        jx_array(structured(), "threadGroups"),
        "[{'threads':1,'state':'RUNNABLE','name':'t1','frames':['x.Y.a(Y.java:1)'],"
        "'sameInAll':true},{'threads':1,'state':'RUNNABLE','name':'t2','frames':"
        "['x.Y.b(Y.java:1)'],'sameInAll':false}]");
}

static void test_threads_that_wait_for_each_other_are_named(void **state)
{
    script_live("spark-4.3.0");
    script_json("/threads", "[{'threadId':1,'threadName':'a','blockedByThreadId':2},"
                            "{'threadId':2,'threadName':'b','blockedByThreadId':1},"
                            "{'threadId':3,'threadName':'c','blockedByThreadId':1}]");
    look("'metric_type':'threads'");
    assert_json(jx_array(structured(), "deadlock"), "['a','b']");
}

/* ---- streaming ---- */

static void script_streams(const char *version, const char *page)
{
    char path[100];
    char *html;

    snprintf(path, sizeof path, "%s/watched/%s", version, page);
    html = recorded_text(path);
    script_text("/StreamingQuery/", "text/html", html);
    free(html);
}

static void script_series(const char *words, const char *y)
{
    char page[600];

    snprintf(page, sizeof page,
             "var v4 = [{\"x\": 1795366800000, \"y\": 900.0},{\"x\": 1795366801000, "
             "\"y\": %s}]; drawTimeline('#batch-duration-timeline', v4, 1);",
             y);
    script_text(words, "text/html", page);
}

static void test_streaming_queries_are_told_with_their_last_batches(void **state)
{
    for (size_t i = 0; i < 2; i++) {
        script_live(versions[i]);
        script_streams(versions[i], "streams.html");
        script_series("/StreamingQuery/statistics/?id=", "1250.0");
        script_series("/StreamingQuery/statistics/?id=", "10.0");
        look("'metric_type':'streaming'");
        assert_json(jx_object(structured(), "byStatus"), "{'RUNNING':1,'FAILED':1}");
        assert_json(
            json_array_get(jx_array(row_with("queries", "latestBatch", 0), "lastBatches"),
                           0),
            "{'at':'2026-11-22 17:00:01Z','seconds':0.01}");
        assert_text(jx_string(row_with("queries", "latestBatch", 0), "error"),
                    "ValueError: no price in row 3");
        assert_fits(2000);
    }
}

static void test_streams_that_have_ended_are_told_by_the_history_server(void **state)
{
    script_ended("spark-4.3.0");
    script_streams("spark-4.3.0", "streams-ended.html");
    script_error("GET http://m:18080/history/app-1/StreamingQuery/statistics/",
                 ERROR_TIMEOUT, "slow");
    script_always();
    look("'metric_type':'streaming'");
    assert_json(jx_object(structured(), "byStatus"), "{'FAILED':1,'FINISHED':1}");
}

static void test_another_page_means_no_streams(void **state)
{
    script_live("spark-3.5.9");
    script_text("/StreamingQuery/", "text/html", "<html>Spark Jobs</html>");
    look("'metric_type':'streaming'");
    assert_int_equal(jx_int(structured(), "total"), 0);
    assert_contains(text(), "0 structured streaming queries");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_jobs_that_failed_come_first_and_then_the_longest),
        claim(test_an_ended_application_is_told_by_the_history_server),
        claim(test_a_job_is_told_with_its_execution),
        claim(test_stages_that_failed_come_first_and_then_the_longest),
        claim(test_a_task_much_longer_than_the_others_is_seen_in_its_stage),
        claim(test_nothing_that_spark_does_not_say_is_0),
        claim(test_one_stage_is_told_with_quantiles_and_its_slowest_tasks),
        claim(test_a_failed_task_of_a_stage_tells_what_failed_and_where),
        claim(test_failed_tasks_are_grouped_by_what_happened),
        claim(test_an_executor_that_was_let_go_is_not_lost),
        claim(test_executions_that_failed_are_failures),
        claim(test_executions_that_failed_come_first),
        claim(test_one_execution_is_told_as_the_tree_of_its_final_plan),
        claim(test_the_plan_before_it_was_adapted_is_told_on_request),
        claim(test_passwords_in_a_plan_are_masked),
        claim(test_settings_are_those_that_somebody_has_set),
        claim(test_secrets_that_spark_shows_are_masked),
        claim(test_a_prefix_chooses_settings_of_hadoop_too),
        claim(test_cached_tables_are_told_with_their_share_and_size),
        claim(test_the_history_server_says_why_it_knows_nothing_cached),
        claim(test_threads_of_tasks_come_first_and_idle_ones_are_counted),
        claim(test_what_stands_still_in_three_dumps_is_told),
        claim(test_threads_that_wait_for_each_other_are_named),
        claim(test_streaming_queries_are_told_with_their_last_batches),
        claim(test_streams_that_have_ended_are_told_by_the_history_server),
        claim(test_another_page_means_no_streams),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
