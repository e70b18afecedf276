/*
 * Turns a job as the user describes it into a request for Spark's submission API: where
 * each kind of file runs, what travels inside the submission, which properties it needs.
 */
#ifndef SPARK_APPLICATION_H
#define SPARK_APPLICATION_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>

/* A job as its user describes it: all borrowed; NULL or 0 where nothing was said. */
struct job {
    const char *file;  /* .py, .jar or .R: a path or a URL */
    const char *code;  /* Python, in place of a file */
    const char *nonce; /* nonce.h */
    const char *main_class, *name, *driver_memory, *executor_memory;
    json_int_t driver_cores, executor_cores, executors;
    const json_t *args, *py_files, *jars, *packages; /* arrays */
    const json_t *conf, *environment;                /* objects */
    const json_t *supervise;                         /* true or false */
    bool watch_streaming; /* its queries are to be among the metrics of its driver */
    /* What the user calls a property, for errors; NULL for one that has no other name. */
    const char *(*name_of)(const char *property);
};

/*
 * The CreateSubmissionRequest for a job; new, NULL with an error. Sentences that the user
 * should read are appended to `warnings`. Secret properties are remembered (secret_add).
 * spark_version is the master's, "3.5.9".
 */
json_t *application_request(const struct job *job, const char *spark_version,
                            json_t *warnings, struct error *error);

/*
 * The request for a driver that runs the runner (src/runner) with these settings, which
 * travel unseen; conf are Spark properties beside those of the configuration. New, NULL
 * with an error.
 */
json_t *application_runner_request(const json_t *settings, const char *nonce,
                                   const json_t *conf, const char *spark_version,
                                   struct error *error);

#endif
