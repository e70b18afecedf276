/* Runs whose session is lost or does not answer. */
#include "base/jx.h"
#include "run_script.h"
#include "scripted_http.h"
#include "session_script.h"
#include "spark/session.h"
#include "unit.h"

#include <string.h>

static int begin(void **state)
{
    return run_script_begin() ? 0 : -1;
}

static int end(void **state)
{
    return run_script_end() ? 0 : -1;
}

/* The run meets what the session answers, and then its driver has ended. */
static void start_and_lose(const char *state)
{
    start_run();
    loop_run(50);
    script_loss(1, state, "");
}

static void test_what_may_have_arrived_is_never_posted_to_another_session(void **state)
{
    script_session(1);
    script_error(POST_1, ERROR_TIMEOUT, "no answer");
    start_and_lose("KILLED");
    loop_run(60000);
    assert_error(run_error(run), ERROR_SPARK, "the session ended while this ran");
    assert_error(run_error(run), ERROR_SPARK, "not run again");
    assert_int_equal(script_asked("create"), 1);
}

static void test_why_the_session_ended_is_told_once(void **state)
{
    char text[sizeof(struct error)];
    const char *why = "its driver ended as KILLED", *first;

    script_session(1);
    script_error(POST_1, ERROR_TIMEOUT, "no answer");
    start_and_lose("KILLED");
    loop_run(60000);
    error_describe(run_error(run), text, sizeof text);
    first = strstr(text, why);
    assert_non_null(first);
    assert_null(strstr(first + 1, why));
}

static void test_what_ran_on_a_spark_that_ended_is_told_why_and_ends_at_once(void **state)
{
    struct error error;

    script_session(1);
    script_json(POST_1, GOING("{}"));
    script_silence(GET_1);
    start_run();
    loop_run(50);
    error_set(&error, ERROR_LOCAL_SPARK, "the private Spark's worker was killed");
    error_hint(&error, "The next call starts another.");
    run_end_all(&error);
    assert_true(run_has_ended(run));
    assert_error(run_error(run), ERROR_LOCAL_SPARK, "worker was killed");
    assert_error(run_error(run), ERROR_LOCAL_SPARK,
                 "look at what is there first. The next call");
}

static void test_what_never_arrived_runs_in_a_fresh_session(void **state)
{
    script_session(1);
    script_error(POST_1, ERROR_UNREACHABLE, "cannot reach w");
    start_and_lose("KILLED");
    script_session(2);
    script_json(POST_2, DONE("{'rows':[]}"));
    loop_run(10000);
    assert_json(json_object_get(run_result(run), "rows"), "[]");
    assert_int_equal(script_asked(POST_2), 1);
}

static void test_what_was_answered_once_is_not_run_again(void **state)
{
    script_session(1);
    script_json(POST_1, GOING("{}"));
    script_error(GET_1, ERROR_UNREACHABLE, "cannot reach w");
    start_and_lose("KILLED");
    loop_run(10000);
    assert_error(run_error(run), ERROR_SPARK, "its driver ended as KILLED");
    assert_int_equal(script_asked("create"), 1);
}

static void test_what_a_lost_write_has_left_is_named(void **state)
{
    script_session(1);
    script_json(POST_1, GOING("{'unfinished':'s3a://b/.out.op-1'}"));
    script_error(GET_1, ERROR_UNREACHABLE, "cannot reach w");
    start_and_lose("KILLED");
    loop_run(10000);
    assert_error(run_error(run), ERROR_SPARK,
                 "writing is 's3a://b/.out.op-1': the next write");
}

static void test_a_result_tells_of_the_loss_before_it(void **state)
{
    script_session(1);
    have_session();
    script_loss(1, "KILLED", "");
    loop_run(10000);
    script_session(2);
    script_json(POST_2, DONE("{'warnings':['slow']}"));
    start_run();
    loop_run(1000);
    assert_json(run_result(run), "{'warnings':['slow','the session driver-1 ended "
                                 "(its driver ended as KILLED)']}");
}

static void test_an_error_tells_of_the_loss_before_it(void **state)
{
    script_session(1);
    have_session();
    script_loss(1, "KILLED", "");
    loop_run(10000);
    script_session(2);
    script_json(POST_2,
                "{'state':'done','outcome':{'ok':false,'error':{'class':'X','message':"
                "'no table orders'}}}");
    start_run();
    loop_run(1000);
    assert_error(run_error(run), ERROR_SPARK, "no table orders");
    assert_error(run_error(run), ERROR_SPARK, "the session driver-1 ended");
}

