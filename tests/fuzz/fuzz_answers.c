/*
 * Whatever Spark, a worker or the session answers, every call comes to an end, what is
 * written is JSON, and nothing is left. The bytes of an input choose which of the good
 * answers below are spoilt, and how; an input of no bytes spoils nothing.
 *
 * A few inputs by chance run as an ordinary test (random_answers.c, which takes as many
 * as are asked for). To look for more, with clang, as fuzz_lines.c says it: the target is
 * fuzz_answers.
 */
#include "base/buffer.h"
#include "base/jx.h"
#include "base/log.h"
#include "mcp/mcp.h"
#include "spark/cluster.h"
#include "spark/nonce.h"
#include "spark/run.h"
#include "spark/session.h"
#include "tools/tool.h"
#include "unit/scripted_http.h"
#include "unit/unit.h"
#include "unit/waiting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RUN_MS = 400 * 1000, WAYS = 14, SPOIL_BELOW = 48 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static const uint8_t *choices;
static size_t choices_left;

/* The next byte, below `most`; 255 of 256 when there are none left. */
static unsigned choose(unsigned most)
{
    unsigned byte = choices_left > 0 ? *choices : 255;

    if (choices_left > 0) {
        choices++;
        choices_left--;
    }
    return byte % most;
}

static void must(bool is_so, const char *claim)
{
    if (is_so)
        return;
    fprintf(stderr, "not so: %s\n", claim);
    abort();
}

/* ---- spoiling ---- */

static json_t *nest(size_t depth)
{
    json_t *inner = json_array();

    for (size_t i = 0; i < depth; i++)
        inner = jx_pack("[o]", inner);
    return inner;
}

static json_t *long_text(void)
{
    struct buffer text = {0};
    json_t *value;

    for (int i = 0; i < 2000; i++)
        buffer_add_text(&text, "\xC3\xBC\x1b[31m");
    value = jx_text(buffer_text(&text), text.length);
    buffer_release(&text);
    return value;
}

/* Something else in a value's place. */
static json_t *other_value(void)
{
    switch (choose(WAYS)) {
    case 0:
        return json_null();
    case 1:
        return json_integer(INT64_MAX);
    case 2:
        return json_integer(INT64_MIN);
    case 3:
        return json_real(-1e308);
    case 4:
        return json_string("");
    case 5:
        return json_string("http://elsewhere:1/x@y:99999");
    case 6:
        return json_string("../../etc/passwd\n\r\t\x7f");
    case 7:
        return json_array();
    case 8:
        return json_object();
    case 9:
        return json_true();
    case 10:
        return nest(300);
    case 11:
        return long_text();
    case 12:
        return jx_pack("[{s:{s:[i,s,n]}}]", "a", "b", -1, "x", NULL);
    default:
        return json_stringn_nocheck("nul\0 inside", 11);
    }
}

/* Walks the value and spoils some of what is in it. */
static json_t *spoil(json_t *value)
{
    const char *key;
    json_t *member;
    void *safe;
    size_t i;

    if (choose(256) < SPOIL_BELOW) {
        json_decref(value);
        return other_value();
    }
    json_array_foreach (value, i, member)
        json_array_set_new(value, i, spoil(json_incref(member)));
    json_object_foreach_safe(value, safe, key, member)
    {
        if (choose(256) < SPOIL_BELOW / 4)
            json_object_del(value, key);
        else
            json_object_set_new(value, key, spoil(json_incref(member)));
    }
    return value;
}

static void script_spoilt(const char *words, const char *json)
{
    script_value(words, spoil(json_of(json)));
    script_always();
}

/* A log page whose text is cut or whose head is spoilt. */
static void script_page(const char *words, const char *text)
{
    size_t length = strlen(text);
    struct buffer page = {0};

    if (choose(256) < SPOIL_BELOW)
        length = length * choose(256) / 256;
    switch (choose(256) < SPOIL_BELOW ? choose(3) : 3) {
    case 0:
        buffer_printf(&page, "==== Bytes 0-%zu of 99999999999999999999 of /x ====\n",
                      length);
        break;
    case 1:
        buffer_printf(&page, "==== Bytes %zu-0 of 1 of /x ====\n", length);
        break;
    case 2:
        break;
    default:
        buffer_printf(&page, "==== Bytes 0-%zu of %zu of /x ====\n", length, length);
    }
    buffer_add(&page, text, length);
    script_text(words, "text/plain", buffer_text(&page));
    script_always();
    buffer_release(&page);
}

