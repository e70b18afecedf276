/* Runs that are cancelled, that have a driver of their own, that are kept, stuck, many.
 */
#include "base/jx.h"
#include "base/text.h"
#include "run_script.h"
#include "scripted_http.h"
#include "session_script.h"
#include "spark/session.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

#define CANCEL_1 "/cancel"

static int begin(void **state)
{
    return run_script_begin() ? 0 : -1;
}

static int end(void **state)
{
    return run_script_end() ? 0 : -1;
}

static void finish_run(void)
{
    script_session(1);
    script_json(POST_1, DONE("{}"));
    start_run();
    loop_run(1000);
    assert_true(run_has_ended(run));
}

/* ---- cancelled ---- */

static void cancel_in_session(void)
{
    script_session(1);
    script_json(CANCEL_1, "{}");
    script_json(POST_1, GOING("{}"));
    script_silence(GET_1);
    start_run();
    loop_run(1000);
    run_cancel(run);
    loop_run(0);
}

static void test_cancelling_is_told_to_the_session(void **state)
{
    char wanted[100];

    cancel_in_session();
    snprintf(wanted, sizeof wanted, "POST http://w:40401/operations/%s/cancel",
             run_id(run));
    assert_int_equal(script_asked(wanted), 1);
}

static void test_a_cancelled_run_ends_as_such_when_the_session_says_so(void **state)
{
    cancel_in_session();
    assert_false(run_has_ended(run));
    script_answer(GET_1, CANCELLED);
    loop_run(0);
    assert_error(run_error(run), ERROR_CANCELLED, "cancelled");
}

static void test_cancelling_leaves_the_session_running(void **state)
{
    cancel_in_session();
    script_answer(GET_1, CANCELLED);
    loop_run(0);
    assert_text(session_driver_id(), "driver-1");
    assert_int_equal(script_asked("kill"), 0);
}

static void test_a_result_that_comes_after_all_is_kept(void **state)
{
    cancel_in_session();
    script_answer(GET_1, DONE("{'rows':[]}"));
    loop_run(0);
    assert_json(run_result(run), "{'rows':[]}");
}

static void test_cancelling_twice_is_told_once(void **state)
{
    cancel_in_session();
    run_cancel(run);
    loop_run(0);
    assert_int_equal(script_asked(CANCEL_1), 1);
}

static void test_cancelling_what_has_ended_changes_nothing(void **state)
{
    finish_run();
    run_cancel(run);
    loop_run(0);
    assert_json(run_result(run), "{}");
    assert_int_equal(script_asked(CANCEL_1), 0);
}

static void test_cancelling_while_the_session_starts_ends_the_run_at_once(void **state)
{
    start_run();
    flow_dispatch();
    run_cancel(run);
    assert_error(run_error(run), ERROR_CANCELLED, "cancelled");
}

static void test_cancelling_while_the_session_starts_lets_it_start(void **state)
{
    script_session(1);
    start_run();
    flow_dispatch();
    run_cancel(run);
    loop_run(1000);
    assert_text(session_driver_id(), "driver-1");
    assert_int_equal(script_asked("/operations"), 0);
}

static void test_cancelling_an_operation_of_its_own_kills_its_driver(void **state)
{
    configure_session("SPARK_SESSION=off", NULL);
    script_one_shot("nobody", "{}");
    script_forget("/log/?driverId=driver-1&logType=stdout");
    script_output(1, "words\n", "");
    start_run();
    loop_run(5000);
    run_cancel(run);
    loop_run(0);
    assert_error(run_error(run), ERROR_CANCELLED, "cancelled");
    assert_int_equal(script_asked("kill/driver-1"), 1);
}

static void test_a_cancelled_run_is_not_posted_again(void **state)
{
    script_session(1);
    script_json(CANCEL_1, "{}");
    script_error(POST_1, ERROR_UNREACHABLE, "cannot reach w");
    start_run();
    loop_run(100);
    run_cancel(run);
    loop_run(1000);
    assert_error(run_error(run), ERROR_CANCELLED, "cancelled");
    assert_int_equal(script_asked(POST_1), 2); /* the cancellation is one */
}

