/* Two runs side by side: what real Sparks told, and small facts of our own. */
#include "base/jx.h"
#include "diagnosed.h"
#include "diagnosis/compare.h"
#include "unit.h"

#include <stdio.h>

/* Steals both. */
static void compare_told(json_t *first, json_t *second)
{
    json_decref(answer);
    answer = compare(first, second);
    json_decref(first);
    json_decref(second);
}

static const json_t *row(const char *part, size_t i)
{
    return json_array_get(jx_array(answer, part), i);
}

/* ---- two applications ---- */

static void test_a_run_is_no_different_from_itself(void **state)
{
    compare_told(recorded_json("spark-4.3.0/diagnosed/skew.json"),
                 recorded_json("spark-4.3.0/diagnosed/skew.json"));
    assert_contains(jx_string(answer, "verdict"), "no difference beyond noise");
    assert_int_equal(json_array_size(jx_array(answer, "settings")), 0);
    assert_int_equal(jx_int(answer, "onlyFirst"), 0);
    assert_int_equal(json_array_size(jx_array(answer, "executions")), 1);
    assert_text(jx_string(row("executions", 0), "plan"), "the same");
    assert_int_equal(json_array_size(jx_array(answer, "came")), 0);
}

static void test_other_data_is_other_work(void **state)
{
    compare_told(recorded_json("spark-4.3.0/diagnosed/skew.json"),
                 recorded_json("spark-4.3.0/diagnosed/few.json"));
    assert_contains(jx_string(answer, "verdict"), "did not read the same");
    assert_text(jx_string(row("went", 0), "id"), "P1");
    assert_text(jx_string(row("came", 0), "id"), "P5");
    assert_fits();
}

static void test_settings_that_name_the_run_do_not_differ(void **state)
{
    compare_told(
        json_of("{'place':{},'settings':[['spark.app.id','a'],['spark.x','1']]}"),
        json_of("{'place':{},'settings':[['spark.app.id','b'],['spark.x','2']]}"));
    assert_json(jx_array(answer, "settings"),
                "[{'name':'spark.x','first':'1','second':'2'}]");
}

/* Two executions, each with a plan that reads a file of its own. */
static json_t *told_of_two(const char *first, const char *second, const char *id)
{
    char text[1400];

    snprintf(
        text, sizeof text,
        "{'place':{},'queries':[{'id':0,'description':'collect at a.py:1'},{'id':1,"
        "'description':'collect at a.py:1'}],'plans':{'0':{'id':0,'nodes':[],"
        "'planDescription':'== Physical Plan ==\\n* Scan (1)\\n\\n\\n(1) Scan csv "
        " [codegen id : %s]\\nOutput: [a#%sL]\\nLocation: %s\\n\\n'},'1':{'id':1,"
        "'nodes':[],'planDescription':'== Physical Plan ==\\nScan (1)\\n\\n\\n(1) Scan "
        "csv \\nOutput: [a#%sL]\\nLocation: %s\\n\\n'}}}",
        id, id, first, id, second);
    return json_of(text);
}

static void test_executions_of_one_name_are_paired_by_their_plans(void **state)
{
    compare_told(told_of_two("/data/a-1", "/data/b", "7"),
                 told_of_two("/data/b", "/data/a-2", "33"));
    assert_int_equal(jx_int(row("executions", 0), "first"), 0);
    assert_int_equal(jx_int(row("executions", 0), "second"), 1);
    assert_int_equal(jx_int(row("executions", 1), "first"), 1);
    assert_int_equal(jx_int(row("executions", 1), "second"), 0);
}

static void test_an_execution_without_its_like_is_counted(void **state)
{
    compare_told(json_of("{'place':{},'queries':[{'id':0,'description':'a 1'},{'id':1,"
                         "'description':'b'}]}"),
                 json_of("{'place':{},'queries':[{'id':4,'description':'a 22'}]}"));
    assert_int_equal(jx_int(row("executions", 0), "second"), 4);
    assert_int_equal(jx_int(answer, "onlyFirst"), 1);
    assert_int_equal(jx_int(answer, "onlySecond"), 0);
}

/* ---- two executions ---- */

