#include "driver_script.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "scripted_http.h"
#include "spark/cluster.h"
#include "spark/driver.h"
#include "spark/nonce.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

struct outcome outcome;
int wait_seconds;
bool waits_for_room;

bool driver_script_begin(void)
{
    struct error error;

    loop_begin();
    nonce_keep("driver-1", NONCE);
    wait_seconds = 60;
    waits_for_room = false;
    return configure(&error, "SPARK_MASTER=spark://m:7077", NULL) &&
           cluster_configure(&error);
}

bool driver_script_end(void)
{
    outcome_clear(&outcome);
    nonce_forget_all();
    unit_release();
    return loop_end();
}

void script_status(const char *answer)
{
    script_json("GET http://m:6066/v1/submissions/status/driver-1", answer);
}

void script_master(int free_cores, int free_memory, int driver_memory,
                   const char *application_state)
{
    char applications[200] = "";
    char state[1000];

    if (application_state[0] != '\0')
        snprintf(applications, sizeof applications,
                 "{'id':'app-1','state':'%s','memoryperexecutor':2048}",
                 application_state);
    snprintf(state, sizeof state,
             "{'status':'ALIVE','workers':[{'id':'worker-1','host':'w','state':'ALIVE',"
             "'webuiaddress':'http://w:8081','cores':4,'coresfree':%d,'memory':6144,"
             "'memoryfree':%d}],'activeapps':[%s],'activedrivers':[{'id':'driver-1',"
             "'cores':1,'memory':%d}]}",
             free_cores, free_memory, applications, driver_memory);
    script_json("GET http://m:8080/json/", state);
    script_always();
}

void script_roomy_master(void)
{
    script_master(4, 6144, 1024, "");
}

void script_log(const char *type, const char *text)
{
    struct buffer page = {0};
    char words[60];

    snprintf(words, sizeof words, "logType=%s", type);
    buffer_printf(&page, "==== Bytes 0-%zu of %zu of /x/%s ====\n%s", strlen(text),
                  strlen(text), type, text);
    script_text(words, "text/plain", buffer_text(&page));
    script_always();
    buffer_release(&page);
}

void script_logs(const char *out, const char *err)
{
    script_log("stdout", out);
    script_log("stderr", err);
}

void script_page(const char *text)
{
    script_text("GET http://w:8081/", "text/html", text);
}

void script_no_jobs(void)
{
    script_json("http://w:4040/api/v1/applications/app-1/jobs", "[]");
    script_always();
}

static void follow(struct flow *flow, struct reply *reply)
{
    driver_follow(flow, "driver-1", wait_seconds, waits_for_room, reply);
}

void follow_driver(void)
{
    wait_for(&outcome, follow);
}

void run_driver(void)
{
    follow_driver();
    for (int seconds = 0; !outcome.has_ended && seconds < 300; seconds++)
        loop_run(1000);
    assert_true(outcome.has_ended);
}

const char *told(const char *key)
{
    return jx_string(outcome.result, key);
}

const char *warning(void)
{
    return json_string_value(json_array_get(jx_array(outcome.result, "warnings"), 0));
}
