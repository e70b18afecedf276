/*
 * What the rules conclude: from what real Sparks told of jobs made bad on purpose and of their
 * healthy twins (tests/recorded/record_diagnosed.py), and from small facts of our own.
 */
#include "base/jx.h"
#include "diagnosis/compare.h"
#include "diagnosis/findings.h"
#include "diagnosis/what_if.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const versions[] = {"spark-3.5.9", "spark-4.3.0"};
static json_t *answer;

static int begin(void **state)
{
    return 0;
}

static int end(void **state)
{
    json_decref(answer);
    answer = NULL;
    return 0;
}

/* ---- asking ---- */

static void diagnose_told(json_t *told)
{
    json_decref(answer);
    answer = diagnose(told);
    json_decref(told);
}

static void diagnose_recorded(const char *version, const char *name)
{
    char path[100];

    snprintf(path, sizeof path, "%s/diagnosed/%s.json", version, name);
    diagnose_told(recorded_json(path));
}

static const json_t *first(void)
{
    return json_array_get(jx_array(answer, "findings"), 0);
}

/* The ids of what is found, "P1 P3". */
static const char *found(void)
{
    static char ids[100];
    const json_t *finding;
    size_t i;

    ids[0] = '\0';
    json_array_foreach (jx_array(answer, "findings"), i, finding)
        snprintf(ids + strlen(ids), sizeof ids - strlen(ids), "%s%s", i > 0 ? " " : "",
                 jx_string(finding, "id"));
    return ids;
}

static void assert_fits(void)
{
    char *text = json_dumps(answer, JSON_COMPACT);

    assert_in_range(strlen(text), 100, 5000);
    free(text);
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
        {"spark-4.3.0", "few", "P5"},
        {"spark-4.3.0", "one_file", "P12"},
        {"spark-4.3.0", "python_udf", "P17"},
        /* Python's first workers took 14 s on a busy host, each of them */
        {"spark-4.3.0", "slow_start", ""},
        {"spark-3.5.9", "healthy", ""},
        {"spark-4.3.0", "skew", "P1"},
    };

    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
        diagnose_recorded(jobs[i].version, jobs[i].name);
        if (strcmp(found(), jobs[i].ids) != 0)
            fail_msg("%s of %s: want '%s', got '%s'", jobs[i].name, jobs[i].version,
                     jobs[i].ids, found());
        assert_fits();
    }
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

/* One stage on four slots; `stage`, `summary` and `task` add to it. */
static json_t *told_of(const char *stage, const char *summary, const char *task)
{
    char text[3000];

    snprintf(text, sizeof text,
             "{'place':{'startMs':1000,'endMs':101000,'toldMs':101000,'isRunning':false},"
             "'jobs':[{'jobId':0,'status':'SUCCEEDED','name':'count at /jobs/a.py:7',"
             "'submissionTime':'1970-01-01T00:00:01.000GMT',"
             "'completionTime':'1970-01-01T00:01:41.000GMT','stageIds':[0]}],"
             "'stages':[{'stageId':0,'attemptId':0,'status':'COMPLETE','name':'count at "
             "/jobs/a.py:7','submissionTime':'1970-01-01T00:00:01.000GMT',"
             "'firstTaskLaunchedTime':'1970-01-01T00:00:01.000GMT',"
             "'completionTime':'1970-01-01T00:01:41.000GMT',%s}],"
             "'executors':[{'id':'driver','maxTasks':0,'totalDuration':9999999,"
             "'addTime':'1970-01-01T00:00:01.000GMT'},{'id':'0','maxTasks':4,"
             "'addTime':'1970-01-01T00:00:01.000GMT'}],"
             "'summaries':{'0.0':{%s}},'slowest':{'0.0':[%s]}}",
             stage, summary, task);
    return json_of(text);
}

