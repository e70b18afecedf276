#include "spark/rows.h"

#include "base/jx.h"
#include "base/memory.h"
#include "base/scan.h"
#include "spark/watching.h"

#include <stdlib.h>
#include <string.h>

enum {
    SLICE = 128 * 1024,   /* bytes of text between two looks at other calls: some ms */
    VALUES_MAX = 1000000, /* kept, an object counts as one: some 150 MB */
    DIGITS_MAX = 18,      /* below 2^63 */
};

struct key {
    const char *text;
    size_t length;
};

struct rows {
    struct reply answer;
    struct key *keys; /* those that are kept; texts of the input */
    size_t key_count;
    json_t *kept;
    size_t at, values;
    bool has_begun;
};

static flow_step ask, read_slice;

static void release(void *state)
{
    struct rows *rows = state;

    free(rows->keys);
    json_decref(rows->kept);
}

static const struct flow_type rows_flow = {
    .name = "rows", .first = ask, .state_size = sizeof(struct rows), .release = release};

static struct next ask(struct flow *flow)
{
    struct rows *rows = flow_state(flow);
    const json_t *input = flow_input(flow), *key;
    size_t i;

    rows->kept = json_array();
    rows->key_count = json_array_size(jx_array(input, "keep"));
    rows->keys = memory_new((rows->key_count + 1) * sizeof *rows->keys);
    json_array_foreach (jx_array(input, "keep"), i, key)
        rows->keys[i] = (struct key){json_string_value(key), json_string_length(key)};
    watching_get_text(flow, json_object_get(input, "place"), jx_string(input, "path"),
                      &rows->answer);
    return flow_then(flow, read_slice);
}

/* The text ends with a NUL, which is no blank. */
static const char *skip_blank(const char *at)
{
    return at + strspn(at, " \n\r\t");
}

static bool is_kept(const struct rows *rows, const struct scan_member *member)
{
    for (const struct key *key = rows->keys; key < rows->keys + rows->key_count; key++)
        if (key->length == member->key_length &&
            memcmp(key->text, member->key, member->key_length) == 0)
            return true;
    return false;
}

/* New; NULL when it is no value. What most are, texts without escapes and counts, needs
 * none of jansson's reading, which takes ten times as long. */
static json_t *read_value(const char *at, size_t length)
{
    if (*at == '"' && memchr(at, '\\', length) == NULL)
        return json_stringn(at + 1, length - 2);
    if (length <= DIGITS_MAX && (*at != '0' || length == 1) &&
        strspn(at, "0123456789") == length)
        return json_integer(strtoll(at, NULL, 10));
    return json_loadb(at, length, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
}

/* Reads the object that begins here, but for members that are not kept: those are passed
 * over. Behind it; NULL when it does not end, is none, or has too many values. */
static const char *read_object(struct rows *rows, const char *at, const char *end,
                               json_t *row)
{
    struct scan_member member;

    if (*skip_blank(at + 1) == '}')
        return skip_blank(at + 1) + 1;
    do {
        size_t length;

        at = scan_next_member(at, end, &member);
        if (at == NULL)
            return NULL;
        if (!is_kept(rows, &member))
            continue;
        length = (size_t)(member.value_end - member.value);
        rows->values += jx_count_values(member.value, length);
        if (rows->values > VALUES_MAX ||
            json_object_setn_new(row, member.key, member.key_length,
                                 read_value(member.value, length)) != 0)
            return NULL;
    } while (at < end && *at == ',');
    return at < end && *at == '}' ? at + 1 : NULL;
}

static struct next refuse(struct flow *flow)
{
    return flow_refuse(flow, ERROR_BAD_ANSWER,
                       "Try again; if it stays, look at that address by hand.",
                       "'%s' did not answer with a list of objects",
                       jx_string(flow_input(flow), "path"));
}

static struct next read_slice(struct flow *flow)
{
    struct rows *rows = flow_state(flow);
    const json_t *text = json_object_get(rows->answer.body, "text");
    const char *start = json_string_value(text),
               *end = start != NULL ? start + json_string_length(text) : NULL;
    size_t stop = rows->at + SLICE;

    if (start == NULL)
        return refuse(flow);
    for (;;) {
        const char *at = skip_blank(start + rows->at);
        json_auto_t *row = json_object();

        if (rows->has_begun && *at == ',')
            at = skip_blank(at + 1);
        if (at < end && *at == (rows->has_begun ? ']' : '[')) {
            rows->at = (size_t)(at + 1 - start);
            if (rows->has_begun)
                return flow_done(flow, json_incref(rows->kept));
            rows->has_begun = true;
            continue;
        }
        at = rows->has_begun && *at == '{' ? read_object(rows, at, end, row) : NULL;
        if (++rows->values > VALUES_MAX)
            return flow_refuse(flow, ERROR_TOO_LARGE, NULL,
                               "'%s' has more than %d values",
                               jx_string(flow_input(flow), "path"), VALUES_MAX);
        if (at == NULL)
            return refuse(flow);
        json_array_append(rows->kept, row);
        rows->at = (size_t)(at - start);
        if (rows->at > stop) {
            flow_sleep(flow, 0);
            return flow_then(flow, read_slice);
        }
    }
}

void rows_get(struct flow *flow, const json_t *place, const char *path,
              const char *const *keys, struct reply *reply)
{
    json_t *list = json_array();

    for (; *keys != NULL; keys++)
        json_array_append_new(list, json_string(*keys));
    flow_run(flow, &rows_flow,
             jx_pack("{s:O, s:s, s:o}", "place", place, "path", path, "keep", list),
             reply);
}
