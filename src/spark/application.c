/*
 * Where each kind runs (docs/submission.md):
 * - .py: PythonRunner with our launcher as inline code (runner/launch.py), which travels
 *   with its request in environment variables; those are logged nowhere. So a Python job
 *   keeps its secret properties out of the -D arguments that everyone on the worker can
 *   list.
 * - .jar: its own main class; the jar also goes into spark.jars, or executors lack its
 *   classes.
 * - .R, and anything with packages: SparkSubmit inside the driver, which resolves
 *   packages for driver and executors. It ignores -Dspark.master, hence --master among
 *   its arguments.
 */
#include "spark/application.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "base/memory.h"
#include "base/secret.h"
#include "base/text.h"
#include "config.h"
#include "spark/cluster.h"
#include "spark/local.h"
#include "spark/payload.h"
#include "spark/properties.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CORES_MAX = 1000000 };

static const char code_name[] = "code.py"; /* of Python that came without a file */

enum kind { KIND_PYTHON, KIND_JAR, KIND_R };

struct application {
    const struct job *job;
    enum kind kind;
    bool is_remote;      /* a URL that the worker fetches */
    char path[PATH_MAX]; /* absolute path of a local file, "" otherwise */
    bool travels;        /* a .py that exists beside the server */
    json_t *properties;
    json_t *environment;
    json_t *app_args;
    json_t *runner_request;      /* of a Python job */
    char resource[PATH_MAX + 8]; /* what the worker fetches; "" fetches nothing */
    const char *main_class;
};

/* The path behind "file:/x", "file:///x", "local:/x" or a plain path; NULL for other
 * URLs. */
static const char *local_path(const char *file)
{
    if (text_starts_with(file, "file://") || text_starts_with(file, "local://"))
        return strstr(file, "://") + strlen("://");
    if (text_starts_with(file, "file:") || text_starts_with(file, "local:"))
        return strchr(file, ':') + 1;
    return strstr(file, "://") != NULL ? NULL : file;
}

static bool find_kind(struct application *application, struct error *error)
{
    const char *file = application->job->file;

    if (application->job->code != NULL || text_ends_with(file, ".py")) {
        application->kind = KIND_PYTHON;
    } else if (text_ends_with(file, ".jar")) {
        application->kind = KIND_JAR;
    } else if (text_ends_with(file, ".R")) {
        application->kind = KIND_R;
    } else {
        error_set(error, ERROR_ARGUMENTS, "cannot tell what '%.200s' is", file);
        error_hint(error, "A job's file ends in .py, .jar or .R.");
        return false;
    }
    if (application->kind == KIND_JAR && application->job->main_class == NULL) {
        error_set(error, ERROR_ARGUMENTS, "a .jar needs its main class");
        error_hint(error, "Name it, such as 'com.example.Main'.");
        return false;
    }
    return true;
}

/* A local path must be absolute for the workers; a relative one is meant beside the
 * server. */
static bool find_file(struct application *application, struct error *error)
{
    const char *path = local_path(application->job->file);
    char resolved[PATH_MAX];

    if (application->job->code != NULL)
        return true;
    application->is_remote = path == NULL;
    if (path == NULL)
        return true;
    if (realpath(path, resolved) != NULL && access(resolved, R_OK) == 0) {
        application->travels =
            application->kind == KIND_PYTHON && path == application->job->file;
        text_copy(application->path, sizeof application->path, resolved);
        return true;
    }
    if (path[0] == '/') {
        text_copy(application->path, sizeof application->path, path);
        return true;
    }
    error_set(error, ERROR_ARGUMENTS, "cannot read '%.200s': %s", application->job->file,
              strerror(ENOENT));
    error_hint(error,
               "Give an absolute path (beside this server, or on every worker), or a URL "
               "(hdfs, s3a, http).");
    return false;
}

/* New. */
static json_t *copy_list(const json_t *values)
{
    return values != NULL ? json_copy((json_t *)values) : json_array();
}

static void append_to_list(json_t *properties, const char *key, const char *value)
{
    const char *before = jx_string(properties, key);

    jx_set_format(properties, key, "%s%s%s", before, before[0] != '\0' ? "," : "", value);
}

