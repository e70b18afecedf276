/* The form of the file is that of the java command's argument files, since Java 9. */
#include "spark/supervisor/java.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "base/text.h"
#include "spark/properties.h"

#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DRIVER_MEMORY_MIB = 1024 };

static bool write_file(const char *path, const struct buffer *text)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool is_good =
        file >= 0 && write(file, text->data, text->length) == (ssize_t)text->length;

    if (file >= 0)
        close(file);
    return is_good;
}

static void add(struct buffer *file, const char *argument)
{
    static const char special[] = "\"\\\n\r\f", letters[] = "\"\\nrf";

    buffer_add_text(file, "\"");
    while (*argument != '\0') {
        size_t plain = strcspn(argument, special);
        buffer_add(file, argument, plain);
        argument += plain;
        if (*argument != '\0')
            buffer_printf(file, "\\%c", letters[strchr(special, *argument++) - special]);
    }
    buffer_add_text(file, "\"\n");
}

static void add_setting(struct buffer *file, const char *before, const char *key,
                        const char *value)
{
    struct buffer setting = {0};

    buffer_printf(&setting, "%s%s=%s", before, key, value);
    add(file, buffer_text(&setting));
    buffer_release(&setting);
}

/* Options in one text, cut as a shell would: at white space, except between quotes. */
static void add_options(struct buffer *file, const char *text)
{
    struct buffer option = {0};

    while (*(text += strspn(text, " \t\r\n")) != '\0') {
        char quote = '\0';
        buffer_clear(&option);
        for (; *text != '\0' && (quote != '\0' || strchr(" \t\r\n", *text) == NULL);
             text++) {
            if (*text == quote)
                quote = '\0';
            else if (quote == '\0' && (*text == '"' || *text == '\''))
                quote = *text;
            else if (*text == '\\' && quote != '\'' && text[1] != '\0')
                buffer_add(&option, ++text, 1);
            else
                buffer_add(&option, text, 1);
        }
        add(file, buffer_text(&option));
    }
    buffer_release(&option);
}

static void add_place(struct buffer *places, const char *place)
{
    if (place != NULL && place[0] != '\0')
        buffer_printf(places, "%s%s", places->length > 0 ? ":" : "", place);
}

/* Since Spark 4 its launcher puts this one first (AbstractCommandBuilder.java). */
static void add_logging_jar(struct buffer *places, const struct install *install)
{
    char version[40], pattern[PATH_MAX];
    glob_t found;

    install_get_version(install, version, sizeof version);
    if (version[0] == '\0' || text_starts_with(version, "3."))
        return;
    snprintf(pattern, sizeof pattern, "%.4000s/jars/slf4j-api-*.jar",
             install->spark_home);
    if (glob(pattern, 0, NULL, &found) == 0)
        buffer_printf(places, ":%s", found.gl_pathv[0]);
    globfree(&found);
}

/* What Spark's own scripts make of the installation and the environment: it has to be the
 * same for all JVMs that share an archive of classes. */
static void add_class_path(struct buffer *file, const struct java_settings *settings,
                           const char *first, const char *last)
{
    static const char *const names[] = {"HADOOP_CONF_DIR", "YARN_CONF_DIR",
                                        "SPARK_DIST_CLASSPATH"};
    const char *home = settings->install->spark_home, *conf = getenv("SPARK_CONF_DIR");
    struct buffer places = {0};

    add_place(&places, first);
    if (conf != NULL && conf[0] != '\0')
        add_place(&places, conf);
    else
        buffer_printf(&places, "%s%s/conf", places.length > 0 ? ":" : "", home);
    add_logging_jar(&places, settings->install);
    buffer_printf(&places, ":%s/jars/*", home);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        add_place(&places, getenv(names[i]));
    add_place(&places, last);
    add(file, "-cp");
    add(file, buffer_text(&places));
    buffer_release(&places);
}

static void add_properties(struct buffer *file, const struct java_settings *settings,
                           const json_t *properties)
{
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)properties, key, value)
        add_setting(file, "-D", key, json_string_value(value));
    if (!text_starts_with(jx_string(properties, "spark.master"), "local["))
        add_setting(file, "-D", "spark.master",
                    settings->master_url); /* the last one counts */
    add_setting(file, "-D", "spark.authenticate", "true");
    add_setting(file, "-D", "spark.authenticate.secret", settings->secret);
}

/* The class, and before it what puts jars on its class path. Left out
 * where there is none. */
static void add_main_class(struct buffer *file, const struct java_settings *settings,
                           const json_t *request, const char *folder,
                           const char *user_jar)
{
    const json_t *properties = json_object_get(request, "sparkProperties");
    const char *class = jx_string(request, "mainClass");

    if (user_jar[0] != '\0' || jx_has_string(properties, "spark.jars")) {
        add(file, "org.apache.spark.deploy.worker.DriverWrapper");
        add(file, settings->worker_url);
        add(file, user_jar[0] != '\0' ? user_jar : folder);
    }
    add(file, class);
    if (strcmp(class, "org.apache.spark.deploy.SparkSubmit") == 0 &&
        jx_has_string(properties, "spark.app.name")) {
        add(file, "-c");
        add_setting(file, "", "spark.app.name", jx_string(properties, "spark.app.name"));
    }
}

