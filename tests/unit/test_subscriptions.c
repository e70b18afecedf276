/* Subscriptions to a submission and an operation, on a scripted Spark. */
#include "base/jx.h"
#include "call_script.h"
#include "run_script.h"
#include "scripted_http.h"
#include "session_script.h"
#include "spark/cluster.h"
#include "tool_client.h"
#include "unit.h"
#include "waiting.h"

#include <stdio.h>

#define STATUS "GET http://m:6066/v1/submissions/status/driver-1"
#define SUBMISSION "spark://submissions/driver-1"
#define ENVELOPE                                                                         \
    "'_meta':{'io.modelcontextprotocol/protocolVersion':'2026-07-28',"                   \
    "'io.modelcontextprotocol/clientCapabilities':{}}"

static void send(const char *method, const char *uri)
{
    char line[300];

    snprintf(line, sizeof line,
             "{'jsonrpc':'2.0','id':7,'method':'resources/%s','params':{'uri':'%s'}}",
             method, uri);
    client_send(line);
    loop_run(0);
}

static size_t updates(const char *uri)
{
    const json_t *message;
    size_t i, count = 0;

    json_array_foreach (messages(), i, message)
        if (jx_is(message, "method", "notifications/resources/updated") &&
            jx_is(jx_object(message, "params"), "uri", uri))
            count++;
    return count;
}

static const json_t *last_message(void)
{
    const json_t *all = messages();

    return json_array_get(all, json_array_size(all) - 1);
}

/* The submission is in this state from now on. */
static void be_in(const char *state)
{
    script_forget(STATUS);
    script_state(1, state);
}

static void have_submission(const char *state)
{
    script_master("http://w:8081", 6144);
    script_output(1, "", "");
    be_in(state);
}

static void test_a_change_of_state_is_told_once(void **state)
{
    have_submission("RUNNING");
    send("subscribe", SUBMISSION);
    loop_run(20000);
    assert_int_equal(updates(SUBMISSION), 0);
    be_in("RELAUNCHING");
    loop_run(10000);
    assert_int_equal(updates(SUBMISSION), 1);
}

static void test_after_the_end_nothing_is_asked_any_more(void **state)
{
    size_t asked;

    have_submission("RUNNING");
    send("subscribe", SUBMISSION);
    be_in("FINISHED");
    loop_run(10000);
    assert_int_equal(updates(SUBMISSION), 1);
    asked = script_asked(STATUS);
    loop_run(60000);
    assert_int_equal(script_asked(STATUS), asked);
    assert_int_equal(updates(SUBMISSION), 1);
}

static void test_the_pace_is_bounded(void **state)
{
    have_submission("RUNNING");
    send("subscribe", SUBMISSION);
    send("subscribe", SUBMISSION);
    loop_run(60000);
    assert_in_range(script_asked(STATUS), 10, 21);
}

static void test_there_is_an_end_to_how_many_there_may_be(void **state)
{
    char uri[60];

    script_error("GET http://m:", ERROR_UNREACHABLE, "cannot reach m");
    script_always();
    for (int i = 0; i < 33; i++) {
        snprintf(uri, sizeof uri, "spark://submissions/driver-9%d", i);
        send("subscribe", uri);
    }
    assert_contains(jx_string(jx_object(last_message(), "error"), "message"),
                    "there are 32 subscriptions already");
}

static void test_nothing_is_asked_after_unsubscribing(void **state)
{
    size_t asked;

    have_submission("RUNNING");
    send("subscribe", SUBMISSION);
    loop_run(5000);
    send("unsubscribe", SUBMISSION);
    asked = script_asked(STATUS);
    loop_run(60000);
    assert_int_equal(script_asked(STATUS), asked);
}

static void test_a_master_that_is_away_is_no_news(void **state)
{
    have_submission("RUNNING");
    send("subscribe", SUBMISSION);
    loop_run(1000);
    script_forget(STATUS);
    script_error(STATUS, ERROR_UNREACHABLE, "cannot reach m");
    script_always();
    loop_run(20000);
    assert_int_equal(updates(SUBMISSION), 0);
    be_in("KILLED");
    loop_run(10000);
    assert_int_equal(updates(SUBMISSION), 1);
}

static void test_what_is_not_there_has_ended(void **state)
{
    script_master("http://w:8081", 6144);
    script_json("GET http://w:8081/", "{'executors':[]}"); /* its worker is asked, too */
    script_json(STATUS, "{'success':false}");
    send("subscribe", SUBMISSION);
    loop_run(20000);
    assert_int_equal(updates(SUBMISSION), 1);
}

static void test_a_cluster_that_is_away_may_have_it(void **state)
{
    have_clusters();
    script_json(STATUS, "{'success':false}");
    script_always();
    script_error("GET http://n:6066/", ERROR_UNREACHABLE, "cannot reach n");
    script_always();
    send("subscribe", SUBMISSION);
    loop_run(20000);
    assert_int_equal(updates(SUBMISSION), 0);
}

static void test_the_end_of_an_operation_is_told(void **state)
{
    char uri[80];

    have_handle();
    snprintf(uri, sizeof uri, "spark://operations/%s", id);
    send("subscribe", uri);
    go_on(5);
    assert_int_equal(updates(uri), 0);
    script_answer(GET_1, DONE("{'columns':[],'rows':[]}"));
    loop_run(5000);
    assert_int_equal(updates(uri), 1);
}

static void test_looking_starts_no_private_spark(void **state)
{
    struct error error;

    assert_true(configure(&error, "SPARK_MASTER=local[1]", NULL));
    assert_true(cluster_configure(&error));
    send("subscribe", SUBMISSION);
    loop_run(10000);
    assert_int_equal(updates(SUBMISSION), 1);
}

static void test_a_listening_tells_with_its_id_until_it_is_cancelled(void **state)
{
    size_t asked;

    have_submission("RUNNING");
    client_send("{'jsonrpc':'2.0','id':'l','method':'subscriptions/listen','params':{"
                "'notifications':{'resourceSubscriptions':['" SUBMISSION "']}," ENVELOPE
                "}}");
    loop_run(1000);
    be_in("RELAUNCHING");
    loop_run(5000);
    assert_json(jx_object(jx_object(last_message(), "params"), "_meta"),
                "{'io.modelcontextprotocol/subscriptionId':'l'}");
    client_send("{'jsonrpc':'2.0','method':'notifications/cancelled','params':{"
                "'requestId':'l'}}");
    asked = script_asked(STATUS);
    loop_run(20000);
    assert_int_equal(script_asked(STATUS), asked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_a_change_of_state_is_told_once),
        claim(test_after_the_end_nothing_is_asked_any_more),
        claim(test_the_pace_is_bounded),
        claim(test_there_is_an_end_to_how_many_there_may_be),
        claim(test_nothing_is_asked_after_unsubscribing),
        claim(test_a_master_that_is_away_is_no_news),
        claim(test_what_is_not_there_has_ended),
        claim(test_a_cluster_that_is_away_may_have_it),
        claim(test_the_end_of_an_operation_is_told),
        claim(test_looking_starts_no_private_spark),
        claim(test_a_listening_tells_with_its_id_until_it_is_cancelled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
