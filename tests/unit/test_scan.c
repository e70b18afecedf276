/* JSON texts that are looked at without being read. */
#include "base/scan.h"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
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

static void test_nesting_has_no_limit(void **state)
{
    enum { DEPTH = 100000 };
    char *text = malloc(2 * DEPTH);

    memset(text, '[', DEPTH);
    memset(text + DEPTH, ']', DEPTH);
    assert_true(scan_is_json(text, 2 * DEPTH));
    assert_false(scan_is_json(text, 2 * DEPTH - 1));
    free(text);
}

static const char *member(const char *text, const char *key)
{
    static char found[100];
    const char *value, *end;

    if (!scan_find_member(text, strlen(text), key, &value, &end))
        return NULL;
    snprintf(found, sizeof found, "%.*s", (int)(end - value), value);
    return found;
}

static void test_a_member_is_found_beside_whatever_else_there_is(void **state)
{
    assert_text(member("{\"id\":7}", "id"), "7");
    assert_text(member(" { \"a\" : [1e999,{\"id\":1}] , \"id\" : \"x\\\"y\" }", "id"),
                "\"x\\\"y\"");
    assert_text(member("{\"id\":1,\"a\":\"}\",\"id\":2}", "id"), "2");
    assert_text(member("{\"id\":{\"a\":[]}}", "id"), "{\"a\":[]}");
}

static void test_where_there_is_no_member_none_is_found(void **state)
{
    static const char *const texts[] = {"",          "[]",          "{",
                                        "{}",        "{\"id\"",     "{\"id\":",
                                        "{\"id\":[", "{\"ids\":1}", "{\"a\":{\"id\":1}}",
                                        "7",         "{\"a\" 1}"};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_null(member(texts[i], "id"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_a_member_is_found_beside_whatever_else_there_is),
        claim(test_where_there_is_no_member_none_is_found),
        claim(test_what_rfc_8259_allows_is_json),
        claim(test_what_rfc_8259_does_not_allow_is_not),
        claim(test_a_nul_within_is_not_json),
        claim(test_nesting_has_no_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
