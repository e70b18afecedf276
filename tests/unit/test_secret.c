#include "base/secret.h"

#include "base/jx.h"
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
    unit_release();
    return 0;
}

static void assert_masked(const char *text, const char *wanted)
{
    char *masked = secret_mask(text, strlen(text));

    assert_text(masked, wanted);
    free(masked);
}

static void assert_masked_json(const char *value, const char *wanted)
{
    json_t *masked = secret_mask_json(json_of(value));

    assert_json(masked, wanted);
    json_decref(masked);
}

static void test_without_secrets_a_text_stays(void **state)
{
    assert_masked("nothing to hide", "nothing to hide");
}

static void test_every_occurrence_is_masked(void **state)
{
    secret_add("hunter22");
    assert_masked("hunter22, hunter22hunter22", "*****, **********");
}

static void test_a_text_that_is_a_secret_is_masked_whole(void **state)
{
    secret_add("hunter22");
    assert_masked("hunter22", "*****");
}

static void test_of_two_secrets_the_longer_one_is_masked(void **state)
{
    secret_add("hunter");
    secret_add("hunter22");
    secret_add("hunt");
    assert_masked("a hunter22 b", "a ***** b");
}

static void test_a_short_value_is_too_common_to_mask(void **state)
{
    secret_add("abc");
    secret_add("");
    assert_masked("abc", "abc");
}

static void test_a_secret_in_a_raw_value_is_masked_as_it_stands_there(void **state)
{
    const char *rows = "[[\"a \\\"quoted\\\" one\"],[\"hunter22\"]]";
    json_auto_t *masked = NULL;

    secret_add("\"quoted\"");
    secret_add("hunter22");
    masked = secret_mask_json(jx_raw(rows, strlen(rows)));
    assert_text(jx_raw_text(masked), "[[\"a ***** one\"],[\"*****\"]]");
}

static void test_a_secret_after_a_nul_in_a_text_is_masked(void **state)
{
    char *masked;

    secret_add("hunter22");
    masked = secret_mask("a\0hunter22", 10);
    assert_memory_equal(masked, "a\0*****", 8);
    free(masked);
}

static void test_the_newest_256_secrets_are_kept(void **state)
{
    char value[20];

    for (int i = 0; i < 300; i++) {
        snprintf(value, sizeof value, "secret-%03d", i);
        secret_add(value);
    }
    assert_masked("secret-043 secret-044 secret-299", "secret-043 ***** *****");
}

static void add_numbered(int from, int to)
{
    char value[20];

    for (int i = from; i < to; i++) {
        snprintf(value, sizeof value, "value-%04d", i);
        secret_add(value);
    }
}

static void test_what_is_pinned_is_never_pushed_out(void **state)
{
    secret_add("first-added");
    secret_pin("the-servers-own");
    add_numbered(0, 1000);
    assert_masked("the-servers-own", "*****");
    assert_masked("first-added", "first-added");
    assert_masked("value-0999 value-0744 value-0743", "***** ***** value-0743");
}

static void test_what_was_added_can_be_pinned_later(void **state)
{
    secret_add("the-servers-own");
    secret_pin("the-servers-own");
    add_numbered(0, 1000);
    assert_masked("the-servers-own", "*****");
}

static void test_numbers_and_literals_of_raw_json_stay(void **state)
{
    json_t *rows = jx_raw("[[1234567,\"1234567\",true,\"true \\\" 12\"]]",
                          strlen("[[1234567,\"1234567\",true,\"true \\\" 12\"]]"));

    secret_add("1234567");
    secret_add("true");
    rows = secret_mask_json(rows);
    assert_text(jx_raw_text(rows), "[[1234567,\"*****\",true,\"***** \\\" 12\"]]");
    json_decref(rows);
}

static void test_brackets_and_quotes_of_raw_json_stay(void **state)
{
    json_t *rows = jx_raw("[[\"a\",\"b\"],[1,2]]", strlen("[[\"a\",\"b\"],[1,2]]"));

    secret_add("],[1");
    secret_add("\",\"b");
    rows = secret_mask_json(rows);
    assert_text(jx_raw_text(rows), "[[\"a\",\"b\"],[1,2]]");
    json_decref(rows);
}

static void test_a_text_that_was_masked_when_it_was_made_stays(void **state)
{
    json_t *text = jx_masked("count: 1234567", strlen("count: 1234567"));

    secret_add("1234567");
    text = secret_mask_json(text);
    assert_text(jx_masked_text(text), "count: 1234567");
    json_decref(text);
}

static void test_a_value_that_is_known_takes_no_second_place(void **state)
{
    secret_add("first-secret");
    for (int i = 0; i < 300; i++)
        secret_add("hunter22");
    assert_masked("first-secret hunter22", "***** *****");
}

