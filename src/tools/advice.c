/*
 * Two tables: what helps against a cause, by a word of Spark's own that stands in it, and
 * what helps against a kind of error. What an error says already stays before it.
 */
#include "tools/advice.h"

#include "base/jx.h"
#include "base/text.h"

#include <string.h>

/* By a word that stands in the cause; the first that fits. */
const char *advice_for_cause(const char *cause)
{
    static const struct {
        const char *word, *step;
    } steps[] = {
        {"ModuleNotFoundError",
         "Pass the module in py_files, or install it for the Python of the workers "
         "(PYSPARK_PYTHON)."},
        {"PYTHON_VERSION_MISMATCH",
         "Set PYSPARK_PYTHON to the same Python on every worker."},
        {"Rscript", "R is not installed on the workers: install R and SparkR there."},
        {"Cannot run program",
         "Set PYSPARK_PYTHON to a Python that exists on every worker."},
        {"can't open file",
         "The file must exist on every worker, or be a URL (hdfs, s3a, http), "
         "or exist beside this server."},
        {"NoSuchFileException",
         "The file must exist on every worker, or be a URL (hdfs, s3a, http)."},
        {"FileNotFoundException",
         "The file must exist on every worker, or be a URL (hdfs, s3a, http)."},
        {"SparkR",
         "SparkR is not installed on the workers: pip's pyspark does not contain it; "
         "the full Spark distribution and an R installation do."},
        {"No space left on device",
         "Free space on the disk of that worker: its drivers and applications are in "
         "SPARK_WORKER_DIR, shuffles in SPARK_LOCAL_DIRS."},
        {"OutOfMemoryError", "Raise driver_memory or executor_memory."},
        {"Argument list too long",
         "Send less with the submission: put py_files where the workers can read them."},
        {"ClassNotFoundException",
         "Check 'class', and pass missing jars in 'jars' or 'packages'."},
        {"UNRESOLVED_COLUMN", "Correct the column's name."},
        {"TABLE_OR_VIEW_NOT_FOUND",
         "Correct the table's name; tables of Spark's in-memory catalog live only as "
         "long as their application."},
        {"Input path does not exist",
         "The path must exist where the workers look for it."},
        {"Failed to load class", "Check 'class': the jar does not contain it."},
        {"PATH_NOT_FOUND", "The path must exist where the workers look for it."},
    };

    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (strstr(cause, steps[i].word) != NULL)
            return steps[i].step;
    return NULL;
}

static const char *advice_for_kind(enum error_kind kind)
{
    switch (kind) {
    case ERROR_NO_ROOM:
        return "Free some (monitor-cluster shows who uses it, "
               "kill-spark-job ends a job), or ask for less (SPARK_EXECUTOR_MEMORY; "
               "spark.driver.memory and spark.driver.cores in SPARK_CONF).";
    case ERROR_NO_WORKER:
        return "Start a worker, or wait until one is back: monitor-cluster shows them.";
    case ERROR_NO_DRIVER:
        return "monitor-cluster with metric_type 'drivers' lists them.";
    case ERROR_DRIVER_ENDED:
    case ERROR_DRIVER_SILENT:
        return "monitor-cluster with metric_type 'logs' and its submission_id shows "
               "what it wrote.";
    case ERROR_TOO_LARGE:
        return "Ask for less: a shorter time_range, or one application_id.";
    case ERROR_NONE:
    case ERROR_PARSE:
    case ERROR_REQUEST:
    case ERROR_METHOD:
    case ERROR_PARAMS:
    case ERROR_RESOURCE:
    case ERROR_REVISION:
    case ERROR_INTERNAL:
    case ERROR_ARGUMENTS:
    case ERROR_CONFIGURATION:
    case ERROR_UNREACHABLE:
    case ERROR_TIMEOUT:
    case ERROR_REFUSED:
    case ERROR_NOT_ACTIVE:
    case ERROR_NOT_FOUND:
    case ERROR_BAD_ANSWER:
    case ERROR_SPARK:
    case ERROR_NO_SESSION:
    case ERROR_LOCAL_SPARK:
    case ERROR_CANCELLED:
        return NULL;
    }
    return NULL;
}

void advice_complete(struct error *error)
{
    const char *advice =
        error->kind == ERROR_DRIVER_ENDED ? advice_for_cause(error->detail) : NULL;
    char before[sizeof error->hint];

    if (advice == NULL)
        advice = advice_for_kind(error->kind);
    if (advice == NULL)
        return;
    text_copy(before, sizeof before, error->hint);
    error_hint(error, "%s%s%s", before, before[0] != '\0' ? " " : "", advice);
}

void advice_for_report(json_t *report)
{
    const char *id = jx_string(report, "submissionId");
    const char *advice = advice_for_cause(jx_string(report, "exitCause"));

    if (jx_is(report, "state", "UNKNOWN"))
        jx_set_string(
            report, "next",
            "Look at what it writes before you submit it again: it may have come "
            "to its end, or still run.");
    else if (!jx_bool(report, "finished"))
        jx_set_format(
            report, "next",
            "It is still running: call monitor-cluster with submission_id '%s' and "
            "wait_seconds, or kill-spark-job to end it.",
            id);
    else if (advice != NULL)
        jx_set_string(report, "next", advice);
    else if (jx_has_string(report, "exitCause"))
        jx_set_format(
            report, "next",
            "monitor-cluster with metric_type 'logs', submission_id '%s' and log "
            "'stderr' shows what Spark wrote.",
            id);
}
