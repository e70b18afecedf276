/*
 * The views of monitor-cluster, as a client sees them. Recorded replies are those of a
 * real cluster with one application running, one driver that finds no room, and some that
 * have ended (tests/recorded).
 */
#include "base/jx.h"
#include "scripted_http.h"
#include "spark/cluster.h"
#include "tool_client.h"
#include "unit.h"
#include "waiting.h"

#include <stdio.h>
#include <string.h>

#define ANY "'limit':200"

/* What the servers answer; NULL: the server is out of reach. */
static json_t *master, *applications;
static const json_t *rows;

static int begin(void **state)
{
    return client_begin() ? 0 : -1;
}

static int end(void **state)
{
    json_decref(master);
    json_decref(applications);
    master = applications = NULL;
    return client_end() ? 0 : -1;
}

static void use_recorded(void)
{
    master = recorded_json("spark-3.5.9/master.json");
    applications = recorded_json("spark-3.5.9/applications.json");
}

static void script(const char *words, const json_t *answer)
{
    if (answer != NULL)
        script_value(words, json_deep_copy(answer));
    else
        script_error(words, ERROR_UNREACHABLE, "it is out of reach");
}

/* Looks at a view; the rows are those of this part. */
static void look(const char *metric, const char *part, const char *arguments)
{
    char line[400];

    script("GET http://m:8080/json/", master);
    snprintf(line, sizeof line, "'monitor-cluster','arguments':{'metric_type':'%s',%s",
             metric, arguments);
    call(line);
    loop_run(0);
    rows = jx_array(structured(), part);
}

static void view(const char *arguments)
{
    script("GET http://m:18080/api/v1/applications", applications);
    look("applications", "applications", arguments);
}

static void view_of_drivers(const char *arguments)
{
    look("drivers", "drivers", arguments);
}

static void view_of_cluster(const char *arguments)
{
    look("cluster", "workers", arguments);
}

/* Of app-1, of which the history server knows no more than its executors. */
static void view_of_executors(json_t *executors)
{
    script_value("applications/app-1/allexecutors", executors);
    script_error("GET http://m:18080/api/v1/applications/app-1", ERROR_NOT_FOUND, "no");
    if (master == NULL) {
        master = json_of("{'workers':[]}");
        script_error("GET http://m:8080/app/?appId=app-1", ERROR_NOT_FOUND, "no page");
    }
    look("executors", "executors", "'application_id':'app-1'");
}

static json_int_t omitted(void)
{
    return jx_int(structured(), "omitted");
}

static const json_t *row(size_t i)
{
    return json_array_get(rows, i);
}

static const json_t *row_of(const char *id)
{
    const json_t *member;
    size_t i;

    json_array_foreach (rows, i, member)
        if (strcmp(jx_string(member, "id"), id) == 0)
            return member;
    return NULL;
}

/* ---- the cluster and its workers ---- */

static void test_the_cluster_is_counted(void **state)
{
    use_recorded();
    view_of_cluster(ANY);
    assert_json(jx_object(structured(), "cluster"),
                "{'master':'spark://127.0.0.1:7077','status':'ALIVE','workersAlive':1,"
                "'cores':{'used':2,'total':4},'memoryMiB':{'used':1200,'total':6144},"
                "'applicationsRunning':1,'applicationsWaiting':0,'driversRunning':1,"
                "'driversWaiting':1,'canTake':{'cores':2,'memoryMiB':4944,"
                "'mostMemoryMiBOnOneWorker':4944,'coresOfThatWorker':2}}");
}

static void test_a_dead_worker_has_no_room(void **state)
{
    master = json_of("{'workers':[{'state':'DEAD','coresfree':4,'memoryfree':4096}]}");
    view_of_cluster(ANY);
    assert_json(jx_object(jx_object(structured(), "cluster"), "canTake"),
                "{'cores':0,'memoryMiB':0,'mostMemoryMiBOnOneWorker':0,"
                "'coresOfThatWorker':0}");
}

static void test_a_worker_without_cores_has_no_largest_piece(void **state)
{
    master = json_of("{'workers':[{'state':'ALIVE','coresfree':0,'memoryfree':9000},"
                     "{'state':'ALIVE','coresfree':2,'memoryfree':1000}]}");
    view_of_cluster(ANY);
    assert_int_equal(jx_int(jx_object(jx_object(structured(), "cluster"), "canTake"),
                            "mostMemoryMiBOnOneWorker"),
                     1000);
}