static void test_a_cancelled_run_starts_no_fresh_session(void **state)
{
    script_session(1);
    script_error(POST_1, ERROR_UNREACHABLE, "cannot reach w");
    start_run();
    loop_run(100);
    script_loss(1, "KILLED", "");
    run_cancel(run);
    loop_run(10000);
    assert_error(run_error(run), ERROR_CANCELLED, "cancelled");
    assert_int_equal(script_asked("create"), 1);
}

static void test_cancelling_while_a_fresh_session_starts_ends_the_run_at_once(
    void **state)
{
    script_session(1);
    script_error(POST_1, ERROR_UNREACHABLE, "cannot reach w");
    start_run();
    loop_run(100);
    script_loss(1, "KILLED", "");
    script_silence("create");
    loop_run(5000);
    run_cancel(run);
    assert_error(run_error(run), ERROR_CANCELLED, "cancelled");
    session_stop();
    script_answer("create", "{'success':false}");
}

/* ---- in drivers of their own ---- */

static void test_without_sessions_an_operation_has_a_driver_of_its_own(void **state)
{
    configure_session("SPARK_SESSION=off", NULL);
    start_run();
    script_one_shot(run_id(run), "{'ok':true,'result':{'rows':[[1]]}}");
    loop_run(1000);
    assert_json(
        run_result(run),
        "{'rows':[[1]],'ranIn':'driver-1, a driver of its own: SPARK_SESSION is off'}");
}

static void test_a_session_out_of_reach_gives_an_operation_its_own_driver(void **state)
{
    script_error("GET http://w:40402/status", ERROR_UNREACHABLE, "cannot reach w:40402");
    script_always();
    script_no_proxy();
    script_session(2);
    start_run();
    script_one_shot(run_id(run), "{'ok':true,'result':{}}");
    loop_run(5000);
    assert_contains(jx_string(run_result(run), "ranIn"), "driver-1, a driver of its own");
    assert_contains(jx_string(run_result(run), "ranIn"), "http://w:40402");
}

static void test_the_error_of_an_operation_of_its_own_is_its_runs(void **state)
{
    configure_session("SPARK_SESSION=off", NULL);
    start_run();
    script_one_shot(run_id(run),
                    "{'ok':false,'error':{'class':'DIVIDE_BY_ZERO','message':'no'}}");
    loop_run(1000);
    assert_error(run_error(run), ERROR_SPARK, "DIVIDE_BY_ZERO");
}

static void test_progress_tells_how_a_driver_of_its_own_comes_on(void **state)
{
    double done, total;

    configure_session("SPARK_SESSION=off", NULL);
    script_creation(1);
    script_state(1, "SUBMITTED");
    script_master("http://w:8081", 6144);
    start_run();
    loop_run(2000);
    assert_text(run_progress(run, &done, &total), "SUBMITTED");
}

static void test_progress_tells_that_a_driver_of_its_own_is_submitted(void **state)
{
    double done, total;

    configure_session("SPARK_SESSION=off", NULL);
    script_silence("create");
    start_run();
    loop_run(1000);
    assert_text(run_progress(run, &done, &total), "submitting the operation's driver");
    run_stop_all();
    script_answer("create", "{'success':false}");
}

/* ---- kept ---- */

static void test_what_came_of_a_run_is_kept_for_fifteen_minutes(void **state)
{
    char id[40];

    finish_run();
    snprintf(id, sizeof id, "%s", run_id(run));
    loop_run(15 * 60000 - 2000);
    assert_json(run_result(run_find(id)), "{}");
}

static void test_what_came_of_a_run_is_forgotten_after_fifteen_minutes(void **state)
{
    char id[40];

    finish_run();
    snprintf(id, sizeof id, "%s", run_id(run));
    loop_run(15 * 60000 + 1);
    assert_null(run_find(id));
}

