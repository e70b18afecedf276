/* Runs in a session: results and progress. */
#include "spark/run.h"

#include "base/jx.h"
#include "run_script.h"
#include "scripted_http.h"
#include "session_script.h"
#include "spark/session.h"
#include "spark/session_notice.h"
#include "unit.h"
#include "waiting.h"

#include <stdio.h>
#include <string.h>

static int begin(void **state)
{
    return run_script_begin() ? 0 : -1;
}

static int end(void **state)
{
    return run_script_end() ? 0 : -1;
}

/* ---- results ---- */

static void test_the_result_is_the_sessions(void **state)
{
    script_session(1);
    script_json(POST_1, DONE("{'rows':[[1]]}"));
    start_run();
    loop_run(1000);
    assert_true(run_has_ended(run));
    assert_json(run_result(run), "{'rows':[[1]]}");
}

static void test_an_operation_is_posted_with_its_id_and_arguments(void **state)
{
    char wanted[200];

    script_session(1);
    script_json(POST_1, DONE("{}"));
    start_run();
    loop_run(1000);
    snprintf(wanted, sizeof wanted,
             "{'id':'%s','operation':'sql','arguments':{'sql':'select 1'},'waitMs':1000}",
             run_id(run));
    assert_json(script_sent(script_find(POST_1)), wanted);
}

static void test_an_operation_that_takes_long_is_asked_for_by_its_id(void **state)
{
    char wanted[100];

    script_session(1);
    script_json(POST_1, GOING("{}"));
    script_json(GET_1, DONE("{'rows':[]}"));
    start_run();
    loop_run(1000);
    snprintf(wanted, sizeof wanted, "GET http://w:40401/operations/%s?waitMs=1000",
             run_id(run));
    assert_text(script_request(script_find(GET_1)), wanted);
    assert_json(run_result(run), "{'rows':[]}");
}

static void test_what_it_prints_is_told_once_as_it_comes(void **state)
{
    double done, total;
    char wanted[100];

    script_session(1);
    have_session();
    script_json(POST_1, GOING("{'printed':'one\\ntwo','printedTo':8,'tasksTotal':4}"));
    script_json(GET_1, GOING("{'phase':'writing'}"));
    script_json(GET_1, DONE("{}"));
    start_run();
    loop_run(20);
    assert_text(run_progress(run, &done, &total), "one\ntwo");
    snprintf(wanted, sizeof wanted,
             "GET http://w:40401/operations/%s?waitMs=1000&printed=8", run_id(run));
    assert_text(script_request(script_find(GET_1)), wanted);
    loop_run(50);
    assert_text(run_progress(run, &done, &total), "writing");
    loop_run(1000);
}

static void test_an_operation_that_takes_long_is_posted_once(void **state)
{
    script_session(1);
    script_json(POST_1, GOING("{}"));
    script_json(GET_1, GOING("{}"));
    script_json(GET_1, DONE("{}"));
    start_run();
    loop_run(1000);
    assert_int_equal(script_asked(POST_1), 1);
}

static void test_the_error_of_an_operation_is_its_runs(void **state)
{
    script_session(1);
    script_json(POST_1, "{'state':'done','outcome':{'ok':false,'error':{'class':"
                        "'DIVIDE_BY_ZERO','message':'Division by zero.'}}}");
    start_run();
    loop_run(1000);
    assert_null(run_result(run));
    assert_error(run_error(run), ERROR_SPARK, "DIVIDE_BY_ZERO");
    assert_error(run_error(run), ERROR_SPARK, "Division by zero.");
}

static void test_an_answer_that_is_too_large_is_not_asked_for_again(void **state)
{
    script_session(1);
    script_error(POST_1, ERROR_TOO_LARGE, "too large");
    start_run();
    loop_run(1000);
    assert_error(run_error(run), ERROR_TOO_LARGE, "too large");
    assert_int_equal(script_asked("/operations"), 1);
}

static void test_what_an_operation_keeps_is_named_at_a_loss(void **state)
{
    json_auto_t *notice = NULL;

    script_session(1);
    script_json(POST_1, "{'state':'done','outcome':{'ok':true,'result':{},"
                        "'kept':{'views':['orders']}}}");
    start_run();
    loop_run(1000);
    script_loss(1, "KILLED", "");
    loop_run(10000);
    notice = session_take_notice();
    assert_contains(json_string_value(notice), "views orders");
}

/* ---- starts that fail ---- */

static void test_a_session_that_does_not_start_is_the_error(void **state)
{
    script_error("create", ERROR_UNREACHABLE, "cannot reach m");
    start_run();
    loop_run(1000);
    assert_error(run_error(run), ERROR_UNREACHABLE, "cannot reach m");
}

/* ---- progress and news ---- */

