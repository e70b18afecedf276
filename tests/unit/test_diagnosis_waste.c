/* Rules of what is read, kept, held or done for nothing, and of how much goes at once: each
 * finds what it is for, and is silent where that is not so. */
#include "base/jx.h"
#include "diagnosed.h"
#include "unit.h"

#include <stdio.h>

#define MIB_300 "314572800"
#define MIB_600 "629145600"
#define QUANTILES(value) "[1,1," value "," value "," value "," value "]"

/* ---- how much at once ---- */

static void diagnose_large_read(const char *more)
{
    char stage[300];

    snprintf(stage, sizeof stage, BUSY ",'inputBytes':12582912000%s", more);
    diagnose_told(
        told_of(stage, "'inputMetrics':{'bytesRead':" QUANTILES(MIB_300) "}", ""));
}

static void test_tasks_that_read_too_much_are_told_when_that_costs(void **state)
{
    diagnose_large_read(",'diskBytesSpilled':9000000000");
    assert_text(found(), "P8");
    assert_contains(jx_string(first(), "change"), "repartition(94)");
    diagnose_large_read(",'jvmGcTime':120000");
    assert_text(found(), "P8");
    diagnose_large_read("");
    assert_text(found(), "");
}

/* As of a sort of 668 MiB on a busy host, 120 s; by its twin's time for each byte 53 s were
 * left without the spill. */
static void diagnose_slow_spill(const char *node)
{
    json_t *told = told_of("'numTasks':4,'numCompleteTasks':4,'executorRunTime':390000,"
                           "'executorCpuTime':10600000000,'inputBytes':700904792,"
                           "'diskBytesSpilled':654035716",
                           "", "");
    char text[300];

    snprintf(text, sizeof text,
             "{'queries':[{'id':0,'successJobIds':[0]}],'plans':{'0':{'id':0,'nodes':[{"
             "'nodeId':0,'nodeName':'%s'}],'edges':[]}}}",
             node);
    json_object_update_new(told, json_of(text));
    diagnose_told(told);
}

static void test_what_spill_costs_follows_the_time_that_tasks_waited(void **state)
{
    diagnose_slow_spill("Sort");
    assert_text(found(), "P3");
    assert_true(json_number_value(json_object_get(first(), "savesSeconds")) == 50);
    diagnose_slow_spill("BatchEvalPython"); /* they waited for that */
    assert_text(found(), "P17");
}

static void diagnose_shuffle(const char *median, const char *spilled)
{
    char stage[300], summary[200];

    snprintf(stage, sizeof stage, BUSY ",'shuffleReadBytes':25165824000,%s", spilled);
    snprintf(summary, sizeof summary,
             "'shuffleReadMetrics':{'readBytes':[1,1,%s,%s,%s,%s]}", median, median,
             median, median);
    diagnose_told(told_of(stage, summary, ""));
}

static void test_partitions_of_a_shuffle_that_are_too_large_are_told(void **state)
{
    diagnose_shuffle(MIB_600, "'diskBytesSpilled':9000000000");
    assert_text(found(), "P19"); /* not P3 */
    assert_contains(jx_string(first(), "change"), "spark.sql.shuffle.partitions=188.");
    diagnose_shuffle(MIB_300, "'diskBytesSpilled':9000000000");
    assert_text(found(), "P3");
    diagnose_shuffle(MIB_600, "'diskBytesSpilled':1000000");
    assert_text(found(), "");
    diagnose_shuffle(MIB_600, "'diskBytesSpilled':0");
    assert_text(found(), "");
}

/* 1,200 tasks of 5 ms, whose starts took 75 ms each; the shuffle says where they are from. */
static void diagnose_small(const char *shuffle, const char *bytes, const char *settings)
{
    json_t *told;
    char text[600];

    snprintf(text, sizeof text,
             "'numTasks':1200,'numCompleteTasks':1200,'executorRunTime':6000,"
             "'shuffleReadBytes':%s",
             bytes);
    told = told_of(
        text, "'executorRunTime':" QUANTILES("5") ",'duration':" QUANTILES("80"), "");
    snprintf(text, sizeof text,
             "{'queries':[{'id':0,'successJobIds':[0]}],'settings':[%s],'plans':{'0':{"
             "'id':0,'nodes':[],'edges':[],'planDescription':'(3) Exchange\\nArguments: "
             "%s, [plan_id=7]'}}}",
             settings, shuffle);
    json_object_update_new(told, json_of(text));
    diagnose_told(told);
}

