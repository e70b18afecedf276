/*
 * One task takes far longer than the others of its stage: because it has more of the data
 * (P1), or though it has not (P2).
 *
 * Spark's own AQE calls a partition skewed at 5 times the median and 256 MB; by task time 3
 * times the median is where the wall of a stage is no longer that of its work.
 */
#include "diagnosis/rules.h"

#include "base/jx.h"
#include "base/text.h"

#include <string.h>

enum {
    LONG_MS = 5000,  /* shorter ones are first starts of a JVM or a Python worker */
    START_MS = 1000, /* after the first task of the stage: those of the first wave */
    TIMES_MEDIAN = 3,
    DATA_TIMES_MEDIAN = 2,
    ROOM_BYTES = 16 << 20, /* below it AQE's threshold makes partitions that cost more */
};

struct outlier {
    struct spark_task task;
    json_int_t median_ms, median_bytes, median_records, saves_ms;
};

static json_int_t median_of(const struct stage_facts *stage, const char *input,
                            const char *shuffle)
{
    json_int_t first = stage_quantile(stage, "inputMetrics", input, MEDIAN),
               second = stage_quantile(stage, "shuffleReadMetrics", shuffle, MEDIAN);

    return (first > 0 ? first : 0) + (second > 0 ? second : 0);
}

/* The wall of the stage cannot be less than its work over its slots, or its longer tasks;
 * nor can more be saved than the task took beyond them. */
static json_int_t saves_of(const struct stage_facts *stage, const struct spark_task *task)
{
    json_int_t even_ms = whole_of((double)stage->stage.run_ms / stage->slots),
               long_ms = stage_quantile(stage, NULL, "executorRunTime", P75),
               beyond_ms = task->run_ms - long_ms,
               saves_ms = stage->wall_ms - (even_ms > long_ms ? even_ms : long_ms);

    return saves_ms < beyond_ms ? saves_ms : beyond_ms;
}

static double times(json_int_t number, json_int_t median)
{
    return (double)number / (double)(median > 0 ? median : 1);
}

static bool has_more_data(const struct outlier *outlier)
{
    return (outlier->task.bytes > 0 &&
            times(outlier->task.bytes, outlier->median_bytes) >= DATA_TIMES_MEDIAN) ||
           (outlier->task.records > 0 &&
            times(outlier->task.records, outlier->median_records) >= DATA_TIMES_MEDIAN);
}

static bool has_no_more_data(const struct outlier *outlier)
{
    return times(outlier->task.bytes, outlier->median_bytes) < 1.5 &&
           times(outlier->task.records, outlier->median_records) < 1.5;
}

/* It began with its stage, as others did that took as long: Python workers and JVMs were
 * starting, which a busy host makes slow. */
static bool is_starting(const struct stage_facts *stage, const struct spark_task *task)
{
    json_int_t latest_ms = stage->stage.first_task_ms + START_MS;
    const json_t *member;
    int alike = 0;
    size_t i;

    if (task->start_ms == UNKNOWN || task->start_ms > latest_ms)
        return false;
    json_array_foreach (stage->slowest, i, member) {
        struct spark_task other = spark_task_of(member);
        alike += other.start_ms <= latest_ms && other.run_ms * 2 >= task->run_ms;
    }
    return alike > 1;
}

static bool is_outlier(const struct stage_facts *stage, const struct outlier *outlier,
                       bool with_more_data)
{
    if (outlier->task.run_ms < LONG_MS ||
        outlier->task.run_ms < TIMES_MEDIAN * outlier->median_ms)
        return false;
    return with_more_data
               ? has_more_data(outlier)
               : has_no_more_data(outlier) && !is_starting(stage, &outlier->task);
}

/* The longest task that stands out in this way. */
static bool find_outlier(const struct stage_facts *stage, bool with_more_data,
                         struct outlier *outlier)
{
    const json_t *member;
    size_t i;

    *outlier = (struct outlier){
        .median_ms = stage_quantile(stage, NULL, "executorRunTime", MEDIAN),
        .median_bytes = median_of(stage, "bytesRead", "readBytes"),
        .median_records = median_of(stage, "recordsRead", "readRecords"),
    };
    if (outlier->median_ms == UNKNOWN || !stage_has_quantiles(stage, SKEW_TASKS_MIN))
        return false;
    json_array_foreach (stage->slowest, i, member) {
        outlier->task = spark_task_of(member);
        if (is_outlier(stage, outlier, with_more_data)) {
            outlier->saves_ms = saves_of(stage, &outlier->task);
            return true;
        }
    }
    return false;
}

static void add_evidence(struct finding *finding, const struct stage_facts *stage,
                         const struct outlier *outlier)
{
    finding_evidence(finding,
                     "One of %lld tasks ran %s, the median %s (%.0f times); "
                     "partition %lld, on %s.",
                     (long long)stage->stage.tasks, in_seconds(outlier->task.run_ms).text,
                     in_seconds(outlier->median_ms).text,
                     times(outlier->task.run_ms, outlier->median_ms),
                     (long long)outlier->task.index, outlier->task.host);
    if (outlier->task.bytes > 0 || outlier->task.records > 0)
        finding_evidence(
            finding, " It read %s and %lld records; the median %s and %lld.",
            in_bytes(outlier->task.bytes).text, (long long)outlier->task.records,
            in_bytes(outlier->median_bytes).text, (long long)outlier->median_records);
}