#define TASKS "'numTasks':40,'numCompleteTasks':40,'numFailedTasks':0"
#define SLOW_TASK                                                                        \
    "{'taskId':1,'index':7,'attempt':0,'status':'SUCCESS','executorId':'0','host':'h',"  \
    "'taskMetrics':{'executorRunTime':90000,'jvmGcTime':10,'inputMetrics':{'bytesRead':" \
    "0,'recordsRead':0},'shuffleReadMetrics':{'localBytesRead':%d,'recordsRead':%d}}}"

static void diagnose_slow_task(int bytes, int records)
{
    char task[400];

    snprintf(task, sizeof task, SLOW_TASK, bytes, records);
    diagnose_told(told_of(
        TASKS ",'executorRunTime':120000,'shuffleReadBytes':100000",
        "'executorRunTime':[900,900,1000,1000,1000,90000],'duration':[1000,1000,1000,1000,"
        "1000,90000],'shuffleReadMetrics':{'readBytes':[1,1,1000,1000,1000,90000],"
        "'readRecords':[1,1,10,10,10,90000]}",
        task));
}

static void test_a_long_task_with_more_data_is_skew(void **state)
{
    diagnose_slow_task(90000, 900);
    assert_text(found(), "P1");
    assert_int_equal(jx_int(first(), "stageId"), 0);
    assert_text(jx_string(first(), "at"), "count at /jobs/a.py:7");
    assert_text(jx_string(first(), "severity"), "critical");
    assert_true(json_number_value(json_object_get(first(), "savesSeconds")) == 70);
}

static void test_a_long_task_without_more_data_is_a_straggler(void **state)
{
    diagnose_slow_task(1000, 10);
    assert_text(found(), "P2");
}

static void test_between_both_nothing_is_decided(void **state)
{
    diagnose_slow_task(1700, 17);
    assert_text(found(), "");
}

static void test_of_three_tasks_no_skew_can_be_told(void **state)
{
    char task[400];

    snprintf(task, sizeof task, SLOW_TASK, 90000, 900);
    diagnose_told(told_of("'numTasks':3,'numCompleteTasks':3,'executorRunTime':92000",
                          "'executorRunTime':[900,900,1000,1000,1000,90000]", task));
    assert_text(found(), "");
    assert_contains(jx_string(answer, "verdict"), "Nothing stands out");
    assert_contains(json_string_value(json_array_get(jx_array(answer, "undecided"), 0)),
                    "skew cannot be told");
}

static void test_what_saves_little_is_not_told(void **state)
{
    char task[400];

    snprintf(task, sizeof task, SLOW_TASK, 90000, 900);
    /* 390 s of work on four slots: the long task hides in it */
    diagnose_told(told_of(TASKS ",'executorRunTime':390000",
                          "'executorRunTime':[900,900,1000,1000,1000,90000]", task));
    assert_text(found(), "");
}

static void test_a_skewed_stage_that_spills_is_told_once(void **state)
{
    char task[400];

    snprintf(task, sizeof task, SLOW_TASK, 90000, 900);
    diagnose_told(told_of(TASKS ",'executorRunTime':120000,'shuffleReadBytes':100000,"
                                "'diskBytesSpilled':99000000000",
                          "'executorRunTime':[900,900,1000,1000,1000,90000]", task));
    assert_text(found(), "P1");
    assert_contains(jx_string(first(), "evidence"), "spilled to disk");
}

/* An executor's first tasks load classes: of a session's first statement 1.8 s of 3.5 s. */
static void test_the_first_tasks_of_an_executor_are_not_slow_to_be_sent(void **state)
{
    static const char summary[] =
        "'executorRunTime':[1,1,1700,1700,1700,1700],'duration':[1,1,3552,3552,3552,3552],"
        "'executorDeserializeTime':[1,1,1838,1838,1838,1838]";

    diagnose_told(told_of("'numTasks':8,'numCompleteTasks':8,'executorRunTime':380000",
                          summary, ""));
    assert_text(found(), "");
    diagnose_told(told_of(
        "'numTasks':100,'numCompleteTasks':100,'executorRunTime':380000", summary, ""));
    assert_text(found(), "P23");
}

