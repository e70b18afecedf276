/*
 * Executions belong together by their plans, where those of both are known and equal but for
 * their numbers; else by what they are called, in the order in which they began.
 */
#include "diagnosis/compare_queries.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "base/memory.h"
#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NOISE_PERCENT = 10,
    NOISE_MS = 2000,
    QUERIES_MAX = 400,
    PAIRS_SHOWN = 8,
    TITLE_SHOWN = 60,
    NODES_MAX = 300,
    NODES_SHOWN = 10,
};

bool compare_differs(double first, double second)
{
    double more = first > second ? first : second, less = first > second ? second : first;

    return (more - less) * 100 > more * NOISE_PERCENT;
}

bool compare_is_longer(double first_ms, double second_ms)
{
    double more = first_ms > second_ms ? first_ms : second_ms,
           less = first_ms > second_ms ? second_ms : first_ms;

    return more - less >= NOISE_MS && compare_differs(first_ms, second_ms);
}

/* ---- two that belong together ---- */

static bool is_work(const char *name)
{
    return strstr(name, "AQEShuffleRead") == NULL &&
           strcmp(name, "AdaptiveSparkPlan") != 0;
}

/* The nodes that do something, in the order of the plan: "SortMergeJoin, Sort, Exchange". */
static void add_shape(struct buffer *shape, const struct query_facts *query)
{
    const json_t *row;
    size_t i;

    json_array_foreach (query->nodes, i, row)
        if (is_work(jx_string(row, "name")))
            buffer_printf(shape, "%s%s", shape->length > 0 ? ", " : "",
                          jx_string(row, "name"));
}

/* Where both plans part: "SortMergeJoin, ... became BroadcastHashJoin, ...". */
static void set_plan(json_t *row, const struct query_facts *first,
                     const struct query_facts *second)
{
    struct buffer a = {0}, b = {0};
    size_t same = 0;

    if (first == NULL || second == NULL)
        return;
    add_shape(&a, first);
    add_shape(&b, second);
    if (strcmp(buffer_text(&a), buffer_text(&b)) == 0) {
        jx_set_string(row, "plan", "the same");
    } else {
        for (size_t i = 0; a.data != NULL && b.data != NULL && a.data[i] != '\0' &&
                           a.data[i] == b.data[i];
             i++)
            same = a.data[i] == ' ' ? i + 1 : same;
        jx_set_format(row, "plan", "%.34s became %.34s", buffer_text(&a) + same,
                      buffer_text(&b) + same);
    }
    buffer_release(&a);
    buffer_release(&b);
}

json_t *compare_pair(const struct spark_query *first, const struct spark_query *second,
                     const struct query_facts *first_plan,
                     const struct query_facts *second_plan)
{
    json_t *row = jx_pack("{s:I, s:I}", "first", first->id, "second", second->id);

    if (first->duration_ms != UNKNOWN)
        jx_set_seconds(row, "firstSeconds", first->duration_ms);
    if (second->duration_ms != UNKNOWN)
        jx_set_seconds(row, "secondSeconds", second->duration_ms);
    jx_set_format(row, "description", "%.*s",
                  (int)text_cut(first->description, TITLE_SHOWN), first->description);
    set_plan(row, first_plan, second_plan);
    return row;
}

/* ---- which belong together ---- */

/* One that looks for its partner. */
struct candidate {
    struct spark_query query;
    const struct query_facts *plan; /* NULL: not known */
    struct buffer title, key;
    bool is_paired;
};

/* Without what differs from run to run: digits, and ids of operations. */
static void add_title(struct buffer *title, const char *description)
{
    for (const char *at = description; *at != '\0' && title->length < 200; at++)
        if (!isdigit((unsigned char)*at))
            buffer_add(title, at, 1);
        else if (title->length == 0 || title->data[title->length - 1] != '#')
            buffer_add_text(title, "#");
}

static struct candidate *candidates_of(const struct facts *facts, size_t *count)
{
    const json_t *queries = jx_array(facts->told, "queries");
    struct candidate *list;

    *count =
        json_array_size(queries) < QUERIES_MAX ? json_array_size(queries) : QUERIES_MAX;
    list = memory_new((*count + 1) * sizeof *list);
    for (size_t i = 0; i < *count; i++) {
        list[i].query = spark_query_of(json_array_get(queries, i));
        list[i].plan = facts_query(facts, list[i].query.id);
        add_title(&list[i].title, list[i].query.description);
        if (list[i].plan != NULL)
            query_add_key(&list[i].key, list[i].plan, false);
    }
    return list;
}

static void free_candidates(struct candidate *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buffer_release(&list[i].title);
        buffer_release(&list[i].key);
    }
    free(list);
}

static bool is_partner(const struct candidate *first, const struct candidate *second,
                       bool by_plan)
{
    const struct buffer *a = by_plan ? &first->key : &first->title,
                        *b = by_plan ? &second->key : &second->title;

    return !first->is_paired && !second->is_paired && (!by_plan || a->length > 0) &&
           strcmp(buffer_text(a), buffer_text(b)) == 0;
}

static double difference_of(const json_t *pair)
{
    double difference = json_number_value(json_object_get(pair, "firstSeconds")) -
                        json_number_value(json_object_get(pair, "secondSeconds"));

    return difference < 0 ? -difference : difference;
}

