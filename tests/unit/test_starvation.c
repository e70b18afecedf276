#include "spark/starvation.h"

#include "base/jx.h"
#include "scripted_http.h"
#include "spark/cluster.h"
#include "unit.h"
#include "waiting.h"

#include <stdio.h>

#define WAITS "{'tasksTotal':4,'tasksActive':0}"
#define RUNS "{'tasksTotal':4,'tasksActive':1}"

static struct starvation starvation;
static struct outcome outcome;

static int begin(void **state)
{
    struct error error;

    loop_begin();
    starvation = (struct starvation){0};
    return configure(&error, "SPARK_MASTER=spark://m:7077", "SPARK_EXECUTOR_CORES=2",
                     NULL) &&
                   cluster_configure(&error)
               ? 0
               : -1;
}

static int end(void **state)
{
    outcome_clear(&outcome);
    unit_release();
    return loop_end() ? 0 : -1;
}

/* ---- when to look ---- */

static bool is_due(const char *progress)
{
    json_auto_t *value = json_of(progress);

    return starvation_is_due(&starvation, value);
}

/* Whether it is due in one of so many seconds. */
static bool is_due_within(int seconds, const char *progress)
{
    for (int i = 0; i < seconds; i++) {
        if (is_due(progress))
            return true;
        loop_run(1000);
    }
    return false;
}

static void test_tasks_that_wait_for_long_are_a_reason_to_look(void **state)
{
    assert_false(is_due_within(9, WAITS));
    assert_true(is_due(WAITS));
}

static void test_tasks_that_run_are_no_reason_to_look(void **state)
{
    assert_false(is_due_within(60, RUNS));
}

static void test_nothing_to_do_is_no_reason_to_look(void **state)
{
    assert_false(is_due_within(60, "{'tasksTotal':0,'tasksActive':0}"));
    assert_false(is_due_within(60, "{}"));
}

static void test_a_task_that_runs_ends_the_starvation(void **state)
{
    is_due_within(8, WAITS);
    is_due(RUNS);
    assert_int_equal(starvation.since_ms, 0);
    assert_false(is_due_within(9, WAITS));
}

static void test_a_starvation_that_lasts_is_looked_at_again_every_few_seconds(
    void **state)
{
    assert_true(is_due_within(10, WAITS));
    assert_false(is_due_within(5, WAITS));
    assert_true(is_due(WAITS));
}

/* ---- whether there is room ---- */

static void find(struct flow *flow, struct reply *reply)
{
    starvation_find_room(flow, "app-1", reply);
}

static void look(const char *application, int free_cores, int free_memory)
{
    char state[600];

    snprintf(state, sizeof state,
             "{'status':'ALIVE','workers':[{'id':'worker-1','host':'w','state':'ALIVE',"
             "'cores':4,'coresfree':%d,'memory':6144,'memoryfree':%d,'resources':"
             "{'gpu':{'name':'gpu','addresses':['0','1']}}}],'activeapps':[%s]}",
             free_cores, free_memory, application);
    script_json("GET http://m:8080/json/", state);
    wait_for(&outcome, find);
    loop_run(0);
}

#define STARVING "{'id':'app-1','cores':0,'memoryperexecutor':2048}"

static void test_without_memory_there_is_no_room(void **state)
{
    look(STARVING, 4, 1000);
    assert_json(
        outcome.result,
        "{'noRoom':'no worker can take an executor of the session now: "
        "it asks for 2 cores and 2048 MiB; w has 4 of 4 cores and 1000 of 6144 MiB "
        "free'}");
}

static void test_without_cores_there_is_no_room(void **state)
{
    look(STARVING, 1, 6144);
    assert_contains(jx_string(outcome.result, "noRoom"), "w has 1 of 4 cores");
}

#define WANTS                                                                            \
    "{'id':'app-1','cores':0,'memoryperexecutor':2048,'resourcesperexecutor':[{'name':'gpu','amount':%d}]}"

static void test_a_resource_that_no_worker_has_so_often_is_named(void **state)
{
    char wants[200];

    snprintf(wants, sizeof wants, WANTS, 3);
    look(wants, 4, 6144);
    assert_contains(jx_string(outcome.result, "noRoom"),
                    "6144 of 6144 MiB free; of the 3 gpu that an executor asks for, no "
                    "worker has so many");
    outcome_clear(&outcome);
    snprintf(wants, sizeof wants, WANTS, 2);
    look(wants, 4, 6144);
    assert_json(outcome.result, "{}");
}

static void test_where_an_executor_fits_there_is_room(void **state)
{
    look(STARVING, 2, 2048);
    assert_json(outcome.result, "{}");
}

static void test_who_has_an_executor_has_room(void **state)
{
    look("{'id':'app-1','cores':1,'memoryperexecutor':2048}", 0, 0);
    assert_json(outcome.result, "{}");
}

static void test_of_an_unknown_application_nothing_is_said(void **state)
{
    look("{'id':'app-2','cores':0,'memoryperexecutor':2048}", 0, 0);
    assert_json(outcome.result, "{}");
}

static void test_a_master_out_of_reach_is_the_error(void **state)
{
    script_error("GET http://m:8080/json/", ERROR_UNREACHABLE, "cannot reach m");
    wait_for(&outcome, find);
    loop_run(0);
    assert_error(&outcome.error, ERROR_UNREACHABLE, "cannot reach m");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_tasks_that_wait_for_long_are_a_reason_to_look),
        claim(test_tasks_that_run_are_no_reason_to_look),
        claim(test_nothing_to_do_is_no_reason_to_look),
        claim(test_a_task_that_runs_ends_the_starvation),
        claim(test_a_starvation_that_lasts_is_looked_at_again_every_few_seconds),
        claim(test_without_memory_there_is_no_room),
        claim(test_without_cores_there_is_no_room),
        claim(test_a_resource_that_no_worker_has_so_often_is_named),
        claim(test_where_an_executor_fits_there_is_room),
        claim(test_who_has_an_executor_has_room),
        claim(test_of_an_unknown_application_nothing_is_said),
        claim(test_a_master_out_of_reach_is_the_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
