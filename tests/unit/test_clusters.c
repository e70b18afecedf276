/* Several clusters: which of them a call is about, and that each is by itself. */
#include "base/clusters.h"
#include "base/jx.h"
#include "call_script.h"
#include "run_script.h"
#include "scripted_http.h"
#include "session_script.h"
#include "spark/nonce.h"
#include "spark/session.h"
#include "tool_client.h"
#include "unit.h"
#include "waiting.h"

#include <stdio.h>
#include <string.h>

#define ONE "GET http://m:6066/v1/submissions/status/"
#define TWO "GET http://n:6066/v1/submissions/status/"
#define RUNNING "{'success':true,'driverState':'RUNNING','workerId':'w-1'}"
#define FINISHED "{'success':true,'driverState':'FINISHED'}"
#define UNKNOWN_DRIVER "{'success':false}"
#define ROWS "{'columns':[{'name':'a','type':'int'}],'rows':[[1]],'truncated':false}"

static void script_overview(const char *host)
{
    char words[60];

    snprintf(words, sizeof words, "GET http://%s:8080/json/", host);
    script_value(words, recorded_json("spark-3.5.9/master.json"));
}

static void call_now(const char *name_and_arguments)
{
    call(name_and_arguments);
    loop_run(30000);
}

static const json_t *property_of_first_tool(const char *key)
{
    const json_t *tool;

    client_send("{'jsonrpc':'2.0','id':2,'method':'tools/list'}");
    tool = json_array_get(jx_array(result(), "tools"), 0);
    return jx_object(jx_object(jx_object(tool, "inputSchema"), "properties"), key);
}

/* ---- by name ---- */

static void test_without_several_clusters_no_tool_takes_one(void **state)
{
    assert_null(property_of_first_tool("cluster"));
    script_overview("m");
    call_now("'monitor-cluster','arguments':{");
    assert_null(json_object_get(structured(), "clusterName"));
}

static void test_each_tool_takes_the_names(void **state)
{
    have_clusters();
    assert_json(json_object_get(property_of_first_tool("cluster"), "enum"),
                "['one','two']");
}

static void test_without_a_name_the_first_is_meant(void **state)
{
    have_clusters();
    script_overview("m");
    call_now("'monitor-cluster','arguments':{");
    assert_text(jx_string(structured(), "clusterName"), "one");
    assert_int_equal(strncmp(text(), "Cluster one\n", 12), 0);
    check_output("monitor-cluster");
}

static void test_the_named_one_is_asked(void **state)
{
    have_clusters();
    script_overview("n");
    call_now("'monitor-cluster','arguments':{'cluster':'two'");
    assert_text(jx_string(structured(), "clusterName"), "two");
}

static void test_an_unknown_name_is_told_with_those_there_are(void **state)
{
    have_clusters();
    call_now("'monitor-cluster','arguments':{'cluster':'twwo'");
    assert_contains(text(), "one of \"one\", \"two\" (nearest: \"two\")");
}

static void test_what_one_may_not_another_may(void **state)
{
    have_clusters();
    call_now("'kill-spark-job','arguments':{'submission_id':'driver-1','cluster':'two'");
    assert_contains(text(), "SPARK_READ_ONLY is set");
    script_json(ONE "driver-1", FINISHED);
    call_now("'kill-spark-job','arguments':{'submission_id':'driver-1','cluster':'one'");
    assert_text(jx_string(structured(), "state"), "FINISHED");
}

/* ---- by an id ---- */

static void test_a_submission_finds_its_cluster(void **state)
{
    have_clusters();
    script_json(ONE "driver-2", UNKNOWN_DRIVER);
    script_json(TWO "driver-2", RUNNING);
    call_now("'kill-spark-job','arguments':{'submission_id':'driver-2'");
    assert_contains(text(), "SPARK_READ_ONLY is set"); /* so it is two's */
}

static void test_where_it_was_found_is_remembered(void **state)
{
    have_clusters();
    script_json(ONE "driver-3", FINISHED);
    script_always();
    script_json(TWO "driver-3", UNKNOWN_DRIVER);
    call_now("'kill-spark-job','arguments':{'submission_id':'driver-3'");
    call_now("'kill-spark-job','arguments':{'submission_id':'driver-3'");
    assert_text(jx_string(structured(), "clusterName"), "one");
    assert_int_equal(script_asked(TWO "driver-3"), 1);
}

