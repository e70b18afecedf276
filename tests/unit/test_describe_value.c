/* What the runner answers, as text. */
#include "tools/describe.h"

#include "base/jx.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct buffer text;
static json_t *made; /* by large_table */

static int begin(void **state)
{
    return 0;
}

static int end(void **state)
{
    buffer_release(&text);
    json_decref(made);
    made = NULL;
    return 0;
}

static void assert_described(const char *result, const char *wanted)
{
    json_auto_t *value = json_of(result);

    buffer_clear(&text);
    describe_value(value, &text);
    assert_text(buffer_text(&text), wanted);
}

#define TABLE(names, rows) "{'columns':[" names "],'rows':[" rows "]}"
#define A "{'name':'a','type':'int'}"
#define A_B A ",{'name':'b','type':'string'}"

/* ---- tables ---- */

static void test_rows_are_a_table_with_aligned_columns(void **state)
{
    assert_described(TABLE(A_B, "[1,'x'],[1000,'y']"), "a     b\n"
                                                       "1     x\n"
                                                       "1000  y\n");
}

static void test_a_title_may_be_the_widest(void **state)
{
    assert_described(TABLE("{'name':'customers'},{'name':'b'}", "[1,2]"),
                     "customers  b\n1          2\n");
}

static void test_the_last_column_is_not_padded(void **state)
{
    assert_described(TABLE(A_B, "[1,'long'],[2,'x']"), "a  b\n1  long\n2  x\n");
}

static void test_without_rows_the_columns_are_still_told(void **state)
{
    assert_described(TABLE(A_B, ""), "a  b\n");
}

static void test_null_is_told_apart_from_an_empty_text(void **state)
{
    assert_described(TABLE(A_B, "[null,''],[1,null]"), "a     b\nNULL\n1     NULL\n");
}

static void test_columns_of_one_name_keep_their_values(void **state)
{
    assert_described(TABLE(A "," A, "[1,2]"), "a  a\n1  2\n");
}

static void test_widths_count_characters_not_bytes(void **state)
{
    assert_described(
        TABLE(A_B, "['\xC3\xBC\xC3\xBC','x'],['abc','y'],['\xF0\x9F\x98\x80','z']"),
        "a    b\n\xC3\xBC\xC3\xBC   x\nabc  y\n\xF0\x9F\x98\x80    z\n");
}

static void test_a_cell_stays_on_its_line(void **state)
{
    assert_described(TABLE(A_B, "['one\\ntwo\\tthree','x']"),
                     "a              b\none two three  x\n");
}

static void test_a_nul_does_not_hide_what_follows(void **state)
{
    assert_described(TABLE(A, "['one\\u0000two']"), "a\none two\n");
}

static void test_values_are_written_exactly(void **state)
{
    assert_described(TABLE(A, "[0.1],[9007199254740993],[true],[1e300]"),
                     "a\n0.1\n9007199254740993\ntrue\n1e+300\n");
}

static void test_nested_values_are_json(void **state)
{
    assert_described(TABLE(A, "[{'x':[1,null],'y':'z'}]"),
                     "a\n{\"x\":[1,null],\"y\":\"z\"}\n");
}

static void test_what_stands_beside_the_rows_is_told_too(void **state)
{
    assert_described("{'columns':[" A "],'rows':[[1]],'truncated':true,'seconds':0.5}",
                     "a\n1\ntruncated: true\nseconds: 0.5\n");
}

static const json_t *large_table(size_t columns, size_t rows, const char *value)
{
    json_t *heads = json_array(), *lines = json_array();

    for (size_t c = 0; c < columns; c++)
        json_array_append_new(heads, jx_pack("{s:o}", "name", jx_format("c%zu", c)));
    for (size_t r = 0; r < rows; r++) {
        json_t *line = json_array();
        for (size_t c = 0; c < columns; c++)
            json_array_append_new(line, json_string(value));
        json_array_append_new(lines, line);
    }
    made = jx_pack("{s:o, s:o}", "columns", heads, "rows", lines);
    return made;
}

/* ---- long cells ---- */

