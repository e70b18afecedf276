/* How a session starts, or does not. */
#include "spark/session.h"

#include "base/jx.h"
#include "scripted_http.h"
#include "session_script.h"
#include "spark/protocol.h"
#include "unit.h"
#include "waiting.h"

static struct outcome outcome, other;

static int begin(void **state)
{
    return session_script_begin() ? 0 : -1;
}

static int end(void **state)
{
    outcome_clear(&outcome);
    outcome_clear(&other);
    return session_script_end() ? 0 : -1;
}

static void ensure(struct flow *flow, struct reply *reply)
{
    session_ensure(flow, reply);
}

static void ensure_long(void)
{
    wait_for(&outcome, ensure);
    for (int seconds = 0; !outcome.has_ended && seconds < 300; seconds++)
        loop_run(1000);
    assert_true(outcome.has_ended);
}

static size_t created(void)
{
    return script_asked("create");
}

static size_t killed(void)
{
    return script_asked("kill");
}

/* ---- starting ---- */

static void test_a_session_starts_on_first_need(void **state)
{
    assert_int_equal(created(), 0);
    script_session(1);
    ensure_long();
    assert_json(outcome.result, "{}");
    assert_text(session_driver_id(), "driver-1");
}

static void test_a_client_alone_starts_no_session(void **state)
{
    session_warm_up();
    loop_run(1000);
    assert_int_equal(created(), 0);
}

static void test_an_eager_session_starts_with_the_client(void **state)
{
    configure_session("SPARK_SESSION_START=eager", NULL);
    script_session(1);
    session_warm_up();
    session_warm_up();
    loop_run(1000);
    assert_int_equal(created(), 1);
    ensure_long();
    assert_int_equal(created(), 1);
}

static void test_an_eager_session_that_is_off_is_not_started(void **state)
{
    configure_session("SPARK_SESSION_START=eager", "SPARK_SESSION=off");
    session_warm_up();
    loop_run(1000);
    assert_int_equal(created(), 0);
}

static void test_many_callers_start_one_session(void **state)
{
    script_session(1);
    wait_for(&outcome, ensure);
    wait_for(&other, ensure);
    loop_run(1000);
    assert_json(outcome.result, "{}");
    assert_json(other.result, "{}");
    assert_int_equal(created(), 1);
}

static void test_a_session_that_runs_serves_the_next_caller(void **state)
{
    script_session(1);
    have_session();
    wait_for(&outcome, ensure);
    loop_run(0);
    assert_json(outcome.result, "{}");
    assert_int_equal(created(), 1);
}

static void test_a_caller_that_gives_up_leaves_the_start_to_the_others(void **state)
{
    script_session(1);
    wait_for(&outcome, ensure);
    wait_for(&other, ensure);
    outcome_cancel(&outcome);
    loop_run(1000);
    assert_json(other.result, "{}");
    assert_int_equal(killed(), 0);
}

static void test_the_announced_port_is_asked_at_the_host_of_the_workers_ui(void **state)
{
    script_master("http://10.0.0.7:8081", 6144);
    script_session(1);
    script_json("GET http://10.0.0.7:40401/proof", PROOF);
    script_json("GET http://10.0.0.7:40401/status", "{}");
    wait_for(&outcome, ensure);
    loop_run(100);
    assert_json(outcome.result, "{}");
}

static void test_the_host_may_be_an_address_of_ip_6(void **state)
{
    script_master("http://[fd00::7]:8081", 6144);
    script_session(1);
    script_json("GET http://[fd00::7]:40401/proof", PROOF);
    script_json("GET http://[fd00::7]:40401/status", "{}");
    wait_for(&outcome, ensure);
    loop_run(100);
    assert_json(outcome.result, "{}");
}

/* The worker tells browsers localhost; Spark knows it, and the driver itself, by other names. */
static void script_container(const char *announced)
{
    script_json(
        "GET http://m:8080/json/",
        "{'status':'ALIVE','workers':[{'id':'worker-1','host':'w','state':'ALIVE',"
        "'webuiaddress':'http://localhost:8081','cores':4,'coresfree':4,"
        "'memory':6144,'memoryfree':6144}]}");
    script_always();
    script_creation(1);
    script_state(1, "RUNNING");
    script_output(1, announced, "");
}

