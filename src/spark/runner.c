#include "spark/runner.h"

#include "base/jx.h"
#include "base/text.h"
#include "config.h"
#include "spark/application.h"
#include "spark/cluster.h"
#include "spark/properties.h"
#include "spark/state_folder.h"

#include <limits.h>

enum { DRIVER_MEMORY_MIB = 1024 }; /* as Spark has it */

/* A private Spark's tables are noted where no other user can write. Without a home
 * nothing is kept, and answers say so. */
static void add_catalog_folder(json_t *settings)
{
    char folder[PATH_MAX];

    if (state_folder(folder, sizeof folder))
        jx_set_format(settings, "catalogFolder", "%s/catalog", folder);
}

json_t *runner_settings_for(const char *mode)
{
    json_t *settings =
        jx_pack("{s:s, s:b}", "mode", mode, "readOnly", config_is_on(CONFIG_READ_ONLY));

    if (cluster_is_local())
        add_catalog_folder(settings);
    return settings;
}

/* What SPARK_CONF alone says. New. */
static json_t *given_properties(void)
{
    json_t *given = json_object();
    struct error error;

    if (config_get(CONFIG_CONF) != NULL)
        properties_parse(config_get(CONFIG_CONF), given, &error);
    return given;
}

bool runner_needs_cluster(void)
{
    static const char *const about[] = {"spark.executor.", "spark.dynamicAllocation.",
                                        "spark.cores.max", "spark.task."};
    json_auto_t *given = NULL;
    const char *key;
    json_t *value;

    if (!cluster_is_local())
        return true;
    given = given_properties();
    json_object_foreach (given, key, value)
        for (size_t i = 0; i < sizeof about / sizeof *about; i++)
            if (text_starts_with(key, about[i]))
                return true;
    return false;
}

/* The driver has the memory of the executor that there is not, beside its own. */
static void choose_place(json_t *properties, const json_t *given)
{
    int64_t driver = properties_memory_mib(jx_string(given, "spark.driver.memory")),
            executor = properties_memory_mib(jx_string(given, "spark.executor.memory"));

    if (!cluster_is_local())
        return;
    jx_set_string(properties, "spark.master", cluster_master_url());
    if (runner_needs_cluster())
        return;
    jx_set_format(properties, "spark.master", "local[%d]", cluster_local_cores());
    jx_set_format(properties, "spark.driver.memory", "%lldm",
                  (long long)((driver > 0 ? driver : DRIVER_MEMORY_MIB) + executor));
}

/* C2, the slower of the JVM's compilers, from ten times as many calls on: while a session
 * starts it would take the CPU for what is run a few hundred times, and loops that are
 * hot still have it within milliseconds. */
static void compile_later(json_t *properties, const json_t *given, const char *key)
{
    properties_set_options(
        properties, key,
        "-XX:Tier4InvocationThreshold=50000 -XX:Tier4MinInvocationThreshold=6000 "
        "-XX:Tier4CompileThreshold=150000 -XX:Tier4BackEdgeThreshold=400000",
        jx_string(given, key));
}

/* Properties beside those of the configuration. Idle executors go back to the cluster and
 * come again; operations share what there is. New. */
static json_t *properties_of(void)
{
    const char *const defaults[][2] = {
        {"spark.scheduler.mode", "FAIR"},
        /* ${env:NAME} in a statement would show the driver's environment and properties
         */
        {"spark.sql.variable.substitute", "false"},
        {"spark.dynamicAllocation.enabled", "true"},
        {"spark.dynamicAllocation.shuffleTracking.enabled", "true"},
        {"spark.dynamicAllocation.minExecutors", "0"},
        {"spark.dynamicAllocation.initialExecutors", "1"},
        /* what Spark's pages keep of statements grows the driver's heap, by default for
         * 1000 */
        {"spark.sql.ui.retainedExecutions", "200"},
        {"spark.ui.retainedJobs", "200"},
        {"spark.ui.retainedStages", "400"},
        /* a private Spark has few cores, and jobs wait for them */
        {"spark.dynamicAllocation.executorIdleTimeout",
         cluster_is_local() ? "20s" : "60s"},
    };
    struct error error;
    json_auto_t *given = properties_default(&error);
    json_t *properties = json_object();

    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
        if (!jx_has_string(given, defaults[i][0]))
            jx_set_string(properties, defaults[i][0], defaults[i][1]);
    compile_later(properties, given, "spark.driver.extraJavaOptions");
    compile_later(properties, given, "spark.executor.extraJavaOptions");
    /* what an operation has begun is never run again by Spark */
    jx_set_string(properties, "spark.driver.supervise", "false");
    choose_place(properties, given);
    return properties;
}

json_t *runner_request(const json_t *settings, const char *nonce,
                       const char *spark_version, struct error *error)
{
    json_auto_t *properties = properties_of();

    return application_runner_request(settings, nonce, properties, spark_version, error);
}
