/* kill-spark-job of applications, jobs and stages, by the forms of Spark's own pages. */
#include "base/jx.h"
#include "scripted_http.h"
#include "tool_client.h"
#include "unit.h"
#include "waiting.h"

#include <stdio.h>
#include <string.h>

#define TOKEN "0123456789abcdef0123456789abcdef"
/* As Spark 4.3 writes it, and as 3.5 does. */
#define FORM                                                                             \
    "<form action=\"app/kill/\" method=\"POST\"><input type=\"hidden\" name=\"id\" "     \
    "value=\"app-1\"/><input type=\"hidden\" name=\"terminate\" value=\"true\"/>"        \
    "<input type=\"hidden\" name=\"csrfToken\" value=\"" TOKEN "\"/></form>"
#define OLD_FORM                                                                         \
    "<form action=\"app/kill/\" method=\"POST\"><input type=\"hidden\" name=\"id\" "     \
    "value=\"app-1\"/></form>"
#define JOB_LINK "<a href=\"/jobs/job/kill/?id=0\" class=\"kill-link\">(kill)</a>"
#define UI "http://w:4040"
#define APPLICATION UI "/api/v1/applications/app-1"

static int begin(void **state)
{
    return client_begin() ? 0 : -1;
}

static int end(void **state)
{
    return client_end() ? 0 : -1;
}

static void script_application(const char *list, const char *state)
{
    char json[200];

    snprintf(json, sizeof json,
             "{'status':'ALIVE','workers':[],'%s':[{'id':'app-1','state':'%s'}]}", list,
             state);
    script_json("GET http://m:8080/json/", json);
}

static void script_form(const char *page)
{
    script_application("activeapps", "RUNNING");
    script_text("GET http://m:8080/", "text/html", page);
}

static void kill_application(void)
{
    call("'kill-spark-job','arguments':{'application_id':'app-1'");
    loop_run(30000);
}

static void assert_form(const char *words, const char *fields)
{
    assert_text(json_string_value(script_sent(script_find(words))), fields);
}

/* ---- applications ---- */

static void test_an_application_is_ended_with_the_token_of_the_page(void **state)
{
    script_form(FORM);
    script_error("POST http://m:8080/app/kill/", ERROR_CONFIGURATION, "redirects");
    script_application("activeapps", "RUNNING");
    script_application("completedapps", "KILLED");
    kill_application();
    assert_form("/app/kill/", "id=app-1&terminate=true&csrfToken=" TOKEN);
    assert_json(structured(), "{'applicationId':'app-1','killed':true,'stateBefore':"
                              "'RUNNING','state':'KILLED'}");
    check_output("kill-spark-job");
}

static void test_an_older_spark_asks_for_no_token(void **state)
{
    script_form(OLD_FORM);
    script_error("POST http://m:8080/app/kill/", ERROR_CONFIGURATION, "redirects");
    script_application("completedapps", "FINISHED");
    kill_application();
    assert_form("/app/kill/", "id=app-1&terminate=true");
    assert_contains(text(), "app-1 was RUNNING and has been killed.");
}

static void test_an_application_that_goes_on_is_not_told_as_killed(void **state)
{
    script_form(OLD_FORM);
    script_error("POST http://m:8080/app/kill/", ERROR_CONFIGURATION, "redirects");
    script_application("activeapps", "RUNNING");
    script_always();
    kill_application();
    assert_true(json_is_false(json_object_get(structured(), "killed")));
    assert_contains(text(), "had no effect yet");
}

static void test_a_refusal_is_told(void **state)
{
    script_form(OLD_FORM);
    script_error("POST http://m:8080/app/kill/", ERROR_REFUSED, "refused access");
    kill_application();
    assert_contains(text(), "refused access");
}

static void test_a_page_without_the_form_tells_the_setting(void **state)
{
    script_form("<html></html>");
    kill_application();
    assert_contains(text(), "spark.ui.killEnabled");
    assert_int_equal(script_asked("POST"), 0);
}

static void test_an_application_that_has_ended_is_not_killed(void **state)
{
    script_application("completedapps", "FINISHED");
    kill_application();
    assert_contains(text(), "app-1 had already ended as FINISHED");
}