static void test_a_run_that_goes_on_is_not_forgotten(void **state)
{
    script_session(1);
    script_silence(POST_1);
    start_run();
    loop_run(20 * 60000);
    assert_ptr_equal(run_find(run_id(run)), run);
}

static void test_a_run_that_has_ended_can_be_forgotten(void **state)
{
    char id[40];

    finish_run();
    snprintf(id, sizeof id, "%s", run_id(run));
    run_forget(run);
    assert_null(run_find(id));
}

static void test_a_run_that_goes_on_cannot_be_forgotten(void **state)
{
    script_session(1);
    script_silence(POST_1);
    start_run();
    loop_run(1000);
    run_forget(run);
    assert_ptr_equal(run_find(run_id(run)), run);
}

/* ---- many ---- */

static void test_two_runs_have_two_ids(void **state)
{
    const struct run *one = run_start("sql", json_object(), NULL),
                     *two = run_start("sql", json_object(), NULL);

    assert_string_not_equal(run_id(one), run_id(two));
    assert_int_equal(strlen(run_id(one)), 15);
    assert_int_equal(strncmp(run_id(one), "op-", 3), 0);
}

static void test_a_run_is_found_by_its_id(void **state)
{
    start_run();
    assert_ptr_equal(run_find(run_id(run)), run);
    assert_null(run_find("op-000000000000"));
    assert_null(run_find(""));
}

static void start_many(int count)
{
    script_silence(POST_1);
    script_always();
    for (int i = 0; i < count; i++)
        assert_non_null(run_start("sql", json_object(), NULL));
}

static void test_there_is_a_limit_of_runs_that_go_on(void **state)
{
    script_session(1);
    start_many(RUNS_MAX);
    loop_run(1000);
    assert_null(run_start("sql", json_object(), NULL));
}

static void test_the_oldest_that_has_ended_makes_room(void **state)
{
    char first[40], second[40];

    script_session(1);
    for (int i = 0; i < RUNS_KEPT; i++) {
        script_json(POST_1, DONE("{}"));
        start_run();
        if (i < 2)
            text_copy(i == 0 ? first : second, sizeof first, run_id(run));
    }
    loop_run(1000);
    script_json(POST_1, DONE("{}"));
    start_run();
    loop_run(1000);
    assert_null(run_find(first));
    assert_non_null(run_find(second));
}

/* ---- stuck ---- */

static void starvation_for(int seconds)
{
    script_json(POST_1, STARVING);
    script_silence(GET_1);
    start_run();
    loop_run(1000);
    for (int i = 0; i < seconds; i++) {
        script_answer(GET_1, STARVING);
        script_silence(GET_1);
        loop_run(1000);
    }
}

/* The application of the session has no core, and asks for 2048 MiB. */
static void script_application(int free_memory)
{
    char answer[600];

    snprintf(answer, sizeof answer,
             "{'status':'ALIVE','workers':[{'id':'worker-1','host':'w','state':'ALIVE',"
             "'webuiaddress':'http://w:8081','cores':4,'coresfree':4,'memory':6144,"
             "'memoryfree':%d}],'activeapps':[{'id':'app-1','cores':0,"
             "'memoryperexecutor':2048}]}",
             free_memory);
    script_json("GET http://m:8080/json/", answer);
    script_always();
}

static void test_a_run_without_executors_is_stuck_after_seconds(void **state)
{
    script_application(1000);
    script_session(1);
    starvation_for(12);
    assert_text(
        run_stuck(run),
        "no worker can take an executor of the session now: "
        "it asks for 1 cores and 2048 MiB; w has 4 of 4 cores and 1000 of 6144 MiB free");
}

static void test_a_run_is_not_stuck_at_once(void **state)
{
    script_application(1000);
    script_session(1);
    starvation_for(5);
    assert_text(run_stuck(run), "");
}

