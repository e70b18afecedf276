/* JSON texts that are looked at without being read. */
#include "base/scan.h"

#include "unit.h"

#include <string.h>

static int begin(void **state)
{
    return 0;
}

static int end(void **state)
{
    return 0;
}

static bool is_json(const char *text)
{
    char exact[2000]; /* so that the sanitizer sees a step beyond the end */
    char *copy = exact + sizeof exact - strlen(text);

    memcpy(copy, text, strlen(text));
    return scan_is_json(copy, strlen(text));
}

static void test_what_rfc_8259_allows_is_json(void **state)
{
    static const char *const texts[] = {"null",
                                        " true ",
                                        "false",
                                        "0",
                                        "-0",
                                        "12",
                                        "-1.5e+30",
                                        "1E9",
                                        "0.10",
                                        "123456789012345678901234567890",
                                        "1e999",
                                        "\"\"",
                                        "\"a\\\"\\\\\\/\\b\\u00fC\"",
                                        "[]",
                                        "[ ]",
                                        "{}",
                                        "{ }",
                                        "[1,[2,[]],{\"a\":{\"b\":[]}}]",
                                        "{\"a\":1 , \"a\" : 2}",
                                        "\r\n[\t1 ,2 ]\n"};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!is_json(texts[i]))
            fail_msg("refused: %s", texts[i]);
}

static void test_what_rfc_8259_does_not_allow_is_not(void **state)
{
    static const char *const texts[] = {
        "",    " ",      "nul",     "nulll",       "01",         "-",        "+1",
        "1.",  ".5",     "1e",      "1e+",         "0x10",       "NaN",      "\"",
        "\"a", "\"\n\"", "\"\\x\"", "\"\\u12g4\"", "\"\\u12",    "\"\\",     "[",
        "]",   "[]]",    "[[]",     "[1,]",        "[,1]",       "[1 2]",    "[1}",
        "{",   "}",      "{\"a\"}", "{\"a\":}",    "{\"a\":1,}", "{1:2}",    "{\"a\":1]",
        "1,2", "1 2",    "[*****]", "'a'",         "[\"a\":1]",  "{\"a\" 1}"};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (is_json(texts[i]))
            fail_msg("taken: %s", texts[i]);
}

static void test_a_nul_within_is_not_json(void **state)
{
    assert_false(scan_is_json("[1]\0", 4));
    assert_false(scan_is_json("\"\\\0\"", 4));
}

static bool is_nested(size_t depth)
{
    char text[2 * SCAN_DEPTH_MAX + 4];

    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    return scan_is_json(text, 2 * depth);
}

static void test_nesting_has_a_limit(void **state)
{
    assert_true(is_nested(SCAN_DEPTH_MAX));
    assert_true(is_nested(SCAN_DEPTH_MAX + 1)); /* the innermost is empty */
    assert_false(is_nested(SCAN_DEPTH_MAX + 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_what_rfc_8259_allows_is_json),
        claim(test_what_rfc_8259_does_not_allow_is_not),
        claim(test_a_nul_within_is_not_json),
        claim(test_nesting_has_a_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
