/* Rows of objects as a table, of which the caller says what its columns are. */
#include "tools/describe.h"

#include "base/text.h"
#include "unit.h"

#include <string.h>

static const struct column columns[] = {
    {"name", "name"}, {"cores", "cores"}, {"why", "why lost"}};

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

static const char *table_of(const char *rows)
{
    json_auto_t *value = json_of(rows);

    buffer_clear(&text);
    describe_table(value, columns, sizeof columns / sizeof *columns, &text);
    return buffer_text(&text);
}

static void test_columns_are_as_wide_as_their_widest_cell(void **state)
{
    assert_text(table_of("[{'name':'a','cores':1},{'name':'longer','cores':16}]"),
                "name    cores\na       1\nlonger  16\n");
}

static void test_a_column_that_no_row_has_is_left_out(void **state)
{
    assert_text(table_of("[{'name':'a','cores':1}]"), "name  cores\na     1\n");
    assert_text(table_of("[{'name':'a'},{'name':'b','why':'killed'}]"),
                "name  why lost\na\nb     killed\n");
}

static void test_a_row_without_a_cell_keeps_its_place(void **state)
{
    assert_text(table_of("[{'name':'a','why':'x'},{'cores':2,'why':'y'}]"),
                "name  cores  why lost\na            x\n      2      y\n");
}

static void test_a_name_beyond_ascii_shifts_no_column(void **state)
{
    assert_text(
        table_of("[{'name':'J\xC3\xBCrgen','cores':1},{'name':'Thomas','cores':2}]"),
        "name    cores\nJ\xC3\xBCrgen  1\nThomas  2\n");
}

static void test_a_long_name_is_cut_between_characters(void **state)
{
    char rows[400] = "[{'name':'x";
    struct buffer valid = {0};

    for (int i = 0; i < 50; i++)
        strcat(rows, "\xE2\x82\xAC"); /* three bytes */
    strcat(rows, "'}]");
    table_of(rows);
    text_make_utf8(buffer_text(&text), text.length, &valid);
    assert_text(buffer_text(&text), buffer_text(&valid));
    buffer_release(&valid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_columns_are_as_wide_as_their_widest_cell),
        claim(test_a_column_that_no_row_has_is_left_out),
        claim(test_a_row_without_a_cell_keeps_its_place),
        claim(test_a_name_beyond_ascii_shifts_no_column),
        claim(test_a_long_name_is_cut_between_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
