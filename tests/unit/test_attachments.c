/* Resources and completion, from a line to the answer, on a scripted Spark. */
#include "base/jx.h"
#include "scripted_http.h"
#include "tool_client.h"
#include "unit.h"
#include "waiting.h"

#include <stdio.h>
#include <string.h>

static int begin(void **state)
{
    return client_begin() ? 0 : -1;
}

static int end(void **state)
{
    return client_end() ? 0 : -1;
}

static void script_master(void)
{
    script_value("GET http://m:8080/json/", recorded_json("spark-3.5.9/master.json"));
}

static void request(const char *method, const char *params)
{
    char line[400];

    snprintf(line, sizeof line, "{'jsonrpc':'2.0','id':1,'method':'%s','params':{%s}}",
             method, params);
    client_send(line);
    loop_run(0);
}

static const json_t *refusal(void)
{
    return jx_object(json_array_get(messages(), json_array_size(messages()) - 1),
                     "error");
}

static const json_t *contents(void)
{
    return json_array_get(jx_array(result(), "contents"), 0);
}

static const json_t *completed(void)
{
    return jx_array(jx_object(result(), "completion"), "values");
}

static void test_a_resource_is_the_text_of_its_view(void **state)
{
    script_master();
    request("resources/read", "'uri':'spark://cluster'");
    assert_text(jx_string(contents(), "uri"), "spark://cluster");
    assert_text(jx_string(contents(), "mimeType"), "text/plain");
    assert_non_null(strstr(jx_string(contents(), "text"), "spark://127.0.0.1:7077"));
}

static void test_the_part_of_an_address_is_decoded(void **state)
{
    script_master();
    script_error("GET http://m:6066/v1/submissions/status/driver-1", ERROR_NO_DRIVER,
                 "no such driver");
    request("resources/read", "'uri':'spark://submissions/driver%2D1/log'");
    assert_int_equal(jx_int(refusal(), "code"), -32002);
}

static void test_ids_are_completed_from_what_spark_lists(void **state)
{
    script_master();
    request("completion/complete",
            "'ref':{'type':'ref/resource','uri':'spark://submissions/{id}/log'},"
            "'argument':{'name':'id','value':'driver-'}");
    assert_true(json_array_size(completed()) > 0);
    script_master();
    request("completion/complete",
            "'ref':{'type':'ref/resource','uri':'spark://submissions/{id}/log'},"
            "'argument':{'name':'id','value':'nothing begins so'}");
    assert_int_equal(json_array_size(completed()), 0);
}

static void test_names_of_tables_start_no_session(void **state)
{
    request("completion/complete", "'ref':{'type':'ref/prompt','name':'explore-data'},"
                                   "'argument':{'name':'data','value':''}");
    assert_int_equal(json_array_size(completed()), 0);
}

static void test_a_read_that_is_cancelled_has_no_answer(void **state)
{
    size_t before;

    script_silence("GET http://m:8080/json/");
    client_send("{'jsonrpc':'2.0','id':1,'method':'resources/read',"
                "'params':{'uri':'spark://cluster'}}");
    loop_run(0);
    before = json_array_size(messages());
    cancel_call();
    loop_run(0);
    assert_int_equal(json_array_size(messages()), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_a_resource_is_the_text_of_its_view),
        claim(test_the_part_of_an_address_is_decoded),
        claim(test_ids_are_completed_from_what_spark_lists),
        claim(test_names_of_tables_start_no_session),
        claim(test_a_read_that_is_cancelled_has_no_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
