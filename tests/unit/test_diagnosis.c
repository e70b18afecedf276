/*
 * What the rules conclude: from what real Sparks told of jobs made bad on purpose and of their
 * healthy twins (tests/recorded/record_diagnosed.py), and from small facts of our own.
 */
#include "base/jx.h"
#include "base/text.h"
#include "diagnosed.h"
#include "diagnosis/facts.h"
#include "diagnosis/findings.h"
#include "diagnosis/tasks_picture.h"
#include "diagnosis/what_if.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static const char *const versions[] = {"spark-3.5.9", "spark-4.3.0"};

static void diagnose_recorded(const char *version, const char *name)
{
    char path[100];

    snprintf(path, sizeof path, "%s/diagnosed/%s.json", version, name);
    diagnose_told(recorded_json(path));
}

/* ---- what fails ---- */

static void test_the_users_own_exception_is_told_with_its_line(void **state)
{
    for (size_t i = 0; i < 2; i++) {
        diagnose_recorded(versions[i], "own_error");
        assert_text(found(), "F1");
        assert_contains(jx_string(first(), "at"), "/jobs/provoke.py:");
        assert_contains(jx_string(first(), "at"), " in divide");
        assert_contains(jx_string(first(), "evidence"), "ZeroDivisionError");
        assert_fits();
    }
}

static void test_a_cancelled_job_is_no_failure(void **state)
{
    diagnose_told(json_of(
        "{'place':{},'jobs':[{'jobId':3,'status':'FAILED','stageIds':[5]}],'stages':[{"
        "'stageId':5,'attemptId':0,'status':'FAILED','failureReason':'Job 3 cancelled part "
        "of cancelled job group op-1'}]}"));
    assert_text(found(), "");
}

static void test_an_application_that_was_ended_has_not_failed(void **state)
{
    diagnose_told(json_of(
        "{'place':{},'jobs':[{'jobId':0,'status':'FAILED','stageIds':[0]}],'stages':[{"
        "'stageId':0,'attemptId':0,'status':'FAILED','failureReason':'Stage cancelled "
        "because SparkContext was shut down'}]}"));
    assert_text(found(), "");
}

/* As of a session, in which one statement was cancelled and others went on. */
static void test_after_a_cancelled_statement_the_one_that_failed_is_told(void **state)
{
    static const char cancelled[] =
        "{'place':{},'jobs':[{'jobId':3,'status':'FAILED','stageIds':[]}%s],'queries':[{"
        "'id':4,'status':'FAILED','failedJobIds':[3],'errorMessage':'Job 3 cancelled part of "
        "cancelled job group op-5447e164b289'}%s]}";
    char text[1000];

    snprintf(text, sizeof text, cancelled, "", "");
    diagnose_told(json_of(text));
    assert_text(found(), "");
    snprintf(
        text, sizeof text, cancelled,
        ",{'jobId':2,'status':'FAILED','stageIds':[]},{'jobId':4,'status':'SUCCEEDED'}",
        ",{'id':3,'status':'FAILED','failedJobIds':[2],'errorMessage':"
        "'java.lang.OutOfMemoryError: Java heap space'}");
    diagnose_told(json_of(text));
    assert_text(found(), "F1");
    assert_text(jx_string(first(), "severity"), "warning");
    assert_contains(jx_string(answer, "verdict"), "It went on, but");
}

/* A job failed and was caught; then the script itself raised. */
static void test_what_ended_the_driver_comes_before_what_it_caught(void **state)
{
    diagnose_told(json_of(
        "{'place':{},'jobs':[{'jobId':1,'status':'FAILED','stageIds':[]},{'jobId':2,"
        "'status':'SUCCEEDED','stageIds':[]}],'driver':{'exitCause':'File \\\"/jobs/a.py\\\", "
        "line 3, in main\\nKeyError: 7'}}"));
    assert_text(found(), "F1");
    assert_text(jx_string(first(), "severity"), "critical");
    assert_text(jx_string(first(), "evidence"), "Spark says: KeyError: 7");
    assert_text(jx_string(first(), "at"), "File \"/jobs/a.py\", line 3, in main");
}

