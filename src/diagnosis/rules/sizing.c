/*
 * How work is cut: one task for all of it (P11, P12), fewer tasks than can run at once (P5),
 * so many that starting them is the work (P7), partitions of a shuffle that are too small (P19),
 * tasks that are slow to reach their executors (P23).
 */
#include "diagnosis/rules.h"

#include "base/jx.h"

#include <stdio.h>
#include <string.h>

enum {
    ALONE_MS = 5000,      /* one task of less is over before others would have begun */
    FEW_MEDIAN_MS = 2000, /* shorter tasks are not worth more of them */
    TINY_RUN_MS = 200,    /* dataflint warns below 500 ms; 200 ms is a start's own size */
    TINY_TIMES_SLOTS = 20,
    TINY_MIN = 400,   /* twice Spark's default of a shuffle, which is nobody's choice */
    LAUNCH_MS = 5,    /* what a start costs a slot beside what Spark measures */
    DRIVER_MS = 3,    /* what a task costs the driver */
    SHIPPED_MS = 500, /* a busy host takes some tens, seen: 166 ms at 7 times its cores */
    WAVES_MIN = 4,    /* the first one loads classes: 1.8 s of 3.5 s were seen */
    GOOD_BYTES = 128 << 20,
    SMALL_PARTITION = 1 << 20, /* AQE's own least (coalescePartitions.minPartitionSize) */
    SMALL_TIMES_SLOTS = 4,
};

/* With as many tasks as slots the same work would take no longer than this. */
static json_int_t saves_by_more_tasks(const struct stage_facts *stage)
{
    return stage->wall_ms - whole_of((double)or_0(stage->stage.run_ms) / stage->slots);
}

/* Half of the slots had nothing to do: other stages did not have those that this one left. */
static bool is_idle_beside(const struct facts *facts, const struct stage_facts *stage)
{
    json_int_t from_ms = stage->stage.first_task_ms, to_ms = from_ms + stage->wall_ms;
    double others_ms = 0;

    for (size_t i = 0; i < facts->stage_count; i++) {
        const struct stage_facts *other = &facts->stages[i];
        json_int_t from = other->stage.first_task_ms, to = from + other->wall_ms;

        if (other == stage || from == UNKNOWN || other->wall_ms == 0)
            continue;
        from = from > from_ms ? from : from_ms;
        to = to < to_ms ? to : to_ms;
        if (to > from)
            others_ms += (double)or_0(other->stage.run_ms) * (double)(to - from) /
                         (double)other->wall_ms;
    }
    return (double)or_0(stage->stage.run_ms) + others_ms <
           (double)stage->wall_ms * stage->slots / 2;
}

/* ---- one task: P12, P11 ---- */

static bool is_alone(const struct facts *facts, const struct stage_facts *stage)
{
    return stage->stage.tasks == 1 && stage->slots >= 2 && stage->wall_ms >= ALONE_MS &&
           is_idle_beside(facts, stage);
}

static void tell_alone(struct finding *finding, const struct stage_facts *stage)
{
    finding->saves_ms = saves_by_more_tasks(stage);
    finding->sure = 85;
    finding_evidence(
        finding, "One task did the whole stage in %s while %.0f could have run at once",
        in_seconds(stage->wall_ms).text, stage->slots);
}

void rule_single_partition(const struct facts *facts, struct findings *findings)
{
    for (size_t i = 0; i < facts->stage_count && i < STAGES_CLOSE; i++) {
        const struct stage_facts *stage = &facts->stages[i];
        const struct query_facts *query = facts_plan_of_stage(facts, stage->stage.id);
        bool has_coalesce = query_has_node(query, "Coalesce"),
             is_single = query_plan_says(query, "SinglePartition");
        struct finding finding;

        if (!is_alone(facts, stage) ||
            !(has_coalesce ||
              (is_single && stage->stage.shuffle_read_bytes >= SMALL_PARTITION)))
            continue;
        finding =
            finding_of(facts, "P12", "everything goes through one partition", stage);
        tell_alone(&finding, stage);
        if (has_coalesce) {
            finding_evidence(&finding,
                             ": coalesce(1) pulls the work before it into one task");
            finding_change(
                &finding, "repartition(1) in its place keeps what is before it parallel; "
                          "better still write several files.");
        } else if (query_has_node(query, "Window")) {
            finding_evidence(&finding, ": a window without PARTITION BY");
            finding_change(&finding,
                           "PARTITION BY a column, or number rows without order "
                           "(monotonically_increasing_id).");
        } else {
            finding_change(&finding,
                           "A global order needs one partition only with a limit: "
                           "orderBy().limit(n); else leave the order out or "
                           "aggregate before.");
        }
        findings_add(findings, &finding);
    }
}