static void refuse(const char *words)
{
    script_error(words, ERROR_UNREACHABLE, "connection refused");
    script_always();
}

static void test_a_session_is_looked_for_wherever_it_may_be(void **state)
{
    script_container(LINE "session 40401,box,172.18.0.4,no/name\n");
    refuse("http://localhost:40401/proof");
    refuse("http://w:40401/proof");
    refuse("http://box:40401/proof");
    script_json("GET http://172.18.0.4:40401/proof", PROOF);
    script_json("GET http://172.18.0.4:40401/status", "{}");
    wait_for(&outcome, ensure);
    loop_run(100);
    assert_json(outcome.result, "{}");
    assert_int_equal(script_asked("/proof"), 4);
}

static void test_who_cannot_prove_to_be_the_session_is_not_shown_its_token(void **state)
{
    script_container(LINE "session 40401\n");
    script_json("GET http://localhost:40401/proof", "{'response':'something else'}");
    script_json("GET http://w:40401/proof", PROOF);
    script_json("GET http://w:40401/status", "{}");
    wait_for(&outcome, ensure);
    loop_run(100);
    assert_json(outcome.result, "{}");
    assert_string_not_equal(script_bearer(script_find("localhost:40401/proof")),
                            script_bearer(script_find("w:40401/status")));
    assert_int_equal(script_asked("localhost:40401"), 1);
}

static void test_every_address_that_was_tried_is_named(void **state)
{
    script_container(LINE "session 40401,172.18.0.4\n");
    refuse("40401/proof");
    script_no_proxy();
    wait_for(&outcome, ensure);
    loop_run(10000);
    assert_contains(
        jx_string(outcome.result, "unreachable"),
        "http://localhost:40401, http://w:40401, http://172.18.0.4:40401 cannot be");
}

static void test_the_start_is_told_every_second(void **state)
{
    script_silence("create");
    wait_for(&outcome, ensure);
    loop_run(2500);
    assert_text(outcome.report, "submitting the session's driver, 2 s");
    assert_int_equal(outcome.reports, 3);
    outcome_cancel(&outcome);
    script_answer("create", "{'success':false}");
}

/* ---- starts that fail ---- */

static void script_full_cluster(void)
{
    script_creation(1);
    script_state(1, "SUBMITTED");
    script_master("http://w:8081", 100);
}

static void test_a_cluster_without_room_is_told_in_seconds(void **state)
{
    script_full_cluster();
    wait_for(&outcome, ensure);
    loop_run(10000);
    assert_error(&outcome.error, ERROR_NO_ROOM, "no room for a session");
    assert_error(&outcome.error, ERROR_NO_ROOM, "it asks for 1 cores and 1024 MiB");
    assert_error(&outcome.error, ERROR_NO_ROOM, "100 of 6144 MiB free");
}

static void test_a_cluster_without_a_worker_is_told_as_that(void **state)
{
    script_creation(1);
    script_state(1, "SUBMITTED");
    script_json("GET http://m:8080/json/",
                "{'status':'ALIVE','workers':[],'activedrivers':[{'id':'driver-1'}]}");
    script_always();
    wait_for(&outcome, ensure);
    loop_run(19000);
    assert_false(outcome.has_failed);
    loop_run(5000);
    assert_error(&outcome.error, ERROR_NO_WORKER, "no worker of the cluster is alive");
}

static void test_a_driver_without_room_is_taken_back(void **state)
{
    script_full_cluster();
    ensure_long();
    assert_int_equal(script_asked("kill/driver-1"), 1);
}

static void test_a_driver_that_ends_tells_its_cause(void **state)
{
    script_creation(1);
    script_state(1, "FAILED");
    script_output(1, TRACEBACK, "");
    script_master("http://w:8081", 6144);
    ensure_long();
    assert_error(&outcome.error, ERROR_DRIVER_ENDED, "driver driver-1 ended as FAILED");
    assert_error(&outcome.error, ERROR_DRIVER_ENDED, "No module named 'nowhere'");
}

static void test_a_driver_that_has_ended_is_not_killed(void **state)
{
    script_creation(1);
    script_state(1, "FAILED");
    script_output(1, TRACEBACK, "");
    script_master("http://w:8081", 6144);
    ensure_long();
    assert_int_equal(killed(), 0);
}

