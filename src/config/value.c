/*
 * Every value is checked when it is read, and a secret in it is remembered before
 * anything can log it.
 */
#include "config/value.h"

#include "base/memory.h"
#include "base/secret.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 64 * 1024 };

char *config_value_read_file(const char *path, struct error *error)
{
    FILE *file = fopen(path, "re");
    char *content;
    size_t length;

    if (file == NULL) {
        error_set(error, ERROR_CONFIGURATION, "cannot read '%s': %s", path,
                  strerror(errno));
        error_hint(error, "Name a file that this user can read.");
        return NULL;
    }
    content = memory_new(FILE_MAX);
    length = fread(content, 1, FILE_MAX - 1, file);
    while (length > 0 && strchr(" \t\r\n", content[length - 1]) != NULL)
        content[--length] = '\0';
    fclose(file);
    return content;
}

static bool check_auth(enum config_key key, const char *value, struct error *error)
{
    if (text_starts_with(value, "bearer:") || text_starts_with(value, "basic:") ||
        strcmp(value, "negotiate") == 0)
        return true;
    error_set(error, ERROR_CONFIGURATION, "cannot read the credentials in %s",
              config_entry(key)->environment);
    error_hint(error, "Write 'bearer:TOKEN', 'basic:USER:PASSWORD' or 'negotiate'.");
    return false;
}

/* One address, or several separated by commas. */
static bool are_addresses(const char *list)
{
    size_t length;

    for (const char *at = text_item(list, &length); at != NULL;
         at = text_item(at + length, &length))
        if (!text_starts_with(at, "http://") && !text_starts_with(at, "https://"))
            return false;
    return true;
}

static bool is_from_one_to(const char *text, long most)
{
    long number = text_whole_number(text);

    return number >= 1 && number <= most;
}

/* What a host's configuration file often gets wrong. */
static bool check_form(const struct config_entry *entry, const char *value,
                       struct error *error)
{
    size_t length = strlen(value);
    const char *fault = NULL;

    if (value[0] == '$' && value[1] == '{' && value[length - 1] == '}')
        fault = "is a template that the host did not fill in";
    else if (length > 1 && value[0] == value[length - 1] &&
             strchr("'\"`", value[0]) != NULL)
        fault = "has quotes around it";
    else if (isspace((unsigned char)value[0]) ||
             isspace((unsigned char)value[length - 1]))
        fault = "has blanks around it";
    if (fault == NULL)
        return true;
    error_set(error, ERROR_CONFIGURATION, "%s %s%s%.100s", entry->environment, fault,
              entry->is_secret ? "" : ": ", entry->is_secret ? "" : value);
    error_hint(error, "Correct %s in the host's configuration.", entry->environment);
    return false;
}

static bool check_value(enum config_key key, const char *value, struct error *error)
{
    const struct config_entry *entry = config_entry(key);
    const char *wanted = NULL;

    if (key != CONFIG_CONF && key != CONFIG_CLUSTERS && !check_form(entry, value, error))
        return false;
    switch (entry->type) {
    case CONFIG_TEXT:
        return !entry->is_secret || check_auth(key, value, error);
    case CONFIG_URL:
        if (!are_addresses(value))
            wanted = "an http:// or https:// address";
        break;
    case CONFIG_SECONDS:
    case CONFIG_COUNT:
        if (!is_from_one_to(value, 3600))
            wanted = "a whole number from 1 to 3600";
        break;
    case CONFIG_WAIT:
        if (text_whole_number(value) < 0 || text_whole_number(value) > 230)
            wanted = "a whole number from 0 to 230";
        break;
    case CONFIG_PORT:
        if (!is_from_one_to(value, 65535))
            wanted = "a port from 1 to 65535";
        break;
    case CONFIG_SWITCH:
        if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
            wanted = "true or false";
        break;
    case CONFIG_MODE:
        if (strcmp(value, "auto") != 0 && strcmp(value, "off") != 0)
            wanted = "auto or off";
        break;
    case CONFIG_WHEN:
        if (strcmp(value, "lazy") != 0 && strcmp(value, "eager") != 0)
            wanted = "lazy or eager";
        break;
    case CONFIG_BYTES:
        if (text_whole_number(value) < 0)
            wanted = "a whole number of bytes";
        break;
    case CONFIG_PATH:
        break;
    }
    if (wanted == NULL)
        return true;
    /* An address with a password in it is not repeated. */
    error_set(error, ERROR_CONFIGURATION, "%s is '%s', but must be %s",
              entry->environment, strchr(value, '@') == NULL ? value : "*****", wanted);
    error_hint(error, "Correct %s in the host's configuration.", entry->environment);
    return false;
}

/* The passwords in a list of addresses "http://user:password@host". */
static void remember_passwords(const char *list)
{
    for (const char *at = strstr(list, "://"); at != NULL; at = strstr(at, "://")) {
        char password[256];
        size_t length = strcspn(at += strlen("://"), "/,");
        const char *colon = memchr(at, ':', length), *end = NULL;

        for (size_t i = 0; i < length; i++)
            if (at[i] == '@') /* the last one: a password may hold others */
                end = at + i;
        if (end == NULL || colon == NULL || colon > end)
            continue;
        snprintf(password, sizeof password, "%.*s", (int)(end - colon - 1), colon + 1);
        secret_pin(password);
    }
}

static void remember_secrets(enum config_key key, const char *value)
{
    if (config_entry(key)->type == CONFIG_URL)
        remember_passwords(value);
    if (!config_entry(key)->is_secret || strchr(value, ':') == NULL)
        return;
    value = strchr(value, ':') + 1;
    secret_pin(value);
    if (strchr(value, ':') != NULL) /* basic:USER:PASSWORD */
        secret_pin(strchr(value, ':') + 1);
}

bool config_value_is_unset(const char *value)
{
    return value == NULL || value[0] == '\0' || text_starts_with(value, "${user_config.");
}

bool config_value_is_path(const char *value)
{
    return strpbrk(value, "{}[]\"\n") == NULL;
}

char *config_value_read(enum config_key key, const char *value, struct error *error)
{
    char *read = config_entry(key)->is_secret && value[0] == '@'
                     ? config_value_read_file(value + 1, error)
                     : memory_copy_text(value);

    if (read == NULL)
        return NULL;
    if (!check_value(key, read, error)) {
        free(read);
        return NULL;
    }
    remember_secrets(key, read);
    return read;
}