static void test_an_unknown_application_is_told(void **state)
{
    script_application("completedapps", "FINISHED");
    call("'kill-spark-job','arguments':{'application_id':'app-2'");
    loop_run(1000);
    assert_contains(text(), "knows no application 'app-2'");
}

/* ---- jobs and stages ---- */

static void script_ui(void)
{
    script_application("activeapps", "RUNNING");
    script_error("18080", ERROR_UNREACHABLE, "no history server");
    script_text("GET http://m:8080/app/?appId=app-1", "text/html",
                "<a href=\"" UI "\">Application Detail UI</a>");
    script_json("GET " APPLICATION, "{'id':'app-1','attempts':[{'completed':false}]}");
}

static void kill_part(const char *arguments)
{
    char all[200];

    snprintf(all, sizeof all, "'kill-spark-job','arguments':{'application_id':'app-1',%s",
             arguments);
    call(all);
    loop_run(30000);
}

static void test_a_job_is_ended_by_its_link(void **state)
{
    script_ui();
    script_json(APPLICATION "/jobs/7", "{'jobId':7,'status':'RUNNING'}");
    script_text("GET " UI "/jobs/", "text/html", JOB_LINK);
    script_error("POST " UI "/jobs/job/kill/", ERROR_CONFIGURATION, "redirects");
    script_json(APPLICATION "/jobs/7", "{'jobId':7,'status':'FAILED'}");
    kill_part("'job_id':7");
    assert_form("/jobs/job/kill/", "id=7&terminate=true");
    assert_json(structured(), "{'applicationId':'app-1','jobId':7,'killed':true,"
                              "'stateBefore':'RUNNING','state':'FAILED'}");
    assert_contains(text(), "Job 7 of app-1 was RUNNING and has been killed.");
}

static void test_a_job_that_came_to_its_own_end_is_not_told_as_killed(void **state)
{
    script_ui();
    script_json(APPLICATION "/jobs/7", "{'jobId':7,'status':'RUNNING'}");
    script_text("GET " UI "/jobs/", "text/html", JOB_LINK);
    script_error("POST " UI "/jobs/job/kill/", ERROR_CONFIGURATION, "redirects");
    script_json(APPLICATION "/jobs/7", "{'jobId':7,'status':'SUCCEEDED'}");
    kill_part("'job_id':7");
    assert_true(json_is_false(json_object_get(structured(), "killed")));
}

static void test_of_a_stage_the_attempt_that_runs_counts(void **state)
{
    script_ui();
    script_json(APPLICATION "/stages/3",
                "[{'status':'FAILED','attemptId':0},{'status':'ACTIVE','attemptId':1}]");
    script_text("GET " UI "/stages/", "text/html",
                "<form action=\"/stages/stage/kill/\">");
    script_error("POST " UI "/stages/stage/kill/", ERROR_CONFIGURATION, "redirects");
    script_json(APPLICATION "/stages/3",
                "[{'status':'FAILED','attemptId':0},{'status':'FAILED','attemptId':1}]");
    kill_part("'stage_id':3");
    assert_form("/stages/stage/kill/", "id=3&terminate=true");
    assert_true(jx_bool(structured(), "killed"));
}

static void test_two_things_to_end_are_refused(void **state)
{
    kill_part("'stage_id':3,'job_id':1");
    assert_contains(text(), "more than one thing to end");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_an_application_is_ended_with_the_token_of_the_page),
        claim(test_an_older_spark_asks_for_no_token),
        claim(test_an_application_that_goes_on_is_not_told_as_killed),
        claim(test_a_refusal_is_told),
        claim(test_a_page_without_the_form_tells_the_setting),
        claim(test_an_application_that_has_ended_is_not_killed),
        claim(test_an_unknown_application_is_told),
        claim(test_a_job_is_ended_by_its_link),
        claim(test_a_job_that_came_to_its_own_end_is_not_told_as_killed),
        claim(test_of_a_stage_the_attempt_that_runs_counts),
        claim(test_two_things_to_end_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
