/* What lacks memory: tasks that read too much at once (P8, P19), data that is spilled to disk (P3),
 * time that goes to GC (P4). */
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
    /* twice Spark's own partition size; alone it is no fault: compressed columns may be so */
    LARGE_READ = 256 << 20,
    LARGE_PARTITION = 512 << 20, /* compressed, as a shuffle is: twice that in memory */
    GOOD_BYTES = 128 << 20,
    LEAST_BYTES = 16 << 20, /* below it starting tasks costs more */
    RESERVED = 300 << 20,   /* Spark's own, RESERVED_SYSTEM_MEMORY_BYTES */
    MIB = 1 << 20,
};

/* What a task may use of the heap for its work, half of it being sure. */
static json_int_t memory_of_task(const struct facts *facts)
{
    struct heap_facts heap = facts_heap(facts);
    double set = strtod(facts_setting(facts, "spark.memory.fraction"), NULL),
           fraction = set > 0 ? set : 0.6;

    return whole_of((double)(heap.bytes - RESERVED) * fraction / 2 /
                    (double)(heap.cores > 0 ? heap.cores : 1));
}

static bool spills(const struct stage_facts *stage)
{
    json_int_t read =
        or_0(stage->stage.input_bytes) + or_0(stage->stage.shuffle_read_bytes);

    return stage->stage.disk_spilled_bytes >= SPILL_BYTES &&
           stage->stage.disk_spilled_bytes >= read / 100 * SPILL_PERCENT;
}

static bool collects(const struct stage_facts *stage)
{
    return stage->stage.run_ms >= GC_RUN_MS &&
           stage->stage.gc_ms * 100 >= stage->stage.run_ms * GC_PERCENT;
}

/* Of the time in which its tasks neither computed nor collected nor fetched, and so waited for
 * disks or for a core, as much as is spilled of all that they moved. Where Python may work, or
 * what else a plan would tell, they waited for that. */
static double wait_of_spill(const struct facts *facts, const struct stage_facts *stage)
{
    const struct query_facts *query = facts_plan_of_stage(facts, stage->stage.id);
    json_int_t waited_ms = or_0(stage->stage.run_ms) - or_0(stage->stage.cpu_ms) -
                           or_0(stage->stage.gc_ms) - or_0(stage->stage.fetch_wait_ms);
    double spilled = 2 * (double)or_0(stage->stage.disk_spilled_bytes),
           moved = spilled + (double)or_0(stage->stage.input_bytes) +
                   (double)or_0(stage->stage.shuffle_read_bytes);

    if (query == NULL || query_python_node(query) != NULL ||
        stage->stage.cpu_ms == UNKNOWN || waited_ms <= 0 || moved <= 0)
        return 0;
    return (double)waited_ms * spilled / moved;
}

static json_int_t cost_of_spill(const struct facts *facts,
                                const struct stage_facts *stage)
{
    double tasks = stage->stage.tasks > 0 ? (double)stage->stage.tasks : 1,
           at_once = tasks < stage->slots ? tasks : stage->slots,
           by_rate_ms = (double)or_0(stage->stage.disk_spilled_bytes) * 2 * 1000 /
                        DISK_BYTES_PER_S,
           waited_ms = wait_of_spill(facts, stage);
    json_int_t cost_ms =
        whole_of((by_rate_ms > waited_ms ? by_rate_ms : waited_ms) / at_once);

    return cost_ms < stage->wall_ms / 2 ? cost_ms : stage->wall_ms / 2;
}

static json_int_t cost_of_gc(const struct stage_facts *stage)
{
    return whole_of(
        (double)(stage->stage.gc_ms - stage->stage.run_ms / 100 * GC_USUAL_PERCENT) /
        stage->slots);
}

/* ---- P8, and P19 of what is shuffled ---- */

/* A partition that a task can hold without spilling. */
static json_int_t good_bytes(const struct facts *facts)
{
    json_int_t room = memory_of_task(facts);

    return room < LEAST_BYTES ? LEAST_BYTES : room < GOOD_BYTES ? room : GOOD_BYTES;
}

