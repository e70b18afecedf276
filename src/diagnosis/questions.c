/* What rules ask of the facts. */
#include "base/jx.h"
#include "base/text.h"
#include "diagnosis/facts.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

json_int_t or_0(json_int_t number)
{
    return number == UNKNOWN ? 0 : number;
}

/* ---- settings ---- */

const char *facts_setting(const struct facts *facts, const char *name)
{
    const json_t *pair;
    size_t i;

    json_array_foreach (jx_array(facts->told, "settings"), i, pair) {
        const char *key = json_string_value(json_array_get(pair, 0)),
                   *value = json_string_value(json_array_get(pair, 1));
        if (key != NULL && value != NULL && strcmp(key, name) == 0)
            return value;
    }
    return "";
}

json_int_t facts_setting_number(const struct facts *facts, const char *name,
                                json_int_t otherwise)
{
    const char *value = facts_setting(facts, name);

    return value[0] == '\0' ? otherwise : whole_of(strtod(value, NULL));
}

json_int_t facts_setting_bytes(const struct facts *facts, const char *name,
                               json_int_t otherwise)
{
    static const char units[] = "kmgt";
    const char *value = facts_setting(facts, name), *unit;
    char *end;
    double number = strtod(value, &end);

    if (end == value)
        return otherwise;
    unit = *end != '\0' ? strchr(units, *end | 0x20) : NULL;
    for (const char *at = units; unit != NULL && at <= unit; at++)
        number *= 1024;
    return whole_of(number);
}

struct heap_facts facts_heap(const struct facts *facts)
{
    const char *master = facts_setting(facts, "spark.master");
    bool is_local = strcmp(master, "local") == 0 || text_starts_with(master, "local[");
    struct heap_facts heap = {
        .property = is_local ? "spark.driver.memory" : "spark.executor.memory",
        .is_drivers = is_local,
    };

    heap.bytes = facts_setting_bytes(facts, heap.property, HEAP_BYTES);
    if (!is_local)
        heap.cores = facts_setting_number(facts, "spark.executor.cores", 1);
    else
        heap.cores = facts->executor_count > 0 ? facts->executors[0].slots : 1;
    return heap;
}

bool facts_speculates(const struct facts *facts)
{
    return strcmp(facts_setting(facts, "spark.speculation"), "true") == 0;
}

bool facts_aqe_is_off(const struct facts *facts, const struct query_facts *query)
{
    if (query_has_node(query, "Exchange"))
        return !query_has_node(query, "AdaptiveSparkPlan");
    return strcmp(facts_setting(facts, "spark.sql.adaptive.enabled"), "false") == 0;
}

/* ---- what belongs to what ---- */

/* Of several, the first to need it: the others skip it. */
struct spark_job facts_job_of_stage(const struct facts *facts, json_int_t stage_id)
{
    struct spark_job found = {.id = UNKNOWN, .name = "", .group = "", .description = ""};
    const json_t *member;
    size_t i;

    json_array_foreach (facts->jobs, i, member) {
        if (ids_have(jx_array(member, "stageIds"), stage_id)) {
            struct spark_job job = spark_job_of(member);
            if (found.id == UNKNOWN || job.id < found.id)
                found = job;
        }
    }
    return found;
}

static json_int_t find_query_of_stage(const struct facts *facts, json_int_t stage_id)
{
    struct spark_job job = facts_job_of_stage(facts, stage_id);

    return job.id == UNKNOWN ? UNKNOWN
                             : query_of_job(jx_array(facts->told, "queries"), job.id);
}

json_int_t facts_query_of_stage(const struct facts *facts, json_int_t stage_id)
{
    for (size_t i = 0; i < facts->stage_count && i < STAGES_CLOSE; i++)
        if (facts->stages[i].stage.id == stage_id && facts->stages[i].has_query)
            return facts->stages[i].query;
    return find_query_of_stage(facts, stage_id);
}

const struct query_facts *facts_plan_of_stage(const struct facts *facts,
                                              json_int_t stage_id)
{
    return facts_query(facts, facts_query_of_stage(facts, stage_id));
}

