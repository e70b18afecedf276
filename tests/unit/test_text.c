#include "base/text.h"

#include "unit.h"

#include <string.h>

static struct buffer buffer;

static int begin(void **state)
{
    return 0;
}

static int end(void **state)
{
    buffer_release(&buffer);
    return 0;
}

/* ---- UTF-8 ---- */

static const char *utf8_of(const char *bytes, size_t length)
{
    buffer_clear(&buffer);
    text_make_utf8(bytes, length, &buffer);
    return buffer_text(&buffer);
}

#define assert_utf8(bytes, wanted) assert_text(utf8_of(bytes, sizeof(bytes) - 1), wanted)
#define BAD "\xEF\xBF\xBD"

static void test_one_byte_anywhere_is_not_ascii(void **state)
{
    char bytes[20];

    memset(bytes, 'a', sizeof bytes);
    for (size_t length = 0; length <= sizeof bytes; length++)
        assert_true(text_is_ascii(bytes, length));
    for (size_t at = 0; at < sizeof bytes; at++) {
        bytes[at] = '\x80';
        assert_false(text_is_ascii(bytes, sizeof bytes));
        assert_true(text_is_ascii(bytes, at));
        bytes[at] = 'a';
    }
}

static void test_valid_utf_8_stays(void **state)
{
    assert_utf8("a\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80z",
                "a\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80z");
}

static void test_the_ends_of_every_length_are_valid(void **state)
{
    assert_utf8("\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF"
                "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF",
                "\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF"
                "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF");
}

static void test_a_stray_byte_is_replaced(void **state)
{
    assert_utf8("a\xFFz", "a" BAD "z");
    assert_utf8("a\x80z", "a" BAD "z");
}

static void test_overlong_forms_are_replaced(void **state)
{
    assert_utf8("\xC0\xAF", BAD BAD);
    assert_utf8("\xE0\x80\xAF", BAD BAD BAD);
    assert_utf8("\xF0\x80\x80\xAF", BAD BAD BAD BAD);
}

static void test_surrogates_are_replaced(void **state)
{
    assert_utf8("\xED\xA0\x80", BAD BAD BAD);
}

static void test_what_is_beyond_unicode_is_replaced(void **state)
{
    assert_utf8("\xF4\x90\x80\x80", BAD BAD BAD BAD);
    assert_utf8("\xF5\x80\x80\x80", BAD BAD BAD BAD);
}

static void test_a_sequence_that_is_cut_is_replaced(void **state)
{
    assert_utf8("a\xE2\x82", "a" BAD BAD);
    assert_utf8("a\xE2z", "a" BAD "z");
}

static void test_a_nul_stays(void **state)
{
    text_make_utf8("a\0b", 3, &buffer);
    assert_int_equal(buffer.length, 3);
}

/* ---- cutting ---- */

static void test_characters_are_counted(void **state)
{
    assert_int_equal(text_width(""), 0);
    assert_int_equal(text_width("J\xC3\xBCrgen \xF0\x9F\x98\x80"), 8);
}

static void test_a_long_text_is_cut_visibly(void **state)
{
    buffer_clear(&buffer);
    text_add_beginning(&buffer, "J\xC3\xBCrgen", 7);
    assert_text(buffer_text(&buffer), "J\xC3\xBCrgen");
    buffer_clear(&buffer);
    text_add_beginning(&buffer, "J\xC3\xBCrgen", 2);
    assert_text(buffer_text(&buffer), "J...");
}

static void test_a_whole_number_is_digits_alone(void **state)
{
    assert_int_equal(text_whole_number("0"), 0);
    assert_int_equal(text_whole_number("3600"), 3600);
    assert_int_equal(text_whole_number("999999999999999999"), 999999999999999999);
    assert_int_equal(text_whole_number("1000000000000000000"), -1);
    assert_int_equal(text_whole_number(""), -1);
    assert_int_equal(text_whole_number("-1"), -1);
    assert_int_equal(text_whole_number(" 1"), -1);
    assert_int_equal(text_whole_number("1.5"), -1);
}