static void test_gc_of_a_short_stage_is_its_first_classes(void **state)
{
    diagnose_told(told_of(TASKS ",'executorRunTime':19000,'jvmGcTime':9000", "", ""));
    assert_text(found(), "");
    diagnose_told(told_of(TASKS ",'executorRunTime':300000,'jvmGcTime':90000", "", ""));
    assert_text(found(), "P4");
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

/* ---- two runs ---- */

static void compare_told(json_t *first, json_t *second)
{
    json_decref(answer);
    answer = compare(first, second);
    json_decref(first);
    json_decref(second);
}

static void test_a_run_is_no_different_from_itself(void **state)
{
    compare_told(recorded_json("spark-4.3.0/diagnosed/skew.json"),
                 recorded_json("spark-4.3.0/diagnosed/skew.json"));
    assert_contains(jx_string(answer, "verdict"), "no difference beyond noise");
    assert_int_equal(json_array_size(jx_array(answer, "settings")), 0);
    assert_int_equal(jx_int(answer, "onlyFirst"), 0);
    assert_int_equal(json_array_size(jx_array(answer, "executions")), 1);
    assert_text(jx_string(json_array_get(jx_array(answer, "executions"), 0), "plan"),
                "the same");
    assert_int_equal(json_array_size(jx_array(answer, "came")), 0);
}

static void test_other_data_is_other_work(void **state)
{
    compare_told(recorded_json("spark-4.3.0/diagnosed/skew.json"),
                 recorded_json("spark-4.3.0/diagnosed/few.json"));
    assert_contains(jx_string(answer, "verdict"), "did not read the same");
    assert_text(jx_string(json_array_get(jx_array(answer, "went"), 0), "id"), "P1");
    assert_text(jx_string(json_array_get(jx_array(answer, "came"), 0), "id"), "P5");
    assert_fits();
}

static void test_settings_that_name_the_run_do_not_differ(void **state)
{
    json_t *first =
               json_of("{'place':{},'settings':[['spark.app.id','a'],['spark.x','1']]}"),
           *second =
               json_of("{'place':{},'settings':[['spark.app.id','b'],['spark.x','2']]}");

    compare_told(first, second);
    assert_json(jx_array(answer, "settings"),
                "[{'name':'spark.x','first':'1','second':'2'}]");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_the_users_own_exception_is_told_with_its_line),
        claim(test_a_cancelled_job_is_no_failure),
        claim(test_an_application_that_was_ended_has_not_failed),
        claim(test_the_first_tasks_of_an_executor_are_not_slow_to_be_sent),
        claim(test_a_lost_executor_is_told_before_the_fetch_that_failed),
        claim(test_what_was_made_bad_on_purpose_is_found),
        claim(test_of_a_skewed_join_the_key_and_the_settings_are_told),
        claim(test_a_long_task_with_more_data_is_skew),
        claim(test_a_long_task_without_more_data_is_a_straggler),
        claim(test_between_both_nothing_is_decided),
        claim(test_of_three_tasks_no_skew_can_be_told),
        claim(test_what_saves_little_is_not_told),
        claim(test_a_skewed_stage_that_spills_is_told_once),
        claim(test_gc_of_a_short_stage_is_its_first_classes),
        claim(test_stages_that_spark_has_forgotten_are_said),
        claim(test_equal_tasks_run_in_waves),
        claim(test_a_model_that_is_far_off_says_nothing),
        claim(test_of_what_still_runs_nothing_is_estimated),
        claim(test_a_run_is_no_different_from_itself),
        claim(test_other_data_is_other_work),
        claim(test_settings_that_name_the_run_do_not_differ),
        claim(test_a_stream_is_behind_when_each_of_its_batches_is),
        claim(test_state_that_grows_without_a_watermark_is_told),
        claim(test_a_stream_that_ended_with_an_error_tells_it),
        claim(test_rows_that_the_watermark_drops_are_told),
        claim(test_nothing_told_is_nothing_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