/* ---- a good Spark ---- */

#define APPLICATION                                                                      \
    "'id':'app-1','name':'n','attempts':[{'startTimeEpoch':1795366800000,"               \
    "'endTimeEpoch':1795366860000,'duration':60000,'sparkUser':'u','completed':true}]"
#define EXECUTOR                                                                         \
    "{'id':'0','hostPort':'w:1','isActive':true,'rddBlocks':1,'memoryUsed':10,"          \
    "'diskUsed':0,'totalCores':2,'maxTasks':2,'activeTasks':1,'failedTasks':1,"          \
    "'completedTasks':7,'totalTasks':9,'totalDuration':1000,'totalGCTime':10,"           \
    "'totalInputBytes':1,'totalShuffleRead':2,'totalShuffleWrite':3,'maxMemory':99,"     \
    "'addTime':'2026-11-22T17:00:00.000GMT','peakMemoryMetrics':{'JVMHeapMemory':5}}"
#define OUTCOME                                                                          \
    "{'id':'x','state':'done','progress':{'phase':'p','tasksDone':1,'tasksTotal':2,"     \
    "'tasksActive':0,'stages':1,'rowsRead':5},'outcome':{'ok':true,'kept':{'views':['v'" \
    "],'cachedTables':['c'],'tables':[]},'result':{'columns':[{'name':'a','type':'int'}" \
    ",{'name':'b','type':'string'}],'rows':[[1,'x'],[2,null]],'rowCount':2,'truncated':" \
    "false,'next':'n','warnings':['w'],'metrics':[{'metric':'m','mean':0.5}]}}}"

#define UI "http://d:4040/api/v1/applications/app-1"
#define TIME "'2026-11-22T17:00:00.000GMT'"
#define FAILED                                                                           \
    "'x: Traceback (most recent call last):\\n  File \\'/a.py\\', line 3, in f\\nE: m 3'"
#define SPREAD                                                                           \
    "'total (min, med, max (stageId: taskId))\\n9 ms (1 ms, 2 ms, 3 ms (stage 1.0: task 2))'"

/* A list that is read in slices: the JSON is spoilt, then perhaps cut. */
static void script_list(const char *words, const char *json)
{
    json_t *value = spoil(json_of(json));
    char *text = json_dumps(value, JSON_ENCODE_ANY);

    if (choose(256) < SPOIL_BELOW)
        text[strlen(text) * choose(256) / 256] = '\0';
    script_text(words, "application/json", text);
    script_always();
    free(text);
    json_decref(value);
}

static void script_html(const char *words, const char *html)
{
    char *text = strdup(html);

    if (choose(256) < SPOIL_BELOW)
        text[strlen(text) * choose(256) / 256] = '\0';
    script_text(words, "text/html", text);
    script_always();
    free(text);
}

