#include "schema/schema.h"

#include "unit.h"

#include <string.h>

static json_t *problems;

static int begin(void **state)
{
    problems = json_array();
    return 0;
}

static int end(void **state)
{
    json_decref(problems);
    return 0;
}

static bool check(const char *schema, const char *value)
{
    json_auto_t *parsed_schema = json_of(schema);
    json_auto_t *parsed_value = json_of(value);

    return schema_check(parsed_schema, parsed_value, problems);
}

static void expect(const char *schema, const char *value, const char *problem)
{
    assert_false(check(schema, value));
    assert_int_equal(json_array_size(problems), 1);
    assert_text(json_string_value(json_array_get(problems, 0)), problem);
}

/* ---- type ---- */

static void test_every_type_takes_its_own(void **state)
{
    assert_true(check("{'type':'object'}", "{}"));
    assert_true(check("{'type':'array'}", "[]"));
    assert_true(check("{'type':'string'}", "''"));
    assert_true(check("{'type':'integer'}", "-3"));
    assert_true(check("{'type':'number'}", "1.5"));
    assert_true(check("{'type':'number'}", "3"));
    assert_true(check("{'type':'boolean'}", "false"));
    assert_true(check("{'type':'null'}", "null"));
}

static void test_another_type_is_a_problem_that_shows_the_value(void **state)
{
    expect("{'type':'string'}", "5", "$: wanted string, got 5");
}

static void test_a_whole_real_is_an_integer(void **state)
{
    assert_true(check("{'type':'integer'}", "3.0"));
}

static void test_a_real_with_a_fraction_is_no_integer(void **state)
{
    expect("{'type':'integer'}", "1.5", "$: wanted integer, got 1.5");
}

static void test_one_of_several_types_is_enough(void **state)
{
    assert_true(check("{'type':['string','number','boolean']}", "'a'"));
    assert_true(check("{'type':['string','number','boolean']}", "1"));
    assert_true(check("{'type':['string','number','boolean']}", "true"));
}

static void test_none_of_several_types_names_them_all(void **state)
{
    expect("{'type':['string','number']}", "null",
           "$: wanted string or number, got null");
}

static void test_a_long_value_is_cut_visibly(void **state)
{
    assert_false(check("{'type':'integer'}",
                       "'0123456789012345678901234567890123456789"
                       "0123456789012345678901234567890123456789'"));
    assert_contains(json_string_value(json_array_get(problems, 0)), "...");
}

/* ---- properties, required, additionalProperties ---- */

static void test_a_property_is_checked_with_its_path(void **state)
{
    expect("{'properties':{'a':{'properties':{'b':{'type':'integer'}}}}}",
           "{'a':{'b':'x'}}", "$.a.b: wanted integer, got \"x\"");
}

static void test_a_property_that_is_absent_is_no_problem(void **state)
{
    assert_true(check("{'properties':{'a':{'type':'integer'}}}", "{}"));
}

static void test_a_required_property_that_is_missing_is_a_problem(void **state)
{
    expect("{'required':['a','b']}", "{'a':1}", "$.b: required, but missing");
}

static void test_an_unknown_property_names_the_nearest(void **state)
{
    expect("{'properties':{'num_executors':{},'executor_cores':{}},"
           "'additionalProperties':false}",
           "{'num_executor':2}",
           "$.num_executor: no such argument; did you mean 'num_executors'?");
}

static void test_an_unknown_property_far_from_all_lists_them(void **state)
{
    expect("{'properties':{'limit':{}},'additionalProperties':false}", "{'zzzzzzz':2}",
           "$.zzzzzzz: no such argument; the arguments are limit");
}

static void test_further_properties_are_allowed_where_nothing_is_said(void **state)
{
    assert_true(check("{'properties':{'a':{}}}", "{'b':1}"));
}

static void test_further_properties_may_have_a_schema(void **state)
{
    expect("{'additionalProperties':{'type':'string'}}", "{'a':'x','b':1}",
           "$.b: wanted string, got 1");
}

/* ---- items ---- */

static void test_an_item_is_checked_with_its_index(void **state)
{
    expect("{'items':{'type':'string'}}", "['a',2]", "$[1]: wanted string, got 2");
}

static void test_an_item_deep_inside_has_its_whole_path(void **state)
{
    expect("{'properties':{'a':{'items':{'items':{'type':'string'}}}}}",
           "{'a':[['x'],['y',2]]}", "$.a[1][1]: wanted string, got 2");
}

/* ---- enum ---- */

static void test_a_value_of_the_enum_is_allowed(void **state)
{
    assert_true(check("{'enum':['queue','cancel',3]}", "'cancel'"));
    assert_true(check("{'enum':['queue','cancel',3]}", "3"));
}

static void test_another_value_names_the_nearest_of_the_enum(void **state)
{
    expect("{'enum':['cluster','drivers']}", "'driver'",
           "$: wanted one of \"cluster\", \"drivers\" (nearest: "
           "\"drivers\"), got \"driver\"");
}

static void test_a_value_far_from_all_lists_the_enum(void **state)
{
    expect("{'enum':['cluster','drivers']}", "5",
           "$: wanted one of \"cluster\", \"drivers\", got 5");
}