void rule_one_partition_input(const struct facts *facts, struct findings *findings)
{
    for (size_t i = 0; i < facts->stage_count && i < STAGES_CLOSE; i++) {
        const struct stage_facts *stage = &facts->stages[i];
        const struct query_facts *query = facts_plan_of_stage(facts, stage->stage.id);
        bool is_jdbc = query_plan_says(query, "JDBCRelation"),
             is_gz = query_plan_says(query, ".gz");
        struct finding finding;

        if (!is_alone(facts, stage) || or_0(stage->stage.shuffle_read_bytes) > 0 ||
            (or_0(stage->stage.input_bytes) == 0 && !is_jdbc))
            continue;
        finding = finding_of(facts, "P11", "the input is one partition", stage);
        tell_alone(&finding, stage);
        finding_evidence(&finding, ": it read %s",
                         in_bytes(or_0(stage->stage.input_bytes)).text);
        if (is_jdbc)
            finding_change(&finding,
                           "Read the table in parts: partitionColumn, lowerBound, "
                           "upperBound and numPartitions=%.0f.",
                           stage->slots);
        else
            finding_change(&finding, "repartition(%.0f) right after the read%s.",
                           stage->slots,
                           is_gz ? "; gzip cannot be split: keep the data as parquet, or "
                                   "compress it with zstd or bzip2"
                                 : ", or keep it in more files");
        findings_add(findings, &finding);
    }
}

/* ---- P5 ---- */

/* So little was shuffled that AQE joined it, or a total is made of it: it runs long for another reason, as on a
 * host that is too busy, unless Python does something with each row. */
static bool is_little(const struct facts *facts, const struct stage_facts *stage)
{
    const struct query_facts *query = facts_plan_of_stage(facts, stage->stage.id);
    json_int_t bytes = or_0(stage->stage.shuffle_read_bytes);

    return bytes > 0 && bytes < SMALL_PARTITION &&
           (query_has_node(query, "AQEShuffleRead") ||
            query_plan_says(query, "SinglePartition")) &&
           query_python_node(query) == NULL;
}

void rule_few_tasks(const struct facts *facts, struct findings *findings)
{
    for (size_t i = 0; i < facts->stage_count && i < STAGES_CLOSE; i++) {
        const struct stage_facts *stage = &facts->stages[i];
        json_int_t wanted = whole_of(stage->slots * 2 + 0.5),
                   bytes = or_0(stage->stage.input_bytes);
        struct finding finding;

        if ((double)stage->stage.tasks > stage->slots - 1 || stage->stage.tasks <= 0 ||
            stage_quantile(stage, NULL, "executorRunTime", MEDIAN) < FEW_MEDIAN_MS ||
            is_little(facts, stage) || !is_idle_beside(facts, stage))
            continue;
        finding = finding_of(facts, "P5", "fewer tasks than can run at once", stage);
        finding.saves_ms = saves_by_more_tasks(stage);
        finding.sure = 85;
        finding_evidence(
            &finding, "%lld tasks where %.0f can run at once, for %s; a task ran %s",
            (long long)stage->stage.tasks, stage->slots, in_seconds(stage->wall_ms).text,
            in_seconds(stage_quantile(stage, NULL, "executorRunTime", MEDIAN)).text);
        if (or_0(stage->stage.shuffle_read_bytes) > 0)
            finding_change(
                &finding,
                "spark.sql.shuffle.partitions=%lld; where AQE joined them, "
                "spark.sql.adaptive.coalescePartitions.parallelismFirst=true or "
                "a smaller spark.sql.adaptive.advisoryPartitionSizeInBytes.",
                (long long)wanted);
        else if (bytes > 0)
            finding_change(
                &finding,
                "spark.sql.files.maxPartitionBytes=%lld for files that can be "
                "split, or repartition(%lld) after the read.",
                (long long)(bytes / wanted > 1 << 20 ? bytes / wanted : 1 << 20),
                (long long)wanted);
        else
            finding_change(&finding,
                           "repartition(%lld) before the work, or %lld partitions "
                           "where the data is made.",
                           (long long)wanted, (long long)wanted);
        findings_add(findings, &finding);
    }
}

