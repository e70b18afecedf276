/*
 * First what properties may look like (Spark answers a bad one with a 400 that does not
 * say which), then how SPARK_CONF is read, then what every application gets.
 */
#include "spark/properties.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "base/memory.h"
#include "base/secret.h"
#include "base/text.h"
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NUMBER_DIGITS_MAX = 9, MEMORY_DIGITS_MAX = 15 };

static const double MEMORY_MIB_MAX = 1e12; /* an exbibyte */

int64_t properties_memory_mib(const char *text)
{
    static const struct {
        const char *unit;
        double mib;
    } units[] = {{"b", 1.0 / 1048576},
                 {"k", 1.0 / 1024},
                 {"kb", 1.0 / 1024},
                 {"m", 1},
                 {"mb", 1},
                 {"g", 1024},
                 {"gb", 1024},
                 {"t", 1048576.0},
                 {"tb", 1048576.0},
                 {"p", 1073741824.0},
                 {"pb", 1073741824.0}};
    char unit[4] = "", rest = '\0';
    long long number;

    text += strspn(text, " \t");
    if (!isdigit((unsigned char)text[0]) ||
        strspn(text, "0123456789") > MEMORY_DIGITS_MAX ||
        sscanf(text, "%lld%3[a-zA-Z] %c", &number, unit, &rest) != 2)
        return -1;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcasecmp(unit, units[i].unit) == 0)
            return (double)number * units[i].mib < MEMORY_MIB_MAX
                       ? (int64_t)((double)number * units[i].mib)
                       : -1;
    return -1;
}

static bool is_whole_number(const char *text)
{
    return text[0] != '\0' && strlen(text) <= NUMBER_DIGITS_MAX &&
           strspn(text, "0123456789") == strlen(text);
}

static void check_property(const json_t *properties, const char *key, const char *wanted,
                           bool (*is_good)(const char *),
                           const char *(*name_of)(const char *property), json_t *problems)
{
    const char *value = jx_string(properties, key);
    const char *name = name_of != NULL ? name_of(key) : NULL;

    if (value[0] == '\0' || is_good(value))
        return;
    json_array_append_new(problems,
                          jx_format("%s%s%s%s: wanted %s, got \"%s\"",
                                    name != NULL ? name : "", name != NULL ? " (" : "",
                                    key, name != NULL ? ")" : "", wanted, value));
}

static bool is_size(const char *text)
{
    return properties_memory_mib(text) >= 1;
}

static bool is_switch(const char *text)
{
    return strcmp(text, "true") == 0 || strcmp(text, "false") == 0;
}

void properties_check(const json_t *properties,
                      const char *(*name_of)(const char *property), json_t *problems)
{
    static const struct {
        const char *key, *wanted;
        bool (*is_good)(const char *);
    } checks[] = {
        {"spark.driver.memory", "a size with a unit, such as 512m or 4g", is_size},
        {"spark.executor.memory", "a size with a unit, such as 512m or 4g", is_size},
        {"spark.driver.cores", "a whole number", is_whole_number},
        {"spark.executor.cores", "a whole number", is_whole_number},
        {"spark.cores.max", "a whole number", is_whole_number},
        {"spark.driver.supervise", "true or false", is_switch},
    };

    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        check_property(properties, checks[i].key, checks[i].wanted, checks[i].is_good,
                       name_of, problems);
}

/* Whether a new entry begins here: a dotted key and "=". */
static bool begins_entry(const char *text)
{
    size_t length;

    text += strspn(text, " \t");
    length =
        strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
    return length > 0 && text[length + strspn(text + length, " \t")] == '=' &&
           memchr(text, '.', length) != NULL;
}

static char *trim(char *text)
{
    size_t length;

    text += strspn(text, " \t\r\n");
    length = strlen(text);
    while (length > 0 && strchr(" \t\r\n", text[length - 1]) != NULL)
        text[--length] = '\0';
    return text;
}

static bool add_entry(char *entry, json_t *properties, struct error *error)
{
    char *value = strchr(entry, '=');

    entry = trim(entry);
    if (entry[0] == '\0')
        return true;
    if (value == NULL || value == entry) {
        error_set(error, ERROR_CONFIGURATION,
                  "cannot read the property '%.60s' of SPARK_CONF", entry);
        error_hint(
            error,
            "Write 'spark.some.key=value', entries separated by newlines or commas.");
        return false;
    }
    *value++ = '\0';
    jx_set_string(properties, trim(entry), trim(value));
    return true;
}

