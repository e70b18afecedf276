/*
 * SPARK_CLUSTERS names clusters and what each has for the keys of the table. What a
 * cluster leaves out it has from the plain variables, but for what belongs to one cluster
 * alone: its addresses, and whatever may be a secret of it. A token of one cluster must
 * never reach another because somebody left a line out.
 */
#include "config/value.h"

#include "base/clusters.h"
#include "base/jx.h"
#include "base/memory.h"
#include "base/text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define NEXT                                                                             \
    "SPARK_CLUSTERS is a JSON object, or the path of a file that holds one: "            \
    "{\"dev\": {\"SPARK_MASTER\": \"spark://dev:7077\"}, \"prod\": {...}}."

static const enum config_key of_one_cluster[] = {
    CONFIG_MASTER,
    CONFIG_CONF,
    CONFIG_REST_URL,
    CONFIG_UI_URL,
    CONFIG_HISTORY_URL,
    CONFIG_HOST_MAP,
    CONFIG_REST_AUTH,
    CONFIG_REST_CLIENT_CERT,
    CONFIG_REST_CLIENT_KEY,
    CONFIG_UI_AUTH,
    CONFIG_UI_CLIENT_CERT,
    CONFIG_UI_CLIENT_KEY,
    CONFIG_HISTORY_AUTH,
    CONFIG_HISTORY_CLIENT_CERT,
    CONFIG_HISTORY_CLIENT_KEY,
    CONFIG_SESSION_PORT,
};
static const enum config_key of_the_server[] = {CONFIG_CLUSTERS, CONFIG_LOG_LEVEL,
                                                CONFIG_LOG_FILE, CONFIG_AUDIT_FILE};

#define COUNT(list) (sizeof(list) / sizeof *(list))

static bool is_among(const enum config_key *keys, size_t count, enum config_key key)
{
    for (size_t i = 0; i < count; i++)
        if (keys[i] == key)
            return true;
    return false;
}

void config_name_cluster(struct error *error)
{
    if (clusters_are_named())
        error_add_detail(error, "It is of the cluster '%s' in SPARK_CLUSTERS.",
                         clusters_name(clusters_here()));
}

/* The object of names; NULL with an error, which repeats nothing of the text. New. */
static json_t *parse(const char *given, struct error *error)
{
    bool is_path = config_value_is_path(given);
    char *text = is_path ? config_value_read_file(given, error) : memory_copy_text(given);
    json_error_t where;
    json_t *clusters;

    if (text == NULL)
        return NULL;
    clusters = json_loads(text, JSON_REJECT_DUPLICATES, &where);
    free(text);
    if (json_is_object(clusters) && json_object_size(clusters) > 0)
        return clusters;
    if (clusters == NULL)
        error_set(error, ERROR_CONFIGURATION,
                  "%s is not JSON, or names something twice: line %d, column %d",
                  is_path ? given : "SPARK_CLUSTERS", where.line, where.column);
    else
        error_set(error, ERROR_CONFIGURATION, "%s names no cluster",
                  is_path ? given : "SPARK_CLUSTERS");
    error_hint(error, NEXT);
    json_decref(clusters);
    return NULL;
}

static bool add_names(const json_t *clusters, struct error *error)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    const char *name;
    json_t *cluster;

    json_object_foreach ((json_t *)clusters, name, cluster) {
        size_t length = strlen(name);

        if (!json_is_object(cluster)) {
            error_set(error, ERROR_CONFIGURATION,
                      "the cluster '%.60s' in SPARK_CLUSTERS is not an object", name);
            error_hint(error, NEXT);
        } else if (length == 0 || length > CLUSTER_NAME_MAX ||
                   strspn(name, letters) != length) {
            error_set(error, ERROR_CONFIGURATION,
                      "'%.60s' in SPARK_CLUSTERS cannot be the name of a cluster", name);
            error_hint(error, "Use at most %d letters, digits, '-', '_' and '.'.",
                       CLUSTER_NAME_MAX);
        } else if (!clusters_add(name)) {
            error_set(error, ERROR_CONFIGURATION,
                      "SPARK_CLUSTERS names more than %d clusters", CLUSTERS_MAX);
            error_hint(error, "Start another server for the others.");
        } else {
            continue;
        }
        return false;
    }
    return true;
}