static void test_a_short_text_is_not_cut(void **state)
{
    assert_int_equal(text_cut("", 0), 0);
    assert_int_equal(text_cut("J\xC3\xBCrgen", 7), 7);
    assert_int_equal(text_cut("J\xC3\xBCrgen", 100), 7);
}

static void test_a_text_is_cut_between_characters(void **state)
{
    assert_int_equal(text_cut("J\xC3\xBCrgen", 3), 3);
    assert_int_equal(text_cut("J\xC3\xBCrgen", 2), 1);
    assert_int_equal(text_cut("\xF0\x9F\x98\x80", 3), 0);
    assert_int_equal(text_cut("\xF0\x9F\x98\x80.", 4), 4);
}

static void test_a_copy_is_cut_between_characters_and_ended(void **state)
{
    char copy[8];

    text_copy(copy, sizeof copy, "J\xC3\xBCrgen");
    assert_text(copy, "J\xC3\xBCrgen");
    text_copy(copy, 3, "J\xC3\xBCrgen");
    assert_text(copy, "J");
    text_copy(copy, 1, "J\xC3\xBCrgen");
    assert_text(copy, "");
}

/* ---- base64 (RFC 4648, section 10) ---- */

static const char *base64_of(const char *text)
{
    buffer_clear(&buffer);
    text_add_base64(&buffer, text, strlen(text));
    return buffer_text(&buffer);
}

static void test_base64_has_the_known_values(void **state)
{
    assert_text(base64_of(""), "");
    assert_text(base64_of("f"), "Zg==");
    assert_text(base64_of("fo"), "Zm8=");
    assert_text(base64_of("foo"), "Zm9v");
    assert_text(base64_of("foob"), "Zm9vYg==");
    assert_text(base64_of("fooba"), "Zm9vYmE=");
    assert_text(base64_of("foobar"), "Zm9vYmFy");
}

static void test_base64_uses_the_standard_alphabet(void **state)
{
    assert_text(base64_of("\xFB\xEF\xBE\xFF\xFF\xFF"), "++++////");
}

/* ---- URL parts ---- */

static void test_an_escaped_byte_of_a_url_is_read(void **state)
{
    assert_int_equal(text_url_byte("%2Fx"), '/');
    assert_int_equal(text_url_byte("%c3"), 0xC3);
    assert_int_equal(text_url_byte("%2"), -1);
    assert_int_equal(text_url_byte("%zz"), -1);
    assert_int_equal(text_url_byte("2F"), -1);
}

static void test_what_a_url_part_may_not_hold_is_escaped(void **state)
{
    text_add_url_part(&buffer, "app-1_2.~ /?&=%\xC3\xBC");
    assert_text(buffer_text(&buffer), "app-1_2.~%20%2F%3F%26%3D%25%C3%BC");
}

/* ---- checksums (as zlib's) ---- */

static uint32_t crc_of(const char *bytes)
{
    return text_crc32(bytes, strlen(bytes));
}

static void test_checksums_have_the_known_values(void **state)
{
    assert_int_equal(crc_of(""), 0);
    assert_int_equal(crc_of("a"), 0xe8b7be43);
    assert_int_equal(crc_of("123456789"), 0xcbf43926);
    assert_int_equal(crc_of("The quick brown fox jumps over the lazy dog"), 0x414fa339);
}

static void test_checksums_are_of_any_bytes(void **state)
{
    assert_int_equal(text_crc32("\0\0\0\0", 4), 0x2144df1c);
    assert_int_equal(text_crc32("\xFF\xFF\xFF\xFF", 4), 0xffffffff);
}

/* ---- nearest names ---- */

static const char *const names[] = {"application_file", "executor_memory",
                                    "executor_cores", "num_executors", "conf"};

static const char *nearest(const char *word)
{
    return text_nearest(word, names, sizeof names / sizeof *names);
}

