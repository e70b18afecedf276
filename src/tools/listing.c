#include "tools/listing.h"

#include "base/clusters.h"
#include "base/jx.h"
#include "base/text.h"
#include "spark/local.h"
#include "spark/session.h"
#include "tools/tool_call.h"

#include <string.h>

enum {
    VALUES_MAX = 100,
    WAIT_MS = 3000 /* for each cluster: a person is typing */
};

struct listed {
    struct reply of[CLUSTERS_MAX];
};

static flow_step ask_clusters, merge;
static const struct flow_type listing_flow = {
    .name = "listing", .first = ask_clusters, .state_size = sizeof(struct listed)};

static bool can_be_asked(const json_t *input)
{
    return local_is_up() &&
           (!jx_bool(input, "needsSession") || session_driver_id()[0] != '\0');
}

static bool is_meant(const json_t *input, size_t cluster)
{
    return !jx_has_string(input, "cluster") ||
           jx_is(input, "cluster", clusters_name(cluster));
}

static void ask_here(struct flow *flow, struct reply *reply)
{
    json_t *input = flow_input(flow);
    json_t *arguments = json_loads(jx_string(input, "arguments"), 0, NULL);

    if (arguments == NULL)
        BUG("not JSON: %s", jx_string(input, "arguments"));
    if (clusters_are_named())
        jx_set_string(arguments, "cluster", clusters_name(clusters_here()));
    tool_call_ask(flow, tool_find(jx_string(input, "tool")), arguments, WAIT_MS,
                  optional(reply));
}

static struct next ask_clusters(struct flow *flow)
{
    struct listed *listed = flow_state(flow);
    size_t before = clusters_here();

    for (size_t i = 0; i < clusters_count(); i++) {
        clusters_enter(i);
        if (is_meant(flow_input(flow), i) && can_be_asked(flow_input(flow)))
            ask_here(flow, &listed->of[i]);
    }
    clusters_enter(before);
    return flow_then(flow, merge);
}

static bool has(const json_t *values, const json_t *value)
{
    const json_t *at;
    size_t i;

    json_array_foreach (values, i, at)
        if (json_equal((json_t *)at, (json_t *)value))
            return true;
    return false;
}

/* At most so many. */
static void add_values(json_t *values, const json_t *rows, const json_t *input,
                       size_t most)
{
    const json_t *row;
    size_t i, added = 0;

    json_array_foreach (rows, i, row) {
        json_t *value = json_object_get(row, jx_string(input, "key"));
        if (added == most)
            return;
        if (!text_starts_with(json_string_value(value), jx_string(input, "beginning")) ||
            has(values, value))
            continue;
        json_array_append(values, value);
        added++;
    }
}

/* A cluster that has many hides no other. */
static struct next merge(struct flow *flow)
{
    struct listed *listed = flow_state(flow);
    const json_t *input = flow_input(flow);
    json_t *values = json_array();
    size_t answered = 0;

    for (size_t i = 0; i < clusters_count(); i++)
        answered += listed->of[i].body != NULL;
    for (size_t i = 0; i < clusters_count(); i++)
        add_values(values, jx_array(listed->of[i].body, jx_string(input, "rows")), input,
                   VALUES_MAX / (answered > 0 ? answered : 1));
    return flow_done(flow, jx_pack("{s:o}", "values", values));
}

struct flow *listing_start(const struct listing *listing, const char *tool,
                           const char *beginning, const char *cluster,
                           const struct flow_client *client)
{
    json_t *input = jx_pack("{s:s, s:s, s:s, s:s, s:b, s:s, s:s}", "tool", tool,
                            "arguments", listing->arguments, "rows", listing->rows, "key",
                            listing->key, "needsSession", listing->needs_session,
                            "beginning", beginning, "cluster", cluster);

    return flow_start(&listing_flow, input, client);
}

json_t *listing_clusters(const char *beginning)
{
    json_t *values = json_array();

    for (size_t i = 0; clusters_are_named() && i < clusters_count(); i++)
        if (text_starts_with(clusters_name(i), beginning))
            json_array_append_new(values, json_string(clusters_name(i)));
    return values;
}