/* Executor 0 is killed, tasks of others fail to fetch from it, the stage is aborted. */
static void test_a_lost_executor_is_told_before_the_fetch_that_failed(void **state)
{
    diagnose_told(json_of(
        "{'place':{'startMs':1000},'jobs':[{'jobId':3,'status':'FAILED','stageIds':[5],"
        "'completionTime':'1970-01-01T00:02:00.000GMT'}],'stages':[{'stageId':5,"
        "'attemptId':0,'status':'FAILED','numFailedTasks':1,'failureReason':'Job aborted "
        "due to stage failure: FetchFailed'}],'failed':{'5.0':[{'taskId':1,'status':"
        "'FAILED','errorMessage':'FetchFailed(null, shuffleId=0, mapIndex=-1)'}]},"
        "'executors':[{'id':'1','maxTasks':4,'removeReason':'Executor killed by driver.',"
        "'removeTime':'1970-01-01T00:00:20.000GMT'},{'id':'0','maxTasks':4,'hostPort':"
        "'h:1','removeReason':'Command exited with code 52','removeTime':"
        "'1970-01-01T00:01:00.000GMT'}],'settings':[['spark.executor.memory','512m']]}"));
    assert_text(found(), "F1");
    assert_text(jx_string(first(), "name"), "an executor ran out of heap");
    assert_contains(jx_string(first(), "evidence"), "Executor 0 on h:1 was lost");
    assert_contains(jx_string(first(), "change"),
                    "spark.executor.memory=1024m (now 512m)");
}

/* Each gives its finding and nothing else; their healthy twins give none. */
static void test_what_was_made_bad_on_purpose_is_found(void **state)
{
    static const struct {
        const char *version, *name, *ids;
    } jobs[] = {
        {"spark-3.5.9", "straggler", "P2"},
        {"spark-3.5.9", "few", "P5"},
        {"spark-3.5.9", "tiny", "P7"},
        {"spark-3.5.9", "read_small", "P9"},
        {"spark-3.5.9", "write_small", "P10"},
        {"spark-3.5.9", "one_file", "P12"},
        {"spark-3.5.9", "python_udf", "P17"},
        {"spark-3.5.9", "nested", "P13"},
        {"spark-3.5.9", "explosion", "P14"},
        {"spark-3.5.9", "lost_executor", "F3"},
        {"spark-3.5.9", "no_module", "F1"},
        {"spark-3.5.9", "even", ""},
        {"spark-4.3.0", "few", "P5"},
        {"spark-4.3.0", "one_file", "P12"},
        {"spark-4.3.0", "python_udf", "P17"},
        /* Python's first workers took 14 s on a busy host, each of them */
        {"spark-4.3.0", "slow_start", ""},
        {"spark-3.5.9", "healthy", ""},
        {"spark-4.3.0", "skew", "P1"},
        {"spark-4.3.0", "large_read", "P8"},
        {"spark-4.3.0", "read_well", ""},
        {"spark-4.3.0", "shuffle_small", "P19"},
        {"spark-4.3.0", "shuffle_joined", ""},
        /* the first executor took 105 s on that host */
        {"spark-4.3.0", "thrash", "P25 P26"},
        {"spark-4.3.0", "copies", "P24"},
        {"spark-4.3.0", "no_copies", ""},
        {"spark-4.3.0", "unused_memory", "P27"},
    };

    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
        diagnose_recorded(jobs[i].version, jobs[i].name);
        if (strcmp(found(), jobs[i].ids) != 0)
            fail_msg("%s of %s: want '%s', got '%s'", jobs[i].name, jobs[i].version,
                     jobs[i].ids, found());
        assert_fits();
    }
}

/* It was killed in the second stage: its task was lost, others could not fetch from it, and both
 * stages were done again. */
static void test_a_killed_executor_is_told_with_its_exit_and_what_was_done_again(
    void **state)
{
    diagnose_recorded("spark-3.5.9", "lost_executor");
    assert_text(jx_string(first(), "name"), "an executor was killed from outside");
    assert_contains(jx_string(first(), "evidence"), "Executor 0 on ");
    assert_contains(jx_string(first(), "evidence"), "2 stages were done again");
    assert_contains(jx_string(answer, "verdict"), "It went on, but");
}

static void test_of_a_skewed_join_the_key_and_the_settings_are_told(void **state)
{
    diagnose_recorded("spark-4.3.0", "skew");
    assert_text(found(), "P1");
    assert_contains(jx_string(first(), "change"),
                    "spark.sql.adaptive.skewJoin.enabled=true");
    assert_contains(jx_string(first(), "change"), "SELECT k, count(*)");
    assert_contains(jx_string(first(), "at"), "collect at /jobs/provoke.py:");
    assert_fits();
}

static void test_of_an_operation_its_own_plans_are_asked_for(void **state)
{
    json_auto_t *told = json_of(
        "{'place':{},'scope':{'group':'op-1'},'jobs':[{'jobId':0,'jobGroup':'op-0'},{'jobId'"
        ":1,'jobGroup':'op-1'}],'queries':[{'id':4,'duration':90000,'successJobIds':[0]},{"
        "'id':5,'duration':1000,'successJobIds':[1]}]}");
    json_auto_t *wants = diagnosis_wants(told);

    assert_json(jx_array(wants, "plans"), "[5]");
}