static void test_a_cluster_that_is_down_hides_no_other(void **state)
{
    have_clusters();
    script_json(ONE "driver-4", FINISHED);
    script_always();
    script_error(TWO "driver-4", ERROR_UNREACHABLE, "cannot reach n");
    call_now("'kill-spark-job','arguments':{'submission_id':'driver-4'");
    assert_text(jx_string(structured(), "state"), "FINISHED");
}

static void test_an_id_that_two_have_needs_a_name(void **state)
{
    have_clusters();
    script_json(ONE "driver-5", RUNNING);
    script_json(TWO "driver-5", RUNNING);
    call_now("'kill-spark-job','arguments':{'submission_id':'driver-5'");
    assert_contains(text(), "more than one cluster has 'driver-5'");
    assert_contains(text(), "one, two");
}

static void test_an_id_that_none_has_is_told_with_who_could_not_be_asked(void **state)
{
    have_clusters();
    script_json(ONE "driver-6", UNKNOWN_DRIVER);
    script_error(TWO "driver-6", ERROR_UNREACHABLE, "cannot reach n");
    call_now("'kill-spark-job','arguments':{'submission_id':'driver-6'");
    assert_contains(text(), "no cluster knows 'driver-6'");
    assert_contains(text(), "two: cannot reach n");
}

static void script_application(const char *host, const char *applications)
{
    char words[80];

    snprintf(words, sizeof words, "GET http://%s:8080/json/", host);
    script_json(words, applications);
    script_always();
    snprintf(words, sizeof words, "GET http://%s:18080/", host);
    script_error(words, ERROR_NOT_FOUND, "no such application");
    script_always();
}

static void test_an_application_finds_its_cluster_by_id_and_by_name(void **state)
{
    have_clusters();
    script_application("m", "{'status':'ALIVE','workers':[],'activeapps':[]}");
    script_application("n", "{'status':'ALIVE','workers':[],'activeapps':[{'id':'app-7',"
                            "'name':'nightly','state':'RUNNING'}]}");
    call_now("'kill-spark-job','arguments':{'application_id':'app-7'");
    assert_contains(text(), "SPARK_READ_ONLY is set");
    call_now("'kill-spark-job','arguments':{'application_id':'nightly'");
    assert_contains(text(), "SPARK_READ_ONLY is set");
    call_now("'kill-spark-job','arguments':{'application_id':'app-8'");
    assert_contains(text(), "no cluster knows 'app-8'");
}

/* ---- resources ---- */

static void request(const char *method, const char *params)
{
    char line[500];

    snprintf(line, sizeof line, "{'jsonrpc':'2.0','id':1,'method':'%s','params':{%s}}",
             method, params);
    client_send(line);
    loop_run(30000);
}

static json_t *members(const char *list, const char *key)
{
    json_t *found = json_array();
    const json_t *entry;
    size_t i;

    json_array_foreach (jx_array(result(), list), i, entry)
        json_array_append(found, json_object_get(entry, key));
    return found;
}

static void test_every_cluster_and_its_tables_are_listed(void **state)
{
    json_auto_t *addresses = NULL, *templates = NULL;

    have_clusters();
    request("resources/list", "");
    addresses = members("resources", "uri");
    assert_json(addresses,
                "['spark://clusters/one','spark://clusters/two',"
                "'spark://clusters/one/tables','spark://clusters/two/tables']");
    request("resources/templates/list", "");
    templates = members("resourceTemplates", "uriTemplate");
    assert_text(json_string_value(json_array_get(templates, 0)),
                "spark://clusters/{cluster}/tables/{name}");
    assert_text(json_string_value(json_array_get(templates, 1)),
                "spark://applications/{id}");
}

static const char *read_text(void)
{
    return jx_string(json_array_get(jx_array(result(), "contents"), 0), "text");
}

static void test_an_address_names_a_cluster(void **state)
{
    have_clusters();
    script_overview("n");
    request("resources/read", "'uri':'spark://clusters/two'");
    assert_int_equal(strncmp(read_text(), "Cluster two\n", 12), 0);
    script_overview("m");
    request("resources/read", "'uri':'spark://cluster'");
    assert_int_equal(strncmp(read_text(), "Cluster one\n", 12), 0);
}

