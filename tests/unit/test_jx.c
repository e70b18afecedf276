#include "base/jx.h"

#include "unit.h"

#include <string.h>

static json_t *value;

static int begin(void **state)
{
    value = json_of("{'text':'a','empty':'','nul':'a\\u0000b','int':7,'real':7.9,"
                    "'digits':'1795371619089','true':true,'list':[1],'object':{}}");
    return 0;
}

static int end(void **state)
{
    json_decref(value);
    return 0;
}

static void test_what_is_absent_is_empty(void **state)
{
    assert_text(jx_string(value, "none"), "");
    assert_int_equal(jx_int(value, "none"), 0);
    assert_int_equal(jx_int_or(value, "none", 45), 45);
    assert_false(jx_bool(value, "none"));
    assert_null(jx_array(value, "none"));
    assert_null(jx_object(value, "none"));
}

static void test_what_is_of_another_type_is_empty(void **state)
{
    assert_text(jx_string(value, "int"), "");
    assert_int_equal(jx_int_or(value, "list", 45), 45);
    assert_false(jx_bool(value, "int"));
    assert_null(jx_array(value, "object"));
    assert_null(jx_object(value, "list"));
}

static void test_nothing_at_all_is_empty(void **state)
{
    assert_text(jx_string(NULL, "text"), "");
    assert_int_equal(jx_int(NULL, "int"), 0);
    assert_false(jx_bool(NULL, "true"));
    assert_null(jx_array(NULL, "list"));
    assert_null(jx_object(NULL, "object"));
    assert_text(jx_string(jx_array(value, "list"), "text"), "");
}

static void test_a_text_that_a_nul_would_cut_is_empty(void **state)
{
    assert_text(jx_string(value, "nul"), "");
}

static void test_an_empty_text_is_none(void **state)
{
    assert_true(jx_has_string(value, "text"));
    assert_false(jx_has_string(value, "empty"));
}

static void test_numbers_are_read_from_digits_too(void **state)
{
    assert_int_equal(jx_int(value, "int"), 7);
    assert_int_equal(jx_int(value, "real"), 7);
    assert_int_equal(jx_int(value, "digits"), INT64_C(1795371619089));
}

static void test_an_empty_text_is_not_set(void **state)
{
    jx_set_string(value, "new", "");
    jx_set_string(value, "new", NULL);
    assert_null(json_object_get(value, "new"));
    jx_set_string(value, "new", "x");
    assert_text(jx_string(value, "new"), "x");
}

static void test_any_bytes_become_a_text(void **state)
{
    json_t *text = jx_text("a\xFFz\0\xC3", 5);

    assert_json(text, "'a\\uFFFDz\\u0000\\uFFFD'");
    json_decref(text);
}

static void test_values_are_counted_without_reading_them(void **state)
{
    const char *text = "[1,{\"a\":2,\"b\":[]},3]";

    assert_in_range(jx_count_values(text, strlen(text)), 6, 7);
    assert_int_equal(jx_count_values("5", 1), 1);
}

static void test_commas_and_brackets_in_a_text_are_no_values(void **state)
{
    const char *text = "[\"a,b[c{d\\\",e\",1]";

    assert_in_range(jx_count_values(text, strlen(text)), 3, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_what_is_absent_is_empty),
        claim(test_what_is_of_another_type_is_empty),
        claim(test_nothing_at_all_is_empty),
        claim(test_a_text_that_a_nul_would_cut_is_empty),
        claim(test_an_empty_text_is_none),
        claim(test_numbers_are_read_from_digits_too),
        claim(test_an_empty_text_is_not_set),
        claim(test_any_bytes_become_a_text),
        claim(test_values_are_counted_without_reading_them),
        claim(test_commas_and_brackets_in_a_text_are_no_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
