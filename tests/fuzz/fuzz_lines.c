/*
 * Whatever bytes a client sends, the server survives them, answers in lines of JSON, and
 * answers the same however the bytes were cut on their way. Spark is scripted.
 *
 * The corpus beside this file runs as an ordinary test (unit/test_fuzz_corpus.c). To look
 * for more, with clang:
 *
 *   cmake --preset clang -B build/fuzz -DFUZZ=ON
 *   cmake --build build/fuzz --target fuzz_lines
 *   mkdir -p build/fuzz/found
 *   build/fuzz/tests/fuzz_lines -max_total_time=600 -max_len=16384 build/fuzz/found \
 *       tests/fuzz/corpus
 *
 * What it finds is written to a file crash-*; that file belongs into the corpus.
 */
#include "base/log.h"
#include "base/memory.h"
#include "base/scan.h"
#include "config.h"
#include "mcp/mcp.h"
#include "rpc/lines.h"
#include "spark/cluster.h"
#include "tools/tool.h"
#include "unit/scripted_http.h"
#include "unit/unit.h"
#include "unit/waiting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE_LENGTH = 7, RUN_MS = 300000 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void must(bool is_so, const char *claim)
{
    if (is_so)
        return;
    fprintf(stderr, "not so: %s\n", claim);
    abort();
}

/* A cluster on which little succeeds, so that every tool gets some way. */
static void script_spark(void)
{
    static const struct {
        const char *words, *answer;
    } answers[] = {
        {"/v1/submissions/create",
         "{'success':true,'submissionId':'driver-1','serverSparkVersion':'4.0.0'}"},
        {"/v1/submissions/kill/", "{'success':true}"},
        {"/v1/submissions/status/driver-1",
         "{'success':true,'driverState':'RUNNING','workerId':'worker-1',"
         "'workerHostPort':'w:1','serverSparkVersion':'4.0.0'}"},
        {"/v1/submissions/status/", "{'success':false,'serverSparkVersion':'4.0.0'}"},
        {"/json/", "{'status':'ALIVE','workers':[{'id':'worker-1','state':'ALIVE',"
                   "'webuiaddress':'http://w:8081'}],'activeapps':[{'id':'app-1'}]}"},
    };

    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        script_json(answers[i].words, answers[i].answer);
        script_always();
    }
    script_text("logType=", "text/plain", "==== Bytes 0-4 of 4 of x ====\nwell");
    script_always();
    script_error("", ERROR_UNREACHABLE, "nobody is there");
    script_always();
}

static void check_output(const struct outbox *outbox)
{
    const char *line = buffer_text(&outbox->bytes), *end;

    for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        json_t *message = json_loadb(line, (size_t)(end - line), JSON_ALLOW_NUL, NULL);
        must(message != NULL || scan_is_json(line, (size_t)(end - line)), /* a large id */
             "every line that is written is JSON");
        json_decref(message);
    }
    must(*line == '\0', "what is written ends with a newline");
}

/* A whole session; what was written, new. */
static char *serve(const uint8_t *bytes, size_t length, size_t piece_length)
{
    struct lines lines = {0};
    struct outbox outbox;
    struct connection connection;
    enum lines_result result = LINES_NONE;
    const char *line;
    size_t line_length;
    char *written;

    loop_begin();
    script_spark();
    outbox_open(&outbox, -1);
    mcp_open(&connection, &outbox);
    for (size_t at = 0; at <= length; at += piece_length) {
        size_t left = length - at;
        lines_add(&lines, (const char *)bytes + at,
                  left < piece_length ? left : piece_length);
        if (left <= piece_length)
            lines_end(&lines);
        while ((result = lines_next(&lines, &line, &line_length)) != LINES_NONE) {
            if (result == LINES_TOO_LONG)
                mcp_receive_too_long(&connection);
            else
                mcp_receive(&connection, line, line_length);
        }
    }
    loop_run(RUN_MS);
    must(!mcp_has_calls(&connection), "every call comes to an end");
    mcp_close(&connection);
    loop_run(RUN_MS);
    check_output(&outbox);
    written = memory_copy_text(buffer_text(&outbox.bytes));
    outbox_release(&outbox);
    lines_release(&lines);
    must(loop_end(), "nothing is left");
    return written;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct error error;
    char *whole, *in_pieces;

    log_set_level(LOG_OFF);
    must(configure(&error, "SPARK_MASTER=spark://m:7077", NULL) &&
             cluster_configure(&error),
         "the configuration is good");
    whole = serve(bytes, length, length + 1);
    in_pieces = serve(bytes, length, PIECE_LENGTH);
    must(strcmp(whole, in_pieces) == 0, "how the bytes were cut does not matter");
    free(whole);
    free(in_pieces);
    tool_release_definitions();
    unit_release();
    return 0;
}
