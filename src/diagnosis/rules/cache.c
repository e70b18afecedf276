/* What is computed again (P21): a cache that does not hold all of it, or a plan that runs
 * several times where its result could have been kept. */
#include "diagnosis/rules.h"

#include "base/buffer.h"
#include "base/jx.h"

#include <string.h>

enum {
    SAME_MIN = 3, /* twice the same may be a check */
};

/* Of an execution the longest stage, as far as it was looked at. */
static json_int_t time_of_query(const struct facts *facts,
                                const struct query_facts *query)
{
    const struct stage_facts *stage = facts_longest_stage(facts, query);

    return stage != NULL ? stage->wall_ms : 0;
}

/* A table that was cached by its name is one too. */
static bool reads_cache(const struct query_facts *query)
{
    return query_has_node(query, "InMemoryTableScan") ||
           query_has_node(query, "Scan In-memory table");
}

/* ---- a cache that is not whole ---- */

/* What read from a cache, but for the execution that filled it. */
static json_int_t time_of_readers(const struct facts *facts)
{
    json_int_t sum_ms = 0, first_ms = 0, first_id = UNKNOWN;

    for (size_t q = 0; q < facts->query_count; q++) {
        const struct query_facts *query = &facts->queries[q];
        json_int_t own_ms = time_of_query(facts, query);

        if (!reads_cache(query))
            continue;
        sum_ms += own_ms;
        if (first_id == UNKNOWN || query->query.id < first_id) {
            first_id = query->query.id;
            first_ms = own_ms;
        }
    }
    return sum_ms - first_ms;
}

/* With several caches, which one an execution reads from is not told. */
static void find_evicted(const struct facts *facts, struct findings *findings)
{
    const json_t *caches = jx_array(facts->told, "storage"),
                 *cache = json_array_get(caches, 0);
    json_int_t partitions = number_of(cache, "numPartitions"),
               cached = number_of(cache, "numCachedPartitions");
    struct finding finding =
        finding_of(facts, "P21", "a cache does not hold it all", NULL);

    if (json_array_size(caches) != 1 || partitions <= 0 || cached < 0 ||
        cached >= partitions || strstr(jx_string(cache, "storageLevel"), "Disk") != NULL)
        return;
    finding.saves_ms = whole_of((double)time_of_readers(facts) *
                                (double)(partitions - cached) / (double)partitions);
    finding.sure = 70;
    finding_evidence(&finding,
                     "%lld of %lld partitions are cached (%s); the others are computed "
                     "again by each that reads them",
                     (long long)cached, (long long)partitions,
                     in_bytes(or_0(number_of(cache, "memoryUsed"))).text);
    finding_change(&finding,
                   "persist(StorageLevel.MEMORY_AND_DISK), fewer columns in it, "
                   "or more memory; unpersist() what is not read again.");
    findings_add(findings, &finding);
}

/* ---- the same again ---- */

static size_t count_same(const struct facts *facts, size_t first, json_int_t *again_ms)
{
    struct buffer key = {0};
    size_t count = 1;

    query_add_key(&key, &facts->queries[first], true);
    *again_ms = 0;
    for (size_t q = first + 1; key.length > 0 && q < facts->query_count; q++) {
        struct buffer other = {0};

        query_add_key(&other, &facts->queries[q], true);
        if (strcmp(buffer_text(&key), buffer_text(&other)) == 0) {
            count++;
            *again_ms += time_of_query(facts, &facts->queries[q]);
        }
        buffer_release(&other);
    }
    buffer_release(&key);
    return count;
}

/* Of a session, its user wanted it so. */
static void find_repeated(const struct facts *facts, struct findings *findings)
{
    if (facts->is_session && jx_object(facts->told, "scope") == NULL)
        return;
    for (size_t q = 0; q + SAME_MIN <= facts->query_count; q++) {
        const struct query_facts *query = &facts->queries[q];
        json_int_t again_ms;
        size_t count;
        struct finding finding;

        if (reads_cache(query))
            continue;
        count = count_same(facts, q, &again_ms);
        if (count < SAME_MIN)
            continue;
        finding = finding_of(facts, "P21", "the same is computed several times",
                             facts_longest_stage(facts, query));
        finding.saves_ms = again_ms;
        finding.sure = 50;
        finding_evidence(&finding,
                         "%zu executions have the same plan with the same values", count);
        finding_change(&finding, "Keep the result, or cache() what they have in common "
                                 "before the first of them.");
        findings_add(findings, &finding);
        return;
    }
}

void rule_cache(const struct facts *facts, struct findings *findings)
{
    find_evicted(facts, findings);
    find_repeated(facts, findings);
}