#define JOIN(name)                                                                       \
    "{'nodeId':0,'nodeName':'HashAggregate','metrics':[{'name':'number of output "       \
    "rows','value':'%s'}]},{'nodeId':1,'nodeName':'" name "'},{'nodeId':2,'nodeName':'"  \
    "Scan csv','metrics':[{'name':'number of output rows','value':'1,000'},{'name':"     \
    "'scan time','value':'%s'}]}"
#define CHAIN "{'fromId':1,'toId':0},{'fromId':2,'toId':1}"

/* One execution of an application, whose jobs ended so long after they began. */
static json_t *execution(const char *join, const char *rows, const char *scan,
                         const char *ended, const char *configs)
{
    json_t *told = told_of(TASKS ",'executorRunTime':60000,'inputRecords':1000", "", "");
    char nodes[700], text[1800];

    snprintf(nodes, sizeof nodes, join, rows, scan);
    snprintf(
        text, sizeof text,
        "{'scope':{'execution':0},'queries':[{'id':0,'status':'COMPLETED',"
        "'duration':90000,'successJobIds':[0]}],'plans':{'0':{'id':0,'duration':90000,"
        "'modifiedConfigs':{%s},'nodes':[%s],'edges':[" CHAIN "]}}}",
        configs, nodes);
    json_object_update_new(told, json_of(text));
    json_object_set_new(json_array_get(jx_array(told, "jobs"), 0), "completionTime",
                        json_string(ended));
    return told;
}

#define SLOW "1970-01-01T00:01:41.000GMT"
#define FAST "1970-01-01T00:00:41.000GMT"

static void test_of_two_executions_the_nodes_that_changed_are_told(void **state)
{
    compare_told(execution(JOIN("SortMergeJoin"), "5", "40 s", SLOW, ""),
                 execution(JOIN("BroadcastHashJoin"), "5", "2 s", FAST, ""));
    assert_contains(jx_string(answer, "verdict"), "100.0 s and 40.0 s; a plan differs");
    assert_json(
        jx_array(answer, "nodes"),
        "[{'node':'SortMergeJoin'},{'node':'BroadcastHashJoin'},{'node':'Scan csv',"
        "'firstRows':1000,'secondRows':1000,'firstSeconds':40.0,"
        "'secondSeconds':2.0}]");
    assert_int_equal(json_array_size(jx_array(answer, "executions")), 1);
}

static void test_other_numbers_of_rows_are_other_work(void **state)
{
    compare_told(execution(JOIN("SortMergeJoin"), "5", "2 s", SLOW, ""),
                 execution(JOIN("SortMergeJoin"), "9", "2 s", FAST, ""));
    assert_contains(jx_string(answer, "verdict"), "other numbers of rows came out");
    assert_json(jx_array(answer, "nodes"),
                "[{'node':'HashAggregate','firstRows':5,'secondRows':9}]");
}

static void test_settings_of_an_execution_are_told(void **state)
{
    compare_told(execution(JOIN("SortMergeJoin"), "5", "2 s", SLOW,
                           "'spark.sql.shuffle.partitions':'8'"),
                 execution(JOIN("SortMergeJoin"), "5", "2 s", FAST,
                           "'spark.sql.shuffle.partitions':'200'"));
    assert_contains(jx_string(answer, "verdict"), "settings differ");
    assert_json(jx_array(answer, "settings"),
                "[{'name':'spark.sql.shuffle.partitions','first':'8','second':'200'}]");
}

static void test_the_first_execution_of_an_application_also_starts_it(void **state)
{
    compare_told(execution(JOIN("SortMergeJoin"), "5", "2 s", SLOW, ""),
                 execution(JOIN("SortMergeJoin"), "5", "2 s", FAST, ""));
    assert_contains(jx_string(answer, "verdict"), "the first of its application");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_a_run_is_no_different_from_itself),
        claim(test_other_data_is_other_work),
        claim(test_settings_that_name_the_run_do_not_differ),
        claim(test_executions_of_one_name_are_paired_by_their_plans),
        claim(test_an_execution_without_its_like_is_counted),
        claim(test_of_two_executions_the_nodes_that_changed_are_told),
        claim(test_other_numbers_of_rows_are_other_work),
        claim(test_settings_of_an_execution_are_told),
        claim(test_the_first_execution_of_an_application_also_starts_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
