/*
 * Each value is kept twice, as it is and as it stands inside a JSON text, so that a
 * message can be searched without being read. They live until secret_clear, at the end of
 * the process; when more are added than there is room for, the oldest goes. Masking
 * replaces the longest value that starts at a place, since one secret may begin with
 * another.
 */
#include "base/secret.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/jx.h"
#include "base/memory.h"
#include "base/scan.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum { ADDED_MAX = 256, VALUE_MIN_LENGTH = 4 };

/* As they are, and as they stand inside a JSON text. */
struct secret {
    char *plain, *escaped;
};

static struct secret *secrets; /* the pinned ones, then up to ADDED_MAX others */
static size_t pinned, count, newest;

static const char *const words[] = {
    "secret",    "password", "token",  "credential",  "passphrase", "access.key",
    "accesskey", "api.key",  "apikey", "private.key", "privatekey", "account.key"};

void secret_write_pattern(struct buffer *pattern)
{
    buffer_add_text(pattern, "(?i)");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        buffer_printf(pattern, "%s|", words[i]);
    buffer_add_text(pattern, "://[^/@:\\s]+:[^/@\\s]+@"); /* a value: user:password@ */
}

bool secret_is_key(const char *key)
{
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
static void add_clean(const char *value, void (*add)(const char *value))
{
    struct buffer clean = {0};

    text_make_utf8(value, strlen(value), &clean);
    if (strcmp(buffer_text(&clean), value) != 0)
        add(buffer_text(&clean));
    buffer_release(&clean);
}

/* Whether it is one of the first so many. */
static bool is_among(size_t first, const char *value)
{
    for (size_t i = 0; i < first; i++)
        if (strcmp(secrets[i].plain, value) == 0)
            return true;
    return false;
}

static void set_secret(struct secret *secret, const char *value)
{
    free(secret->plain);
    free(secret->escaped);
    secret->plain = memory_copy_text(value);
    secret->escaped = escape(value);
}

/* One more place at `at`. */
static struct secret *insert(size_t at)
{
    secrets = memory_resize(secrets, (count + 1) * sizeof *secrets);
    memmove(secrets + at + 1, secrets + at, (count - at) * sizeof *secrets);
    secrets[at] = (struct secret){NULL, NULL};
    count++;
    return &secrets[at];
}

void secret_add(const char *value)
{
    if (strlen(value) < VALUE_MIN_LENGTH)
        return;
    add_clean(value, secret_add);
    if (is_among(count, value))
        return;
    if (count - pinned < ADDED_MAX) {
        newest = count - pinned;
        set_secret(insert(count), value);
        return;
    }
    newest = (newest + 1) % ADDED_MAX;
    set_secret(&secrets[pinned + newest], value);
}

void secret_pin(const char *value)
{
    if (strlen(value) < VALUE_MIN_LENGTH)
        return;
    add_clean(value, secret_pin);
    if (is_among(pinned, value))
        return;
    set_secret(insert(pinned), value);
    pinned++;
}

void secret_clear(void)
{
    for (size_t i = 0; i < count; i++) {
        free(secrets[i].plain);
        free(secrets[i].escaped);
    }
    free(secrets);
    secrets = NULL;
    pinned = count = newest = 0;
}

static const char *form_of(const struct secret *secret, bool is_escaped)
{
    return is_escaped ? secret->escaped : secret->plain;
}

/* Length of the longest secret that starts here; 0 when there is none. */
static size_t known_at(const char *text, size_t left, bool is_escaped)
{
    size_t longest = 0;

    for (size_t i = 0; i < count; i++) {
        const char *word = form_of(&secrets[i], is_escaped);
        size_t length = strlen(word);

        if (length > longest && length <= left && memcmp(word, text, length) == 0)
            longest = length;
    }
    return longest;
}

/* Secrets are looked for as they are, or as they stand inside a JSON string. */
static void mask_into(struct buffer *masked, const char *text, size_t length,
                      bool is_escaped)
{
    size_t at = 0, plain = 0;

    buffer_add(masked, "", 0);
    while (at < length && count > 0) {
        size_t known = known_at(text + at, length - at, is_escaped);

        if (known > 0) {
            buffer_add(masked, text + plain, at - plain);
            buffer_add_text(masked, "*****");
            plain = at + known;
        }
        at += known > 0 ? known : 1;
    }
    buffer_add(masked, text + plain, length - plain);
}

/* The strings inside a text that is JSON (scan_is_json); nothing else of it. */
static void mask_json_text(struct buffer *masked, const char *text, size_t length)
{
    const char *at = text, *end = text + length;

    while (at < end) {
        const char *quote = memchr(at, '"', (size_t)(end - at));
        const char *behind = quote != NULL ? scan_string(quote, end) : NULL;

        if (behind == NULL)
            break;
        buffer_add(masked, at, (size_t)(quote + 1 - at));
        mask_into(masked, quote + 1, (size_t)(behind - quote) - 2, true);
        buffer_add(masked, "\"", 1);
        at = behind;
    }
    buffer_add(masked, at, (size_t)(end - at));
}

char *secret_mask(const char *text, size_t length)
{
    struct buffer masked = {0};

    mask_into(&masked, text, length, false);
    return masked.data;
}

static void mask_string(json_t *string)
{
    const char *text = json_string_value(string), *raw = jx_raw_text(string);
    size_t length = json_string_length(string);
    struct buffer masked = {0};

    if (jx_masked_text(string) != NULL)
        return;
    if (raw != NULL) {
        buffer_add(&masked, text, (size_t)(raw - text)); /* what marks it as raw */
        mask_json_text(&masked, raw, length - (size_t)(raw - text));
    } else {
        mask_into(&masked, text, length, false);
    }
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
        if (strstr(text, secrets[i].escaped) != NULL)
            return true;
    return false;
}

/* Perhaps: a number of raw JSON may look like one. */
static bool is_in_string(const json_t *string)
{
    const char *raw = jx_raw_text(string);
    const char *text = json_string_value(string);
    size_t length = json_string_length(string);

    for (size_t i = 0; i < count && jx_masked_text(string) == NULL; i++) {
        const char *word = form_of(&secrets[i], raw != NULL);
        if (memmem(text, length, word, strlen(word)) != NULL)
            return true;
    }
    return false;
}

static bool is_in_tree(const json_t *value)
{
    const char *key;
    json_t *member;
    size_t i;

    if (json_is_string(value))
        return is_in_string(value);
    json_array_foreach (value, i, member)
        if (is_in_tree(member))
            return true;
    json_object_foreach ((json_t *)value, key, member)
        if (is_in_tree(member))
            return true;
    return false;
}

json_t *secret_mask_json(json_t *value)
{
    json_t *copy;

    if (value == NULL || !is_in_tree(value))
        return value;
    copy = json_deep_copy(value);
    json_decref(value);
    mask_tree(copy);
    return copy;
}
