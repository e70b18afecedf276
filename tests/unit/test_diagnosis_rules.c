/* The rules of a diagnosis one by one, on small facts of our own: each finds what it is for,
 * and is silent where that is not so. */
#include "base/jx.h"
#include "diagnosed.h"
#include "diagnosis/findings.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

/* ---- tasks ---- */

#define SLOW_TASK                                                                        \
    "{'taskId':1,'index':7,'attempt':0,'status':'SUCCESS','executorId':'0','host':'h',"  \
    "'taskMetrics':{'executorRunTime':90000,'jvmGcTime':10,'inputMetrics':{'bytesRead':" \
    "0,'recordsRead':0},'shuffleReadMetrics':{'localBytesRead':%d,'recordsRead':%d}}}"

static json_t *told_of_slow_task(int bytes, int records)
{
    char task[400];

    snprintf(task, sizeof task, SLOW_TASK, bytes, records);
    return told_of(
        TASKS ",'executorRunTime':120000,'shuffleReadBytes':100000",
        "'executorRunTime':[900,900,1000,1000,1000,90000],'duration':[1000,1000,1000,1000,"
        "1000,90000],'shuffleReadMetrics':{'readBytes':[1,1,1000,1000,1000,90000],"
        "'readRecords':[1,1,10,10,10,90000]}",
        task);
}

