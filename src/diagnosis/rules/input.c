/* What is read for nothing: far more than is kept (P29), the same twice for its schema (P30).
 */
#include "diagnosis/rules.h"

#include "base/jx.h"
#include "base/text.h"

#include <string.h>

enum {
    PARTITIONS_MIN = 10, /* fewer are a choice of how to store, not of what to read */
    KEPT_PERCENT = 10,   /* of the rows: with more, reading them all is right */
    SAME_PERCENT = 5,    /* csv is read with its header once, and without */
    FILTER_ABOVE = 3,    /* nodes between a scan and its filter: ColumnarToRow, Project */
};

/* ---- P29 ---- */

/* Rows that the filter right above a scan keeps; UNKNOWN without such a filter. */
static json_int_t kept_above(const struct query_facts *query, size_t at)
{
    json_int_t depth = jx_int(json_array_get(query->nodes, at), "depth");

    for (size_t above = at; above > 0 && at - above < FILTER_ABOVE; above--) {
        const json_t *row = json_array_get(query->nodes, above - 1);

        if (jx_int(row, "depth") != depth - (json_int_t)(at - above) - 1)
            return UNKNOWN;
        if (jx_is(row, "name", "Filter"))
            return query_measure(query, row, "number of output rows");
    }
    return UNKNOWN;
}

/* Spark writes PartitionFilters only where there are some. */
void rule_read_too_much(const struct facts *facts, struct findings *findings)
{
    for (size_t q = 0; q < facts->query_count; q++) {
        const struct query_facts *query = &facts->queries[q];
        const struct stage_facts *stage = facts_longest_stage(facts, query);

        if (stage == NULL || query_plan_says(query, "PartitionFilters: ["))
            continue;
        for (size_t at = 0; at < json_array_size(query->nodes); at++) {
            const json_t *row = json_array_get(query->nodes, at);
            json_int_t parts = query_measure(query, row, "number of partitions read"),
                       rows, kept;
            struct finding finding;

            if (parts < PARTITIONS_MIN)
                continue;
            rows = query_measure(query, row, "number of output rows");
            kept = kept_above(query, at);
            if (rows <= 0 || kept == UNKNOWN || kept > rows / 100 * KEPT_PERCENT)
                continue;
            finding = finding_of(facts, "P29", "far more is read than is needed", stage);
            finding.saves_ms = stage->wall_ms / 2;
            finding.sure = 60;
            finding_evidence(
                &finding,
                "All %lld partitions are read, %lld rows, of which the filter "
                "keeps %lld; what reading costs is an estimate",
                (long long)parts, (long long)rows, (long long)kept);
            finding_change(
                &finding, "Filter by a column of the partitions too, without a function "
                          "around it; or store the data partitioned or sorted by what is "
                          "filtered.");
            findings_add(findings, &finding);
        }
    }
}

/* ---- P30 ---- */

static bool is_for_schema(const struct spark_job *job)
{
    return text_starts_with(job->name, "csv at ") ||
           text_starts_with(job->name, "json at ") ||
           text_starts_with(job->name, "load at ");
}

/* A later stage that read the same amount. */
static const struct stage_facts *read_again(const struct facts *facts,
                                            const struct stage_facts *first)
{
    for (size_t i = 0; i < facts->stage_count; i++) {
        const struct stage_facts *stage = &facts->stages[i];
        json_int_t bytes = first->stage.input_bytes,
                   differs = stage->stage.input_bytes - bytes;

        if (stage->stage.id > first->stage.id &&
            (differs < 0 ? -differs : differs) <= bytes / 100 * SAME_PERCENT)
            return stage;
    }
    return NULL;
}

void rule_read_for_schema(const struct facts *facts, struct findings *findings)
{
    for (size_t i = 0; i < facts->stage_count && i < STAGES_CLOSE; i++) {
        const struct stage_facts *stage = &facts->stages[i], *again;
        struct spark_job job = facts_job_of_stage(facts, stage->stage.id);
        struct finding finding;

        if (or_0(stage->stage.input_bytes) == 0 || !is_for_schema(&job))
            continue;
        again = read_again(facts, stage);
        if (again == NULL)
            continue;
        finding =
            finding_of(facts, "P30", "the input is read twice for its schema", stage);
        finding.saves_ms = stage->wall_ms;
        finding.sure = 70;
        finding_evidence(&finding, "%s read %s, and stage %lld the same again", job.name,
                         in_bytes(stage->stage.input_bytes).text,
                         (long long)again->stage.id);
        finding_change(&finding,
                       "Give the schema (schema('id bigint, ...') in place of "
                       "inferSchema), read a part for it (samplingRatio=0.1), or "
                       "keep the data as parquet.");
        findings_add(findings, &finding);
    }
}
