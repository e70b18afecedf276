/* How an application is, as a client sees it: settings, caches, threads, streams. */
#include "base/jx.h"
#include "scripted_http.h"
#include "tool_client.h"
#include "unit.h"
#include "waiting.h"
#include "watched_script.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- the environment ---- */

static void look_at_environment(const char *version, const char *arguments)
{
    script_live(version);
    script_value(LIVE "/environment", recorded(version, "environment.json"));
    look(arguments);
}

static void test_settings_are_those_that_somebody_has_set(void **state)
{
    for (size_t i = 0; i < 2; i++) {
        look_at_environment(versions[i], "'metric_type':'environment'");
        assert_contains(text(), "spark spark.task.maxFailures=2\n");
        assert_contains(text(), "java user.timezone=Etc/UTC\n");
        assert_lacks(text(), "spark.driver.port");
        assert_lacks(text(), "extraJavaOptions"); /* Spark's own alone */
        assert_lacks(text(), "adl.http.timeout");
        assert_fits(2500);
    }
}

static void test_secrets_that_spark_shows_are_masked(void **state)
{
    for (size_t i = 0; i < 2; i++) {
        look_at_environment(versions[i], "'metric_type':'environment','limit':200");
        assert_lacks(text(), "planted");
        assert_contains(text(), "spark.my.apiKey=*****");
        assert_contains(text(), "http://user:*****@h/");
    }
}

static void test_a_prefix_chooses_settings_of_hadoop_too(void **state)
{
    look_at_environment("spark-4.3.0", "'metric_type':'environment','prefix':'adl.http'");
    assert_json(first("settings"),
                "{'section':'hadoop','name':'adl.http.timeout','value':'-1'}");
}

/* ---- storage ---- */

static void test_cached_tables_are_told_with_their_share_and_size(void **state)
{
    for (size_t i = 0; i < 2; i++) {
        script_live(versions[i]);
        script_rows(LIVE "/storage/rdd", recorded(versions[i], "storage.json"));
        look("'metric_type':'storage'");
        assert_text(jx_string(first("cached"), "name"), "In-memory table orders");
        assert_int_equal(jx_int(first("cached"), "cachedPercent"), 100);
        assert_true(jx_int(first("cached"), "memoryBytes") > 0);
        assert_fits(2000);
    }
}

static void test_the_history_server_says_why_it_knows_nothing_cached(void **state)
{
    script_ended("spark-3.5.9");
    script_rows(LOGGED "/storage/rdd", json_array());
    look("'metric_type':'storage'");
    assert_contains(text(), "spark.eventLog.logBlockUpdates.enabled");
}

/* ---- threads ---- */

static void test_threads_of_tasks_come_first_and_idle_ones_are_counted(void **state)
{
    for (size_t i = 0; i < 2; i++) {
        script_live(versions[i]);
        script_value("/executors/0/threads", recorded(versions[i], "threads-0.json"));
        look("'metric_type':'threads','executor_id':'0'");
        assert_contains(jx_string(first("threadGroups"), "name"), "worker for task");
        assert_contains(jx_string(first("idlePools"), "name"), "thread-pool-#");
        assert_lacks(text(), "java.base@");
        assert_lacks(text(), "epollWait");
        assert_fits(5000);
    }
}

#define AT(id, place)                                                                    \
    "{'threadId':" id ",'threadName':'t" id "','threadState':'RUNNABLE','stackTrace':"   \
    "{'elems':['app//x.Y." place "(Y.java:1)']}}"

static void test_what_stands_still_in_three_dumps_is_told(void **state)
{
    script_live("spark-4.3.0");
    for (int i = 0; i < 3; i++)
        script_json("/executors/driver/threads",
                    i < 2 ? "[" AT("1", "a") "," AT("2", "b") "]"
                          : "[" AT("1", "a") "," AT("2", "c") "]");
    call(
        "'monitor-cluster','arguments':{'application_id':'app-1','metric_type':'threads',"
        "'details':true");
    loop_run(4000);
    assert_json(
        jx_array(structured(), "threadGroups"),
        "[{'threads':1,'state':'RUNNABLE','name':'t1','frames':['x.Y.a(Y.java:1)'],"
        "'sameInAll':true},{'threads':1,'state':'RUNNABLE','name':'t2','frames':"
        "['x.Y.b(Y.java:1)'],'sameInAll':false}]");
}

static void test_threads_that_wait_for_each_other_are_named(void **state)
{
    script_live("spark-4.3.0");
    script_json("/threads", "[{'threadId':1,'threadName':'a','blockedByThreadId':2},"
                            "{'threadId':2,'threadName':'b','blockedByThreadId':1},"
                            "{'threadId':3,'threadName':'c','blockedByThreadId':1}]");
    look("'metric_type':'threads'");
    assert_json(jx_array(structured(), "deadlock"), "['a','b']");
}

