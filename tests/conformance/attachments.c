/* The resources and prompts that the official conformance suite asks for; a tool that is
 * not listed writes the texts. */
#include "attachments.h"

#include "base/jx.h"
#include "tools/resource.h"

static struct next tell(struct flow *flow)
{
    return flow_done(flow, json_incref(flow_input(flow)));
}

static void describe(const json_t *result, struct buffer *text)
{
    buffer_add_text(text, jx_string(result, "text"));
    buffer_add_text(text, jx_string(result, "id"));
}

const struct tool text_tool = {
    .name = "fixture_text",
    .definition = "{\"name\":\"fixture_text\",\"description\":\"Says what it is given\","
                  "\"inputSchema\":{\"type\":\"object\"}}",
    .flow = {.name = "fixture_text", .first = tell},
    .describe = describe,
};

const struct resource all_resources[] = {
    {.uri = "test://static-text",
     .name = "static-text",
     .title = "A text",
     .description = "A text that is always the same",
     .tool = "fixture_text",
     .arguments = "{\"text\":\"This is the content of the static text resource.\"}"},
    {.uri = "test://template/{id}/data",
     .name = "template",
     .title = "A text with a part",
     .description = "A text that names the part",
     .tool = "fixture_text",
     .arguments = "{\"text\":\"Data for ID: \"}",
     .part = "id"},
    {.uri = "test://watched-resource",
     .name = "watched",
     .title = "A text that is watched",
     .description = "Somebody can subscribe to it",
     .tool = "fixture_text",
     .arguments = "{\"text\":\"Watched\",\"state\":\"RUNNING\"}",
     .followed = "text"},
    {.name = NULL},
};

const struct prompt all_prompts[] = {
    {.name = "test_simple_prompt",
     .title = "Simple",
     .description = "Always the same",
     .tool = "fixture_text",
     .text = "This is a simple prompt for testing."},
    {.name = "test_prompt_with_arguments",
     .title = "With arguments",
     .description = "Has two arguments in its text",
     .tool = "fixture_text",
     .arguments = {{.name = "arg1", .description = "The first", .is_required = true},
                   {.name = "arg2", .description = "The second", .is_required = true}},
     .text = "Prompt with arguments: arg1='{arg1}',\narg2='{arg2}'"},
    {.name = NULL},
};
