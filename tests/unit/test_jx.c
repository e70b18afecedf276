#include "base/jx.h"

#include "unit.h"

#include <stdlib.h>
#include <string.h>

static json_t *value;
static struct buffer text;

static int begin(void **state)
{
    value = json_of("{'text':'a','empty':'','nul':'a\\u0000b','int':7,'real':7.9,"
                    "'digits':'1795371619089','true':true,'list':[1],'object':{}}");
    return 0;
}

static int end(void **state)
{
    json_decref(value);
    buffer_release(&text);
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

static void test_a_text_is_compared(void **state)
{
    assert_true(jx_is(value, "text", "a"));
    assert_false(jx_is(value, "text", "A"));
    assert_false(jx_is(value, "int", "7"));
    assert_false(jx_is(value, "nul", "a"));
    assert_true(jx_is(value, "none", ""));
    assert_false(jx_is(NULL, "text", "a"));
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
    json_t *string = jx_text("a\xFFz\0\xC3", 5);

    assert_json(string, "'a\\uFFFDz\\u0000\\uFFFD'");
    json_decref(string);
}

static void test_values_are_counted_without_reading_them(void **state)
{
    const char *json = "[1,{\"a\":2,\"b\":[]},3]";

    assert_in_range(jx_count_values(json, strlen(json)), 6, 7);
    assert_int_equal(jx_count_values("5", 1), 1);
}

static void test_commas_and_brackets_in_a_text_are_no_values(void **state)
{
    const char *text = "[\"a,b[c{d\\\",e\",1]";

    assert_in_range(jx_count_values(text, strlen(text)), 3, 3);
}

/* ---- writing ---- */

static void assert_written(json_t *written, const char *wanted)
{
    buffer_clear(&text);
    jx_write(&text, written);
    assert_text(buffer_text(&text), wanted);
    json_decref(written);
}

static void test_a_real_is_written_with_as_few_digits_as_it_needs(void **state)
{
    assert_written(json_real(0.1), "0.1");
    assert_written(json_real(2.5), "2.5");
    assert_written(json_real(1.0 / 3), "0.3333333333333333");
    assert_written(json_real(0.1 + 0.2), "0.30000000000000004");
    assert_written(json_real(-1e23), "-1e+23");
}

static void test_a_real_stays_a_real(void **state)
{
    assert_written(json_real(100), "100.0");
    assert_written(json_real(-0.0), "-0.0");
    assert_written(json_real(9007199254740992.0), "9007199254740992.0");
}

static void test_every_real_comes_back_exactly(void **state)
{
    const double reals[] = {5e-324,
                            2.2250738585072014e-308,
                            1.7976931348623157e308,
                            5.684341886080802e-14,
                            9007199254740993.0,
                            123456789.12345678,
                            0.1f};

    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
        json_auto_t *real = json_real(reals[i]);
        buffer_clear(&text);
        jx_write(&text, real);
        assert_true(strtod(buffer_text(&text), NULL) == reals[i]);
    }
}

static void test_integers_are_written_whole(void **state)
{
    assert_written(json_integer(0), "0");
    assert_written(json_integer(INT64_MAX), "9223372036854775807");
    assert_written(json_integer(INT64_MIN), "-9223372036854775808");
}

static void test_what_a_text_may_not_hold_is_escaped(void **state)
{
    assert_written(json_string("say \"x\" \\ y\nz"), "\"say \\\"x\\\" \\\\ y\\nz\"");
    assert_written(json_string("\t\r\x01\x1F"), "\"\\u0009\\u000d\\u0001\\u001f\"");
    assert_written(json_stringn("a\0b", 3), "\"a\\u0000b\"");
}

static void test_nothing_else_in_a_text_is_escaped(void **state)
{
    assert_written(json_string("/ \x7F \xC3\xBC \xF0\x9F\x98\x80"),
                   "\"/ \x7F \xC3\xBC \xF0\x9F\x98\x80\"");
}

static void test_values_are_written_compactly_and_in_order(void **state)
{
    assert_written(json_of("{'z':[1,[],{}],'a':{'b':null},'say \\'x\\'':[true,false]}"),
                   "{\"z\":[1,[],{}],\"a\":{\"b\":null},\"say \\\"x\\\"\":[true,false]}");
}