#define OWN "hashpartitioning(k#1L, 1200), ENSURE_REQUIREMENTS"
#define ASKED "hashpartitioning(k#1L, 1200), REPARTITION_BY_NUM"
#define AQE_OFF "['spark.sql.adaptive.enabled','false']"
#define JOINING_OFF "['spark.sql.adaptive.coalescePartitions.enabled','false']"

static void test_partitions_that_a_setting_made_too_small_are_told(void **state)
{
    diagnose_small(OWN, "9000000", AQE_OFF);
    assert_text(found(), "P19");
    assert_contains(jx_string(first(), "evidence"), "1200 tasks for 8.6 MiB");
    assert_contains(jx_string(first(), "change"), "spark.sql.adaptive.enabled=true");
    assert_contains(jx_string(first(), "change"),
                    "spark.sql.shuffle.partitions=12 (now 1200)");
    assert_true(json_number_value(json_object_get(first(), "savesSeconds")) == 27.6);
    diagnose_small(OWN, "9000000", JOINING_OFF);
    assert_contains(jx_string(first(), "change"),
                    "spark.sql.adaptive.coalescePartitions.enabled=true");
    assert_fits();
}

static void test_small_partitions_of_no_setting_are_only_tiny_tasks(void **state)
{
    diagnose_small(ASKED, "9000000", AQE_OFF); /* the user's repartition(1200) */
    assert_text(found(), "P7");
    diagnose_small(OWN, "9000000", ""); /* AQE has left them as they are */
    assert_text(found(), "P7");
    diagnose_small(OWN, "9000000000", AQE_OFF); /* 7.2 MiB each */
    assert_text(found(), "P7");
}

static void test_many_small_files_are_not_advised_to_be_one_task(void **state)
{
    diagnose_plan(BUSY,
                  "{'nodeId':0,'nodeName':'Execute InsertIntoHadoopFsRelationCommand',"
                  "'metrics':[{'name':'number of written files','value':'400'},{'name':"
                  "'written output','value':'640.0 KiB'}]}",
                  "");
    assert_text(found(), "P10");
    assert_contains(jx_string(first(), "change"), "repartition(1) before the write");
    assert_lacks(jx_string(first(), "change"), "coalesce");
}

/* ---- broadcasts ---- */

#define BROADCAST(size, sent)                                                            \
    "{'nodeId':0,'nodeName':'BroadcastExchange','metrics':[{'name':'data size','value':" \
    "'" size "'},{'name':'time to collect','value':'9.0 s'},{'name':'time to build',"    \
    "'value':'1.0 s'},{'name':'time to broadcast','value':'" sent "'}]}"

static void test_a_large_broadcast_is_told_by_the_time_it_takes(void **state)
{
    diagnose_plan(BUSY, BROADCAST("200.0 MiB", "30 s"), "");
    assert_text(found(), "P16");
    assert_true(json_number_value(json_object_get(first(), "savesSeconds")) == 31);
    assert_contains(jx_string(first(), "evidence"), "200.0 MiB are sent");
    diagnose_plan(BUSY, BROADCAST("8.0 MiB", "1.0 s"), "");
    assert_text(found(), "");
    diagnose_plan(BUSY, BROADCAST("900.0 MiB", "1.0 s"), ""); /* below what is worth it */
    assert_text(found(), "");
}

/* ---- AQE that is off, as advice of others ---- */

static json_t *tiny_tasks(void)
{
    return told_of("'numTasks':9000,'numCompleteTasks':9000,'executorRunTime':90000",
                   "'executorRunTime':" QUANTILES("5") ",'duration':" QUANTILES("40"),
                   "");
}

