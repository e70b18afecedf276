#include "spark/envelope.h"

#include "base/jx.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static struct error error;

static int begin(void **state)
{
    memset(&error, 0, sizeof error);
    return 0;
}

static int end(void **state)
{
    return 0;
}

static void assert_fails(const char *envelope)
{
    json_auto_t *value = json_of(envelope);

    assert_null(envelope_open(value, &error));
}

/* The members of an error. */
static void open_error(const char *told)
{
    char envelope[3000];

    snprintf(envelope, sizeof envelope, "{'ok':false,'error':{%s}}", told);
    assert_fails(envelope);
}

static void assert_text_of(const char *wanted)
{
    char text[sizeof error];

    error_describe(&error, text, sizeof text);
    assert_text(text, wanted);
}

/* ---- results ---- */

static void test_the_result_outlives_its_envelope(void **state)
{
    json_t *envelope = json_of("{'ok':true,'result':{'rows':[]},'kept':{}}");
    json_auto_t *result = envelope_open(envelope, &error);

    json_decref(envelope);
    assert_json(result, "{'rows':[]}");
}

static void test_rows_that_come_as_text_are_passed_on_as_they_are(void **state)
{
    json_auto_t *envelope =
        json_of("{'ok':true,'result':{'rowCount':2,'rowsText':'[[1.50],[2]]'}}");
    json_auto_t *result = envelope_open(envelope, &error);

    assert_text(jx_raw_text(json_object_get(result, "rows")), "[[1.50],[2]]");
    assert_null(json_object_get(result, "rowsText"));
    assert_int_equal(jx_int(result, "rowCount"), 2);
}

static void test_broken_rows_are_no_result(void **state)
{
    const char *const broken[] = {"",          "[",   "[1]\\n[2]", "[[1]],", "1]",
                                  "[\\u0001]", "[]]", "[*****]",   "[[1],]", "[01]"};
    char envelope[100];

    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        snprintf(envelope, sizeof envelope, "{'ok':true,'result':{'rowsText':'%s'}}",
                 broken[i]);
        assert_fails(envelope);
        assert_error(&error, ERROR_BAD_ANSWER, "broken rows");
    }
}

static void test_a_result_that_is_not_ok_is_none(void **state)
{
    assert_fails("{'ok':false,'result':{},'error':{'class':'X','message':'no'}}");
    assert_error(&error, ERROR_SPARK, "no");
}

static void test_an_envelope_with_nothing_in_it_is_an_error_with_words(void **state)
{
    assert_fails("{}");
    assert_error(&error, ERROR_BAD_ANSWER, "neither");
}

static void test_an_envelope_that_is_none_is_an_error_with_words(void **state)
{
    assert_fails("5");
    assert_error(&error, ERROR_BAD_ANSWER, "neither");
}

/* ---- errors of Spark's ---- */

static void test_an_error_is_sparks_class_and_words(void **state)
{
    open_error(
        "'class':'TABLE_OR_VIEW_NOT_FOUND','sqlState':'42P01','message':'The table `x` "
        "cannot be found.','next':'There is y.'");
    assert_int_equal(error.kind, ERROR_SPARK);
    assert_text_of(
        "TABLE_OR_VIEW_NOT_FOUND (SQLSTATE 42P01)\nThe table `x` cannot be found.\n"
        "There is y.");
}

static void test_an_error_may_have_no_sqlstate(void **state)
{
    open_error("'class':'OutOfMemoryError','message':'Java heap space'");
    assert_text_of("OutOfMemoryError\nJava heap space");
}

static void test_an_error_tells_where_in_the_statement(void **state)
{
    open_error("'class':'X','message':'no','position':{'line':2,'column':15,'fragment':"
               "'a / 0'}");
    assert_text_of("X\nno\nAt line 2, column 15: a / 0");
}

static void test_a_position_may_be_without_a_fragment(void **state)
{
    open_error("'class':'X','message':'no','position':{'line':2,'column':15}");
    assert_text_of("X\nno\nAt line 2, column 15");
}

static void test_an_error_of_code_names_its_line_and_what_was_printed(void **state)
{
    open_error("'class':'ValueError','message':'no','position':{'line':2,'fragment':"
               "'f(x)'},'printed':'one\\ntwo'");
    assert_text_of("ValueError\nno\nAt line 2: f(x)\nPrinted before:\none\ntwo");
}