static struct finding large_finding(const struct facts *facts, const char *id,
                                    const char *name, const struct stage_facts *stage,
                                    json_int_t bytes)
{
    struct finding finding = finding_of(facts, id, name, stage);

    finding.saves_ms = (spills(stage) ? cost_of_spill(facts, stage) : 0) +
                       (collects(stage) ? cost_of_gc(stage) : 0);
    finding.sure = 70;
    finding_evidence(
        &finding,
        "Half of %lld tasks read more than %s each; %s were spilled to disk, GC took %s "
        "of %s of task time",
        (long long)stage->stage.tasks, in_bytes(bytes).text,
        in_bytes(or_0(stage->stage.disk_spilled_bytes)).text,
        in_seconds(or_0(stage->stage.gc_ms)).text,
        in_seconds(or_0(stage->stage.run_ms)).text);
    return finding;
}

static void tell_large_input(const struct facts *facts, struct findings *findings,
                             const struct stage_facts *stage)
{
    json_int_t bytes = stage_quantile(stage, "inputMetrics", "bytesRead", MEDIAN),
               good = good_bytes(facts);
    struct finding finding;

    if (bytes < LARGE_READ)
        return;
    finding = large_finding(facts, "P8", "tasks read too much at once", stage, bytes);
    finding_change(&finding,
                   "spark.sql.files.maxPartitionBytes=%lldm for files that can be "
                   "split, else repartition(%lld) right after the read.",
                   (long long)(good / MIB),
                   (long long)(or_0(stage->stage.input_bytes) / good + 1));
    findings_add(findings, &finding);
}

static void tell_large_shuffle(const struct facts *facts, struct findings *findings,
                               const struct stage_facts *stage)
{
    json_int_t bytes = stage_quantile(stage, "shuffleReadMetrics", "readBytes", MEDIAN),
               good = good_bytes(facts);
    struct finding finding;

    if (bytes < LARGE_PARTITION)
        return;
    finding = large_finding(facts, "P19", "partitions of a shuffle are too large", stage,
                            bytes);
    finding_change(
        &finding, "spark.sql.shuffle.partitions=%lld%s.",
        (long long)(or_0(stage->stage.shuffle_read_bytes) / good + 1),
        facts_aqe_is_off(facts, facts_plan_of_stage(facts, stage->stage.id))
            ? "; with spark.sql.adaptive.enabled=true it may be more, AQE joins those "
              "that are small"
            : "");
    findings_add(findings, &finding);
}

void rule_large_tasks(const struct facts *facts, struct findings *findings)
{
    for (size_t i = 0; i < facts->stage_count && i < STAGES_CLOSE; i++) {
        const struct stage_facts *stage = &facts->stages[i];

        if (!spills(stage) && !collects(stage))
            continue;
        tell_large_input(facts, findings, stage);
        tell_large_shuffle(facts, findings, stage);
    }
}

/* ---- P3 ---- */

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
        struct finding finding;

        if (!spills(stage))
            continue;
        finding = finding_of(facts, "P3", "data is spilled to disk", stage);
        finding.saves_ms = cost_of_spill(facts, stage);
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

/* ---- P4 ---- */

void rule_gc(const struct facts *facts, struct findings *findings)
{
    struct heap_facts heap = facts_heap(facts);

    for (size_t i = 0; i < facts->stage_count && i < STAGES_CLOSE; i++) {
        const struct stage_facts *stage = &facts->stages[i];
        json_int_t run_ms = stage->stage.run_ms, gc_ms = stage->stage.gc_ms;
        struct finding finding;

        if (!collects(stage))
            continue;
        finding = finding_of(facts, "P4", "garbage collection", stage);
        finding.saves_ms = cost_of_gc(stage);
        finding_evidence(&finding, "%lld %% of %s of task time was GC",
                         (long long)(gc_ms * 100 / run_ms), in_seconds(run_ms).text);
        if (heap.cores > 1 && !heap.is_drivers)
            finding_change(&finding,
                           "spark.executor.cores=%lld (now %lld) at the same memory, or ",
                           (long long)(heap.cores / 2), (long long)heap.cores);
        finding_change(&finding,
                       "%s=%lldm (now %lldm); fewer cached rows; for "
                       "collect_list or groupByKey an aggregate.",
                       heap.property, (long long)(heap.bytes * 2 / MIB),
                       (long long)(heap.bytes / MIB));
        findings_add(findings, &finding);
    }
}
