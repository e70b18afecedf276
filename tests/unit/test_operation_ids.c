/* Operations by their id: monitor-cluster, kill-spark-job; and SPARK_READ_ONLY. */
#include "base/jx.h"
#include "call_script.h"
#include "run_script.h"
#include "scripted_http.h"
#include "session_script.h"
#include "spark/session.h"
#include "tool_client.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

#define ROWS "{'columns':[{'name':'a','type':'int'}],'rows':[[1],[2]],'truncated':false}"
#define ROWS_AS(format)                                                                  \
    "{'columns':[{'name':'a','type':'int'}],'rows':[[1],[null]],'format':'" format       \
    "','warnings':['slow']}"

static void call_with_id(const char *format)
{
    char arguments[200];

    snprintf(arguments, sizeof arguments, format, id);
    call(arguments);
    loop_run(0);
}

/* ---- monitor-cluster with an operation_id ---- */

#define MONITOR "'monitor-cluster','arguments':{'operation_id':'%s'"

static void test_an_operation_is_told_by_its_id(void **state)
{
    const json_t *told;

    have_handle();
    call_with_id(MONITOR);
    told = structured();
    assert_text(jx_string(told, "operationId"), id);
    assert_text(jx_string(told, "tool"), "execute-sql");
    assert_text(jx_string(told, "state"), "RUNNING");
    assert_text(jx_string(told, "progress"), "scanning");
    assert_contains(text(), "scanning");
}

static void test_a_running_operation_reads_as_in_the_answer_that_began_it(void **state)
{
    json_auto_t *first = NULL;
    char told[600];
    const char *seconds;

    have_handle();
    first = json_deep_copy(structured());
    snprintf(told, sizeof told, "%s", text());
    call_with_id(MONITOR);
    seconds = strstr(text(), "seconds: ");
    assert_non_null(seconds);
    assert_memory_equal(text(), told, (size_t)(seconds - text()));
    assert_text(strchr(seconds, '\n'), strchr(strstr(told, "seconds: "), '\n'));
    json_object_set(first, "seconds", json_object_get(structured(), "seconds"));
    assert_true(json_equal(first, structured()));
}

static void test_a_result_is_handed_out_by_its_id(void **state)
{
    const json_t *told;

    have_handle();
    script_answer(GET_1, DONE(ROWS));
    loop_run(0);
    call_with_id(MONITOR);
    told = structured();
    assert_text(jx_string(told, "state"), "FINISHED");
    assert_json(json_object_get(told, "result"), ROWS);
    check_output("monitor-cluster");
}

static void test_a_result_reads_as_its_tool_writes_it(void **state)
{
    have_handle();
    script_answer(GET_1, DONE(ROWS_AS("csv")));
    loop_run(0);
    call_with_id(MONITOR);
    assert_contains(text(), " of execute-sql FINISHED after ");
    assert_contains(text(), " s\na\n1\n\n");
}

static void test_a_result_can_be_fetched_twice(void **state)
{
    have_handle();
    script_answer(GET_1, DONE(ROWS));
    loop_run(0);
    call_with_id(MONITOR);
    call_with_id(MONITOR);
    assert_json(json_object_get(structured(), "result"), ROWS);
}

static void test_the_error_of_an_operation_is_told_by_its_id(void **state)
{
    have_handle();
    script_answer(GET_1, "{'state':'done','outcome':{'ok':false,'error':{'class':'X',"
                         "'message':'no'}}}");
    loop_run(0);
    call_with_id(MONITOR);
    assert_true(jx_bool(result(), "isError"));
    assert_text(text(), "X\nno");
}

static void test_an_operation_can_be_waited_for_by_its_id(void **state)
{
    size_t answers;

    have_handle();
    answers = json_array_size(messages());
    call_with_id(MONITOR ",'wait_seconds':30");
    go_on(5);
    assert_int_equal(json_array_size(messages()), answers);
    script_answer(GET_1, DONE(ROWS));
    loop_run(0);
    assert_json(json_object_get(structured(), "result"), ROWS);
}

static void test_who_waits_by_an_id_waits_no_longer_than_asked(void **state)
{
    size_t answers;

    have_handle();
    answers = json_array_size(messages());
    call_with_id(MONITOR ",'wait_seconds':5");
    go_on(4);
    assert_int_equal(json_array_size(messages()), answers);
    go_on(2);
    assert_text(jx_string(structured(), "state"), "RUNNING");
}

static void test_who_gives_up_waiting_by_an_id_cancels_nothing(void **state)
{
    have_handle();
    call_with_id(MONITOR ",'wait_seconds':30");
    cancel_call();
    loop_run(0);
    assert_int_equal(script_asked("/cancel"), 0);
}

static void test_an_unknown_id_may_be_another_processs(void **state)
{
    snprintf(id, sizeof id, "op-000000000000");
    call_with_id(MONITOR);
    assert_true(jx_bool(result(), "isError"));
    assert_contains(text(), "no operation 'op-000000000000' is known");
    assert_contains(text(), "SPARK_SESSION_SHARED");
}

static void test_a_result_is_not_handed_out_after_that_time(void **state)
{
    have_handle();
    script_answer(GET_1, DONE(ROWS));
    loop_run(15 * 60000 + 1);
    call_with_id(MONITOR);
    assert_contains(text(), "is known");
    assert_contains(text(), "15 minutes");
}

