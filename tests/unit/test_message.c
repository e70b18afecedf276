#include "rpc/message.h"

#include "unit.h"

#include <stdlib.h>
#include <string.h>

static json_t *value;
static struct rpc_message message;
static struct error error;

static int begin(void **state)
{
    memset(&error, 0, sizeof error);
    return 0;
}

static int end(void **state)
{
    json_decref(value);
    value = NULL;
    return 0;
}

static enum rpc_kind classify(const char *json)
{
    json_decref(value);
    value = json_of(json);
    rpc_classify(value, &message);
    return message.kind;
}

static json_t *parse(const char *line)
{
    return rpc_parse(line, strlen(line), &error);
}

/* ---- reading a line ---- */

static void test_any_json_value_is_read(void **state)
{
    value = parse("[1, \"a\", null]");
    assert_json(value, "[1, 'a', null]");
}

static void test_what_is_no_json_is_a_parse_error(void **state)
{
    assert_null(parse("{\"a\":}"));
    assert_error(&error, ERROR_PARSE, "not JSON");
    assert_int_equal(error_rpc_code(error.kind), -32700);
}

static void test_text_after_the_value_is_a_parse_error(void **state)
{
    assert_null(parse("{} {}"));
    assert_error(&error, ERROR_PARSE, "not JSON");
}

static void test_a_nul_byte_is_a_parse_error(void **state)
{
    assert_null(rpc_parse("{}\0", 3, &error));
    assert_error(&error, ERROR_PARSE, "NUL");
}

static void test_a_nul_escape_is_read(void **state)
{
    value = parse("\"a\\u0000b\"");
    assert_int_equal(json_string_length(value), 3);
}

static void test_deep_nesting_is_a_parse_error(void **state)
{
    char line[5000];

    memset(line, '[', sizeof line);
    assert_null(rpc_parse(line, sizeof line, &error));
    assert_error(&error, ERROR_PARSE, "not JSON");
}

static void test_a_line_of_very_many_values_is_a_parse_error(void **state)
{
    size_t length = 2 * 600000 + 1;
    char *line = malloc(length);

    memset(line, '1', length);
    for (size_t i = 2; i < length; i += 2)
        line[i] = ',';
    line[0] = '[';
    line[length - 1] = ']';
    assert_null(rpc_parse(line, length, &error));
    assert_error(&error, ERROR_PARSE, "more than");
    free(line);
}

static void test_bytes_that_are_no_utf_8_become_replacement_characters(void **state)
{
    value = parse("[\"a\xFFz\"]");
    assert_json(value, "['a\\uFFFDz']");
}

static void test_a_lone_surrogate_is_a_parse_error(void **state)
{
    assert_null(parse("[\"\\ud800\"]"));
    assert_error(&error, ERROR_PARSE, "not JSON");
}

/* ---- what a value is ---- */

static void test_a_method_with_an_id_is_a_request(void **state)
{
    assert_int_equal(classify("{'jsonrpc':'2.0','id':1,'method':'ping','params':{}}"),
                     RPC_REQUEST);
    assert_text(message.method, "ping");
    assert_json(message.id, "1");
    assert_json(message.params, "{}");
}

static void test_an_id_may_be_a_string(void **state)
{
    assert_int_equal(classify("{'jsonrpc':'2.0','id':'a','method':'ping'}"), RPC_REQUEST);
    assert_json(message.id, "'a'");
    assert_null(message.params);
}

static void test_a_method_without_an_id_is_a_notification(void **state)
{
    assert_int_equal(classify("{'jsonrpc':'2.0','method':'notifications/cancelled'}"),
                     RPC_NOTIFICATION);
}

static void test_ids_of_other_types_are_invalid(void **state)
{
    const char *const ids[] = {"null", "1.5", "true", "[1]", "{}"};
    char json[100];

    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        snprintf(json, sizeof json, "{'jsonrpc':'2.0','id':%s,'method':'ping'}", ids[i]);
        assert_int_equal(classify(json), RPC_INVALID);
        assert_null(message.id);
    }
}

static void test_another_version_is_invalid(void **state)
{
    assert_int_equal(classify("{'jsonrpc':'1.0','id':1,'method':'ping'}"), RPC_INVALID);
    assert_error(&message.error, ERROR_REQUEST, "jsonrpc");
    assert_json(message.id, "1");
}

static void test_a_request_without_a_version_is_invalid(void **state)
{
    assert_int_equal(classify("{'id':1,'method':'ping'}"), RPC_INVALID);
}

