#include "spark/worker.h"

#include "base/jx.h"
#include "scripted_http.h"
#include "spark/cluster.h"
#include "spark/worker_ask.h"
#include "unit.h"
#include "waiting.h"

#include <stdlib.h>
#include <string.h>

#define PAGE "==== Bytes 10-15 of 20 of /var/spark/work/driver-1/stdout ====\nhello"

static struct outcome outcome;
static struct worker_log wanted;

static int begin(void **state)
{
    struct error error;

    loop_begin();
    wanted = (struct worker_log){.worker_url = "http://w:8081",
                                 .worker_id = "worker-1",
                                 .driver_id = "driver-1",
                                 .type = "stdout",
                                 .offset = -1,
                                 .length = 3000};
    return configure(&error, "SPARK_MASTER=spark://m:7077", NULL) &&
                   cluster_configure(&error)
               ? 0
               : -1;
}

static int end(void **state)
{
    outcome_clear(&outcome);
    unit_release();
    return loop_end() ? 0 : -1;
}

static void get_log(struct flow *flow, struct reply *reply)
{
    worker_get_log(flow, &wanted, reply);
}

static void ask(void)
{
    wait_for(&outcome, get_log);
    loop_run(0);
    assert_true(outcome.has_ended);
}

/* ---- where it is asked ---- */

static void note_hosts(void)
{
    json_auto_t *workers =
        json_of("[{'webuiaddress':'http://localhost:8081','host':'w'}]");

    worker_ask_note_hosts(workers);
    wanted.worker_url = "http://localhost:8081";
}

static void test_a_worker_is_asked_at_its_host_where_browsers_would_not_find_it(
    void **state)
{
    note_hosts();
    script_error("http://localhost:8081/log/", ERROR_UNREACHABLE, "refused");
    script_text("http://w:8081/log/", "text/plain", PAGE);
    ask();
    assert_text(jx_string(outcome.result, "text"), "hello");
    outcome_clear(&outcome);
    script_text("http://w:8081/log/", "text/plain", PAGE); /* and from now on */
    ask();
    assert_text(jx_string(outcome.result, "text"), "hello");
}

static void test_a_worker_found_at_its_host_may_be_found_elsewhere_later(void **state)
{
    note_hosts();
    script_error("http://w:8081/log/", ERROR_UNREACHABLE, "refused"); /* as of above */
    script_text("http://localhost:8081/log/", "text/plain", PAGE);
    ask();
    assert_text(jx_string(outcome.result, "text"), "hello");
    outcome_clear(&outcome);
    script_text("http://localhost:8081/log/", "text/plain", PAGE);
    ask();
    assert_text(jx_string(outcome.result, "text"), "hello");
}

/* ---- what is asked ---- */

static void test_the_end_of_a_drivers_log_is_asked_without_offset(void **state)
{
    script_text("http://w:8081/log/", "text/plain", PAGE);
    ask();
    assert_text(
        script_request(0),
        "GET http://w:8081/log/?driverId=driver-1&logType=stdout&byteLength=3000");
}

static void test_a_piece_of_a_log_is_asked_with_its_offset(void **state)
{
    script_text("http://w:8081/log/", "text/plain", PAGE);
    wanted.offset = 0;
    ask();
    assert_contains(script_request(0), "&byteLength=3000&offset=0");
}

static void test_an_executors_log_is_asked_by_application_and_executor(void **state)
{
    script_text("http://w:8081/log/", "text/plain", PAGE);
    wanted.driver_id = NULL;
    wanted.application_id = "app-1";
    wanted.executor_id = "0";
    wanted.type = "stderr";
    ask();
    assert_contains(script_request(0), "?appId=app-1&executorId=0&logType=stderr");
}

static void test_ids_are_escaped(void **state)
{
    script_text("http://w:8081/log/", "text/plain", PAGE);
    wanted.driver_id = "a&b/c";
    ask();
    assert_contains(script_request(0), "?driverId=a%26b%2Fc&");
}

/* ---- the page ---- */

static void test_the_head_line_tells_the_piece(void **state)
{
    script_text("http://w:8081/log/", "text/plain", PAGE);
    ask();
    assert_json(outcome.result, "{'start':10,'end':15,'total':20,'text':'hello',"
                                "'folder':'/var/spark/work/driver-1'}");
}

static void test_a_recorded_page_is_read(void **state)
{
    char *page = recorded_text("spark-3.5.9/log-page.txt");

    script_text("http://w:8081/log/", "text/plain;charset=utf-8", page);
    ask();
    assert_json(
        outcome.result,
        "{'start':0,'end':85,'total':85,'folder':"
        "'/var/spark/work/driver-20261122182019-0046','text':'\\nmcp-spark-server: "
        "application app-20261122182026-0014 http://localhost:4041\\ncounted\\n'}");
    free(page);
}

static void test_a_log_may_be_empty(void **state)
{
    script_text("http://w:8081/log/", "text/plain",
                "==== Bytes 0-0 of 0 of /var/spark/work/driver-1/stdout ====\n");
    ask();
    assert_json(outcome.result, "{'start':0,'end':0,'total':0,'text':'',"
                                "'folder':'/var/spark/work/driver-1'}");
}

static void test_nul_characters_of_a_log_become_blanks(void **state)
{
    script_value("http://w:8081/log/",
                 json_pack("{s:s%, s:s}", "text",
                           "==== Bytes 0-3 of 3 of /x/stdout ====\na\0b", (size_t)41,
                           "type", "text/plain"));
    ask();
    assert_json(json_object_get(outcome.result, "text"), "'a b'");
}

