/*
 * The revisions are ordered by age, so that most differences are one comparison. In the
 * order of reading: what is negotiated, what a request's envelope must hold, which
 * features there are, what definitions and results look like.
 */
#include "mcp/revision.h"

#include "base/jx.h"
#include "base/text.h"

#include <string.h>

#define ENVELOPE "io.modelcontextprotocol/"

static const char *const names[] = {
    [REVISION_NONE] = "",
    [REVISION_2024_11_05] = "2024-11-05",
    [REVISION_2025_03_26] = "2025-03-26",
    [REVISION_2025_06_18] = "2025-06-18",
    [REVISION_2025_11_25] = "2025-11-25",
    [REVISION_2026_07_28] = "2026-07-28",
};

int log_level_index(const char *name)
{
    static const char *const levels[] = {"debug", "info",     "notice", "warning",
                                         "error", "critical", "alert",  "emergency"};

    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (strcmp(name, levels[i]) == 0)
            return (int)i;
    return -1;
}

int revision_log_level(const json_t *params)
{
    const json_t *level =
        json_object_get(jx_object(params, "_meta"), ENVELOPE "logLevel");

    return level == NULL ? LOG_LEVEL_NONE
                         : log_level_index(jx_string(jx_object(params, "_meta"),
                                                     ENVELOPE "logLevel"));
}

enum revision revision_negotiate(const char *asked)
{
    for (int i = REVISION_2024_11_05; i <= REVISION_2025_11_25; i++)
        if (strcmp(asked, names[i]) == 0)
            return (enum revision)i;
    return REVISION_2025_11_25;
}

const char *revision_name(enum revision revision)
{
    return names[revision];
}

bool revision_is_modern_request(const char *method, const json_t *params)
{
    const json_t *meta = jx_object(params, "_meta");

    return json_object_get(meta, ENVELOPE "protocolVersion") != NULL ||
           json_object_get(meta, ENVELOPE "clientCapabilities") != NULL ||
           strcmp(method, "server/discover") == 0 ||
           strcmp(method, "subscriptions/listen") == 0;
}

bool revision_check_envelope(const json_t *params, struct error *error, json_t **data)
{
    const json_t *meta = jx_object(params, "_meta");
    json_t *asked = json_object_get(meta, ENVELOPE "protocolVersion");

    if (!json_is_string(asked)) {
        error_set(error, ERROR_PARAMS,
                  "params._meta must have a string '" ENVELOPE "protocolVersion'");
        return false;
    }
    if (!jx_is(meta, ENVELOPE "protocolVersion", names[REVISION_2026_07_28])) {
        error_set(error, ERROR_REVISION, "Unsupported protocol version");
        *data = jx_pack("{s:o, s:O}", "supported", revision_list(), "requested", asked);
        return false;
    }
    if (!json_is_object(json_object_get(meta, ENVELOPE "clientCapabilities"))) {
        error_set(error, ERROR_PARAMS,
                  "params._meta must have an object '" ENVELOPE "clientCapabilities'");
        return false;
    }
    if (revision_log_level(params) < 0) {
        error_set(error, ERROR_PARAMS, "'" ENVELOPE "logLevel' is not a log level");
        return false;
    }
    return true;
}

json_t *revision_list(void)
{
    return jx_pack("[s, s, s, s, s]", names[REVISION_2026_07_28],
                   names[REVISION_2025_11_25], names[REVISION_2025_06_18],
                   names[REVISION_2025_03_26], names[REVISION_2024_11_05]);
}

bool revision_has_batches(enum revision revision)
{
    return revision == REVISION_2025_03_26;
}

bool revision_has_progress_message(enum revision revision)
{
    return revision >= REVISION_2025_03_26;
}

bool revision_has_structured_content(enum revision revision)
{
    return revision >= REVISION_2025_06_18;
}

json_t *revision_describe_tool(enum revision revision, const json_t *definition)
{
    json_t *tool = json_copy((json_t *)definition);

    if (revision < REVISION_2025_03_26)
        json_object_del(tool, "annotations");
    if (revision < REVISION_2025_06_18) {
        json_object_del(tool, "title");
        json_object_del(tool, "outputSchema");
        json_object_del(tool, "_meta");
    } else if (json_object_get(tool, "outputSchema") != NULL) {
        /* Some clients make a type of what it names, and drop the rest of an answer. */
        json_object_set_new(tool, "outputSchema", jx_pack("{s:s}", "type", "object"));
    }
    return tool;
}

json_t *revision_describe_entry(enum revision revision, json_t *entry)
{
    if (revision < REVISION_2025_06_18)
        json_object_del(entry, "title");
    return entry;
}

enum error_kind revision_missing_resource(enum revision revision)
{
    return revision < REVISION_2026_07_28 ? ERROR_RESOURCE : ERROR_PARAMS;
}

json_t *revision_finish_result(enum revision revision, json_t *result, int keep_ms)
{
    if (revision < REVISION_2026_07_28)
        return result;
    json_object_set_new(result, "resultType", json_string("complete"));
    json_object_set_new(
        result, "_meta",
        jx_pack("{s:o}", ENVELOPE "serverInfo", revision_server_info(revision)));
    if (keep_ms != KEEP_NOT_SAID) {
        json_object_set_new(result, "ttlMs", json_integer(keep_ms));
        json_object_set_new(result, "cacheScope", json_string("private"));
    }
    return result;
}

json_t *revision_mark_subscription(json_t *message, json_t *id)
{
    json_t *meta = json_incref(json_object_get(message, "_meta"));

    if (id == NULL)
        return message;
    if (meta == NULL)
        meta = json_object();
    json_object_set(meta, ENVELOPE "subscriptionId", id);
    json_object_set_new(message, "_meta", meta);
    return message;
}

json_t *revision_server_info(enum revision revision)
{
    json_t *info =
        jx_pack("{s:s, s:s}", "name", "mcp-spark-server", "version", MCP_SPARK_VERSION);

    if (revision >= REVISION_2025_06_18)
        json_object_set_new(info, "title", json_string("Apache Spark"));
    return info;
}
