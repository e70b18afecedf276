#include "tool_client.h"

#include "base/jx.h"
#include "mcp/mcp.h"
#include "schema/schema.h"
#include "spark/cluster.h"
#include "tools/tool.h"
#include "unit.h"
#include "waiting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct outbox outbox;
static struct connection connection;
static json_t *came;

void client_open(void)
{
    outbox_open(&outbox, -1);
    mcp_open(&connection, &outbox);
    client_send("{'jsonrpc':'2.0','id':'i','method':'initialize','params':{"
                "'protocolVersion':'2025-11-25','capabilities':{},'clientInfo':{'name':"
                "'c','version':'1'}}}");
    buffer_clear(&outbox.bytes);
    came = json_array();
}

void client_end_calls(void)
{
    mcp_close(&connection);
}

void client_close(void)
{
    client_end_calls();
    outbox_release(&outbox);
    json_decref(came);
    tool_release_definitions();
}

bool client_begin(void)
{
    struct error error;

    loop_begin();
    client_open();
    return configure(&error, "SPARK_MASTER=spark://m:7077", NULL) &&
           cluster_configure(&error);
}

bool client_end(void)
{
    client_close();
    unit_release();
    return loop_end();
}

void client_send(const char *json)
{
    json_t *value = json_of(json);
    char *line = json_dumps(value, JSON_COMPACT);

    mcp_receive(&connection, line, strlen(line));
    free(line);
    json_decref(value);
}

void call(const char *name_and_arguments)
{
    char json[2000];

    snprintf(json, sizeof json,
             "{'jsonrpc':'2.0','id':1,'method':'tools/call','params':{'name':%s}}}",
             name_and_arguments);
    client_send(json);
}

void cancel_call(void)
{
    client_send(
        "{'jsonrpc':'2.0','method':'notifications/cancelled','params':{'requestId':1}}");
}

const json_t *messages(void)
{
    const char *line = buffer_text(&outbox.bytes);

    while (*line != '\0') {
        size_t length = strcspn(line, "\n");
        json_array_append_new(came, json_loadb(line, length, 0, NULL));
        line += length + 1;
    }
    buffer_clear(&outbox.bytes);
    return came;
}

const json_t *result(void)
{
    const json_t *all = messages();

    return jx_object(json_array_get(all, json_array_size(all) - 1), "result");
}

const json_t *structured(void)
{
    return jx_object(result(), "structuredContent");
}

const char *text(void)
{
    return jx_string(json_array_get(jx_array(result(), "content"), 0), "text");
}

void check_output(const char *tool)
{
    const json_t *schema =
        json_object_get(tool_definition(tool_find(tool)), "outputSchema");
    json_auto_t *problems = json_array();

    assert_non_null(structured());
    if (!schema_check(schema, structured(), problems))
        fail_msg("%s", json_string_value(json_array_get(problems, 0)));
}
