/* Rows as CSV (RFC 4180) and as JSON. */
#include "tools/describe.h"

#include "base/jx.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static struct buffer text;

static int begin(void **state)
{
    return 0;
}

static int end(void **state)
{
    buffer_release(&text);
    return 0;
}

/* Names written as for json_of: "'a','b'". New: [{name}, ...]. */
static json_t *columns_of(const char *names)
{
    json_t *columns = json_array();
    char list[1000];
    json_auto_t *values = NULL;
    json_t *name;
    size_t i;

    snprintf(list, sizeof list, "[%s]", names);
    values = json_of(list);
    json_array_foreach (values, i, name)
        json_array_append_new(columns, jx_pack("{s:O, s:s}", "name", name, "type", "x"));
    return columns;
}

static const char *written(void (*describe)(const json_t *, struct buffer *),
                           const char *names, const char *rows)
{
    json_auto_t *result =
        jx_pack("{s:o, s:o}", "columns", columns_of(names), "rows", json_of(rows));

    buffer_clear(&text);
    describe(result, &text);
    return buffer_text(&text);
}

static const char *csv(const char *names, const char *rows)
{
    return written(describe_csv, names, rows);
}

static const char *json(const char *names, const char *rows)
{
    return written(describe_json, names, rows);
}

/* ---- CSV ---- */

static void test_csv_has_a_head_and_a_line_for_each_row(void **state)
{
    assert_text(csv("'a','b'", "[[1,'x'],[2.5,true]]"), "a,b\n1,x\n2.5,true\n");
}

static void test_csv_without_rows_is_its_head(void **state)
{
    assert_text(csv("'a','b'", "[]"), "a,b\n");
}

static void test_csv_quotes_what_would_end_a_field(void **state)
{
    assert_text(csv("'a'", "[['x,y'],['x\\ny'],['x\\ry']]"),
                "a\n\"x,y\"\n\"x\ny\"\n\"x\ry\"\n");
}

static void test_csv_doubles_quotes(void **state)
{
    assert_text(csv("'a'", "[['say \\\"x\\\"']]"), "a\n\"say \"\"x\"\"\"\n");
}

static void test_csv_quotes_nothing_else(void **state)
{
    assert_text(csv("'a'", "[[' x;y\\t '],['\xC3\xBC']]"), "a\n x;y\t \n\xC3\xBC\n");
}

static void test_csv_tells_null_apart_from_an_empty_text(void **state)
{
    assert_text(csv("'a','b','c'", "[[null,'',null]]"), "a,b,c\n,\"\",\n");
    assert_text(csv("'a','b'", "[[null,'NULL']]"), "a,b\n,NULL\n");
}

static void test_csv_quotes_names_too(void **state)
{
    assert_text(csv("'a,b','say \\\"x\\\"'", "[]"), "\"a,b\",\"say \"\"x\"\"\"\n");
}

static void test_csv_may_have_one_name_twice(void **state)
{
    assert_text(csv("'a','a'", "[[1,2]]"), "a,a\n1,2\n");
}

static void test_csv_holds_nested_values_as_json(void **state)
{
    assert_text(csv("'a'", "[[{'x':[1,'y']}]]"), "a\n\"{\"\"x\"\":[1,\"\"y\"\"]}\"\n");
}

static void test_csv_keeps_what_follows_a_nul(void **state)
{
    assert_text(csv("'a'", "[['one\\u0000two']]"), "a\none two\n");
}

/* ---- JSON ---- */

static void test_json_is_one_object_a_line(void **state)
{
    assert_text(json("'a','b'", "[[1,'x'],[null,2.5]]"),
                "{\"a\":1,\"b\":\"x\"}\n{\"a\":null,\"b\":2.5}\n");
}

static void test_json_keeps_columns_of_one_name(void **state)
{
    assert_text(json("'a','a'", "[[1,2]]"), "{\"a\":1,\"a\":2}\n");
}