static void add_arguments(struct buffer *file, const struct java_settings *settings,
                          const json_t *arguments, const char *user_jar)
{
    const json_t *value;
    size_t i;

    json_array_foreach (arguments, i, value) {
        const char *argument = json_string_value(value);
        if (strcmp(argument, "{{WORKER_URL}}") == 0)
            add(file, settings->worker_url);
        else if (strcmp(argument, "{{USER_JAR}}") == 0)
            add(file, user_jar);
        else
            add(file, argument);
    }
}

bool java_write_driver(const char *path, const struct java_settings *settings,
                       const json_t *request, const char *folder, const char *user_jar)
{
    const json_t *properties = json_object_get(request, "sparkProperties");
    int64_t memory = properties_memory_mib(jx_string(properties, "spark.driver.memory"));
    struct buffer file = {0}, heap = {0};
    bool is_good;

    buffer_printf(&heap, "-Xmx%lldm",
                  (long long)(memory > 0 ? memory : DRIVER_MEMORY_MIB));
    add(&file, buffer_text(&heap));
    buffer_release(&heap);
    add_options(&file, jx_string(properties, "spark.driver.defaultJavaOptions"));
    add_options(&file, jx_string(properties, "spark.driver.extraJavaOptions"));
    add_properties(&file, settings, properties);
    add_class_path(&file, settings, jx_string(properties, "spark.driver.extraClassPath"),
                   "");
    add_main_class(&file, settings, request, folder, user_jar);
    add_arguments(&file, settings, jx_array(request, "appArgs"), user_jar);
    is_good = write_file(path, &file);
    buffer_release(&file);
    return is_good;
}

/* What sessions do first. */
static const char training[] =
    "from pyspark.sql import SparkSession\n"
    "spark = SparkSession.builder.getOrCreate()\n"
    "rows = spark.sql('SELECT id, id % 3 AS k, CAST(id AS STRING) AS t FROM range(99)')\n"
    "rows.createOrReplaceTempView('v')\n"
    "spark.sql('SELECT 1').collect()\n"
    "for form in 'parquet', 'csv', 'json':\n"
    "    rows.write.format(form).option('header', True).save(form)\n"
    "    spark.read.format(form).option('header', True).load(form)"
    ".createOrReplaceTempView(form)\n"
    "    spark.sql('SELECT v.k, count(*), max(a.t) FROM v JOIN ' + form + ' a ON v.id = "
    "a.id '\n"
    "              'GROUP BY 1 ORDER BY 1').collect()\n"
    "list(rows.limit(9).toLocalIterator())\n"
    "rows.toJSON().take(2)\n"
    "spark.createDataFrame([(1, 'a')], ['a', 'b']).cache().count()\n"
    "spark.stop()\n";

bool java_write_training(const char *path, const struct java_settings *settings,
                         const char *folder, const char *archive)
{
    json_auto_t *properties =
        jx_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "spark.master", "local[1]",
                "spark.app.name", "classes", "spark.serializer",
                "org.apache.spark.serializer.KryoSerializer", "spark.eventLog.enabled",
                "true", "spark.ui.port", "0", "spark.ui.killEnabled", "false",
                "spark.scheduler.mode", "FAIR");
    struct buffer file = {0};
    bool is_good;

    jx_set_format(properties, "spark.eventLog.dir", "file://%s", folder);
    properties_add_module_options(properties);
    add(&file, "-Xmx512m");
    add(&file, "-XX:-UsePerfData");
    add(&file, "-Xlog:disable");
    add_setting(&file, "-XX:", "ArchiveClassesAtExit", archive);
    add_setting(&file, "-D", "java.io.tmpdir", folder);
    add_options(&file, jx_string(properties, "spark.driver.extraJavaOptions"));
    add_properties(&file, settings, properties);
    add_class_path(&file, settings, "", "");
    add(&file, "org.apache.spark.deploy.PythonRunner");
    add(&file, "-c");
    add(&file, "");
    add(&file, training);
    is_good = write_file(path, &file);
    buffer_release(&file);
    return is_good;
}

/* Hadoop's shell insists on a core-site.xml. */
bool java_write_fetch(const char *path, const struct java_settings *settings,
                      const char *url, const char *folder, const char *target)
{
    struct buffer file = {0}, site = {0}, site_path = {0};
    bool is_good;

    buffer_add_text(&site, "<configuration/>\n");
    buffer_printf(&site_path, "%s/core-site.xml", folder);
    add(&file, "-Xmx256m");
    add(&file, "-XX:-UsePerfData");
    add_setting(&file, "-D", "java.io.tmpdir", folder);
    add_class_path(&file, settings, "", folder);
    add(&file, "org.apache.hadoop.fs.FsShell");
    add(&file, "-get");
    add(&file, url);
    add(&file, target);
    is_good = write_file(buffer_text(&site_path), &site) && write_file(path, &file);
    buffer_release(&file);
    buffer_release(&site);
    buffer_release(&site_path);
    return is_good;
}