/* The UI of app-1, which runs. */
static void script_ui(void)
{
    script_html("m:8080/app/?appId=",
                "<a href=\"http://d:4040\">Application Detail UI</a>");
    script_list(UI "/jobs",
                "[{'jobId':1,'name':'count at /a/b.py:3','submissionTime':" TIME
                ",'stageIds':[1,2],'status':'RUNNING','numTasks':2}]");
    script_spoilt("/taskSummary", "{'executorRunTime':[1.0,2.0,3.0,4.0,5.0,6.0],"
                                  "'inputMetrics':{'bytesRead':[0.0,1.0,2.0]}}");
    script_spoilt("/taskList",
                  "[{'taskId':1,'index':2,'launchTime':" TIME ",'duration':5,'status':"
                  "'FAILED','host':'h','errorMessage':" FAILED
                  ",'taskMetrics':{'jvmGcTime':1,'inputMetrics':{'bytesRead':1}}}]");
    script_spoilt("/stages/1?", "[{'stageId':1,'attemptId':0,'numFailedTasks':1}]");
    script_list(UI "/stages",
                "[{'stageId':1,'attemptId':0,'status':'COMPLETE','numTasks':"
                "5,'numCompleteTasks':5,'numFailedTasks':2,"
                "'executorRunTime':9,'jvmGcTime':1}]");
    script_list(UI "/sql?",
                "[{'id':1,'status':'FAILED','duration':3,'errorMessage':" FAILED
                ",'successJobIds':[1]}]");
    script_spoilt(
        UI "/sql/",
        "{'id':1,'planDescription':'== Initial Plan ==\\n Sort\\n\\n','nodes':[{"
        "'nodeId':1,'nodeName':'Sort','wholeStageCodegenId':2,'desc':'Sort "
        "token=1','metrics':[{'name':'sort time','value':" SPREAD
        "},{'name':'spill size','value':'8.0 EiB'}]},{'nodeId':2,'nodeName':"
        "'WholeStageCodegen (2)','metrics':[{'name':'duration','value':'2 s'}]},"
        "{'nodeId':3,'nodeName':'Scan'}],'edges':[{'fromId':3,'toId':1}]}");
    script_spoilt(UI "/environment",
                  "{'runtime':{'javaVersion':'17'},'sparkProperties':[['spark.a','b'],"
                  "['spark.b.password','c']],'systemProperties':[['user.name','u']]}");
    script_list(UI "/storage/rdd", "[{'id':1,'name':'t','numPartitions':2,"
                                   "'numCachedPartitions':1,'memoryUsed':5}]");
    script_spoilt(
        "/threads",
        "[{'threadId':1,'threadName':'a 1','threadState':'BLOCKED',"
        "'blockedByThreadId':2,'stackTrace':{'elems':['app//x.Y.z(Y.java:1)']}},"
        "{'threadId':2,'threadName':'b','threadState':'RUNNABLE',"
        "'blockedByThreadId':1,'stackTrace':{'elems':[]}}]");
    script_html("StreamingQuery/statistics",
                "var v1 = [{\"x\": 1795366800000, \"y\": 5.5}]; "
                "drawTimeline('#batch-duration-timeline', v1, 1);");
    script_html("StreamingQuery/",
                "<table id=\"active-table\"><thead><tr><th>Name</th><th>Run ID</th></tr>"
                "</thead><tbody><tr><td>n &lt;1&gt;</td><td><a>r-1</a></td></tr></tbody>"
                "</table>");
    script_spoilt(UI, "{" APPLICATION "}");
}

static void script_spark(void)
{
    script_ui();
    script_spoilt(
        "/v1/submissions/create",
        "{'success':true,'submissionId':'driver-1','serverSparkVersion':'4.0.0'}");
    script_spoilt("/v1/submissions/kill/", "{'success':true,'message':'m'}");
    script_spoilt("/v1/submissions/status/driver-1",
                  "{'success':true,'driverState':'RUNNING','workerId':'worker-1',"
                  "'workerHostPort':'w:1','serverSparkVersion':'4.0.0'}");
    script_spoilt("/v1/submissions/status/",
                  "{'success':false,'serverSparkVersion':'4.0.0'}");
    script_spoilt(
        "m:8080/json/",
        "{'status':'ALIVE','url':'spark://m:7077','aliveworkers':1,'cores':4,"
        "'coresused':1,'memory':6144,'memoryused':1024,'workers':[{'id':'worker-1',"
        "'host':'w','port':1,'webuiaddress':'http://w:8081','cores':4,'coresused':1,"
        "'coresfree':3,'memory':6144,'memoryused':1024,'memoryfree':5120,'state':"
        "'ALIVE','lastheartbeat':1795366800000}],'activeapps':[{'id':'app-1','name':"
        "'n','cores':2,'user':'u','memoryperexecutor':1024,'starttime':1795366800000,"
        "'submitdate':'x','state':'RUNNING','duration':5}],"
        "'completedapps':[],'activedrivers':[{'id':'driver-1','starttime':"
        "'1795366800000','state':'RUNNING','cores':1,'memory':1024,'submitdate':'x',"
        "'worker':'worker-1','mainclass':'c'}],'completeddrivers':[]}");
    script_spoilt("/allexecutors", "[" EXECUTOR "]");
    script_spoilt("/jobs", "[{'numCompletedTasks':1,'numTasks':2,'numSkippedTasks':0,"
                           "'numActiveStages':1}]");
    script_spoilt("api/v1/applications/app-1", "{" APPLICATION "}");
    script_spoilt("api/v1/applications", "[{" APPLICATION "}]");
    script_spoilt("w:40401/operations", OUTCOME);
    script_spoilt("w:40401/status", "{'state':'ready','applicationId':'app-1'}");
    script_page("logType=stdout",
                LINE "session 40401\n" LINE "application app-1 http://w:4040\nx\n");
    script_page("logType=stderr",
                "INFO Utils: Successfully started service 'SparkUI' on port 4040.\n");
    script_error("", ERROR_UNREACHABLE, "nobody is there");
    script_always();
}

