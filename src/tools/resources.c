/* The resources and prompts of the server, in the order in which clients see them. */
#include "tools/resource.h"

#include <stddef.h>

#define APPLICATIONS                                                                     \
    {                                                                                    \
        .arguments = "{\"metric_type\":\"applications\",\"limit\":100}",                 \
        .rows = "applications", .key = "id"                                              \
    }
#define DRIVERS                                                                          \
    {                                                                                    \
        .arguments = "{\"metric_type\":\"drivers\",\"limit\":100}", .rows = "drivers",   \
        .key = "id"                                                                      \
    }
#define TABLES                                                                           \
    {                                                                                    \
        .arguments = "{\"metric_type\":\"tables\",\"limit\":100}", .rows = "tables",     \
        .key = "table", .needs_session = true                                            \
    }

const struct resource all_resources[] = {
    {.uri = "spark://cluster",
     .is_of_cluster = true,
     .name = "cluster",
     .title = "The cluster",
     .description = "Workers, free cores and memory, what runs and waits",
     .tool = "monitor-cluster",
     .arguments = "{\"metric_type\":\"cluster\"}"},
    {.uri = "spark://tables",
     .is_of_cluster = true,
     .name = "tables",
     .title = "Tables and views",
     .description = "What the catalog has, with columns and sizes",
     .tool = "monitor-cluster",
     .arguments = "{\"metric_type\":\"tables\"}"},
    {.uri = "spark://tables/{name}",
     .is_of_cluster = true,
     .name = "table",
     .title = "A table",
     .description = "Its columns, size and first rows",
     .tool = "monitor-cluster",
     .arguments = "{\"metric_type\":\"tables\",\"sample\":true}",
     .part = "pattern",
     .listing = TABLES},
    {.uri = "spark://applications/{id}",
     .name = "application",
     .title = "An application",
     .description = "Its state and times; an id or a name",
     .tool = "monitor-cluster",
     .arguments = "{\"metric_type\":\"applications\"}",
     .part = "application_id",
     .listing = APPLICATIONS},
    {.uri = "spark://applications/{id}/diagnosis",
     .name = "diagnosis",
     .title = "A diagnosis",
     .description = "What was slow or failed in an application, why and what to change",
     .tool = "monitor-cluster",
     .arguments = "{\"metric_type\":\"diagnosis\"}",
     .part = "application_id",
     .listing = APPLICATIONS},
    {.uri = "spark://submissions/{id}",
     .name = "submission",
     .title = "A submission",
     .description = "How far a submitted job is, and how it ended",
     .tool = "monitor-cluster",
     .arguments = "{}",
     .part = "submission_id",
     .listing = DRIVERS,
     .followed = "state applicationId",
     .followed_in = "job"},
    {.uri = "spark://submissions/{id}/log",
     .name = "submission-log",
     .title = "The log of a submission",
     .description = "The end of what its driver printed",
     .tool = "monitor-cluster",
     .arguments = "{\"metric_type\":\"logs\",\"length\":20000}",
     .part = "submission_id",
     .listing = DRIVERS},
    {.uri = "spark://operations/{id}",
     .name = "operation",
     .title = "An operation",
     .description = "How far work in the session is, then its result",
     .tool = "monitor-cluster",
     .arguments = "{}",
     .part = "operation_id",
     .followed = "state"},
    {.name = NULL},
};

const struct prompt all_prompts[] = {
    {.name = "diagnose",
     .title = "Why was it slow, or why did it fail?",
     .description = "Looks for the cause in what Spark kept of a run",
     .tool = "monitor-cluster",
     .arguments = {{"application_id",
                    "An application's id or name; the session's own "
                    "when left out",
                    false, APPLICATIONS}},
     .text = "Find out why a Spark application was slow or failed, and what to change.\n"
             "The application is {application_id}.\n"
             "Use monitor-cluster: metric_type diagnosis first; for more, failures, jobs "
             "and stages (stage_id for the longest), sql (execution_id for the longest), "
             "executors and environment.\n"
             "Name the cause with its figures, where it is in the code, and one change "
             "that helps most. Say what you looked at and found well.\n"},
    {.name = "tune-query",
     .title = "Make a query faster",
     .description = "Measures a query, reads its plan and tries changes",
     .tool = "monitor-cluster",
     .arguments = {{.name = "sql", .description = "The statement", .is_required = true}},
     .text =
         "Make this Spark SQL faster without changing its result:\n"
         "{sql}\n"
         "Run it with execute-sql and read where its time went: monitor-cluster with "
         "metric_type sql lists the executions, execution_id shows the plan with "
         "rows, bytes and time of each node.\n"
         "Change one thing at a time (filter earlier, broadcast, partitions, columns, "
         "cache_table), run again, and compare seconds and results.\n"},
    {.name = "size-job",
     .title = "How many cores and how much memory?",
     .description = "Fits a job's resources to its data and to the cluster",
     .tool = "monitor-cluster",
     .arguments = {{"application_id", "An earlier run of the job", false, APPLICATIONS},
                   {.name = "data_path", .description = "What it reads"}},
     .text = "Choose executors, cores and memory for a Spark job.\n"
             "An earlier run is {application_id}: look at its executors, stages and "
             "spill.\n"
             "It reads {data_path}: manage-data with operation read tells its size and "
             "shape.\n"
             "monitor-cluster tells what is free. Answer with the arguments of "
             "submit-spark-job (num_executors, executor_cores, executor_memory, "
             "driver_memory, conf) and the reason of each.\n"},
    {.name = "explore-data",
     .title = "What is in this data?",
     .description = "Describes a data set and asks it the first questions",
     .tool = "monitor-cluster",
     .arguments = {{"data", "A path, a glob, a URL or a table", true, TABLES}},
     .text = "Explore this data with Spark: {data}\n"
             "manage-data with operation read gives schema, profile and sample. Then ask "
             "three to five questions with execute-sql that a person who knows the field "
             "would ask first, and answer them with figures.\n"
             "Say what looks wrong in the data (missing, doubled, outside of its "
             "range).\n"},
    {.name = NULL},
};
