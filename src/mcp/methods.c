/* The methods of the protocol that need no waiting, and the table of all methods. */
#include "mcp/methods.h"

#include "base/clusters.h"
#include "base/jx.h"
#include "mcp/call.h"
#include "mcp/reading.h"
#include "mcp/subscriptions.h"
#include "tools/resource.h"
#include "tools/tool.h"
#include "tools/tool_call.h"

#include <string.h>

static const char instructions[] =
    "Tools for a real Apache Spark cluster. execute-sql runs SQL on tables and files "
    "in a warm session, run-python PySpark code in the same session; manage-data "
    "reads, converts, transforms and joins data; "
    "run-ml-pipeline trains, evaluates and applies models; "
    "submit-spark-job runs applications (.py, .jar, .R). "
    "Work that takes long answers with an operationId or a submissionId: "
    "monitor-cluster waits for it, and shows workers, applications, executors, "
    "drivers and logs; kill-spark-job ends it.";

static json_t *capabilities(void)
{
    return jx_pack("{s:{}, s:{s:b}, s:{}, s:{}}", "tools", "resources", "subscribe", 1,
                   "prompts", "completions");
}

static void handle_initialize(struct request *request)
{
    struct connection *connection = request->connection;
    json_t *offered = capabilities();

    json_object_set_new(offered, "logging", json_object());
    connection->revision =
        revision_negotiate(jx_string(request->params, "protocolVersion"));
    connection->log_level = LOG_LEVEL_NONE;
    request_answer(request,
                   jx_pack("{s:s, s:o, s:o, s:s}", "protocolVersion",
                           revision_name(connection->revision), "capabilities", offered,
                           "serverInfo", revision_server_info(connection->revision),
                           "instructions", instructions));
    tool_call_client_is_here();
}

static void handle_discover(struct request *request)
{
    json_t *result =
        jx_pack("{s:o, s:o, s:s}", "supportedVersions", revision_list(), "capabilities",
                capabilities(), "instructions", instructions);

    request_answer(request,
                   revision_finish_result(request->revision, result, KEEP_AN_HOUR));
    tool_call_client_is_here();
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

/* Answers with a list of one page. Steals it. */
static void answer_list(struct request *request, const char *name, json_t *list)
{
    json_t *result = jx_pack("{s:o}", name, list);
    const json_t *cursor = json_object_get(request->params, "cursor");
    struct error error;

    if (cursor == NULL || json_is_null(cursor)) {
        request_answer(request,
                       revision_finish_result(request->revision, result, KEEP_AN_HOUR));
        return;
    }
    json_decref(result);
    error_set(&error, ERROR_PARAMS, "no such cursor: the list has one page");
    request_refuse(request, &error, NULL);
}

static void handle_tools_list(struct request *request)
{
    json_t *tools = json_array();

    for (size_t i = 0; all_tools[i] != NULL; i++)
        json_array_append_new(
            tools,
            revision_describe_tool(request->revision, tool_definition(all_tools[i])));
    answer_list(request, "tools", tools);
}

/* The address of each is told under this key. */
static void list_resources(struct request *request, bool with_part, const char *address,
                           const char *key)
{
    json_auto_t *entries = resource_entries(with_part);
    json_t *list = json_array(), *entry;
    size_t i;

    json_array_foreach (entries, i, entry)
        json_array_append_new(
            list,
            revision_describe_entry(
                request->revision,
                jx_pack("{s:s, s:s, s:s, s:s, s:s}", address, jx_string(entry, "address"),
                        "name", jx_string(entry, "name"), "title",
                        jx_string(entry, "title"), "description",
                        jx_string(entry, "description"), "mimeType", RESOURCE_TYPE)));
    answer_list(request, key, list);
}

static void handle_resources_list(struct request *request)
{
    list_resources(request, false, "uri", "resources");
}

static void handle_templates_list(struct request *request)
{
    list_resources(request, true, "uriTemplate", "resourceTemplates");
}

static json_t *describe_argument(const char *name, const char *description,
                                 bool is_required)
{
    return jx_pack("{s:s, s:s, s:b}", "name", name, "description", description,
                   "required", is_required);
}

static json_t *describe_prompt(const struct request *request, const struct prompt *prompt)
{
    json_t *arguments = json_array();

    for (size_t i = 0; i < sizeof prompt->arguments / sizeof *prompt->arguments; i++)
        if (prompt->arguments[i].name != NULL)
            json_array_append_new(arguments,
                                  describe_argument(prompt->arguments[i].name,
                                                    prompt->arguments[i].description,
                                                    prompt->arguments[i].is_required));
    if (clusters_are_named())
        json_array_append_new(
            arguments, describe_argument("cluster",
                                         "Which cluster; the first when left out, and an "
                                         "application finds its own",
                                         false));
    return revision_describe_entry(request->revision,
                                   jx_pack("{s:s, s:s, s:s, s:o}", "name", prompt->name,
                                           "title", prompt->title, "description",
                                           prompt->description, "arguments", arguments));
}

static void handle_prompts_list(struct request *request)
{
    json_t *list = json_array();

    for (const struct prompt *at = all_prompts; at->name != NULL; at++)
        json_array_append_new(list, describe_prompt(request, at));
    answer_list(request, "prompts", list);
}

static void handle_prompts_get(struct request *request)
{
    const char *name = jx_string(request->params, "name");
    const struct prompt *prompt = prompt_find(name);
    json_t *text = NULL;
    struct error error;

    if (prompt == NULL)
        error_set(&error, ERROR_PARAMS, "unknown prompt: '%.100s'", name);
    else
        text = prompt_text(prompt, jx_object(request->params, "arguments"), &error);
    if (text == NULL) {
        request_refuse(request, &error, NULL);
        return;
    }
    request_answer(request, revision_finish_result(
                                request->revision,
                                jx_pack("{s:s, s:[{s:s, s:{s:s, s:o}}]}", "description",
                                        prompt->description, "messages", "role", "user",
                                        "content", "type", "text", "text", text),
                                KEEP_NOT_SAID));
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
    {"resources/list", LEGACY | MODERN, handle_resources_list},
    {"resources/templates/list", LEGACY | MODERN, handle_templates_list},
    {"resources/read", LEGACY | MODERN, resource_read},
    {"resources/subscribe", LEGACY, subscriptions_subscribe},
    {"resources/unsubscribe", LEGACY, subscriptions_unsubscribe},
    {"subscriptions/listen", MODERN, subscriptions_listen},
    {"prompts/list", LEGACY | MODERN, handle_prompts_list},
    {"prompts/get", LEGACY | MODERN, handle_prompts_get},
    {"completion/complete", LEGACY | MODERN, completion_begin},
};

method_handler *method_find(const char *method, enum revision revision)
{
    int era = revision == REVISION_2026_07_28 ? MODERN : LEGACY;

    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(method, methods[i].name) == 0 && (methods[i].eras & era) != 0)
            return methods[i].handler;
    return NULL;
}
