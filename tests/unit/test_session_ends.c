/* How a session is kept, is lost and ends. */
#include "spark/session.h"
#include "spark/session_notice.h"

#include "base/jx.h"
#include "scripted_http.h"
#include "session_script.h"
#include "unit.h"
#include "waiting.h"

#include <string.h>

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

static void examine(struct flow *flow, struct reply *reply)
{
    session_examine(flow, reply);
}

static void wait_long(void (*start)(struct flow *, struct reply *))
{
    wait_for(&outcome, start);
    for (int seconds = 0; !outcome.has_ended && seconds < 300; seconds++)
        loop_run(1000);
    assert_true(outcome.has_ended);
}

static size_t killed(void)
{
    return script_asked("kill");
}

/* ---- kept ---- */

static void test_a_session_hears_of_its_server_well_before_it_would_end(void **state)
{
    script_session(1);
    have_session();
    for (int half = 1; half <= 4; half++) {
        loop_run(15000);
        assert_in_range(script_asked("http://w:40401/status"), 1 + 2 * half,
                        1 + 4 * half);
    }
}

static void test_the_application_is_learnt_from_its_status(void **state)
{
    script_session(1);
    have_session();
    loop_run(6000);
    assert_text(session_application_id(), "app-1");
}

static void test_a_missed_sign_is_no_loss(void **state)
{
    script_json("GET http://w:40401/status", "{}");
    script_error("GET http://w:40401/status", ERROR_TIMEOUT, "no answer");
    script_session(1);
    have_session();
    loop_run(30000);
    assert_null(session_take_notice());
    assert_text(session_driver_id(), "driver-1");
}

static void test_a_session_that_stays_unheard_is_killed(void **state)
{
    script_session(1);
    have_session();
    script_deafness(1);
    loop_run(20000);
    assert_int_equal(killed(), 0);
    loop_run(60000);
    assert_int_equal(script_asked("kill/driver-1"), 1);
}

/* ---- lost ---- */

static void assert_notice(const char *words)
{
    json_auto_t *notice = session_take_notice();

    assert_contains(json_string_value(notice), words);
}

static void lose_session(const char *state, const char *words)
{
    script_session(1);
    have_session();
    script_loss(1, state, words);
    loop_run(10000);
}

static void test_a_session_that_was_idle_says_so(void **state)
{
    lose_session("FINISHED", LINE "session-ends idle\n");
    assert_notice("the session driver-1 ended (it was idle for 900 s)");
}

static void test_a_session_that_heard_nothing_says_so(void **state)
{
    lose_session("FINISHED", LINE "session-ends unheard\n");
    assert_notice("it had heard nothing from this server for more than 30 s");
}

static void test_a_session_that_was_killed_says_so(void **state)
{
    lose_session("KILLED", "");
    assert_notice("its driver ended as KILLED");
}

static void test_a_full_heap_is_told_with_what_to_raise(void **state)
{
    lose_session("FAILED",
                 "ERROR Executor: x: java.lang.OutOfMemoryError: Java heap space\n");
    assert_notice("its driver ended as FAILED: java.lang.OutOfMemoryError: Java heap "
                  "space; raise spark.driver.memory in SPARK_CONF");
}

static void test_a_session_that_failed_tells_its_cause(void **state)
{
    lose_session("FAILED", TRACEBACK);
    assert_notice("ModuleNotFoundError: No module named 'nowhere'");
}

static void test_a_session_that_the_master_has_forgotten_is_lost(void **state)
{
    script_session(1);
    have_session();
    script_deafness(1);
    script_forget("GET http://m:6066/v1/submissions/status/driver-1");
    script_json("status/driver-1", "{'success':false}");
    script_always();
    script_output(1, "", "");
    script_error("GET http://w:8081/", ERROR_UNREACHABLE, "cannot reach w");
    script_always();
    loop_run(10000);
    assert_notice("the master has no such driver any more");
}

static void test_a_session_that_the_master_forgets_while_it_starts_begins_again(
    void **state)
{
    script_creation(1);
    script_json("GET http://m:6066/v1/submissions/status/driver-1", "{'success':false}");
    script_always();
    script_json("GET http://m:8080/json/", "{'status':'ALIVE','workers':[]}");
    script_json("GET http://m:8080/json/", "{'status':'ALIVE','workers':[]}");
    script_always();
    script_session(2);
    wait_for(&outcome, session_ensure);
    loop_run(20000);
    assert_false(outcome.has_failed);
    assert_text(session_driver_id(), "driver-2");
}

static void test_a_session_that_stayed_unheard_says_so(void **state)
{
    script_session(1);
    have_session();
    script_deafness(1);
    loop_run(90000);
    assert_notice("it could not be reached any more");
}

