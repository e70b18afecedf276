#include "spark/rows.h"

#include "base/jx.h"
#include "base/scan.h"
#include "spark/watching.h"

#include <string.h>

enum {
    SLICE = 128 * 1024,  /* bytes of text between two looks at other calls: some ms */
    VALUES_MAX = 100000, /* of one object */
};

struct rows {
    struct reply answer;
    json_t *kept;
    size_t at;
    bool has_begun;
};

static flow_step ask, read_slice;

static void release(void *state)
{
    struct rows *rows = state;

    json_decref(rows->kept);
}

static const struct flow_type rows_flow = {
    .name = "rows", .first = ask, .state_size = sizeof(struct rows), .release = release};

static struct next ask(struct flow *flow)
{
    struct rows *rows = flow_state(flow);
    const json_t *input = flow_input(flow);

    rows->kept = json_array();
    watching_get_text(flow, json_object_get(input, "place"), jx_string(input, "path"),
                      &rows->answer);
    return flow_then(flow, read_slice);
}

/* Behind the object that begins here; NULL when it does not end. */
static const char *end_of_object(const char *at, const char *end)
{
    int depth = 0;

    while (at < end) {
        if (*at == '"') {
            at = scan_string(at, end);
            if (at == NULL)
                return NULL;
            continue;
        }
        depth += *at == '{' || *at == '[' ? 1 : *at == '}' || *at == ']' ? -1 : 0;
        at++;
        if (depth == 0)
            return at;
    }
    return NULL;
}

static void keep(json_t *kept, const json_t *object, const json_t *keys)
{
    json_t *row = json_object(), *value;
    const json_t *key;
    size_t i;

    json_array_foreach (keys, i, key) {
        value = json_object_get(object, json_string_value(key));
        if (value != NULL)
            json_object_set(row, json_string_value(key), value);
    }
    json_array_append_new(kept, row);
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
        const char *at = start + rows->at, *behind;
        json_auto_t *object = NULL;

        at += strspn(at, rows->has_begun ? ", \n\r\t" : " \n\r\t");
        if (at < end && *at == (rows->has_begun ? ']' : '[')) {
            rows->at = (size_t)(at + 1 - start);
            if (rows->has_begun)
                return flow_done(flow, json_incref(rows->kept));
            rows->has_begun = true;
            continue;
        }
        behind =
            at < end && rows->has_begun && *at == '{' ? end_of_object(at, end) : NULL;
        if (behind != NULL && jx_count_values(at, (size_t)(behind - at)) > VALUES_MAX)
            return flow_refuse(flow, ERROR_TOO_LARGE, NULL,
                               "one of the objects of '%s' is too large",
                               jx_string(flow_input(flow), "path"));
        if (behind != NULL)
            object = json_loadb(at, (size_t)(behind - at), JSON_ALLOW_NUL, NULL);
        if (object == NULL)
            return refuse(flow);
        keep(rows->kept, object, jx_array(flow_input(flow), "keep"));
        rows->at = (size_t)(behind - start);
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