/* The second line of the text for one cell of two. */
static const char *cell_of(const char *value)
{
    json_auto_t *result =
        jx_pack("{s:[{s:s}], s:[[s], [s]]}", "columns", "name", "a", "rows", value, "x");

    buffer_clear(&text);
    describe_value(result, &text);
    *strchr(strchr(text.data, '\n') + 1, '\n') = '\0';
    return strchr(text.data, '\n') + 1;
}

static void repeat(char *target, const char *part, size_t count)
{
    size_t length = strlen(part);

    for (size_t i = 0; i < count; i++)
        memcpy(target + i * length, part, length);
    target[count * length] = '\0';
}

static void test_a_cell_of_eighty_characters_is_whole(void **state)
{
    char value[200];

    repeat(value, "x", 80);
    assert_text(cell_of(value), value);
}

static void test_a_longer_cell_is_cut_visibly(void **state)
{
    char value[200];

    repeat(value, "x", 81);
    assert_int_equal(strlen(cell_of(value)), 80);
    assert_text(cell_of(value) + 76, "x...");
}

static void test_a_cut_cell_names_the_way_to_the_rest(void **state)
{
    char value[200];

    repeat(value, "x", 81);
    describe_value(large_table(2, 2, value), &text);
    assert_contains(buffer_text(&text),
                    "\n(4 values are cut at 80 characters in this text: the structured "
                    "content has them whole, and so has execute-sql's text of one row or "
                    "with format json)\n");
    buffer_clear(&text);
    json_decref(made);
    describe_value(large_table(2, 2, "short"), &text);
    assert_lacks(buffer_text(&text), "cut");
}

static void test_one_row_with_a_long_value_is_told_whole(void **state)
{
    char value[200], wanted[500];

    repeat(value, "x", 150);
    snprintf(wanted, sizeof wanted, "c0: %s\nc1: %s\n", value, value);
    describe_value(large_table(2, 1, value), &text);
    assert_text(buffer_text(&text), wanted);
}

static void test_one_long_value_of_several_lines_keeps_them(void **state)
{
    char value[200] = "== Physical Plan ==\n*(1) Range\n";

    repeat(strchr(value, '\0'), "x", 90);
    describe_value(large_table(1, 1, value), &text);
    assert_contains(buffer_text(&text), "c0:\n== Physical Plan ==\n*(1) Range\nxxx");
}

static void test_a_value_beyond_the_text_says_so(void **state)
{
    static char value[40001];

    repeat(value, "x", 40000);
    describe_value(large_table(2, 1, value), &text);
    assert_in_range(text.length, 30000, 30300);
    assert_contains(buffer_text(&text), "(cut in this text: the structured content");
    assert_contains(buffer_text(&text), "(1 more columns are not shown");
}

static void test_a_wide_table_is_not_padded(void **state)
{
    char value[200];

    repeat(value, "x", 70);
    describe_value(large_table(4, 2, value), &text);
    assert_contains(buffer_text(&text), "c0 | c1 | c2 | c3\nxxx");
    assert_lacks(buffer_text(&text), "  ");
}

static void test_eighty_characters_may_be_many_bytes(void **state)
{
    char value[400];

    repeat(value, "\xE2\x82\xAC", 80);
    assert_text(cell_of(value), value);
}

static void test_a_cell_is_cut_between_characters(void **state)
{
    char value[400];
    json_t *cell;

    repeat(value, "\xE2\x82\xAC", 90);
    cell = json_string(cell_of(value)); /* NULL unless it is UTF-8 */
    assert_non_null(cell);
    assert_contains(json_string_value(cell), "\xE2\x82\xAC...");
    json_decref(cell);
}

static void test_the_word_null_is_no_null(void **state)
{
    assert_described(TABLE(A, "['NULL'],[null],['null']"), "a\n'NULL'\nNULL\nnull\n");
}

/* ---- long and wide tables ---- */

/* The rows that are shown and those that are said to be left out make all. */
static void assert_adds_up(size_t rows, size_t heads, const char *mark)
{
    const char *note = strstr(buffer_text(&text), "\n(");
    size_t left = 0, shown = 0;

    assert_non_null(note);
    assert_int_equal(sscanf(note, "\n(%zu more rows", &left), 1);
    for (const char *at = buffer_text(&text); (at = strstr(at, mark)) != NULL; at++)
        shown++;
    assert_int_equal(shown + left, rows * heads);
    assert_in_range(text.length, 30000, 31000);
}

