/*
 * One table says everything about a key; the values stand beside it, NULL until set. A
 * flag is set before the environment is read, which is why it wins. Every value is
 * checked when it is set (config/value.c). They live until config_release.
 */
#include "config.h"

#include "base/clusters.h"
#include "base/text.h"
#include "config/value.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct config_entry entries[CONFIG_KEYS] = {
    [CONFIG_MASTER] =
        {.environment = "SPARK_MASTER",
         .fallback = "local[*]",
         .help = "`spark://host:7077`, several masters as `spark://a:7077,b:7077`; "
                 "`local[*]` or `local[N]` starts a private Spark on this machine"},
    [CONFIG_APP_NAME] = {.environment = "SPARK_APP_NAME",
                         .fallback = "mcp-spark-app",
                         .help = "name of applications"},
    [CONFIG_EXECUTOR_MEMORY] = {.environment = "SPARK_EXECUTOR_MEMORY",
                                .fallback = "2g",
                                .help = "memory per executor"},
    [CONFIG_EXECUTOR_CORES] = {.environment = "SPARK_EXECUTOR_CORES",
                               .fallback = "1",
                               .help = "cores per executor",
                               .type = CONFIG_COUNT},
    [CONFIG_WAREHOUSE_DIR] = {.environment = "SPARK_SQL_WAREHOUSE_DIR",
                              .fallback = "/tmp/spark-warehouse",
                              .help = "`spark.sql.warehouse.dir` of applications"},
    [CONFIG_SERIALIZER] = {.environment = "SPARK_SERIALIZER",
                           .fallback = "KryoSerializer",
                           .help = "serializer; short names become full class names"},
    [CONFIG_PYTHON] =
        {.environment = "PYSPARK_PYTHON",
         .fallback = NULL,
         .help = "Python of drivers and executors; default: the one on the workers"},
    [CONFIG_CONF] =
        {.environment = "SPARK_CONF",
         .fallback = NULL,
         .help = "further Spark properties for every application: "
                 "`key=value`, separated by newlines or commas, or a JSON object"},
    [CONFIG_REST_URL] = {.environment = "SPARK_REST_URL",
                         .fallback = NULL,
                         .help = "submission API; default `http://MASTER:6066`; "
                                 "a list when there are several masters",
                         .type = CONFIG_URL},
    [CONFIG_UI_URL] = {.environment = "SPARK_MASTER_UI_URL",
                       .fallback = NULL,
                       .help = "the master's web UI; default `http://MASTER:8080`; "
                               "a list when there are several masters",
                       .type = CONFIG_URL},
    [CONFIG_HISTORY_URL] = {.environment = "SPARK_HISTORY_URL",
                            .fallback = NULL,
                            .help = "history server; default `http://MASTER:18080`",
                            .type = CONFIG_URL},
    [CONFIG_HOST_MAP] = {.environment = "SPARK_HOST_MAP",
                         .fallback = NULL,
                         .help =
                             "addresses to use in place of those that Spark reports, "
                             "as containers need: "
                             "`spark-worker-1=localhost,10.0.0.7:8081=localhost:8082`"},
    [CONFIG_PROXY] =
        {.environment = "SPARK_PROXY",
         .fallback = NULL,
         .help = "`http://proxy:3128` to reach Spark through; "
                 "by default Spark is asked directly, whatever `http_proxy` says",
         .type = CONFIG_URL},
    [CONFIG_NO_PROXY] =
        {.environment = "SPARK_NO_PROXY",
         .fallback = NULL,
         .help =
             "hosts and domains that are asked without the proxy, separated by commas; "
             "this machine always is"},
    [CONFIG_CA_FILE] = {.environment = "SPARK_CA_FILE",
                        .fallback = NULL,
                        .help = "certificate authorities (PEM) where none of the three "
                                "below says otherwise; default: the system's",
                        .type = CONFIG_PATH},
    [CONFIG_REST_AUTH] = {.environment = "SPARK_REST_AUTH",
                          .fallback = NULL,
                          .help =
                              "credentials for the submission API: `bearer:TOKEN`, "
                              "`basic:USER:PASSWORD`, `negotiate` (Kerberos, "
                              "with a ticket from `kinit`), or `@FILE` that holds one",
                          .is_secret = true},
    [CONFIG_REST_CA_FILE] =
        {.environment = "SPARK_REST_CA_FILE",
         .fallback = NULL,
         .help = "certificate authorities (PEM); a server that is self-signed is its own",
         .type = CONFIG_PATH},
    [CONFIG_REST_CLIENT_CERT] = {.environment = "SPARK_REST_CLIENT_CERT",
                                 .fallback = NULL,
                                 .help = "client certificate (PEM)",
                                 .type = CONFIG_PATH},
    [CONFIG_REST_CLIENT_KEY] = {.environment = "SPARK_REST_CLIENT_KEY",
                                .fallback = NULL,
                                .help = "key of the client certificate (PEM)",
                                .type = CONFIG_PATH},
    [CONFIG_UI_AUTH] =
        {.environment = "SPARK_UI_AUTH",
         .fallback = NULL,
         .help = "credentials for the web UIs of master, workers and drivers; "
                 "sent to the configured hosts and to workers that the master names, "
                 "to no other",
         .is_secret = true},
    [CONFIG_UI_CA_FILE] = {.environment = "SPARK_UI_CA_FILE",
                           .fallback = NULL,
                           .help = "certificate authorities (PEM)",
                           .type = CONFIG_PATH},
    [CONFIG_UI_CLIENT_CERT] = {.environment = "SPARK_UI_CLIENT_CERT",
                               .fallback = NULL,
                               .help = "client certificate (PEM)",
                               .type = CONFIG_PATH},
    [CONFIG_UI_CLIENT_KEY] = {.environment = "SPARK_UI_CLIENT_KEY",
                              .fallback = NULL,
                              .help = "key of the client certificate (PEM)",
                              .type = CONFIG_PATH},
    [CONFIG_HISTORY_AUTH] = {.environment = "SPARK_HISTORY_AUTH",
                             .fallback = NULL,
                             .help = "credentials for the history server",
                             .is_secret = true},
    [CONFIG_HISTORY_CA_FILE] = {.environment = "SPARK_HISTORY_CA_FILE",
                                .fallback = NULL,
                                .help = "certificate authorities (PEM)",
                                .type = CONFIG_PATH},
    [CONFIG_HISTORY_CLIENT_CERT] = {.environment = "SPARK_HISTORY_CLIENT_CERT",
                                    .fallback = NULL,
                                    .help = "client certificate (PEM)",
                                    .type = CONFIG_PATH},
    [CONFIG_HISTORY_CLIENT_KEY] = {.environment = "SPARK_HISTORY_CLIENT_KEY",
                                   .fallback = NULL,
                                   .help = "key of the client certificate (PEM)",
                                   .type = CONFIG_PATH},
    [CONFIG_CONNECT_TIMEOUT] = {.environment = "SPARK_CONNECT_TIMEOUT",
                                .fallback = "3",
                                .help =
                                    "time limit for a connection, in seconds (1 to 3600)",
                                .type = CONFIG_SECONDS},
    [CONFIG_HTTP_TIMEOUT] =
        {.environment = "SPARK_HTTP_TIMEOUT",
         .fallback = "10",
         .help =
             "time limit for a complete response, in seconds (1 to 3600); drivers' and "
             "workers' pages have 2.5 to 15 of their own",
         .type = CONFIG_SECONDS},
    [CONFIG_WAIT_SECONDS] =
        {.environment = "SPARK_WAIT_SECONDS",
         .fallback = "45",
         .help = "seconds that a call waits for the end of its work unless it says so "
                 "itself (0 to 230), but for monitor-cluster, which waits only when told "
                 "to; 3 for hosts that give up after 5 s",
         .type = CONFIG_WAIT},
    [CONFIG_SESSION] =
        {.environment = "SPARK_SESSION",
         .fallback = "auto",
         .help =
             "`auto`: SQL, data and ML share a session driver that stays warm; `off`: "
             "each operation runs in a driver of its own",
         .type = CONFIG_MODE},
    [CONFIG_SESSION_START] =
        {.environment = "SPARK_SESSION_START",
         .fallback = "lazy",
         .help = "`lazy`: the session starts with the first call that needs it; `eager`: "
                 "when the client connects, so that its first question finds it warm",
         .type = CONFIG_WHEN},
    [CONFIG_SESSION_PORT] =
        {.environment = "SPARK_SESSION_PORT",
         .fallback = NULL,
         .help =
             "port of the session driver, for clusters where only published ports can "
             "be reached; default: any free port",
         .type = CONFIG_PORT},
    [CONFIG_SESSION_IDLE] =
        {.environment = "SPARK_SESSION_IDLE",
         .fallback = "900",
         .help = "seconds without an operation after which the session ends (1 to 3600)",
         .type = CONFIG_SECONDS},
    [CONFIG_SESSION_GRACE] =
        {.environment = "SPARK_SESSION_GRACE",
         .fallback = "300",
         .help =
             "seconds (1 to 3600) that the session goes on with work while it hears nothing "
             "from this server, as when a laptop sleeps; without work it ends after 30",
         .type = CONFIG_SECONDS},
    [CONFIG_SESSION_SHARED] =
        {.environment = "SPARK_SESSION_SHARED",
         .fallback = "false",
         .help =
             "`true`: the session, and a private Spark, outlive this server, and later "
             "servers of the same user with the same settings go on with them, until "
             "they are idle",
         .type = CONFIG_SWITCH},
    [CONFIG_READ_ONLY] =
        {.environment = "SPARK_READ_ONLY",
         .fallback = "false",
         .help = "`true`: statements run only if Spark's parser shows that they read; "
                 "writes, submissions, run-python and kills (but of this server's own "
                 "operations) are refused",
         .type = CONFIG_SWITCH},
    [CONFIG_DOWNLOAD_MAX_BYTES] =
        {.environment = "SPARK_DOWNLOAD_MAX_BYTES",
         .fallback = "10737418240",
         .help = "largest file that `download_path` of execute-sql may write on this "
                 "machine, in bytes; 0: none",
         .type = CONFIG_BYTES},
    [CONFIG_SPARK_HOME] = {.environment = "SPARK_HOME",
                           .fallback = NULL,
                           .help = "the Spark that `local[*]` starts; default: "
                                   "the `pyspark` package of the Python that is found",
                           .type = CONFIG_PATH},
    [CONFIG_JAVA_HOME] =
        {.environment = "JAVA_HOME",
         .fallback = NULL,
         .help = "the Java that `local[*]` uses; default: that on the path, else where "
                 "systems keep it, 17 first, at last a login shell's",
         .type = CONFIG_PATH},
    [CONFIG_PASS_ENVIRONMENT] =
        {.environment = "SPARK_PASS_ENVIRONMENT",
         .fallback = NULL,
         .help = "further environment variables that a private Spark is given, "
                 "such as `AWS_PROFILE,AWS_CONFIG_FILE`; it gets few, "
                 "because SQL can read them"},
    [CONFIG_CLUSTERS] =
        {.environment = "SPARK_CLUSTERS",
         .fallback = NULL,
         .help = "several clusters for one server: a JSON object of names, each with the "
                 "variables of one, or the path of a file that holds it"},
    [CONFIG_LOG_LEVEL] = {.environment = "MCP_SPARK_LOG_LEVEL",
                          .fallback = "warning",
                          .help = "`debug`, `info`, `warning`, `error` or `off`"},
    [CONFIG_LOG_FILE] = {.environment = "MCP_SPARK_LOG_FILE",
                         .fallback = NULL,
                         .help = "file to append the log to; default: standard error"},
    [CONFIG_AUDIT_FILE] =
        {.environment = "MCP_SPARK_AUDIT_FILE",
         .fallback = NULL,
         .help = "file to append a JSON line to for every tool call (names of arguments, "
                 "never values)"},
};

