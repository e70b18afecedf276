#include "rpc/lines.h"

#include "base/memory.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct lines lines;

static int begin(void **state)
{
    lines = (struct lines){0};
    return 0;
}

static int end(void **state)
{
    lines_release(&lines);
    return 0;
}

static void add(const char *text)
{
    lines_add(&lines, text, strlen(text));
}

/* Runs of one letter, as long as one likes. */
static void add_run(char letter, size_t length)
{
    char *run = memory_new(length);

    memset(run, letter, length);
    lines_add(&lines, run, length);
    free(run);
}

#define assert_line(wanted) check_line((wanted), __FILE__, __LINE__)
#define assert_next(wanted) assert_int_equal(next(), (wanted))

static void check_line(const char *wanted, const char *file, int line)
{
    const char *text = NULL;
    size_t length = 0;

    if (lines_next(&lines, &text, &length) == LINES_LINE && length == strlen(wanted) &&
        memcmp(text, wanted, length) == 0)
        return;
    print_error("want \"%s\"\n got \"%.*s\"\n", wanted, (int)length, text ? text : "");
    _fail(file, line);
}

static enum lines_result next(void)
{
    const char *text;
    size_t length;

    return lines_next(&lines, &text, &length);
}

static void test_a_line_ends_with_its_newline(void **state)
{
    add("{\"a\":1}\n");
    assert_line("{\"a\":1}");
    assert_next(LINES_NONE);
}

static void test_without_a_newline_there_is_no_line_yet(void **state)
{
    add("{\"a\":");
    assert_next(LINES_NONE);
    add("1}\n");
    assert_line("{\"a\":1}");
}

static void test_lines_that_came_together_are_given_one_by_one(void **state)
{
    add("one\ntwo\nthree");
    assert_line("one");
    assert_line("two");
    assert_next(LINES_NONE);
    add("\n");
    assert_line("three");
}

static void test_bytes_may_come_one_by_one(void **state)
{
    const char *text = "one\r\n\ntwo\n";

    for (size_t i = 0; i < 4; i++) {
        lines_add(&lines, text + i, 1);
        assert_next(LINES_NONE);
    }
    lines_add(&lines, text + 4, 1);
    assert_line("one");
    for (size_t i = 5; i < strlen(text); i++)
        lines_add(&lines, text + i, 1);
    assert_line("two");
    assert_next(LINES_NONE);
}

static void test_bytes_may_come_while_lines_are_left(void **state)
{
    add("one\ntwo\nthr");
    assert_line("one");
    add("ee\n");
    assert_line("two");
    assert_line("three");
}

static void test_a_carriage_return_before_the_newline_is_dropped(void **state)
{
    add("one\r\n");
    assert_line("one");
}

static void test_a_carriage_return_inside_a_line_stays(void **state)
{
    add("o\rne\n");
    assert_line("o\rne");
}

static void test_blank_lines_are_passed_over(void **state)
{
    add("\n\r\n  \t\r\none\n\n");
    assert_line("one");
    assert_next(LINES_NONE);
}

static void test_a_byte_order_mark_at_the_start_is_passed_over(void **state)
{
    add("\xEF\xBB\xBFone\n");
    assert_line("one");
}

static void test_a_byte_order_mark_may_come_in_pieces(void **state)
{
    add("\xEF");
    assert_next(LINES_NONE);
    add("\xBB");
    add("\xBFone\n");
    assert_line("one");
}

static void test_a_byte_order_mark_later_on_stays(void **state)
{
    add("one\n\xEF\xBB\xBFtwo\n");
    assert_line("one");
    assert_line("\xEF\xBB\xBFtwo");
}

static void test_a_line_of_nothing_but_a_byte_order_mark_is_blank(void **state)
{
    add("\xEF\xBB\xBF\none\n");
    assert_line("one");
}

static void test_a_nul_byte_is_part_of_the_line(void **state)
{
    const char *text;
    size_t length;

    lines_add(&lines, "a\0b\n", 4);
    assert_int_equal(lines_next(&lines, &text, &length), LINES_LINE);
    assert_int_equal(length, 3);
    assert_memory_equal(text, "a\0b", 3);
}

static void test_a_last_line_without_newline_counts_at_the_end(void **state)
{
    add("one\ntwo");
    lines_end(&lines);
    assert_line("one");
    assert_line("two");
    assert_next(LINES_NONE);
}

