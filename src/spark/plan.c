/*
 * Nodes come in no order, with edges from child to parent. "WholeStageCodegen (2)" is a node
 * without edges: a frame around those whose wholeStageCodegenId is 2, with one metric, how
 * long they took together.
 */
#include "spark/plan.h"

#include "base/jx.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NODES_MAX = 2000, DEPTH_MAX = 400 };

/* ---- metrics ---- */

/* "20,000", "3.1 KiB", "0 ms", "1.2 m"; the end of it, NULL when it is none. */
static const char *read_one(const char *text, enum measure_unit *unit, double *value)
{
    static const struct {
        const char *name;
        enum measure_unit unit;
        double factor;
    } units[] = {{"ms", MEASURE_MS, 1},
                 {"s", MEASURE_MS, 1000},
                 {"m", MEASURE_MS, 60000},
                 {"h", MEASURE_MS, 3600000},
                 {"B", MEASURE_BYTES, 1},
                 {"KiB", MEASURE_BYTES, 1024},
                 {"MiB", MEASURE_BYTES, 1048576},
                 {"GiB", MEASURE_BYTES, 1073741824.0},
                 {"TiB", MEASURE_BYTES, 1099511627776.0},
                 {"PiB", MEASURE_BYTES, 1125899906842624.0},
                 {"EiB", MEASURE_BYTES, 1152921504606846976.0}};
    char digits[40];
    size_t length = 0, used = strspn(text, "0123456789.,-E+");
    const char *end = text + used;

    for (size_t i = 0; i < used && length < sizeof digits - 1; i++)
        if (text[i] != ',')
            digits[length++] = text[i];
    digits[length] = '\0';
    while (used > 0 && end[-1] == ',') /* "1 ms, 2 ms": of the list */
        end--;
    if (length == 0)
        return NULL;
    *value = strtod(digits, NULL);
    *unit = MEASURE_NUMBER;
    for (size_t i = 0; i < sizeof units / sizeof *units && *end == ' '; i++) {
        size_t name = strcspn(end + 1, ",() \n");
        if (strlen(units[i].name) == name && strncmp(end + 1, units[i].name, name) == 0) {
            *value *= units[i].factor;
            *unit = units[i].unit;
            return end + 1 + name;
        }
    }
    return end;
}

/* "(1 ms, 9 ms, 9 ms (stage 0.0: task 0))" */
static void read_spread(const char *text, struct measure *measure)
{
    enum measure_unit unit;
    const char *at = text;
    long long stage, attempt, task;

    for (int i = 0; i < 3 && at != NULL; i++) {
        at += strspn(at, " (,");
        at = read_one(at, &unit, &measure->max);
    }
    if (at != NULL &&
        sscanf(at, " (stage %lld.%lld: task %lld)", &stage, &attempt, &task) == 3) {
        measure->stage = stage;
        measure->task = task;
    }
}

bool measure_read(const char *text, struct measure *measure)
{
    const char *line = strchr(text, '\n');

    *measure = (struct measure){.stage = UNKNOWN, .task = UNKNOWN};
    if (line != NULL)
        text = line + 1;
    text = read_one(text, &measure->unit, &measure->total);
    if (text == NULL)
        return false;
    measure->max = measure->total;
    if (*text == ' ')
        read_spread(text, measure);
    return true;
}

bool plan_measure(const json_t *node, const char *metric, struct measure *measure)
{
    const json_t *member;
    size_t i;

    json_array_foreach (jx_array(node, "metrics"), i, member)
        if (jx_is(member, "name", metric))
            return measure_read(jx_string(member, "value"), measure);
    return false;
}

/* ---- what a node did ---- */

static void set_number(json_t *row, const char *key, double number)
{
    json_object_set_new(row, key, json_integer(whole_of(number)));
}

/* The first of these metrics that it has. */
static void set_first(json_t *row, const char *key, const json_t *node,
                      const char *const *metrics)
{
    struct measure measure;

    for (; *metrics != NULL; metrics++)
        if (plan_measure(node, *metrics, &measure)) {
            set_number(row, key, measure.total);
            return;
        }
}

/* Of shuffles, "reqs duration" is the time of requests that overlap. */
static void set_time(json_t *row, const json_t *node)
{
    const json_t *member;
    double sum = 0;
    bool is_known = false;
    size_t i;

    json_array_foreach (jx_array(node, "metrics"), i, member) {
        struct measure measure;

        if (strstr(jx_string(member, "name"), "reqs duration") != NULL ||
            !measure_read(jx_string(member, "value"), &measure))
            continue;
        if (measure.stage != UNKNOWN && json_object_get(row, "stage") == NULL)
            json_object_set_new(row, "stage", json_integer(measure.stage));
        if (measure.unit == MEASURE_MS) {
            sum += measure.total;
            is_known = true;
        }
    }
    if (is_known)
        set_number(row, "ms", sum);
}

