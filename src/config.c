/*
 * One table says everything about a key; the values stand beside it, NULL until set. A
 * flag is set before the environment is read, which is why it wins. Every value is
 * checked when it is set, and a secret in it is remembered before anything can log it.
 * They live until config_release.
 */
#include "config.h"

#include "base/memory.h"
#include "base/secret.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECRET_FILE_MAX = 64 * 1024 };

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
                                .help = "time limit for a connection, in seconds",
                                .type = CONFIG_SECONDS},
    [CONFIG_HTTP_TIMEOUT] = {.environment = "SPARK_HTTP_TIMEOUT",
                             .fallback = "10",
                             .help = "time limit for a complete response, in seconds",
                             .type = CONFIG_SECONDS},
    [CONFIG_WAIT_SECONDS] =
        {.environment = "SPARK_WAIT_SECONDS",
         .fallback = "45",
         .help = "seconds that a call waits for the end of its work unless it says so "
                 "itself (0 to 230); 3 for hosts that give up after 5 s",
         .type = CONFIG_WAIT},
    [CONFIG_SESSION] =
        {.environment = "SPARK_SESSION",
         .fallback = "auto",
         .help =
             "`auto`: SQL, data and ML share a session driver that stays warm; `off`: "
             "each operation runs in a driver of its own",
         .type = CONFIG_MODE},
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
         .help = "seconds without an operation after which the session ends",
         .type = CONFIG_SECONDS},
    [CONFIG_SESSION_GRACE] =
        {.environment = "SPARK_SESSION_GRACE",
         .fallback = "300",
         .help = "seconds that the session goes on with work while it hears nothing from "
                 "this server, as when a laptop sleeps; without work it ends after 30",
         .type = CONFIG_SECONDS},
    [CONFIG_SESSION_SHARED] =
        {.environment = "SPARK_SESSION_SHARED",
         .fallback = "false",
         .help =
             "`true`: the session outlives this server, and later servers of the same "
             "user with the same settings go on with it, until it is idle",
         .type = CONFIG_SWITCH},
    [CONFIG_READ_ONLY] =
        {.environment = "SPARK_READ_ONLY",
         .fallback = "false",
         .help = "`true`: statements run only if Spark's parser shows that they read; "
                 "writes, submissions and kills are refused",
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
                                   "the `pyspark` package of PYSPARK_PYTHON or python3",
                           .type = CONFIG_PATH},
    [CONFIG_JAVA_HOME] =
        {.environment = "JAVA_HOME",
         .fallback = NULL,
         .help = "the Java that `local[*]` uses; default: the one a login shell finds",
         .type = CONFIG_PATH},
    [CONFIG_PASS_ENVIRONMENT] =
        {.environment = "SPARK_PASS_ENVIRONMENT",
         .fallback = NULL,
         .help = "further environment variables that a private Spark is given, "
                 "such as `AWS_PROFILE,AWS_CONFIG_FILE`; it gets few, "
                 "because SQL can read them"},
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

static char *values[CONFIG_KEYS];

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

/* What stands in the file, without the newline at its end. New. */
static char *read_secret_file(const char *path, struct error *error)
{
    FILE *file = fopen(path, "re");
    char *content;
    size_t length;

    if (file == NULL) {
        error_set(error, ERROR_CONFIGURATION, "cannot read '%s': %s", path,
                  strerror(errno));
        error_hint(error, "Name a file that this user can read.");
        return NULL;
    }
    content = memory_new(SECRET_FILE_MAX);
    length = fread(content, 1, SECRET_FILE_MAX - 1, file);
    while (length > 0 && strchr(" \t\r\n", content[length - 1]) != NULL)
        content[--length] = '\0';
    fclose(file);
    return content;
}

static bool check_auth(enum config_key key, const char *value, struct error *error)
{
    if (text_starts_with(value, "bearer:") || text_starts_with(value, "basic:") ||
        strcmp(value, "negotiate") == 0)
        return true;
    error_set(error, ERROR_CONFIGURATION, "cannot read the credentials in %s",
              entries[key].environment);
    error_hint(error, "Write 'bearer:TOKEN', 'basic:USER:PASSWORD' or 'negotiate'.");
    return false;
}

/* One address, or several separated by commas. */
static bool are_addresses(const char *list)
{
    size_t length;

    for (const char *at = text_item(list, &length); at != NULL;
         at = text_item(at + length, &length))
        if (!text_starts_with(at, "http://") && !text_starts_with(at, "https://"))
            return false;
    return true;
}

static bool is_from_one_to(const char *text, long most)
{
    long number = text_whole_number(text);

    return number >= 1 && number <= most;
}

/* What a host's configuration file often gets wrong. */
static bool check_form(const struct config_entry *entry, const char *value,
                       struct error *error)
{
    size_t length = strlen(value);
    const char *fault = NULL;

