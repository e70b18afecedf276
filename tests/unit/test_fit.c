/* Arguments as clients send them, and what they mean. */
#include "schema/schema.h"

#include "unit.h"

#include <string.h>

static json_t *schema, *notes, *fitted;

static int begin(void **state)
{
    schema = json_of("{'type':'object','required':['path'],'properties':{"
                     "'path':{'type':'string','minLength':1},"
                     "'format':{'type':'string','enum':['csv','json']},"
                     "'limit':{'type':'integer','minimum':0,'maximum':100},"
                     "'cache':{'type':'boolean'},"
                     "'list':{'type':'array','items':{'type':'string'}},"
                     "'numbers':{'type':'array','items':{'type':'integer'}},"
                     "'any':{'type':['string','number','boolean']},"
                     "'conf':{'type':'object','additionalProperties':{'type':'string'}},"
                     "'config':{'type':'object'}}}");
    notes = json_array();
    return 0;
}

static int end(void **state)
{
    json_decref(schema);
    json_decref(notes);
    json_decref(fitted);
    fitted = NULL;
    return 0;
}

static void fit(const char *arguments)
{
    json_auto_t *given = json_of(arguments);

    json_decref(fitted);
    fitted = schema_fit(schema, given, notes);
}

static void test_null_is_left_out(void **state)
{
    fit("{'path':'/"
        "x','format':null,'limit':null,'cache':null,'list':null,'config':null}");
    assert_json(fitted, "{'path':'/x'}");
}

static void test_null_for_what_is_required_is_told(void **state)
{
    json_auto_t *problems = json_array();

    fit("{'path':null}");
    assert_false(schema_check_arguments(schema, fitted, problems));
    assert_contains(json_string_value(json_array_get(problems, 0)),
                    "$.path: wanted string");
}

static void test_an_empty_choice_is_none(void **state)
{
    fit("{'path':'','format':''}");
    assert_json(fitted, "{'path':''}");
}

static void test_texts_are_read_where_no_text_is_taken(void **state)
{
    fit("{'path':'/"
        "x','limit':'10','cache':'True','list':'[\\u0022a\\u0022]','config':'{"
        "\\u0022a\\u0022:1}'}");
    assert_json(fitted,
                "{'path':'/x','limit':10,'cache':true,'list':['a'],'config':{'a':1}}");
    fit("{'path':'10','any':'10','numbers':['1',2]}");
    assert_json(fitted, "{'path':'10','any':'10','numbers':[1,2]}");
}

static void test_a_text_that_spells_nothing_stays(void **state)
{
    fit("{'path':'/x','limit':'many','cache':'perhaps','config':'[1]','list':'a'}");
    assert_json(
        fitted,
        "{'path':'/x','limit':'many','cache':'perhaps','config':'[1]','list':'a'}");
}

static void test_an_enum_may_be_in_any_case(void **state)
{
    fit("{'path':'/x','format':'CSV'}");
    assert_json(fitted, "{'path':'/x','format':'csv'}");
    fit("{'path':'/x','format':'XML'}");
    assert_json(fitted, "{'path':'/x','format':'XML'}");
}

static void test_a_whole_real_is_an_integer(void **state)
{
    fit("{'path':'/x','limit':2.0}");
    assert_json(fitted, "{'path':'/x','limit':2}");
    fit("{'path':'/x','limit':2.5}");
    assert_json(fitted, "{'path':'/x','limit':2.5}");
    assert_int_equal(json_array_size(notes), 0);
}

static void test_a_number_above_its_maximum_is_lowered_and_said(void **state)
{
    fit("{'path':'/x','limit':'1000'}");
    fit("{'path':'/x','limit':1e300}");
    assert_json(fitted, "{'path':'/x','limit':100}");
    assert_text(json_string_value(json_array_get(notes, 0)),
                "limit was lowered from 1000 to 100, the most that is taken");
    assert_int_equal(json_array_size(notes), 2);
}

static void test_what_hosts_add_is_passed_over_and_other_names_are_refused(void **state)
{
    json_auto_t *problems = json_array();

    fit("{'path':'/x','wait_for_previous':true,'fromat':'csv'}");
    assert_json(fitted, "{'path':'/x','fromat':'csv'}");
    assert_false(schema_check_arguments(schema, fitted, problems));
    assert_contains(json_string_value(json_array_get(problems, 0)),
                    "did you mean 'format'");
}

static void test_free_members_stay_as_they_are(void **state)
{
    fit("{'path':'/x','conf':{'a':'1','b':null,'c':''},'config':{'a':null,'b':'2'}}");
    assert_json(
        fitted,
        "{'path':'/x','conf':{'a':'1','b':null,'c':''},'config':{'a':null,'b':'2'}}");
}

static void test_numbers_and_booleans_in_a_list_or_map_of_texts_are_texts(void **state)
{
    fit("{'path':'/x','list':[3,-7,0.1,2.5,true,false,'a',null,[1]],"
        "'conf':{'a':0.6,'b':5,'c':false}}");
    assert_json(fitted,
                "{'path':'/x','list':['3','-7','0.1','2.5','true','false','a',null,[1]],"
                "'conf':{'a':'0.6','b':'5','c':'false'}}");
    fit("{'path':4}");
    assert_json(fitted, "{'path':4}");
}

static void test_the_arguments_themselves_stay(void **state)
{
    json_auto_t *given = json_of("{'path':'/x','limit':'1','list':['a'],'cache':null}");
    json_auto_t *copy = json_deep_copy(given);

    fitted = schema_fit(schema, given, notes);
    assert_true(json_equal(given, copy));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_null_is_left_out),
        claim(test_null_for_what_is_required_is_told),
        claim(test_an_empty_choice_is_none),
        claim(test_texts_are_read_where_no_text_is_taken),
        claim(test_a_text_that_spells_nothing_stays),
        claim(test_an_enum_may_be_in_any_case),
        claim(test_a_whole_real_is_an_integer),
        claim(test_a_number_above_its_maximum_is_lowered_and_said),
        claim(test_what_hosts_add_is_passed_over_and_other_names_are_refused),
        claim(test_free_members_stay_as_they_are),
        claim(test_numbers_and_booleans_in_a_list_or_map_of_texts_are_texts),
        claim(test_the_arguments_themselves_stay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
