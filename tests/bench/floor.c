/*
 * The floor: the least that any server built on libcurl and jansson costs. It links what
 * the server links, starts curl as the server does, and answers each request on stdin
 * with a line on stdout. It works nothing, so the distance to it is what the server
 * itself adds.
 */
#define _POSIX_C_SOURCE 200809L
#include <curl/curl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A notification, which has no id, gets no answer. False when the client has gone. */
static bool answer(const char *line, size_t length)
{
    json_t *request = json_loadb(line, length, JSON_ALLOW_NUL, NULL);
    json_t *id = json_object_get(request, "id");
    json_t *reply = json_pack("{s:s, s:O*, s:{s:s}}", "jsonrpc", "2.0", "id", id,
                              "result", "name", "floor");
    bool is_good = id == NULL || (json_dumpf(reply, stdout, JSON_COMPACT) == 0 &&
                                  putchar('\n') != EOF && fflush(stdout) == 0);

    json_decref(reply);
    json_decref(request);
    return is_good;
}

int main(void)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    CURLM *multi;

    curl_global_init(CURL_GLOBAL_DEFAULT);
    multi = curl_multi_init();
    if (multi == NULL)
        return 1;
    while ((length = getline(&line, &capacity, stdin)) > 0 &&
           answer(line, (size_t)length))
        ;
    free(line);
    curl_multi_cleanup(multi);
    curl_global_cleanup();
    return 0;
}