static void test_cleared_secrets_are_forgotten(void **state)
{
    secret_add("hunter22");
    secret_clear();
    assert_masked("hunter22", "hunter22");
}

static void test_strings_of_json_are_masked_at_any_depth(void **state)
{
    secret_add("hunter22");
    assert_masked_json("{'a':'hunter22','b':[1,{'c':'x hunter22 y'}]}",
                       "{'a':'*****','b':[1,{'c':'x ***** y'}]}");
}

static void test_keys_of_json_stay(void **state)
{
    secret_add("hunter22");
    assert_masked_json("{'hunter22':1}", "{'hunter22':1}");
}

static void test_masking_leaves_the_original_value(void **state)
{
    json_t *original = json_of("['hunter22']");

    secret_add("hunter22");
    json_decref(secret_mask_json(json_incref(original)));
    assert_json(original, "['hunter22']");
    json_decref(original);
}

static void test_a_secret_after_a_nul_in_json_is_masked(void **state)
{
    secret_add("hunter22");
    assert_masked_json("{'text':'a\\u0000 hunter22 z'}", "{'text':'a\\u0000 ***** z'}");
}

static void test_what_follows_a_nul_in_json_stays(void **state)
{
    secret_add("hunter22");
    assert_masked_json("['hunter22\\u0000rest']", "['*****\\u0000rest']");
}

static void test_a_secret_that_is_no_utf_8_is_masked_as_it_is_shown(void **state)
{
    json_t *masked;

    secret_add("hunter\xFFxx");
    assert_masked("a hunter\xFFxx b", "a ***** b");
    masked = secret_mask_json(jx_text("a hunter\xFFxx b", 13));
    assert_json(masked, "'a ***** b'");
    json_decref(masked);
}

static void test_nothing_is_masked_as_nothing(void **state)
{
    secret_add("hunter22");
    assert_null(secret_mask_json(NULL));
}

static void test_a_secret_is_found_in_a_json_text_however_it_is_escaped(void **state)
{
    secret_add("pass\"word\\");
    secret_add("p\xC3\xA4ssword");
    assert_true(secret_is_in_json("[\"a pass\\\"word\\\\ b\"]"));
    assert_true(secret_is_in_json("[\"p\xC3\xA4ssword\"]"));
    assert_false(secret_is_in_json("[\"password\"]"));
}

static void test_keys_that_spark_redacts_are_secret(void **state)
{
    assert_true(secret_is_key("spark.hadoop.fs.s3a.secret.key"));
    assert_true(secret_is_key("spark.hadoop.fs.s3a.access.key"));
    assert_true(secret_is_key("spark.ssl.keyStorePassword"));
    assert_true(secret_is_key("spark.my.TOKEN"));
    assert_true(secret_is_key("spark.hadoop.fs.azure.account.key.x.net"));
}

static void test_other_keys_are_not_secret(void **state)
{
    assert_false(secret_is_key("spark.executor.memory"));
    assert_false(secret_is_key("spark.ssl.keyStore"));
    assert_false(secret_is_key(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_without_secrets_a_text_stays),
        claim(test_every_occurrence_is_masked),
        claim(test_a_text_that_is_a_secret_is_masked_whole),
        claim(test_of_two_secrets_the_longer_one_is_masked),
        claim(test_a_short_value_is_too_common_to_mask),
        claim(test_a_secret_in_a_raw_value_is_masked_as_it_stands_there),
        claim(test_a_secret_after_a_nul_in_a_text_is_masked),
        claim(test_the_newest_256_secrets_are_kept),
        claim(test_what_is_pinned_is_never_pushed_out),
        claim(test_what_was_added_can_be_pinned_later),
        claim(test_numbers_and_literals_of_raw_json_stay),
        claim(test_brackets_and_quotes_of_raw_json_stay),
        claim(test_a_text_that_was_masked_when_it_was_made_stays),
        claim(test_a_value_that_is_known_takes_no_second_place),
        claim(test_cleared_secrets_are_forgotten),
        claim(test_strings_of_json_are_masked_at_any_depth),
        claim(test_keys_of_json_stay),
        claim(test_masking_leaves_the_original_value),
        claim(test_a_secret_after_a_nul_in_json_is_masked),
        claim(test_what_follows_a_nul_in_json_stays),
        claim(test_a_secret_that_is_no_utf_8_is_masked_as_it_is_shown),
        claim(test_nothing_is_masked_as_nothing),
        claim(test_a_secret_is_found_in_a_json_text_however_it_is_escaped),
        claim(test_keys_that_spark_redacts_are_secret),
        claim(test_other_keys_are_not_secret),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
