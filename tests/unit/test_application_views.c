/* What an application did, as a client sees it: jobs, stages, failures, SQL. */
#include "base/jx.h"
#include "scripted_http.h"
#include "tool_client.h"
#include "unit.h"
#include "waiting.h"
#include "watched_script.h"

#include <stdio.h>

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

/* With the answer's own bytes, without a limit, as well. */
static void test_next_of_a_long_list_is_followed_to_its_end(void **state)
{
    static const char *const limits[] = {"", ",'limit':5"};

    for (size_t i = 0; i < 2; i++) {
        json_auto_t *all = NULL, *found = json_array();
        char arguments[80];
        size_t offset = 0;

        look_at_jobs("spark-4.3.0", "'metric_type':'jobs','limit':200");
        all = json_deep_copy(jx_array(structured(), "jobs"));
        do {
            snprintf(arguments, sizeof arguments, "'metric_type':'jobs','offset':%zu%s",
                     offset, limits[i]);
            look_at_jobs("spark-4.3.0", arguments);
            json_array_extend(found, jx_array(structured(), "jobs"));
        } while (sscanf(jx_string(structured(), "next"), "%*d more from offset %zu",
                        &offset) == 1);
        assert_true(json_equal(found, all));
        assert_true(offset > 0);
    }
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

static void look_at_slow_stage(const char *version, const char *more)
{
    char arguments[60];

    script_live(version);
    script_value("?details=false", recorded(version, "stage-slow.json"));
    script_value("/taskSummary?quantiles=0,0.25,0.5,0.75,0.95,1",
                 recorded(version, "stage-slow-summary.json"));
    script_value("sortBy=-runtime", recorded(version, "stage-slow-slowest.json"));
    snprintf(arguments, sizeof arguments, "'stage_id':%lld%s",
             (long long)slow_stage(version), more);
    look(arguments);
}

static void test_one_stage_is_told_with_quantiles_and_its_slowest_tasks(void **state)
{
    for (size_t i = 0; i < 2; i++) {
        const json_t *run;

        look_at_slow_stage(versions[i], "");
        run = json_array_get(jx_array(structured(), "taskQuantiles"), 1);
        assert_text(jx_string(run, "metric"), "runSeconds");
        assert_true(json_number_value(json_object_get(run, "max")) > 2.5);
        assert_int_equal(jx_int(first("slowestTasks"), "partition"), 3);
        assert_contains(text(), "0 for all: ");
        assert_fits(3000);
    }
}

static void test_the_tasks_of_one_stage_are_drawn_when_that_is_asked_for(void **state)
{
    for (size_t i = 0; i < 2; i++) {
        const json_t *image;

        look_at_slow_stage(versions[i], ",'image':true");
        image = json_array_get(jx_array(result(), "content"), 1);
        assert_text(jx_string(image, "mimeType"), "image/png");
        assert_int_equal(json_array_size(jx_array(structured(), "slowestTasks")), 3);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_jobs_that_failed_come_first_and_then_the_longest),
        claim(test_an_ended_application_is_told_by_the_history_server),
        claim(test_a_job_is_told_with_its_execution),
        claim(test_next_of_a_long_list_is_followed_to_its_end),
        claim(test_stages_that_failed_come_first_and_then_the_longest),
        claim(test_a_task_much_longer_than_the_others_is_seen_in_its_stage),
        claim(test_nothing_that_spark_does_not_say_is_0),
        claim(test_one_stage_is_told_with_quantiles_and_its_slowest_tasks),
        claim(test_the_tasks_of_one_stage_are_drawn_when_that_is_asked_for),
        claim(test_a_failed_task_of_a_stage_tells_what_failed_and_where),
        claim(test_failed_tasks_are_grouped_by_what_happened),
        claim(test_an_executor_that_was_let_go_is_not_lost),
        claim(test_executions_that_failed_are_failures),
        claim(test_executions_that_failed_come_first),
        claim(test_one_execution_is_told_as_the_tree_of_its_final_plan),
        claim(test_the_plan_before_it_was_adapted_is_told_on_request),
        claim(test_passwords_in_a_plan_are_masked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
