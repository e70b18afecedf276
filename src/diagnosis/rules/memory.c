/* What lacks memory: data that is spilled to disk (P3), time that goes to GC (P4). */
#include "diagnosis/rules.h"

#include "base/jx.h"

#include <stdlib.h>

enum {
    SPILL_BYTES = 64 << 20,
    SPILL_PERCENT = 10, /* of what the stage read */
    DISK_BYTES_PER_S =
        100 << 20, /* a slot of a common disk; written once and read once */
    GC_PERCENT = 15,
    GC_USUAL_PERCENT = 5, /* what a healthy stage has */
    GC_RUN_MS =
        20000, /* of task time: a JVM's first seconds load classes, 41 % GC was seen */
    RESERVED = 300 << 20, /* Spark's own, RESERVED_SYSTEM_MEMORY_BYTES */
    MIB = 1 << 20,
};

/* What a task may use of the heap for its work, half of it being sure. */
static json_int_t memory_of_task(const struct facts *facts)
{
    json_int_t heap = facts_setting_bytes(facts, "spark.executor.memory", 1024LL * MIB),
               cores = facts_setting_number(facts, "spark.executor.cores", 1);
    double set = strtod(facts_setting(facts, "spark.memory.fraction"), NULL),
           fraction = set > 0 ? set : 0.6;

    return whole_of((double)(heap - RESERVED) * fraction / 2 /
                    (double)(cores > 0 ? cores : 1));
}

static void advise_spill(struct finding *finding, const struct facts *facts,
                         const struct stage_facts *stage)
{
    json_int_t spilled = stage_quantile(stage, NULL, "memoryBytesSpilled", MOST),
               room = memory_of_task(facts);
    json_int_t times = room > 0 && spilled > room ? spilled / room + 1 : 2,
               wanted = whole_of((double)stage->stage.tasks * (double)times);

    if (stage->stage.shuffle_read_bytes > 0)
        finding_change(
            finding,
            "Smaller partitions: spark.sql.shuffle.partitions=%lld (this stage "
            "had %lld), with AQE also "
            "spark.sql.adaptive.coalescePartitions.initialPartitionNum; or as "
            "many times more memory for each task.",
            (long long)wanted, (long long)stage->stage.tasks);
    else
        finding_change(
            finding,
            "Smaller partitions of the input: spark.sql.files.maxPartitionBytes "
            "%lld times smaller, or repartition(%lld) after it is read; or more "
            "memory for each task.",
            (long long)times, (long long)wanted);
}

void rule_spill(const struct facts *facts, struct findings *findings)
{
    for (size_t i = 0; i < facts->stage_count && i < STAGES_CLOSE; i++) {
        const struct stage_facts *stage = &facts->stages[i];
        json_int_t spilled = stage->stage.disk_spilled_bytes,
                   read = or_0(stage->stage.input_bytes) +
                          or_0(stage->stage.shuffle_read_bytes);
        json_int_t cost_ms = whole_of((double)or_0(spilled) * 2 * 1000 /
                                      (stage->slots * DISK_BYTES_PER_S));
        struct finding finding;

        if (spilled < SPILL_BYTES || spilled < read / 100 * SPILL_PERCENT)
            continue;
        finding = finding_of(facts, "P3", "data is spilled to disk", stage);
        finding.saves_ms = cost_ms < stage->wall_ms / 2 ? cost_ms : stage->wall_ms / 2;
        finding.sure = 70;
        finding_evidence(&finding,
                         "%s spilled to disk (%s in memory) by %lld tasks that read %s; "
                         "what it cost is an estimate",
                         in_bytes(spilled).text,
                         in_bytes(or_0(stage->stage.memory_spilled_bytes)).text,
                         (long long)stage->stage.tasks, in_bytes(read).text);
        advise_spill(&finding, facts, stage);
        findings_add(findings, &finding);
    }
}

void rule_gc(const struct facts *facts, struct findings *findings)
{
    json_int_t heap = facts_setting_bytes(facts, "spark.executor.memory", 1024LL * MIB),
               cores = facts_setting_number(facts, "spark.executor.cores", 1);

    for (size_t i = 0; i < facts->stage_count && i < STAGES_CLOSE; i++) {
        const struct stage_facts *stage = &facts->stages[i];
        json_int_t run_ms = stage->stage.run_ms, gc_ms = stage->stage.gc_ms;
        struct finding finding;

        if (run_ms < GC_RUN_MS || gc_ms * 100 < run_ms * GC_PERCENT)
            continue;
        finding = finding_of(facts, "P4", "garbage collection", stage);
        finding.saves_ms =
            whole_of((double)(gc_ms - run_ms / 100 * GC_USUAL_PERCENT) / stage->slots);
        finding_evidence(&finding, "%lld %% of %s of task time was GC",
                         (long long)(gc_ms * 100 / run_ms), in_seconds(run_ms).text);
        if (cores > 1)
            finding_change(&finding,
                           "spark.executor.cores=%lld (now %lld) at the same memory, or ",
                           (long long)(cores / 2), (long long)cores);
        finding_change(&finding,
                       "spark.executor.memory=%lldm (now %lldm); fewer cached rows; for "
                       "collect_list or groupByKey an aggregate.",
                       (long long)(heap * 2 / MIB), (long long)(heap / MIB));
        findings_add(findings, &finding);
    }
}
