/*
 * SPARK_MASTER is read once, at the start; the addresses of a private Spark come later,
 * when it runs (local.c). Several masters are standbys of each other: whoever asks one
 * tells which was active, and the next asks that one first.
 */
#include "spark/cluster.h"

#include "base/memory.h"
#include "base/text.h"
#include "config.h"
#include "http/trust.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { URL_SIZE = 300 };

static struct {
    bool is_local;
    int local_cores;
    char master_url[1024];
    char rest[MASTERS_MAX][URL_SIZE], ui[MASTERS_MAX][URL_SIZE];
    char history[URL_SIZE];
    size_t masters, preferred;
} cluster;

static bool refuse_master(const char *master, struct error *error)
{
    error_set(error, ERROR_CONFIGURATION, "cannot use SPARK_MASTER '%s'", master);
    error_hint(error,
               "Write 'spark://host:7077', 'spark://a:7077,b:7077' for standby masters, "
               "or 'local[*]' for a private Spark on this machine.");
    return false;
}

static bool configure_local(const char *master, struct error *error)
{
    int length = 0;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    cluster.is_local = true;
    cluster.local_cores = processors > 0 ? (int)processors : 1;
    if (strcmp(master, "local[*]") == 0)
        return true;
    cluster.local_cores = 1;
    if (strcmp(master, "local") == 0)
        return true;
    if (sscanf(master, "local[%d]%n", &cluster.local_cores, &length) != 1 ||
        length == 0 || master[length] != '\0' || cluster.local_cores < 1)
        return refuse_master(master, error);
    return true;
}

/* "host:7077" to the host; a host with an underscore is refused by Spark itself. */
static bool add_master(char *address, struct error *error)
{
    char *port = strrchr(address, ':');
    size_t i = cluster.masters;

    if (port != NULL && strchr(port, ']') == NULL)
        *port = '\0';
    if (address[0] == '\0' || i == MASTERS_MAX)
        return refuse_master(config_get(CONFIG_MASTER), error);
    if (strchr(address, '_') != NULL) {
        error_set(error, ERROR_CONFIGURATION,
                  "the host '%s' of SPARK_MASTER has an underscore, which Spark refuses",
                  address);
        error_hint(error, "Rename the host or the compose service, or use its address.");
        return false;
    }
    snprintf(cluster.rest[i], URL_SIZE, "http://%.250s:6066", address);
    snprintf(cluster.ui[i], URL_SIZE, "http://%.250s:8080", address);
    if (i == 0)
        snprintf(cluster.history, URL_SIZE, "http://%.250s:18080", address);
    cluster.masters++;
    return true;
}

/* A list of URLs replaces those derived from SPARK_MASTER, one after the other. */
static bool replace_urls(char urls[][URL_SIZE], size_t count, enum config_key key,
                         struct error *error)
{
    const char *list = config_get(key);
    char *copy, *rest, *url;
    size_t i = 0;

    if (list == NULL)
        return true;
    copy = rest = memory_copy_text(list);
    while ((url = strtok_r(rest, ", ", &rest)) != NULL) {
        while (text_ends_with(url, "/"))
            url[strlen(url) - 1] = '\0';
        if (i < count)
            snprintf(urls[i], URL_SIZE, "%.290s", url);
        i++;
    }
    free(copy);
    if (i == count)
        return true;
    error_set(error, ERROR_CONFIGURATION,
              "%s names %zu addresses, but there should be %zu",
              config_entry(key)->environment, i, count);
    error_hint(error, "Give one for each master in SPARK_MASTER, in the same order; "
                      "there is one history server.");
    return false;
}

/* Credentials go to these addresses, and to the workers that the master names
 * (master.c). */
static void trust_addresses(void)
{
    for (size_t i = 0; i < cluster.masters; i++) {
        trust_add(HTTP_REST, cluster.rest[i]);
        trust_add(HTTP_UI, cluster.ui[i]);
    }
    trust_add(HTTP_HISTORY, cluster.history);
}

bool cluster_configure(struct error *error)
{
    const char *master = config_get(CONFIG_MASTER);
    char *hosts, *rest, *host;
    bool is_good = true;

    memset(&cluster, 0, sizeof cluster);
    trust_clear();
    if (text_starts_with(master, "local"))
        return configure_local(master, error);
    if (!text_starts_with(master, "spark://"))
        return refuse_master(master, error);
    snprintf(cluster.master_url, sizeof cluster.master_url, "%s", master);
    hosts = memory_copy_text(master + strlen("spark://"));
    rest = hosts;
    while (is_good && (host = strtok_r(rest, ", ", &rest)) != NULL)
        is_good = add_master(host, error);
    free(hosts);
    if (is_good && cluster.masters == 0)
        is_good = refuse_master(master, error);
    if (!is_good ||
        !replace_urls(cluster.rest, cluster.masters, CONFIG_REST_URL, error) ||
        !replace_urls(cluster.ui, cluster.masters, CONFIG_UI_URL, error) ||
        !replace_urls(&cluster.history, 1, CONFIG_HISTORY_URL, error))
        return false;
    trust_addresses();
    return true;
}

bool cluster_is_local(void)
{
    return cluster.is_local;
}

int cluster_local_cores(void)
{
    return cluster.local_cores;
}

void cluster_set_local(int master_port, int ui_port, int history_port)
{
    snprintf(cluster.master_url, sizeof cluster.master_url, "spark://127.0.0.1:%d",
             master_port);
    snprintf(cluster.rest[0], URL_SIZE, "%s", CLUSTER_DOOR_URL);
    snprintf(cluster.ui[0], URL_SIZE, "http://127.0.0.1:%d", ui_port);
    snprintf(cluster.history, URL_SIZE, "http://127.0.0.1:%d", history_port);
    cluster.masters = 1;
    trust_addresses();
}

const char *cluster_master_url(void)
{
    return cluster.master_url;
}

size_t cluster_masters(void)
{
    return cluster.masters;
}

static size_t at(size_t index)
{
    return cluster.masters > 0 ? (cluster.preferred + index) % cluster.masters : 0;
}

const char *cluster_rest_url(size_t index)
{
    return cluster.rest[at(index)];
}

const char *cluster_ui_url(size_t index)
{
    return cluster.ui[at(index)];
}

const char *cluster_history_url(void)
{
    return cluster.history;
}

size_t cluster_start(void)
{
    return cluster.preferred;
}

size_t cluster_index(size_t start, size_t turn)
{
    return cluster.masters > 0
               ? (start + turn + cluster.masters - cluster.preferred) % cluster.masters
               : 0;
}

void cluster_prefer_master(size_t index)
{
    cluster.preferred = at(index);
}