static void test_stages_that_spark_has_forgotten_are_said(void **state)
{
    diagnose_told(json_of("{'place':{},'stages':[{'stageId':41,'attemptId':0,"
                          "'status':'COMPLETE'}]}"));
    assert_contains(json_string_value(json_array_get(jx_array(answer, "undecided"), 1)),
                    "41 stages are forgotten");
}

/* ---- other numbers of cores ---- */

static void ask_what_if(const char *stage)
{
    json_t *told = told_of(stage, "", "");

    json_decref(answer);
    answer = what_if(told);
    json_decref(told);
}

static json_int_t seconds_at(size_t i)
{
    const json_t *row = json_array_get(jx_array(answer, "estimates"), i);

    return whole_of(json_number_value(json_object_get(row, "seconds")));
}

static void test_equal_tasks_run_in_waves(void **state)
{
    ask_what_if(TASKS ",'executorRunTime':400000"); /* 40 tasks of 10 s on 4 slots */
    assert_int_equal(jx_int(answer, "modelErrorPercent"), 0);
    assert_int_equal(seconds_at(0), 200);
    assert_int_equal(seconds_at(1), 100);
    assert_int_equal(seconds_at(2), 50);
    assert_int_equal(seconds_at(3), 30);
    assert_int_equal(whole_of(json_number_value(json_object_get(answer, "floorSeconds"))),
                     10);
}

static void test_a_model_that_is_far_off_says_nothing(void **state)
{
    ask_what_if(TASKS ",'executorRunTime':40000"); /* its tasks did not fill the time */
    assert_true(jx_has_string(answer, "refused"));
    assert_int_equal(jx_int(answer, "modelErrorPercent"), 90);
    assert_null(json_object_get(answer, "estimates"));
}

static void test_of_what_still_runs_nothing_is_estimated(void **state)
{
    json_t *told = recorded_json("spark-3.5.9/diagnosed/tiny.json");

    json_object_set_new(jx_object(told, "place"), "isRunning", json_true());
    json_decref(answer);
    answer = what_if(told);
    json_decref(told);
    assert_contains(jx_string(answer, "refused"), "still runs");
}

/* ---- streams ---- */

static void diagnose_stream(const char *status, const char *series)
{
    char text[1500];

    snprintf(text, sizeof text,
             "{'place':{},'streams':[{'query':{'Name':'rates','Status':'%s','Error':"
             "'org.x.E: no price\\n\\tat org.apache.spark.A'},'series':{%s}}]}",
             status, series);
    diagnose_told(json_of(text));
}

static void test_a_stream_is_behind_when_each_of_its_batches_is(void **state)
{
    diagnose_stream("RUNNING", "'input-rate':[[1,9],[2,9],[3,9],[4,9],[5,9]],"
                               "'process-rate':[[1,5],[2,5],[3,5],[4,5],[5,5]]");
    assert_text(found(), "S1");
    diagnose_stream("RUNNING", "'input-rate':[[1,9],[2,9],[3,4],[4,9],[5,9]],"
                               "'process-rate':[[1,5],[2,5],[3,5],[4,5],[5,5]]");
    assert_text(found(), "");
}

static void test_state_that_grows_without_a_watermark_is_told(void **state)
{
    diagnose_stream("RUNNING",
                    "'aggregated-num-total-state-rows':[[1,1],[2,2],[3,3],[4,4],"
                    "[5,5],[6,6]]");
    assert_text(found(), "S2");
    diagnose_stream("RUNNING",
                    "'aggregated-num-total-state-rows':[[1,1],[2,2],[3,3],[4,4],"
                    "[5,5],[6,6]],'watermark-gap':[[6,3.5]]");
    assert_text(found(), "");
}

static void test_a_stream_that_ended_with_an_error_tells_it(void **state)
{
    diagnose_stream("FAILED", "");
    assert_text(found(), "S3");
    assert_contains(jx_string(first(), "evidence"), "no price");
}

static void test_rows_that_the_watermark_drops_are_told(void **state)
{
    diagnose_stream("RUNNING", "'aggregated-num-rows-dropped-by-watermark':[[1,9]],"
                               "'input-rows':[[1,100]]");
    assert_text(found(), "S4");
}

static void test_nothing_told_is_nothing_found(void **state)
{
    diagnose_told(json_object());
    assert_text(found(), "");
}

