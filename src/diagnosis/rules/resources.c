/* What an application holds and does not use, or gives away and wants back: tasks that ran
 * twice for nothing (P24), executors that come and go (P25), memory that stays free (P27). */
#include "diagnosis/rules.h"

#include "base/jx.h"
#include "base/text.h"

#include <string.h>

enum {
    WASTE_PERCENT = 10,      /* of the task time; a copy now and then is what it is for */
    REMOVALS_TIMES_PEAK = 3, /* each executor went three times */
    WAIT_MS = 1000,          /* a stage with executors begins within some ms */
    FREE_PERCENT = 30,       /* of the heap; dataflint tells of 70 %, dr-elephant by GC */
    LIFE_MS = 10 * 60 * 1000, /* a short one has not come to its peak */
    MIB = 1 << 20,
};

/* ---- P24 ---- */

struct copies {
    json_int_t count, ms;
};

/* Copies that were killed when their originals had ended, of the slowest tasks that are told:
 * Spark counts them in no list, and calls most of them "Stage cancelled: Stage finished". */
static struct copies copies_killed(const struct stage_facts *stage)
{
    struct copies copies = {0};
    const json_t *member;
    size_t i;

    json_array_foreach (stage->slowest, i, member) {
        struct spark_task task = spark_task_of(member);

        if (jx_bool(member, "speculative") && strcmp(task.status, "KILLED") == 0 &&
            task.duration_ms > 0) {
            copies.count++;
            copies.ms += task.duration_ms;
        }
    }
    return copies;
}

/* Copies take only slots that are free in their stage, but come before tasks of a later one. */
static bool has_company(const struct facts *facts, const struct stage_facts *stage)
{
    for (size_t i = 0; i < facts->stage_count; i++) {
        const struct stage_facts *other = &facts->stages[i];

        if (other != stage && other->stage.start_ms != UNKNOWN &&
            other->stage.start_ms < stage->stage.end_ms &&
            other->stage.end_ms > stage->stage.start_ms)
            return true;
    }
    return false;
}

/* A copy that won was worth its time, whatever its original took. */
void rule_speculation(const struct facts *facts, struct findings *findings)
{
    for (size_t i = 0; i < facts->stage_count && i < STAGES_CLOSE; i++) {
        const struct stage_facts *stage = &facts->stages[i];
        struct copies copies = copies_killed(stage);
        struct finding finding;

        if (copies.ms < or_0(stage->stage.run_ms) / 100 * WASTE_PERCENT ||
            (double)copies.ms < (double)findings_gate(facts) * stage->slots)
            continue;
        finding = finding_of(facts, "P24", "tasks run twice for nothing", stage);
        finding.is_hint = !has_company(facts, stage);
        finding.saves_ms =
            finding.is_hint ? 0 : whole_of((double)copies.ms / stage->slots);
        finding_evidence(
            &finding,
            "At least %lld copies of its %lld tasks were killed when their originals had "
            "ended, after %s of task time%s",
            (long long)copies.count, (long long)stage->stage.tasks,
            in_seconds(copies.ms).text,
            finding.is_hint ? "; no other stage wanted their cores then" : "");
        finding_change(
            &finding, "spark.speculation.multiplier=3 and spark.speculation.quantile=0.9 "
                      "(Spark 4's own), or spark.speculation=false; what makes tasks "
                      "uneven is the cause.");
        findings_add(findings, &finding);
    }
}

/* ---- P25 ---- */

static bool is_let_go(const json_t *executor)
{
    return text_starts_with(jx_string(executor, "removeReason"),
                            "Executor killed by driver");
}

/* The most that were there at once: whenever one came, those that had not gone. */
static json_int_t peak_of(const struct facts *facts)
{
    json_int_t peak = 0;

    for (size_t i = 0; i < facts->executor_count; i++) {
        json_int_t came_ms = facts->executors[i].added_ms, there = 0;

        for (size_t k = 0; k < facts->executor_count; k++)
            there += facts->executors[k].added_ms <= came_ms &&
                     facts->executors[k].removed_ms > came_ms;
        peak = there > peak ? there : peak;
    }
    return peak;
}