    if (value[0] == '$' && value[1] == '{' && value[length - 1] == '}')
        fault = "is a template that the host did not fill in";
    else if (length > 1 && value[0] == value[length - 1] &&
             strchr("'\"`", value[0]) != NULL)
        fault = "has quotes around it";
    else if (isspace((unsigned char)value[0]) ||
             isspace((unsigned char)value[length - 1]))
        fault = "has blanks around it";
    if (fault == NULL)
        return true;
    error_set(error, ERROR_CONFIGURATION, "%s %s%s%.100s", entry->environment, fault,
              entry->is_secret ? "" : ": ", entry->is_secret ? "" : value);
    error_hint(error, "Correct %s in the host's configuration.", entry->environment);
    return false;
}

static bool check_value(enum config_key key, const char *value, struct error *error)
{
    const struct config_entry *entry = &entries[key];
    const char *wanted = NULL;

    if (key != CONFIG_CONF && !check_form(entry, value, error))
        return false;
    switch (entry->type) {
    case CONFIG_TEXT:
        return !entry->is_secret || check_auth(key, value, error);
    case CONFIG_URL:
        if (!are_addresses(value))
            wanted = "an http:// or https:// address";
        break;
    case CONFIG_SECONDS:
    case CONFIG_COUNT:
        if (!is_from_one_to(value, 3600))
            wanted = "a whole number from 1 to 3600";
        break;
    case CONFIG_WAIT:
        if (text_whole_number(value) < 0 || text_whole_number(value) > 230)
            wanted = "a whole number from 0 to 230";
        break;
    case CONFIG_PORT:
        if (!is_from_one_to(value, 65535))
            wanted = "a port from 1 to 65535";
        break;
    case CONFIG_SWITCH:
        if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
            wanted = "true or false";
        break;
    case CONFIG_MODE:
        if (strcmp(value, "auto") != 0 && strcmp(value, "off") != 0)
            wanted = "auto or off";
        break;
    case CONFIG_BYTES:
        if (text_whole_number(value) < 0)
            wanted = "a whole number of bytes";
        break;
    case CONFIG_PATH:
        break;
    }
    if (wanted == NULL)
        return true;
    /* An address with a password in it is not repeated. */
    error_set(error, ERROR_CONFIGURATION, "%s is '%s', but must be %s",
              entry->environment, strchr(value, '@') == NULL ? value : "*****", wanted);
    error_hint(error, "Correct %s in the host's configuration.", entry->environment);
    return false;
}

/* The passwords in a list of addresses "http://user:password@host". */
static void remember_passwords(const char *list)
{
    for (const char *at = strstr(list, "://"); at != NULL; at = strstr(at, "://")) {
        char password[256];
        size_t length = strcspn(at += strlen("://"), "/,");
        const char *colon = memchr(at, ':', length), *end = NULL;

        for (size_t i = 0; i < length; i++)
            if (at[i] == '@') /* the last one: a password may hold others */
                end = at + i;
        if (end == NULL || colon == NULL || colon > end)
            continue;
        snprintf(password, sizeof password, "%.*s", (int)(end - colon - 1), colon + 1);
        secret_pin(password);
    }
}

static void remember_secrets(enum config_key key, const char *value)
{
    if (entries[key].type == CONFIG_URL)
        remember_passwords(value);
    if (!entries[key].is_secret || strchr(value, ':') == NULL)
        return;
    value = strchr(value, ':') + 1;
    secret_pin(value);
    if (strchr(value, ':') != NULL) /* basic:USER:PASSWORD */
        secret_pin(strchr(value, ':') + 1);
}

static bool is_unset(const char *value)
{
    return value == NULL || value[0] == '\0' || text_starts_with(value, "${user_config.");
}

static bool set_value(enum config_key key, const char *value, struct error *error)
{
    char *owned = entries[key].is_secret && value[0] == '@'
                      ? read_secret_file(value + 1, error)
                      : memory_copy_text(value);

    if (owned == NULL)
        return false;
    if (!check_value(key, owned, error)) {
        free(owned);
        return false;
    }
    remember_secrets(key, owned);
    free(values[key]);
    values[key] = owned;
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
        if (is_unset(value))
            return true;
        if (entries[key].is_secret && value[0] != '@') {
            error_set(
                error, ERROR_CONFIGURATION,
                "--%s takes '@FILE': arguments can be seen by everyone on this machine",
                flag);
            error_hint(error, "Put the credentials into a file, or into %s.",
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
        if (values[key] == NULL && !is_unset(value) &&
            !set_value((enum config_key)key, value, error))
            return false;
    }
    return true;
}

void config_release(void)
{
    for (int key = 0; key < CONFIG_KEYS; key++) {
        free(values[key]);
        values[key] = NULL;
    }
}

const char *config_get(enum config_key key)
{
    return values[key] != NULL ? values[key] : entries[key].fallback;
}

int config_int(enum config_key key)
{
    return atoi(config_get(key));
}

bool config_is_on(enum config_key key)
{
    return strcmp(config_get(key), "true") == 0;
}