static void test_workers_are_told_with_what_they_use(void **state)
{
    use_recorded();
    view_of_cluster("'limit':20");
    assert_json(rows, "[{'id':'worker-20261122170956-127.0.0.1-33905','host':'127.0.0.1',"
                      "'state':'ALIVE','coresUsed':2,'cores':4,'memoryUsedMiB':1200,"
                      "'memoryMiB':6144,'ui':'http://127.0.0.1:8081'}]");
}

static void test_workers_beyond_the_limit_are_counted(void **state)
{
    master = json_of("{'workers':[{'id':'a'},{'id':'b'},{'id':'c'}]}");
    view_of_cluster("'limit':1");
    assert_int_equal(json_array_size(rows), 1);
    assert_int_equal(omitted(), 2);
}

/* ---- the rest of a list ---- */

/* Calls again as "next" says, until there is none; every row has come once then. */
static void follow_next(void (*look_at)(const char *arguments))
{
    json_auto_t *all = NULL, *found = json_array();
    char arguments[60];
    size_t offset = 0;
    int calls = 0;

    look_at("'limit':200");
    all = json_deep_copy(rows);
    do {
        snprintf(arguments, sizeof arguments, "'offset':%zu,'limit':4", offset);
        look_at(arguments);
        json_array_extend(found, (json_t *)rows);
        calls++;
    } while (sscanf(jx_string(structured(), "next"), "%*d more from offset %zu",
                    &offset) == 1);
    assert_true(json_equal(found, all));
    assert_int_equal(calls, ((int)json_array_size(all) + 3) / 4);
    assert_int_equal(omitted(), 0);
}

static void view_of_many_workers(const char *arguments)
{
    json_decref(master);
    master =
        json_of("{'workers':[{'id':'a'},{'id':'b'},{'id':'c'},{'id':'d'},{'id':'e'}]}");
    view_of_cluster(arguments);
}

static void test_next_of_a_list_is_followed_to_its_end(void **state)
{
    use_recorded();
    follow_next(view);
    follow_next(view_of_drivers);
    follow_next(view_of_many_workers);
}

/* ---- applications ---- */

static void test_what_both_servers_know_is_told_once(void **state)
{
    use_recorded();
    view(ANY);
    assert_int_equal(json_array_size(rows), 15);
    for (size_t i = 0; i < json_array_size(rows); i++)
        assert_ptr_equal(row_of(jx_string(row(i), "id")), row(i));
}

static void test_the_state_of_an_application_is_the_masters(void **state)
{
    use_recorded();
    view(ANY);
    assert_text(jx_string(row_of("app-20261122182026-0014"), "state"), "RUNNING");
    assert_text(jx_string(row_of("app-20261122181926-0013"), "state"), "FINISHED");
}

static void test_applications_come_newest_first(void **state)
{
    use_recorded();
    view(ANY);
    for (size_t i = 1; i < json_array_size(rows); i++)
        assert_true(
            strcmp(jx_string(row(i - 1), "started"), jx_string(row(i), "started")) >= 0);
    assert_text(jx_string(row(0), "id"), "app-20261122182026-0014");
}

static void test_a_row_of_the_master_has_its_facts(void **state)
{
    use_recorded();
    view(ANY);
    assert_json(
        row_of("app-20261122175420-0004"),
        "{'id':'app-20261122175420-0004','name':'flight-delays','state':'FINISHED',"
        "'cores':3,'memoryPerExecutorMiB':1024,'user':'root',"
        "'started':'2026-11-22 17:54:20Z','seconds':26.6}");
}

static void test_a_long_name_is_cut_between_characters(void **state)
{
    char name[100] = "";
    const char *shown;

    memset(name, 'x', 59);
    memcpy(name + 59, "\xC3\xBC and more", 12);
    master = json_pack("{s:[], s:[{s:s, s:s}]}", "workers", "activeapps", "id", "app-1",
                       "name", name);
    view(ANY);
    shown = jx_string(row(0), "name");
    assert_int_equal(strlen(shown), 59);
    assert_true(strncmp(shown, name, 59) == 0);
}

static void test_without_the_master_the_history_server_tells_what_it_knows(void **state)
{
    applications = recorded_json("spark-3.5.9/applications.json");
    view(ANY);
    assert_int_equal(json_array_size(rows), 8);
    assert_json(row_of("app-20261122181926-0013"),
                "{'id':'app-20261122181926-0013','name':'recorded','state':'FINISHED',"
                "'user':'root','started':'2026-11-22 18:19:24Z','seconds':12.0}");
}

static void test_the_history_server_does_not_know_whether_something_runs(void **state)
{
    applications = recorded_json("spark-3.5.9/applications.json");
    view(ANY);
    assert_text(jx_string(row_of("app-20261122182026-0014"), "state"), "UNKNOWN");
}