static void test_where_aqe_is_off_it_is_part_of_the_advice(void **state)
{
    json_t *told = tiny_tasks();

    diagnose_told(told);
    assert_text(found(), "P7");
    assert_lacks(jx_string(first(), "change"), "spark.sql.adaptive");
    told = tiny_tasks();
    json_object_set_new(told, "settings",
                        json_of("[['spark.sql.adaptive.enabled','false']]"));
    diagnose_told(told);
    assert_text(found(), "P7");
    assert_contains(jx_string(first(), "change"), "spark.sql.adaptive.enabled=true");
}

/* ---- what is computed again ---- */

#define CACHED_SCAN(id)                                                                  \
    "'" id "':{'id':" id ",'nodes':[{'nodeId':0,'nodeName':'InMemoryTableScan'}],"       \
    "'edges':[]}"

static void diagnose_cache(const char *cached, const char *level)
{
    json_t *told = told_of(BUSY, "", "");
    char text[900];

    snprintf(text, sizeof text,
             "{'queries':[{'id':0,'successJobIds':[]},{'id':1,'successJobIds':[0]}],"
             "'plans':{" CACHED_SCAN("0") "," CACHED_SCAN(
                 "1") "},'storage':[{'id':4,"
                      "'numPartitions':40,'numCachedPartitions':%s,'storageLevel':'%s',"
                      "'memoryUsed':1048576}]}",
             cached, level);
    json_object_update_new(told, json_of(text));
    diagnose_told(told);
}

static void test_a_cache_that_does_not_hold_all_is_told(void **state)
{
    diagnose_cache("10", "Memory Deserialized 1x Replicated");
    assert_text(found(), "P21");
    assert_contains(jx_string(first(), "evidence"), "10 of 40 partitions are cached");
    assert_true(json_number_value(json_object_get(first(), "savesSeconds")) == 75);
    diagnose_cache("40", "Memory Deserialized 1x Replicated");
    assert_text(found(), "");
    diagnose_cache("10", "Disk Memory Deserialized 1x Replicated");
    assert_text(found(), "");
}

#define SCAN(id, literal)                                                                \
    "'" id "':{'id':" id ",'nodes':[],'edges':[],'planDescription':'== Physical Plan "   \
    "==\\n* Filter (1)\\n\\n\\n(1) Filter [codegen id : " id "]\\nCondition : (a#" id    \
    "1L > " literal ")\\n\\n'}"

static void diagnose_repeated(const char *plans, const char *group)
{
    json_t *told = told_of(BUSY, "", "");
    char text[1500];

    snprintf(text, sizeof text,
             "{'queries':[{'id':0},{'id':1,'successJobIds':[0]},{'id':2}],'plans':{%s}}",
             plans);
    json_object_update_new(told, json_of(text));
    json_object_set_new(json_array_get(jx_array(told, "jobs"), 0), "jobGroup",
                        json_string(group));
    diagnose_told(told);
}

static void test_what_is_computed_three_times_is_told_but_not_of_a_session(void **state)
{
    diagnose_repeated(SCAN("0", "7") "," SCAN("1", "7") "," SCAN("2", "7"), "");
    assert_text(found(), "P21");
    assert_contains(jx_string(first(), "evidence"), "3 executions have the same plan");
    diagnose_repeated(SCAN("0", "7") "," SCAN("1", "7") "," SCAN("2", "8"), "");
    assert_text(found(), "");
    diagnose_repeated(SCAN("0", "7") "," SCAN("1", "7") "," SCAN("2", "7"), "op-1");
    assert_text(found(), "");
}

/* ---- what is read for nothing ---- */

#define FILTERED(parts, rows, kept)                                                        \
    "{'nodeId':0,'nodeName':'Filter','metrics':[{'name':'number of output rows',"          \
    "'value':'" kept "'}]},{'nodeId':1,'nodeName':'ColumnarToRow'},{'nodeId':2,"           \
    "'nodeName':'Scan parquet ','metrics':[{'name':'number of output rows','value':'" rows \
    "'},{'name':'number of partitions read','value':'" parts "'}]}"
#define ABOVE "{'fromId':1,'toId':0},{'fromId':2,'toId':1}"

