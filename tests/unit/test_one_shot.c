/* The answer of an operation in a driver of its own, in frames. */
#include "base/jx.h"
#include "one_shot_script.h"
#include "scripted_http.h"
#include "session_script.h"
#include "unit.h"

static int begin(void **state)
{
    return one_shot_script_begin() ? 0 : -1;
}

static int end(void **state)
{
    return one_shot_script_end() ? 0 : -1;
}

/* ---- frames ---- */

static void test_the_answer_is_read_from_the_output(void **state)
{
    frame(1, 1, RESULT);
    run_written();
    assert_json(outcome.result, WANTED);
}

static void test_an_answer_in_pieces_is_put_together(void **state)
{
    frame(1, 3, "{\"ok\":true,\"resu");
    frame(2, 3, "lt\":{\"rows\"");
    frame(3, 3, ":[[1]]}}");
    run_written();
    assert_json(outcome.result, WANTED);
}

static void test_an_answer_of_several_pages_is_put_together(void **state)
{
    size_t first;

    frame(1, 2, "{\"ok\":true,\"resu");
    first = out.length;
    frame(2, 2, "lt\":{\"rows\":[[1]]}}");
    script_page(0, first);
    script_page(first, out.length);
    script_written();
    run_long();
    assert_json(outcome.result, WANTED);
}

static void test_a_piece_may_be_cut_by_the_end_of_a_page(void **state)
{
    frame(1, 1, RESULT);
    for (size_t at = 0; at < out.length; at += 7)
        script_page(at, at + 7 < out.length ? at + 7 : out.length);
    script_written();
    run_long();
    assert_json(outcome.result, WANTED);
}

static void test_foreign_lines_in_between_are_passed_over(void **state)
{
    buffer_add_text(&out, "from the JVM, with \xC3\xBC and without an end");
    frame(1, 2, "{\"ok\":true,\"resu");
    buffer_add_text(&out, LINE "application app-1 http://w:4040\n\nx\n");
    frame(2, 2, "lt\":{\"rows\":[[1]]}}");
    run_written();
    assert_json(outcome.result, WANTED);
}

static void test_a_foreign_line_may_be_longer_than_a_page(void **state)
{
    size_t page = 4000;

    buffer_printf(&out, "%09000d\n", 0);
    frame(1, 1, RESULT);
    for (size_t at = 0; at < out.length; at += page)
        script_page(at, at + page < out.length ? at + page : out.length);
    script_written();
    run_long();
    assert_json(outcome.result, WANTED);
}

static void test_a_piece_may_begin_and_end_with_blanks(void **state)
{
    frame(1, 2, "{\"ok\":true,\"result\":{\"text\":\"a ");
    frame(2, 2, "  b\"}} ");
    run_written();
    assert_text(jx_string(jx_object(outcome.result, "result"), "text"), "a   b");
}

static void test_a_piece_that_was_read_before_is_taken_once(void **state)
{
    frame(1, 2, "{\"ok\":true,\"resu");
    frame(1, 2, "{\"ok\":true,\"resu");
    frame(2, 2, "lt\":{\"rows\":[[1]]}}");
    run_written();
    assert_json(outcome.result, WANTED);
}

static void test_the_answer_to_another_operation_is_passed_over(void **state)
{
    add_frame(&out, "op-2", 1, 1, "{\"ok\":false}");
    frame(1, 1, RESULT);
    run_written();
    assert_json(outcome.result, WANTED);
}

static void test_an_answer_may_hold_an_escaped_nul(void **state)
{
    frame(1, 1, "{\"ok\":true,\"result\":{\"text\":\"a\\u0000b\"}}");
    run_written();
    assert_json(outcome.result, "{'ok':true,'result':{'text':'a\\u0000b'},"
                                "'submissionId':'driver-1'}");
}

static void test_an_answer_still_being_written_is_waited_for(void **state)
{
    size_t first;

    frame(1, 2, "{\"ok\":true,\"resu");
    first = out.length;
    frame(2, 2, "lt\":{\"rows\":[[1]]}}");
    script_page(0, first);
    for (int i = 0; i < 15; i++)
        script_page(first, first);
    script_page(first, first + 10);
    for (int i = 0; i < 15; i++)
        script_page(first + 10, first + 10);
    script_page(first + 10, out.length);
    script_written();
    run_long();
    assert_json(outcome.result, WANTED);
}

static void test_a_driver_that_has_ended_well_leaves_its_answer(void **state)
{
    frame(1, 1, RESULT);
    script_page(0, out.length);
    script_driver("FINISHED");
    script_output(1, buffer_text(&out), "");
    run_long();
    assert_json(outcome.result, WANTED);
}

/* ---- answers that are no good ---- */

