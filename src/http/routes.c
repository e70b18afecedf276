#include "http/routes.h"

#include "base/buffer.h"
#include "base/clusters.h"
#include "base/memory.h"
#include "base/text.h"
#include "http.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static struct routes {
    struct curl_slist *host_map;
    const char *socket_url, *socket_path;
} routes[CLUSTERS_MAX];

static struct routes *mine(void)
{
    return &routes[clusters_here()];
}

void routes_clear(void)
{
    curl_slist_free_all(mine()->host_map);
    mine()->host_map = NULL;
}

/* An IPv6 address has colons of its own, in brackets. */
static bool has_port(const char *address)
{
    const char *end = strrchr(address, ']');

    return strchr(end != NULL ? end : address, ':') != NULL;
}

/* curl's form of one entry is "HOST:PORT:CONNECT-TO-HOST:CONNECT-TO-PORT", a port may be
 * empty. */
static bool add_host_map_entry(char *entry, struct error *error)
{
    char *address = strchr(entry, '=');
    struct buffer line = {0};

    if (address == NULL || address == entry || address[1] == '\0') {
        error_set(error, ERROR_CONFIGURATION, "cannot read the host map entry '%s'",
                  entry);
        error_hint(error,
                   "Write SPARK_HOST_MAP as 'name=address' or 'name:port=address:port', "
                   "entries separated by commas.");
        return false;
    }
    *address++ = '\0';
    buffer_printf(&line, "%s%s:%s%s", entry, has_port(entry) ? "" : ":", address,
                  has_port(address) ? "" : ":");
    mine()->host_map = curl_slist_append(mine()->host_map, buffer_text(&line));
    buffer_release(&line);
    return true;
}

bool http_set_host_map(const char *map, struct error *error)
{
    char *copy = memory_copy_text(map), *rest = copy, *entry;
    bool is_good = true;

    while (is_good && (entry = strtok_r(rest, ", ", &rest)) != NULL)
        is_good = add_host_map_entry(entry, error);
    free(copy);
    return is_good;
}

void http_set_socket(const char *base_url, const char *path)
{
    mine()->socket_url = base_url;
    mine()->socket_path = path;
}

static bool is_socket(const char *url)
{
    size_t length = mine()->socket_url != NULL ? strlen(mine()->socket_url) : 0;

    return length > 0 && text_starts_with(url, mine()->socket_url) && url[length] == '/';
}

void routes_use(CURL *curl, const char *url)
{
    if (mine()->host_map != NULL)
        curl_easy_setopt(curl, CURLOPT_CONNECT_TO, mine()->host_map);
    if (!is_socket(url))
        return;
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, mine()->socket_path);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
}

static size_t origin_length(const char *url)
{
    const char *host = strstr(url, "://");

    host = host != NULL ? host + strlen("://") : url;
    return (size_t)(host - url) + strcspn(host, "/?");
}

bool routes_meet(const char *url, const char *other)
{
    size_t length = origin_length(url);

    return origin_length(other) == length && strncmp(url, other, length) == 0;
}