/* ---- a client ---- */

#define OF_APPLICATION(arguments)                                                        \
    "'monitor-cluster','arguments':{'application_id':'app-1'," arguments "}"

static const char *const calls[] = {
    "'monitor-cluster','arguments':{}",
    "'monitor-cluster','arguments':{'metric_type':'applications'}",
    "'monitor-cluster','arguments':{'metric_type':'drivers'}",
    "'monitor-cluster','arguments':{'metric_type':'executors','application_id':'app-1'}",
    "'monitor-cluster','arguments':{'metric_type':'logs','submission_id':'driver-1'}",
    "'monitor-cluster','arguments':{'submission_id':'driver-1','wait_seconds':3}",
    OF_APPLICATION("'metric_type':'jobs'"),
    OF_APPLICATION("'metric_type':'stages','sort':'tasks'"),
    OF_APPLICATION("'stage_id':1"),
    OF_APPLICATION("'metric_type':'failures'"),
    OF_APPLICATION("'metric_type':'sql'"),
    OF_APPLICATION("'execution_id':1,'details':true"),
    OF_APPLICATION("'metric_type':'environment'"),
    OF_APPLICATION("'metric_type':'storage'"),
    OF_APPLICATION("'metric_type':'threads','details':true"),
    OF_APPLICATION("'metric_type':'streaming'"),
    OF_APPLICATION("'metric_type':'diagnosis'"),
    OF_APPLICATION("'metric_type':'diagnosis','execution_id':1"),
    OF_APPLICATION("'metric_type':'what_if'"),
    OF_APPLICATION("'other_application_id':'app-1'"),
    "'monitor-cluster','arguments':{'metric_type':'diagnosis','submission_id':'driver-1'}",
    "'submit-spark-job','arguments':{'application_file':'s3a://b/a.py','wait_seconds':5}",
    "'kill-spark-job','arguments':{'submission_id':'driver-1'}",
    "'execute-sql','arguments':{'sql':'select 1'}",
    "'manage-data','arguments':{'operation':'read','source_path':'/x'}",
    "'run-ml-pipeline','arguments':{'pipeline_config':{'stages':[]},'data_path':'/x'}",
};

static void send(struct connection *connection, int id, const char *call)
{
    char text[500];
    json_t *value;
    char *line;

    snprintf(
        text, sizeof text,
        "{'jsonrpc':'2.0','id':%d,'method':'tools/call','params':{'name':%s,'_meta':{"
        "'progressToken':%d}}}",
        id, call, id);
    value = json_of(text);
    line = json_dumps(value, JSON_COMPACT);
    mcp_receive(connection, line, strlen(line));
    free(line);
    json_decref(value);
}

static void check_output(const struct outbox *outbox, size_t answers)
{
    const char *line = buffer_text(&outbox->bytes), *end;
    size_t came = 0;

    for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        json_t *message = json_loadb(line, (size_t)(end - line), JSON_ALLOW_NUL, NULL);
        must(message != NULL, "every line that is written is JSON");
        came += json_object_get(message, "id") != NULL;
        json_decref(message);
    }
    must(came == answers, "every request is answered once");
}

static void serve(void)
{
    static const char hello[] = "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\","
                                "\"params\":{\"protocolVersion\":"
                                "\"2025-11-25\",\"capabilities\":{},\"clientInfo\":{"
                                "\"name\":\"c\",\"version\":\"1\"}}}";
    struct outbox outbox;
    struct connection connection;

    script_spark();
    outbox_open(&outbox, -1);
    mcp_open(&connection, &outbox);
    mcp_receive(&connection, hello, strlen(hello));
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        send(&connection, (int)i + 1, calls[i]);
    loop_run(RUN_MS);
    must(!mcp_has_calls(&connection), "every call comes to an end");
    check_output(&outbox, 1 + sizeof calls / sizeof *calls);
    mcp_close(&connection);
    outbox_release(&outbox);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct error error;

    choices = bytes;
    choices_left = length;
    log_set_level(LOG_OFF);
    loop_begin();
    nonce_fix(NONCE);
    must(configure(&error, "SPARK_MASTER=spark://m:7077", NULL) &&
             cluster_configure(&error),
         "the configuration is good");
    serve();
    run_stop_all();
    session_stop();
    loop_run(RUN_MS);
    must(loop_end(), "nothing is left");
    nonce_forget_all();
    nonce_fix(NULL);
    tool_release_definitions();
    unit_release();
    return 0;
}
