/* From what was told to the answer: facts, rules, rank, words. */
#include "base/buffer.h"
#include "base/jx.h"
#include "diagnosis/rank.h"
#include "diagnosis/rules.h"

#include <string.h>

enum {
    SHOWN = 5,
    BYTES = 3600, /* of the findings: the whole answer stays under 5 KB */
    UNDECIDED_SHOWN = 4,
    CLOSE_MS = 3000,
};

static size_t text_size(const struct finding *finding)
{
    return strlen(finding->evidence) + strlen(finding->change) + strlen(finding->at) +
           200;
}

static json_t *row_of(const struct finding *finding, const struct facts *facts)
{
    json_t *row = jx_pack("{s:s, s:s, s:s, s:s}", "id", finding->id, "name",
                          finding->name, "severity", finding_severity(finding, facts),
                          "evidence", finding->evidence);

    if (finding->job != UNKNOWN)
        json_object_set_new(row, "jobId", json_integer(finding->job));
    if (finding->stage != UNKNOWN)
        json_object_set_new(row, "stageId", json_integer(finding->stage));
    if (finding->query != UNKNOWN)
        json_object_set_new(row, "executionId", json_integer(finding->query));
    jx_set_string(row, "at", finding->at);
    jx_set_string(row, "change", finding->change);
    if (finding->saves_ms > 0)
        jx_set_seconds(row, "savesSeconds", finding->saves_ms);
    json_object_set_new(row, "sure", json_integer(finding->sure));
    return row;
}

/* ---- what is not in a finding ---- */

/* What Spark did not tell, or told in a way that is none. */
static void add_unread(json_t *list, const json_t *told)
{
    static const struct {
        const char *part, *name;
    } parts[] = {{"queries", "its SQL executions could not be read"},
                 {"settings", "its settings could not be read"}};

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (json_object_get(told, parts[i].part) == NULL)
            json_array_append_new(list, json_string(parts[i].name));
}

static json_t *list_undecided(const struct facts *facts)
{
    json_t *list = json_array();
    size_t close = facts->stage_count < STAGES_CLOSE ? facts->stage_count : STAGES_CLOSE;

    if (json_array_size(facts->jobs) == 0)
        json_array_append_new(list, json_string("no job has run yet"));
    if (facts->stages_forgotten > 0)
        json_array_append_new(list, jx_format("%lld stages are forgotten by Spark "
                                              "(spark.ui.retainedStages)",
                                              (long long)facts->stages_forgotten));
    for (size_t i = 0; i < close && json_array_size(list) < UNDECIDED_SHOWN; i++) {
        const struct stage_facts *stage = &facts->stages[i];

        if (stage->wall_ms < CLOSE_MS)
            break;
        if (stage->summary == NULL)
            json_array_append_new(list,
                                  jx_format("stage %lld: Spark has no quantiles of its "
                                            "tasks",
                                            (long long)stage->stage.id));
        else if (stage->stage.tasks > 1 && stage->stage.tasks_done < SKEW_TASKS_MIN &&
                 strcmp(stage->stage.status, "FAILED") != 0)
            json_array_append_new(
                list, jx_format("stage %lld: with %lld tasks done, skew cannot be told",
                                (long long)stage->stage.id,
                                (long long)stage->stage.tasks_done));
    }
    if (json_array_size(jx_array(facts->told, "executors")) == 0)
        json_array_append_new(list, json_string("nothing is known of its executors"));
    add_unread(list, facts->told);
    return list;
}

static json_t *looked_at(const struct facts *facts)
{
    size_t close = facts->stage_count < STAGES_CLOSE ? facts->stage_count : STAGES_CLOSE;

    return jx_format(
        "%zu jobs, %zu stages (%zu closely), %zu plans: failures, lost executors, skew, "
        "slow tasks and executors, spill, GC, number and size of tasks, files, joins, "
        "Python, waiting for executors, data or the driver",
        json_array_size(facts->jobs), facts->stage_count, close, facts->query_count);
}

/* ---- in one sentence ---- */

static json_t *verdict_of(const struct findings *findings, const struct facts *facts)
{
    const struct finding *first = &findings->found[0];
    struct buffer text = {0};
    json_t *verdict;

    if (findings->count == 0)
        buffer_printf(&text,
                      "Nothing stands out: no change that these rules know would save "
                      "%s of the %s in which jobs ran.",
                      in_seconds(findings_gate(facts)).text,
                      in_seconds(facts->busy_ms).text);
    else if (first->is_failure && first->saves_ms == UNKNOWN)
        buffer_printf(&text, "It failed: %s.", first->name);
    else if (first->is_failure)
        buffer_printf(&text, "It went on, but: %s.", first->name);
    else if (first->is_hint)
        buffer_printf(&text, "No change that these rules know would save time; but: %s.",
                      first->name);
    else
        buffer_printf(&text, "%s could save about %s; jobs ran for %s.", first->name,
                      in_seconds(first->saves_ms).text, in_seconds(facts->busy_ms).text);
    verdict = jx_text(buffer_text(&text), text.length);
    buffer_release(&text);
    return verdict;
}