static void test_an_input_without_a_byte_has_no_line(void **state)
{
    lines_end(&lines);
    assert_next(LINES_NONE);
}

static void test_a_line_of_the_limit_is_a_line(void **state)
{
    const char *text;
    size_t length;

    add_run('x', LINE_LIMIT);
    assert_next(LINES_NONE);
    add("\n");
    assert_int_equal(lines_next(&lines, &text, &length), LINES_LINE);
    assert_int_equal(length, LINE_LIMIT);
}

static void test_a_line_beyond_the_limit_is_reported_once(void **state)
{
    add_run('x', LINE_LIMIT + 1);
    assert_next(LINES_TOO_LONG);
    add_run('x', 100000);
    assert_next(LINES_NONE);
    add("\n");
    assert_next(LINES_NONE);
}

static void test_a_line_beyond_the_limit_is_not_kept_in_memory(void **state)
{
    for (int i = 0; i < 40; i++) {
        add_run('x', 1024 * 1024);
        next();
    }
    assert_in_range(lines.bytes.length, 0, LINE_LIMIT);
}

static void test_after_a_line_beyond_the_limit_the_next_line_is_read(void **state)
{
    add_run('x', LINE_LIMIT + 1);
    assert_next(LINES_TOO_LONG);
    add("the rest of it\none\n");
    assert_line("one");
    assert_next(LINES_NONE);
}

static void test_a_line_beyond_the_limit_may_come_at_once(void **state)
{
    char *text = memory_new(LINE_LIMIT + 6);

    memset(text, 'x', LINE_LIMIT + 1);
    memcpy(text + LINE_LIMIT + 1, "\none\n", 5);
    lines_add(&lines, text, LINE_LIMIT + 6);
    free(text);
    assert_next(LINES_TOO_LONG);
    assert_line("one");
}

static void test_two_lines_beyond_the_limit_are_reported_twice(void **state)
{
    add_run('x', LINE_LIMIT + 1);
    assert_next(LINES_TOO_LONG);
    add("\n");
    add_run('y', LINE_LIMIT + 1);
    assert_next(LINES_TOO_LONG);
}

static void test_the_input_may_end_inside_a_line_beyond_the_limit(void **state)
{
    add_run('x', LINE_LIMIT + 1);
    assert_next(LINES_TOO_LONG);
    add("xxx");
    lines_end(&lines);
    assert_next(LINES_NONE);
}

static void test_reading_brings_what_is_there(void **state)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "one\n", 4), 4);
    assert_true(lines_read(&lines, ends[0]));
    assert_line("one");
    close(ends[1]);
    close(ends[0]);
}

static void test_reading_tells_the_end_of_the_input(void **state)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    close(ends[1]);
    assert_false(lines_read(&lines, ends[0]));
    assert_true(lines.has_ended);
    close(ends[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_a_line_ends_with_its_newline),
        claim(test_without_a_newline_there_is_no_line_yet),
        claim(test_lines_that_came_together_are_given_one_by_one),
        claim(test_bytes_may_come_one_by_one),
        claim(test_bytes_may_come_while_lines_are_left),
        claim(test_a_carriage_return_before_the_newline_is_dropped),
        claim(test_a_carriage_return_inside_a_line_stays),
        claim(test_blank_lines_are_passed_over),
        claim(test_a_byte_order_mark_at_the_start_is_passed_over),
        claim(test_a_byte_order_mark_may_come_in_pieces),
        claim(test_a_byte_order_mark_later_on_stays),
        claim(test_a_line_of_nothing_but_a_byte_order_mark_is_blank),
        claim(test_a_nul_byte_is_part_of_the_line),
        claim(test_a_last_line_without_newline_counts_at_the_end),
        claim(test_an_input_without_a_byte_has_no_line),
        claim(test_a_line_of_the_limit_is_a_line),
        claim(test_a_line_beyond_the_limit_is_reported_once),
        claim(test_a_line_beyond_the_limit_is_not_kept_in_memory),
        claim(test_after_a_line_beyond_the_limit_the_next_line_is_read),
        claim(test_a_line_beyond_the_limit_may_come_at_once),
        claim(test_two_lines_beyond_the_limit_are_reported_twice),
        claim(test_the_input_may_end_inside_a_line_beyond_the_limit),
        claim(test_reading_brings_what_is_there),
        claim(test_reading_tells_the_end_of_the_input),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