static void set_number(json_t *properties, const char *key, json_int_t number)
{
    if (number != 0)
        jx_set_format(properties, key, "%lld", (long long)number);
}

/* The standalone master keeps a number of executors only through the total of their
 * cores. */
static bool set_executors(const struct application *application, struct error *error)
{
    json_int_t executors = application->job->executors;
    json_int_t cores = jx_int_or(application->properties, "spark.executor.cores", 1);

    if (executors <= 0 || cores < 1) /* properties_check tells of bad cores */
        return true;
    if (executors > CORES_MAX / cores) {
        error_set(error, ERROR_ARGUMENTS,
                  "the number of executors times the cores of each is too large");
        error_hint(error, "Ask for what the cluster has.");
        return false;
    }
    jx_set_format(application->properties, "spark.cores.max", "%lld",
                  (long long)(executors * cores));
    return true;
}

static bool set_properties(struct application *application, const char *spark_version,
                           struct error *error)
{
    const struct job *job = application->job;
    json_t *properties, *value;
    const char *key;
    size_t i;
    json_auto_t *problems = json_array();
    struct buffer list = {0};

    properties = application->properties = properties_default(error);
    if (properties == NULL)
        return false;
    json_object_foreach ((json_t *)job->conf, key, value) {
        json_object_set(properties, key, value);
        if (secret_is_key(key))
            secret_add(json_string_value(value));
    }
    jx_set_string(properties, "spark.app.name", job->name);
    jx_set_string(properties, "spark.driver.memory", job->driver_memory);
    jx_set_string(properties, "spark.executor.memory", job->executor_memory);
    set_number(properties, "spark.driver.cores", job->driver_cores);
    set_number(properties, "spark.executor.cores", job->executor_cores);
    if (job->supervise != NULL)
        jx_set_string(properties, "spark.driver.supervise",
                      json_is_true(job->supervise) ? "true" : "false");
    if (job->watch_streaming)
        jx_set_string(properties, "spark.sql.streaming.metricsEnabled", "true");
    if (!set_executors(application, error))
        return false;
    local_adjust_properties(properties);
    json_array_foreach (job->jars, i, value)
        append_to_list(properties, "spark.jars", json_string_value(value));
    json_array_foreach (job->packages, i, value)
        append_to_list(properties, "spark.jars.packages", json_string_value(value));
    properties_check(properties, job->name_of, problems);
    if (json_array_size(problems) > 0) {
        json_array_foreach (problems, i, value)
            buffer_printf(&list, "%s- %s", i > 0 ? "\n" : "", json_string_value(value));
        error_set(error, ERROR_ARGUMENTS,
                  "Spark would refuse this; nothing was submitted");
        error_detail(error, "%s", buffer_text(&list));
        error_hint(error, "Correct the argument or the property.");
        buffer_release(&list);
        return false;
    }
    if (cluster_is_local() || text_starts_with(spark_version, "3."))
        properties_add_module_options(properties);
    return true;
}

/* What SparkSubmit resolves packages by; as -D it would not see them. */
static void move_to_options(struct application *application, json_t *options)
{
    static const char *const keys[] = {"spark.jars.packages", "spark.jars.excludes",
                                       "spark.jars.repositories", "spark.jars.ivy",
                                       "spark.jars.ivySettings"};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (!jx_has_string(application->properties, keys[i]))
            continue;
        json_array_append_new(options, json_string("--conf"));
        json_array_append_new(
            options,
            jx_format("%s=%s", keys[i], jx_string(application->properties, keys[i])));
        json_object_del(application->properties, keys[i]);
    }
}

/* SparkSubmit inside the driver: its own options stand before the application. */
static void use_spark_submit(struct application *application, const char *main_class,
                             const char *resource)
{
    const char *master = jx_string(application->properties, "spark.master");
    json_t *arguments =
        jx_pack("[s, s]", "--master",
                cluster_is_local() && master[0] != '\0' ? master : cluster_master_url());

    move_to_options(application, arguments);
    if (main_class != NULL) {
        json_array_append_new(arguments, json_string("--class"));
        json_array_append_new(arguments, json_string(main_class));
    }
    json_array_append_new(arguments, json_string(resource));
    json_array_extend(arguments, application->app_args);
    json_decref(application->app_args);
    application->app_args = arguments;
    application->main_class = "org.apache.spark.deploy.SparkSubmit";
}

