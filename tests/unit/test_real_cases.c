/*
 * Cases that people have reported, as far as what Spark tells can stand for them: each text
 * is made like theirs, and must have the verdict to which they came in the end.
 */
#include "base/jx.h"
#include "diagnosed.h"
#include "unit.h"

#include <string.h>

/* ---- what failed ---- */

enum kind { TASK, DRIVER, EXECUTOR };

static json_t *told_of_failure(enum kind kind, const char *words)
{
    json_t *told = json_of(
        "{'place':{'startMs':1000},'jobs':[{'jobId':0,'status':'FAILED','stageIds':[0],"
        "'completionTime':'1970-01-01T00:02:00.000GMT'}],'stages':[{'stageId':0,"
        "'attemptId':0,'status':'FAILED','numFailedTasks':4,'failureReason':'Job aborted due "
        "to stage failure: Task 3 in stage 0.0 failed 4 times'}],'failed':{'0.0':[{'taskId':"
        "1,'status':'FAILED','duration':1000}]},'executors':[{'id':'3','hostPort':'h:1',"
        "'maxTasks':4}]}");
    json_t *task = json_array_get(jx_array(jx_object(told, "failed"), "0.0"), 0),
           *executor = json_array_get(jx_array(told, "executors"), 0);

    switch (kind) {
    case TASK:
        json_object_set_new(task, "errorMessage", json_string(words));
        break;
    case DRIVER:
        json_object_del(told, "jobs");
        json_object_set_new(told, "driver", jx_pack("{s:s}", "exitCause", words));
        break;
    case EXECUTOR: /* others could not fetch from it then */
        json_object_set_new(executor, "removeReason", json_string(words));
        json_object_set_new(executor, "removeTime",
                            json_string("1970-01-01T00:01:00.000GMT"));
        json_object_set_new(
            task, "errorMessage",
            json_string(
                "FetchFailed(BlockManagerId(3, h, 7337, None), shuffleId=1, "
                "mapIndex=7, mapId=7, reduceId=9, message=\n"
                "org.apache.spark.shuffle.FetchFailedException: Connection refused"));
        break;
    }
    return told;
}