static void test_without_the_history_server_the_master_tells_what_it_knows(void **state)
{
    master = recorded_json("spark-3.5.9/master.json");
    view(ANY);
    assert_int_equal(json_array_size(rows), 15);
}

static void test_without_both_there_is_no_view(void **state)
{
    view(ANY);
    assert_true(jx_bool(result(), "isError"));
    assert_contains(text(), "it is out of reach");
}

static void test_who_is_out_of_reach_is_told(void **state)
{
    master = recorded_json("spark-3.5.9/master.json");
    view(ANY);
    assert_contains(text(), "Warning: without the history server, older applications");
}

static void test_an_application_that_nobody_knows_is_an_error(void **state)
{
    use_recorded();
    view("'application_id':'app-0'");
    assert_contains(text(), "no application 'app-0' is known");
}

static void test_an_exit_code_in_the_history_is_a_failure(void **state)
{
    applications = json_of("[{'id':'a','attempts':[{'completed':true,'exitCode':3}]},"
                           "{'id':'b','attempts':[{'completed':true,'exitCode':0}]}]");
    view(ANY);
    assert_text(jx_string(row_of("a"), "state"), "FAILED");
    assert_text(jx_string(row_of("b"), "state"), "FINISHED");
}

static void test_all_attempts_of_an_application_are_listed(void **state)
{
    const json_t *attempts;

    applications = json_of("[{'id':'a','attempts':[{'attemptId':'2','completed':false},"
                           "{'attemptId':'1','completed':true}]}]");
    view(ANY);
    attempts = jx_array(row_of("a"), "attempts");
    assert_text(jx_string(json_array_get(attempts, 0), "attemptId"), "2");
    assert_text(jx_string(json_array_get(attempts, 1), "attemptId"), "1");
}

/* So many that the history server gives no second page; the last one failed. */
static json_t *many_applications(size_t count)
{
    json_t *all = json_array();

    for (size_t i = 1; i <= count; i++)
        json_array_append_new(all, jx_pack("{s:o, s:[{s:b, s:i}]}", "id",
                                           jx_format("app-%zu", i), "attempts",
                                           "completed", 1, "exitCode", i == count));
    return all;
}

static void view_many(size_t count, const char *arguments)
{
    json_auto_t *page = many_applications(1000);

    applications = many_applications(count);
    script("GET http://m:18080/api/v1/applications?limit=10000", applications);
    script("GET http://m:18080/api/v1/applications?limit=1000", page);
    look("applications", "applications", arguments);
}

static void test_a_status_is_looked_for_behind_the_first_page(void **state)
{
    view_many(2999, "'status':'failed'");
    assert_int_equal(json_array_size(rows), 1);
    assert_text(jx_string(row(0), "id"), "app-2999");
}

static void test_where_there_may_be_more_counts_are_at_least(void **state)
{
    view_many(10000, ANY);
    assert_contains(text(), "counts are at least");
}

/* ---- filters ---- */

static void test_a_status_is_written_in_small_letters(void **state)
{
    use_recorded();
    view("'status':'running','limit':200");
    assert_int_equal(json_array_size(rows), 1);
    assert_text(jx_string(row(0), "id"), "app-20261122182026-0014");
}

static void test_a_status_hides_what_the_master_knows_better(void **state)
{
    use_recorded();
    view("'status':'finished','limit':200");
    assert_null(row_of("app-20261122182026-0014"));
    assert_int_equal(json_array_size(rows), 14);
}

static void test_one_application_may_be_asked_for(void **state)
{
    use_recorded();
    view("'application_id':'app-20261122181926-0013','limit':200");
    assert_int_equal(json_array_size(rows), 1);
}

static void test_the_limit_keeps_the_newest_and_counts_the_others(void **state)
{
    use_recorded();
    view("'limit':2");
    assert_int_equal(json_array_size(rows), 2);
    assert_text(jx_string(row(0), "id"), "app-20261122182026-0014");
    assert_text(jx_string(row(1), "id"), "app-20261122181926-0013");
    assert_int_equal(omitted(), 13);
}

/* app-...-0013 ran from 1795371566070 for 10351 ms, -0012 from 1795371554008 for 5507 ms
 */
static void test_a_time_range_keeps_what_ran_in_it(void **state)
{
    use_recorded();
    view("'time_range':'2026-11-22T18:19:30Z/2026-11-22T18:19:31Z','limit':200");
    assert_int_equal(json_array_size(rows), 1);
    assert_text(jx_string(row(0), "id"), "app-20261122181926-0013");
}