static void test_a_session_with_work_is_given_up_when_its_grace_is_over(void **state)
{
    script_session(1);
    have_session();
    session_count_work(1);
    script_deafness(1);
    loop_run(305000);
    assert_null(session_take_notice());
    loop_run(20000);
    assert_notice("it could not be reached any more");
    session_count_work(-1);
}

static void keep(const char *kept)
{
    json_auto_t *value = json_of(kept);

    session_set_kept(value);
}

static void test_what_was_kept_is_gone_and_named(void **state)
{
    script_session(1);
    have_session();
    keep("{'views':['orders','lines'],'cachedTables':['big'],'tables':[]}");
    script_loss(1, "KILLED", "");
    loop_run(10000);
    assert_notice("; gone with it: views orders, lines; cached tables big");
}

static void test_where_nothing_was_kept_nothing_is_gone(void **state)
{
    json_auto_t *notice = NULL;

    lose_session("KILLED", "");
    notice = session_take_notice();
    assert_lacks(json_string_value(notice), "gone");
}

static void test_a_loss_is_told_once(void **state)
{
    lose_session("KILLED", "");
    json_decref(session_take_notice());
    assert_null(session_take_notice());
}

static void test_the_next_need_starts_a_fresh_session(void **state)
{
    int generation;

    script_session(1);
    have_session();
    generation = session_generation();
    script_loss(1, "KILLED", "");
    loop_run(10000);
    assert_text(session_driver_id(), "");
    script_session(2);
    have_session();
    assert_text(session_driver_id(), "driver-2");
    assert_int_not_equal(session_generation(), generation);
}

static void test_what_was_kept_is_not_of_the_next_session(void **state)
{
    script_session(1);
    have_session();
    keep("{'views':['orders']}");
    script_loss(1, "KILLED", "");
    loop_run(10000);
    json_decref(session_take_notice());
    script_session(2);
    have_session();
    script_loss(2, "KILLED", "");
    loop_run(10000);
    json_auto_t *notice = session_take_notice();
    assert_lacks(json_string_value(notice), "orders");
}

/* ---- examined ---- */

static void test_a_session_whose_driver_runs_may_be_there(void **state)
{
    script_session(1);
    have_session();
    wait_long(examine);
    assert_json(outcome.result, "{}");
}

static void test_without_the_master_the_session_may_be_there(void **state)
{
    script_session(1);
    have_session();
    script_forget("GET http://m:6066/v1/submissions/status/driver-1");
    script_error("status/driver-1", ERROR_UNREACHABLE, "cannot reach m");
    script_always();
    wait_long(examine);
    assert_json(outcome.result, "{}");
}

static void test_a_session_whose_driver_has_ended_is_lost(void **state)
{
    script_session(1);
    have_session();
    script_loss(1, "KILLED", "");
    wait_long(examine);
    assert_json(outcome.result, "{'lost':'its driver ended as KILLED'}");
    assert_text(session_driver_id(), "");
}

static void test_who_looks_later_learns_of_the_loss_too(void **state)
{
    script_session(1);
    have_session();
    script_loss(1, "KILLED", "");
    wait_long(examine);
    wait_long(examine);
    assert_contains(jx_string(outcome.result, "lost"), "its driver ended as KILLED");
}

static void test_a_session_that_was_lost_is_asked_nothing_more(void **state)
{
    size_t asked;

    script_session(1);
    have_session();
    script_loss(1, "KILLED", "");
    wait_long(examine);
    asked = script_asked("/status ") + script_asked("/status");
    loop_run(60000);
    assert_int_equal(script_asked("/status ") + script_asked("/status"), asked);
}

static void test_a_long_cause_is_cut_at_a_character(void **state)
{
    char output[1000] = "Traceback (most recent call last):\nValueError: x";

    for (size_t i = strlen(output); i < 900; i += 2)
        memcpy(output + i, "\xC3\xBC", 3);
    strcat(output, "\n");
    script_session(1);
    have_session();
    script_loss(1, "FAILED", output);
    wait_long(examine);
    assert_contains(jx_string(outcome.result, "lost"), "ValueError: x\xC3\xBC");
}

static void test_a_long_list_of_what_was_kept_is_cut_at_a_character(void **state)
{
    char name[1801] = "";
    json_auto_t *kept = NULL, *notice = NULL;

    for (size_t i = 0; i < 900; i++)
        memcpy(name + 2 * i, "\xC3\xBC", 3);
    script_session(1);
    have_session();
    kept = jx_pack("{s:[s, s]}", "views", "x", name);
    session_set_kept(kept);
    script_loss(1, "KILLED", "");
    wait_long(examine);
    notice = session_take_notice();
    assert_contains(json_string_value(notice), "views x, \xC3\xBC");
}