static void test_failures_that_people_reported_are_told_by_their_cause(void **state)
{
    static const struct {
        const char *cases;
        enum kind kind;
        const char *words, *verdict;
    } rows[] = {
        {"hudi#2154: the fetch failed since the executor was out of heap", EXECUTOR,
         "Command exited with code 52", "an executor ran out of heap"},
        {"iceberg#2211", EXECUTOR,
         "Container killed by YARN for exceeding physical memory limits. 10.4 GB of 10 GB "
         "physical memory used.",
         "a container was killed for its memory"},
        {"spark-operator#781", EXECUTOR,
         "The executor with id 3 exited with exit code 137(SIGKILL, possible container OOM)",
         "an executor was killed from outside"},
        {"hudi#4713", TASK,
         "java.lang.OutOfMemoryError: Java heap space\n\tat java.util.Arrays.copyOf(Arrays."
         "java:3236)",
         "an executor ran out of heap"},
        {"TensorFlowOnSpark#134, #426, #282, raster-foundry#246", TASK,
         "ExecutorLostFailure (executor 3 exited caused by one of the running tasks) Reason: "
         "Container killed by YARN for exceeding memory limits. 5.5 GB of 5.5 GB physical "
         "memory used. Consider boosting spark.yarn.executor.memoryOverhead.",
         "a container was killed for its memory"},
        {"sparklyr#3082, great_expectations#4267, snorkel#1501, auk#150", DRIVER,
         "org.apache.spark.SparkException: Job aborted due to stage failure: Total size of "
         "serialized results of 1032 tasks (1024.4 MiB) is bigger than spark.driver."
         "maxResultSize (1024.0 MiB)",
         "the result is larger than spark.driver.maxResultSize"},
        {"spark-notebook#986, nixtune#183, fhir-data-pipes#176", DRIVER,
         "java.lang.OutOfMemoryError: Java heap space", "the driver ran out of heap"},
        {"spark#21727, splice#2478", DRIVER,
         "org.apache.spark.SparkException: Could not execute broadcast in 300 secs. You can "
         "increase the timeout for broadcasts via spark.sql.broadcastTimeout",
         "a broadcast took too long"},
        {"spark#37069", DRIVER,
         "org.apache.spark.SparkException: Cannot broadcast the table that is larger than "
         "8.0 GiB: 9.1 GiB.",
         "a table is too large to be broadcast"},
        {"SynapseML#1249", DRIVER,
         "java.lang.OutOfMemoryError: Not enough memory to build and broadcast the table to "
         "all worker nodes.",
         "a table is too large to be broadcast"},
        {"petastorm#288, cc-pyspark#50, hyperopt#923, pyspark-ai#189", TASK,
         "org.apache.spark.SparkException: Python worker exited unexpectedly (crashed)\n\tat "
         "org.apache.spark.api.python.BasePythonRunner.x(PythonRunner.scala:1)\nCaused by: "
         "java.io.EOFException",
         "a Python worker crashed"},
        {"sparklyr#1390, hudi#768, koordinator#1004", TASK,
         "java.io.IOException: No space left on device\n\tat sun.nio.ch.FileDispatcherImpl."
         "write0(Native Method)",
         "the local disk is full"},
        {"spark-on-k8s#405, gbif#683", EXECUTOR,
         "Executor heartbeat timed out after 128370 ms", "an executor did not answer"},
        {"hail#321, glow#426, RdfProcessingToolkit#40", TASK,
         "org.apache.spark.SparkException: Kryo serialization failed: Buffer overflow. "
         "Available: 0, required: 4092. To avoid this, increase spark.kryoserializer."
         "buffer.max value.",
         "one record is larger than Kryo's buffer"},
        {"bitnami#13997", TASK,
         "java.io.InvalidClassException: org.apache.spark.scheduler.Task; local class "
         "incompatible: stream classdesc serialVersionUID = 1, local class serialVersionUID "
         "= 2",
         "a class is missing or of another version"},
        {"auron#276, spark-solr#71", TASK,
         "java.lang.NoSuchMethodError: org.apache.spark.sql.X.y()Lscala/z;",
         "a class is missing or of another version"},
        {"nomad-spark#27, spark#24817: let go with the data that others wanted", TASK,
         "FetchFailed(null, shuffleId=0, mapIndex=-1, mapId=-1, reduceId=4, message=\norg."
         "apache.spark.shuffle.MetadataFetchFailedException: Missing an output location for "
         "shuffle 0 partition 4",
         "shuffled data was gone"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        diagnose_told(told_of_failure(rows[i].kind, rows[i].words));
        if (strcmp(found(), "F1") != 0 || !jx_is(first(), "name", rows[i].verdict))
            fail_msg("%s: want '%s', got '%s' (%s)", rows[i].cases, rows[i].verdict,
                     jx_string(first(), "name"), found());
    }
}

/* ---- what was slow ---- */

#define ALONE "'numTasks':1,'numCompleteTasks':1,'executorRunTime':99000,"
#define NODE(name) "{'nodeId':0,'nodeName':'" name "'}"

/* carbondata#4182, spark#24663, #27669: 199 of 200 tasks are done, the last one has the key
 * that nearly all rows have. */
static void test_the_last_of_200_tasks_has_one_key(void **state)
{
    diagnose_told(told_of(
        "'numTasks':200,'numCompleteTasks':200,'executorRunTime':190000,"
        "'shuffleReadBytes':9000000000,'shuffleReadRecords':10000000000",
        "'executorRunTime':[300,400,500,500,500,95000],'shuffleReadMetrics':{'readBytes':["
        "1,1,90000,90000,90000,8000000000],'readRecords':[1,1,900,900,900,9000000000]}",
        "{'taskId':199,'index':199,'status':'SUCCESS','host':'h','taskMetrics':{"
        "'executorRunTime':95000,'shuffleReadMetrics':{'localBytesRead':8000000000,"
        "'recordsRead':9000000000}}}"));
    assert_text(found(), "P1");
    assert_text(jx_string(first(), "severity"), "critical");
}

/* oryx#204, docker-spark#59, airflow-spark#30: a stage that no executor ever takes. */
static void test_nobody_takes_the_tasks(void **state)
{
    json_t *told = told_of("'numTasks':4,'numActiveTasks':0", "", ""),
           *stage = json_array_get(jx_array(told, "stages"), 0);

    json_object_set_new(stage, "status", json_string("ACTIVE"));
    json_object_del(stage, "firstTaskLaunchedTime");
    json_object_del(stage, "completionTime");
    json_object_set_new(jx_object(told, "place"), "isRunning", json_true());
    json_object_set_new(told, "executors", json_array());
    diagnose_told(told);
    assert_text(found(), "P26");
}

/* holmes7, dzone: coalesce(1) goes below what was meant to be parallel. */
static void test_coalesce_to_one_is_why_it_is_30_times_slower(void **state)
{
    diagnose_plan(ALONE "'inputBytes':900000000", NODE("Coalesce"), "");
    assert_text(found(), "P12");
    assert_contains(jx_string(first(), "change"), "repartition(1)");
}

/* openillumi: a window without a partition. */
static void test_a_window_over_everything_is_one_task(void **state)
{
    json_t *told = told_of(ALONE "'shuffleReadBytes':900000000", "", "");

    json_object_update_new(
        told, json_of("{'queries':[{'id':0,'successJobIds':[0]}],'plans':{'0':{'id':0,"
                      "'planDescription':'Exchange SinglePartition','nodes':[" NODE(
                          "Window") "],'edges':[]}}}"));
    diagnose_told(told);
    assert_text(found(), "P12");
    assert_contains(jx_string(first(), "change"), "PARTITION BY");
}

/* As seen of the last stages of an aggregate on a host with 12 times as much to do as it has
 * cores: 6 s for 600 KB, which no other cut makes shorter. */
static void test_one_task_for_little_data_is_no_partition_too_few(void **state)
{
    json_t *told = told_of(ALONE "'shuffleReadBytes':600000",
                           "'executorRunTime':[9000,9000,9000,9000,9000,9000]", "");

    json_object_update_new(
        told, json_of("{'queries':[{'id':0,'successJobIds':[0]}],'plans':{'0':{'id':0,"
                      "'planDescription':'Exchange SinglePartition','nodes':[" NODE(
                          "HashAggregate") "],'edges':[]}}}"));
    diagnose_told(json_incref(told));
    assert_text(found(), "");
    json_object_set_new(json_array_get(jx_array(told, "stages"), 0), "shuffleReadBytes",
                        json_integer(900000000));
    diagnose_told(told);
    assert_text(found(), "P12");
}

/* kb.databricks: an OR in the condition of a join. */
static void test_an_or_between_two_keys_compares_all_with_all(void **state)
{
#define SIDE(id)                                                                         \
    "{'nodeId':" id ",'nodeName':'Scan','metrics':[{'name':'number of output rows',"     \
    "'value':'500,000'}]}"
    diagnose_plan(BUSY,
                  "{'nodeId':0,'nodeName':'BroadcastNestedLoopJoin','desc':'BuildRight, "
                  "Inner, ((a = b) OR (c = d))'}," SIDE("1") "," SIDE("2"),
                  "{'fromId':1,'toId':0},{'fromId':2,'toId':0}");
    assert_text(found(), "P13");
    assert_contains(jx_string(first(), "evidence"), "((a = b) OR (c = d))");
    assert_contains(jx_string(first(), "change"), "UNION");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_failures_that_people_reported_are_told_by_their_cause),
        claim(test_the_last_of_200_tasks_has_one_key),
        claim(test_nobody_takes_the_tasks),
        claim(test_coalesce_to_one_is_why_it_is_30_times_slower),
        claim(test_a_window_over_everything_is_one_task),
        claim(test_one_task_for_little_data_is_no_partition_too_few),
        claim(test_an_or_between_two_keys_compares_all_with_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
