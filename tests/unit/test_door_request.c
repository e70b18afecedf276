#include "base/memory.h"
#include "spark/supervisor/door.h"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char
    *bytes; /* of exactly the size it needs, so that a sanitizer sees a step too far */
static struct door_request request;

static int begin(void **state)
{
    return 0;
}

static int end(void **state)
{
    free(bytes);
    bytes = NULL;
    return 0;
}

static enum door_reading read_bytes(const char *text, size_t length)
{
    free(bytes);
    bytes = memory_new(length + 1);
    memcpy(bytes, text, length);
    return door_read(bytes, length, &request);
}

static enum door_reading read_text(const char *text)
{
    return read_bytes(text, strlen(text));
}

#define POST                                                                             \
    "POST /v1/submissions/create HTTP/1.1\r\nHost: private-spark\r\n"                    \
    "content-length:  5\r\n\r\n"

static void test_a_get_has_a_path_and_a_query(void **state)
{
    assert_int_equal(read_text("GET /log/?driverId=d-1&logType=stdout HTTP/1.1\r\n\r\n"),
                     DOOR_IS_WHOLE);
    assert_text(request.method, "GET");
    assert_text(request.path, "/log/");
    assert_text(request.query, "driverId=d-1&logType=stdout");
    assert_int_equal(request.body_length, 0);
}

static void test_a_post_has_a_body(void **state)
{
    assert_int_equal(read_text(POST "{\"a\"}"), DOOR_IS_WHOLE);
    assert_text(request.path, "/v1/submissions/create");
    assert_text(request.query, "");
    assert_int_equal(request.body_length, 5);
    assert_memory_equal(request.body, "{\"a\"}", 5);
}

static void test_a_body_may_hold_anything(void **state)
{
    assert_int_equal(read_bytes(POST "\0\r\n\r\n", strlen(POST) + 5), DOOR_IS_WHOLE);
    assert_memory_equal(request.body, "\0\r\n\r\n", 5);
}

static void test_every_beginning_of_a_request_needs_more(void **state)
{
    static const char whole[] = POST "12345";

    for (size_t length = 0; length < sizeof whole - 1; length++)
        assert_int_equal(read_bytes(whole, length), DOOR_NEEDS_MORE);
    assert_int_equal(read_bytes(whole, sizeof whole - 1), DOOR_IS_WHOLE);
}

static void test_what_is_no_request_is_bad(void **state)
{
    static const char *const texts[] = {
        "\r\n\r\n",
        " \r\n\r\n",
        "GET\r\n\r\n",
        "GET /\r\n\r\n",
        "GET / FTP/1.1\r\n\r\n",
        "GET http://elsewhere/ HTTP/1.1\r\n\r\n",
        "GET  HTTP/1.1\r\n\r\n",
        "Host: a\r\nGET / HTTP/1.1\r\n\r\n",
        "\x16\x03\x01\x02\r\n\r\n",
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (read_text(texts[i]) != DOOR_IS_BAD)
            fail_msg("'%s' should be bad", texts[i]);
}

static void test_a_length_that_is_none_is_bad(void **state)
{
    static const char *const lengths[] = {"-1",
                                          "+5",
                                          "0x5",
                                          "",
                                          "999999999999999999999",
                                          "16777217",
                                          "1e3",
                                          "5\r\nTransfer-Encoding: chunked"};
    char text[200];

    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        snprintf(text, sizeof text, "POST / HTTP/1.1\r\nContent-Length: %s\r\n\r\n12345",
                 lengths[i]);
        if (read_text(text) != DOOR_IS_BAD)
            fail_msg("'%s' should be bad", lengths[i]);
    }
}

static void test_a_head_without_end_is_bad(void **state)
{
    char *text = memory_new(DOOR_HEAD_MAX + 2);

    memset(text, 'a', DOOR_HEAD_MAX + 1);
    assert_int_equal(read_bytes(text, DOOR_HEAD_MAX), DOOR_NEEDS_MORE);
    assert_int_equal(read_bytes(text, DOOR_HEAD_MAX + 1), DOOR_IS_BAD);
    free(text);
}

static void test_a_nul_in_the_head_is_bad(void **state)
{
    assert_int_equal(read_bytes("GET /\0 HTTP/1.1\r\n\r\n", 20), DOOR_IS_BAD);
    assert_int_equal(read_bytes("\0", 1), DOOR_IS_BAD);
}

static void test_no_change_of_a_byte_is_read_past_the_end(void **state)
{
    static const char whole[] = POST "12345";
    static const char nasty[] = "\0\r\n :?%/9\xff";

    for (size_t i = 0; i < sizeof whole - 1; i++) {
        for (size_t k = 0; k < sizeof nasty - 1; k++) {
            char changed[sizeof whole];
            memcpy(changed, whole, sizeof whole);
            changed[i] = nasty[k];
            if (read_bytes(changed, sizeof whole - 1) == DOOR_IS_WHOLE)
                assert_true(request.body + request.body_length <=
                            bytes + sizeof whole - 1);
        }
    }
}

/* ---- queries ---- */

static const char *value_of(const char *query, const char *name)
{
    static char value[8];

    door_query_value(query, name, value, sizeof value);
    return value;
}

static void test_a_value_is_found_by_its_whole_name(void **state)
{
    assert_text(value_of("aid=1&id=2&i=3", "id"), "2");
    assert_text(value_of("id=&a=1", "id"), "");
    assert_text(value_of("idx=1&id", "id"), "");
    assert_text(value_of("", "id"), "");
    assert_text(value_of("&&&id=4&", "id"), "4");
}

static void test_a_value_is_decoded(void **state)
{
    assert_text(value_of("id=a%2Fb", "id"), "a/b");
    assert_text(value_of("id=%", "id"), "%");
    assert_text(value_of("id=%4", "id"), "%4");
    assert_text(value_of("id=%zz", "id"), "%zz");
    assert_text(value_of("id=a%00b", "id"), "a");
}

static void test_a_value_that_is_too_long_is_cut(void **state)
{
    assert_text(value_of("id=123456789", "id"), "1234567");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_a_get_has_a_path_and_a_query),
        claim(test_a_post_has_a_body),
        claim(test_a_body_may_hold_anything),
        claim(test_every_beginning_of_a_request_needs_more),
        claim(test_what_is_no_request_is_bad),
        claim(test_a_length_that_is_none_is_bad),
        claim(test_a_head_without_end_is_bad),
        claim(test_a_nul_in_the_head_is_bad),
        claim(test_no_change_of_a_byte_is_read_past_the_end),
        claim(test_a_value_is_found_by_its_whole_name),
        claim(test_a_value_is_decoded),
        claim(test_a_value_that_is_too_long_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
