#include "spark/payload.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "base/memory.h"
#include "embedded.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct error error;
static json_t *request, *environment;

static int begin(void **state)
{
    memset(&error, 0, sizeof error);
    request = json_of("{'files':{}}");
    environment = json_object();
    return 0;
}

static int end(void **state)
{
    json_decref(request);
    json_decref(environment);
    unit_release();
    return 0;
}

static bool add(const void *content, size_t length)
{
    return payload_add_file(request, file_with("job.py", content, length), "job.py",
                            &error);
}

static const char *piece(int i)
{
    char name[40];

    snprintf(name, sizeof name, "MCP_SPARK_REQUEST_%d", i);
    return jx_string(environment, name);
}

/* What the launcher will read. New. */
static json_t *unpacked(void)
{
    struct buffer text = {0};
    json_t *value;

    for (int i = 0; piece(i)[0] != '\0'; i++)
        buffer_add_text(&text, piece(i));
    value = json_loads(buffer_text(&text), 0, NULL);
    buffer_release(&text);
    return value;
}

static char *letters(size_t length)
{
    char *text = memory_new(length + 1);

    memset(text, 'x', length);
    return text;
}

/* ---- files ---- */

static void test_a_file_of_text_travels_as_text(void **state)
{
    assert_true(add("print('\xC3\xBC')\n", 12));
    assert_json(request, "{'files':{'job.py':'print(\\u0027\\u00FC\\u0027)\\n'}}");
}

static void test_an_empty_file_travels(void **state)
{
    assert_true(add("", 0));
    assert_json(request, "{'files':{'job.py':''}}");
}

static void test_a_file_that_is_no_utf_8_travels_as_base64(void **state)
{
    assert_true(add("\xFFz", 2));
    assert_json(request, "{'files':{'job.py':{'base64':'/3o='}}}");
}

static void test_a_file_with_a_nul_travels_as_base64(void **state)
{
    assert_true(add("a\0b", 3));
    assert_json(request, "{'files':{'job.py':{'base64':'YQBi'}}}");
}

static void test_a_file_that_is_not_there_is_an_error(void **state)
{
    assert_false(payload_add_file(request, "/no/such/job.py", "job.py", &error));
    assert_error(&error, ERROR_ARGUMENTS, "/no/such/job.py");
}

static void test_two_files_of_one_name_do_not_travel_together(void **state)
{
    assert_true(add("import lib", 10));
    assert_false(add("x = 1", 5));
    assert_error(&error, ERROR_ARGUMENTS, "two files named 'job.py'");
    assert_json(request, "{'files':{'job.py':'import lib'}}");
}

static void test_a_file_beyond_a_mebibyte_is_too_large(void **state)
{
    char *content = letters(1024 * 1024 + 1);

    assert_false(add(content, 1024 * 1024 + 1));
    assert_error(&error, ERROR_ARGUMENTS, "too large to travel");
    assert_json(request, "{'files':{}}");
    free(content);
}

/* ---- the runner ---- */

/* How many of the embedded archives travel for this operation; the first always does. */
static size_t count_archives(const char *operation)
{
    json_auto_t *archives = payload_runner_archives(operation);

    assert_text(embedded_runner[0].name, "shared");
    assert_int_equal(strncmp(json_string_value(json_array_get(archives, 0)), "H4sI", 4),
                     0);
    return json_array_size(archives);
}

static void test_a_session_is_sent_every_operation(void **state)
{
    assert_in_range(count_archives(""), 6, 20);
}

static void test_one_operation_travels_with_what_is_shared_and_no_other(void **state)
{
    assert_int_equal(count_archives("data"), 2);
    assert_int_equal(count_archives("sql"), 2);
}

/* Of a proxy before Spark nginx lets 1 MiB through, unless told otherwise. */
static void test_the_runner_fits_into_a_submission_several_times(void **state)
{
    json_auto_t *body = jx_pack("{s:O}", "environmentVariables", environment);
    char *text;

    json_object_set_new(request, "archives", payload_runner_archives(""));
    assert_true(payload_pack(request, environment, &error));
    text = json_dumps(body, JSON_COMPACT | JSON_ENSURE_ASCII);
    print_message("a session's submission: %zu bytes\n", strlen(text));
    assert_in_range(strlen(text), 1, 400 * 1024);
    free(text);
}

/* ---- the environment ---- */

static void test_the_launcher_travels_with_the_request(void **state)
{
    assert_true(payload_pack(request, environment, &error));
    assert_text(jx_string(environment, "MCP_SPARK_RUNNER"), embedded_launch);
    assert_text(piece(0), "{\"files\":{}}");
}

static void test_the_environment_of_the_caller_stays(void **state)
{
    json_object_set_new(environment, "A", json_string("1"));
    assert_true(payload_pack(request, environment, &error));
    assert_text(jx_string(environment, "A"), "1");
}

static void test_the_request_is_ascii(void **state)
{
    json_object_set_new(request, "args", json_of("['\xC3\xBC','\xF0\x9F\x98\x80']"));
    assert_true(payload_pack(request, environment, &error));
    for (const char *at = piece(0); *at != '\0'; at++)
        assert_in_range(*at, 1, 127);
}

static void test_a_large_request_travels_in_pieces(void **state)
{
    char *content = letters(300000);
    json_t *read;

    assert_true(add(content, 300000));
    assert_true(payload_pack(request, environment, &error));
    assert_int_equal(strlen(piece(0)), 100000);
    assert_int_equal(strlen(piece(2)), 100000);
    assert_in_range(strlen(piece(3)), 1, 100000);
    read = unpacked();
    assert_true(json_equal(read, request));
    json_decref(read);
    free(content);
}

static void test_a_request_beyond_a_mebibyte_is_too_large(void **state)
{
    char *content = letters(1024 * 1024);

    assert_true(add(content, 1024 * 1024));
    assert_false(payload_pack(request, environment, &error));
    assert_error(&error, ERROR_ARGUMENTS, "too large to travel");
    free(content);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_a_file_of_text_travels_as_text),
        claim(test_an_empty_file_travels),
        claim(test_a_file_that_is_no_utf_8_travels_as_base64),
        claim(test_a_file_with_a_nul_travels_as_base64),
        claim(test_a_file_that_is_not_there_is_an_error),
        claim(test_two_files_of_one_name_do_not_travel_together),
        claim(test_a_file_beyond_a_mebibyte_is_too_large),
        claim(test_a_session_is_sent_every_operation),
        claim(test_one_operation_travels_with_what_is_shared_and_no_other),
        claim(test_the_runner_fits_into_a_submission_several_times),
        claim(test_the_launcher_travels_with_the_request),
        claim(test_the_environment_of_the_caller_stays),
        claim(test_the_request_is_ascii),
        claim(test_a_large_request_travels_in_pieces),
        claim(test_a_request_beyond_a_mebibyte_is_too_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
