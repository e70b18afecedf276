#include "mcp/audit.h"

#include "base/clock.h"
#include "base/jx.h"
#include "base/text.h"

#include <stdio.h>

static FILE *file;

bool audit_open(const char *path)
{
    file = fopen(path, "ae");
    return file != NULL;
}

void audit_close(void)
{
    if (file != NULL)
        fclose(file);
    file = NULL;
}

void audit_write(const char *tool, const json_t *arguments, const char *outcome,
                 const json_t *result, int64_t ms)
{
    json_auto_t *line = NULL;
    json_t *names;
    char time[32];
    const char *name;
    json_t *value;

    if (file == NULL)
        return;
    text_time(clock_wall_ms(), time, sizeof time);
    names = json_array();
    json_object_foreach ((json_t *)arguments, name, value)
        json_array_append_new(names, json_string(name));
    line = jx_pack("{s:s, s:s, s:o, s:s, s:I}", "time", time, "tool", tool, "arguments",
                   names, "outcome", outcome, "ms", (json_int_t)ms);
    jx_set_string(line, "submissionId", jx_string(result, "submissionId"));
    json_dumpf(line, file, JSON_COMPACT);
    fputc('\n', file);
    fflush(file);
}