static void test_a_request_that_failed_is_sent_again_to_the_same_session(void **state)
{
    script_session(1);
    script_error(POST_1, ERROR_TIMEOUT, "no answer");
    script_json(POST_1, DONE("{}"));
    start_run();
    loop_run(2000);
    assert_json(run_result(run), "{}");
    assert_int_equal(script_asked("create"), 1);
    assert_true(json_equal((json_t *)script_sent(script_find(POST_1)),
                           (json_t *)script_sent(script_asked("") - 1)));
}

static void test_a_question_that_failed_is_asked_again(void **state)
{
    script_session(1);
    script_json(POST_1, GOING("{}"));
    script_error(GET_1, ERROR_TIMEOUT, "no answer");
    script_json(GET_1, DONE("{}"));
    start_run();
    loop_run(2000);
    assert_json(run_result(run), "{}");
    assert_int_equal(script_asked(POST_1), 1);
}

static void test_a_session_that_answers_no_more_is_given_up(void **state)
{
    script_session(1);
    script_json(POST_1, GOING("{}"));
    script_error(GET_1, ERROR_TIMEOUT, "no answer");
    script_always();
    start_run();
    loop_run(305000);
    assert_false(run_has_ended(run));
    loop_run(10000);
    assert_error(run_error(run), ERROR_SPARK, "it could not be reached any more");
    assert_int_equal(script_asked("kill/driver-1"), 1);
}

static void test_a_session_whose_answers_are_of_no_use_is_given_up_sooner(void **state)
{
    script_session(1);
    script_json(POST_1, GOING("{}"));
    script_error(GET_1, ERROR_BAD_ANSWER, "no JSON");
    script_always();
    start_run();
    loop_run(20000);
    assert_false(run_has_ended(run));
    loop_run(5000);
    assert_error(run_error(run), ERROR_SPARK, "it could not be reached any more");
}

static void test_how_long_it_has_been_silent_is_told(void **state)
{
    double done, total;

    script_session(1);
    script_json(POST_1, GOING("{}"));
    script_error(GET_1, ERROR_UNREACHABLE, "cannot reach w");
    script_always();
    start_run();
    loop_run(60500);
    assert_text(run_progress(run, &done, &total),
                "the session has not answered for 60 s, and may be going on with it; "
                "asking again");
}

static void test_an_outcome_that_the_session_no_longer_has_is_told(void **state)
{
    script_session(1);
    script_json(POST_1, GOING("{}"));
    script_error(GET_1, ERROR_NOT_FOUND, "answered HTTP 404");
    start_run();
    loop_run(1000);
    assert_error(run_error(run), ERROR_SPARK, "no longer has what came of op-");
    assert_error(run_error(run), ERROR_SPARK, "not run again");
    assert_int_equal(script_asked("kill"), 0);
}

/* ---- cancelled while the session is silent ---- */

static void test_a_cancellation_is_told_until_it_has_arrived(void **state)
{
    script_session(1);
    script_json(POST_1, GOING("{}"));
    script_error("/cancel", ERROR_UNREACHABLE, "cannot reach w");
    script_json(GET_1, GOING("{}"));
    script_always();
    start_run();
    loop_run(100);
    run_cancel(run);
    loop_run(1000);
    script_json("/cancel", GOING("{}"));
    loop_run(2000);
    assert_int_equal(script_asked("/cancel"), 2);
    script_forget(GET_1);
    script_json(GET_1, CANCELLED);
    loop_run(1000);
    assert_error(run_error(run), ERROR_CANCELLED, "cancelled");
}

static void test_what_may_be_on_its_way_is_cancelled_by_its_id(void **state)
{
    script_session(1);
    script_error(POST_1, ERROR_TIMEOUT, "no answer");
    script_json("/cancel", CANCELLED);
    script_json("/cancel", CANCELLED);
    start_run();
    loop_run(100);
    run_cancel(run);
    loop_run(1000);
    assert_error(run_error(run), ERROR_CANCELLED, "cancelled");
    assert_int_equal(script_asked(POST_1), 3); /* two of them end in /cancel */
}

static void test_what_never_arrived_at_a_session_given_up_runs_in_a_fresh_one(
    void **state)
{
    script_session(1);
    script_error(POST_1, ERROR_UNREACHABLE, "cannot reach w");
    script_always();
    start_run();
    loop_run(50);
    script_session(2);
    script_error(POST_2, ERROR_UNREACHABLE, "cannot reach w");
    script_json(POST_2, DONE("{}"));
    loop_run(45000);
    assert_non_null(run_result(run));
    assert_int_equal(script_asked("kill/driver-1"), 1);
    assert_int_equal(script_asked("kill"), 1);
}