static void test_an_address_names_the_one_that_is_meant_of_two(void **state)
{
    have_clusters();
    script_application("n", "{'status':'ALIVE','workers':[],'activeapps':[{'id':'app-9',"
                            "'name':'nightly','state':'RUNNING'}]}");
    request("resources/read", "'uri':'spark://clusters/two/applications/app-9'");
    assert_contains(read_text(), "nightly");
    assert_int_equal(script_asked("GET http://m:8080/json/"), 0);
}

static void test_an_address_of_no_cluster_is_no_resource(void **state)
{
    const char *uris[] = {"'uri':'spark://clusters/three'",
                          "'uri':'spark://clusters/on/tables'",
                          "'uri':'spark://clusters/'", "'uri':'spark://clusters/one/'",
                          "'uri':'spark://clusters/one/clusters/two'"};

    have_clusters();
    for (size_t i = 0; i < sizeof uris / sizeof *uris; i++) {
        request("resources/read", uris[i]);
        assert_int_equal(
            jx_int(jx_object(json_array_get(messages(), json_array_size(messages()) - 1),
                             "error"),
                   "code"),
            -32002);
    }
}

static void script_drivers(const char *host, const char *id)
{
    char words[80], answer[200];

    snprintf(words, sizeof words, "GET http://%s:8080/json/", host);
    snprintf(answer, sizeof answer,
             "{'status':'ALIVE','workers':[],'activedrivers':[{'id':'%s','starttime':'1',"
             "'state':'RUNNING','cores':1,'memory':1024,'mainclass':'x'}]}",
             id);
    script_json(words, answer);
    script_always();
}

#define COMPLETE                                                                         \
    "'ref':{'type':'ref/resource','uri':'spark://submissions/{id}/log'},"                \
    "'argument':{'name':'id','value':'driver-'}"

static const json_t *values(void)
{
    return jx_array(jx_object(result(), "completion"), "values");
}

static void test_ids_of_all_clusters_are_completed(void **state)
{
    have_clusters();
    script_drivers("m", "driver-1");
    script_drivers("n", "driver-2");
    request("completion/complete", COMPLETE);
    assert_json(values(), "['driver-1','driver-2']");
    request("completion/complete", COMPLETE ",'context':{'arguments':{'cluster':'two'}}");
    assert_json(values(), "['driver-2']");
}

static void test_an_id_that_two_have_is_completed_once(void **state)
{
    have_clusters();
    script_drivers("m", "driver-1");
    script_drivers("n", "driver-1");
    request("completion/complete", COMPLETE);
    assert_json(values(), "['driver-1']");
}

static void test_a_silent_cluster_holds_up_no_completion(void **state)
{
    char line[300];

    have_clusters();
    script_drivers("m", "driver-1");
    script_silence("GET http://n:8080/json/");
    snprintf(line, sizeof line,
             "{'jsonrpc':'2.0','id':1,'method':'completion/complete','params':{%s}}",
             COMPLETE);
    client_send(line);
    loop_run(3100);
    assert_json(values(), "['driver-1']");
}

static void test_names_of_clusters_are_completed(void **state)
{
    have_clusters();
    request("completion/complete", "'ref':{'type':'ref/resource',"
                                   "'uri':'spark://clusters/{cluster}/tables/{name}'},"
                                   "'argument':{'name':'cluster','value':'t'}");
    assert_json(values(), "['two']");
    request("completion/complete", "'ref':{'type':'ref/prompt','name':'diagnose'},"
                                   "'argument':{'name':'cluster','value':''}");
    assert_json(values(), "['one','two']");
}

static void test_a_prompt_says_which_cluster(void **state)
{
    const char *said;

    have_clusters();
    request("prompts/get",
            "'name':'explore-data','arguments':{'data':'t','cluster':'two'}");
    said = jx_string(
        jx_object(json_array_get(jx_array(result(), "messages"), 0), "content"), "text");
    assert_contains(said, "Give every tool the cluster two.");
}

/* ---- sessions ---- */

