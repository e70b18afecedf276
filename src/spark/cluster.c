/*
 * SPARK_MASTER is read once, at the start; the addresses of a private Spark come later,
 * when it runs (local.c). Several masters are standbys of each other: whoever asks one
 * tells which was active, and the next asks that one first.
 */
#include "spark/cluster.h"

#include "base/clusters.h"
#include "base/memory.h"
#include "base/text.h"
#include "config.h"
#include "http/trust.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { URL_SIZE = 300 };

static struct cluster {
    bool is_local;
    int local_cores;
    char master_url[1024];
    char rest[MASTERS_MAX][URL_SIZE], ui[MASTERS_MAX][URL_SIZE];
    char history[URL_SIZE];
    size_t masters, preferred;
} clusters[CLUSTERS_MAX];

static struct cluster *mine(void)
{
    return &clusters[clusters_here()];
}

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

    mine()->is_local = true;
    mine()->local_cores = processors > 0 ? (int)processors : 1;
    if (strcmp(master, "local[*]") == 0)
        return true;
    mine()->local_cores = 1;
    if (strcmp(master, "local") == 0)
        return true;
    if (sscanf(master, "local[%d]%n", &mine()->local_cores, &length) != 1 ||
        length == 0 || master[length] != '\0' || mine()->local_cores < 1)
        return refuse_master(master, error);
    return true;
}

/* "host:7077" to the host; a host with an underscore is refused by Spark itself. */
static bool add_master(char *address, struct error *error)
{
    char *port = strrchr(address, ':');
    size_t i = mine()->masters;

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
    snprintf(mine()->rest[i], URL_SIZE, "http://%.250s:6066", address);
    snprintf(mine()->ui[i], URL_SIZE, "http://%.250s:8080", address);
    if (i == 0)
        snprintf(mine()->history, URL_SIZE, "http://%.250s:18080", address);
    mine()->masters++;
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
    for (size_t i = 0; i < mine()->masters; i++) {
        trust_add(HTTP_REST, mine()->rest[i]);
        trust_add(HTTP_UI, mine()->ui[i]);
    }
    trust_add(HTTP_HISTORY, mine()->history);
}

bool cluster_configure(struct error *error)
{
    const char *master = config_get(CONFIG_MASTER);
    char *hosts, *rest, *host;
    bool is_good = true;

    memset(mine(), 0, sizeof *mine());
    trust_clear();
    if (text_starts_with(master, "local"))
        return configure_local(master, error);
    if (!text_starts_with(master, "spark://"))
        return refuse_master(master, error);
    text_copy(mine()->master_url, sizeof mine()->master_url, master);
    hosts = memory_copy_text(master + strlen("spark://"));
    rest = hosts;
    while (is_good && (host = strtok_r(rest, ", ", &rest)) != NULL)
        is_good = add_master(host, error);
    free(hosts);
    if (is_good && mine()->masters == 0)
        is_good = refuse_master(master, error);
    if (!is_good ||
        !replace_urls(mine()->rest, mine()->masters, CONFIG_REST_URL, error) ||
        !replace_urls(mine()->ui, mine()->masters, CONFIG_UI_URL, error) ||
        !replace_urls(&mine()->history, 1, CONFIG_HISTORY_URL, error))
        return false;
    trust_addresses();
    return true;
}

bool cluster_is_local(void)
{
    return mine()->is_local;
}

int cluster_local_cores(void)
{
    return mine()->local_cores;
}

void cluster_set_local(int master_port, int ui_port, int history_port)
{
    snprintf(mine()->master_url, sizeof mine()->master_url, "spark://127.0.0.1:%d",
             master_port);
    snprintf(mine()->rest[0], URL_SIZE, "%s", CLUSTER_DOOR_URL);
    snprintf(mine()->ui[0], URL_SIZE, "http://127.0.0.1:%d", ui_port);
    snprintf(mine()->history, URL_SIZE, "http://127.0.0.1:%d", history_port);
    mine()->masters = 1;
    trust_addresses();
}

const char *cluster_master_url(void)
{
    return mine()->master_url;
}

size_t cluster_masters(void)
{
    return mine()->masters;
}

static size_t at(size_t index)
{
    return mine()->masters > 0 ? (mine()->preferred + index) % mine()->masters : 0;
}

const char *cluster_rest_url(size_t index)
{
    return mine()->rest[at(index)];
}

const char *cluster_ui_url(size_t index)
{
    return mine()->ui[at(index)];
}

const char *cluster_history_url(void)
{
    return mine()->history;
}

size_t cluster_start(void)
{
    return mine()->preferred;
}

size_t cluster_index(size_t start, size_t turn)
{
    return mine()->masters > 0
               ? (start + turn + mine()->masters - mine()->preferred) % mine()->masters
               : 0;
}

void cluster_prefer_master(size_t index)
{
    mine()->preferred = at(index);
}