static bool has_packages(const struct application *application)
{
    return jx_has_string(application->properties, "spark.jars.packages");
}

/* ---- Python ---- */

static bool pack_py_files(struct application *application, struct error *error)
{
    json_t *places = json_object_get(application->runner_request, "pyFiles");
    const json_t *value;
    size_t i;

    json_array_foreach (application->job->py_files, i, value) {
        const char *place = json_string_value(value);
        const char *path = local_path(place);
        const char *name = strrchr(place, '/') != NULL ? strrchr(place, '/') + 1 : place;

        if (path != NULL && access(path, R_OK) == 0) {
            if (!payload_add_file(application->runner_request, path, name, error))
                return false;
            json_array_append_new(places, json_string(name));
        } else if (path != NULL && path[0] != '/') {
            error_set(error, ERROR_ARGUMENTS,
                      "cannot read '%.200s', which is to go with the script", place);
            error_hint(
                error,
                "Give a path that exists beside this server or, as an absolute path, "
                "on every worker; or a URL.");
            return false;
        } else {
            json_array_append_new(places, json_string(path != NULL ? path : place));
        }
    }
    return true;
}

/* Moves the secret properties out of what becomes -D arguments. */
static void hide_secrets(struct application *application)
{
    json_t *secrets = json_object_get(application->runner_request, "conf");
    const char *key;
    json_t *value;
    void *safe;

    json_object_foreach_safe(application->properties, safe, key, value)
    {
        if (secret_is_key(key)) {
            json_object_set(secrets, key, value);
            json_object_del(application->properties, key);
        }
    }
}

/* A job of PythonRunner with our launcher as inline code, which takes its request from
 * the environment. */
static bool use_launcher(struct application *application, struct error *error)
{
    hide_secrets(application);
    jx_set_string(application->runner_request, "nonce", application->job->nonce);
    if (!payload_pack(application->runner_request, application->environment, error))
        return false;
    application->app_args = jx_pack("[s, s, s]", "-c", "", payload_bootstrap);
    application->main_class = "org.apache.spark.deploy.PythonRunner";
    return true;
}

static bool prepare_python(struct application *application, struct error *error)
{
    const char *name = strrchr(application->path, '/');
    json_t *request =
        jx_pack("{s:s, s:{}, s:[], s:o, s:{}}", "script", application->path, "files",
                "pyFiles", "args", copy_list(application->job->args), "conf");

    application->runner_request = request;
    if (application->job->code != NULL) {
        jx_set_string(request, "name", code_name);
        jx_set_string(json_object_get(request, "files"), code_name,
                      application->job->code);
    } else if (application->travels) {
        jx_set_string(request, "name", name + 1);
        if (!payload_add_file(request, application->path, name + 1, error))
            return false;
    }
    if (!pack_py_files(application, error) || !use_launcher(application, error))
        return false;
    if (application->is_remote) {
        /* the worker puts the path of what it fetched in its place */
        text_copy(application->resource, sizeof application->resource,
                  application->job->file);
        json_array_append_new(application->app_args, json_string("{{USER_JAR}}"));
    }
    if (has_packages(application))
        use_spark_submit(application, application->main_class, "spark-internal");
    return true;
}

/* ---- JAR and R ---- */

static void warn_of_secrets(const struct application *application, json_t *warnings)
{
    const char *key;
    json_t *value;

    if (cluster_is_local()) /* they stand in a file there (supervisor/java.h) */
        return;
    json_object_foreach (application->properties, key, value)
        if (secret_is_key(key))
            json_array_append_new(
                warnings,
                jx_format("%s reaches a %s job as a -D argument, which everyone on the "
                          "worker machine can list; Spark leaves no other way",
                          key, application->kind == KIND_JAR ? "JAR" : "R"));
}

static void prepare_jar(struct application *application, json_t *warnings)
{
    char *resource = application->resource;

    if (application->is_remote)
        snprintf(resource, sizeof application->resource, "%s", application->job->file);
    else
        snprintf(resource, sizeof application->resource, "file:%s", application->path);
    append_to_list(application->properties, "spark.jars", resource);
    application->app_args = copy_list(application->job->args);
    application->main_class = application->job->main_class;
    if (has_packages(application)) {
        use_spark_submit(application, application->main_class, resource);
        resource[0] = '\0';
    }
    warn_of_secrets(application, warnings);
}