static void test_a_long_table_says_how_many_rows_are_left_out(void **state)
{
    describe_value(large_table(1, 5000, "value-value"), &text);
    assert_adds_up(5000, 1, "value-value");
}

static void test_raw_rows_are_a_table_too(void **state)
{
    json_auto_t *table = json_of(TABLE(A_B, "[1,'x'],[1000,'y, [z]']"));

    make_rows_raw(table);
    describe_value(table, &text);
    assert_text(buffer_text(&text), "a     b\n"
                                    "1     x\n"
                                    "1000  y, [z]\n"
                                    "rowCount: 2\n");
}

static void test_a_long_table_of_raw_rows_says_how_many_are_left_out(void **state)
{
    large_table(1, 5000, "value-value");
    make_rows_raw(made);
    describe_value(made, &text);
    assert_adds_up(5000, 1, "value-value");
}

static void test_of_raw_rows_only_the_first_are_read(void **state)
{
    char value[3001] = "";

    memset(value, 'v', 3000);
    large_table(1, 1000, value);
    make_rows_raw(made);
    describe_value(made, &text);
    assert_contains(buffer_text(&text), "\n(920 more rows are not shown in this text: ");
}

static void test_a_table_that_fits_leaves_nothing_out(void **state)
{
    describe_value(large_table(1, 2000, "value-value"), &text);
    assert_lacks(buffer_text(&text), "more rows");
}

static void test_a_wide_table_says_how_many_columns_are_left_out(void **state)
{
    describe_value(large_table(63, 2, "x"), &text);
    assert_contains(buffer_text(&text), "c59\n");
    assert_contains(buffer_text(&text), "(3 more columns are not shown in this text: ");
}

static void test_sixty_columns_are_all_shown(void **state)
{
    describe_value(large_table(60, 2, "x"), &text);
    assert_contains(buffer_text(&text), "c59\n");
    assert_lacks(buffer_text(&text), "more columns");
}

/* ---- other values ---- */

static void test_members_are_told_by_their_names(void **state)
{
    assert_described("{'path':'/out','rows':10,'real':2.5,'done':true,'none':null}",
                     "path: /out\nrows: 10\nreal: 2.5\ndone: true\nnone: NULL\n");
}

static void test_null_is_told_apart_from_its_word_outside_of_tables(void **state)
{
    assert_described("{'a':null,'b':'NULL','c':[null,'NULL'],'d':{'e':'NULL'}}",
                     "a: NULL\nb: 'NULL'\nc: NULL, 'NULL'\nd:\n  e: 'NULL'\n");
}

static void test_fractions_of_a_list_have_equal_digits(void **state)
{
    assert_described(
        "{'m':[{'a':0.98,'b':1,'c':2.5},{'a':0.983333,'b':2.5,'c':1e-9},{'b':'x'}]}",
        "m:\na         b    c\n0.980000  1    2.5\n0.983333  2.5  1e-09\n"
        "          x\n");
}

static void test_fractions_of_data_stay_as_they_are(void **state)
{
    assert_described(TABLE(A, "[0.98],[0.983333]"), "a\n0.98\n0.983333\n");
}

static void test_an_object_stands_below_its_name(void **state)
{
    assert_described("{'saved':{'path':'/out','more':{'files':3}}}",
                     "saved:\n  path: /out\n  more:\n    files: 3\n");
}

static void test_a_list_stands_on_one_line(void **state)
{
    assert_described("{'views':['a','b'],'numbers':[1,2.5]}",
                     "views: a, b\nnumbers: 1, 2.5\n");
}

static void test_what_is_empty_is_told_as_empty(void **state)
{
    assert_described("{'list':[],'object':{}}", "list: \nobject: {}\n");
}

static void test_a_list_of_objects_is_a_table(void **state)
{
    assert_described("{'columns':[{'name':'a','type':'int'},{'name':'bb','nulls':3}]}",
                     "columns:\nname  type  nulls\na     int\nbb          3\n");
}

