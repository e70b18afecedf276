/* Calls of execute-sql, manage-data and run-ml-pipeline. */
#include "tools/long_work.h"

#include "base/jx.h"
#include "call_script.h"
#include "run_script.h"
#include "scripted_http.h"
#include "session_script.h"
#include "tool_client.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

#define ROWS "{'columns':[{'name':'a','type':'int'}],'rows':[[1],[2]],'truncated':false}"
#define ROWS_AS(format)                                                                  \
    "{'columns':[{'name':'a','type':'int'}],'rows':[[1],[null]],'format':'" format       \
    "','rowCount':2,'warnings':['slow']}"

/* ---- calls that are answered in time ---- */

static void test_a_call_is_answered_with_its_result(void **state)
{
    script_session(1);
    script_json(POST_1, DONE(ROWS));
    call(SQL);
    loop_run(1000);
    assert_json(structured(), ROWS);
    assert_text(text(), "a\n1\n2\ntruncated: false\n");
}

static void test_csv_is_the_text_and_rows_the_structure(void **state)
{
    script_session(1);
    script_json(POST_1, DONE(ROWS_AS("csv")));
    call(SQL);
    loop_run(1000);
    assert_text(text(), "a\n1\n\n\nrowCount: 2\n\nWarning: slow");
    assert_json(structured(), ROWS_AS("csv"));
}

static void test_json_is_the_text_and_rows_the_structure(void **state)
{
    script_session(1);
    script_json(POST_1, DONE(ROWS_AS("json")));
    call(SQL);
    loop_run(1000);
    assert_text(text(), "{\"a\":1}\n{\"a\":null}\n\nrowCount: 2\n\nWarning: slow");
}

static void test_tables_are_an_operation_of_the_session(void **state)
{
    script_session(1);
    script_json(POST_1, DONE("{'total':2,'tables':[{'table':'s.orders','type':'MANAGED',"
                             "'format':'parquet','bytes':7,'rowCount':2,'columns':'id "
                             "int','partitionedBy':['day','hour']},{'table':'v','error':"
                             "'gone'}]}"));
    call("'monitor-cluster','arguments':{'metric_type':'tables','pattern':'*','limit':5");
    loop_run(1000);
    assert_text(text(), "s.orders (MANAGED, parquet, 2 rows, 7 bytes)\n  id int\n"
                        "  partitioned by day, hour\nv\n  error: gone\n");
    assert_text(jx_string(script_sent(script_find(POST_1)), "operation"), "tables");
    assert_json(jx_object(script_sent(script_find(POST_1)), "arguments"),
                "{'pattern':'*','limit':5}");
}

static void test_tables_that_take_long_are_an_operation_to_ask_for(void **state)
{
    char arguments[120];

    call_that_goes_on(
        "'monitor-cluster','arguments':{'metric_type':'tables','wait_seconds':0");
    loop_run(1000);
    assert_contains(text(), "RUNNING");
    snprintf(arguments, sizeof arguments,
             "'monitor-cluster','arguments':{'operation_id':'%s'",
             jx_string(structured(), "operationId"));
    script_answer(GET_1, DONE("{'total':1,'tables':[{'table':'v'}]}"));
    loop_run(0);
    call(arguments);
    loop_run(0);
    assert_contains(text(), " of monitor-cluster FINISHED after ");
    assert_contains(text(), " s\nv\n");
}

static void test_what_code_prints_stands_before_its_value(void **state)
{
    script_session(1);
    script_json(POST_1, DONE("{'output':'a\\nb','value':'4','warnings':['slow']}"));
    call("'run-python','arguments':{'code':'4'");
    loop_run(1000);
    assert_text(text(), "a\nb\n4\n\nWarning: slow");
}

static void test_an_operation_that_fails_is_a_tool_error(void **state)
{
    script_session(1);
    script_json(POST_1, "{'state':'done','outcome':{'ok':false,'error':{'class':'PARSE',"
                        "'message':'near x','next':'Look.'}}}");
    call(SQL);
    loop_run(1000);
    assert_true(jx_bool(result(), "isError"));
    assert_text(text(), "PARSE\nnear x\nLook.");
}

static void test_how_long_to_wait_is_no_argument_of_the_operation(void **state)
{
    script_session(1);
    script_json(POST_1, DONE("{}"));
    call(SQL ",'limit':5,'wait_seconds':7");
    loop_run(1000);
    assert_json(json_object_get(script_sent(script_find(POST_1)), "arguments"),
                "{'sql':'select 1','limit':5}");
}