static void test_json_escapes_names_and_values(void **state)
{
    assert_text(json("'say \\\"x\\\"'", "[['one\\ntwo']]"),
                "{\"say \\\"x\\\"\":\"one\\ntwo\"}\n");
}

static void test_json_holds_nested_values(void **state)
{
    assert_text(json("'a'", "[[{'x':[1,{}]}]]"), "{\"a\":{\"x\":[1,{}]}}\n");
}

static void test_json_without_rows_is_nothing(void **state)
{
    assert_text(json("'a'", "[]"), "");
}

/* ---- many rows ---- */

static void test_raw_rows_read_as_others(void **state)
{
    void (*const ways[])(const json_t *, struct buffer *) = {describe_csv, describe_json};
    const char *const rows[] = {"[]", "[[1,'a,b']]",
                                "[[1,'x'],[2,'\\u0000'],[null,'[3]']]"};

    for (size_t w = 0; w < 2; w++)
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            json_auto_t *raw =
                make_rows_raw(jx_pack("{s:o, s:o}", "columns", columns_of("'a','b'"),
                                      "rows", json_of(rows[i])));
            struct buffer wanted = {0};
            buffer_add_text(&wanted, written(ways[w], "'a','b'", rows[i]));
            buffer_clear(&text);
            ways[w](raw, &text);
            assert_text(buffer_text(&text), buffer_text(&wanted));
            buffer_release(&wanted);
        }
}

static json_t *many_rows(const char *value)
{
    json_t *rows = json_array();

    for (int i = 0; i < 5000; i++)
        json_array_append_new(rows, jx_pack("[s]", value));
    return jx_pack("{s:o, s:o}", "columns", columns_of("'a'"), "rows", rows);
}

static void assert_adds_up(void (*describe)(const json_t *, struct buffer *),
                           const json_t *result)
{
    size_t shown = 0, left = 0;

    buffer_clear(&text);
    describe(result, &text);
    assert_non_null(strstr(buffer_text(&text), "\n("));
    assert_int_equal(
        sscanf(strstr(buffer_text(&text), "\n("), "\n(%zu more rows are", &left), 1);
    for (const char *at = buffer_text(&text); (at = strstr(at, "value-value")) != NULL;
         at++)
        shown++;
    assert_int_equal(shown + left, 5000);
    assert_in_range(text.length, 30000, 30200);
}

static void assert_says_what_is_left_out(void (*describe)(const json_t *,
                                                          struct buffer *))
{
    json_auto_t *result = many_rows("value-value");

    assert_adds_up(describe, result);
    make_rows_raw(result);
    assert_adds_up(describe, result);
}

static void test_long_csv_says_how_many_rows_are_left_out(void **state)
{
    assert_says_what_is_left_out(describe_csv);
}

static void test_long_json_says_how_many_rows_are_left_out(void **state)
{
    assert_says_what_is_left_out(describe_json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_csv_has_a_head_and_a_line_for_each_row),
        claim(test_csv_without_rows_is_its_head),
        claim(test_csv_quotes_what_would_end_a_field),
        claim(test_csv_doubles_quotes),
        claim(test_csv_quotes_nothing_else),
        claim(test_csv_tells_null_apart_from_an_empty_text),
        claim(test_csv_quotes_names_too),
        claim(test_csv_may_have_one_name_twice),
        claim(test_csv_holds_nested_values_as_json),
        claim(test_csv_keeps_what_follows_a_nul),
        claim(test_json_is_one_object_a_line),
        claim(test_json_keeps_columns_of_one_name),
        claim(test_json_escapes_names_and_values),
        claim(test_json_holds_nested_values),
        claim(test_json_without_rows_is_nothing),
        claim(test_raw_rows_read_as_others),
        claim(test_long_csv_says_how_many_rows_are_left_out),
        claim(test_long_json_says_how_many_rows_are_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