static void test_what_is_written_is_read_as_the_same(void **state)
{
    json_auto_t *before = json_of("{'a':[1,2.5,'\xC3\xBC\\u0000\\n',null],'b':{}}");
    json_t *after;

    jx_write(&text, before);
    after = json_loadb(buffer_text(&text), text.length, JSON_ALLOW_NUL, NULL);
    assert_true(json_equal(before, after));
    json_decref(after);
}

/* ---- raw values ---- */

static void test_a_raw_value_is_written_as_it_is(void **state)
{
    const char *rows = "[[1,\"x\"], [2.50,null]]";

    assert_written(jx_pack("{s:o}", "rows", jx_raw(rows, strlen(rows))),
                   "{\"rows\":[[1,\"x\"], [2.50,null]]}");
}

static void test_a_raw_value_gives_its_text(void **state)
{
    json_auto_t *raw = jx_raw("[1],[2]", 3);

    assert_text(jx_raw_text(raw), "[1]");
}

static void test_no_text_that_was_read_is_raw(void **state)
{
    json_auto_t *read = json_of("'\xC3\xBF[1]'"), *made = jx_text("\xFF[1]", 4);

    assert_null(jx_raw_text(read));
    assert_null(jx_raw_text(made));
    assert_null(jx_raw_text(NULL));
}

static void test_a_string_reads_without_its_quotes(void **state)
{
    json_t *list = json_of("['a b',1,2.5,true,null,{'k':['v']}]");

    jx_join(&text, list, ", ");
    assert_text(buffer_text(&text), "a b, 1, 2.5, true, null, {\"k\":[\"v\"]}");
    json_decref(list);
}

static void test_nothing_is_joined_to_nothing(void **state)
{
    jx_join(&text, jx_array(value, "none"), ", ");
    assert_text(buffer_text(&text), "");
    jx_join(&text, jx_array(value, "list"), ", ");
    assert_text(buffer_text(&text), "1");
}

static void test_seconds_have_whole_tenths(void **state)
{
    jx_set_seconds(value, "seconds", 26649);
    jx_write(&text, json_object_get(value, "seconds"));
    assert_text(buffer_text(&text), "26.6");
}

static void test_numbers_from_outside_are_clamped(void **state)
{
    json_auto_t *value =
        json_of("{'most':9223372036854775807,'least':-9223372036854775808,"
                "'real':1e300,'below':-1e300,'text':'9223372036854775807'}");

    assert_int_equal(jx_int(value, "most"), JX_INT_MAX);
    assert_int_equal(jx_int(value, "least"), -JX_INT_MAX);
    assert_int_equal(jx_int(value, "real"), JX_INT_MAX);
    assert_int_equal(jx_int(value, "below"), -JX_INT_MAX);
    assert_int_equal(jx_int(value, "text"), JX_INT_MAX);
    assert_true(1000 * jx_int(value, "most") > 0); /* the sanitizer sees an overflow */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_numbers_from_outside_are_clamped),
        claim(test_what_is_absent_is_empty),
        claim(test_what_is_of_another_type_is_empty),
        claim(test_nothing_at_all_is_empty),
        claim(test_a_text_that_a_nul_would_cut_is_empty),
        claim(test_an_empty_text_is_none),
        claim(test_a_text_is_compared),
        claim(test_numbers_are_read_from_digits_too),
        claim(test_an_empty_text_is_not_set),
        claim(test_any_bytes_become_a_text),
        claim(test_values_are_counted_without_reading_them),
        claim(test_commas_and_brackets_in_a_text_are_no_values),
        claim(test_a_real_is_written_with_as_few_digits_as_it_needs),
        claim(test_a_real_stays_a_real),
        claim(test_every_real_comes_back_exactly),
        claim(test_integers_are_written_whole),
        claim(test_what_a_text_may_not_hold_is_escaped),
        claim(test_nothing_else_in_a_text_is_escaped),
        claim(test_values_are_written_compactly_and_in_order),
        claim(test_what_is_written_is_read_as_the_same),
        claim(test_a_string_reads_without_its_quotes),
        claim(test_nothing_is_joined_to_nothing),
        claim(test_seconds_have_whole_tenths),
        claim(test_a_raw_value_is_written_as_it_is),
        claim(test_a_raw_value_gives_its_text),
        claim(test_no_text_that_was_read_is_raw),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