/* ---- too many: P19, P7 ---- */

/* What starting them costs: what tasks take beside running, on their slots and at the driver.
 * Not more than is left of the stage when they run without a pause. */
static json_int_t saves_by_fewer_tasks(const struct stage_facts *stage)
{
    json_int_t beside_ms = stage_quantile(stage, NULL, "duration", MEDIAN) -
                           stage_quantile(stage, NULL, "executorRunTime", MEDIAN),
               most_ms = stage->wall_ms -
                         whole_of((double)or_0(stage->stage.run_ms) / stage->slots / 2),
               tasks = stage->stage.tasks_done;
    double lost_ms = (double)tasks * (double)(beside_ms + LAUNCH_MS) / stage->slots +
                     (double)tasks * DRIVER_MS;

    return lost_ms < (double)most_ms ? whole_of(lost_ms) : most_ms;
}

static json_int_t bytes_read(const struct stage_facts *stage)
{
    return or_0(stage->stage.input_bytes) + or_0(stage->stage.shuffle_read_bytes);
}

/* So many that each reads enough and no slot is without. */
static json_int_t partitions_wanted(const struct stage_facts *stage)
{
    json_int_t by_bytes = bytes_read(stage) / GOOD_BYTES + 1;

    return (double)by_bytes > stage->slots * 3 ? by_bytes : whole_of(stage->slots * 3);
}

/* The plan's own shuffle has so many partitions, and not a repartition() of the user's. */
static bool is_cut_by_setting(const struct query_facts *query,
                              const struct stage_facts *stage)
{
    char words[80];

    snprintf(words, sizeof words, ", %lld), ENSURE_REQUIREMENTS",
             (long long)stage->stage.tasks);
    return stage->stage.shuffle_read_bytes > 0 && query_plan_says(query, words);
}

/* The setting that keeps AQE from joining small partitions; "" when none does. */
static const char *what_keeps_partitions(const struct facts *facts,
                                         const struct query_facts *query)
{
    static const char coalesce[] = "spark.sql.adaptive.coalescePartitions.enabled";

    if (facts_aqe_is_off(facts, query))
        return "spark.sql.adaptive.enabled";
    return strcmp(facts_setting(facts, coalesce), "false") == 0 ? coalesce : "";
}

static void tell_small_partitions(const struct facts *facts, struct findings *findings,
                                  const struct stage_facts *stage)
{
    const struct query_facts *query = facts_plan_of_stage(facts, stage->stage.id);
    const char *keeps = what_keeps_partitions(facts, query);
    json_int_t each = or_0(stage->stage.shuffle_read_bytes) /
                      (stage->stage.tasks > 0 ? stage->stage.tasks : 1);
    struct finding finding;

    if (stage->summary == NULL || each >= SMALL_PARTITION ||
        (double)stage->stage.tasks <= SMALL_TIMES_SLOTS * stage->slots ||
        keeps[0] == '\0' || !is_cut_by_setting(query, stage))
        return;
    finding = finding_of(facts, "P19", "partitions of a shuffle are too small", stage);
    finding.saves_ms = saves_by_fewer_tasks(stage);
    finding_evidence(
        &finding,
        "%lld tasks for %s of shuffled data, %s each, in %s; of %s of "
        "task time they ran %s",
        (long long)stage->stage.tasks,
        in_bytes(or_0(stage->stage.shuffle_read_bytes)).text, in_bytes(each).text,
        in_seconds(stage->wall_ms).text,
        in_seconds(whole_of((double)stage->stage.tasks_done *
                            (double)stage_quantile(stage, NULL, "duration", MEDIAN)))
            .text,
        in_seconds(or_0(stage->stage.run_ms)).text);
    finding_change(&finding,
                   "%s=true joins small ones; or spark.sql.shuffle.partitions=%lld (now "
                   "%lld).",
                   keeps, (long long)partitions_wanted(stage),
                   (long long)stage->stage.tasks);
    findings_add(findings, &finding);
}

