/* Rows for people: a table of Markdown, a chart of text. */
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

static const char *written(void (*describe)(const json_t *, struct buffer *),
                           const char *type, json_t *rows)
{
    json_auto_t *result =
        jx_pack("{s:[{s:s, s:s}, {s:s, s:s}], s:o}", "columns", "name", "day", "type",
                "string", "name", "n|o", "type", type, "rows", rows);

    buffer_clear(&text);
    describe(result, &text);
    return buffer_text(&text);
}

static void test_markdown_has_numbers_at_the_right(void **state)
{
    assert_text(written(describe_markdown, "bigint", json_of("[['a',1],[null,20]]")),
                "| day | n\\|o |\n|---|---:|\n| a | 1 |\n| NULL | 20 |\n");
}

static void test_markdown_tells_null_apart_from_its_word(void **state)
{
    assert_text(written(describe_markdown, "string", json_of("[['NULL',null]]")),
                "| day | n\\|o |\n|---|---|\n| 'NULL' | NULL |\n");
}

static void test_markdown_of_a_value_stays_in_its_cell(void **state)
{
    assert_text(written(describe_markdown, "string", json_of("[['a|b\\n*c*',1]]")),
                "| day | n\\|o |\n|---|---|\n| a\\|b<br>\\*c\\* | 1 |\n");
}

static void test_few_rows_are_bars_from_zero(void **state)
{
    assert_text(
        written(describe_chart, "decimal(5,1)", json_of("[['a','40.0'],['bcd','10.5']]")),
        "n|o by day\n"
        "a    ████████████████████████████████████████ 40.0\n"
        "bcd  ██████████▌ 10.5\n");
}

static void test_what_is_below_zero_or_null_is_told(void **state)
{
    assert_text(written(describe_chart, "double", json_of("[['a',-1.0],['b',null]]")),
                "n|o by day\n"
                "a -████████████████████████████████████████ -1.0\n"
                "b  NULL\n");
}

static void test_many_rows_are_a_line(void **state)
{
    json_t *rows = json_array();

    for (int i = 0; i < 48; i++)
        json_array_append_new(rows, jx_pack("[s, i]", i == 0 ? "first" : "last", i / 6));
    assert_text(written(describe_chart, "int", rows),
                "n|o by day\n"
                "▁▁▁▁▁▁▂▂▂▂▂▂▃▃▃▃▃▃▄▄▄▄▄▄▅▅▅▅▅▅▆▆▆▆▆▆▇▇▇▇▇▇██████\n"
                "0 to 7, first to last\n");
}

static void test_a_line_is_no_longer_than_a_hundred_points(void **state)
{
    json_t *rows = json_array();
    const char *written_text;

    for (int i = 0; i < 5000; i++)
        json_array_append_new(rows, jx_pack("[i, i]", i, i));
    written_text = written(describe_chart, "int", rows);
    assert_int_equal(strcspn(strchr(written_text, '\n') + 1, "\n"), 300);
    assert_contains(written_text, "0 to 4999");
}

static void test_all_the_same_is_a_line_in_the_middle(void **state)
{
    json_t *rows = json_array();

    for (int i = 0; i < 41; i++)
        json_array_append_new(rows, jx_pack("[i, i]", i, 5));
    assert_contains(written(describe_chart, "int", rows), "▄▄▄▄");
}

static void test_what_is_no_chart_is_a_table(void **state)
{
    assert_contains(written(describe_chart, "string", json_of("[['a','b']]")),
                    "(a chart takes two columns, the second a number)");
    assert_contains(written(describe_chart, "int", json_of("[]")), "a chart takes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_markdown_has_numbers_at_the_right),
        claim(test_markdown_tells_null_apart_from_its_word),
        claim(test_markdown_of_a_value_stays_in_its_cell),
        claim(test_few_rows_are_bars_from_zero),
        claim(test_what_is_below_zero_or_null_is_told),
        claim(test_many_rows_are_a_line),
        claim(test_a_line_is_no_longer_than_a_hundred_points),
        claim(test_all_the_same_is_a_line_in_the_middle),
        claim(test_what_is_no_chart_is_a_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