static void assert_operation(const char *name_and_arguments, const char *operation)
{
    script_session(1);
    script_json(POST_1, DONE("{}"));
    call(name_and_arguments);
    loop_run(1000);
    assert_text(jx_string(script_sent(script_find(POST_1)), "operation"), operation);
}

static void test_execute_sql_is_sql(void **state)
{
    assert_operation(SQL, "sql");
}

static void assert_text_of(const char *format, const char *wanted)
{
    char done[300];

    snprintf(done, sizeof done,
             DONE("{'columns':[{'name':'day','type':'string'},{'name':'n','type':'int'}],"
                  "'rows':[['Mo',1],['Tu',2]],'rowCount':2,'format':'%s'}"),
             format);
    script_session(1);
    script_json(POST_1, done);
    call(SQL);
    loop_run(1000);
    assert_contains(text(), wanted);
}

static void test_rows_are_written_as_markdown_where_that_is_asked_for(void **state)
{
    assert_text_of("markdown", "| day | n |");
}

static void test_rows_are_drawn_where_that_is_asked_for(void **state)
{
    assert_text_of("chart", "\xE2\x96\x88");
}

static void test_manage_data_is_data(void **state)
{
    assert_operation(
        "'manage-data','arguments':{'operation':'read','source_path':'/data'", "data");
}

static void test_run_ml_pipeline_is_ml(void **state)
{
    assert_operation(
        "'run-ml-pipeline','arguments':{'pipeline_config':{},'data_path':'/data'", "ml");
}

static void test_a_call_tells_its_progress(void **state)
{
    script_session(1);
    script_json(POST_1, GOING("{'phase':'scanning'}"));
    script_silence(GET_1);
    client_send("{'jsonrpc':'2.0','id':1,'method':'tools/call','params':{'name':" SQL
                "},'_meta':{'progressToken':'t'}}}");
    loop_run(500);
    assert_contains(
        jx_string(jx_object(json_array_get(messages(), json_array_size(messages()) - 1),
                            "params"),
                  "message"),
        "scanning");
    script_answer(GET_1, DONE("{}"));
    loop_run(0);
}

/* ---- handles ---- */

static void test_what_takes_longer_is_answered_with_a_handle(void **state)
{
    call_that_goes_on(SQL ",'wait_seconds':5");
    go_on(4);
    assert_null(structured());
    go_on(2);
    assert_text(jx_string(structured(), "state"), "RUNNING");
    assert_text(jx_string(structured(), "progress"), "scanning");
    assert_null(json_object_get(structured(), "percentDone"));
    assert_int_equal(strncmp(jx_string(structured(), "operationId"), "op-", 3), 0);
}

static void test_a_call_is_answered_in_time_though_the_session_is_silent(void **state)
{
    call_that_goes_on(SQL ",'wait_seconds':5");
    loop_run(6000);
    assert_text(jx_string(structured(), "state"), "RUNNING");
}

static void test_without_a_time_a_call_waits_for_less_than_a_minute(void **state)
{
    call_that_goes_on(SQL);
    go_on(43);
    assert_null(structured());
    go_on(3);
    assert_text(jx_string(structured(), "state"), "RUNNING");
}

static void test_a_handle_tells_what_to_do_next(void **state)
{
    have_handle();
    assert_contains(jx_string(structured(), "next"), id);
    assert_contains(jx_string(structured(), "next"), "monitor-cluster");
    assert_contains(text(), id);
}

static void test_a_handle_tells_how_far_it_is(void **state)
{
    script_session(1);
    script_json(POST_1, GOING("{'tasksDone':1,'tasksTotal':4,'tasksActive':1}"));
    script_silence(GET_1);
    call(SQL ",'wait_seconds':1");
    loop_run(1000);
    script_answer(GET_1, GOING("{'tasksDone':1,'tasksTotal':4,'tasksActive':1}"));
    script_silence(GET_1);
    loop_run(1000);
    assert_json(json_object_get(structured(), "percentDone"), "25");
}

static void test_a_call_that_does_not_wait_is_answered_at_once(void **state)
{
    script_session(1);
    script_silence(POST_1);
    call(SQL ",'wait_seconds':0");
    flow_dispatch();
    assert_text(jx_string(structured(), "state"), "RUNNING");
    loop_run(1000);
    assert_int_equal(script_asked(POST_1), 1);
}