static void test_a_log_that_is_not_there_is_not_found(void **state)
{
    char *page = recorded_text("spark-3.5.9/log-page-missing.txt");

    script_text("http://w:8081/log/", "text/plain;charset=utf-8", page);
    ask();
    assert_error(&outcome.error, ERROR_NOT_FOUND, "invalid log directory");
    free(page);
}

static void test_a_log_that_begins_with_error_is_a_log(void **state)
{
    script_text("http://w:8081/log/", "text/plain",
                "==== Bytes 0-15 of 15 of /x/stdout ====\nError: on line 3");
    ask();
    assert_json(json_object_get(outcome.result, "text"), "'Error: on line 3'");
}

static void test_a_web_page_is_no_log(void **state)
{
    script_text("http://w:8081/log/", "text/html", "<html>\n<body>login</body></html>");
    ask();
    assert_error(&outcome.error, ERROR_BAD_ANSWER, "SPARK_HOST_MAP");
}

static void test_an_empty_answer_is_no_log(void **state)
{
    script_text("http://w:8081/log/", "text/plain", "");
    ask();
    assert_error(&outcome.error, ERROR_BAD_ANSWER, "not a worker's log page");
}

/* ---- the way through the master ---- */

static void test_a_worker_out_of_reach_is_asked_through_the_master(void **state)
{
    script_error("http://w:8081/log/", ERROR_UNREACHABLE, "cannot reach w");
    script_text("GET http://m:8080/proxy/worker-1/log/?driverId=driver-1&", "text/plain",
                PAGE);
    ask();
    assert_json(json_object_get(outcome.result, "text"), "'hello'");
}

static void test_a_worker_in_reach_is_not_asked_through_the_master(void **state)
{
    script_text("http://w:8081/log/", "text/plain", PAGE);
    ask();
    assert_int_equal(script_asked("proxy"), 0);
}

static void test_without_a_workers_id_there_is_no_way_through_the_master(void **state)
{
    script_error("http://w:8081/log/", ERROR_UNREACHABLE, "cannot reach w");
    wanted.worker_id = "";
    ask();
    assert_error(&outcome.error, ERROR_UNREACHABLE, "cannot reach w");
}

static void test_the_masters_own_page_is_not_taken_for_a_log(void **state)
{
    script_error("http://w:8081/log/", ERROR_UNREACHABLE, "cannot reach w");
    script_text("http://m:8080/proxy/", "text/html;charset=utf-8",
                "==== Bytes 0-5 of 5 of x ====\nhello");
    ask();
    assert_error(&outcome.error, ERROR_UNREACHABLE, "cannot reach w");
}

static void test_with_both_ways_closed_the_error_tells_what_helps(void **state)
{
    script_error("http://w:8081/log/", ERROR_UNREACHABLE, "cannot reach w");
    script_error("http://m:8080/proxy/", ERROR_NOT_FOUND, "no proxy");
    ask();
    assert_error(&outcome.error, ERROR_UNREACHABLE, "cannot reach w");
    assert_error(&outcome.error, ERROR_UNREACHABLE, "SPARK_PUBLIC_DNS");
}

/* ---- links to logs ---- */

static void test_a_link_to_a_log_names_the_worker_and_the_driver(void **state)
{
    struct worker_log_place place;

    assert_true(worker_read_log_link(
        "http://w:8081/logPage/?appId=A&executorId=0&logType=x", &place));
    assert_text(place.worker_url, "http://w:8081");
    assert_text(place.worker_id, "");
    assert_text(place.driver_id, "");
    assert_true(worker_read_log_link("http://w:8081/logPage/?driverId=driver-1&logType=x",
                                     &place));
    assert_text(place.driver_id, "driver-1");
    assert_false(worker_read_log_link("", &place));
}

static void test_a_link_through_a_reverse_proxy_names_the_workers_id(void **state)
{
    struct worker_log_place place;

    assert_true(worker_read_log_link(
        "/proxy/worker-1/logPage/?appId=A&executorId=0&logType=x", &place));
    assert_text(place.worker_url, "");
    assert_text(place.worker_id, "worker-1");
    assert_true(worker_read_log_link(
        "https://p/spark/proxy/worker-1/logPage/?appId=A&executorId=0", &place));
    assert_text(place.worker_url, "");
    assert_text(place.worker_id, "worker-1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_a_worker_is_asked_at_its_host_where_browsers_would_not_find_it),
        claim(test_a_worker_found_at_its_host_may_be_found_elsewhere_later),
        claim(test_the_end_of_a_drivers_log_is_asked_without_offset),
        claim(test_a_piece_of_a_log_is_asked_with_its_offset),
        claim(test_an_executors_log_is_asked_by_application_and_executor),
        claim(test_ids_are_escaped),
        claim(test_the_head_line_tells_the_piece),
        claim(test_a_recorded_page_is_read),
        claim(test_a_log_may_be_empty),
        claim(test_nul_characters_of_a_log_become_blanks),
        claim(test_a_log_that_is_not_there_is_not_found),
        claim(test_a_log_that_begins_with_error_is_a_log),
        claim(test_a_web_page_is_no_log),
        claim(test_an_empty_answer_is_no_log),
        claim(test_a_worker_out_of_reach_is_asked_through_the_master),
        claim(test_a_worker_in_reach_is_not_asked_through_the_master),
        claim(test_without_a_workers_id_there_is_no_way_through_the_master),
        claim(test_the_masters_own_page_is_not_taken_for_a_log),
        claim(test_with_both_ways_closed_the_error_tells_what_helps),
        claim(test_a_link_to_a_log_names_the_worker_and_the_driver),
        claim(test_a_link_through_a_reverse_proxy_names_the_workers_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