static void test_a_time_range_keeps_what_still_runs(void **state)
{
    use_recorded();
    view("'time_range':'2026-11-22T18:21:40Z/2026-11-22T18:23:20Z','limit':200");
    assert_int_equal(json_array_size(rows), 1);
    assert_text(jx_string(row(0), "id"), "app-20261122182026-0014");
}

static void test_a_time_range_holds_for_the_history_server_too(void **state)
{
    applications = recorded_json("spark-3.5.9/applications.json");
    view("'time_range':'2026-11-22T18:19:30Z/2026-11-22T18:19:31Z','limit':200");
    assert_int_equal(json_array_size(rows), 1);
    assert_text(jx_string(row(0), "id"), "app-20261122181926-0013");
}

/* ---- drivers ---- */

static void test_drivers_come_newest_first(void **state)
{
    use_recorded();
    view_of_drivers("'limit':3");
    assert_int_equal(json_array_size(rows), 3);
    assert_int_equal(omitted(), 45);
    assert_non_null(row_of("driver-20261122182019-0046"));
    assert_non_null(row_of("driver-20261122182019-0047"));
}

static void test_a_row_of_a_driver_has_its_facts(void **state)
{
    use_recorded();
    view_of_drivers(ANY);
    assert_json(row_of("driver-20261122182019-0046"),
                "{'id':'driver-20261122182019-0046','state':'RUNNING','cores':1,"
                "'memoryMiB':600,'worker':'worker-20261122170956-127.0.0.1-33905',"
                "'mainClass':'org.apache.spark.deploy.PythonRunner',"
                "'started':'2026-11-22 18:20:19Z'}");
}

static void test_a_submitted_driver_is_waiting(void **state)
{
    use_recorded();
    view_of_drivers("'status':'waiting','limit':200");
    assert_int_equal(json_array_size(rows), 1);
    assert_text(jx_string(row(0), "id"), "driver-20261122182019-0047");
}

static void test_a_driver_that_waits_has_no_worker(void **state)
{
    use_recorded();
    view_of_drivers(ANY);
    assert_null(json_object_get(row_of("driver-20261122182019-0047"), "worker"));
}

static void test_a_driver_with_an_error_is_failed(void **state)
{
    use_recorded();
    view_of_drivers("'status':'failed','limit':200");
    assert_non_null(row_of("driver-20261122182015-0044")); /* ERROR */
    assert_non_null(row_of("driver-20261122182015-0045")); /* FAILED */
    assert_null(row_of("driver-20261122182019-0046"));
}

static void test_killed_drivers_may_be_asked_for(void **state)
{
    use_recorded();
    view_of_drivers("'status':'killed','limit':200");
    assert_non_null(row_of("driver-20261122181729-0027"));
}

static void test_a_time_range_keeps_drivers_that_began_in_it(void **state)
{
    use_recorded();
    view_of_drivers(
        "'time_range':'2026-11-22T18:18:35Z/2026-11-22T18:18:36Z','status':'failed',"
        "'limit':200");
    assert_int_equal(json_array_size(rows), 2);
}

/* ---- executors ---- */

static void test_executors_are_told_with_their_work(void **state)
{
    view_of_executors(recorded_json("spark-3.5.9/executors.json"));
    assert_json(row_of("0"),
                "{'application':'app-1','id':'0','hostPort':'127.0.0.1:45579',"
                "'state':'ACTIVE','cores':1,'activeTasks':0,'completedTasks':3,"
                "'failedTasks':0,'taskSeconds':1.729,'gcPercent':2,'inputBytes':0,"
                "'shuffleReadBytes':118,'shuffleWriteBytes':118,"
                "'storageUsedMiB':0,'storageMiB':180}");
}

static void test_the_driver_is_among_its_executors(void **state)
{
    view_of_executors(recorded_json("spark-3.5.9/executors.json"));
    assert_non_null(row_of("driver"));
}

static void test_uptime_is_no_task_time_of_the_driver(void **state)
{
    view_of_executors(recorded_json("spark-3.5.9/executors.json"));
    assert_null(json_object_get(row_of("driver"), "taskSeconds"));
    assert_null(json_object_get(row_of("driver"), "gcPercent"));
}

static void test_peaks_are_told_where_spark_has_measured_them(void **state)
{
    view_of_executors(recorded_json("spark-4.3.0/watched/executors-ended.json"));
    assert_true(jx_int(row_of("0"), "peakHeapMiB") > 50);
    assert_null(json_object_get(row_of("0"), "peakPythonMiB"));
}

