/*
 * The request for launch.py is one JSON text, cut into variables MCP_SPARK_REQUEST_0, _1,
 * ...; MCP_SPARK_RUNNER is the launcher's code. launch.py takes them out of the
 * environment again before anything of the user's runs.
 */
#include "spark/payload.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "base/text.h"
#include "embedded.h"
#include "spark/protocol.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PIECE_LENGTH = 100000,       /* Linux takes 128 KiB a variable */
    PAYLOAD_LIMIT = 1024 * 1024, /* and about 2 MiB of environment and arguments in all */
};

const char payload_bootstrap[] =
    "import os;exec(os.environ['" PROTOCOL_ENVIRONMENT_LAUNCHER
    "'],{'__name__':'mcp_spark_launch'})";

static bool read_file(const char *path, struct buffer *content, struct error *error)
{
    FILE *file = fopen(path, "re");
    char piece[16384];
    size_t length;

    content->limit = PAYLOAD_LIMIT;
    if (file == NULL) {
        error_set(error, ERROR_ARGUMENTS, "cannot read '%.200s': %s", path,
                  strerror(errno));
        error_hint(error, "Give a file that this server can read.");
        return false;
    }
    while ((length = fread(piece, 1, sizeof piece, file)) > 0) {
        if (buffer_offer(content, piece, length))
            continue;
        fclose(file);
        error_set(error, ERROR_ARGUMENTS,
                  "'%.200s' is too large to travel with a submission (limit 1 MiB)",
                  path);
        error_hint(error,
                   "Put it where the workers can read it (a shared path, hdfs, s3a, "
                   "http) and name that place.");
        return false;
    }
    fclose(file);
    return true;
}

bool payload_add_file(json_t *request, const char *path, const char *name,
                      struct error *error)
{
    json_t *files = json_object_get(request, "files");
    struct buffer content = {0}, encoded = {0};
    json_t *text;
    bool is_read;

    if (json_object_get(files, name) != NULL) {
        error_set(error, ERROR_ARGUMENTS, "two files named '%.100s' would travel", name);
        error_hint(error, "Rename one, or put it where the workers can read it.");
        return false;
    }
    is_read = read_file(path, &content, error);

    if (is_read) {
        text = json_stringn(buffer_text(&content), content.length);
        if (text == NULL || memchr(buffer_text(&content), '\0', content.length) != NULL) {
            json_decref(text);
            text_add_base64(&encoded, buffer_text(&content), content.length);
            text = jx_pack("{s:s}", "base64", buffer_text(&encoded));
        }
        json_object_set_new(files, name, text);
    }
    buffer_release(&encoded);
    buffer_release(&content);
    return is_read;
}

/* A driver of its own runs one operation, and each master remembers what it was sent: all
 * but the other operations. */
json_t *payload_runner_archives(const char *operation)
{
    json_t *archives = json_array();

    for (const struct embedded_archive *archive = embedded_runner; archive->name != NULL;
         archive++) {
        struct buffer encoded = {0};

        if (archive != embedded_runner && operation[0] != '\0' &&
            strcmp(archive->name, operation) != 0)
            continue;
        text_add_base64(&encoded, archive->bytes, archive->length);
        json_array_append_new(archives, json_string(buffer_text(&encoded)));
        buffer_release(&encoded);
    }
    return archives;
}

bool payload_pack(const json_t *request, json_t *environment, struct error *error)
{
    char *text = json_dumps(request, JSON_COMPACT | JSON_ENSURE_ASCII);
    size_t length = strlen(text);
    bool fits = length <= PAYLOAD_LIMIT;
    char name[40];

    for (size_t at = 0, i = 0; fits && at < length; at += PIECE_LENGTH, i++) {
        snprintf(name, sizeof name, PROTOCOL_ENVIRONMENT_REQUEST "%zu", i);
        jx_set_format(environment, name, "%.*s", (int)PIECE_LENGTH, text + at);
    }
    free(text);
    if (!fits) {
        error_set(
            error, ERROR_ARGUMENTS,
            "the script, the files that go with it and its arguments are too large to "
            "travel with a submission (limit 1 MiB in all)");
        error_hint(error,
                   "Put them where the workers can read them (a shared path, hdfs, s3a, "
                   "http) and name that place.");
        return false;
    }
    jx_set_string(environment, PROTOCOL_ENVIRONMENT_LAUNCHER, embedded_launch);
    return true;
}
