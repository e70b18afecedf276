#include "spark/state_folder.h"

#include "base/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool state_folder(char *path, size_t size)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

    if (state != NULL && state[0] == '/')
        return snprintf(path, size, "%s/mcp-spark-server", state) < (int)size;
    if (home != NULL && home[0] == '/')
        return snprintf(path, size, "%s/.local/state/mcp-spark-server", home) < (int)size;
    return false;
}

bool state_folder_make(const char *name, char *path, size_t size)
{
    size_t length = strlen(name) + 1;

    if (size <= length || !state_folder(path, size - length))
        return false;
    strcat(strcat(path, "/"), name);
    for (char *slash = path + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    mkdir(path, 0700);
    return true;
}

int state_folder_open(const char *path, int flags)
{
    int file = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
    struct stat status;

    if (file >= 0 && (fstat(file, &status) != 0 || status.st_uid != geteuid() ||
                      (status.st_mode & 077) != 0)) {
        log_write(LOG_WARNING, "'%s' is left alone: others can open it", path);
        close(file);
        return -1;
    }
    return file;
}