static bool prepare_r(struct application *application, json_t *warnings,
                      struct error *error)
{
    if (!local_has_spark_r()) {
        error_set(error, ERROR_ARGUMENTS,
                  "'%.200s' needs SparkR, which the private Spark does not have",
                  application->job->file);
        error_hint(
            error,
            "pip's pyspark has no SparkR: set SPARK_HOME to a full Spark distribution "
            "and install R.");
        return false;
    }
    application->app_args = copy_list(application->job->args);
    use_spark_submit(application, NULL,
                     application->is_remote ? application->job->file : application->path);
    warn_of_secrets(application, warnings);
    return true;
}

/* Its variables, the Python of drivers and executors, and the hash of texts that
 * bin/spark-submit gives that Python: default seeds in MLlib are hashes of names, and RDDs of
 * texts cannot be partitioned without it. */
static void set_environment(struct application *application)
{
    const char *python = config_get(CONFIG_PYTHON);

    application->environment = json_deep_copy((json_t *)application->job->environment);
    if (application->environment == NULL)
        application->environment = json_object();
    if (python == NULL && cluster_is_local())
        python = local_python();
    if (json_object_get(application->environment, "PYSPARK_PYTHON") == NULL)
        jx_set_string(application->environment, "PYSPARK_PYTHON", python);
    if (json_object_get(application->environment, "PYTHONHASHSEED") == NULL)
        jx_set_string(application->environment, "PYTHONHASHSEED", "0");
}

static bool prepare(struct application *application, const char *spark_version,
                    json_t *warnings, struct error *error)
{
    if (!find_kind(application, error) || !find_file(application, error) ||
        !set_properties(application, spark_version, error))
        return false;
    if (cluster_is_local()) /* as other masters do: it is theirs */
        json_object_del(application->properties, "spark.master");
    set_environment(application);
    switch (application->kind) {
    case KIND_PYTHON:
        return prepare_python(application, error);
    case KIND_JAR:
        prepare_jar(application, warnings);
        return true;
    case KIND_R:
        return prepare_r(application, warnings, error);
    }
    return false;
}

/* The runner's package travels with it. */
static bool prepare_runner(struct application *application, const json_t *settings,
                           const char *spark_version, struct error *error)
{
    if (!set_properties(application, spark_version, error))
        return false;
    set_environment(application);
    application->runner_request =
        jx_pack("{s:o, s:O, s:{}}", "archives",
                payload_runner_archives(jx_string(settings, "operation")), "runner",
                settings, "conf");
    if (!use_launcher(application, error))
        return false;
    json_array_append_new(application->app_args, json_string("{{WORKER_URL}}"));
    if (has_packages(application))
        use_spark_submit(application, application->main_class, "spark-internal");
    return true;
}

/* Frees the application; gives its request when all went well. */
static json_t *finish(struct application *application, const char *spark_version,
                      bool is_good)
{
    json_t *request = NULL;

    if (is_good)
        request = jx_pack("{s:s, s:s, s:s, s:s, s:O, s:O, s:O}", "action",
                          "CreateSubmissionRequest", "clientSparkVersion", spark_version,
                          "appResource", application->resource, "mainClass",
                          application->main_class, "sparkProperties",
                          application->properties, "appArgs", application->app_args,
                          "environmentVariables", application->environment);
    json_decref(application->properties);
    json_decref(application->environment);
    json_decref(application->app_args);
    json_decref(application->runner_request);
    free(application);
    return request;
}

json_t *application_request(const struct job *job, const char *spark_version,
                            json_t *warnings, struct error *error)
{
    struct application *application = memory_new(sizeof *application);

    application->job = job;
    return finish(application, spark_version,
                  prepare(application, spark_version, warnings, error));
}

json_t *application_runner_request(const json_t *settings, const char *nonce,
                                   const json_t *conf, const char *spark_version,
                                   struct error *error)
{
    struct application *application = memory_new(sizeof *application);
    const struct job job = {.nonce = nonce, .conf = conf};

    application->job = &job;
    return finish(application, spark_version,
                  prepare_runner(application, settings, spark_version, error));
}
