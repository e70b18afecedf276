#include "spark/plan.h"

#include "base/jx.h"
#include "unit.h"

static int begin(void **state)
{
    return 0;
}

static int end(void **state)
{
    return 0;
}

static void assert_measure(const char *text, enum measure_unit unit, double total)
{
    struct measure measure;

    assert_true(measure_read(text, &measure));
    assert_int_equal(measure.unit, unit);
    assert_true(measure.total == total);
}

static void test_a_metric_is_a_number_bytes_or_a_time(void **state)
{
    assert_measure("20,000", MEASURE_NUMBER, 20000);
    assert_measure("0", MEASURE_NUMBER, 0);
    assert_measure("3.5 KiB", MEASURE_BYTES, 3584);
    assert_measure("862.0 B", MEASURE_BYTES, 862);
    assert_measure("22 ms", MEASURE_MS, 22);
    assert_measure("1.5 m", MEASURE_MS, 90000);
}

static void test_a_sum_over_tasks_tells_the_largest_and_whose_it_is(void **state)
{
    struct measure measure;

    assert_true(measure_read("total (min, med, max (stageId: taskId))\n"
                             "2.6 s (0 ms, 1.2 s, 2,100 ms (stage 17.0: task 35))",
                             &measure));
    assert_true(measure.total == 2600);
    assert_true(measure.max == 2100);
    assert_int_equal(measure.stage, 17);
    assert_int_equal(measure.task, 35);
}

static void test_an_average_has_no_total(void **state)
{
    struct measure measure;

    assert_false(measure_read("(min, med, max (stageId: taskId)):\n"
                              "(1, 1, 1 (stage 5.0: task 7))",
                              &measure));
    assert_false(measure_read("", &measure));
}

static void test_the_children_of_a_node_stand_below_it(void **state)
{
    json_auto_t *query = json_of(
        "{'nodes':[{'nodeId':3,'nodeName':'Right'},{'nodeId':1,'nodeName':'Join',"
        "'wholeStageCodegenId':2},{'nodeId':2,'nodeName':'Left'},{'nodeId':0,"
        "'nodeName':'WholeStageCodegen (2)','metrics':[{'name':'duration','value':"
        "'2 s'}]}],'edges':[{'fromId':2,'toId':1},{'fromId':3,'toId':1}]}");
    json_auto_t *nodes = plan_nodes(query);

    assert_json(nodes, "[{'depth':0,'id':1,'name':'Join','pipelineMs':2000},"
                       "{'depth':1,'id':2,'name':'Left'},{'depth':1,'id':3,'name':"
                       "'Right'}]");
}

static void test_no_metric_is_too_large(void **state)
{
    json_auto_t *query =
        json_of("{'nodes':[{'nodeId':1,'nodeName':'Exchange','metrics':[{'name':"
                "'data size','value':'8.0 EiB'},{'name':'x time','value':'1E999 s'}]}]}");
    json_auto_t *nodes = plan_nodes(query);

    assert_int_equal(jx_int(json_array_get(nodes, 0), "bytes"), JX_INT_MAX);
    assert_int_equal(jx_int(json_array_get(nodes, 0), "ms"), JX_INT_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_a_metric_is_a_number_bytes_or_a_time),
        claim(test_a_sum_over_tasks_tells_the_largest_and_whose_it_is),
        claim(test_an_average_has_no_total),
        claim(test_the_children_of_a_node_stand_below_it),
        claim(test_no_metric_is_too_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