const struct query_facts *facts_query(const struct facts *facts, json_int_t id)
{
    for (size_t i = 0; i < facts->query_count; i++)
        if (id != UNKNOWN && facts->queries[i].query.id == id)
            return &facts->queries[i];
    return NULL;
}

const struct query_facts *facts_scope_query(const struct facts *facts)
{
    return facts_query(facts,
                       jx_int_or(jx_object(facts->told, "scope"), "execution", UNKNOWN));
}

const struct stage_facts *facts_longest_stage(const struct facts *facts,
                                              const struct query_facts *query)
{
    for (size_t i = 0; i < facts->stage_count && i < STAGES_CLOSE; i++)
        if (facts_query_of_stage(facts, facts->stages[i].stage.id) == query->query.id)
            return &facts->stages[i];
    return NULL;
}

const struct stage_facts *facts_stage(const struct facts *facts, json_int_t stage_id)
{
    for (size_t i = 0; i < facts->stage_count; i++)
        if (facts->stages[i].stage.id == stage_id)
            return &facts->stages[i];
    return NULL;
}

/* ---- quantiles ---- */

json_int_t stage_quantile(const struct stage_facts *stage, const char *part,
                          const char *key, enum quantile quantile)
{
    return summary_number(stage->summary, part, key, quantile);
}

bool stage_has_quantiles(const struct stage_facts *stage, json_int_t tasks_min)
{
    return stage->summary != NULL && stage->stage.tasks_done >= tasks_min;
}

/* ---- plans ---- */

bool query_has_node(const struct query_facts *query, const char *part)
{
    const json_t *row;
    size_t i;

    if (query != NULL)
        json_array_foreach (query->nodes, i, row)
            if (strstr(jx_string(row, "name"), part) != NULL)
                return true;
    return false;
}

const char *query_python_node(const struct query_facts *query)
{
    static const char *const names[] = {"BatchEvalPython", "ArrowEvalPython",
                                        "MapInPandas", "FlatMapGroupsInPandas",
                                        "PythonMapInArrow"};
    const json_t *row;
    size_t i;

    if (query != NULL)
        json_array_foreach (query->nodes, i, row)
            for (size_t n = 0; n < sizeof names / sizeof *names; n++)
                if (strstr(jx_string(row, "name"), names[n]) != NULL)
                    return names[n];
    return NULL;
}

const json_t *query_node(const struct query_facts *query, const json_t *row)
{
    json_int_t id = jx_int_or(row, "id", UNKNOWN);
    const json_t *node;
    size_t i;

    json_array_foreach (jx_array(query->body, "nodes"), i, node)
        if (jx_int_or(node, "nodeId", UNKNOWN) == id)
            return node;
    return NULL;
}

bool query_plan_says(const struct query_facts *query, const char *words)
{
    return query != NULL &&
           strstr(jx_string(query->body, "planDescription"), words) != NULL;
}

json_int_t query_measure(const struct query_facts *query, const json_t *row,
                         const char *metric)
{
    struct measure measure;

    return plan_measure(query_node(query, row), metric, &measure)
               ? whole_of(measure.total)
               : UNKNOWN;
}

static json_int_t depth_at(const struct query_facts *query, size_t at)
{
    return jx_int_or(json_array_get(query->nodes, at), "depth", UNKNOWN);
}

size_t query_child(const struct query_facts *query, size_t parent, size_t after)
{
    json_int_t depth = depth_at(query, parent);

    for (size_t i = after + 1; depth_at(query, i) > depth; i++)
        if (depth_at(query, i) == depth + 1)
            return i;
    return SIZE_MAX;
}

json_int_t query_rows(const struct query_facts *query, size_t at)
{
    while (at != SIZE_MAX) {
        json_int_t rows = jx_int_or(json_array_get(query->nodes, at), "rows", UNKNOWN);
        if (rows != UNKNOWN)
            return rows;
        at = query_child(query, at, at);
    }
    return UNKNOWN;
}
