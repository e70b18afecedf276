/*
 * How an application is set: its Java and Scala, what it or its cluster has set of Spark's
 * properties, and of Hadoop's where a name is asked for. What Spark sets itself for every
 * application is left out, and so are Java's own properties that say nothing of it.
 */
#include "base/jx.h"
#include "base/text.h"
#include "spark/watching.h"
#include "tools/monitor/masking.h"
#include "tools/monitor/rows.h"
#include "tools/monitor/subject.h"
#include "tools/monitor/view.h"

#include <string.h>

enum { BYTES = 2000, VALUE_SHOWN = 160 };

struct environment {
    struct reply place, environment;
};

static flow_step find, ask, show;
static void describe(const json_t *result, struct buffer *text);

const struct view environment_view = {
    .name = "environment",
    .part = "settings",
    .takes = SUBJECT_IDS,
    .check = subject_check,
    .flow = {.name = "environment",
             .first = find,
             .state_size = sizeof(struct environment)},
    .describe = describe,
};

static struct next find(struct flow *flow)
{
    struct environment *environment = flow_state(flow);

    subject_find(flow, &environment->place);
    return flow_then(flow, ask);
}

static struct next ask(struct flow *flow)
{
    struct environment *environment = flow_state(flow);

    watching_get(flow, environment->place.body, "environment", &environment->environment);
    return flow_then(flow, show);
}

/* Spark's own properties are set by somebody, but for these. Of Java's, few tell anything;
 * Hadoop's are defaults, as far as can be told. */
static const struct section {
    const char *key, *name;
    const char *const *shown;  /* the only ones unless asked for; NULL: all */
    const char *const *hidden; /* never unless asked for */
} sections[] = {
    {"sparkProperties", "spark", NULL,
     (const char *const[]){"spark.app.id", "spark.app.name", "spark.app.startTime",
                           "spark.app.submitTime", "spark.driver.port",
                           "spark.driver.host", "spark.executor.id", "spark.rdd.compress",
                           "spark.serializer.objectStreamReset",
                           "spark.sql.warehouse.dir", "spark.submit.deployMode",
                           "spark.submit.pyFiles", "spark.scheduler.mode", NULL}},
    {"systemProperties", "java",
     (const char *const[]){"file.encoding", "user.timezone", "user.name", "os.arch",
                           NULL},
     NULL},
    {"hadoopProperties", "hadoop", (const char *const[]){"fs.defaultFS", NULL}, NULL}};

static bool is_among(const char *const *names, const char *name)
{
    for (; *names != NULL; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

static bool is_wanted(const struct section *section, const char *name, const char *prefix)
{
    if (prefix[0] != '\0')
        return text_starts_with(name, prefix);
    return (section->shown == NULL || is_among(section->shown, name)) &&
           (section->hidden == NULL || !is_among(section->hidden, name));
}

/* Spark adds to the options of every JVM (JavaModuleOptions.java). */
static bool is_added_by_spark(const char *option)
{
    static const char *const added[] = {"--add-opens=",
                                        "--add-modules=jdk.incubator.vector",
                                        "-XX:+IgnoreUnrecognizedVMOptions",
                                        "-Djdk.reflect.useDirectMethodHandle=",
                                        "-Djava.net.preferIPv6Addresses=",
                                        "-Dio.netty.",
                                        "--sun-misc-unsafe-memory-access=",
                                        "--enable-native-access="};

    for (size_t i = 0; i < sizeof added / sizeof *added; i++)
        if (text_starts_with(option, added[i]))
            return true;
    return false;
}

/* The value as it is shown; nothing when Spark alone has set it. */
static void add_value(struct buffer *text, const char *name, const char *value)
{
    struct buffer own = {0};

    if (!text_ends_with(name, "JavaOptions")) {
        masking_add_value(text, name, value);
        return;
    }
    while (*value != '\0') {
        size_t length = strcspn(value, " ");

        if (length > 0 && !is_added_by_spark(value)) {
            buffer_add_text(&own, own.length > 0 ? " " : "");
            buffer_add(&own, value, length);
        }
        value += length + strspn(value + length, " ");
    }
    masking_add_value(text, name, buffer_text(&own));
    buffer_release(&own);
}

static void add_rows(json_t *rows, const struct section *section,
                     const json_t *properties, const char *prefix)
{
    const json_t *pair;
    size_t i;

    json_array_foreach (properties, i, pair) {
        const char *name = json_string_value(json_array_get(pair, 0)),
                   *value = json_string_value(json_array_get(pair, 1));
        struct buffer masked = {0};
        json_t *row;

        if (name == NULL || value == NULL || !is_wanted(section, name, prefix))
            continue;
        add_value(&masked, name, value);
        if (masked.length > 0 || value[0] == '\0') {
            row = jx_pack("{s:s, s:s}", "section", section->name, "name", name);
            row_set_line(row, "value", buffer_text(&masked), VALUE_SHOWN);
            json_array_append_new(rows, row);
        }
        buffer_release(&masked);
    }
}

static struct next show(struct flow *flow)
{
    struct environment *environment = flow_state(flow);
    const json_t *body = environment->environment.body,
                 *runtime = jx_object(body, "runtime");
    json_auto_t *result = subject_result(environment->place.body);
    json_t *rows = json_array();
    struct error error;

    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        add_rows(rows, &sections[i], jx_array(body, sections[i].key),
                 jx_string(flow_input(flow), "prefix"));
    jx_set_string(result, "java", jx_string(runtime, "javaVersion"));
    jx_set_string(result, "scala", jx_string(runtime, "scalaVersion"));
    if (!rows_list(result,
                   &(struct listing){.part = "settings", .by = "", .bytes = BYTES}, rows,
                   flow_input(flow), &error))
        return flow_fail(flow, &error);
    return flow_done(flow, json_incref(result));
}

static void describe(const json_t *result, struct buffer *text)
{
    const json_t *row;
    size_t i;

    buffer_printf(text, "Java %s, Scala %s; %lld settings.\n", jx_string(result, "java"),
                  jx_string(result, "scala"), (long long)jx_int(result, "total"));
    json_array_foreach (jx_array(result, "settings"), i, row)
        buffer_printf(text, "%s %s=%s\n", jx_string(row, "section"),
                      jx_string(row, "name"), jx_string(row, "value"));
}
