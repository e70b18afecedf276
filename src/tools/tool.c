#include "tools/tool.h"

#include <string.h>

enum { TOOLS_MAX = 32 };

static json_t *definitions[TOOLS_MAX];

const struct tool *tool_find(const char *name)
{
    for (size_t i = 0; all_tools[i] != NULL; i++)
        if (strcmp(all_tools[i]->name, name) == 0)
            return all_tools[i];
    return NULL;
}

const json_t *tool_definition(const struct tool *tool)
{
    size_t i = 0;

    while (all_tools[i] != tool)
        i++;
    if (i >= TOOLS_MAX)
        BUG("more than %d tools", TOOLS_MAX);
    if (definitions[i] == NULL) {
        json_error_t where;
        definitions[i] = json_loads(tool->definition, 0, &where);
        if (definitions[i] == NULL)
            BUG("definition of '%s', line %d: %s", tool->name, where.line, where.text);
    }
    return definitions[i];
}

void tool_release_definitions(void)
{
    for (size_t i = 0; i < TOOLS_MAX; i++) {
        json_decref(definitions[i]);
        definitions[i] = NULL;
    }
}
