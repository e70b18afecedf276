#include "spark/session_notice.h"

#include "base/buffer.h"
#include "base/clusters.h"
#include "base/jx.h"

#include <stdio.h>
#include <string.h>

static struct notice {
    json_t *kept;
    char text[1500];
} notices[CLUSTERS_MAX];

static struct notice *mine(void)
{
    return &notices[clusters_here()];
}

void session_set_kept(json_t *names)
{
    json_decref(mine()->kept);
    mine()->kept = json_incref(names);
}

static void add_names(struct buffer *text, const char *what, const char *key)
{
    const json_t *names = jx_array(mine()->kept, key);
    const json_t *name;
    size_t i;

    if (json_array_size(names) == 0)
        return;
    buffer_printf(text, "%s %s ", text->length > 0 ? ";" : "", what);
    json_array_foreach (names, i, name)
        buffer_printf(text, "%s%s", i > 0 ? ", " : "", json_string_value(name));
}

void session_write_notice(const char *driver_id, const char *why)
{
    struct buffer names = {0};

    add_names(&names, "views", "views");
    add_names(&names, "cached tables", "cachedTables");
    add_names(&names, "tables", "tables");
    add_names(&names, "names in Python", "pythonNames");
    snprintf(mine()->text, sizeof mine()->text, "the session %s ended (%s)%s%s",
             driver_id, why, names.length > 0 ? "; gone with it:" : "",
             buffer_text(&names));
    buffer_release(&names);
}

bool session_has_notice(void)
{
    return mine()->text[0] != '\0';
}

json_t *session_take_notice(void)
{
    json_t *taken =
        mine()->text[0] != '\0' ? jx_text(mine()->text, strlen(mine()->text)) : NULL;

    mine()->text[0] = '\0';
    return taken;
}
