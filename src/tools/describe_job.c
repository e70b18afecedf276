#include "base/jx.h"
#include "tools/describe.h"
#include "tools/monitor/streaming.h"

void describe_job(const json_t *report, struct buffer *text)
{
    static const struct {
        const char *key, *title;
    } lines[] = {{"progress", "Progress"},
                 {"applicationId", "Application"},
                 {"worker", "Worker"},
                 {"ui", "UI"}};
    const json_t *query;
    size_t i;

    buffer_printf(text, "%s %s", jx_string(report, "submissionId"),
                  jx_string(report, "state"));
    if (json_object_get(report, "seconds") != NULL)
        buffer_printf(text, " after %.1f s of waiting",
                      json_number_value(json_object_get(report, "seconds")));
    if (jx_has_string(report, "relaunchedFrom"))
        buffer_printf(
            text,
            "\nThe master submitted %s again under this id, since its worker was lost.",
            jx_string(report, "relaunchedFrom"));
    for (i = 0; i < sizeof lines / sizeof *lines; i++)
        if (jx_has_string(report, lines[i].key))
            buffer_printf(text, "\n%s: %s", lines[i].title,
                          jx_string(report, lines[i].key));
    if (jx_has_string(report, "exitCause"))
        buffer_printf(text, "\nCause: %s", jx_string(report, "exitCause"));
    if (jx_has_string(report, "output"))
        buffer_printf(text, "\nOutput (last lines):\n%s", jx_string(report, "output"));
    json_array_foreach (jx_array(report, "streaming"), i, query)
        streaming_describe_query(query, text);
    describe_warnings(report, text);
}