static void test_a_position_may_be_a_fragment_alone(void **state)
{
    open_error("'class':'X','message':'no','position':{'fragment':'a / 0'}");
    assert_text_of("X\nno\nAt: a / 0");
}

static void test_an_error_tells_its_cause(void **state)
{
    open_error("'class':'X','message':'no','cause':'java.io.IOException: no disk'");
    assert_text_of("X\nno\nCaused by: java.io.IOException: no disk");
}

static void test_an_error_that_is_too_long_is_cut_visibly(void **state)
{
    char told[2600];

    snprintf(told, sizeof told, "'class':'X','message':'%02500d'", 0);
    open_error(told);
    assert_int_equal(strlen(error.detail), sizeof error.detail - 1);
    assert_text(error.detail + sizeof error.detail - 5, "0...");
}

/* ---- refusals and the rest ---- */

static void test_a_refusal_is_about_the_arguments(void **state)
{
    open_error("'class':'REFUSED','message':'no path','next':'Give one.'");
    assert_int_equal(error.kind, ERROR_ARGUMENTS);
    assert_text_of("no path\nGive one.");
}

static void test_a_refusal_lists_all_its_problems(void **state)
{
    open_error("'class':'REFUSED','message':'two things','problems':['a is b','c is d']");
    assert_text_of("two things\n- a is b\n- c is d");
}

static void test_a_refusal_may_tell_where_in_the_statement(void **state)
{
    open_error("'class':'REFUSED','message':'it writes','position':{'line':1,'column':8},"
               "'problems':['a is b']");
    assert_text_of("it writes\nAt line 1, column 8\n- a is b");
}

static void test_a_cancelled_operation_is_told_as_such(void **state)
{
    open_error("'class':'CANCELLED','message':'x'");
    assert_int_equal(error.kind, ERROR_CANCELLED);
    assert_text_of("the operation was cancelled");
}

static void test_an_operation_that_took_too_long_is_told_with_what_helps(void **state)
{
    open_error("'class':'TIMEOUT','message':'it was stopped after 5 seconds','next':"
               "'Raise timeout_seconds.'");
    assert_error(&error, ERROR_SPARK, "it was stopped after 5 seconds");
    assert_error(&error, ERROR_SPARK, "Raise timeout_seconds.");
}

/* ---- sentences that are added ---- */

static void test_a_sentence_is_a_warning_of_a_result(void **state)
{
    json_auto_t *result = json_of("{'rows':[]}");

    envelope_add_sentence(result, &error, "one");
    envelope_add_sentence(result, &error, "two");
    assert_json(result, "{'rows':[],'warnings':['one','two']}");
}

static void test_a_sentence_stands_below_the_detail_of_an_error(void **state)
{
    open_error("'class':'X','message':'no'");
    envelope_add_sentence(NULL, &error, "one");
    assert_text(error.detail, "no\none");
}

static void test_a_sentence_may_be_the_detail_of_an_error(void **state)
{
    open_error("'class':'X'");
    envelope_add_sentence(NULL, &error, "one");
    assert_text(error.detail, "one");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_an_error_of_code_names_its_line_and_what_was_printed),
        claim(test_the_result_outlives_its_envelope),
        claim(test_rows_that_come_as_text_are_passed_on_as_they_are),
        claim(test_broken_rows_are_no_result),
        claim(test_a_result_that_is_not_ok_is_none),
        claim(test_an_envelope_with_nothing_in_it_is_an_error_with_words),
        claim(test_an_envelope_that_is_none_is_an_error_with_words),
        claim(test_an_error_is_sparks_class_and_words),
        claim(test_an_error_may_have_no_sqlstate),
        claim(test_an_error_tells_where_in_the_statement),
        claim(test_a_position_may_be_without_a_fragment),
        claim(test_a_position_may_be_a_fragment_alone),
        claim(test_an_error_tells_its_cause),
        claim(test_an_error_that_is_too_long_is_cut_visibly),
        claim(test_a_refusal_is_about_the_arguments),
        claim(test_a_refusal_lists_all_its_problems),
        claim(test_a_refusal_may_tell_where_in_the_statement),
        claim(test_a_cancelled_operation_is_told_as_such),
        claim(test_an_operation_that_took_too_long_is_told_with_what_helps),
        claim(test_a_sentence_is_a_warning_of_a_result),
        claim(test_a_sentence_stands_below_the_detail_of_an_error),
        claim(test_a_sentence_may_be_the_detail_of_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
