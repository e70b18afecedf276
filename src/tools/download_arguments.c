#include "tools/download_arguments.h"

#include "base/jx.h"

#include <string.h>

bool download_arguments(json_t *arguments, struct download **download,
                        struct error *error)
{
    const char *path = jx_string(arguments, "download_path");
    const char *mode = jx_string(arguments, "save_mode");
    const char *format = jx_string(arguments, "format");
    json_t *request;

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
    request = download_request(*download);
    if (format[0] != '\0' && strcmp(format, jx_string(request, "format")) != 0) {
        error_set(error, ERROR_ARGUMENTS, "format %s does not fit '%.300s'", format,
                  path);
        error_hint(error, "Leave format out: the suffix says it, .csv or .jsonl.");
        json_decref(request);
        download_free(*download);
        return false;
    }
    json_object_set_new(arguments, "download", request);
    json_object_del(arguments, "download_path");
    if (!jx_has_string(arguments, "save_path"))
        json_object_del(arguments, "save_mode");
    return true;
}