/* The second cluster's driver-2, whose session answers at w:40402. */
static void script_second_session(void)
{
    script_json(TWO "x", "{'success':false,'serverSparkVersion':'3.5.9'}");
    script_always();
    script_json(
        "POST http://n:6066/v1/submissions/create",
        "{'success':true,'submissionId':'driver-2','serverSparkVersion':'3.5.9'}");
    script_always();
    script_json(TWO "driver-2", "{'success':true,'driverState':'RUNNING','workerId':"
                                "'worker-2','workerHostPort':'w:1'}");
    script_always();
    script_json(
        "GET http://n:8080/json/",
        "{'status':'ALIVE','workers':[{'id':'worker-2','host':'w','state':'ALIVE',"
        "'webuiaddress':'http://w:8081','cores':4,'coresfree':4,'memory':6144,"
        "'memoryfree':6144}]}");
    script_always();
    script_json("POST http://n:6066/v1/submissions/kill/", "{'success':true}");
    script_always();
    script_output(2, LINE "session 40402\n", "");
    script_sign(2);
}

static void test_each_cluster_has_its_own_session(void **state)
{
    have_clusters();
    script_session(1);
    script_second_session();
    script_json(POST_1, DONE(ROWS));
    script_json(POST_2, DONE(ROWS));
    call_now(SQL);
    assert_text(jx_string(structured(), "clusterName"), "one");
    call_now(SQL ",'cluster':'two'");
    assert_text(jx_string(structured(), "clusterName"), "two");
    assert_int_equal(script_asked("POST http://m:6066/v1/submissions/create"), 1);
    assert_int_equal(script_asked("POST http://n:6066/v1/submissions/create"), 1);
    assert_string_not_equal(script_bearer(script_find(POST_1)),
                            script_bearer(script_find(POST_2)));
}

static void test_all_sessions_end_with_the_server(void **state)
{
    have_clusters();
    script_second_session();
    script_json(POST_2, DONE(ROWS));
    call_now(SQL ",'cluster':'two'");
    session_stop();
    loop_run(0);
    assert_int_equal(script_asked("POST http://n:6066/v1/submissions/kill/driver-2"), 1);
}

static void test_an_operation_finds_its_cluster(void **state)
{
    char arguments[200];

    have_clusters();
    script_second_session();
    script_json(POST_2, GOING("{'phase':'scanning'}"));
    script_silence(GET_2);
    call(SQL ",'cluster':'two','wait_seconds':0");
    loop_run(2000);
    snprintf(arguments, sizeof arguments,
             "'kill-spark-job','arguments':{'operation_id':'%s'",
             jx_string(structured(), "operationId"));
    script_json("POST http://w:40402/operations/op-", "{'state':'running'}");
    call(arguments);
    loop_run(500);
    script_answer(GET_2, CANCELLED);
    loop_run(1000);
    assert_text(jx_string(structured(), "state"), "CANCELLED");
    assert_text(jx_string(structured(), "clusterName"), "two");
}

/* ---- what else two may have alike ---- */

static void test_a_nonce_is_its_clusters(void **state)
{
    have_clusters();
    nonce_keep("driver-1", NONCE);
    assert_text(nonce_of("driver-1"), NONCE);
    clusters_enter(1);
    assert_text(nonce_of("driver-1"), "");
    clusters_enter(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_without_several_clusters_no_tool_takes_one),
        claim(test_each_tool_takes_the_names),
        claim(test_without_a_name_the_first_is_meant),
        claim(test_the_named_one_is_asked),
        claim(test_an_unknown_name_is_told_with_those_there_are),
        claim(test_what_one_may_not_another_may),
        claim(test_a_submission_finds_its_cluster),
        claim(test_where_it_was_found_is_remembered),
        claim(test_a_cluster_that_is_down_hides_no_other),
        claim(test_an_id_that_two_have_needs_a_name),
        claim(test_an_id_that_none_has_is_told_with_who_could_not_be_asked),
        claim(test_an_application_finds_its_cluster_by_id_and_by_name),
        claim(test_every_cluster_and_its_tables_are_listed),
        claim(test_an_address_names_a_cluster),
        claim(test_an_address_names_the_one_that_is_meant_of_two),
        claim(test_an_address_of_no_cluster_is_no_resource),
        claim(test_ids_of_all_clusters_are_completed),
        claim(test_an_id_that_two_have_is_completed_once),
        claim(test_a_silent_cluster_holds_up_no_completion),
        claim(test_names_of_clusters_are_completed),
        claim(test_a_prompt_says_which_cluster),
        claim(test_each_cluster_has_its_own_session),
        claim(test_all_sessions_end_with_the_server),
        claim(test_an_operation_finds_its_cluster),
        claim(test_a_nonce_is_its_clusters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
