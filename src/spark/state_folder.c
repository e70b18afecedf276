#include "spark/state_folder.h"

#include <stdio.h>
#include <stdlib.h>

bool state_folder(char *path, size_t size)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

    if (state != NULL && state[0] == '/')
        return snprintf(path, size, "%s/mcp-spark-server", state) < (int)size;
    if (home != NULL && home[0] == '/')
        return snprintf(path, size, "%s/.local/state/mcp-spark-server", home) < (int)size;
    return false;
}