static void test_partitions_that_no_filter_names_are_told(void **state)
{
    diagnose_plan(BUSY, FILTERED("20", "1,000,000", "1,000"), ABOVE);
    assert_text(found(), "P29");
    assert_contains(jx_string(first(), "evidence"), "All 20 partitions are read");
    diagnose_plan(BUSY, FILTERED("20", "1,000,000", "500,000"), ABOVE);
    assert_text(found(), "");
    diagnose_plan(BUSY, FILTERED("1", "1,000,000", "1,000"), ABOVE);
    assert_text(found(), "");
}

/* Two jobs of one stage each; the first is this one. */
static void diagnose_two_reads(const char *job, const char *second_bytes)
{
    json_t *told = told_of(BUSY ",'inputBytes':9000000000", "", "");
    char text[500];

    json_object_set_new(json_array_get(jx_array(told, "jobs"), 0), "name",
                        json_string(job));
    snprintf(text, sizeof text,
             "{'stageId':1,'attemptId':0,'status':'COMPLETE','name':'count','inputBytes':"
             "%s," BUSY "}",
             second_bytes);
    json_array_append_new(jx_array(told, "stages"), json_of(text));
    diagnose_told(told);
}

static void test_an_input_that_is_read_twice_for_its_schema_is_told(void **state)
{
    diagnose_two_reads("csv at NativeMethodAccessorImpl.java:0", "9000000100");
    assert_text(found(), "P30");
    assert_contains(jx_string(first(), "evidence"), "stage 1 the same again");
    diagnose_two_reads("csv at NativeMethodAccessorImpl.java:0", "900");
    assert_text(found(), "");
    diagnose_two_reads("count at NativeMethodAccessorImpl.java:0", "9000000100");
    assert_text(found(), "");
}

/* ---- what is held or done for nothing ---- */

/* So many copies were killed after so long; the other one was killed since its copy won. */
static json_t *with_copies(int killed, int ms)
{
    json_t *told = told_of(BUSY, "'duration':" QUANTILES("9000"),
                           "{'status':'KILLED','speculative':false,'duration':90000}");

    for (int i = 0; i < killed; i++)
        json_array_append_new(jx_array(jx_object(told, "slowest"), "0.0"),
                              jx_pack("{s:s, s:b, s:i}", "status", "KILLED",
                                      "speculative", 1, "duration", ms));
    return told;
}

static void test_copies_that_were_killed_are_a_hint_when_they_are_many(void **state)
{
    diagnose_told(with_copies(4, 15000));
    assert_text(found(), "P24");
    assert_text(jx_string(first(), "severity"), "hint");
    assert_contains(jx_string(first(), "evidence"),
                    "At least 4 copies of its 40 tasks were killed");
    assert_contains(jx_string(first(), "evidence"), "60.0 s of task time; no other");
    diagnose_told(with_copies(4, 9000)); /* less than 10 % */
    assert_text(found(), "");
    diagnose_told(with_copies(0, 0));
    assert_text(found(), "");
}

static void test_copies_that_another_stage_waited_for_cost_time(void **state)
{
    json_t *told = with_copies(4, 30000);

    json_array_append_new(jx_array(told, "stages"),
                          json_of("{'stageId':1,'attemptId':0,'status':'COMPLETE',"
                                  "'submissionTime':'1970-01-01T00:00:02.000GMT',"
                                  "'firstTaskLaunchedTime':'1970-01-01T00:00:02.000GMT',"
                                  "'completionTime':'1970-01-01T00:01:40.000GMT'}"));
    diagnose_told(told);
    assert_text(found(), "P24");
    assert_text(jx_string(first(), "severity"), "critical");
    assert_lacks(jx_string(first(), "evidence"), "no other stage");
}

/* So many executors one after the other, the first of which goes at 9 s; the stage waits from
 * then to then for its first task. */
static void diagnose_allocation(int executors, const char *from, const char *until)
{
    json_t *told = told_of(BUSY, "", ""), *list = json_array();

    for (int i = 0; i < executors; i++) {
        char text[300];
        snprintf(text, sizeof text,
                 "{'id':'%d','maxTasks':4,'removeReason':'Executor killed by driver.',"
                 "'addTime':'1970-01-01T00:00:%02d.000GMT','removeTime':"
                 "'1970-01-01T00:00:%02d.000GMT'}",
                 i, 1 + 10 * i, 9 + 10 * i);
        json_array_append_new(list, json_of(text));
    }
    json_object_set_new(told, "executors", list);
    json_object_update_new(
        json_array_get(jx_array(told, "stages"), 0),
        jx_pack("{s:s, s:s}", "submissionTime", from, "firstTaskLaunchedTime", until));
    diagnose_told(told);
}

