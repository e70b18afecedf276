/*
 * Where executors wait: one that is slower than its like (P22), for shuffled data (P18), for
 * Python (P17); where nothing runs: until there are executors (P26), between jobs (P6), or
 * while the driver takes in results (P28).
 */
#include "diagnosis/rules.h"

#include "base/jx.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    SLOW_TASKS_MIN = 20,
    SLOW_TIMES = 2,
    VERY_SLOW_TASKS_MIN = 8, /* who is slow is given few: 13 of 400 were seen */
    VERY_SLOW_TIMES = 4,
    WAVES_TO_TELL = 4, /* of its slots: the first wave may be of other work */
    FETCH_PERCENT = 30,
    CPU_PERCENT = 50, /* a JVM that computes itself has more */
    PYTHON_MS = 5000, /* of task time */
    GAP_PERCENT = 40,
    GAP_MS = 15000,
    WAIT_MS = 15000, /* executors of a free cluster come within some seconds */
    RESULT_BYTES = 256 << 20,
    RESULT_BYTES_PER_S = 50 << 20, /* what a driver takes in, by Python less */
};

/* ---- P22 ---- */

/* What a task takes on an executor: the mean of its tasks without the longest that is known,
 * which is a straggler's (P2) or skew's (P1). */
struct pace {
    const json_t *executor;
    json_int_t tasks, slots;
    double ms;
};

static json_int_t longest_on(const struct facts *facts, const char *executor)
{
    json_int_t longest = 0;

    for (size_t i = 0; i < facts->stage_count && i < STAGES_CLOSE; i++) {
        const json_t *member;
        size_t at;

        json_array_foreach (facts->stages[i].slowest, at, member) {
            struct spark_task task = spark_task_of(member);
            json_int_t ms =
                task.duration_ms > task.run_ms ? task.duration_ms : task.run_ms;

            if (strcmp(task.executor, executor) == 0 && ms > longest)
                longest = ms;
        }
    }
    return longest;
}

static double bytes_of(const json_t *executor)
{
    json_int_t tasks = number_of(executor, "totalTasks");

    return tasks <= 0 ? 0
                      : (double)(or_0(number_of(executor, "totalInputBytes")) +
                                 or_0(number_of(executor, "totalShuffleRead"))) /
                            (double)tasks;
}

static int compare_paces(const void *first, const void *second)
{
    const struct pace *a = first, *b = second;

    return a->ms < b->ms ? -1 : a->ms > b->ms;
}

/* Of executors with enough tasks, the quickest first; new. */
static struct pace *paces_of(const struct facts *facts, size_t *count)
{
    const json_t *executors = jx_array(facts->told, "executors"), *executor;
    struct pace *paces = memory_new((json_array_size(executors) + 1) * sizeof *paces);
    size_t i;

    *count = 0;
    json_array_foreach (executors, i, executor) {
        json_int_t tasks = number_of(executor, "totalTasks"),
                   all_ms = or_0(number_of(executor, "totalDuration")),
                   longest_ms = longest_on(facts, jx_string(executor, "id")),
                   slots = facts_slots_of(facts, executor);

        if (slots > 0 && tasks >= VERY_SLOW_TASKS_MIN && all_ms > longest_ms)
            paces[(*count)++] = (struct pace){executor, tasks, slots,
                                              (double)(all_ms - longest_ms) /
                                                  (double)(tasks - (longest_ms > 0))};
    }
    qsort(paces, *count, sizeof *paces, compare_paces);
    return paces;
}

/* The median of the others that have done enough to be compared with; of two the quicker, for
 * a host slows all executors that it has. */
static const struct pace *median_of_others(const struct pace *paces, size_t count,
                                           const struct pace *own)
{
    size_t others = 0, wanted, at;

    for (at = 0; at < count; at++)
        others += &paces[at] != own && paces[at].tasks >= SLOW_TASKS_MIN;
    wanted = (others + 1) / 2;
    for (at = 0; at < count && wanted > 0; at++)
        if (&paces[at] != own && paces[at].tasks >= SLOW_TASKS_MIN && --wanted == 0)
            return &paces[at];
    return NULL;
}

/* One that is slow is given few tasks, but not in its first wave. */
static bool is_slow(const struct pace *own, const struct pace *other)
{
    if (bytes_of(own->executor) > 1.5 * bytes_of(other->executor))
        return false;
    return (own->tasks >= SLOW_TASKS_MIN && own->ms >= SLOW_TIMES * other->ms) ||
           (own->tasks >= WAVES_TO_TELL * own->slots &&
            own->ms >= VERY_SLOW_TIMES * other->ms);
}

static json_int_t saved_by(const struct pace *own, const struct pace *other, size_t count)
{
    return whole_of((own->ms - other->ms) * (double)own->tasks / (double)own->slots /
                    (double)count);
}

bool is_on_slow_executor(const struct facts *facts, const char *executor)
{
    size_t count, at;
    struct pace *paces = paces_of(facts, &count);
    bool is_so = false;

    for (at = 0; at < count; at++) {
        const struct pace *own = &paces[at], *other;

        if (!jx_is(own->executor, "id", executor))
            continue;
        other = median_of_others(paces, count, own);
        is_so = other != NULL && is_slow(own, other) &&
                saved_by(own, other, count) >= findings_gate(facts);
    }
    free(paces);
    return is_so;
}

