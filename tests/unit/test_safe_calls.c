/* What a client, a job or a user of the cluster may send without harm: limits, the audit
 * file, secrets and control characters in answers. */
#include "base/buffer.h"
#include "base/jx.h"
#include "base/secret.h"
#include "mcp/audit.h"
#include "scripted_http.h"
#include "tool_client.h"
#include "unit.h"
#include "waiting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int begin(void **state)
{
    return client_begin() ? 0 : -1;
}

static int end(void **state)
{
    audit_close();
    return client_end() ? 0 : -1;
}

/* The master's page, whose only worker has this name. */
static void script_worker(const char *id)
{
    char page[500];

    snprintf(
        page, sizeof page,
        "{'status':'ALIVE','url':'spark://m:7077','aliveworkers':1,'cores':4,'workers':[{"
        "'id':'%s','host':'w','state':'ALIVE','cores':4,'coresfree':4,'memory':9000,"
        "'memoryfree':9000,'webuiaddress':'http://w:8081'}]}",
        id);
    script_json("GET http://m:8080/json/", page);
    script_always();
}

static void monitor(void)
{
    call("'monitor-cluster','arguments':{'metric_type':'cluster'");
    loop_run(1);
}

/* ---- secrets ---- */

static void test_a_secret_is_masked_alike_in_text_and_structured_content(void **state)
{
    const json_t *worker;

    secret_pin("worker-hunter22");
    script_worker("worker-hunter22");
    monitor();
    worker = json_array_get(jx_array(structured(), "workers"), 0);
    assert_text(jx_string(worker, "id"), "*****");
    assert_contains(text(), "*****");
    assert_lacks(text(), "hunter22");
}

static void test_a_number_that_reads_like_a_secret_is_a_number_in_both(void **state)
{
    const json_t *worker;

    secret_pin("9000");
    script_worker("worker-1");
    monitor();
    worker = json_array_get(jx_array(structured(), "workers"), 0);
    assert_int_equal(jx_int(worker, "memoryMiB"), 9000);
    assert_contains(text(), "9000");
    assert_lacks(text(), "*****");
}

/* ---- control characters ---- */

static void test_control_characters_are_written_out_in_text(void **state)
{
    const json_t *worker;

    script_worker("w\\u001b[2Jx\\u009b");
    monitor();
    worker = json_array_get(jx_array(structured(), "workers"), 0);
    assert_text(jx_string(worker, "id"), "w\x1b[2Jx\xc2\x9b");
    assert_lacks(text(), "\x1b"); /* tables show blanks in their cells */
    assert_contains(text(), "[2Jx\\x9b");
}

/* ---- limits ---- */

static void test_calls_in_flight_have_a_limit(void **state)
{
    char line[200];

    script_silence("http://m:8080/json/");
    script_always();
    for (int i = 0; i < 600; i++) {
        snprintf(line, sizeof line,
                 "{'jsonrpc':'2.0','id':'c%d','method':'tools/call','params':{'name':"
                 "'monitor-cluster','arguments':{}}}",
                 i);
        client_send(line);
    }
    assert_int_equal(json_array_size(messages()), 600 - 512);
    assert_contains(text(), "512 calls are in flight already");
}

static void send_batch(size_t size)
{
    struct buffer line = {0};

    client_send(
        "{'jsonrpc':'2.0','id':'i','method':'initialize','params':{'protocolVersion':"
        "'2025-03-26','capabilities':{},'clientInfo':{'name':'c','version':'1'}}}");
    for (size_t i = 0; i < size; i++)
        buffer_printf(&line, "%s{'jsonrpc':'2.0','id':%zu,'method':'ping'}",
                      i > 0 ? "," : "[", i);
    buffer_add_text(&line, "]");
    client_send(buffer_text(&line));
    buffer_release(&line);
}

static const json_t *last_message(void)
{
    return json_array_get(messages(), json_array_size(messages()) - 1);
}

static void test_a_batch_has_a_limit(void **state)
{
    send_batch(1000);
    assert_int_equal(json_array_size(last_message()), 1000);
    send_batch(1001);
    assert_contains(jx_string(jx_object(last_message(), "error"), "message"),
                    "a batch of 1001 messages, 1000 are allowed");
}

/* ---- the audit file ---- */

/* Its lines, as far as they are written. */
static char *audited(const char *path)
{
    static char content[20000];
    FILE *file = fopen(path, "r");

    content[fread(content, 1, sizeof content - 1, file)] = '\0';
    fclose(file);
    return content;
}

static void test_every_call_leaves_a_line_also_when_it_is_refused(void **state)
{
    const char *path = file_with("audit", "", 0);
    char *lines;

    assert_true(audit_open(path));
    script_worker("worker-1");
    monitor();
    call("'monitor-cluster','arguments':{'metric_type':'nonsense','limit':3");
    call("'drop-everything','arguments':{'a':1");
    call("'monitor-cluster','arguments':[1],'_meta':{");
    lines = audited(path);
    assert_contains(lines, "\"tool\":\"monitor-cluster\",\"arguments\":[\"metric_type\"],"
                           "\"outcome\":\"ok\"");
    assert_contains(lines,
                    "\"arguments\":[\"metric_type\",\"limit\"],\"outcome\":\"refused\"");
    assert_contains(
        lines,
        "\"tool\":\"drop-everything\",\"arguments\":[\"a\"],\"outcome\":\"refused\"");
    assert_contains(lines, "\"arguments\":[],\"outcome\":\"refused\"");
}

static void test_a_name_cannot_forge_a_line_of_the_audit_file(void **state)
{
    const char *path = file_with("audit", "", 0);
    char *line;

    assert_true(audit_open(path));
    call("'a\\n{}\\u001b','arguments':{");
    line = audited(path);
    assert_int_equal(strcspn(line, "\n") + 1, strlen(line));
    assert_contains(line, "a\\n{}\\u001B");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_a_secret_is_masked_alike_in_text_and_structured_content),
        claim(test_a_number_that_reads_like_a_secret_is_a_number_in_both),
        claim(test_control_characters_are_written_out_in_text),
        claim(test_calls_in_flight_have_a_limit),
        claim(test_a_batch_has_a_limit),
        claim(test_every_call_leaves_a_line_also_when_it_is_refused),
        claim(test_a_name_cannot_forge_a_line_of_the_audit_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
