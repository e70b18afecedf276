/* The methods of the protocol that need no waiting, and the table of all methods. */
#include "mcp/methods.h"

#include "base/jx.h"
#include "mcp/call.h"
#include "tools/tool.h"

#include <string.h>

static const char instructions[] =
    "Tools for a real Apache Spark cluster. execute-sql runs SQL on tables and files "
    "in a warm session; manage-data reads, converts, transforms and joins data; "
    "run-ml-pipeline trains, evaluates and applies models; "
    "submit-spark-job runs applications (.py, .jar, .R). "
    "Work that takes long answers with an operationId or a submissionId: "
    "monitor-cluster waits for it, and shows workers, applications, executors, "
    "drivers and logs; kill-spark-job ends it.";

static void handle_initialize(struct request *request)
{
    struct connection *connection = request->connection;

    connection->revision =
        revision_negotiate(jx_string(request->params, "protocolVersion"));
    connection->log_level = LOG_LEVEL_NONE;
    request_answer(request, jx_pack("{s:s, s:{s:{}, s:{}}, s:o, s:s}", "protocolVersion",
                                    revision_name(connection->revision), "capabilities",
                                    "tools", "logging", "serverInfo",
                                    revision_server_info(connection->revision),
                                    "instructions", instructions));
}

static void handle_discover(struct request *request)
{
    json_t *result = jx_pack("{s:o, s:{s:{}}, s:s}", "supportedVersions", revision_list(),
                             "capabilities", "tools", "instructions", instructions);

    request_answer(request, revision_finish_result(request->revision, result, true));
}

static void handle_ping(struct request *request)
{
    request_answer(request, json_object());
}

static void handle_set_level(struct request *request)
{
    int level = log_level_index(jx_string(request->params, "level"));
    struct error error;

    if (level < 0) {
        error_set(&error, ERROR_PARAMS,
                  "'level' must be debug, info, notice, warning, error, critical, "
                  "alert or emergency");
        request_refuse(request, &error, NULL);
        return;
    }
    request->connection->log_level = level;
    request_answer(request, json_object());
}

static void handle_tools_list(struct request *request)
{
    const json_t *cursor = json_object_get(request->params, "cursor");
    json_t *tools;
    struct error error;

    if (cursor != NULL && !json_is_null(cursor)) {
        error_set(&error, ERROR_PARAMS, "no such cursor: the list has one page");
        request_refuse(request, &error, NULL);
        return;
    }
    tools = json_array();
    for (size_t i = 0; all_tools[i] != NULL; i++)
        json_array_append_new(
            tools,
            revision_describe_tool(request->revision, tool_definition(all_tools[i])));
    request_answer(request,
                   revision_finish_result(request->revision,
                                          jx_pack("{s:o}", "tools", tools), true));
}

enum era { LEGACY = 1, MODERN = 2 };

static const struct method {
    const char *name;
    int eras;
    method_handler *handler;
} methods[] = {
    {"initialize", LEGACY, handle_initialize},
    {"ping", LEGACY, handle_ping},
    {"logging/setLevel", LEGACY, handle_set_level},
    {"server/discover", MODERN, handle_discover},
    {"tools/list", LEGACY | MODERN, handle_tools_list},
    {"tools/call", LEGACY | MODERN, call_begin},
};

method_handler *method_find(const char *method, enum revision revision)
{
    int era = revision == REVISION_2026_07_28 ? MODERN : LEGACY;

    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(method, methods[i].name) == 0 && (methods[i].eras & era) != 0)
            return methods[i].handler;
    return NULL;
}