static char
    *values[CLUSTERS_MAX][CONFIG_KEYS]; /* the first cluster's are the plain ones, too */

const struct config_entry *config_entry(enum config_key key)
{
    return &entries[key];
}

void config_flag(enum config_key key, char *flag, size_t size)
{
    const char *name = entries[key].environment;
    size_t i = 0;

    if (key != CONFIG_SPARK_HOME)
        name += text_starts_with(name, "MCP_SPARK_") ? strlen("MCP_SPARK_")
                : text_starts_with(name, "SPARK_")   ? strlen("SPARK_")
                                                     : 0;
    for (; name[i] != '\0' && i < size - 1; i++)
        flag[i] = name[i] == '_' ? '-' : (char)tolower((unsigned char)name[i]);
    flag[i] = '\0';
}

void config_put(enum config_key key, char *value)
{
    free(values[clusters_here()][key]);
    values[clusters_here()][key] = value;
}

static bool set_value(enum config_key key, const char *value, struct error *error)
{
    char *owned = config_value_read(key, value, error);

    if (owned == NULL)
        return false;
    config_put(key, owned);
    return true;
}

bool config_set_flag(const char *flag, const char *value, struct error *error)
{
    const char *names[CONFIG_KEYS + 3] = {[CONFIG_KEYS] = "check", "help", "version"};
    char flags[CONFIG_KEYS][40];
    const char *nearest;

    for (int key = 0; key < CONFIG_KEYS; key++) {
        config_flag((enum config_key)key, flags[key], sizeof flags[key]);
        names[key] = flags[key];
        if (strcmp(flag, flags[key]) != 0)
            continue;
        if (value == NULL) {
            error_set(error, ERROR_CONFIGURATION, "--%s needs a value", flag);
            error_hint(error, "See --help.");
            return false;
        }
        if (config_value_is_unset(value))
            return true;
        if ((entries[key].is_secret && value[0] != '@') ||
            (key == CONFIG_CLUSTERS && !config_value_is_path(value))) {
            error_set(error, ERROR_CONFIGURATION,
                      "--%s takes %s: arguments can be seen by everyone on this machine",
                      flag, entries[key].is_secret ? "'@FILE'" : "the path of a file");
            error_hint(error, "Put it into a file, or into %s.",
                       entries[key].environment);
            return false;
        }
        return set_value((enum config_key)key, value, error);
    }
    nearest = text_nearest(flag, names, CONFIG_KEYS + 3);
    error_set(error, ERROR_CONFIGURATION, "no such option: --%s", flag);
    error_hint(error, "%s%s%sSee --help.", nearest ? "Did you mean --" : "",
               nearest ? nearest : "", nearest ? "? " : "");
    return false;
}

bool config_load(struct error *error)
{
    for (int key = 0; key < CONFIG_KEYS; key++) {
        const char *value = getenv(entries[key].environment);
        if (values[0][key] == NULL && !config_value_is_unset(value) &&
            !set_value((enum config_key)key, value, error))
            return false;
    }
    return values[0][CONFIG_CLUSTERS] == NULL || config_clusters_read(error);
}

void config_release(void)
{
    for (size_t i = 0; i < CLUSTERS_MAX; i++)
        for (int key = 0; key < CONFIG_KEYS; key++) {
            free(values[i][key]);
            values[i][key] = NULL;
        }
    clusters_clear();
}

const char *config_get(enum config_key key)
{
    const char *value = values[clusters_here()][key];

    return value != NULL ? value : entries[key].fallback;
}

int config_int(enum config_key key)
{
    return atoi(config_get(key));
}

bool config_is_on(enum config_key key)
{
    return strcmp(config_get(key), "true") == 0;
}