void rule_small_partitions(const struct facts *facts, struct findings *findings)
{
    for (size_t i = 0; i < facts->stage_count && i < STAGES_CLOSE; i++)
        tell_small_partitions(facts, findings, &facts->stages[i]);
}

void rule_tiny_tasks(const struct facts *facts, struct findings *findings)
{
    for (size_t i = 0; i < facts->stage_count && i < STAGES_CLOSE; i++) {
        const struct stage_facts *stage = &facts->stages[i];
        json_int_t tasks = stage->stage.tasks_done, wanted = partitions_wanted(stage),
                   run_ms = stage_quantile(stage, NULL, "executorRunTime", MEDIAN);
        const char *keeps =
            what_keeps_partitions(facts, facts_plan_of_stage(facts, stage->stage.id));
        struct finding finding;

        if (run_ms == UNKNOWN || tasks < TINY_MIN ||
            (double)tasks < TINY_TIMES_SLOTS * stage->slots || run_ms >= TINY_RUN_MS)
            continue;
        finding = finding_of(facts, "P7", "many tiny tasks", stage);
        finding.saves_ms = saves_by_fewer_tasks(stage);
        finding.sure = 85;
        finding_evidence(&finding,
                         "%lld tasks, half of them below %lld ms, in %s: most of it is "
                         "starting them; %s for all",
                         (long long)tasks, (long long)run_ms,
                         in_seconds(stage->wall_ms).text,
                         in_bytes(bytes_read(stage)).text);
        finding_change(&finding, "%lld partitions: coalesce(%lld)", (long long)wanted,
                       (long long)wanted);
        if (keeps[0] != '\0')
            finding_change(&finding, ", or %s=true after a shuffle", keeps);
        finding_change(&finding, ".");
        findings_add(findings, &finding);
    }
}

/* ---- P23 ---- */

void rule_shipping(const struct facts *facts, struct findings *findings)
{
    for (size_t i = 0; i < facts->stage_count && i < STAGES_CLOSE; i++) {
        const struct stage_facts *stage = &facts->stages[i];
        json_int_t all_ms = stage_quantile(stage, NULL, "duration", MEDIAN),
                   wait_ms = or_0(stage_quantile(stage, NULL, "schedulerDelay", MEDIAN)) +
                             or_0(stage_quantile(stage, NULL, "executorDeserializeTime",
                                                 MEDIAN));
        struct finding finding;

        if (all_ms <= 0 || wait_ms < SHIPPED_MS || wait_ms * 2 < all_ms ||
            (double)stage->stage.tasks < stage->slots * WAVES_MIN)
            continue;
        finding =
            finding_of(facts, "P23", "tasks are slow to reach their executors", stage);
        finding.saves_ms =
            whole_of((double)wait_ms * (double)stage->stage.tasks_done / stage->slots);
        finding.saves_ms =
            finding.saves_ms < stage->wall_ms ? finding.saves_ms : stage->wall_ms;
        finding.sure = 70;
        finding_evidence(&finding,
                         "Of %lld ms that a task took, %lld ms went by before it ran",
                         (long long)all_ms, (long long)wait_ms);
        finding_change(&finding,
                       "A function that holds large data sends it with every task: "
                       "use a broadcast variable, or read it on the executors.");
        findings_add(findings, &finding);
    }
}