/* ---- P1 ---- */

/* The column of "hashpartitioning(k#12L, 200)", when all exchanges agree on it. */
static void find_key(const struct query_facts *query, char *key, size_t size)
{
    static const char mark[] = "hashpartitioning(";
    const char *at = query != NULL ? jx_string(query->body, "planDescription") : "";

    key[0] = '\0';
    while ((at = strstr(at, mark)) != NULL) {
        char name[60];
        size_t length;

        at += strlen(mark);
        length = strcspn(at, "#,()\n ");
        if (length == 0 || length >= sizeof name || at[length] != '#')
            continue;
        memcpy(name, at, length);
        name[length] = '\0';
        if (key[0] != '\0' && strcmp(key, name) != 0) {
            key[0] = '\0';
            return;
        }
        text_copy(key, size, name);
    }
}

static bool is_off(const struct facts *facts, const char *name)
{
    return strcmp(facts_setting(facts, name), "false") == 0;
}

static void advise(struct finding *finding, const struct facts *facts,
                   const struct stage_facts *stage, const struct outlier *outlier)
{
    const struct query_facts *query = facts_plan_of_stage(facts, stage->stage.id);
    json_int_t room =
        outlier->median_bytes * 2 > ROOM_BYTES ? outlier->median_bytes * 2 : ROOM_BYTES;
    bool is_shuffled_join = query_has_node(query, "SortMergeJoin") ||
                            query_has_node(query, "ShuffledHashJoin");
    char key[60];

    find_key(query, key, sizeof key);
    if (stage->stage.shuffle_read_bytes <= 0)
        finding_change(finding,
                       "The input itself is uneven: repartition() right after it "
                       "is read, or write it in files that can be split.");
    else if (query == NULL)
        finding_change(finding, "Spread the heavy key over several: aggregate in two "
                                "steps with a salted key, or filter it out before.");
    else if (is_shuffled_join && outlier->task.bytes < ROOM_BYTES)
        finding_change(finding,
                       "AQE splits by bytes, of which it has few: broadcast the smaller "
                       "side (the hint broadcast(table)), so that no key decides where "
                       "rows go, or spread the heavy key over several (a salt).");
    else if (is_shuffled_join && facts_aqe_is_off(facts, query))
        finding_change(finding,
                       "spark.sql.adaptive.enabled=true: it splits what is skewed "
                       "in a join.");
    else if (is_shuffled_join)
        finding_change(finding,
                       "Let AQE split it: %s"
                       "spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes=%lld "
                       "and spark.sql.adaptive.advisoryPartitionSizeInBytes=%lld.",
                       is_off(facts, "spark.sql.adaptive.skewJoin.enabled")
                           ? "spark.sql.adaptive.skewJoin.enabled=true, "
                           : "",
                       (long long)room, (long long)room);
    else
        finding_change(finding, "AQE cannot split an aggregate or a window: salt the key "
                                "and aggregate in two steps.");
    if (key[0] != '\0')
        finding_change(
            finding,
            " Which values: SELECT %s, count(*) ... GROUP BY 1 ORDER BY 2 DESC "
            "LIMIT 5; null or a default may be left out before.",
            key);
}

void rule_skew(const struct facts *facts, struct findings *findings)
{
    for (size_t i = 0; i < facts->stage_count && i < STAGES_CLOSE; i++) {
        const struct stage_facts *stage = &facts->stages[i];
        struct outlier outlier;
        struct finding finding;

        if (!find_outlier(stage, true, &outlier))
            continue;
        finding = finding_of(facts, "P1", "data skew", stage);
        finding.saves_ms = outlier.saves_ms;
        finding.sure = 90;
        add_evidence(&finding, stage, &outlier);
        if (stage->stage.disk_spilled_bytes > 0)
            finding_evidence(&finding, " %s were spilled to disk.",
                             in_bytes(stage->stage.disk_spilled_bytes).text);
        advise(&finding, facts, stage, &outlier);
        findings_add(findings, &finding);
    }
}

/* ---- P2 ---- */

static const char *advice_of_speculation(const struct facts *facts)
{
    if (facts_speculates(facts))
        return " spark.speculation is on: a copy only runs where another host has a free "
               "slot.";
    return " If the host is slow and tasks may run twice: spark.speculation=true (a copy "
           "runs on another host only).";
}

void rule_straggler(const struct facts *facts, struct findings *findings)
{
    for (size_t i = 0; i < facts->stage_count && i < STAGES_CLOSE; i++) {
        const struct stage_facts *stage = &facts->stages[i];
        struct outlier outlier;
        struct finding finding;

        if (!find_outlier(stage, false, &outlier) ||
            is_on_slow_executor(facts, outlier.task.executor))
            continue;
        finding = finding_of(facts, "P2", "one slow task", stage);
        finding.saves_ms = outlier.saves_ms;
        finding.sure = 75;
        add_evidence(&finding, stage, &outlier);
        finding_evidence(
            &finding, " It had no more data than the others; %s of it was GC.",
            in_seconds(outlier.task.gc_ms > 0 ? outlier.task.gc_ms : 0).text);
        finding_change(&finding,
                       "See what partition %lld does in your code that others do not (a "
                       "wait, a call to a service, an expensive record).%s",
                       (long long)outlier.task.index, advice_of_speculation(facts));
        findings_add(findings, &finding);
    }
}