/* CONFIG_KEYS when there is none of that name for a cluster. */
static enum config_key find_key(const char *name)
{
    for (int key = 0; key < CONFIG_KEYS; key++)
        if (strcmp(name, config_entry((enum config_key)key)->environment) == 0 &&
            !is_among(of_the_server, COUNT(of_the_server), (enum config_key)key))
            return (enum config_key)key;
    return CONFIG_KEYS;
}

static bool check_keys(const json_t *cluster, struct error *error)
{
    const char *names[CONFIG_KEYS], *name, *nearest;
    json_t *value;
    size_t count = 0;

    for (int key = 0; key < CONFIG_KEYS; key++)
        if (find_key(config_entry((enum config_key)key)->environment) != CONFIG_KEYS)
            names[count++] = config_entry((enum config_key)key)->environment;
    json_object_foreach ((json_t *)cluster, name, value) {
        if (find_key(name) != CONFIG_KEYS)
            continue;
        nearest = text_nearest(name, names, count);
        error_set(error, ERROR_CONFIGURATION, "'%.60s' is no variable of a cluster",
                  name);
        error_hint(error, "%s%s%sdocs/configuration.md lists them.",
                   nearest ? "Did you mean " : "", nearest ? nearest : "",
                   nearest ? "? " : "");
        return false;
    }
    if (jx_has_string(cluster, "SPARK_MASTER"))
        return true;
    error_set(error, ERROR_CONFIGURATION, "SPARK_MASTER is missing");
    error_hint(error, "Each cluster names its own, 'local[*]' for a private Spark.");
    return false;
}

/* A number, true and false, and SPARK_CONF as an object are taken as their text. New. */
static char *text_of(const json_t *value, enum config_key key, struct error *error)
{
    if (json_is_string(value))
        return memory_copy_text(json_string_value(value));
    if (json_is_integer(value) || json_is_boolean(value) ||
        (json_is_object(value) && key == CONFIG_CONF))
        return json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    error_set(error, ERROR_CONFIGURATION, "%s is neither a text nor a number",
              config_entry(key)->environment);
    error_hint(error, "Write its value as a JSON string.");
    return NULL;
}

static bool put_given(enum config_key key, const json_t *given, struct error *error)
{
    char *text = text_of(given, key, error);
    bool is_unset = text != NULL && config_value_is_unset(text);
    char *value = text != NULL && !is_unset ? config_value_read(key, text, error) : NULL;

    free(text);
    if (value != NULL || is_unset)
        config_put(key, value);
    return value != NULL || is_unset;
}

static const char *plain(enum config_key key)
{
    size_t before = clusters_enter(0);
    const char *value = config_get(key);

    clusters_enter(before);
    return value;
}

static bool fill(const json_t *cluster, struct error *error)
{
    for (int i = 0; i < CONFIG_KEYS; i++) {
        enum config_key key = (enum config_key)i;
        const json_t *given = json_object_get(cluster, config_entry(key)->environment);

        if (given != NULL && !put_given(key, given, error))
            return false;
        if (given == NULL && is_among(of_one_cluster, COUNT(of_one_cluster), key))
            config_put(key, NULL);
        else if (given == NULL && clusters_here() > 0 && plain(key) != NULL)
            config_put(key, memory_copy_text(plain(key)));
    }
    return true;
}

/* The plain values become those of the first cluster, which is therefore the last. */
bool config_clusters_read(struct error *error)
{
    json_auto_t *clusters = parse(config_get(CONFIG_CLUSTERS), error);
    bool is_good = clusters != NULL && add_names(clusters, error);

    for (size_t i = clusters_count(); is_good && i-- > 0;) {
        const json_t *cluster = json_object_get(clusters, clusters_name(i));

        clusters_enter(i);
        is_good = check_keys(cluster, error) && fill(cluster, error);
        if (!is_good)
            config_name_cluster(error);
    }
    clusters_enter(0);
    return is_good;
}
