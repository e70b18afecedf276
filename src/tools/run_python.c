/*
 * run-python: runs the caller's Python in the session (runner/python). As text, what it
 * printed comes first, then its value.
 */
#include "tools/tool.h"

#include "base/jx.h"
#include "embedded.h"
#include "tools/describe.h"

#include <string.h>

static void describe(const json_t *result, struct buffer *text);

const struct tool run_python = {
    .name = "run-python",
    .definition = embedded_run_python,
    .operation = "python",
    .writes = true,
    .describe = describe,
};

static void describe(const json_t *result, struct buffer *text)
{
    static const char *const texts[] = {"output", "value"};
    json_auto_t *rest = json_copy((json_t *)result);

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *value = jx_string(result, texts[i]);
        size_t length = strlen(value);
        json_object_del(rest, texts[i]);
        buffer_add_text(text, value);
        if (length > 0 && value[length - 1] != '\n')
            buffer_add_text(text, "\n");
    }
    describe_value(rest, text);
    if (text->length == 0)
        buffer_add_text(text, "done\n");
}
