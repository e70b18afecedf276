/* A supervised driver whose worker was lost: driver-1 is RELAUNCHING, and goes on under
 * another id. */
#include "base/jx.h"
#include "driver_script.h"
#include "scripted_http.h"
#include "spark/nonce.h"
#include "unit.h"

#include <stdio.h>

#define RELAUNCHING "{'success':true,'driverState':'RELAUNCHING'," AT_WORKER
#define OLD                                                                              \
    "{'id':'driver-1','starttime':'1000','state':'RELAUNCHING','cores':1,'memory':300,"  \
    "'worker':'worker-1','mainclass':'Main'}"
#define MARKER "0000000000000000"

static int begin(void **state)
{
    return driver_script_begin() ? 0 : -1;
}

static int end(void **state)
{
    return driver_script_end() ? 0 : -1;
}

/* The master's drivers beside driver-1. */
static void script_drivers(const char *active)
{
    char state[1500];

    snprintf(state, sizeof state,
             "{'status':'ALIVE','workers':[{'id':'worker-1','state':'DEAD',"
             "'webuiaddress':'http://dead:8081'},{'id':'worker-2','host':'w','state':"
             "'ALIVE','webuiaddress':'http://w:8081'}],'activeapps':[],"
             "'activedrivers':[%s],'completeddrivers':[" OLD "]}",
             active);
    script_json("GET http://m:8080/json/", state);
    script_always();
}

/* A driver of the same size and class. */
#define DRIVER(id, worker)                                                               \
    "{'id':'" id "','starttime':'2000','state':'RUNNING','cores':1,'memory':300,"        \
    "'worker':'" worker "','mainclass':'Main'}"

/* The log of a driver's JVM begins with its command. */
static void script_head(const char *driver, const char *marker)
{
    char words[100], page[300];

    snprintf(words, sizeof words, "driverId=%s&logType=stderr&byteLength=65536&offset=0",
             driver);
    snprintf(page, sizeof page,
             "==== Bytes 0-80 of 80 of /x/stderr ====\nLaunch Command: \"java\" "
             "\"-Dspark.mcp.submission=%s\" \"Main\"\n",
             marker);
    script_text(words, "text/plain", page);
}

static void script_successor(const char *status)
{
    script_json("GET http://m:6066/v1/submissions/status/driver-2", status);
}

static void test_its_successor_is_followed_to_its_end(void **state)
{
    script_status(RELAUNCHING);
    script_drivers(DRIVER("driver-3", "worker-2") "," DRIVER("driver-2", "worker-2"));
    script_head("driver-2", MARKER);
    script_head("driver-3", "1111111111111111");
    script_successor(FINISHED);
    script_logs("the second run\n", "");
    run_driver();
    assert_text(told("submissionId"), "driver-2");
    assert_text(told("relaunchedFrom"), "driver-1");
    assert_text(told("state"), "FINISHED");
    assert_text(told("output"), "the second run\n");
}

static void test_one_that_waits_for_a_worker_is_named_and_not_an_end(void **state)
{
    wait_seconds = 5;
    script_status(RELAUNCHING);
    script_always();
    script_drivers(DRIVER("driver-2", "None"));
    script_logs("", "");
    run_driver();
    assert_text(told("submissionId"), "driver-1");
    assert_true(json_is_false(json_object_get(outcome.result, "finished")));
    assert_contains(told("progress"), "driver-2");
}

static void test_the_job_of_another_is_not_taken_for_it(void **state)
{
    script_status(RELAUNCHING);
    script_always();
    script_drivers(DRIVER("driver-2", "worker-2"));
    script_head("driver-2", "1111111111111111");
    script_always();
    script_logs("", "");
    run_driver();
    assert_text(told("submissionId"), "driver-1");
    assert_true(jx_bool(outcome.result, "finished"));
    assert_contains(told("exitCause"), "how it ended is not known");
}

static void test_without_its_marker_none_is_taken_for_it(void **state)
{
    nonce_forget_all();
    wait_seconds = 5;
    script_status(RELAUNCHING);
    script_always();
    script_drivers(DRIVER("driver-2", "worker-2"));
    script_head("driver-2", MARKER);
    script_always();
    script_error("driverId=driver-1&logType=stderr", ERROR_UNREACHABLE, "dead");
    script_always();
    script_logs("", "");
    run_driver();
    assert_text(told("submissionId"), "driver-1");
    assert_contains(told("progress"), "driver-2");
}

static void test_its_marker_is_read_from_its_own_log_where_that_is_left(void **state)
{
    nonce_forget_all();
    script_status(RELAUNCHING);
    script_drivers(DRIVER("driver-2", "worker-2"));
    script_head("driver-2", MARKER);
    script_head("driver-1", MARKER);
    script_successor(FINISHED);
    script_logs("", "");
    run_driver();
    assert_text(told("submissionId"), "driver-2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_its_successor_is_followed_to_its_end),
        claim(test_one_that_waits_for_a_worker_is_named_and_not_an_end),
        claim(test_the_job_of_another_is_not_taken_for_it),
        claim(test_without_its_marker_none_is_taken_for_it),
        claim(test_its_marker_is_read_from_its_own_log_where_that_is_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