static void test_a_run_is_drawn_the_same_each_time(void **state)
{
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        char path[80];
        snprintf(path, sizeof path, "%s/diagnosed/own_error.json", versions[i]);
        json_auto_t *told = recorded_json(path), *first = diagnosis_picture(told),
                    *second = diagnosis_picture(told);
        assert_true(json_equal(first, second));
        assert_true(text_starts_with(json_string_value(first), "iVBORw0KGgo"));
        assert_in_range(json_string_length(first), 2000, 16 * 1024 * 4 / 3);
    }
}

static void test_tasks_are_drawn_sorted_the_same_each_time(void **state)
{
    struct spark_stage stage = {.id = 7, .tasks = 3};
    json_auto_t *tasks = json_array(), *turned = json_array();

    for (int i = 0; i < 3; i++) {
        char text[200];
        snprintf(
            text, sizeof text,
            "{'taskId':%d,'index':%d,'status':'SUCCESS','taskMetrics':"
            "{'executorRunTime':%d,'jvmGcTime':100,'inputMetrics':{'bytesRead':%d}}}",
            i, i, 1000 * (i + 1), 1 << 20);
        json_array_append_new(tasks, json_of(text));
        json_array_insert_new(turned, 0, json_of(text));
    }
    json_auto_t *first = tasks_picture(&stage, tasks, 2000),
                *again = tasks_picture(&stage, turned, 2000),
                *other = tasks_picture(&stage, tasks, 1000);
    assert_true(json_equal(first, again));
    assert_false(json_equal(first, other));
    assert_true(text_starts_with(json_string_value(first), "iVBORw0KGgo"));
    assert_in_range(json_string_length(first), 2000, 16 * 1024 * 4 / 3);
}

static void test_a_stage_without_tasks_is_not_drawn(void **state)
{
    struct spark_stage stage = {.id = 7, .tasks = 3};
    json_auto_t *tasks = json_array();

    assert_null(tasks_picture(&stage, tasks, UNKNOWN));
}

static void test_what_has_no_stage_is_not_drawn(void **state)
{
    json_auto_t *told = json_object();

    assert_null(diagnosis_picture(told));
}

/* Spark 3.5 tells 1 where no cores were named for executors. */
static void test_an_executor_runs_as_many_tasks_as_it_has_cores_for(void **state)
{
    static const struct {
        const char *executor, *settings;
        int slots;
    } cases[] = {
        {"{'maxTasks':1,'totalCores':4,'resources':{}}", "[]", 4},
        {"{'maxTasks':1,'totalCores':4}", "[['spark.task.cpus','2']]", 2},
        {"{'maxTasks':1,'totalCores':4,'resources':{'gpu':{}}}", "[]", 1},
        {"{'maxTasks':3,'totalCores':4}", "[]", 3},
        {"{'maxTasks':0,'totalCores':0}", "[]", 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_auto_t *executor = json_of(cases[i].executor),
                    *told = jx_pack("{s:o}", "settings", json_of(cases[i].settings));
        struct facts facts;

        facts_read(&facts, told);
        assert_int_equal(facts_slots_of(&facts, executor), cases[i].slots);
        facts_release(&facts);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_an_executor_runs_as_many_tasks_as_it_has_cores_for),
        claim(test_the_users_own_exception_is_told_with_its_line),
        claim(test_a_cancelled_job_is_no_failure),
        claim(test_an_application_that_was_ended_has_not_failed),
        claim(test_after_a_cancelled_statement_the_one_that_failed_is_told),
        claim(test_what_ended_the_driver_comes_before_what_it_caught),
        claim(test_a_lost_executor_is_told_before_the_fetch_that_failed),
        claim(test_what_was_made_bad_on_purpose_is_found),
        claim(test_a_killed_executor_is_told_with_its_exit_and_what_was_done_again),
        claim(test_of_a_skewed_join_the_key_and_the_settings_are_told),
        claim(test_of_an_operation_its_own_plans_are_asked_for),
        claim(test_stages_that_spark_has_forgotten_are_said),
        claim(test_equal_tasks_run_in_waves),
        claim(test_a_model_that_is_far_off_says_nothing),
        claim(test_of_what_still_runs_nothing_is_estimated),
        claim(test_a_stream_is_behind_when_each_of_its_batches_is),
        claim(test_state_that_grows_without_a_watermark_is_told),
        claim(test_a_stream_that_ended_with_an_error_tells_it),
        claim(test_rows_that_the_watermark_drops_are_told),
        claim(test_nothing_told_is_nothing_found),
        claim(test_a_run_is_drawn_the_same_each_time),
        claim(test_what_has_no_stage_is_not_drawn),
        claim(test_tasks_are_drawn_sorted_the_same_each_time),
        claim(test_a_stage_without_tasks_is_not_drawn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