static void test_the_nearest_name_is_the_one_with_fewest_edits(void **state)
{
    assert_text(nearest("executor_core"), "executor_cores");
    assert_text(nearest("exector_memory"), "executor_memory");
}

static void test_case_does_not_matter_for_nearness(void **state)
{
    assert_text(nearest("CONF"), "conf");
}

static void test_a_part_of_a_name_is_near(void **state)
{
    assert_text(nearest("file"), "application_file");
}

static void test_what_is_far_from_all_has_no_nearest(void **state)
{
    assert_null(nearest("zzzzzzzzzz"));
}

static void test_a_very_long_word_has_no_nearest(void **state)
{
    char word[300];

    memset(word, 'x', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    assert_null(nearest(word));
}

static void test_without_names_there_is_no_nearest(void **state)
{
    assert_null(text_nearest("word", NULL, 0));
}

/* ---- times ---- */

static void test_times_are_utc(void **state)
{
    char text[40];

    text_time(INT64_C(1795366800000), text, sizeof text);
    assert_text(text, "2026-11-22 17:00:00");
}

/* ---- the beginnings and ends of texts ---- */

static void test_a_beginning_is_compared_with_case(void **state)
{
    assert_true(text_starts_with("spark://a", "spark://"));
    assert_false(text_starts_with("Spark://a", "spark://"));
    assert_false(text_starts_with("spark", "spark://"));
}

static void test_an_end_is_compared_without_case(void **state)
{
    assert_true(text_ends_with("job.PY", ".py"));
    assert_false(text_ends_with("py", ".py"));
}

static void test_a_word_inside_is_found_without_case(void **state)
{
    assert_true(text_contains_word("spark.ssl.keyPassword", "password"));
    assert_false(text_contains_word("spark.ssl.keyStore", "password"));
}

static void test_control_characters_are_written_out(void **state)
{
    static const char bytes[] = "a\tb\n\x1b[0m\r\x7f\xc2\x9b\xc2\xa0\xc2";
    struct buffer visible = {0};

    text_add_visible(&visible, bytes, sizeof bytes - 1);
    text_add_visible(&visible, "\0z", 2);
    assert_text(buffer_text(&visible), "a\tb\n\\x1b[0m\\x0d\\x7f\\x9b\xc2\xa0\xc2\\x00z");
    buffer_release(&visible);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_control_characters_are_written_out),
        claim(test_one_byte_anywhere_is_not_ascii),
        claim(test_valid_utf_8_stays),
        claim(test_the_ends_of_every_length_are_valid),
        claim(test_a_stray_byte_is_replaced),
        claim(test_overlong_forms_are_replaced),
        claim(test_surrogates_are_replaced),
        claim(test_what_is_beyond_unicode_is_replaced),
        claim(test_a_sequence_that_is_cut_is_replaced),
        claim(test_a_nul_stays),
        claim(test_characters_are_counted),
        claim(test_a_long_text_is_cut_visibly),
        claim(test_a_whole_number_is_digits_alone),
        claim(test_a_short_text_is_not_cut),
        claim(test_a_text_is_cut_between_characters),
        claim(test_a_copy_is_cut_between_characters_and_ended),
        claim(test_base64_has_the_known_values),
        claim(test_base64_uses_the_standard_alphabet),
        claim(test_an_escaped_byte_of_a_url_is_read),
        claim(test_what_a_url_part_may_not_hold_is_escaped),
        claim(test_checksums_have_the_known_values),
        claim(test_checksums_are_of_any_bytes),
        claim(test_the_nearest_name_is_the_one_with_fewest_edits),
        claim(test_case_does_not_matter_for_nearness),
        claim(test_a_part_of_a_name_is_near),
        claim(test_what_is_far_from_all_has_no_nearest),
        claim(test_a_very_long_word_has_no_nearest),
        claim(test_without_names_there_is_no_nearest),
        claim(test_times_are_utc),
        claim(test_a_beginning_is_compared_with_case),
        claim(test_an_end_is_compared_without_case),
        claim(test_a_word_inside_is_found_without_case),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