static void diagnose_slow_task(int bytes, int records)
{
    diagnose_told(told_of_slow_task(bytes, records));
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
    diagnose_told(
        told_of(BUSY, "'executorRunTime':[900,900,1000,1000,1000,90000]", task));
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

/* With local[4] nothing of what is set for executors has an effect. */
static void test_the_heap_of_a_local_spark_is_its_drivers(void **state)
{
    json_t *told = told_of(TASKS ",'executorRunTime':300000,'jvmGcTime':90000", "", "");

    json_object_set_new(told, "settings",
                        json_of("[['spark.master','local[4]'],['spark.executor.memory',"
                                "'700m'],['spark.executor.cores','2']]"));
    diagnose_told(told);
    assert_text(found(), "P4");
    assert_contains(jx_string(first(), "change"),
                    "spark.driver.memory=2048m (now 1024m); fewer");
    assert_null(strstr(jx_string(first(), "change"), "spark.executor"));
}

/* ---- rules on facts of our own ---- */

/* One stage of 100 s on four slots with more told of it. */
static void diagnose_stage(const char *stage, const char *summary)
{
    diagnose_told(told_of(stage, summary, ""));
}

#define NODE(id, name, metric, value)                                                    \
    "{'nodeId':" id ",'nodeName':'" name "','metrics':[{'name':'" metric                 \
    "','value':'" value "'}]}"
#define ROWS(id, name, rows) NODE(id, name, "number of output rows", rows)
#define TWO_BELOW "{'fromId':1,'toId':0},{'fromId':2,'toId':0}"

static void test_spill_to_disk_counts_not_what_was_in_memory(void **state)
{
    diagnose_stage(BUSY ",'shuffleReadBytes':9000000000,"
                        "'memoryBytesSpilled':90000000000,'diskBytesSpilled':9000000000",
                   "");
    assert_text(found(), "P3");
    diagnose_stage(BUSY ",'memoryBytesSpilled':90000000000", "");
    assert_text(found(), "");
}

static void test_a_join_of_every_row_with_every_row_is_told(void **state)
{
    diagnose_plan(BUSY,
                  ROWS("0", "BroadcastNestedLoopJoin", "5") "," ROWS(
                      "1", "Range", "30,000") "," ROWS("2", "Range", "30,000"),
                  TWO_BELOW);
    assert_text(found(), "P13");
    /* a row that is added to each, as a scalar subquery does */
    diagnose_plan(BUSY,
                  ROWS("0", "BroadcastNestedLoopJoin", "900,000,000") "," ROWS(
                      "1", "Range", "900,000,000") "," ROWS("2", "Range", "1"),
                  TWO_BELOW);
    assert_text(found(), "");
}

static void test_a_join_that_multiplies_rows_is_told(void **state)
{
    diagnose_plan(BUSY,
                  ROWS("0", "SortMergeJoin", "20,000,000") "," ROWS(
                      "1", "Sort", "200,000") "," ROWS("2", "Sort", "20,000"),
                  TWO_BELOW);
    assert_text(found(), "P14");
    assert_contains(jx_string(first(), "evidence"), "20000000 rows of at most 200000");
    diagnose_plan(BUSY,
                  ROWS("0", "SortMergeJoin", "200,000") "," ROWS(
                      "1", "Sort", "200,000") "," ROWS("2", "Sort", "20,000"),
                  TWO_BELOW);
    assert_text(found(), "");
}

static void test_a_small_side_that_is_shuffled_is_told(void **state)
{
    static const char nodes[] =
        "{'nodeId':0,'nodeName':'SortMergeJoin'},{'nodeId':1,'nodeName':'Sort','metrics':[{"
        "'name':'sort time','value':'2.0 m'}]},{'nodeId':2,'nodeName':'Sort'},{'nodeId':3,"
        "'nodeName':'Exchange','metrics':[{'name':'data size','value':'4.0 GiB'},{'name':"
        "'shuffle write time','value':'40 s'}]},{'nodeId':4,'nodeName':'Exchange','metrics':["
        "{'name':'data size','value':'%s'}]}";
    static const char edges[] = TWO_BELOW ",{'fromId':3,'toId':1},{'fromId':4,'toId':2}";
    char text[1000];

    snprintf(text, sizeof text, nodes, "20.0 MiB");
    diagnose_plan(BUSY, text, edges);
    assert_text(found(), "P15");
    assert_contains(jx_string(first(), "change"), "autoBroadcastJoinThreshold=32m");
    assert_true(json_number_value(json_object_get(first(), "savesSeconds")) == 40);
    snprintf(text, sizeof text, nodes, "2.0 GiB");
    diagnose_plan(BUSY, text, edges);
    assert_text(found(), "");
}

static void test_waiting_for_shuffled_data_is_told(void **state)
{
    diagnose_stage(BUSY ",'shuffleFetchWaitTime':200000", "");
    assert_text(found(), "P18");
    diagnose_stage(BUSY ",'shuffleFetchWaitTime':100000", "");
    assert_text(found(), "");
}

static void test_a_large_result_is_told(void **state)
{
    json_t *told = told_of(BUSY ",'resultSize':900000000", "", "");

    json_object_set_new(json_array_get(jx_array(told, "jobs"), 0), "jobTags",
                        json_of("['mine','broadcast exchange (runId 7)']"));
    diagnose_told(json_incref(told));
    assert_text(found(), "");
    json_object_del(json_array_get(jx_array(told, "jobs"), 0), "jobTags");
    diagnose_told(told);
    assert_text(found(), "P28");
}

static void test_a_task_that_failed_and_ran_again_costs_its_time(void **state)
{
    json_t *told = told_of("'numTasks':40,'numCompleteTasks':40,'numFailedTasks':1,"
                           "'executorRunTime':390000",
                           "", "");

    json_object_set_new(
        told, "failed",
        json_of("{'0.0':[{'status':'FAILED','duration':9000,'errorMessage':'java.io."
                "IOException: No space left on device\\n\\tat a.b'}]}"));
    diagnose_told(told);
    assert_text(found(), "F2");
    assert_contains(jx_string(first(), "change"), "spark.local.dir");
}

static void diagnose_executors(const char *executors)
{
    json_t *told = told_of(BUSY, "", "");

    json_object_set_new(told, "executors", json_of(executors));
    diagnose_told(told);
}

#define EXECUTOR(id, more)                                                               \
    "{'id':'" id "','maxTasks':2,'addTime':'1970-01-01T00:00:01.000GMT'," more "}"

static void test_an_executor_that_nobody_let_go_was_lost(void **state)
{
    diagnose_executors("[" EXECUTOR("0",
                                    "'removeReason':'Command exited with code 137',"
                                    "'removeTime':'1970-01-01T00:00:40.000GMT'") "]");
    assert_text(found(), "F3");
    assert_text(jx_string(first(), "severity"), "warning");
    diagnose_executors("[" EXECUTOR("0",
                                    "'removeReason':'Executor killed by driver.',"
                                    "'removeTime':'1970-01-01T00:00:40.000GMT'") "]");
    assert_text(found(), "");
}

static void test_an_executor_slower_than_its_like_is_told(void **state)
{
    diagnose_executors(
        "[" EXECUTOR("0", "'totalTasks':40,'totalDuration':400000") "," EXECUTOR(
            "1", "'totalTasks':40,'totalDuration':40000") "]");
    assert_text(found(), "P22");
    diagnose_executors(
        "[" EXECUTOR("0", "'totalTasks':40,'totalDuration':400000,'totalInputBytes':9000") "," EXECUTOR(
            "1", "'totalTasks':40,'totalDuration':40000,'totalInputBytes':900") "]");
    assert_text(found(), "");
}

static void test_a_very_slow_executor_is_given_few_tasks(void **state)
{
    static const struct {
        const char *told, *ids;
    } cases[] = {{"'maxTasks':1,'totalTasks':13,'totalDuration':60000", "P22"},
                 {"'maxTasks':1,'totalTasks':13,'totalDuration':30000", ""},
                 {"'maxTasks':8,'totalTasks':13,'totalDuration':900000", ""}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char executors[300];

        snprintf(executors, sizeof executors,
                 "[{'id':'0','addTime':'1970-01-01T00:00:01.000GMT',%s}," EXECUTOR(
                     "1", "'totalTasks':40,'totalDuration':40000") "]",
                 cases[i].told);
        diagnose_executors(executors);
        assert_text(found(), cases[i].ids);
    }
}

#define RAN(id, ms) EXECUTOR(id, "'hostPort':'h:7','totalTasks':40,'totalDuration':" ms)

static void test_of_executors_on_a_slow_host_the_worst_is_told(void **state)
{
    diagnose_executors(
        "[" RAN("0", "400000") "," RAN("1", "380000") "," RAN("2", "40000") "]");
    assert_text(found(), "P22");
    assert_contains(jx_string(first(), "evidence"),
                    "On executor 0 (h:7) a task took 10.0 s on average, on others 1.0 s");
    diagnose_executors("[" RAN("0", "400000") "," RAN("1", "380000") "," RAN(
        "2", "390000") "," RAN("3", "40000") "]");
    assert_text(found(), "");
}

/* Executor 0 has the slow task, which takes 90 s. */
static void test_a_slow_task_on_a_slow_executor_is_no_finding_of_its_own(void **state)
{
    static const struct {
        const char *executors, *ids;
    } cases[] = {{"[" RAN("0", "400000") "," RAN("1", "40000") "]", "P22"},
                 {"[" RAN("0", "125000") "," RAN("1", "40000") "]", "P2"},
                 {"[" RAN("0", "125000") "," RAN("1", "400000") "," RAN("2", "40000") "]",
                  "P2 P22"}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *told = told_of_slow_task(1000, 10);

        json_object_set_new(told, "executors", json_of(cases[i].executors));
        diagnose_told(told);
        assert_text(found(), cases[i].ids);
    }
}

/* The stage waits 40 s; its only executor comes then, or was busy all the time. */
static void diagnose_wait(const char *executor_came)
{
    json_t *told = told_of(TASKS ",'executorRunTime':60000", "", ""), *executor;

    json_object_set_new(json_array_get(jx_array(told, "stages"), 0),
                        "firstTaskLaunchedTime",
                        json_string("1970-01-01T00:00:41.000GMT"));
    executor = json_array_get(jx_array(told, "executors"), 1);
    json_object_set_new(executor, "addTime", json_string(executor_came));
    json_object_set_new(executor, "maxTasks", json_integer(1));
    diagnose_told(told);
}

static void test_waiting_until_executors_come_is_told(void **state)
{
    diagnose_wait("1970-01-01T00:00:41.000GMT");
    assert_text(found(), "P26");
    assert_true(json_number_value(json_object_get(first(), "savesSeconds")) == 40);
    diagnose_wait("1970-01-01T00:00:01.000GMT");
    assert_text(found(), "");
}

static void diagnose_two_jobs(const char *group)
{
    char text[800];

    snprintf(
        text, sizeof text,
        "{'place':{'startMs':1000,'endMs':41000},'jobs':[{'jobId':0,'status':"
        "'SUCCEEDED','jobGroup':'%s','submissionTime':'1970-01-01T00:00:02.000GMT',"
        "'completionTime':'1970-01-01T00:00:04.000GMT'},{'jobId':1,'status':'SUCCEEDED',"
        "'submissionTime':'1970-01-01T00:00:34.000GMT','completionTime':"
        "'1970-01-01T00:00:40.000GMT'}]}",
        group);
    diagnose_told(json_of(text));
}

static void test_a_driver_that_works_alone_is_told_but_a_session_waits(void **state)
{
    diagnose_two_jobs("");
    assert_text(found(), "P6");
    diagnose_two_jobs("op-1");
    assert_text(found(), "");
}

static void test_a_table_read_through_one_connection_is_told(void **state)
{
    json_t *told = told_of("'numTasks':1,'numCompleteTasks':1,'executorRunTime':99000,"
                           "'inputBytes':900000000",
                           "'executorRunTime':[99000,99000,99000,99000,99000,99000]", "");

    diagnose_told(told);
    assert_text(found(), "P11");
    assert_contains(jx_string(first(), "change"), "repartition(4)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_a_long_task_with_more_data_is_skew),
        claim(test_a_long_task_without_more_data_is_a_straggler),
        claim(test_between_both_nothing_is_decided),
        claim(test_of_three_tasks_no_skew_can_be_told),
        claim(test_what_saves_little_is_not_told),
        claim(test_a_skewed_stage_that_spills_is_told_once),
        claim(test_the_first_tasks_of_an_executor_are_not_slow_to_be_sent),
        claim(test_gc_of_a_short_stage_is_its_first_classes),
        claim(test_the_heap_of_a_local_spark_is_its_drivers),
        claim(test_spill_to_disk_counts_not_what_was_in_memory),
        claim(test_a_join_of_every_row_with_every_row_is_told),
        claim(test_a_join_that_multiplies_rows_is_told),
        claim(test_a_small_side_that_is_shuffled_is_told),
        claim(test_waiting_for_shuffled_data_is_told),
        claim(test_a_large_result_is_told),
        claim(test_a_task_that_failed_and_ran_again_costs_its_time),
        claim(test_an_executor_that_nobody_let_go_was_lost),
        claim(test_an_executor_slower_than_its_like_is_told),
        claim(test_a_very_slow_executor_is_given_few_tasks),
        claim(test_of_executors_on_a_slow_host_the_worst_is_told),
        claim(test_a_slow_task_on_a_slow_executor_is_no_finding_of_its_own),
        claim(test_waiting_until_executors_come_is_told),
        claim(test_a_driver_that_works_alone_is_told_but_a_session_waits),
        claim(test_a_table_read_through_one_connection_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
