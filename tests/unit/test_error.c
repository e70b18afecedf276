#include "base/error.h"

#include "unit.h"

#include <string.h>

static struct error error;

static int begin(void **state)
{
    memset(&error, 'x', sizeof error);
    return 0;
}

static int end(void **state)
{
    return 0;
}

static void test_setting_an_error_empties_its_other_texts(void **state)
{
    error_set(&error, ERROR_SPARK, "%s %d", "the fact", 1);
    assert_int_equal(error.kind, ERROR_SPARK);
    assert_text(error.message, "the fact 1");
    assert_text(error.detail, "");
    assert_text(error.hint, "");
}

static void test_an_error_is_described_a_line_each(void **state)
{
    char text[sizeof error];

    error_set(&error, ERROR_SPARK, "the fact");
    error_describe(&error, text, sizeof text);
    assert_text(text, "the fact");
    error_detail(&error, "what Spark said");
    error_hint(&error, "Do this.");
    error_describe(&error, text, sizeof text);
    assert_text(text, "the fact\nwhat Spark said\nDo this.");
}

static void test_a_long_text_is_cut_visibly(void **state)
{
    char long_text[5000];

    memset(long_text, 'a', sizeof long_text);
    long_text[sizeof long_text - 1] = '\0';
    error_set(&error, ERROR_SPARK, "%s", long_text);
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
    assert_text(error.message + sizeof error.message - 4, "...");
}

static void test_a_text_that_just_fits_is_not_cut(void **state)
{
    char text[sizeof error.message];

    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '\0';
    error_set(&error, ERROR_SPARK, "%s", text);
    assert_text(error.message, text);
}

static void test_a_text_is_cut_between_characters(void **state)
{
    for (int shift = 0; shift < 4; shift++) {
        char text[5000] = "aaa";
        size_t length;
        json_t *read;

        text[shift] = '\0';
        for (length = (size_t)shift; length < 4000; length += 4)
            memcpy(text + length, "\xF0\x9F\x98\x80", 5);
        error_set(&error, ERROR_SPARK, "%s", text);
        read = json_string(error.message); /* takes valid UTF-8 only */
        assert_non_null(read);
        json_decref(read);
    }
}

static void test_kinds_that_the_model_can_act_on_are_tool_results(void **state)
{
    assert_int_equal(error_rpc_code(ERROR_ARGUMENTS), 0);
    assert_int_equal(error_rpc_code(ERROR_UNREACHABLE), 0);
    assert_int_equal(error_rpc_code(ERROR_SPARK), 0);
}

static void test_kinds_of_the_protocol_have_their_codes(void **state)
{
    assert_int_equal(error_rpc_code(ERROR_PARSE), -32700);
    assert_int_equal(error_rpc_code(ERROR_REQUEST), -32600);
    assert_int_equal(error_rpc_code(ERROR_METHOD), -32601);
    assert_int_equal(error_rpc_code(ERROR_PARAMS), -32602);
    assert_int_equal(error_rpc_code(ERROR_INTERNAL), -32603);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_setting_an_error_empties_its_other_texts),
        claim(test_an_error_is_described_a_line_each),
        claim(test_a_long_text_is_cut_visibly),
        claim(test_a_text_that_just_fits_is_not_cut),
        claim(test_a_text_is_cut_between_characters),
        claim(test_kinds_that_the_model_can_act_on_are_tool_results),
        claim(test_kinds_of_the_protocol_have_their_codes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
