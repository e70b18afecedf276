/* Long lists, read in slices. */
#include "spark/rows.h"

#include "base/jx.h"
#include "scripted_http.h"
#include "unit.h"
#include "waiting.h"

#include "base/buffer.h"

static struct outcome outcome;

static int begin(void **state)
{
    loop_begin();
    return 0;
}

static int end(void **state)
{
    outcome_clear(&outcome);
    unit_release();
    return loop_end() ? 0 : -1;
}

static void get(struct flow *flow, struct reply *reply)
{
    static const char *const keys[] = {"id", "name", NULL};
    json_auto_t *place = json_of("{'url':'http://d:4040/api/v1/applications/a','from':"
                                 "'driver'}");

    rows_get(flow, place, "stages", keys, reply);
}

static void answer(const char *text)
{
    script_text("/applications/a/stages", "application/json", text);
    wait_for(&outcome, get);
    loop_run(1000);
    assert_true(outcome.has_ended);
}

static void test_only_the_keys_that_are_asked_for_are_kept(void **state)
{
    answer(
        "[ {\"id\" : 1, \"name\" : \"a ] } \\\" b\", \"more\" : [ { } ]\n}, {\"id\":2} ]");
    assert_json(outcome.result, "[{'id':1,'name':'a ] } \\\" b'},{'id':2}]");
}

static void test_every_kind_of_value_is_kept(void **state)
{
    answer("[{\"id\":0,\"name\":\"\"},{\"id\":-12,\"name\":\"\\u00e9\\n\"},"
           "{\"id\":999999999999999999,\"name\":null},{\"id\":1.5e3,\"name\":true},"
           "{\"id\":9223372036854775807,\"name\":\"\xc3\xa9\"},"
           "{\"id\":[1,{\"a\":[]}],\"name\":{}},{\"id\":1,\"id\":2},{}]");
    assert_json(outcome.result,
                "[{'id':0,'name':''},{'id':-12,'name':'\\u00e9\\n'},"
                "{'id':999999999999999999,'name':null},{'id':1500.0,'name':true},"
                "{'id':9223372036854775807,'name':'\xc3\xa9'},"
                "{'id':[1,{'a':[]}],'name':{}},{'id':2},{}]");
}

static void test_an_empty_list_has_no_rows(void **state)
{
    answer("[ ]");
    assert_json(outcome.result, "[]");
}

static void test_what_is_no_list_of_objects_is_refused(void **state)
{
    static const char *const texts[] = {"",
                                        "{}",
                                        "<html>",
                                        "[1]",
                                        "[{\"id\":1}",
                                        "[{\"id\":}]",
                                        "[{\"id\":nul}]",
                                        "[{\"more\":}]",
                                        "[{\"more\":\"}]",
                                        "[{\"more\":[}]",
                                        "[{\"id\" 1}]",
                                        "[{id:1}]",
                                        "[{\"id\":1 2}]",
                                        "[{\"id\":01}]",
                                        "[{\"id\":-}]",
                                        "[{\"id\":9223372036854775808}]",
                                        "[{\"id\":1",
                                        "[{\"id\":"};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        answer(texts[i]);
        assert_error(&outcome.error, ERROR_BAD_ANSWER, "a list of objects");
        outcome_clear(&outcome);
    }
}

static void test_no_more_is_kept_than_memory_is_meant_for_it(void **state)
{
    static const char *const repeated[] = {",{}", ",{\"name\":[1,2,3,4]}"};

    for (size_t i = 0; i < sizeof repeated / sizeof *repeated; i++) {
        struct buffer text = {0};

        buffer_add_text(&text, "[{}");
        for (int n = 0; n < 1000001; n += i == 0 ? 1 : 5)
            buffer_add_text(&text, repeated[i]);
        buffer_add_text(&text, "]");
        answer(buffer_text(&text));
        assert_error(&outcome.error, ERROR_TOO_LARGE, "more than 1000000 values");
        outcome_clear(&outcome);
        buffer_release(&text);
    }
}

static void test_a_long_list_lets_others_go_on_meanwhile(void **state)
{
    struct buffer text = {0};

    buffer_add_text(&text, "[{\"id\":0}");
    for (int i = 1; i < 40000; i++)
        buffer_printf(&text, ",{\"id\":%d,\"more\":\"0123456789\"}", i);
    buffer_add_text(&text, "]");
    script_text("/applications/a/stages", "application/json", buffer_text(&text));
    wait_for(&outcome, get);
    script_deliver();
    flow_dispatch();
    script_deliver();
    flow_dispatch();
    assert_false(outcome.has_ended);
    loop_run(1000);
    assert_int_equal(json_array_size(outcome.result), 40000);
    buffer_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_only_the_keys_that_are_asked_for_are_kept),
        claim(test_every_kind_of_value_is_kept),
        claim(test_an_empty_list_has_no_rows),
        claim(test_what_is_no_list_of_objects_is_refused),
        claim(test_no_more_is_kept_than_memory_is_meant_for_it),
        claim(test_a_long_list_lets_others_go_on_meanwhile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