/* The first executors have to come in any case: only after one went was it for nothing. */
static json_int_t waited_ms(const struct facts *facts)
{
    json_int_t sum_ms = 0, gone_ms = JX_INT_MAX;

    for (size_t i = 0; i < facts->executor_count; i++)
        if (facts->executors[i].removed_ms < gone_ms)
            gone_ms = facts->executors[i].removed_ms;
    for (size_t i = 0; i < facts->stage_count; i++) {
        const struct spark_stage *stage = &facts->stages[i].stage;
        json_int_t wait_ms = span_of(stage->start_ms, stage->first_task_ms);

        sum_ms += stage->start_ms >= gone_ms && wait_ms >= WAIT_MS ? wait_ms : 0;
    }
    return sum_ms;
}

void rule_allocation(const struct facts *facts, struct findings *findings)
{
    const json_t *executors = jx_array(facts->told, "executors"), *executor;
    json_int_t gone = 0, peak;
    struct finding finding = finding_of(facts, "P25", "executors come and go", NULL);
    size_t i;

    json_array_foreach (executors, i, executor)
        gone += is_let_go(executor);
    if (gone < REMOVALS_TIMES_PEAK)
        return;
    peak = peak_of(facts);
    if (peak == 0 || gone < REMOVALS_TIMES_PEAK * peak)
        return;
    finding.saves_ms = waited_ms(facts);
    finding.sure = 70;
    finding_evidence(
        &finding,
        "%lld executors were let go where at most %lld were there at once, and "
        "stages waited %s for others",
        (long long)gone, (long long)peak, in_seconds(finding.saves_ms).text);
    finding_change(
        &finding,
        "spark.dynamicAllocation.executorIdleTimeout longer (now %s), or "
        "spark.dynamicAllocation.minExecutors=%lld.",
        facts_setting(facts, "spark.dynamicAllocation.executorIdleTimeout")[0] != '\0'
            ? facts_setting(facts, "spark.dynamicAllocation.executorIdleTimeout")
            : "60s",
        (long long)peak);
    findings_add(findings, &finding);
}

/* ---- P27 ---- */

/* The highest peak of all executors; UNKNOWN when one's is not known: 0 is that, too. */
static json_int_t peak_heap(const struct facts *facts)
{
    json_int_t most = UNKNOWN;
    const json_t *executor;
    size_t i;

    json_array_foreach (jx_array(facts->told, "executors"), i, executor) {
        json_int_t peak =
            number_of(jx_object(executor, "peakMemoryMetrics"), "JVMHeapMemory");

        if (number_of(executor, "maxTasks") <= 0)
            continue;
        if (peak <= 0)
            return UNKNOWN;
        most = peak > most ? peak : most;
    }
    return most;
}

/* A hint: it costs no time, but others could use it. */
void rule_memory_unused(const struct facts *facts, struct findings *findings)
{
    struct heap_facts heap = facts_heap(facts);
    json_int_t peak = peak_heap(facts), wanted = 2 * peak / MIB;
    struct finding finding = finding_of(facts, "P27", "memory stays free", NULL);

    if (span_of(facts->start_ms, facts->end_ms) < LIFE_MS || peak == UNKNOWN ||
        heap.bytes <= HEAP_BYTES || peak >= heap.bytes / 100 * FREE_PERCENT ||
        findings_have(findings, "P3") || findings_have(findings, "P4") ||
        findings_have(findings, "F1") || findings_have(findings, "F3"))
        return;
    finding.is_hint = true;
    finding.saves_ms = 0;
    finding.sure = 60;
    finding_evidence(&finding, "No %s heap held more than %s of its %s",
                     heap.is_drivers ? "driver's" : "executor's", in_bytes(peak).text,
                     in_bytes(heap.bytes).text);
    finding_change(&finding, "%s=%lldm leaves the same again free.", heap.property,
                   (long long)(wanted > 1024 ? wanted : 1024));
    findings_add(findings, &finding);
}
