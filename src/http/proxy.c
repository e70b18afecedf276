#include "http/proxy.h"

#include "base/clusters.h"
#include "base/text.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

static struct {
    const char *address, *bypass;
} proxies[CLUSTERS_MAX];

void proxy_set(const char *address, const char *without)
{
    proxies[clusters_here()].address = address;
    proxies[clusters_here()].bypass = without;
}

/* "a.example.com" is of "example.com", ".example.com" and "*". */
static bool is_of(const char *host, const char *name, size_t length)
{
    size_t host_length = strlen(host);

    if (length == 1 && name[0] == '*')
        return true;
    if (length > 0 && name[0] == '.') {
        name++;
        length--;
    }
    if (length == 0 || length > host_length ||
        strncasecmp(host + host_length - length, name, length) != 0)
        return false;
    return length == host_length || host[host_length - length - 1] == '.';
}

static bool is_listed(const char *host, const char *list)
{
    size_t length;

    for (; list != NULL && (list = text_item(list, &length)) != NULL; list += length)
        if (is_of(host, list, length))
            return true;
    return false;
}

static bool is_this_machine(const char *host)
{
    return is_listed(host, "localhost,[::1]") || text_starts_with(host, "127.");
}

const char *proxy_for(const char *url)
{
    const char *proxy = proxies[clusters_here()].address;
    CURLU *parts;
    char *host = NULL;
    bool is_direct = true;

    if (proxy == NULL)
        return NULL;
    parts = curl_url();
    if (curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK)
        is_direct =
            is_this_machine(host) || is_listed(host, proxies[clusters_here()].bypass);
    curl_free(host);
    curl_url_cleanup(parts);
    return is_direct ? NULL : proxy;
}
