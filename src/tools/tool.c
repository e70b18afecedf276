#include "tools/tool.h"

#include "base/clusters.h"
#include "base/jx.h"

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

/* The argument that names one of several clusters. */
static void add_cluster(json_t *definition)
{
    json_t *names = json_array();

    for (size_t i = 0; i < clusters_count(); i++)
        json_array_append_new(names, json_string(clusters_name(i)));
    json_object_set_new(
        jx_object(jx_object(definition, "inputSchema"), "properties"), "cluster",
        jx_pack("{s:s, s:o, s:o}", "type", "string", "enum", names, "description",
                jx_format("Default %s; an id finds its own", clusters_name(0))));
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
        if (clusters_are_named())
            add_cluster(definitions[i]);
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