static bool parse_object(const char *text, json_t *properties, struct error *error)
{
    json_error_t where;
    json_auto_t *object = json_loads(text, 0, &where);
    const char *key;
    json_t *value;

    if (!json_is_object(object)) {
        error_set(error, ERROR_CONFIGURATION, "SPARK_CONF is not a JSON object: %s",
                  where.text);
        error_hint(error,
                   "Write {\"spark.some.key\": \"value\"}, or 'spark.some.key=value'.");
        return false;
    }
    json_object_foreach (object, key, value) {
        char *text_of_value = json_is_string(value)
                                  ? memory_copy_text(json_string_value(value))
                                  : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT |
                                                          JSON_REAL_PRECISION(15));
        jx_set_string(properties, key, text_of_value);
        free(text_of_value);
    }
    return true;
}

bool properties_parse(const char *text, json_t *properties, struct error *error)
{
    char *copy, *entry;
    bool is_good = true;

    if (text[strspn(text, " \t\r\n")] == '{')
        return parse_object(text, properties, error);
    copy = memory_copy_text(text);
    entry = copy;
    for (char *at = copy; is_good && *at != '\0'; at++) {
        bool is_end = *at == '\n' || (*at == ',' && begins_entry(at + 1));
        if (!is_end)
            continue;
        *at = '\0';
        is_good = add_entry(entry, properties, error);
        entry = at + 1;
    }
    is_good = is_good && add_entry(entry, properties, error);
    free(copy);
    return is_good;
}

json_t *properties_default(struct error *error)
{
    const char *serializer = config_get(CONFIG_SERIALIZER);
    json_t *properties = json_object();
    json_auto_t *problems = json_array();
    struct buffer pattern = {0};
    const char *key;
    json_t *value;

    jx_set_string(properties, "spark.app.name", config_get(CONFIG_APP_NAME));
    jx_set_string(properties, "spark.executor.memory",
                  config_get(CONFIG_EXECUTOR_MEMORY));
    jx_set_string(properties, "spark.executor.cores", config_get(CONFIG_EXECUTOR_CORES));
    jx_set_string(properties, "spark.sql.warehouse.dir",
                  config_get(CONFIG_WAREHOUSE_DIR));
    jx_set_format(properties, "spark.serializer", "%s%s",
                  strchr(serializer, '.') == NULL ? "org.apache.spark.serializer." : "",
                  serializer);
    secret_write_pattern(&pattern);
    jx_set_string(properties, "spark.redaction.regex", buffer_text(&pattern));
    buffer_release(&pattern);
    if (config_get(CONFIG_CONF) != NULL &&
        !properties_parse(config_get(CONFIG_CONF), properties, error))
        goto failed;
    json_object_foreach (properties, key, value)
        if (secret_is_key(key))
            secret_pin(json_string_value(value));
    properties_check(properties, NULL, problems);
    if (json_array_size(problems) == 0)
        return properties;
    error_set(error, ERROR_CONFIGURATION,
              "the configuration holds a property that Spark would refuse");
    error_detail(error, "%s", json_string_value(json_array_get(problems, 0)));
    error_hint(error, "Correct it in SPARK_CONF or SPARK_EXECUTOR_MEMORY.");
failed:
    json_decref(properties);
    return NULL;
}

void properties_set_options(json_t *properties, const char *key, const char *options,
                            const char *given)
{
    jx_set_format(properties, key, "%s%s%s", options, given[0] != '\0' ? " " : "", given);
}

void properties_add_module_options(json_t *properties)
{
    static const char *const packages[] = {
        "lang", "lang.invoke",     "lang.reflect",          "io", "net", "nio",
        "util", "util.concurrent", "util.concurrent.atomic"};
    static const char *const others[] = {"jdk.internal.ref", "sun.nio.ch", "sun.nio.cs",
                                         "sun.security.action", "sun.util.calendar"};
    struct buffer options = {0};

    buffer_add_text(&options, "-XX:+IgnoreUnrecognizedVMOptions");
    for (size_t i = 0; i < sizeof packages / sizeof *packages; i++)
        buffer_printf(&options, " --add-opens=java.base/java.%s=ALL-UNNAMED",
                      packages[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        buffer_printf(&options, " --add-opens=java.base/%s=ALL-UNNAMED", others[i]);
    buffer_printf(&options,
                  " --add-opens=java.security.jgss/sun.security.krb5=ALL-UNNAMED "
                  "-Djdk.reflect.useDirectMethodHandle=false "
                  "-Dio.netty.tryReflectionSetAccessible=true");
    properties_set_options(properties, "spark.driver.extraJavaOptions",
                           buffer_text(&options),
                           jx_string(properties, "spark.driver.extraJavaOptions"));
    buffer_release(&options);
}