#define EXECUTOR(id, added, removed)                                                     \
    "{'id':'" id "','totalCores':2,'addTime':'2026-11-22T15:0" added                     \
    ":00.000GMT','removeTime':'2026-11-22T15:0" removed ":00.000GMT'}"

static void test_the_timeline_adds_and_takes_away_executors_and_cores(void **state)
{
    view_of_executors(
        json_of("[" EXECUTOR("1", "1", "5") "," EXECUTOR("2", "2", "3") "]"));
    assert_json(jx_array(structured(), "timeline"),
                "[{'from':'2026-11-22 15:01:00Z','executors':1,'cores':2},"
                "{'from':'2026-11-22 15:02:00Z','executors':2,'cores':4},"
                "{'from':'2026-11-22 15:03:00Z','executors':1,'cores':2},"
                "{'from':'2026-11-22 15:05:00Z','executors':0,'cores':0}]");
    assert_contains(text(), "At most 2 executors and 4 cores");
}

static void test_a_lost_executor_tells_why(void **state)
{
    view_of_executors(
        json_of("[{'id':'1','isActive':false,'removeReason':'worker lost'}]"));
    assert_text(jx_string(row(0), "state"), "LOST");
    assert_text(jx_string(row(0), "why"), "worker lost");
}

static void test_the_executors_of_an_ended_application_have_ended(void **state)
{
    master =
        json_of("{'workers':[],'completedapps':[{'id':'app-1','state':'FINISHED'}]}");
    view_of_executors(
        json_of("[{'id':'1','isActive':true},{'id':'2','isActive':false}]"));
    assert_text(jx_string(row(0), "state"), "ENDED");
    assert_text(jx_string(row(1), "state"), "LOST");
}

static void test_the_one_application_of_the_history_server_is_a_row(void **state)
{
    json_t *all = recorded_json("spark-3.5.9/applications.json");

    applications = json_incref(json_array_get(all, 0));
    view(ANY);
    assert_int_equal(json_array_size(rows), 1);
    assert_text(jx_string(row(0), "id"), "app-20261122181926-0013");
    json_decref(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_the_cluster_is_counted),
        claim(test_a_dead_worker_has_no_room),
        claim(test_a_worker_without_cores_has_no_largest_piece),
        claim(test_workers_are_told_with_what_they_use),
        claim(test_workers_beyond_the_limit_are_counted),
        claim(test_next_of_a_list_is_followed_to_its_end),
        claim(test_what_both_servers_know_is_told_once),
        claim(test_the_state_of_an_application_is_the_masters),
        claim(test_applications_come_newest_first),
        claim(test_all_attempts_of_an_application_are_listed),
        claim(test_a_status_is_looked_for_behind_the_first_page),
        claim(test_where_there_may_be_more_counts_are_at_least),
        claim(test_a_row_of_the_master_has_its_facts),
        claim(test_a_long_name_is_cut_between_characters),
        claim(test_without_the_master_the_history_server_tells_what_it_knows),
        claim(test_the_history_server_does_not_know_whether_something_runs),
        claim(test_without_the_history_server_the_master_tells_what_it_knows),
        claim(test_without_both_there_is_no_view),
        claim(test_who_is_out_of_reach_is_told),
        claim(test_an_application_that_nobody_knows_is_an_error),
        claim(test_an_exit_code_in_the_history_is_a_failure),
        claim(test_a_status_is_written_in_small_letters),
        claim(test_a_status_hides_what_the_master_knows_better),
        claim(test_one_application_may_be_asked_for),
        claim(test_the_limit_keeps_the_newest_and_counts_the_others),
        claim(test_a_time_range_keeps_what_ran_in_it),
        claim(test_a_time_range_keeps_what_still_runs),
        claim(test_a_time_range_holds_for_the_history_server_too),
        claim(test_drivers_come_newest_first),
        claim(test_a_row_of_a_driver_has_its_facts),
        claim(test_a_submitted_driver_is_waiting),
        claim(test_a_driver_that_waits_has_no_worker),
        claim(test_a_driver_with_an_error_is_failed),
        claim(test_killed_drivers_may_be_asked_for),
        claim(test_a_time_range_keeps_drivers_that_began_in_it),
        claim(test_executors_are_told_with_their_work),
        claim(test_the_driver_is_among_its_executors),
        claim(test_uptime_is_no_task_time_of_the_driver),
        claim(test_peaks_are_told_where_spark_has_measured_them),
        claim(test_the_timeline_adds_and_takes_away_executors_and_cores),
        claim(test_a_lost_executor_tells_why),
        claim(test_the_executors_of_an_ended_application_have_ended),
        claim(test_the_one_application_of_the_history_server_is_a_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