/* The slowest that is. */
void rule_slow_executor(const struct facts *facts, struct findings *findings)
{
    struct finding finding = finding_of(facts, "P22", "one executor is slow", NULL);
    size_t count, at;
    struct pace *paces = paces_of(facts, &count);

    for (at = count; at > 0; at--) {
        const struct pace *own = &paces[at - 1],
                          *other = median_of_others(paces, count, own);

        if (other == NULL || !is_slow(own, other))
            continue;
        finding.saves_ms = saved_by(own, other, count);
        finding.sure = 65;
        finding_evidence(
            &finding,
            "On executor %s (%s) a task took %s on average, on others %s, with no more "
            "data",
            jx_string(own->executor, "id"), jx_string(own->executor, "hostPort"),
            in_seconds(whole_of(own->ms)).text, in_seconds(whole_of(other->ms)).text);
        finding_change(&finding,
                       "Look at that host: load, disk, memory. "
                       "spark.excludeOnFailure.enabled does not see what is only "
                       "slow; spark.speculation=true does, if tasks may run twice.");
        findings_add(findings, &finding);
        break;
    }
    free(paces);
}

/* ---- P18 ---- */

void rule_fetch_wait(const struct facts *facts, struct findings *findings)
{
    for (size_t i = 0; i < facts->stage_count && i < STAGES_CLOSE; i++) {
        const struct stage_facts *stage = &facts->stages[i];
        json_int_t wait_ms = stage->stage.fetch_wait_ms, run_ms = stage->stage.run_ms;
        struct finding finding;

        if (run_ms <= 0 || wait_ms * 100 < run_ms * FETCH_PERCENT)
            continue;
        finding = finding_of(facts, "P18", "tasks wait for shuffled data", stage);
        finding.saves_ms = whole_of((double)wait_ms / stage->slots);
        finding.sure = 75;
        finding_evidence(&finding, "%lld %% of %s of task time were spent waiting for %s",
                         (long long)(wait_ms * 100 / run_ms), in_seconds(run_ms).text,
                         in_bytes(or_0(stage->stage.shuffle_read_bytes)).text);
        finding_change(&finding,
                       "Shuffle less: filter, aggregate and select columns before "
                       "the shuffle, broadcast small tables; else look at network "
                       "and disks of the hosts.");
        findings_add(findings, &finding);
    }
}

/* ---- P17 ---- */

/* While Python works the JVM waits: task time that is not CPU time. */
void rule_python(const struct facts *facts, struct findings *findings)
{
    for (size_t i = 0; i < facts->stage_count && i < STAGES_CLOSE; i++) {
        const struct stage_facts *stage = &facts->stages[i];
        const char *node = query_python_node(facts_plan_of_stage(facts, stage->stage.id));
        json_int_t run_ms = or_0(stage->stage.run_ms), cpu_ms = or_0(stage->stage.cpu_ms),
                   wait_ms = run_ms - cpu_ms - or_0(stage->stage.gc_ms) -
                             or_0(stage->stage.fetch_wait_ms);
        struct finding finding;

        if (node == NULL || wait_ms < PYTHON_MS || cpu_ms * 100 > run_ms * CPU_PERCENT)
            continue;
        finding = finding_of(facts, "P17", "a Python function takes the time", stage);
        finding.saves_ms = whole_of((double)wait_ms / stage->slots);
        finding_evidence(
            &finding,
            "%s: Spark itself computed for %s of %s of task time, and waited for "
            "Python meanwhile",
            node, in_seconds(cpu_ms).text, in_seconds(run_ms).text);
        finding_change(
            &finding,
            strcmp(node, "BatchEvalPython") == 0
                ? "A built-in function of Spark in its place runs in the JVM; else "
                  "pandas_udf, or spark.sql.execution.pythonUDF.arrow.enabled=true: "
                  "rows travel in batches then. Filter before it."
                : "A built-in function of Spark in its place runs in the JVM; "
                  "else make the function itself faster, on fewer rows.");
        findings_add(findings, &finding);
    }
}

/* ---- P26 ---- */

/* One that was there in the middle of that time, whatever it did. */
static bool had_executor(const struct facts *facts, json_int_t from_ms, json_int_t to_ms)
{
    json_int_t middle_ms = from_ms + (to_ms - from_ms) / 2;

    for (size_t i = 0; i < facts->executor_count; i++)
        if (facts->executors[i].added_ms <= middle_ms &&
            facts->executors[i].removed_ms > middle_ms)
            return true;
    return false;
}

/* It had executors and gave them away, of which P25 tells. */
static bool is_of_its_own_doing(const struct facts *facts, json_int_t from_ms,
                                const struct findings *findings)
{
    for (size_t i = 0; i < facts->executor_count; i++)
        if (facts->executors[i].removed_ms <= from_ms)
            return findings_have(findings, "P25");
    return false;
}