static void test_a_table_may_stand_below_a_name(void **state)
{
    assert_described("{'sample':" TABLE(A, "[1],[2]") "}", "sample:\na\n1\n2\n");
}

static void test_a_table_in_a_list_stands_below_what_is_told_of_it(void **state)
{
    assert_described("{'statements':[{'sql':'x','columns':[" A "],'rows':[[1]]},{'sql':"
                     "'y','rows':[]}]}",
                     "statements:\n  sql: x\na\n1\n\n  sql: y\n  rows: \n\n");
}

static void test_a_text_of_several_lines_begins_on_its_own(void **state)
{
    assert_described("{'plan':'== Plan ==\\nScan'}", "plan:\n== Plan ==\nScan\n");
}

static void test_a_very_long_text_is_cut_visibly(void **state)
{
    char value[13001];
    json_auto_t *result = NULL;

    repeat(value, "x", 13000);
    result = jx_pack("{s:s}", "plan", value);
    describe_value(result, &text);
    assert_contains(buffer_text(&text), "xxx... (cut in this text: ");
    assert_in_range(text.length, 12000, 12200);
}

static void test_warnings_and_what_is_next_come_last(void **state)
{
    assert_described("{'warnings':['one','two'],'next':'Do it.','rows':3}",
                     "rows: 3\n\nWarning: one\nWarning: two\nNext: Do it.");
}

static void test_what_is_next_further_inside_is_told_there(void **state)
{
    assert_described("{'step':{'next':'x','warnings':['y']}}",
                     "step:\n  next: x\n  warnings: y\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_rows_are_a_table_with_aligned_columns),
        claim(test_a_title_may_be_the_widest),
        claim(test_the_last_column_is_not_padded),
        claim(test_without_rows_the_columns_are_still_told),
        claim(test_null_is_told_apart_from_an_empty_text),
        claim(test_columns_of_one_name_keep_their_values),
        claim(test_widths_count_characters_not_bytes),
        claim(test_a_cell_stays_on_its_line),
        claim(test_a_nul_does_not_hide_what_follows),
        claim(test_values_are_written_exactly),
        claim(test_nested_values_are_json),
        claim(test_what_stands_beside_the_rows_is_told_too),
        claim(test_a_cell_of_eighty_characters_is_whole),
        claim(test_a_longer_cell_is_cut_visibly),
        claim(test_a_cut_cell_names_the_way_to_the_rest),
        claim(test_one_row_with_a_long_value_is_told_whole),
        claim(test_one_long_value_of_several_lines_keeps_them),
        claim(test_a_value_beyond_the_text_says_so),
        claim(test_a_wide_table_is_not_padded),
        claim(test_the_word_null_is_no_null),
        claim(test_eighty_characters_may_be_many_bytes),
        claim(test_a_cell_is_cut_between_characters),
        claim(test_a_long_table_says_how_many_rows_are_left_out),
        claim(test_raw_rows_are_a_table_too),
        claim(test_a_long_table_of_raw_rows_says_how_many_are_left_out),
        claim(test_of_raw_rows_only_the_first_are_read),
        claim(test_a_table_that_fits_leaves_nothing_out),
        claim(test_a_wide_table_says_how_many_columns_are_left_out),
        claim(test_sixty_columns_are_all_shown),
        claim(test_members_are_told_by_their_names),
        claim(test_null_is_told_apart_from_its_word_outside_of_tables),
        claim(test_fractions_of_a_list_have_equal_digits),
        claim(test_fractions_of_data_stay_as_they_are),
        claim(test_an_object_stands_below_its_name),
        claim(test_a_list_stands_on_one_line),
        claim(test_what_is_empty_is_told_as_empty),
        claim(test_a_list_of_objects_is_a_table),
        claim(test_a_table_may_stand_below_a_name),
        claim(test_a_table_in_a_list_stands_below_what_is_told_of_it),
        claim(test_a_text_of_several_lines_begins_on_its_own),
        claim(test_a_very_long_text_is_cut_visibly),
        claim(test_warnings_and_what_is_next_come_last),
        claim(test_what_is_next_further_inside_is_told_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
