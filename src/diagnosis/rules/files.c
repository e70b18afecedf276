/*
 * Files: many small ones read (P9) or written (P10). Opening one costs as much as reading
 * some megabytes; spark.sql.files.openCostInBytes counts it as 4 MiB.
 */
#include "diagnosis/rules.h"

#include "base/jx.h"

#include <string.h>

enum {
    READ_MIN = 200, /* fewer are opened in a second */
    WRITTEN_MIN = 100,
    SMALL_BYTES = 4 << 20,
    GOOD_BYTES = 128 << 20,     /* Spark's own partition size */
    BYTES_PER_SECOND = 50 << 20 /* what a slot reads of csv or json, cautiously */
};

/* How long the same bytes would take in few files, at most the wall. */
static json_int_t saves_of(const struct stage_facts *stage, json_int_t bytes)
{
    double needed_ms = (double)bytes * 1000 / BYTES_PER_SECOND / stage->slots;

    return stage->wall_ms - whole_of(needed_ms);
}

static json_int_t good_count(json_int_t bytes)
{
    return bytes / GOOD_BYTES + 1;
}

/* The stage that a node says, else the longest of the execution. */
static const struct stage_facts *stage_of(const struct facts *facts,
                                          const struct query_facts *query,
                                          const json_t *row)
{
    json_int_t id = jx_int_or(row, "stage", UNKNOWN);

    return id != UNKNOWN && facts_stage(facts, id) != NULL
               ? facts_stage(facts, id)
               : facts_longest_stage(facts, query);
}

void rule_small_files_read(const struct facts *facts, struct findings *findings)
{
    for (size_t q = 0; q < facts->query_count; q++) {
        const struct query_facts *query = &facts->queries[q];
        const json_t *row;
        size_t i;

        json_array_foreach (query->nodes, i, row) {
            const struct stage_facts *stage = stage_of(facts, query, row);
            json_int_t files = query_measure(query, row, "number of files read"),
                       bytes = query_measure(query, row, "size of files read"),
                       listing = query_measure(query, row, "metadata time");
            struct finding finding;

            if (files < READ_MIN || bytes == UNKNOWN || bytes / files >= SMALL_BYTES ||
                stage == NULL)
                continue;
            finding = finding_of(facts, "P9", "many small files are read", stage);
            finding.saves_ms = saves_of(stage, bytes);
            finding.sure = 85;
            finding_evidence(&finding, "%lld files of %s on average; their stage took %s",
                             (long long)files, in_bytes(bytes / files).text,
                             in_seconds(stage->wall_ms).text);
            if (listing > 0)
                finding_evidence(&finding, ", listing them %s", in_seconds(listing).text);
            finding_change(
                &finding,
                "Write them anew once in %lld files (repartition(%lld) before "
                "the write, or OPTIMIZE of the table format); whoever makes them "
                "should make fewer.",
                (long long)good_count(bytes), (long long)good_count(bytes));
            findings_add(findings, &finding);
        }
    }
}

void rule_small_files_written(const struct facts *facts, struct findings *findings)
{
    for (size_t q = 0; q < facts->query_count; q++) {
        const struct query_facts *query = &facts->queries[q];
        const struct stage_facts *stage = facts_longest_stage(facts, query);
        const json_t *row;
        size_t i;

        json_array_foreach (query->nodes, i, row) {
            json_int_t files = query_measure(query, row, "number of written files"),
                       bytes = query_measure(query, row, "written output"),
                       parts = query_measure(query, row, "number of dynamic part");
            struct finding finding;

            if (files < WRITTEN_MIN || bytes == UNKNOWN || bytes / files >= SMALL_BYTES ||
                (parts > 0 && files <= 2 * parts) || stage == NULL)
                continue;
            finding = finding_of(facts, "P10", "many small files are written", stage);
            finding.saves_ms = saves_of(stage, bytes);
            finding.sure = 85;
            finding_evidence(&finding, "%lld files of %s on average; the stage took %s",
                             (long long)files, in_bytes(bytes / files).text,
                             in_seconds(stage->wall_ms).text);
            if (parts > 0)
                finding_change(&finding,
                               "repartition() by the columns of partitionBy before the "
                               "write: one file for each of the %lld partitions.",
                               (long long)parts);
            else
                /* coalesce() would take the work before it into as few tasks: P12 */
                finding_change(&finding,
                               "repartition(%lld) before the write, in place of the "
                               "one that made so many.",
                               (long long)good_count(bytes));
            findings_add(findings, &finding);
        }
    }
}
