#include "http/trust.h"

#include "base/clusters.h"
#include "base/jx.h"
#include "base/text.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

struct place {
    bool is_plain;
    char host[256]; /* "" when the address cannot be read */
};

/* Host to true, if it may be asked over plain http, too. */
static struct trusted {
    json_t *configured[HTTP_SERVICES], *workers;
} trusted[CLUSTERS_MAX];

static struct trusted *mine(void)
{
    return &trusted[clusters_here()];
}

/* As curl itself reads the address, or the two could be told apart. */
static void read_place(const char *url, struct place *place)
{
    CURLU *parts = curl_url();
    char *scheme = NULL, *host = NULL;

    place->host[0] = '\0';
    if (curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
        text_starts_with(scheme, "http") && strlen(host) < sizeof place->host)
        for (size_t i = 0; i <= strlen(host); i++)
            place->host[i] = (char)tolower((unsigned char)host[i]);
    place->is_plain = scheme == NULL || strcmp(scheme, "https") != 0;
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(parts);
}

static void add(json_t **hosts, const char *host, bool may_be_plain)
{
    if (*hosts == NULL)
        *hosts = json_object();
    if (host[0] != '\0')
        json_object_set_new(*hosts, host,
                            json_boolean(may_be_plain || jx_bool(*hosts, host)));
}

static bool has(const json_t *hosts, const struct place *place)
{
    const json_t *may_be_plain = json_object_get(hosts, place->host);

    return may_be_plain != NULL && (!place->is_plain || json_is_true(may_be_plain));
}

void trust_clear(void)
{
    for (size_t i = 0; i < HTTP_SERVICES; i++) {
        json_decref(mine()->configured[i]);
        mine()->configured[i] = NULL;
    }
    json_decref(mine()->workers);
    mine()->workers = NULL;
}

void trust_add(enum http_service service, const char *url)
{
    struct place place;

    read_place(url, &place);
    add(&mine()->configured[service], place.host, place.is_plain);
}

void trust_set_workers(const json_t *named, const char *master_url)
{
    struct place master, place;
    const json_t *worker;
    char url[300];
    size_t i;

    read_place(master_url, &master);
    json_decref(mine()->workers);
    mine()->workers = NULL;
    json_array_foreach (named, i, worker) {
        read_place(jx_string(worker, "webuiaddress"), &place);
        add(&mine()->workers, place.host, master.is_plain);
        snprintf(url, sizeof url, "http://%s/", jx_string(worker, "host"));
        read_place(url, &place);
        add(&mine()->workers, place.host, master.is_plain);
    }
}

static bool allows(enum http_service service, const struct place *place)
{
    return has(mine()->configured[service], place) ||
           (service == HTTP_UI && has(mine()->workers, place));
}

bool trust_allows(enum http_service service, const char *url)
{
    struct place place;

    read_place(url, &place);
    return allows(service, &place);
}

bool trust_follows(enum http_service service, const char *from, const char *to)
{
    struct place here, there;

    read_place(from, &here);
    read_place(to, &there);
    if (there.host[0] == '\0' || (there.is_plain && !here.is_plain))
        return false;
    return strcmp(here.host, there.host) == 0 ||
           (allows(service, &here) && allows(service, &there));
}