static json_t *answer_of(const struct findings *findings, const struct facts *facts)
{
    json_t *rows = json_array(), *answer;
    size_t bytes = 0, i;

    for (i = 0; i < findings->count && i < SHOWN; i++) {
        bytes += text_size(&findings->found[i]);
        if (bytes > BYTES)
            break;
        json_array_append_new(rows, row_of(&findings->found[i], facts));
    }
    answer = jx_pack("{s:o, s:o, s:o, s:o}", "verdict", verdict_of(findings, facts),
                     "findings", rows, "lookedAt", looked_at(facts), "undecided",
                     list_undecided(facts));
    jx_set_seconds(answer, "busySeconds", facts->busy_ms);
    if (i < findings->count)
        json_object_set_new(answer, "findingsLeftOut",
                            json_integer((json_int_t)(findings->count - i)));
    return answer;
}

json_t *diagnose(const json_t *told)
{
    struct facts facts;
    struct findings findings = {.count = 0};
    json_t *answer;

    facts_read(&facts, told);
    for (size_t i = 0; all_rules[i] != NULL; i++)
        all_rules[i](&facts, &findings);
    findings_rank(&findings, &facts);
    answer = answer_of(&findings, &facts);
    facts_release(&facts);
    return answer;
}

/* ---- what else is to be asked ---- */

static json_t *name_of(const struct spark_stage *stage)
{
    return jx_pack("[I, I]", stage->id, stage->attempt == UNKNOWN ? 0 : stage->attempt);
}

static json_t *list_to_sum_up(const struct facts *facts)
{
    json_t *list = json_array();

    for (size_t i = 0; i < facts->stage_count && i < STAGES_CLOSE; i++)
        if (facts->stages[i].stage.tasks_done > 0)
            json_array_append_new(list, name_of(&facts->stages[i].stage));
    return list;
}

/* Where tasks failed: any attempt, the stages that failed first. */
static json_t *list_failed(const struct facts *facts)
{
    json_t *list = json_array();
    const json_t *member;

    for (int turn = 0; turn < 2; turn++) {
        size_t i;
        json_array_foreach (facts->all_stages, i, member) {
            struct spark_stage stage = spark_stage_of(member);
            bool has_failed = strcmp(stage.status, "FAILED") == 0;

            if (stage.tasks_failed > 0 && has_failed == (turn == 0) &&
                json_array_size(list) < FAILED_CLOSE)
                json_array_append_new(list, name_of(&stage));
        }
    }
    return list;
}

/* Where one task took much longer than the others, or copies were made for nothing. */
json_t *diagnosis_wants_slowest(const json_t *told)
{
    enum { LONG_MS = 3000 };
    struct facts facts;
    json_t *list = json_array();

    facts_read(&facts, told);
    for (size_t i = 0; i < facts.stage_count && i < STAGES_CLOSE; i++) {
        const struct stage_facts *stage = &facts.stages[i];
        bool has_copies = stage->stage.tasks_killed > 0 && facts_speculates(&facts);
        json_int_t most = stage_quantile(stage, NULL, "executorRunTime", MOST);

        bool stands_out =
            stage_has_quantiles(stage, SKEW_TASKS_MIN) && most >= LONG_MS &&
            most >= 2 * stage_quantile(stage, NULL, "executorRunTime", MEDIAN);

        if ((stands_out || has_copies) && json_array_size(list) < SLOWEST_CLOSE)
            json_array_append_new(list, name_of(&stage->stage));
    }
    facts_release(&facts);
    return list;
}

/* What is asked about has it, or a job of it. */
static bool is_wanted(const struct facts *facts, const struct spark_query *query)
{
    const json_t *scope = jx_object(facts->told, "scope"), *job;
    json_int_t execution = jx_int_or(scope, "execution", UNKNOWN);
    size_t i;

    if (scope == NULL ||
        (execution != UNKNOWN && (execution == query->id || execution == query->root)))
        return true;
    json_array_foreach (facts->jobs, i, job)
        if (query_has_job(query, number_of(job, "jobId")))
            return true;
    return false;
}

/* The longest, and those that failed last. */
static json_t *list_plans(const struct facts *facts)
{
    enum { FAILED_MAX = 2 };
    struct spark_query kept[PLANS_CLOSE];
    const json_t *queries = jx_array(facts->told, "queries");
    size_t count = 0, failed = 0, i;
    json_t *list = json_array();

    for (i = json_array_size(queries); i > 0; i--) {
        struct spark_query query = spark_query_of(json_array_get(queries, i - 1));
        size_t at = count;

        if (!is_wanted(facts, &query))
            continue;
        if (strcmp(query.status, "FAILED") == 0 && failed < FAILED_MAX) {
            json_array_append_new(list, json_integer(query.id));
            failed++;
            continue;
        }
        while (at > 0 && kept[at - 1].duration_ms < query.duration_ms)
            at--;
        if (at == PLANS_CLOSE)
            continue;
        count = count < PLANS_CLOSE ? count + 1 : count;
        memmove(&kept[at + 1], &kept[at], (count - 1 - at) * sizeof *kept);
        kept[at] = query;
    }
    for (i = 0; i < count && json_array_size(list) < PLANS_CLOSE; i++)
        json_array_append_new(list, json_integer(kept[i].id));
    return list;
}

json_t *diagnosis_wants(const json_t *told)
{
    struct facts facts;
    json_t *wants;

    facts_read(&facts, told);
    wants = jx_pack("{s:o, s:o, s:o}", "summaries", list_to_sum_up(&facts), "failed",
                    list_failed(&facts), "plans", list_plans(&facts));
    facts_release(&facts);
    return wants;
}
