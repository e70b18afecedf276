/* Which view of monitor-cluster a call asks for. */
#include "tools/monitor/view.h"

#include "base/jx.h"
#include "scripted_http.h"
#include "tool_client.h"
#include "tools/tool.h"
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

static void assert_shows(const char *arguments, const char *part)
{
    char line[300];

    script_value("GET http://m:8080/json/", recorded_json("spark-3.5.9/master.json"));
    script_always();
    script_error("", ERROR_NOT_FOUND, "nothing else is there");
    script_always();
    snprintf(line, sizeof line, "'monitor-cluster','arguments':{%s", arguments);
    call(line);
    loop_run(0);
    assert_non_null(json_object_get(structured(), part));
}

static void test_the_cluster_is_shown_unasked(void **state)
{
    assert_shows("", "cluster");
}

static void test_the_id_of_an_application_alone_means_its_executors(void **state)
{
    assert_shows("'application_id':'app-20261122182026-0014'", "executors");
}

static void test_a_view_that_takes_the_id_of_an_application_is_shown_with_it(void **state)
{
    assert_shows(
        "'metric_type':'applications','application_id':'app-20261122182026-0014'",
        "applications");
    assert_null(json_object_get(structured(), "executors"));
}

static void test_an_id_that_a_view_does_not_take_asks_for_what_has_it(void **state)
{
    call("'monitor-cluster','arguments':{'metric_type':'drivers','operation_id':'op-1'");
    loop_run(0);
    assert_contains(text(), "no operation 'op-1' is known");
}

static void test_a_log_of_nobody_is_refused(void **state)
{
    call("'monitor-cluster','arguments':{'metric_type':'logs'");
    loop_run(0);
    assert_contains(text(), "no submission_id or application_id was given");
}

static void test_every_metric_type_is_a_view_and_only_ids_ask_for_others(void **state)
{
    const json_t *schema =
        json_object_get(tool_definition(tool_find("monitor-cluster")), "inputSchema");
    const json_t *properties = jx_object(schema, "properties");
    const json_t *names = jx_array(jx_object(properties, "metric_type"), "enum");
    size_t named = 0, i;

    for (size_t view = 0; all_views[view] != NULL; view++) {
        const json_t *name;
        bool is_named = false;

        json_array_foreach (names, i, name)
            is_named |= strcmp(json_string_value(name), all_views[view]->name) == 0;
        named += is_named;
        assert_true(is_named || jx_object(properties, all_views[view]->id) != NULL);
    }
    assert_int_equal(named, json_array_size(names));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_the_cluster_is_shown_unasked),
        claim(test_the_id_of_an_application_alone_means_its_executors),
        claim(test_a_view_that_takes_the_id_of_an_application_is_shown_with_it),
        claim(test_an_id_that_a_view_does_not_take_asks_for_what_has_it),
        claim(test_a_log_of_nobody_is_refused),
        claim(test_every_metric_type_is_a_view_and_only_ids_ask_for_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