static void test_what_is_stuck_is_answered_at_once(void **state)
{
    script_json(
        "GET http://m:8080/json/",
        "{'status':'ALIVE','workers':[{'id':'worker-1','host':'w','state':'ALIVE',"
        "'webuiaddress':'http://w:8081','cores':4,'coresfree':0,'memory':6144,"
        "'memoryfree':6144}],'activeapps':[{'id':'app-1','cores':0,"
        "'memoryperexecutor':2048}]}");
    script_always();
    script_session(1);
    script_json(POST_1, STARVING);
    script_silence(GET_1);
    call(SQL);
    loop_run(1000);
    for (int i = 0; i < 12; i++) {
        script_answer(GET_1, STARVING);
        script_silence(GET_1);
        loop_run(1000);
    }
    assert_text(jx_string(structured(), "state"), "RUNNING");
    assert_contains(jx_string(structured(), "progress"), "0 of 4 cores");
}

static void test_handles_fit_the_schemas(void **state)
{
    have_handle();
    check_output("execute-sql");
    check_output("manage-data");
    check_output("run-ml-pipeline");
}

static void test_too_many_operations_are_refused(void **state)
{
    script_session(1);
    script_silence(POST_1);
    script_always();
    for (int i = 0; i < RUNS_MAX; i++)
        call(SQL ",'wait_seconds':0"), flow_dispatch();
    loop_run(1000);
    call(SQL);
    loop_run(0);
    assert_true(jx_bool(result(), "isError"));
    assert_contains(text(), "256 operations are running already");
    assert_contains(text(), "kill-spark-job");
}

static void test_a_session_that_was_killed_is_asked_for_nothing(void **state)
{
    script_session(1);
    have_session();
    call("'kill-spark-job','arguments':{'submission_id':'driver-1'");
    loop_run(100);
    script_loss(1, "KILLED", "");
    loop_run(1000);
    assert_true(jx_bool(structured(), "killed"));
    script_session(2);
    script_json(POST_2, DONE(ROWS));
    call(SQL);
    loop_run(1000);
    assert_contains(text(), "the session driver-1 ended (its driver ended as KILLED)");
    assert_int_equal(script_asked(POST_1), 0);
}

/* ---- cancelled calls ---- */

static void test_a_cancelled_call_cancels_its_operation(void **state)
{
    call_that_goes_on(SQL);
    script_json("/cancel", "{}");
    cancel_call();
    loop_run(0);
    assert_int_equal(script_asked("/cancel"), 1);
    assert_int_equal(script_asked("kill"), 0);
}

static void test_a_call_that_has_been_answered_cancels_nothing(void **state)
{
    have_handle();
    cancel_call();
    loop_run(0);
    assert_int_equal(script_asked("/cancel"), 0);
}

static void test_a_call_cancelled_before_it_began_posts_nothing(void **state)
{
    call(SQL);
    cancel_call();
    loop_run(1000);
    assert_int_equal(script_asked(""), 0);
}

static void test_a_call_cancelled_while_the_session_starts_posts_nothing(void **state)
{
    script_session(1);
    call(SQL);
    flow_dispatch();
    cancel_call();
    loop_run(1000);
    assert_int_equal(script_asked("/operations"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_a_call_is_answered_with_its_result),
        claim(test_csv_is_the_text_and_rows_the_structure),
        claim(test_json_is_the_text_and_rows_the_structure),
        claim(test_tables_are_an_operation_of_the_session),
        claim(test_tables_that_take_long_are_an_operation_to_ask_for),
        claim(test_what_code_prints_stands_before_its_value),
        claim(test_an_operation_that_fails_is_a_tool_error),
        claim(test_how_long_to_wait_is_no_argument_of_the_operation),
        claim(test_execute_sql_is_sql),
        claim(test_rows_are_written_as_markdown_where_that_is_asked_for),
        claim(test_rows_are_drawn_where_that_is_asked_for),
        claim(test_manage_data_is_data),
        claim(test_run_ml_pipeline_is_ml),
        claim(test_a_call_tells_its_progress),
        claim(test_what_takes_longer_is_answered_with_a_handle),
        claim(test_a_call_is_answered_in_time_though_the_session_is_silent),
        claim(test_without_a_time_a_call_waits_for_less_than_a_minute),
        claim(test_a_handle_tells_what_to_do_next),
        claim(test_a_handle_tells_how_far_it_is),
        claim(test_a_call_that_does_not_wait_is_answered_at_once),
        claim(test_what_is_stuck_is_answered_at_once),
        claim(test_handles_fit_the_schemas),
        claim(test_too_many_operations_are_refused),
        claim(test_a_session_that_was_killed_is_asked_for_nothing),
        claim(test_a_cancelled_call_cancels_its_operation),
        claim(test_a_call_that_has_been_answered_cancels_nothing),
        claim(test_a_call_cancelled_before_it_began_posts_nothing),
        claim(test_a_call_cancelled_while_the_session_starts_posts_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