static void test_a_driver_that_never_announces_its_session_is_killed(void **state)
{
    script_creation(1);
    script_state(1, "RUNNING");
    script_output(1, "some words\n", "");
    script_master("http://w:8081", 6144);
    ensure_long();
    assert_error(&outcome.error, ERROR_DRIVER_SILENT, "did not report within 180 s");
    assert_int_equal(script_asked("kill/driver-1"), 1);
}

static void test_output_out_of_reach_is_told_in_seconds(void **state)
{
    script_creation(1);
    script_state(1, "RUNNING");
    script_error("http://w:8081/log/", ERROR_UNREACHABLE, "cannot reach w");
    script_always();
    script_error("http://m:8080/proxy/", ERROR_NOT_FOUND, "no proxy");
    script_always();
    script_master("http://w:8081", 6144);
    wait_for(&outcome, ensure);
    loop_run(20000);
    assert_error(&outcome.error, ERROR_DRIVER_SILENT, "cannot reach w");
    assert_int_equal(script_asked("kill/driver-1"), 1);
}

static void test_a_submission_that_fails_is_the_error(void **state)
{
    script_error("create", ERROR_UNREACHABLE, "cannot reach m");
    ensure_long();
    assert_error(&outcome.error, ERROR_UNREACHABLE, "cannot reach m");
}

static void test_every_caller_is_told_of_the_failure(void **state)
{
    script_error("create", ERROR_UNREACHABLE, "cannot reach m");
    wait_for(&outcome, ensure);
    wait_for(&other, ensure);
    loop_run(1000);
    assert_error(&outcome.error, ERROR_UNREACHABLE, "cannot reach m");
    assert_error(&other.error, ERROR_UNREACHABLE, "cannot reach m");
}

static void test_after_a_failure_the_next_need_starts_anew(void **state)
{
    script_error("create", ERROR_UNREACHABLE, "cannot reach m");
    ensure_long();
    script_session(1);
    ensure_long();
    assert_json(outcome.result, "{}");
}

static void test_properties_that_spark_would_refuse_start_nothing(void **state)
{
    configure_session("SPARK_CONF=spark.driver.memory=lots", NULL);
    ensure_long();
    assert_error(&outcome.error, ERROR_CONFIGURATION, "spark.driver.memory");
    assert_int_equal(created(), 0);
}

/* ---- out of reach ---- */

static void script_session_out_of_reach(void)
{
    script_error("GET http://w:40401/proof", ERROR_UNREACHABLE, "cannot reach w:40401");
    script_always();
    script_no_proxy();
    script_session(1);
}

static const char *unreachable(void)
{
    return jx_string(outcome.result, "unreachable");
}

static void test_a_session_out_of_reach_is_told_with_what_helps(void **state)
{
    script_session_out_of_reach();
    ensure_long();
    assert_contains(unreachable(), "http://w:40401");
    assert_contains(unreachable(), "cannot reach w:40401");
    assert_contains(unreachable(), "SPARK_SESSION_PORT");
}

static void test_a_session_out_of_reach_is_killed(void **state)
{
    script_session_out_of_reach();
    ensure_long();
    assert_int_equal(script_asked("kill/driver-1"), 1);
}

static void test_out_of_reach_are_three_requests(void **state)
{
    script_error("GET http://w:40401/proof", ERROR_UNREACHABLE, "cannot reach w:40401");
    script_error("GET http://w:40401/proof", ERROR_TIMEOUT, "no answer");
    script_session(1);
    wait_for(&outcome, ensure);
    loop_run(299);
    assert_int_equal(script_asked("http://w:40401/proof"), 1);
    loop_run(1000);
    assert_json(outcome.result, "{}");
    assert_int_equal(killed(), 0);
}

static void test_out_of_reach_is_remembered_for_five_minutes(void **state)
{
    script_session_out_of_reach();
    wait_for(&outcome, ensure);
    loop_run(1000);
    loop_run(298000);
    wait_for(&outcome, ensure);
    loop_run(0);
    assert_contains(unreachable(), "http://w:40401");
    assert_int_equal(created(), 1);
}

static void test_out_of_reach_is_looked_at_again_after_five_minutes(void **state)
{
    script_session_out_of_reach();
    wait_for(&outcome, ensure);
    loop_run(1000);
    loop_run(300000);
    script_session(2);
    ensure_long();
    assert_json(outcome.result, "{}");
    assert_text(session_driver_id(), "driver-2");
}

