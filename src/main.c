/*
 * Options first, because a flag wins over the environment; then the configuration goes to
 * those who keep it (log, audit, cluster, http), and the server, --check or a command
 * runs. With one that cannot be used the server runs all the same, and every call says
 * what is wrong with it. This program is also the supervisor of a private Spark, in a
 * process of its own: that comes before all else.
 */
#include "base/clusters.h"
#include "base/error.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "check.h"
#include "command.h"
#include "config.h"
#include "http.h"
#include "http/proxy.h"
#include "manual.h"
#include "mcp/audit.h"
#include "server.h"
#include "spark/cluster.h"
#include "spark/supervisor.h"
#include "tools/tool.h"
#include "tools/tool_call.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_USAGE = 2 };

static int complain(const struct error *error)
{
    char text[sizeof *error];
    char *masked;

    error_describe(error, text, sizeof text);
    masked = secret_mask(text, strlen(text));
    fprintf(stderr, "mcp-spark-server: %s\n", masked);
    free(masked);
    return EXIT_USAGE;
}

/* "--key=value" or "--key value"; false with an error. Moves `i` past the value. */
static bool read_flag(int count, char **arguments, int *i, struct error *error)
{
    const char *flag = arguments[*i] + 2;
    const char *value = strchr(flag, '=');
    char name[64];

    snprintf(name, sizeof name, "%.*s", (int)strcspn(flag, "="), flag);
    if (value != NULL)
        return config_set_flag(name, value + 1, error);
    ++*i;
    return config_set_flag(name, *i < count ? arguments[*i] : NULL, error);
}

static bool open_files(struct error *error)
{
    const char *log = config_get(CONFIG_LOG_FILE), *audit = config_get(CONFIG_AUDIT_FILE);
    enum log_level level;

    if (!log_level_parse(config_get(CONFIG_LOG_LEVEL), &level)) {
        error_set(error, ERROR_CONFIGURATION, "no such log level: '%s'",
                  config_get(CONFIG_LOG_LEVEL));
        error_hint(error,
                   "Set MCP_SPARK_LOG_LEVEL to debug, info, warning, error or off.");
        return false;
    }
    log_set_level(level);
    if ((log == NULL || log_open_file(log)) && (audit == NULL || audit_open(audit)))
        return true;
    error_set(error, ERROR_CONFIGURATION, "cannot write the log or audit file: %s",
              strerror(errno));
    error_hint(error, "Correct MCP_SPARK_LOG_FILE or MCP_SPARK_AUDIT_FILE.");
    return false;
}

static bool configure_http(struct error *error)
{
    static const enum config_key first[] = {
        [HTTP_REST] = CONFIG_REST_AUTH,
        [HTTP_UI] = CONFIG_UI_AUTH,
        [HTTP_HISTORY] = CONFIG_HISTORY_AUTH,
    };

    for (size_t service = 0; service < sizeof first / sizeof *first; service++) {
        int key = first[service]; /* the three others follow it in the table */
        struct http_credentials use = {
            .auth = config_get((enum config_key)key),
            .ca_file = config_get((enum config_key)(key + 1)),
            .client_cert = config_get((enum config_key)(key + 2)),
            .client_key = config_get((enum config_key)(key + 3))};
        if (use.ca_file == NULL)
            use.ca_file = config_get(CONFIG_CA_FILE);
        if (!http_set_credentials((enum http_service)service, &use, error))
            return false;
    }
    http_set_timeouts(config_int(CONFIG_CONNECT_TIMEOUT) * 1000,
                      config_int(CONFIG_HTTP_TIMEOUT) * 1000);
    proxy_set(config_get(CONFIG_PROXY), config_get(CONFIG_NO_PROXY));
    return config_get(CONFIG_HOST_MAP) == NULL ||
           http_set_host_map(config_get(CONFIG_HOST_MAP), error);
}

/* False with the first cluster that cannot be used. */
static bool configure_clusters(struct error *error)
{
    bool is_good = true;

    for (size_t i = 0; is_good && i < clusters_count(); i++) {
        clusters_enter(i);
        is_good = cluster_configure(error) && configure_http(error);
        if (!is_good)
            config_name_cluster(error);
    }
    clusters_enter(0);
    return is_good;
}

int main(int count, char **arguments)
{
    bool wants_check = false;
    int command = 0; /* where one begins */
    bool is_good;
    struct error error;
    int result;

    if (count == 5 && strcmp(arguments[1], "--private-spark") == 0)
        return supervisor_main(arguments);
    for (int i = 1; i < count && command == 0; i++) {
        if (strcmp(arguments[i], "--help") == 0 || strcmp(arguments[i], "-h") == 0) {
            manual_print_help(stdout);
            return 0;
        }
        if (strcmp(arguments[i], "--version") == 0) {
            puts("mcp-spark-server " MCP_SPARK_VERSION);
            return 0;
        }
        if (strcmp(arguments[i], "--check") == 0)
            wants_check = true;
        else if (!text_starts_with(arguments[i], "--"))
            command = i;
        else if (!read_flag(count, arguments, &i, &error))
            return complain(&error);
    }
    is_good = config_load(&error) && open_files(&error) && configure_clusters(&error);
    if (!is_good) {
        result = complain(&error);
        if (command > 0 || wants_check || isatty(STDIN_FILENO))
            return result;
        tool_call_refuse_all(&error);
        server_run();
    } else if (command > 0) {
        result = command_run(count - command, arguments + command);
    } else {
        result = wants_check ? check_run() : server_run();
    }
    audit_close();
    log_close();
    tool_release_definitions();
    config_release();
    secret_clear();
    return result;
}