/* ---- streaming ---- */

static void script_streams(const char *version, const char *page)
{
    char path[100];
    char *html;

    snprintf(path, sizeof path, "%s/watched/%s", version, page);
    html = recorded_text(path);
    script_text("/StreamingQuery/", "text/html", html);
    free(html);
}

static void script_series(const char *words, const char *y)
{
    char page[600];

    snprintf(page, sizeof page,
             "var v4 = [{\"x\": 1795366800000, \"y\": 900.0},{\"x\": 1795366801000, "
             "\"y\": %s}]; drawTimeline('#batch-duration-timeline', v4, 1);",
             y);
    script_text(words, "text/html", page);
}

static void test_streaming_queries_are_told_with_their_last_batches(void **state)
{
    for (size_t i = 0; i < 2; i++) {
        script_live(versions[i]);
        script_streams(versions[i], "streams.html");
        script_series("/StreamingQuery/statistics/?id=", "1250.0");
        script_series("/StreamingQuery/statistics/?id=", "10.0");
        script_error(LIVE "/streaming/statistics", ERROR_NOT_FOUND, "no such context");
        look("'metric_type':'streaming'");
        assert_json(jx_object(structured(), "byStatus"), "{'RUNNING':1,'FAILED':1}");
        assert_json(
            json_array_get(jx_array(row_with("queries", "latestBatch", 0), "lastBatches"),
                           0),
            "{'at':'2026-11-22 17:00:01Z','seconds':0.01}");
        assert_text(jx_string(row_with("queries", "latestBatch", 0), "error"),
                    "ValueError: no price in row 3");
        assert_fits(2000);
    }
}

static void test_streams_that_have_ended_are_told_by_the_history_server(void **state)
{
    script_ended("spark-4.3.0");
    script_streams("spark-4.3.0", "streams-ended.html");
    script_error("GET http://m:18080/history/app-1/StreamingQuery/statistics/",
                 ERROR_TIMEOUT, "slow");
    script_always();
    look("'metric_type':'streaming'");
    assert_json(jx_object(structured(), "byStatus"), "{'FAILED':1,'FINISHED':1}");
}

static void test_another_page_means_no_streams(void **state)
{
    script_live("spark-3.5.9");
    script_text("/StreamingQuery/", "text/html", "<html>Spark Jobs</html>");
    script_error(LIVE "/streaming/statistics", ERROR_NOT_FOUND, "no such context");
    look("'metric_type':'streaming'");
    assert_int_equal(jx_int(structured(), "total"), 0);
    assert_contains(text(), "0 structured streaming queries");
}

static void test_a_streaming_context_is_told_with_its_delays(void **state)
{
    script_live("spark-3.5.9");
    script_text("/StreamingQuery/", "text/html", "<html>Spark Jobs</html>");
    script_json(
        LIVE "/streaming/statistics",
        "{'startTime':'2026-11-22T17:00:01.000GMT','batchDuration':2000,'numReceivers':0,"
        "'numActiveReceivers':0,'numInactiveReceivers':0,'numTotalCompletedBatches':7,"
        "'numRetainedCompletedBatches':7,'numActiveBatches':1,'numProcessedRecords':70,"
        "'numReceivedRecords':80,'avgInputRate':5.25,'avgSchedulingDelay':12,"
        "'avgProcessingTime':350,'avgTotalDelay':362}");
    look("'metric_type':'streaming'");
    assert_json(
        jx_object(structured(), "dstreams"),
        "{'started':'2026-11-22 17:00:01Z','batchSeconds':2,'completedBatches':7,"
        "'activeBatches':1,'receivers':0,'activeReceivers':0,'receivedRecords':80,"
        "'processedRecords':70,'averageInputRecordsPerSecond':5.25,"
        "'averageSchedulingDelaySeconds':0.012,'averageProcessingSeconds':0.35,"
        "'averageTotalDelaySeconds':0.362}");
    assert_contains(text(), "DStreams with a batch every 2 s: 7 batches done, 1 waiting");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_settings_are_those_that_somebody_has_set),
        claim(test_secrets_that_spark_shows_are_masked),
        claim(test_a_prefix_chooses_settings_of_hadoop_too),
        claim(test_cached_tables_are_told_with_their_share_and_size),
        claim(test_the_history_server_says_why_it_knows_nothing_cached),
        claim(test_threads_of_tasks_come_first_and_idle_ones_are_counted),
        claim(test_what_stands_still_in_three_dumps_is_told),
        claim(test_threads_that_wait_for_each_other_are_named),
        claim(test_streaming_queries_are_told_with_their_last_batches),
        claim(test_streams_that_have_ended_are_told_by_the_history_server),
        claim(test_another_page_means_no_streams),
        claim(test_a_streaming_context_is_told_with_its_delays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