static void test_who_examines_it_later_is_told_the_same_reason(void **state)
{
    script_session(1);
    have_session();
    script_loss(1, "KILLED", "");
    wait_long(examine);
    assert_text(jx_string(outcome.result, "lost"), "its driver ended as KILLED");
    wait_long(examine);
    assert_text(jx_string(outcome.result, "lost"), "its driver ended as KILLED");
}

static void test_a_session_whose_spark_has_ended_is_told_with_the_reason(void **state)
{
    struct error error;

    script_session(1);
    have_session();
    error_set(&error, ERROR_LOCAL_SPARK, "the private Spark's worker was killed");
    session_end_with_spark(&error);
    assert_notice("ended (the private Spark's worker was killed)");
    assert_text(session_driver_id(), "");
}

/* ---- given up, stopped, told ---- */

static void test_a_session_that_is_given_up_is_killed(void **state)
{
    script_session(1);
    have_session();
    session_give_up("it does not answer");
    loop_run(0);
    assert_int_equal(script_asked("kill/driver-1"), 1);
    assert_notice("ended (it does not answer)");
}

static void test_no_session_is_given_up(void **state)
{
    session_give_up("it does not answer");
    loop_run(0);
    assert_int_equal(killed(), 0);
    assert_null(session_take_notice());
}

static void test_stopping_kills_the_driver(void **state)
{
    script_session(1);
    have_session();
    session_stop();
    loop_run(0);
    assert_int_equal(script_asked("kill/driver-1"), 1);
    assert_int_equal(flow_count(), 0);
}

static void test_stopping_is_no_loss_to_be_told(void **state)
{
    script_session(1);
    have_session();
    session_stop();
    assert_null(session_take_notice());
}

static void test_a_start_that_is_stopped_kills_its_driver(void **state)
{
    script_creation(1);
    script_state(1, "RUNNING");
    script_output(1, "", "");
    script_master("http://w:8081", 6144);
    wait_for(&outcome, ensure);
    loop_run(2000);
    outcome_cancel(&outcome);
    session_stop();
    loop_run(0);
    assert_int_equal(script_asked("kill/driver-1"), 1);
}

static void test_a_start_that_is_stopped_while_it_submits_kills_its_driver(void **state)
{
    script_silence("create");
    wait_for(&outcome, ensure);
    loop_run(2000);
    outcome_cancel(&outcome);
    session_stop();
    script_answer("create", "{'success':true,'submissionId':'driver-1'}");
    loop_run(0);
    assert_int_equal(script_asked("kill/driver-1"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_a_session_hears_of_its_server_well_before_it_would_end),
        claim(test_the_application_is_learnt_from_its_status),
        claim(test_a_missed_sign_is_no_loss),
        claim(test_a_session_that_stays_unheard_is_killed),
        claim(test_a_session_that_was_idle_says_so),
        claim(test_a_session_that_heard_nothing_says_so),
        claim(test_a_session_that_was_killed_says_so),
        claim(test_a_full_heap_is_told_with_what_to_raise),
        claim(test_a_session_that_failed_tells_its_cause),
        claim(test_a_session_that_the_master_has_forgotten_is_lost),
        claim(test_a_session_that_the_master_forgets_while_it_starts_begins_again),
        claim(test_a_session_that_stayed_unheard_says_so),
        claim(test_a_session_with_work_is_given_up_when_its_grace_is_over),
        claim(test_what_was_kept_is_gone_and_named),
        claim(test_where_nothing_was_kept_nothing_is_gone),
        claim(test_a_loss_is_told_once),
        claim(test_the_next_need_starts_a_fresh_session),
        claim(test_what_was_kept_is_not_of_the_next_session),
        claim(test_a_session_whose_driver_runs_may_be_there),
        claim(test_without_the_master_the_session_may_be_there),
        claim(test_a_session_whose_driver_has_ended_is_lost),
        claim(test_who_looks_later_learns_of_the_loss_too),
        claim(test_a_session_that_was_lost_is_asked_nothing_more),
        claim(test_a_long_cause_is_cut_at_a_character),
        claim(test_a_long_list_of_what_was_kept_is_cut_at_a_character),
        claim(test_who_examines_it_later_is_told_the_same_reason),
        claim(test_a_session_whose_spark_has_ended_is_told_with_the_reason),
        claim(test_a_session_that_is_given_up_is_killed),
        claim(test_no_session_is_given_up),
        claim(test_stopping_kills_the_driver),
        claim(test_stopping_is_no_loss_to_be_told),
        claim(test_a_start_that_is_stopped_kills_its_driver),
        claim(test_a_start_that_is_stopped_while_it_submits_kills_its_driver),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