static json_t *row_of(const json_t *node, json_int_t depth)
{
    static const char *const
        rows[] = {"number of output rows", "shuffle records written", "number of rows",
                  NULL},
        *const bytes[] = {"data size", "size of files read", "written output",
                          "shuffle bytes written", NULL},
        *const spill[] = {"spill size", NULL}, *const peak[] = {"peak memory", NULL};
    json_t *row = jx_pack("{s:I, s:I, s:s}", "depth", depth, "id", jx_int(node, "nodeId"),
                          "name", jx_string(node, "nodeName"));

    jx_set_string(row, "text", jx_string(node, "desc")); /* 4.3 on */
    set_first(row, "rows", node, rows);
    set_first(row, "bytes", node, bytes);
    set_first(row, "spillBytes", node, spill);
    set_first(row, "peakBytes", node, peak);
    set_time(row, node);
    return row;
}

/* ---- the tree ---- */

static const json_t *find_node(const json_t *nodes, json_int_t id)
{
    const json_t *node;
    size_t i;

    json_array_foreach (nodes, i, node)
        if (jx_int_or(node, "nodeId", UNKNOWN) == id)
            return node;
    return NULL;
}

static bool is_frame(const json_t *node)
{
    return text_starts_with(jx_string(node, "nodeName"), "WholeStageCodegen (");
}

/* Its time stands at the first of its nodes, which the row is of. */
static void set_pipeline(json_t *row, const json_t *query, const json_t *node,
                         json_t *seen)
{
    char name[60];
    const json_t *member;
    struct measure measure;
    size_t i;

    if (json_object_get(node, "wholeStageCodegenId") == NULL)
        return;
    snprintf(name, sizeof name, "WholeStageCodegen (%lld)",
             (long long)jx_int(node, "wholeStageCodegenId"));
    if (json_object_get(seen, name) != NULL)
        return;
    json_object_set_new(seen, name, json_true());
    json_array_foreach (jx_array(query, "nodes"), i, member)
        if (jx_is(member, "nodeName", name) &&
            plan_measure(member, "duration", &measure)) {
            set_number(row, "pipelineMs", measure.total);
            if (measure.stage != UNKNOWN)
                json_object_set_new(row, "stage", json_integer(measure.stage));
        }
}

/* Children come in the order of the edges, which is that of the plan. */
static void add_tree(json_t *rows, json_t *seen, const json_t *query, json_int_t id,
                     json_int_t depth)
{
    const json_t *node = find_node(jx_array(query, "nodes"), id), *edge;
    json_t *row;
    size_t i;

    if (node == NULL || depth > DEPTH_MAX || json_array_size(rows) >= NODES_MAX)
        return;
    row = row_of(node, depth);
    set_pipeline(row, query, node, seen);
    json_array_append_new(rows, row);
    json_array_foreach (jx_array(query, "edges"), i, edge)
        if (jx_int_or(edge, "toId", UNKNOWN) == id)
            add_tree(rows, seen, query, jx_int_or(edge, "fromId", UNKNOWN), depth + 1);
}

static bool has_parent(const json_t *query, json_int_t id)
{
    const json_t *edge;
    size_t i;

    json_array_foreach (jx_array(query, "edges"), i, edge)
        if (jx_int_or(edge, "fromId", UNKNOWN) == id)
            return true;
    return false;
}

json_t *plan_nodes(const json_t *query)
{
    json_t *rows = json_array();
    json_auto_t *seen = json_object();
    const json_t *node;
    size_t i;

    json_array_foreach (jx_array(query, "nodes"), i, node)
        if (!is_frame(node) && !has_parent(query, jx_int_or(node, "nodeId", UNKNOWN)))
            add_tree(rows, seen, query, jx_int_or(node, "nodeId", UNKNOWN), 0);
    return rows;
}

const char *plan_initial(const char *description, size_t *length)
{
    static const char header[] = "== Initial Plan ==\n";
    const char *start = strstr(description, header), *end;

    if (start == NULL)
        return NULL;
    start += strlen(header);
    end = strstr(start, "\n\n");
    *length = end != NULL ? (size_t)(end - start) : strlen(start);
    return start;
}