static void test_a_request_whose_method_is_no_string_is_invalid(void **state)
{
    assert_int_equal(classify("{'jsonrpc':'2.0','id':1,'method':5}"), RPC_INVALID);
    assert_error(&message.error, ERROR_REQUEST, "method");
}

static void test_values_that_are_no_objects_are_invalid(void **state)
{
    assert_int_equal(classify("5"), RPC_INVALID);
    assert_int_equal(classify("'ping'"), RPC_INVALID);
    assert_int_equal(classify("null"), RPC_INVALID);
    assert_int_equal(classify("[]"), RPC_INVALID);
}

static void test_an_empty_object_is_invalid(void **state)
{
    assert_int_equal(classify("{}"), RPC_INVALID);
}

static void test_responses_are_ignored(void **state)
{
    assert_int_equal(classify("{'jsonrpc':'2.0','id':1,'result':{}}"), RPC_IGNORED);
    assert_int_equal(classify("{'jsonrpc':'2.0','id':1,'error':{'code':1}}"),
                     RPC_IGNORED);
}

static void test_a_malformed_notification_is_ignored(void **state)
{
    assert_int_equal(classify("{'jsonrpc':'2.0','method':5}"), RPC_IGNORED);
}

static void test_a_method_with_a_nul_is_not_the_one_before_it(void **state)
{
    assert_int_equal(classify("{'jsonrpc':'2.0','id':1,'method':'ping\\u0000x'}"),
                     RPC_REQUEST);
    assert_text(message.method, "");
}

/* ---- answers ---- */

static void test_a_result_carries_the_id(void **state)
{
    json_t *id = json_string("a");

    value = rpc_result(id, json_object());
    assert_json(value, "{'jsonrpc':'2.0','id':'a','result':{}}");
    json_decref(id);
}

static void test_an_error_carries_code_message_and_data(void **state)
{
    json_t *id = json_integer(7);

    error_set(&error, ERROR_PARAMS, "unknown tool: 'x'");
    value = rpc_error(id, &error, json_of("{'a':1}"));
    assert_json(value, "{'jsonrpc':'2.0','id':7,'error':{'code':-32602,'message':"
                       "'unknown tool: \\u0027x\\u0027','data':{'a':1}}}");
    json_decref(id);
}

static void test_an_error_without_an_id_has_null(void **state)
{
    error_set(&error, ERROR_PARSE, "no");
    value = rpc_error(NULL, &error, NULL);
    assert_json(value,
                "{'jsonrpc':'2.0','id':null,'error':{'code':-32700,'message':'no'}}");
}

static void test_an_error_message_that_is_no_utf_8_is_sent_all_the_same(void **state)
{
    error_set(&error, ERROR_METHOD, "Method not found: '\xFF'");
    value = rpc_error(NULL, &error, NULL);
    assert_json(json_object_get(json_object_get(value, "error"), "message"),
                "'Method not found: \\u0027\\uFFFD\\u0027'");
}

static void test_a_notification_has_no_id(void **state)
{
    value = rpc_notification("notifications/progress", json_object());
    assert_json(value, "{'jsonrpc':'2.0','method':'notifications/progress','params':{}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_any_json_value_is_read),
        claim(test_what_is_no_json_is_a_parse_error),
        claim(test_text_after_the_value_is_a_parse_error),
        claim(test_a_nul_byte_is_a_parse_error),
        claim(test_a_nul_escape_is_read),
        claim(test_deep_nesting_is_a_parse_error),
        claim(test_a_line_of_very_many_values_is_a_parse_error),
        claim(test_bytes_that_are_no_utf_8_become_replacement_characters),
        claim(test_a_lone_surrogate_is_a_parse_error),
        claim(test_a_method_with_an_id_is_a_request),
        claim(test_an_id_may_be_a_string),
        claim(test_a_method_without_an_id_is_a_notification),
        claim(test_ids_of_other_types_are_invalid),
        claim(test_another_version_is_invalid),
        claim(test_a_request_without_a_version_is_invalid),
        claim(test_a_request_whose_method_is_no_string_is_invalid),
        claim(test_values_that_are_no_objects_are_invalid),
        claim(test_an_empty_object_is_invalid),
        claim(test_responses_are_ignored),
        claim(test_a_malformed_notification_is_ignored),
        claim(test_a_method_with_a_nul_is_not_the_one_before_it),
        claim(test_a_result_carries_the_id),
        claim(test_an_error_carries_code_message_and_data),
        claim(test_an_error_without_an_id_has_null),
        claim(test_an_error_message_that_is_no_utf_8_is_sent_all_the_same),
        claim(test_a_notification_has_no_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