/* ---- through the master ---- */

#define RELAYED "http://m:8080/proxy/app-1/mcp-spark-server"

static void script_walls(const char *announced)
{
    char out[400];

    snprintf(out, sizeof out, LINE "session 40401\n" LINE "relay %s\n", announced);
    script_creation(1);
    script_state(1, "RUNNING");
    script_master("http://w:8081", 6144);
    script_output(1, out, "");
    refuse("GET http://w:40401/proof");
    script_json("GET http://m:8080/proxy/worker-1/json/",
                "{'masterwebuiurl':'http://m:8080'}");
}

static void test_a_session_behind_walls_is_asked_through_the_master(void **state)
{
    configure_session("SPARK_UI_AUTH=basic:me:mine", NULL);
    script_walls("app-1");
    script_json("GET " RELAYED "/proof", PROOF);
    script_json("GET " RELAYED "/status", "{}");
    wait_for(&outcome, ensure);
    loop_run(2000);
    assert_json(outcome.result, "{}");
    assert_null(script_bearer(script_find(RELAYED "/status")));
    assert_contains(script_header(script_find(RELAYED "/status")),
                    PROTOCOL_HEADER_TOKEN ": Bearer ");
    assert_string_not_equal(script_header(script_find(RELAYED "/proof")),
                            script_header(script_find(RELAYED "/status")));
}

static void test_who_answers_through_the_master_has_to_prove_it_too(void **state)
{
    script_walls("app-1");
    script_json("GET " RELAYED "/proof", "{'response':'something else'}");
    script_always();
    wait_for(&outcome, ensure);
    loop_run(5000);
    assert_contains(unreachable(), "http://w:40401, " RELAYED " cannot be reached");
    assert_int_equal(script_asked("mcp-spark-server/status"), 0);
    assert_int_equal(killed(), 1);
}

static void test_a_session_without_a_ui_is_out_of_reach(void **state)
{
    script_walls("-");
    wait_for(&outcome, ensure);
    loop_run(5000);
    assert_contains(unreachable(), "http://w:40401 cannot be reached");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_a_session_starts_on_first_need),
        claim(test_a_client_alone_starts_no_session),
        claim(test_an_eager_session_starts_with_the_client),
        claim(test_an_eager_session_that_is_off_is_not_started),
        claim(test_many_callers_start_one_session),
        claim(test_a_session_that_runs_serves_the_next_caller),
        claim(test_a_caller_that_gives_up_leaves_the_start_to_the_others),
        claim(test_the_announced_port_is_asked_at_the_host_of_the_workers_ui),
        claim(test_the_host_may_be_an_address_of_ip_6),
        claim(test_a_session_is_looked_for_wherever_it_may_be),
        claim(test_who_cannot_prove_to_be_the_session_is_not_shown_its_token),
        claim(test_every_address_that_was_tried_is_named),
        claim(test_the_start_is_told_every_second),
        claim(test_a_cluster_without_room_is_told_in_seconds),
        claim(test_a_cluster_without_a_worker_is_told_as_that),
        claim(test_a_driver_without_room_is_taken_back),
        claim(test_a_driver_that_ends_tells_its_cause),
        claim(test_a_driver_that_has_ended_is_not_killed),
        claim(test_a_driver_that_never_announces_its_session_is_killed),
        claim(test_output_out_of_reach_is_told_in_seconds),
        claim(test_a_submission_that_fails_is_the_error),
        claim(test_every_caller_is_told_of_the_failure),
        claim(test_after_a_failure_the_next_need_starts_anew),
        claim(test_properties_that_spark_would_refuse_start_nothing),
        claim(test_a_session_out_of_reach_is_told_with_what_helps),
        claim(test_a_session_out_of_reach_is_killed),
        claim(test_out_of_reach_are_three_requests),
        claim(test_out_of_reach_is_remembered_for_five_minutes),
        claim(test_out_of_reach_is_looked_at_again_after_five_minutes),
        claim(test_a_session_behind_walls_is_asked_through_the_master),
        claim(test_who_answers_through_the_master_has_to_prove_it_too),
        claim(test_a_session_without_a_ui_is_out_of_reach),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
