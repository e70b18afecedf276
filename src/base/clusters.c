#include "base/clusters.h"

#include "base/text.h"

static char names[CLUSTERS_MAX][CLUSTER_NAME_MAX + 1];
static size_t named, here;

size_t clusters_here(void)
{
    return here;
}

size_t clusters_enter(size_t cluster)
{
    size_t before = here;

    here = cluster;
    return before;
}

void clusters_for_each(void (*act)(void))
{
    size_t before = here;

    for (here = 0; here < clusters_count(); here++)
        act();
    here = before;
}

size_t clusters_count(void)
{
    return named > 0 ? named : 1;
}

bool clusters_are_named(void)
{
    return named > 0;
}

const char *clusters_name(size_t cluster)
{
    return names[cluster];
}

bool clusters_add(const char *name)
{
    if (named == CLUSTERS_MAX)
        return false;
    text_copy(names[named++], sizeof names[0], name);
    return true;
}

void clusters_clear(void)
{
    named = here = 0;
    names[0][0] = '\0';
}
