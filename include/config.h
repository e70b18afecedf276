/*
 * What the server was told: one table of keys, each an environment variable (as MCP hosts
 * pass configuration) and a flag. A flag wins over the environment, both over the
 * default; with SPARK_CLUSTERS each cluster has values of its own. A value that is empty or
 * still begins with "${user_config." (a host's unfilled template) counts as unset.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include "base/buffer.h"
#include "base/error.h"

#include <stdbool.h>

enum config_key {
    CONFIG_MASTER,
    CONFIG_APP_NAME,
    CONFIG_EXECUTOR_MEMORY,
    CONFIG_EXECUTOR_CORES,
    CONFIG_WAREHOUSE_DIR,
    CONFIG_SERIALIZER,
    CONFIG_PYTHON,
    CONFIG_CONF,
    CONFIG_REST_URL,
    CONFIG_UI_URL,
    CONFIG_HISTORY_URL,
    CONFIG_HOST_MAP,
    CONFIG_PROXY,
    CONFIG_NO_PROXY,
    CONFIG_CA_FILE,
    CONFIG_REST_AUTH,
    CONFIG_REST_CA_FILE,
    CONFIG_REST_CLIENT_CERT,
    CONFIG_REST_CLIENT_KEY,
    CONFIG_UI_AUTH,
    CONFIG_UI_CA_FILE,
    CONFIG_UI_CLIENT_CERT,
    CONFIG_UI_CLIENT_KEY,
    CONFIG_HISTORY_AUTH,
    CONFIG_HISTORY_CA_FILE,
    CONFIG_HISTORY_CLIENT_CERT,
    CONFIG_HISTORY_CLIENT_KEY,
    CONFIG_CONNECT_TIMEOUT,
    CONFIG_HTTP_TIMEOUT,
    CONFIG_WAIT_SECONDS,
    CONFIG_SESSION,
    CONFIG_SESSION_START,
    CONFIG_SESSION_PORT,
    CONFIG_SESSION_IDLE,
    CONFIG_SESSION_GRACE,
    CONFIG_SESSION_SHARED,
    CONFIG_READ_ONLY,
    CONFIG_DOWNLOAD_MAX_BYTES,
    CONFIG_SPARK_HOME,
    CONFIG_JAVA_HOME,
    CONFIG_PASS_ENVIRONMENT,
    CONFIG_CLUSTERS,
    CONFIG_LOG_LEVEL,
    CONFIG_LOG_FILE,
    CONFIG_AUDIT_FILE,
    CONFIG_KEYS
};

struct config_entry {
    const char *environment; /* SPARK_REST_URL; the flag is --rest-url (config_flag) */
    const char *fallback;    /* NULL: unset */
    const char *help;        /* one sentence, in Markdown */
    bool is_secret;
    enum {
        CONFIG_TEXT,
        CONFIG_URL,
        CONFIG_SECONDS,
        CONFIG_COUNT,
        CONFIG_WAIT, /* seconds, 0 to 230 */
        CONFIG_PORT,
        CONFIG_SWITCH, /* true or false */
        CONFIG_MODE,   /* auto or off */
        CONFIG_WHEN,   /* lazy or eager */
        CONFIG_BYTES,
        CONFIG_PATH
    } type;
};

/* The table, in the order in which it is documented. */
const struct config_entry *config_entry(enum config_key key);
/* The flag of a key, without its two dashes: "rest-url". */
void config_flag(enum config_key key, char *flag, size_t size);

/* Reads the environment; false with the first value that cannot be used. */
bool config_load(struct error *error);
/* Sets a key from its flag's name ("rest-url") and value (NULL: none was given); before
 * config_load. A secret is taken only as "@FILE", because arguments can be seen by
 * others. */
bool config_set_flag(const char *flag, const char *value, struct error *error);
void config_release(void);

/* Adds to an error the cluster that is entered, if it has a name. */
void config_name_cluster(struct error *error);

/* Of the cluster that is entered. NULL when unset and without a default. Borrowed. */
const char *config_get(enum config_key key);
int config_int(enum config_key key);
bool config_is_on(enum config_key key); /* of a switch */

#endif