static void script_progress(const char *progress)
{
    char answer[300];

    snprintf(answer, sizeof answer, GOING("%s"), progress);
    script_session(1);
    script_json(POST_1, answer);
    script_silence(GET_1);
}

static void assert_progress(const char *wanted, double wanted_done, double wanted_total)
{
    double done, total;

    start_run();
    loop_run(1000);
    assert_text(run_progress(run, &done, &total), wanted);
    assert_float_equal(done, wanted_done, 0);
    assert_float_equal(total, wanted_total, 0);
}

static void test_progress_counts_tasks_stages_and_rows(void **state)
{
    script_progress("{'tasksDone':3,'tasksTotal':10,'tasksActive':1,'stages':2,"
                    "'rowsRead':5000}");
    assert_progress("3 of 10 tasks done, 2 stages active, 5000 rows read", 3, 10);
}

static void test_progress_names_what_is_done_now(void **state)
{
    script_progress("{'phase':'writing','tasksDone':3,'tasksTotal':10,'stages':1,"
                    "'tasksActive':1}");
    assert_progress("writing: 3 of 10 tasks done, 1 stages active", 3, 10);
}

static void test_progress_may_be_a_phase_alone(void **state)
{
    script_progress("{'phase':'SparkContext starts'}");
    assert_progress("SparkContext starts", 0, 0);
}

static void test_progress_that_says_nothing_is_that_it_runs(void **state)
{
    script_progress("{}");
    assert_progress("running", 0, 0);
}

static void test_progress_begins_with_the_run(void **state)
{
    double done, total;

    start_run();
    assert_text(run_progress(run, &done, &total), "starting");
}

static void test_progress_tells_how_the_session_starts(void **state)
{
    double done, total;

    script_silence("create");
    start_run();
    loop_run(2500);
    assert_text(run_progress(run, &done, &total), "submitting the session's driver, 2 s");
    run_stop_all();
    session_stop();
    script_answer("create", "{'success':false}");
}

static void test_progress_is_news(void **state)
{
    script_session(1);
    script_json(POST_1, GOING("{}"));
    script_silence(GET_1);
    start_run();
    loop_run(1000);
    await_news();
    assert_false(outcome.has_ended);
    script_answer(GET_1, GOING("{}"));
    script_silence(GET_1);
    loop_run(0);
    assert_true(outcome.has_ended);
    assert_false(run_has_ended(run));
}

static void test_the_end_is_news(void **state)
{
    script_session(1);
    script_silence(POST_1);
    start_run();
    loop_run(1000);
    await_news();
    script_answer(POST_1, DONE("{}"));
    loop_run(0);
    assert_true(outcome.has_ended);
    assert_true(run_has_ended(run));
}

static void test_a_run_that_has_ended_is_not_waited_for(void **state)
{
    script_session(1);
    script_json(POST_1, DONE("{}"));
    start_run();
    loop_run(1000);
    await_news();
    assert_true(outcome.has_ended);
}

static void test_who_stops_waiting_for_news_leaves_the_run_alone(void **state)
{
    script_session(1);
    script_silence(POST_1);
    start_run();
    loop_run(1000);
    await_news();
    outcome_cancel(&outcome);
    script_answer(POST_1, DONE("{}"));
    loop_run(0);
    assert_json(run_result(run), "{}");
}

static void test_the_age_of_a_run_stands_still_at_its_end(void **state)
{
    script_session(1);
    script_silence(POST_1);
    start_run();
    loop_run(2000);
    assert_int_equal(run_age_ms(run), 2000);
    script_answer(POST_1, DONE("{}"));
    loop_run(5000);
    assert_int_equal(run_age_ms(run), 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_the_result_is_the_sessions),
        claim(test_an_operation_is_posted_with_its_id_and_arguments),
        claim(test_an_operation_that_takes_long_is_asked_for_by_its_id),
        claim(test_what_it_prints_is_told_once_as_it_comes),
        claim(test_an_operation_that_takes_long_is_posted_once),
        claim(test_the_error_of_an_operation_is_its_runs),
        claim(test_an_answer_that_is_too_large_is_not_asked_for_again),
        claim(test_what_an_operation_keeps_is_named_at_a_loss),
        claim(test_a_session_that_does_not_start_is_the_error),
        claim(test_progress_counts_tasks_stages_and_rows),
        claim(test_progress_names_what_is_done_now),
        claim(test_progress_may_be_a_phase_alone),
        claim(test_progress_that_says_nothing_is_that_it_runs),
        claim(test_progress_begins_with_the_run),
        claim(test_progress_tells_how_the_session_starts),
        claim(test_progress_is_news),
        claim(test_the_end_is_news),
        claim(test_a_run_that_has_ended_is_not_waited_for),
        claim(test_who_stops_waiting_for_news_leaves_the_run_alone),
        claim(test_the_age_of_a_run_stands_still_at_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
