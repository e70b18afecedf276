#include "session_script.h"

#include "base/buffer.h"
#include "base/clusters.h"
#include "base/jx.h"
#include "base/log.h"
#include "base/text.h"
#include "scripted_http.h"
#include "spark/cluster.h"
#include "spark/nonce.h"
#include "spark/run.h"
#include "spark/session.h"
#include "unit.h"
#include "waiting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 200 };

bool session_script_begin(void)
{
    log_set_level(LOG_OFF); /* losses are warnings */
    loop_begin();
    nonce_fix(NONCE);
    configure_session(NULL, NULL);
    script_json("GET http://m:6066/v1/submissions/status/x",
                "{'success':false,'serverSparkVersion':'3.5.9'}");
    script_always();
    script_json("POST http://m:6066/v1/submissions/kill/", "{'success':true}");
    script_always();
    return true;
}

bool session_script_end(void)
{
    run_stop_all();
    session_stop();
    loop_run(0);
    nonce_fix(NULL);
    nonce_forget_all();
    log_set_level(LOG_WARNING);
    unit_release();
    return loop_end();
}

void configure_session(const char *setting, const char *other)
{
    struct error error;

    assert_true(configure(&error, "SPARK_MASTER=spark://m:7077", setting, other, NULL));
    assert_true(cluster_configure(&error));
}

static void configure_here(void)
{
    struct error error;

    assert_true(cluster_configure(&error));
}

void have_clusters(void)
{
    struct error error;

    assert_true(configure(
        &error,
        "SPARK_CLUSTERS={\"one\":{\"SPARK_MASTER\":\"spark://m:7077\"},"
        "\"two\":{\"SPARK_MASTER\":\"spark://n:7077\",\"SPARK_READ_ONLY\":true}}",
        NULL));
    clusters_for_each(configure_here);
}

void script_creation(int number)
{
    char answer[SIZE];

    snprintf(answer, sizeof answer,
             "{'success':true,'submissionId':'driver-%d','serverSparkVersion':'3.5.9'}",
             number);
    script_json("POST http://m:6066/v1/submissions/create", answer);
}

static const char *status_of(int number)
{
    static char words[SIZE];

    snprintf(words, sizeof words, "GET http://m:6066/v1/submissions/status/driver-%d",
             number);
    return words;
}

void script_state(int number, const char *state)
{
    char answer[SIZE];

    snprintf(answer, sizeof answer, "{'success':true,'driverState':'%s'%s}", state,
             strcmp(state, "SUBMITTED") != 0
                 ? ",'workerId':'worker-1','workerHostPort':'w:33905'"
                 : "");
    script_json(status_of(number), answer);
    script_always();
}

static void script_log(int number, const char *type, const char *text)
{
    struct buffer page = {0};
    char words[SIZE];

    snprintf(words, sizeof words, "/log/?driverId=driver-%d&logType=%s", number, type);
    script_forget(words);
    buffer_printf(&page, "==== Bytes 0-%zu of %zu of /x/%s ====\n%s", strlen(text),
                  strlen(text), type, text);
    script_text(words, "text/plain", buffer_text(&page));
    script_always();
    buffer_release(&page);
}

void script_output(int number, const char *out, const char *err)
{
    script_log(number, "stdout", out);
    script_log(number, "stderr", err);
}

static const char *sign_of(int number)
{
    static char words[SIZE];

    snprintf(words, sizeof words, "GET http://w:%d/status", 40400 + number);
    return words;
}

static const char *proof_of(int number)
{
    static char words[SIZE];

    snprintf(words, sizeof words, "GET http://w:%d/proof", 40400 + number);
    return words;
}

void script_sign(int number)
{
    char answer[SIZE];

    script_json(proof_of(number), PROOF);
    script_always();
    snprintf(answer, sizeof answer, "{'state':'ready','applicationId':'app-%d'}", number);
    script_json(sign_of(number), answer);
    script_always();
}

void script_master(const char *worker_ui, int free_memory)
{
    char state[1000];

    snprintf(
        state, sizeof state,
        "{'status':'ALIVE','workers':[{'id':'worker-1','host':'w','state':'ALIVE',"
        "'webuiaddress':'%s','cores':4,'coresfree':4,'memory':6144,'memoryfree':%d}],"
        "'activedrivers':[{'id':'driver-1','cores':1,'memory':1024}]}",
        worker_ui, free_memory);
    script_json("GET http://m:8080/json/", state);
    script_always();
}

void script_session(int number)
{
    char out[SIZE];

    script_creation(number);
    script_state(number, "RUNNING");
    snprintf(out, sizeof out, LINE "session %d\n", 40400 + number);
    script_output(number, out, "");
    script_sign(number);
    if (number == 1)
        script_master("http://w:8081", 6144);
}

void script_deafness(int number)
{
    char words[SIZE];

    script_forget(sign_of(number));
    script_forget(proof_of(number));
    snprintf(words, sizeof words, " http://w:%d/", 40400 + number);
    script_error(words, ERROR_UNREACHABLE, "cannot reach w");
    script_always();
}

void script_no_proxy(void)
{
    script_error("GET http://m:8080/proxy/worker-1/json/", ERROR_BAD_ANSWER, "HTML");
    script_always();
}

void script_loss(int number, const char *state, const char *words)
{
    script_deafness(number);
    script_forget(status_of(number));
    script_state(number, state);
    script_output(number, words, "");
    if (strcmp(state, "ERROR") == 0) /* then its worker is asked too */
        script_error("GET http://w:8081/", ERROR_UNREACHABLE, "cannot reach w");
}

void add_frame(struct buffer *out, const char *id, int piece, int pieces,
               const char *text)
{
    buffer_printf(out, LINE "result %s %d/%d %08x %s\n", id, piece, pieces,
                  text_crc32(text, strlen(text)), text);
}

void script_one_shot(const char *id, const char *answer)
{
    json_auto_t *value = json_of(answer);
    char *text = json_dumps(value, JSON_COMPACT);
    struct buffer out = {0};

    script_creation(1);
    script_state(1, "RUNNING");
    script_master("http://w:8081", 6144);
    add_frame(&out, id, 1, 1, text);
    script_output(1, buffer_text(&out), "");
    buffer_release(&out);
    free(text);
}

json_t *runner_settings(size_t index)
{
    const json_t *environment = jx_object(script_sent(index), "environmentVariables");
    struct buffer text = {0};
    char name[40] = "MCP_SPARK_REQUEST_0";
    json_t *request, *settings;

    for (int i = 1; jx_has_string(environment, name); i++) {
        buffer_add_text(&text, jx_string(environment, name));
        snprintf(name, sizeof name, "MCP_SPARK_REQUEST_%d", i);
    }
    request = json_loads(buffer_text(&text), 0, NULL);
    buffer_release(&text);
    settings = json_incref(jx_object(request, "runner"));
    json_decref(request);
    return settings;
}

static void ensure(struct flow *flow, struct reply *reply)
{
    session_ensure(flow, reply);
}

void have_session(void)
{
    struct outcome outcome = {0};

    wait_for(&outcome, ensure);
    loop_run(1000);
    assert_json(outcome.result, "{}");
    outcome_clear(&outcome);
}
