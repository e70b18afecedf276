#include "spark/master.h"

#include "base/jx.h"
#include "scripted_http.h"
#include "spark/cluster.h"
#include "spark/submission.h"
#include "unit.h"
#include "waiting.h"

#include <string.h>

#define ACTIVE "{'status':'ALIVE','workers':[]}"
#define STANDBY "{'status':'STANDBY','workers':[]}"

static struct outcome outcome, other;
static json_t *master, *room;

static int begin(void **state)
{
    struct error error;

    loop_begin();
    return configure(&error, "SPARK_MASTER=spark://a:7077,b:7077", NULL) &&
                   cluster_configure(&error)
               ? 0
               : -1;
}

static int end(void **state)
{
    json_decref(master);
    json_decref(room);
    master = room = NULL;
    outcome_clear(&outcome);
    outcome_clear(&other);
    unit_release();
    return loop_end() ? 0 : -1;
}

static void get_state(struct flow *flow, struct reply *reply)
{
    master_get_state(flow, reply);
}

static void ask(void)
{
    wait_for(&outcome, get_state);
    loop_run(0);
    assert_true(outcome.has_ended);
}

/* ---- asking ---- */

static void test_the_state_comes_with_the_address_it_is_from(void **state)
{
    script_json("GET http://a:8080/json/", ACTIVE);
    ask();
    assert_text(jx_string(outcome.result, "uiUrl"), "http://a:8080");
}

static void test_a_standby_is_passed_over(void **state)
{
    script_json("GET http://a:8080/json/", STANDBY);
    script_json("GET http://b:8080/json/", ACTIVE);
    ask();
    assert_text(jx_string(outcome.result, "uiUrl"), "http://b:8080");
}

static void test_a_master_that_fails_is_passed_over(void **state)
{
    script_error("GET http://a:8080/json/", ERROR_TIMEOUT, "no answer");
    script_json("GET http://b:8080/json/", ACTIVE);
    ask();
    assert_false(outcome.has_failed);
}

static void get_status(struct flow *flow, struct reply *reply)
{
    submission_get_status(flow, "driver-1", reply);
}

static void test_another_preference_in_between_hides_no_master(void **state)
{
    script_silence("http://a:8080/json/");
    script_json("http://a:6066",
                "{'success':false,'message':'Current state is not alive: STANDBY.'}");
    script_json("http://b:6066", "{'success':true,'driverState':'RUNNING'}");
    script_json("http://b:8080/json/", ACTIVE);
    wait_for(&outcome, get_state);
    wait_for(&other, get_status); /* prefers b from now on */
    loop_run(0);
    script_answer("http://a:8080/json/", STANDBY);
    loop_run(0);
    assert_text(jx_string(outcome.result, "uiUrl"), "http://b:8080");
}

static void test_a_master_that_recovers_is_not_passed_over(void **state)
{
    script_json("GET http://a:8080/json/", "{'status':'RECOVERING','workers':[]}");
    ask();
    assert_text(jx_string(outcome.result, "status"), "RECOVERING");
}

static void test_with_standbys_alone_the_error_says_so(void **state)
{
    script_json("GET http://a:8080/json/", STANDBY);
    script_json("GET http://b:8080/json/", STANDBY);
    ask();
    assert_error(&outcome.error, ERROR_NOT_ACTIVE, "'http://b:8080' is on standby");
}

static void test_something_else_at_the_address_is_no_master(void **state)
{
    script_json("http://a:8080/", "{'id':'x'}");
    script_always();
    script_json("http://b:8080/", "[]");
    script_always();
    ask();
    assert_error(&outcome.error, ERROR_BAD_ANSWER, "not a Spark master");
    assert_error(&outcome.error, ERROR_BAD_ANSWER, "SPARK_MASTER_UI_URL");
}

/* ---- finding ---- */

static void test_members_are_found_by_their_id(void **state)
{
    master = recorded_json("spark-3.5.9/master.json");
    assert_non_null(master_find_worker(master, "worker-20261122170956-127.0.0.1-33905"));
    assert_non_null(master_find_driver(master, "driver-20261122182019-0047"));
    assert_non_null(master_find_application(master, "app-20261122182026-0014"));
}

static void test_members_that_have_ended_are_found(void **state)
{
    master = recorded_json("spark-3.5.9/master.json");
    assert_text(
        jx_string(master_find_driver(master, "driver-20261122181729-0027"), "state"),
        "KILLED");
    assert_text(
        jx_string(master_find_application(master, "app-20261122181926-0013"), "state"),
        "FINISHED");
}

static void test_nothing_is_found_where_there_is_nothing(void **state)
{
    assert_null(master_find_worker(NULL, "worker-1"));
    assert_null(master_find_driver(NULL, "driver-1"));
    master = json_object();
    assert_null(master_find_application(master, "app-1"));
}

