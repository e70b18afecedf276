#include "base/secret.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/jx.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum { VALUES_MAX = 256, VALUE_MIN_LENGTH = 4 };

static char *values[VALUES_MAX];
static char *escaped[VALUES_MAX]; /* as they stand inside a JSON text */
static size_t count, newest;

bool secret_is_key(const char *key)
{
    static const char *const words[] = {
        "secret",  "password",   "token",       "access.key", "accesskey",  "apikey",
        "api.key", "privatekey", "private.key", "passphrase", "account.key"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (text_contains_word(key, words[i]))
            return true;
    return false;
}

/* The value as jansson writes it into a string; new. */
static char *escape(const char *value)
{
    json_auto_t *string = jx_text(value, strlen(value));
    char *text = json_dumps(string, JSON_ENCODE_ANY);

    if (text == NULL)
        BUG("cannot write a string as JSON");
    text[strlen(text) - 1] = '\0';
    memmove(text, text + 1, strlen(text));
    return text;
}

/* What is not UTF-8 stands in answers as text_make_utf8 writes it. */
static void add_clean(const char *value)
{
    struct buffer clean = {0};

    text_make_utf8(value, strlen(value), &clean);
    if (strcmp(buffer_text(&clean), value) != 0)
        secret_add(buffer_text(&clean));
    buffer_release(&clean);
}

void secret_add(const char *value)
{
    if (strlen(value) < VALUE_MIN_LENGTH)
        return;
    add_clean(value);
    for (size_t i = 0; i < count; i++)
        if (strcmp(values[i], value) == 0)
            return;
    newest = count < VALUES_MAX ? count++ : (newest + 1) % VALUES_MAX;
    free(values[newest]);
    free(escaped[newest]);
    values[newest] = memory_copy_text(value);
    escaped[newest] = escape(value);
}

void secret_clear(void)
{
    for (size_t i = 0; i < count; i++) {
        free(values[i]);
        free(escaped[i]);
        values[i] = escaped[i] = NULL;
    }
    count = newest = 0;
}

/* Length of the longest of the words that starts here; 0 when there is none. */
static size_t known_at(char *const *words, const char *text, size_t left)
{
    size_t longest = 0;

    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(words[i]);

        if (length > longest && length <= left && memcmp(words[i], text, length) == 0)
            longest = length;
    }
    return longest;
}

/* words: the values, as they are or as they stand in JSON. */
static void mask_into(struct buffer *masked, char *const *words, const char *text,
                      size_t length)
{
    size_t at = 0, plain = 0;

    buffer_add(masked, "", 0);
    while (at < length && count > 0) {
        size_t known = known_at(words, text + at, length - at);

        if (known > 0) {
            buffer_add(masked, text + plain, at - plain);
            buffer_add_text(masked, "*****");
            plain = at + known;
        }
        at += known > 0 ? known : 1;
    }
    buffer_add(masked, text + plain, length - plain);
}

char *secret_mask(const char *text, size_t length)
{
    struct buffer masked = {0};

    mask_into(&masked, values, text, length);
    return masked.data;
}

static void mask_string(json_t *string)
{
    struct buffer masked = {0};

    mask_into(&masked, jx_raw_text(string) != NULL ? escaped : values,
              json_string_value(string), json_string_length(string));
    json_string_setn_nocheck(string, masked.data, masked.length);
    buffer_release(&masked);
}

static void mask_tree(json_t *value)
{
    const char *key;
    json_t *member;
    size_t i;

    switch (json_typeof(value)) {
    case JSON_STRING:
        mask_string(value);
        break;
    case JSON_ARRAY:
        json_array_foreach (value, i, member)
            mask_tree(member);
        break;
    case JSON_OBJECT:
        json_object_foreach (value, key, member)
            mask_tree(member);
        break;
    case JSON_INTEGER:
    case JSON_REAL:
    case JSON_TRUE:
    case JSON_FALSE:
    case JSON_NULL:
        break;
    }
}

bool secret_is_in_json(const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (strstr(text, escaped[i]) != NULL)
            return true;
    return false;
}

json_t *secret_mask_json(json_t *value)
{
    json_t *copy;

    if (value == NULL)
        return NULL;
    copy = json_deep_copy(value);
    json_decref(value);
    mask_tree(copy);
    return copy;
}
