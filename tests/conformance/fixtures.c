/*
 * The tools that the official conformance suite and the transcripts call: the product's
 * own need a Spark. Linked with the product's core into conformance-server, which ships
 * nowhere.
 */
#include "tools/tool.h"

#include "attachments.h"
#include "base/jx.h"

#include <string.h>

#define PNG                                                                              \
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mP4z8AAAAMBAQD3A0FDAAAAAE" \
    "lFTkSu"                                                                             \
    "QmCC"
#define WAV "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQIAAACAgA=="
#define TEXT(text) "{\"type\":\"text\",\"text\":\"" text "\"}"
#define IMAGE "{\"type\":\"image\",\"data\":\"" PNG "\",\"mimeType\":\"image/png\"}"
#define CONTENT(blocks) "{\"content\":[" blocks "]}"
#define DEFINITION(name, description)                                                    \
    "{\"name\":\"" name "\",\"description\":\"" description                              \
    "\",\"inputSchema\":{\"type\":"                                                      \
    "\"object\",\"additionalProperties\":false}}"

enum { PAUSE_MS = 50 };

struct fixture {
    int count;
};

static struct next answer_json(struct flow *flow, const char *text)
{
    json_t *result = json_loads(text, 0, NULL);

    if (result == NULL)
        BUG("a fixture is not JSON: %s", text);
    return flow_done(flow, result);
}

