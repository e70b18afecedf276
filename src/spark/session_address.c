#include "spark/session_address.h"

#include "base/jx.h"
#include "spark/worker.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { HOST_LENGTH = 256 };

static bool has(const json_t *urls, const char *url)
{
    const json_t *member;
    size_t i;

    json_array_foreach (urls, i, member)
        if (strcmp(json_string_value(member), url) == 0)
            return true;
    return false;
}

/* "host", "host:8081" or a worker's URL, whose port is left out. */
static void add(json_t *urls, const char *host, const char *port)
{
    char url[HOST_LENGTH + 20];

    if (json_array_size(urls) < SESSION_ADDRESSES_MAX && strlen(host) < HOST_LENGTH &&
        worker_write_url(host, "http", port, url, sizeof url) && !has(urls, url))
        json_array_append_new(urls, json_string(url));
}

static bool is_plain(const char *name)
{
    return name[0] != '\0' && name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
                                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                "0123456789-._")] == '\0';
}

json_t *session_addresses(const json_t *report)
{
    const char *at = jx_string(report, "found");
    json_t *urls = json_array();
    char port[8], name[HOST_LENGTH];

    snprintf(port, sizeof port, "%.*s", (int)strcspn(at, ","), at);
    add(urls, jx_string(report, "workerUi"), port);
    add(urls, jx_string(report, "worker"), port);
    for (at += strcspn(at, ","); *at == ','; at += strcspn(at, ",")) {
        at++;
        snprintf(name, sizeof name, "%.*s", (int)strcspn(at, ","), at);
        if (is_plain(name))
            add(urls, name, port);
    }
    return urls;
}
