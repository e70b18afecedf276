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

static double mean_of(const json_t *executor, const char *key)
{
    json_int_t tasks = number_of(executor, "totalTasks");

    return tasks <= 0 ? 0 : (double)or_0(number_of(executor, key)) / (double)tasks;
}

static double bytes_of(const json_t *executor)
{
    return mean_of(executor, "totalInputBytes") + mean_of(executor, "totalShuffleRead");
}

/* "host:port", or a host alone. */
static bool are_on_one_host(const char *place, const char *other)
{
    const char *port = strrchr(place, ':'), *other_port = strrchr(other, ':');
    size_t length = port != NULL ? (size_t)(port - place) : strlen(place),
           other_length =
               other_port != NULL ? (size_t)(other_port - other) : strlen(other);

    return length == other_length && strncmp(place, other, length) == 0;
}

static bool has_done(const json_t *executor, json_int_t tasks_min)
{
    return number_of(executor, "maxTasks") > 0 &&
           number_of(executor, "totalTasks") >= tasks_min;
}

/* What its like take for a task: executors on other hosts where there are any, for a slow host
 * slows all that it has. */
struct alike {
    double ms, bytes;
    json_int_t count;
};

static struct alike alike_of(const json_t *executors, const json_t *executor,
                             bool elsewhere)
{
    struct alike alike = {0, 0, 0};
    const char *place = jx_string(executor, "hostPort");
    const json_t *other;
    size_t i;

    json_array_foreach (executors, i, other) {
        if (other == executor || !has_done(other, SLOW_TASKS_MIN) ||
            (elsewhere && are_on_one_host(place, jx_string(other, "hostPort"))))
            continue;
        alike.ms += mean_of(other, "totalDuration");
        alike.bytes += bytes_of(other);
        alike.count++;
    }
    if (alike.count == 0)
        return elsewhere ? alike_of(executors, executor, false) : alike;
    alike.ms /= (double)alike.count;
    alike.bytes /= (double)alike.count;
    return alike;
}

struct slow {
    const json_t *executor; /* NULL: none is */
    double ms;
    struct alike others;
    json_int_t saves_ms;
};

/* The one that costs most. */
static struct slow slow_executor(const struct facts *facts)
{
    const json_t *executors = jx_array(facts->told, "executors"), *executor;
    struct slow slowest = {.saves_ms = -1};
    size_t i;

    json_array_foreach (executors, i, executor) {
        struct slow slow = {.executor = executor,
                            .ms = mean_of(executor, "totalDuration"),
                            .others = alike_of(executors, executor, true)};

        int times = has_done(executor, SLOW_TASKS_MIN) ? SLOW_TIMES : VERY_SLOW_TIMES;

        if (!has_done(executor, VERY_SLOW_TASKS_MIN) || slow.others.count == 0 ||
            slow.ms < times * slow.others.ms ||
            bytes_of(executor) > 1.5 * slow.others.bytes)
            continue;
        slow.saves_ms = whole_of(
            (slow.ms - slow.others.ms) * (double)number_of(executor, "totalTasks") /
            (double)number_of(executor, "maxTasks") / (double)(slow.others.count + 1));
        if (slow.saves_ms > slowest.saves_ms)
            slowest = slow;
    }
    return slowest;
}

bool is_on_slow_host(const struct facts *facts, const char *host)
{
    struct slow slow = slow_executor(facts);

    return host[0] != '\0' && slow.executor != NULL &&
           slow.saves_ms >= findings_gate(facts) &&
           are_on_one_host(jx_string(slow.executor, "hostPort"), host);
}

void rule_slow_executor(const struct facts *facts, struct findings *findings)
{
    struct finding finding = finding_of(facts, "P22", "one executor is slow", NULL);
    struct slow slow = slow_executor(facts);

    if (slow.executor == NULL)
        return;
    finding.saves_ms = slow.saves_ms;
    finding.sure = 65;
    finding_evidence(&finding,
                     "On executor %s (%s) a task took %s on average, on the others "
                     "(%lld) %s, with no more data",
                     jx_string(slow.executor, "id"), jx_string(slow.executor, "hostPort"),
                     in_seconds(whole_of(slow.ms)).text, (long long)slow.others.count,
                     in_seconds(whole_of(slow.others.ms)).text);
    finding_change(&finding,
                   "Look at that host: load, disk, memory. "
                   "spark.excludeOnFailure.enabled does not see what is only "
                   "slow; spark.speculation=true does, if tasks may run twice.");
    findings_add(findings, &finding);
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

/* What is brought to the driver to be broadcast from there, which P16 tells. */
static bool is_broadcast(const struct query_facts *query, json_int_t bytes)
{
    const json_t *row;
    size_t i;

    if (query == NULL)
        return false;
    json_array_foreach (query->nodes, i, row)
        if (strstr(jx_string(row, "name"), "BroadcastExchange") != NULL &&
            query_measure(query, row, "data size") >= bytes / 2)
            return true;
    return false;
}

void rule_large_result(const struct facts *facts, struct findings *findings)
{
    for (size_t i = 0; i < facts->stage_count && i < STAGES_CLOSE; i++) {
        const struct stage_facts *stage = &facts->stages[i];
        json_int_t bytes = stage->stage.result_bytes;
        struct finding finding;

        if (bytes < RESULT_BYTES ||
            is_broadcast(facts_plan_of_stage(facts, stage->stage.id), bytes))
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