static void test_the_patience_is_with_silence_without_a_break(void **state)
{
    script_session(1);
    script_json(POST_1, GOING("{}"));
    for (int i = 0; i < 30; i++)
        script_error(GET_1, ERROR_BAD_ANSWER, "no answer");
    script_json(GET_1, GOING("{}"));
    for (int i = 0; i < 30; i++)
        script_error(GET_1, ERROR_BAD_ANSWER, "no answer");
    script_json(GET_1, DONE("{}"));
    start_run();
    loop_run(40000);
    assert_json(run_result(run), "{}");
}

#define LOST_JVM_WITH(begun)                                                             \
    "{'state':'done','outcome':{'ok':false," begun                                       \
    "'error':{'class':'SESSION_LOST','message':'x'}}}"
#define LOST_JVM LOST_JVM_WITH("")

static void test_a_lost_jvm_is_told_as_spark_saw_it(void **state)
{
    script_session(1);
    script_json(POST_1, LOST_JVM);
    start_and_lose("ERROR");
    loop_run(10000);
    assert_error(run_error(run), ERROR_SPARK, "its driver ended as ERROR");
}

static void test_a_lost_jvm_whose_driver_seems_to_run_is_given_up(void **state)
{
    script_session(1);
    script_json(POST_1, LOST_JVM);
    script_json(GET_1, LOST_JVM);
    script_always();
    start_run();
    loop_run(25000);
    assert_error(run_error(run), ERROR_SPARK, "it could not be reached any more");
}

static void test_what_a_lost_jvm_never_began_runs_in_a_fresh_session(void **state)
{
    script_session(1);
    script_json(POST_1, LOST_JVM_WITH("'begun':false,"));
    start_and_lose("KILLED");
    script_session(2);
    script_json(POST_2, DONE("{'rows':[]}"));
    loop_run(10000);
    assert_json(json_object_get(run_result(run), "rows"), "[]");
}

/* The second session must not inherit what is known of the first. */
static void test_what_began_after_a_lost_jvm_is_not_run_a_third_time(void **state)
{
    script_session(1);
    script_json(POST_1, LOST_JVM_WITH("'begun':false,"));
    start_and_lose("KILLED");
    script_session(2);
    script_json(POST_2, LOST_JVM);
    script_json(GET_2, LOST_JVM);
    script_always();
    loop_run(10000);
    script_loss(2, "ERROR", "");
    loop_run(10000);
    assert_error(run_error(run), ERROR_SPARK, "its driver ended as ERROR");
    assert_int_equal(script_asked("create"), 2);
}

/* Another run found the loss and started a fresh session, which knows nothing of it. */
static void test_a_run_whose_session_was_replaced_is_lost(void **state)
{
    struct run *another;

    script_session(1);
    have_session();
    script_json(POST_1, GOING("{}"));
    script_silence(GET_1);
    start_run();
    loop_run(0);
    script_loss(1, "KILLED", "");
    loop_run(10000);
    script_session(2);
    script_json(POST_2, DONE("{}"));
    another = run_start("sql", json_object(), NULL);
    loop_run(1000);
    assert_non_null(run_result(another));
    script_error(GET_2, ERROR_NOT_FOUND, "HTTP 404");
    script_answer(GET_1, GOING("{}"));
    loop_run(2000);
    assert_error(run_error(run), ERROR_SPARK, "another session has taken its place");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_what_may_have_arrived_is_never_posted_to_another_session),
        claim(test_why_the_session_ended_is_told_once),
        claim(test_what_ran_on_a_spark_that_ended_is_told_why_and_ends_at_once),
        claim(test_what_never_arrived_runs_in_a_fresh_session),
        claim(test_what_was_answered_once_is_not_run_again),
        claim(test_what_a_lost_write_has_left_is_named),
        claim(test_a_result_tells_of_the_loss_before_it),
        claim(test_an_error_tells_of_the_loss_before_it),
        claim(test_a_request_that_failed_is_sent_again_to_the_same_session),
        claim(test_a_question_that_failed_is_asked_again),
        claim(test_a_session_that_answers_no_more_is_given_up),
        claim(test_a_session_whose_answers_are_of_no_use_is_given_up_sooner),
        claim(test_how_long_it_has_been_silent_is_told),
        claim(test_an_outcome_that_the_session_no_longer_has_is_told),
        claim(test_a_cancellation_is_told_until_it_has_arrived),
        claim(test_what_may_be_on_its_way_is_cancelled_by_its_id),
        claim(test_what_never_arrived_at_a_session_given_up_runs_in_a_fresh_one),
        claim(test_the_patience_is_with_silence_without_a_break),
        claim(test_a_lost_jvm_is_told_as_spark_saw_it),
        claim(test_a_lost_jvm_whose_driver_seems_to_run_is_given_up),
        claim(test_what_a_lost_jvm_never_began_runs_in_a_fresh_session),
        claim(test_what_began_after_a_lost_jvm_is_not_run_a_third_time),
        claim(test_a_run_whose_session_was_replaced_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
