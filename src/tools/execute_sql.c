/*
 * execute-sql: runs statements in the session (runner/sql). As text the rows are a table
 * or, when `format` asks for it, CSV, JSON, Markdown or a chart.
 */
#include "tools/tool.h"

#include "base/jx.h"
#include "embedded.h"
#include "tools/describe.h"

#include <string.h>

static void describe(const json_t *result, struct buffer *text);

const struct tool execute_sql = {
    .name = "execute-sql",
    .definition = embedded_execute_sql,
    .operation = "sql",
    .describe = describe,
};

/* What stands beside the rows, below them. */
static void describe_rest(const json_t *result, struct buffer *text)
{
    json_auto_t *rest = json_copy((json_t *)result);

    json_object_del(rest, "columns");
    json_object_del(rest, "rows");
    json_object_del(rest, "format");
    buffer_add_text(text, "\n");
    describe_value(rest, text);
}

static void describe(const json_t *result, struct buffer *text)
{
    static const struct {
        const char *format;
        void (*describe)(const json_t *result, struct buffer *text);
    } ways[] = {{"csv", describe_csv},
                {"json", describe_json},
                {"markdown", describe_markdown},
                {"chart", describe_chart}};
    const char *format = describe_has_rows(result) ? jx_string(result, "format") : "";

    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (strcmp(format, ways[i].format) == 0) {
            ways[i].describe(result, text);
            describe_rest(result, text);
            return;
        }
    describe_value(result, text);
}