static void assert_damaged(void)
{
    run_written();
    assert_error(&outcome.error, ERROR_BAD_ANSWER,
                 "the answer in the output of driver-1 is damaged");
    assert_contains(outcome.error.hint, "It took effect, if it writes");
}

static void test_a_damaged_piece_is_told(void **state)
{
    frame(1, 1, RESULT);
    out.data[out.length - 3] = '!';
    assert_damaged();
}

static void test_a_piece_with_foreign_words_inside_is_damaged(void **state)
{
    buffer_add_text(&out, LINE "result op-1 1/1 00000000 {\"ok\":words\n");
    assert_damaged();
}

static void test_a_piece_that_ends_early_is_damaged(void **state)
{
    frame(1, 1, RESULT);
    out.data[out.length - 5] = '\n';
    assert_damaged();
}

static void test_a_head_that_ends_early_is_damaged(void **state)
{
    buffer_add_text(&out, LINE "result op-1 \n1/1 00000000 x\n");
    assert_damaged();
}

static void test_a_missing_piece_is_told(void **state)
{
    frame(1, 3, "{\"ok\":true,\"resu");
    frame(3, 3, "lt\":{\"rows\":[[1]]}}");
    assert_damaged();
}

static void test_an_answer_that_does_not_come_to_its_end_is_told(void **state)
{
    script_half();
    run_long();
    assert_error(&outcome.error, ERROR_BAD_ANSWER, "is not complete");
    assert_error(&outcome.error, ERROR_BAD_ANSWER, "It may have taken effect");
}

static void test_an_answer_that_is_not_complete_is_waited_for_in_seconds(void **state)
{
    script_half();
    start_operation();
    loop_run(4000);
    assert_false(outcome.has_ended);
    loop_run(6000);
    assert_true(outcome.has_ended);
}

static void test_an_answer_that_is_no_json_is_told(void **state)
{
    frame(1, 1, "{\"ok\":tr");
    run_written();
    assert_error(&outcome.error, ERROR_BAD_ANSWER, "not valid JSON");
}

static void test_the_driver_of_a_damaged_answer_is_killed(void **state)
{
    frame(1, 1, RESULT);
    out.data[out.length - 3] = '!';
    run_written();
    assert_int_equal(script_asked("kill/driver-1"), 1);
}

static void test_the_driver_of_a_good_answer_ends_by_itself(void **state)
{
    frame(1, 1, RESULT);
    run_written();
    assert_int_equal(script_asked("kill"), 0);
}

/* ---- pages that fail ---- */

static void test_a_page_that_fails_is_asked_for_again(void **state)
{
    frame(1, 1, RESULT);
    script_error("byteLength=1048576", ERROR_TIMEOUT, "no answer");
    script_error("http://m:8080/proxy/", ERROR_TIMEOUT, "no answer");
    run_written();
    assert_json(outcome.result, WANTED);
}

static void test_pages_that_fail_for_long_are_the_error(void **state)
{
    frame(1, 1, RESULT);
    script_error("byteLength=1048576", ERROR_TIMEOUT, "no answer");
    script_always();
    script_error("http://m:8080/proxy/", ERROR_TIMEOUT, "no answer");
    script_always();
    script_written();
    run_long();
    assert_error(&outcome.error, ERROR_TIMEOUT, "no answer");
    assert_int_equal(script_asked("kill/driver-1"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_the_answer_is_read_from_the_output),
        claim(test_an_answer_in_pieces_is_put_together),
        claim(test_an_answer_of_several_pages_is_put_together),
        claim(test_a_piece_may_be_cut_by_the_end_of_a_page),
        claim(test_foreign_lines_in_between_are_passed_over),
        claim(test_a_foreign_line_may_be_longer_than_a_page),
        claim(test_a_piece_may_begin_and_end_with_blanks),
        claim(test_a_piece_that_was_read_before_is_taken_once),
        claim(test_the_answer_to_another_operation_is_passed_over),
        claim(test_an_answer_may_hold_an_escaped_nul),
        claim(test_an_answer_still_being_written_is_waited_for),
        claim(test_a_driver_that_has_ended_well_leaves_its_answer),
        claim(test_a_damaged_piece_is_told),
        claim(test_a_piece_with_foreign_words_inside_is_damaged),
        claim(test_a_piece_that_ends_early_is_damaged),
        claim(test_a_head_that_ends_early_is_damaged),
        claim(test_a_missing_piece_is_told),
        claim(test_an_answer_that_does_not_come_to_its_end_is_told),
        claim(test_an_answer_that_is_not_complete_is_waited_for_in_seconds),
        claim(test_an_answer_that_is_no_json_is_told),
        claim(test_the_driver_of_a_damaged_answer_is_killed),
        claim(test_the_driver_of_a_good_answer_ends_by_itself),
        claim(test_a_page_that_fails_is_asked_for_again),
        claim(test_pages_that_fail_for_long_are_the_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