/* ---- kill-spark-job with an operation_id ---- */

#define KILL "'kill-spark-job','arguments':{'operation_id':'%s'"

static void assert_end(const char *state, const char *before, bool is_killed)
{
    char wanted[200];

    snprintf(wanted, sizeof wanted,
             "{'operationId':'%s','killed':%s,'state':'%s','stateBefore':'%s'}", id,
             is_killed ? "true" : "false", state, before);
    assert_json(structured(), wanted);
    check_output("kill-spark-job");
}

static void test_an_operation_is_ended_by_its_id(void **state)
{
    have_handle();
    script_json("/cancel", "{}");
    call_with_id(KILL);
    go_on(1);
    script_answer(GET_1, CANCELLED);
    loop_run(0);
    assert_end("CANCELLED", "RUNNING", true);
    assert_contains(text(), "was RUNNING and has been killed");
    assert_text(session_driver_id(), "driver-1");
}

static void test_the_id_of_an_operation_may_stand_in_place_of_a_drivers(void **state)
{
    have_handle();
    script_json("/cancel", "{}");
    call_with_id("'kill-spark-job','arguments':{'submission_id':'%s'");
    script_answer(GET_1, CANCELLED);
    loop_run(0);
    assert_end("CANCELLED", "RUNNING", true);
}

static void test_an_operation_that_has_ended_is_not_killed(void **state)
{
    have_handle();
    script_answer(GET_1, DONE("{}"));
    loop_run(0);
    call_with_id(KILL);
    assert_end("FINISHED", "FINISHED", false);
    assert_contains(text(), "nothing to kill");
}

static void test_an_operation_that_ends_well_all_the_same_was_not_killed(void **state)
{
    have_handle();
    script_json("/cancel", "{}");
    call_with_id(KILL);
    script_answer(GET_1, DONE("{}"));
    loop_run(0);
    assert_end("FINISHED", "RUNNING", false);
}

static void test_a_kill_is_not_waited_for_for_ever(void **state)
{
    have_handle();
    script_json("/cancel", "{}");
    script_always();
    call_with_id(KILL);
    go_on(22);
    assert_false(jx_bool(structured(), "killed"));
    assert_contains(text(), " is RUNNING now.\nIts end is asked for until it comes");
}

static void test_killing_an_unknown_operation_is_a_tool_error(void **state)
{
    snprintf(id, sizeof id, "op-000000000000");
    call_with_id(KILL);
    assert_true(jx_bool(result(), "isError"));
    assert_contains(text(), "no operation 'op-000000000000' is known");
}

static void test_killing_nothing_is_a_tool_error(void **state)
{
    call("'kill-spark-job','arguments':{");
    loop_run(0);
    assert_true(jx_bool(result(), "isError"));
    assert_contains(text(), "nothing to end was named");
}

/* ---- SPARK_READ_ONLY ---- */

static void assert_refused(const char *name_and_arguments)
{
    configure_session("SPARK_READ_ONLY=true", NULL);
    call(name_and_arguments);
    loop_run(1000);
    assert_true(jx_bool(result(), "isError"));
    assert_contains(text(), "SPARK_READ_ONLY is set");
    assert_int_equal(script_asked(""), 0);
}

static void test_a_server_that_only_reads_submits_nothing(void **state)
{
    assert_refused("'submit-spark-job','arguments':{'application_file':'hdfs://n/a.py'");
}

static void test_a_server_that_only_reads_kills_no_job(void **state)
{
    assert_refused("'kill-spark-job','arguments':{'submission_id':'driver-1'");
    assert_contains(text(), "operation_id");
}

static void test_a_server_that_only_reads_ends_its_own_operations(void **state)
{
    configure_session("SPARK_READ_ONLY=true", NULL);
    have_handle();
    script_json("/cancel", "{}");
    call_with_id(KILL);
    script_answer(GET_1, CANCELLED);
    loop_run(0);
    assert_end("CANCELLED", "RUNNING", true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_an_operation_is_told_by_its_id),
        claim(test_a_running_operation_reads_as_in_the_answer_that_began_it),
        claim(test_a_result_is_handed_out_by_its_id),
        claim(test_a_result_reads_as_its_tool_writes_it),
        claim(test_a_result_can_be_fetched_twice),
        claim(test_the_error_of_an_operation_is_told_by_its_id),
        claim(test_an_operation_can_be_waited_for_by_its_id),
        claim(test_who_waits_by_an_id_waits_no_longer_than_asked),
        claim(test_who_gives_up_waiting_by_an_id_cancels_nothing),
        claim(test_an_unknown_id_may_be_another_processs),
        claim(test_a_result_is_not_handed_out_after_that_time),
        claim(test_an_operation_is_ended_by_its_id),
        claim(test_the_id_of_an_operation_may_stand_in_place_of_a_drivers),
        claim(test_an_operation_that_has_ended_is_not_killed),
        claim(test_an_operation_that_ends_well_all_the_same_was_not_killed),
        claim(test_a_kill_is_not_waited_for_for_ever),
        claim(test_killing_an_unknown_operation_is_a_tool_error),
        claim(test_killing_nothing_is_a_tool_error),
        claim(test_a_server_that_only_reads_submits_nothing),
        claim(test_a_server_that_only_reads_kills_no_job),
        claim(test_a_server_that_only_reads_ends_its_own_operations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