#define FIXED_TOOL(identifier, tool_name, tool_description, result)                      \
    static struct next answer_##identifier(struct flow *flow)                            \
    {                                                                                    \
        return answer_json(flow, result);                                                \
    }                                                                                    \
    static const struct tool identifier = {                                              \
        .name = tool_name,                                                               \
        .definition = DEFINITION(tool_name, tool_description),                           \
        .flow = {.name = tool_name, .first = answer_##identifier},                       \
    };

FIXED_TOOL(simple_text, "test_simple_text", "Answers with a text",
           CONTENT(TEXT("This is a simple text response for testing.")))
FIXED_TOOL(image, "test_image_content", "Answers with an image", CONTENT(IMAGE))
FIXED_TOOL(audio, "test_audio_content", "Answers with a sound",
           CONTENT("{\"type\":\"audio\",\"data\":\"" WAV
                   "\",\"mimeType\":\"audio/wav\"}"))
FIXED_TOOL(
    embedded, "test_embedded_resource", "Answers with a resource",
    CONTENT("{\"type\":\"resource\",\"resource\":{\"uri\":\"test://embedded-resource\","
            "\"mimeType\":\"text/plain\",\"text\":\"This is an embedded resource "
            "content.\"}}"))
FIXED_TOOL(
    multiple, "test_multiple_content_types", "Answers with a text, an image, a resource",
    CONTENT(TEXT(
        "Multiple content types test:") "," IMAGE
                                        ",{\"type\":\"resource\",\"resource\":{\"uri\":"
                                        "\"test://mixed-content-resource\","
                                        "\"mimeType\":\"application/json\","
                                        "\"text\":\"{\\\"test\\\":\\\"data\\\","
                                        "\\\"value\\\":123}\"}}"))
FIXED_TOOL(streaming, "test_streaming_elicitation", "Needs no elicitation",
           CONTENT(TEXT("no elicitation is needed")))

static struct next fail(struct flow *flow)
{
    struct error error;

    error_set(&error, ERROR_SPARK,
              "This tool intentionally returns an error for testing");
    return flow_fail(flow, &error);
}

static const struct tool error_handling = {
    .name = "test_error_handling",
    .definition = DEFINITION("test_error_handling", "Answers with an error"),
    .flow = {.name = "test_error_handling", .first = fail},
};

/* Three progress notifications with a pause after each, then the answer. */
static struct next report_progress(struct flow *flow)
{
    struct fixture *fixture = flow_state(flow);

    if (fixture->count == 3)
        return answer_json(flow, CONTENT(TEXT("Progress was reported.")));
    flow_report(flow, 50.0 * fixture->count, 100, "%d of 100", 50 * fixture->count);
    fixture->count++;
    flow_sleep(flow, PAUSE_MS);
    return flow_then(flow, report_progress);
}

static const struct tool with_progress = {
    .name = "test_tool_with_progress",
    .definition = DEFINITION("test_tool_with_progress", "Reports progress"),
    .flow = {.name = "test_tool_with_progress",
             .first = report_progress,
             .state_size = sizeof(struct fixture)},
};

static struct next send_logs(struct flow *flow)
{
    static const char *const messages[] = {
        "Tool execution started", "Tool processing data", "Tool execution completed"};
    struct fixture *fixture = flow_state(flow);

    if (fixture->count == 3)
        return answer_json(flow, CONTENT(TEXT("Messages were logged.")));
    flow_note(flow, "info", "%s", messages[fixture->count++]);
    flow_sleep(flow, PAUSE_MS);
    return flow_then(flow, send_logs);
}

static const struct tool with_logging = {
    .name = "test_tool_with_logging",
    .definition = DEFINITION("test_tool_with_logging", "Logs messages"),
    .flow = {.name = "test_tool_with_logging",
             .first = send_logs,
             .state_size = sizeof(struct fixture)},
};

static struct next log_once_each(struct flow *flow)
{
    flow_note(flow, "debug", "debug message");
    flow_note(flow, "info", "info message");
    flow_note(flow, "error", "error message");
    return answer_json(flow, CONTENT(TEXT("Messages were logged.")));
}

static const struct tool logging_tool = {
    .name = "test_logging_tool",
    .definition = DEFINITION("test_logging_tool", "Logs at three levels"),
    .flow = {.name = "test_logging_tool", .first = log_once_each},
};

static const struct tool json_schema = {
    .name = "json_schema_2020_12_tool",
    .definition =
        "{\"name\":\"json_schema_2020_12_tool\",\"description\":\"Has a schema with "
        "many "
        "keywords\",\"inputSchema\":{\"$schema\":\"https://json-schema.org/draft/2020-12/"
        "schema\",\"type\":\"object\",\"$defs\":{\"address\":{\"$anchor\":\"addressDef\","
        "\"type\":\"object\",\"properties\":{\"street\":{\"type\":\"string\"},\"city\":{"
        "\"type\":\"string\"}}}},\"properties\":{\"name\":{\"type\":\"string\"},"
        "\"address\":{"
        "\"$ref\":\"#/$defs/address\"},\"contactMethod\":{\"type\":\"string\",\"enum\":["
        "\"phone\",\"email\"]},\"phone\":{\"type\":\"string\"},\"email\":{\"type\":"
        "\"string\"}},\"allOf\":[{\"anyOf\":[{\"required\":[\"phone\"]},"
        "{\"required\":[\"email\"]}]}],"
        "\"if\":{\"properties\":{\"contactMethod\":{\"const\":\"phone\"}},\"required\":["
        "\"contactMethod\"]},\"then\":{\"required\":[\"phone\"]},\"else\":{\"required\":["
        "\"email\"]},\"additionalProperties\":false}}",
    .flow = {.name = "json_schema_2020_12_tool", .first = answer_simple_text},
};

static struct next answer_structured(struct flow *flow)
{
    return flow_done(flow, jx_pack("{s:i}", "answer", 42));
}

static void describe_structured(const json_t *result, struct buffer *text)
{
    buffer_printf(text, "{\"answer\":%d}", (int)jx_int(result, "answer"));
}

static const struct tool structured = {
    .name = "fixture_structured",
    .definition =
        "{\"name\":\"fixture_structured\",\"title\":\"Structured\",\"description\":"
        "\"Answers with structured content\",\"inputSchema\":{\"type\":\"object\","
        "\"additionalProperties\":false},\"outputSchema\":{\"type\":\"object\","
        "\"properties\":{\"answer\":{\"type\":\"integer\"}},\"required\":[\"answer\"]},"
        "\"annotations\":{\"readOnlyHint\":true}}",
    .flow = {.name = "fixture_structured", .first = answer_structured},
    .describe = describe_structured,
};

const struct tool *const all_tools[] = {
    &simple_text,    &image,         &audio,        &embedded,     &multiple,
    &error_handling, &with_progress, &with_logging, &logging_tool, &streaming,
    &json_schema,    &structured,    &text_tool,    NULL,
};
