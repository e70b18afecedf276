#include "spark/runner.h"

#include "base/jx.h"
#include "config.h"
#include "spark/application.h"
#include "spark/cluster.h"
#include "spark/properties.h"
#include "spark/state_folder.h"

#include <limits.h>

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
    /* what an operation has begun is never run again by Spark */
    jx_set_string(properties, "spark.driver.supervise", "false");
    return properties;
}

json_t *runner_request(const json_t *settings, const char *nonce,
                       const char *spark_version, struct error *error)
{
    json_auto_t *properties = properties_of();

    return application_runner_request(settings, nonce, properties, spark_version, error);
}
