#include "unit.h"

#include "base/jx.h"
#include "base/memory.h"
#include "base/secret.h"
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILES_MAX = 16, PATH_SIZE = 200 };

static char folder[PATH_SIZE];
static char files[FILES_MAX][PATH_SIZE];
static size_t file_count;

json_t *json_of(const char *text)
{
    char *json = memory_copy_text(text);
    json_error_t where;
    json_t *value;

    for (char *at = json; *at != '\0'; at++)
        if (*at == '\'')
            *at = '"';
    value = json_loads(json, JSON_DECODE_ANY | JSON_ALLOW_NUL, &where);
    free(json);
    if (value == NULL)
        fail_msg("the test's own JSON: %s: %s", where.text, text);
    return value;
}

static char *dump(const json_t *value)
{
    return value != NULL ? json_dumps(value, JSON_ENCODE_ANY | JSON_SORT_KEYS |
                                                 JSON_COMPACT | JSON_REAL_PRECISION(15))
                         : memory_copy_text("nothing");
}

json_t *make_rows_raw(json_t *result)
{
    json_t *rows = json_object_get(result, "rows");
    json_int_t count = (json_int_t)json_array_size(rows);
    struct buffer raw = {0};

    jx_write(&raw, rows);
    json_object_set_new(result, "rows", jx_raw(raw.data, raw.length));
    json_object_set_new(result, "rowCount", json_integer(count));
    buffer_release(&raw);
    return result;
}

void check_json(const json_t *value, const char *wanted, const char *file, int line)
{
    json_t *parsed = json_of(wanted);
    char *want = dump(parsed), *got = dump(value);

    if (strcmp(want, got) != 0) {
        print_error("want %s\n got %s\n", want, got);
        _fail(file, line);
    }
    free(want);
    free(got);
    json_decref(parsed);
}

void check_text(const char *text, const char *wanted, const char *file, int line)
{
    if (text != NULL && strcmp(text, wanted) == 0)
        return;
    print_error("want \"%s\"\n got \"%s\"\n", wanted, text != NULL ? text : "(nothing)");
    _fail(file, line);
}

void check_part(const char *text, const char *part, bool is_wanted, const char *file,
                int line)
{
    if (text != NULL && (strstr(text, part) != NULL) == is_wanted)
        return;
    print_error("want %s \"%s\"\n got \"%s\"\n",
                is_wanted ? "something with" : "nothing with", part,
                text != NULL ? text : "(nothing)");
    _fail(file, line);
}

void check_error(const struct error *error, enum error_kind kind, const char *words,
                 const char *file, int line)
{
    char text[sizeof *error];

    error_describe(error, text, sizeof text);
    if (error->kind == kind && strstr(text, words) != NULL)
        return;
    print_error("want kind %d with \"%s\"\n got kind %d: %s\n", kind, words, error->kind,
                text);
    _fail(file, line);
}

char *recorded_text(const char *name)
{
    char path[1024];
    FILE *file;
    char *text;
    long size;

    snprintf(path, sizeof path, TESTS "/recorded/%s", name);
    file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("cannot read %s", path);
    fseek(file, 0, SEEK_END);
    size = ftell(file);
    rewind(file);
    text = memory_new((size_t)size + 1);
    if (fread(text, 1, (size_t)size, file) != (size_t)size)
        fail_msg("cannot read %s", path);
    fclose(file);
    return text;
}

json_t *recorded_json(const char *name)
{
    char *text = recorded_text(name);
    json_t *value = json_loads(text, 0, NULL);

    free(text);
    assert_non_null(value);
    return value;
}

const char *file_with(const char *name, const void *content, size_t length)
{
    char *path = files[file_count++];
    FILE *file;

    assert_true(file_count < FILES_MAX);
    if (folder[0] == '\0') {
        snprintf(folder, sizeof folder, "/tmp/mcp-spark-unit-XXXXXX");
        assert_non_null(mkdtemp(folder));
    }
    snprintf(path, PATH_SIZE, "%.100s/%.80s", folder, name);
    file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, length, file), length);
    fclose(file);
    return path;
}

static void forget_files(void)
{
    for (size_t i = 0; i < file_count; i++)
        unlink(files[i]);
    file_count = 0;
    if (folder[0] != '\0')
        rmdir(folder);
    folder[0] = '\0';
}

bool configure(struct error *error, ...)
{
    va_list settings;
    const char *setting;

    config_release();
    for (int key = 0; key < CONFIG_KEYS; key++)
        unsetenv(config_entry((enum config_key)key)->environment);
    va_start(settings, error);
    while ((setting = va_arg(settings, const char *)) != NULL) {
        size_t length = strcspn(setting, "=");
        char name[80];
        snprintf(name, sizeof name, "%.*s", (int)length, setting);
        setenv(name, setting + length + 1, 1);
    }
    va_end(settings);
    return config_load(error);
}

void unit_release(void)
{
    for (int key = 0; key < CONFIG_KEYS; key++)
        unsetenv(config_entry((enum config_key)key)->environment);
    config_release();
    secret_clear();
    forget_files();
}