/* Those that differ most stand first; as many as are shown. */
static void insert_pair(json_t *pairs, json_t *pair)
{
    size_t at = 0;

    while (at < json_array_size(pairs) &&
           difference_of(json_array_get(pairs, at)) >= difference_of(pair))
        at++;
    json_array_insert_new(pairs, at, pair);
    if (json_array_size(pairs) > PAIRS_SHOWN)
        json_array_remove(pairs, PAIRS_SHOWN);
}

json_t *compare_pairs(const struct facts *first, const struct facts *second,
                      json_int_t *only_first, json_int_t *only_second)
{
    json_t *pairs = json_array();
    size_t count, others, paired = 0;
    struct candidate *a = candidates_of(first, &count),
                     *b = candidates_of(second, &others);

    for (int by_title = 0; by_title < 2; by_title++)
        for (size_t i = 0; i < count; i++)
            for (size_t o = 0; o < others && !a[i].is_paired; o++)
                if (is_partner(&a[i], &b[o], by_title == 0)) {
                    a[i].is_paired = b[o].is_paired = true;
                    insert_pair(pairs, compare_pair(&a[i].query, &b[o].query, a[i].plan,
                                                    b[o].plan));
                    paired++;
                }
    *only_first =
        (json_int_t)(json_array_size(jx_array(first->told, "queries")) - paired);
    *only_second =
        (json_int_t)(json_array_size(jx_array(second->told, "queries")) - paired);
    free_candidates(a, count);
    free_candidates(b, others);
    return pairs;
}

/* ---- node by node ---- */

struct plan {
    const json_t *rows[NODES_MAX];
    size_t count;
};

/* How long the longest part is that both have in common, from these two nodes on. */
typedef unsigned short common_table[NODES_MAX + 1][NODES_MAX + 1];

static void read_plan(struct plan *plan, const struct query_facts *query)
{
    const json_t *row;
    size_t i;

    plan->count = 0;
    json_array_foreach (query->nodes, i, row)
        if (is_work(jx_string(row, "name")) && plan->count < NODES_MAX)
            plan->rows[plan->count++] = row;
}

static bool is_same_node(const json_t *first, const json_t *second)
{
    return jx_is(second, "name", jx_string(first, "name"));
}

static void fill(common_table *common, const struct plan *a, const struct plan *b)
{
    for (size_t i = a->count; i-- > 0;)
        for (size_t k = b->count; k-- > 0;) {
            unsigned short without_a = (*common)[i + 1][k],
                           without_b = (*common)[i][k + 1];

            if (is_same_node(a->rows[i], b->rows[k]))
                (*common)[i][k] = (unsigned short)((*common)[i + 1][k + 1] + 1);
            else
                (*common)[i][k] = without_a > without_b ? without_a : without_b;
        }
}

/* Its own time, or that of the generated code that begins with it. */
static json_int_t time_of_node(const json_t *row)
{
    json_int_t own_ms = jx_int_or(row, "ms", UNKNOWN);

    return own_ms != UNKNOWN ? own_ms : jx_int_or(row, "pipelineMs", UNKNOWN);
}

static void set_side(json_t *row, const json_t *node, const char *rows,
                     const char *seconds, const char *stage)
{
    if (node == NULL)
        return;
    if (json_object_get(node, "rows") != NULL)
        json_object_set(row, rows, json_object_get(node, "rows"));
    if (time_of_node(node) != UNKNOWN)
        jx_set_seconds(row, seconds, time_of_node(node));
    if (json_object_get(node, "stage") != NULL)
        json_object_set(row, stage, json_object_get(node, "stage"));
}

static bool did_other_work(const json_t *first, const json_t *second)
{
    return compare_differs((double)or_0(jx_int_or(first, "rows", UNKNOWN)),
                           (double)or_0(jx_int_or(second, "rows", UNKNOWN))) ||
           compare_is_longer((double)or_0(time_of_node(first)),
                             (double)or_0(time_of_node(second)));
}

static void add_node(json_t *rows, const json_t *first, const json_t *second)
{
    json_t *row;

    if (json_array_size(rows) >= NODES_SHOWN ||
        (first != NULL && second != NULL && !did_other_work(first, second)))
        return;
    row = jx_pack("{s:s}", "node", jx_string(first != NULL ? first : second, "name"));
    set_side(row, first, "firstRows", "firstSeconds", "firstStage");
    set_side(row, second, "secondRows", "secondSeconds", "secondStage");
    json_array_append_new(rows, row);
}

json_t *compare_nodes(const struct query_facts *first, const struct query_facts *second)
{
    json_t *rows = json_array();
    struct plan a, b;
    common_table *common = memory_new(sizeof *common);
    size_t i = 0, k = 0;

    read_plan(&a, first);
    read_plan(&b, second);
    fill(common, &a, &b);
    while (i < a.count || k < b.count) {
        if (i < a.count && k < b.count && is_same_node(a.rows[i], b.rows[k])) {
            add_node(rows, a.rows[i++], b.rows[k++]);
        } else if (k == b.count ||
                   (i < a.count && (*common)[i + 1][k] >= (*common)[i][k + 1])) {
            add_node(rows, a.rows[i++], NULL);
        } else {
            add_node(rows, NULL, b.rows[k++]);
        }
    }
    free(common);
    return rows;
}