/* ---- minimum, maximum ---- */

static void test_bounds_are_inclusive(void **state)
{
    assert_true(check("{'minimum':1,'maximum':200}", "1"));
    assert_true(check("{'minimum':1,'maximum':200}", "200"));
}

static void test_a_number_below_the_minimum_is_a_problem(void **state)
{
    expect("{'minimum':1}", "0", "$: wanted at least 1, got 0");
}

static void test_a_number_above_the_maximum_is_a_problem(void **state)
{
    expect("{'maximum':230}", "231", "$: wanted at most 230, got 231");
}

static void test_a_large_bound_is_told_with_all_its_digits(void **state)
{
    expect("{'maximum':8388608}", "8388609", "$: wanted at most 8388608, got 8388609");
}

static void test_bounds_do_not_concern_strings(void **state)
{
    assert_true(check("{'minimum':1}", "'a'"));
}

/* ---- minLength, pattern, NUL ---- */

static void test_an_empty_text_is_a_problem_where_one_is_wanted(void **state)
{
    expect("{'minLength':1}", "''", "$: wanted a string that is not empty, got \"\"");
}

static void test_a_text_must_fit_the_pattern(void **state)
{
    assert_true(check("{'pattern':'^driver-[0-9]+$'}", "'driver-12'"));
    expect("{'pattern':'^driver-[0-9]+$'}", "'app-12'",
           "$: wanted a string that matches ^driver-[0-9]+$, got \"app-12\"");
}

static void test_a_text_with_a_nul_is_a_problem(void **state)
{
    expect("{'type':'string'}", "'a\\u0000b'",
           "$: wanted a string without NUL characters, got \"a\\u0000b\"");
}

/* ---- all together ---- */

static void test_every_problem_is_told_at_once(void **state)
{
    assert_false(
        check("{'type':'object','properties':{'a':{'type':'integer'},"
              "'b':{'enum':['x']}},'required':['c'],'additionalProperties':false}",
              "{'a':'1','b':'y','d':0}"));
    assert_int_equal(json_array_size(problems), 4);
}

static void test_a_wrong_type_is_told_alone(void **state)
{
    expect("{'type':'string','enum':['x'],'minLength':1}", "5",
           "$: wanted string, got 5");
}

static void test_problems_that_were_there_before_do_not_count(void **state)
{
    json_array_append_new(problems, json_string("of somebody else"));
    assert_true(check("{'type':'object'}", "{}"));
}

static void test_unknown_keywords_are_passed_over(void **state)
{
    assert_true(check("{'description':'x','default':5,'format':'uri'}", "'a'"));
}

static void test_a_long_path_does_not_overflow(void **state)
{
    json_auto_t *schema = json_of("{'type':'integer'}");
    json_auto_t *value = json_string("x");
    char key[200];

    memset(key, 'k', sizeof key - 1);
    key[sizeof key - 1] = '\0';
    for (int i = 0; i < 20; i++) {
        json_t *outer = json_pack("{s:{s:O}}", "properties", key, schema);
        json_t *around = json_pack("{s:O}", key, value);
        json_decref(schema);
        json_decref(value);
        schema = outer;
        value = around;
    }
    assert_false(schema_check(schema, value, problems));
    assert_int_equal(json_array_size(problems), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_every_type_takes_its_own),
        claim(test_another_type_is_a_problem_that_shows_the_value),
        claim(test_a_whole_real_is_an_integer),
        claim(test_a_real_with_a_fraction_is_no_integer),
        claim(test_one_of_several_types_is_enough),
        claim(test_none_of_several_types_names_them_all),
        claim(test_a_long_value_is_cut_visibly),
        claim(test_a_property_is_checked_with_its_path),
        claim(test_a_property_that_is_absent_is_no_problem),
        claim(test_a_required_property_that_is_missing_is_a_problem),
        claim(test_an_unknown_property_names_the_nearest),
        claim(test_an_unknown_property_far_from_all_lists_them),
        claim(test_further_properties_are_allowed_where_nothing_is_said),
        claim(test_further_properties_may_have_a_schema),
        claim(test_an_item_is_checked_with_its_index),
        claim(test_an_item_deep_inside_has_its_whole_path),
        claim(test_a_value_of_the_enum_is_allowed),
        claim(test_another_value_names_the_nearest_of_the_enum),
        claim(test_a_value_far_from_all_lists_the_enum),
        claim(test_bounds_are_inclusive),
        claim(test_a_number_below_the_minimum_is_a_problem),
        claim(test_a_number_above_the_maximum_is_a_problem),
        claim(test_a_large_bound_is_told_with_all_its_digits),
        claim(test_bounds_do_not_concern_strings),
        claim(test_an_empty_text_is_a_problem_where_one_is_wanted),
        claim(test_a_text_must_fit_the_pattern),
        claim(test_a_text_with_a_nul_is_a_problem),
        claim(test_every_problem_is_told_at_once),
        claim(test_a_wrong_type_is_told_alone),
        claim(test_problems_that_were_there_before_do_not_count),
        claim(test_unknown_keywords_are_passed_over),
        claim(test_a_long_path_does_not_overflow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