static void test_a_run_that_can_have_executors_is_not_stuck(void **state)
{
    script_application(4000);
    script_session(1);
    starvation_for(12);
    assert_text(run_stuck(run), "");
}

static void test_a_run_whose_tasks_run_is_stuck_no_more(void **state)
{
    script_application(1000);
    script_session(1);
    starvation_for(12);
    script_answer(GET_1, GOING("{'tasksTotal':4,'tasksActive':1}"));
    script_silence(GET_1);
    loop_run(0);
    assert_text(run_stuck(run), "");
}

/* ---- the end of all ---- */

static void test_at_the_end_of_all_nothing_goes_on(void **state)
{
    script_session(1);
    start_many(3);
    loop_run(1000);
    run_stop_all();
    session_stop();
    loop_run(0);
    assert_int_equal(flow_count(), 0);
}

static void test_at_the_end_of_all_who_waits_is_told(void **state)
{
    script_session(1);
    script_silence(POST_1);
    start_run();
    loop_run(1000);
    await_news();
    run_stop_all();
    flow_dispatch();
    assert_true(outcome.has_ended);
}

static void test_at_the_end_of_all_drivers_of_their_own_are_killed(void **state)
{
    configure_session("SPARK_SESSION=off", NULL);
    script_one_shot("nobody", "{}");
    script_forget("/log/?driverId=driver-1&logType=stdout");
    script_output(1, "words\n", "");
    start_run();
    loop_run(5000);
    run_stop_all();
    loop_run(0);
    assert_int_equal(script_asked("kill/driver-1"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_cancelling_is_told_to_the_session),
        claim(test_a_cancelled_run_ends_as_such_when_the_session_says_so),
        claim(test_cancelling_leaves_the_session_running),
        claim(test_a_result_that_comes_after_all_is_kept),
        claim(test_cancelling_twice_is_told_once),
        claim(test_cancelling_what_has_ended_changes_nothing),
        claim(test_cancelling_while_the_session_starts_ends_the_run_at_once),
        claim(test_cancelling_while_the_session_starts_lets_it_start),
        claim(test_cancelling_an_operation_of_its_own_kills_its_driver),
        claim(test_a_cancelled_run_is_not_posted_again),
        claim(test_a_cancelled_run_starts_no_fresh_session),
        claim(test_cancelling_while_a_fresh_session_starts_ends_the_run_at_once),
        claim(test_without_sessions_an_operation_has_a_driver_of_its_own),
        claim(test_a_session_out_of_reach_gives_an_operation_its_own_driver),
        claim(test_the_error_of_an_operation_of_its_own_is_its_runs),
        claim(test_progress_tells_how_a_driver_of_its_own_comes_on),
        claim(test_progress_tells_that_a_driver_of_its_own_is_submitted),
        claim(test_what_came_of_a_run_is_kept_for_fifteen_minutes),
        claim(test_what_came_of_a_run_is_forgotten_after_fifteen_minutes),
        claim(test_a_run_that_goes_on_is_not_forgotten),
        claim(test_a_run_that_has_ended_can_be_forgotten),
        claim(test_a_run_that_goes_on_cannot_be_forgotten),
        claim(test_two_runs_have_two_ids),
        claim(test_a_run_is_found_by_its_id),
        claim(test_there_is_a_limit_of_runs_that_go_on),
        claim(test_the_oldest_that_has_ended_makes_room),
        claim(test_a_run_without_executors_is_stuck_after_seconds),
        claim(test_a_run_is_not_stuck_at_once),
        claim(test_a_run_that_can_have_executors_is_not_stuck),
        claim(test_a_run_whose_tasks_run_is_stuck_no_more),
        claim(test_at_the_end_of_all_nothing_goes_on),
        claim(test_at_the_end_of_all_who_waits_is_told),
        claim(test_at_the_end_of_all_drivers_of_their_own_are_killed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