/* ---- room ---- */

static void use_worker(const char *state, int free_cores, int free_memory)
{
    char json[300];

    snprintf(json, sizeof json,
             "{'workers':[{'host':'w','state':'%s','cores':4,'coresfree':%d,"
             "'memory':4096,'memoryfree':%d}]}",
             state, free_cores, free_memory);
    json_decref(master);
    master = json_of(json);
}

static void test_there_is_room_where_cores_and_memory_are_enough(void **state)
{
    use_worker("ALIVE", 1, 1024);
    assert_true(master_has_room(master, 1, 1024, false));
    assert_false(master_has_room(master, 2, 1024, false));
    assert_false(master_has_room(master, 1, 1025, false));
}

static void test_an_empty_worker_has_all_its_room(void **state)
{
    use_worker("ALIVE", 0, 0);
    assert_false(master_has_room(master, 4, 4096, false));
    assert_true(master_has_room(master, 4, 4096, true));
    assert_false(master_has_room(master, 5, 4096, true));
}

static void test_a_dead_worker_has_no_room(void **state)
{
    use_worker("DEAD", 4, 4096);
    assert_false(master_has_room(master, 1, 1, false));
    assert_false(master_has_room(master, 1, 1, true));
}

static void test_room_is_described_by_worker(void **state)
{
    use_worker("ALIVE", 1, 1024);
    room = master_describe_room(master, NULL);
    assert_json(room, "'w has 1 of 4 cores and 1024 of 4096 MiB free'");
}

static void test_of_many_workers_a_few_are_described(void **state)
{
    json_t *workers;

    use_worker("ALIVE", 1, 1024);
    workers = jx_array(master, "workers");
    for (int i = 0; i < 11; i++)
        json_array_append_new(workers, json_deep_copy(json_array_get(workers, 0)));
    room = master_describe_room(master, NULL);
    assert_contains(json_string_value(room), "; 7 more workers");
}

static void test_without_a_living_worker_that_is_said(void **state)
{
    use_worker("DEAD", 4, 4096);
    room = master_describe_room(master, NULL);
    assert_json(room, "'no worker is alive'");
}

/* ---- pages ---- */

static bool find(bool (*in)(const json_t *, char *, size_t), const char *text,
                 char found[100])
{
    json_auto_t *page = json_pack("{s:s}", "text", text);

    return in(page, found, 100);
}

static void test_the_masters_page_names_its_submission_api(void **state)
{
    char address[100];

    assert_true(find(master_find_rest_address,
                     "<li><strong>REST URL:</strong> spark://h:6067 <span>(cluster mode)",
                     address));
    assert_text(address, "h:6067");
    assert_false(find(master_find_rest_address, "<li>URL: spark://h:7077</li>", address));
    assert_false(master_find_rest_address(NULL, address, sizeof address));
}

static void test_the_page_of_an_application_names_its_ui(void **state)
{
    char url[100];

    assert_true(find(master_find_application_ui,
                     "<a href=\"/\"><a href=\"http://d:4040/\">Application Detail UI</a>",
                     url));
    assert_text(url, "http://d:4040");
    assert_true(find(master_find_application_ui,
                     "<a href=\"/proxy/app-1\">Application Detail UI</a>", url));
    assert_text(url, "http://a:8080/proxy/app-1");
    assert_false(
        find(master_find_application_ui, "<a href=\"/\">Back to Master</a>", url));
    assert_false(
        find(master_find_application_ui,
             "<a href=\"http://d:4040/12345678901234567890123456789012345678901234"
             "5678901234567890123456789012345678901234567890\">Application Detail UI",
             url));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_the_state_comes_with_the_address_it_is_from),
        claim(test_a_standby_is_passed_over),
        claim(test_a_master_that_fails_is_passed_over),
        claim(test_another_preference_in_between_hides_no_master),
        claim(test_a_master_that_recovers_is_not_passed_over),
        claim(test_with_standbys_alone_the_error_says_so),
        claim(test_something_else_at_the_address_is_no_master),
        claim(test_members_are_found_by_their_id),
        claim(test_members_that_have_ended_are_found),
        claim(test_nothing_is_found_where_there_is_nothing),
        claim(test_there_is_room_where_cores_and_memory_are_enough),
        claim(test_an_empty_worker_has_all_its_room),
        claim(test_a_dead_worker_has_no_room),
        claim(test_room_is_described_by_worker),
        claim(test_of_many_workers_a_few_are_described),
        claim(test_without_a_living_worker_that_is_said),
        claim(test_the_masters_page_names_its_submission_api),
        claim(test_the_page_of_an_application_names_its_ui),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
