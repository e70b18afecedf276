#include "tools/download_arguments.h"

#include "base/jx.h"

#include <string.h>

bool download_arguments(json_t *arguments, struct download **download,
                        struct error *error)
{
    const char *path = jx_string(arguments, "download_path");
    const char *mode = jx_string(arguments, "save_mode");

    *download = NULL;
    json_object_del(arguments, "download"); /* a word of ours, not of the caller's */
    if (path[0] == '\0')
        return true;
    if (strcmp(mode, "append") == 0 || strcmp(mode, "ignore") == 0) {
        error_set(error, ERROR_ARGUMENTS, "a download cannot %s", mode);
        error_hint(error, "Its save_mode is error (the default) or overwrite.");
        return false;
    }
    *download = download_begin(path, strcmp(mode, "overwrite") == 0, error);
    if (*download == NULL)
        return false;
    json_object_set_new(arguments, "download", download_request(*download));
    json_object_del(arguments, "download_path");
    if (!jx_has_string(arguments, "save_path"))
        json_object_del(arguments, "save_mode");
    return true;
}