void rule_waits(const struct facts *facts, struct findings *findings)
{
    for (size_t i = 0; i < facts->stage_count; i++) {
        const struct stage_facts *stage = &facts->stages[i];
        json_int_t first_ms = stage->stage.first_task_ms != UNKNOWN
                                  ? stage->stage.first_task_ms
                                  : facts->end_ms,
                   wait_ms = span_of(stage->stage.start_ms, first_ms);
        struct finding finding;

        if (wait_ms < WAIT_MS || had_executor(facts, stage->stage.start_ms, first_ms) ||
            is_of_its_own_doing(facts, stage->stage.start_ms, findings))
            continue;
        finding = finding_of(facts, "P26", "it waited for executors", stage);
        finding.saves_ms = wait_ms;
        finding.sure = 90;
        finding_evidence(
            &finding, "The stage waited %s for its first task, and no executor was there",
            in_seconds(wait_ms).text);
        finding_change(&finding,
                       "See metric_type 'cluster' for free cores and memory: an executor "
                       "wants spark.executor.memory=%s and spark.executor.cores=%s.",
                       facts_setting(facts, "spark.executor.memory"),
                       facts_setting(facts, "spark.executor.cores"));
        findings_add(findings, &finding);
        return;
    }
}

/* ---- P6 ---- */

struct gap {
    json_int_t length_ms, before, after; /* jobs; UNKNOWN at both ends */
};

static int compare_starts(const void *first, const void *second)
{
    const struct spark_job *a = first, *b = second;

    return a->start_ms < b->start_ms ? -1 : a->start_ms > b->start_ms;
}

/* The longest time between two jobs: before the first one Spark itself starts, and after the
 * last one it ends. */
static struct gap longest_gap(const struct facts *facts, json_int_t *idle_ms)
{
    struct gap longest = {0, UNKNOWN, UNKNOWN};
    size_t count = json_array_size(facts->jobs), i;
    struct spark_job *jobs = count > 0 ? memory_new(count * sizeof *jobs) : NULL,
                     *last = NULL;
    const json_t *member;

    *idle_ms = 0;
    if (jobs == NULL)
        return longest;
    json_array_foreach (facts->jobs, i, member)
        jobs[i] = spark_job_of(member);
    qsort(jobs, count, sizeof *jobs, compare_starts);
    for (i = 0; i < count; i++) {
        json_int_t gap_ms = last != NULL ? span_of(last->end_ms, jobs[i].start_ms) : 0;

        if (gap_ms > 0)
            *idle_ms += gap_ms;
        if (gap_ms > longest.length_ms)
            longest = (struct gap){gap_ms, last->id, jobs[i].id};
        if (last == NULL || jobs[i].end_ms == UNKNOWN || jobs[i].end_ms > last->end_ms)
            last = &jobs[i];
    }
    free(jobs);
    return longest;
}

/* A session waits for its user; whoever else waits has something to do. */
void rule_driver_gaps(const struct facts *facts, struct findings *findings)
{
    json_int_t idle_ms, life_ms = span_of(facts->start_ms, facts->end_ms);
    struct gap gap = longest_gap(facts, &idle_ms);
    struct finding finding = finding_of(facts, "P6", "the driver works alone", NULL);

    if (facts->is_session || facts->is_running ||
        jx_object(facts->told, "scope") != NULL || life_ms == UNKNOWN ||
        idle_ms < GAP_MS || idle_ms * 100 < life_ms * GAP_PERCENT)
        return;
    finding.job = gap.after;
    finding.saves_ms = idle_ms;
    finding.sure = 70;
    finding_evidence(
        &finding,
        "For %s of %s no job ran; the longest time was %s between jobs %lld and "
        "%lld",
        in_seconds(idle_ms).text, in_seconds(life_ms).text,
        in_seconds(gap.length_ms).text, (long long)gap.before, (long long)gap.after);
    finding_change(&finding,
                   "See what the script does there: loops and pandas belong into "
                   "Spark; many paths are slow to list, many files to commit; waits "
                   "for other systems cannot be mended here.");
    findings_add(findings, &finding);
}

/* ---- P28 ---- */

void rule_large_result(const struct facts *facts, struct findings *findings)
{
    for (size_t i = 0; i < facts->stage_count && i < STAGES_CLOSE; i++) {
        const struct stage_facts *stage = &facts->stages[i];
        json_int_t bytes = stage->stage.result_bytes;
        struct finding finding;

        if (bytes < RESULT_BYTES ||
            facts_job_of_stage(facts, stage->stage.id).is_broadcast) /* P16's */
            continue;
        finding =
            finding_of(facts, "P28", "a large result is brought to the driver", stage);
        finding.saves_ms = bytes / (RESULT_BYTES_PER_S / 1000);
        finding.saves_ms =
            finding.saves_ms < stage->wall_ms ? finding.saves_ms : stage->wall_ms;
        finding.sure = 80;
        finding_evidence(&finding, "Its tasks sent %s to the driver",
                         in_bytes(bytes).text);
        finding_change(&finding,
                       "Write it to files instead of collect() or toPandas(), or "
                       "aggregate or limit() it before.");
        findings_add(findings, &finding);
    }
}