static void test_executors_that_come_and_go_are_told_when_work_waits(void **state)
{
    diagnose_allocation(4, "1970-01-01T00:00:10.000GMT", "1970-01-01T00:00:22.000GMT");
    assert_text(found(), "P25");
    assert_contains(jx_string(first(), "change"), "minExecutors=1");
    diagnose_allocation(4, "1970-01-01T00:00:19.000GMT", "1970-01-01T00:00:59.000GMT");
    assert_text(found(), "P25"); /* not P26 too, though none was there at 39 s */
    diagnose_allocation(4, "1970-01-01T00:00:01.000GMT",
                        "1970-01-01T00:00:13.000GMT"); /* for the first one */
    assert_text(found(), "");
    diagnose_allocation(4, "1970-01-01T00:00:10.000GMT", "1970-01-01T00:00:10.000GMT");
    assert_text(found(), "");
    diagnose_allocation(2, "1970-01-01T00:00:10.000GMT", "1970-01-01T00:00:22.000GMT");
    assert_text(found(), "");
}

static void diagnose_memory(const char *peaks, json_int_t end_ms)
{
    json_t *told = told_of(BUSY, "", "");

    json_object_set_new(told, "executors", json_of(peaks));
    json_object_set_new(told, "settings", json_of("[['spark.executor.memory','16g']]"));
    json_object_set_new(jx_object(told, "place"), "endMs", json_integer(end_ms));
    diagnose_told(told);
}

#define PEAK(id, bytes)                                                                  \
    "{'id':'" id "','maxTasks':2,'addTime':'1970-01-01T00:00:01.000GMT',"                \
    "'peakMemoryMetrics':{'JVMHeapMemory':" bytes "}}"

static void test_memory_that_stays_free_is_a_hint(void **state)
{
    diagnose_memory("[" PEAK("0", "900000000") "," PEAK("1", "2000000000") "]", 1000000);
    assert_text(found(), "P27");
    assert_text(jx_string(first(), "severity"), "hint");
    assert_contains(jx_string(first(), "change"), "spark.executor.memory=3814m");
    assert_contains(jx_string(answer, "verdict"), "No change that these rules know");
    diagnose_memory("[" PEAK("0", "900000000") "," PEAK("1", "9000000000") "]", 1000000);
    assert_text(found(), "");
    diagnose_memory("[" PEAK("0", "900000000") "," PEAK("1", "0") "]", 1000000);
    assert_text(found(), "");
    diagnose_memory("[" PEAK("0", "900000000") "]", 101000);
    assert_text(found(), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_tasks_that_read_too_much_are_told_when_that_costs),
        claim(test_what_spill_costs_follows_the_time_that_tasks_waited),
        claim(test_partitions_of_a_shuffle_that_are_too_large_are_told),
        claim(test_partitions_that_a_setting_made_too_small_are_told),
        claim(test_small_partitions_of_no_setting_are_only_tiny_tasks),
        claim(test_many_small_files_are_not_advised_to_be_one_task),
        claim(test_a_large_broadcast_is_told_by_the_time_it_takes),
        claim(test_where_aqe_is_off_it_is_part_of_the_advice),
        claim(test_a_cache_that_does_not_hold_all_is_told),
        claim(test_what_is_computed_three_times_is_told_but_not_of_a_session),
        claim(test_partitions_that_no_filter_names_are_told),
        claim(test_an_input_that_is_read_twice_for_its_schema_is_told),
        claim(test_copies_that_were_killed_are_a_hint_when_they_are_many),
        claim(test_copies_that_another_stage_waited_for_cost_time),
        claim(test_executors_that_come_and_go_are_told_when_work_waits),
        claim(test_memory_that_stays_free_is_a_hint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
