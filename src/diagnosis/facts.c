/* What was told, put in order: what is in scope, when something ran, the latest attempts. */
#include "diagnosis/facts.h"

#include "base/jx.h"
#include "base/memory.h"
#include "spark/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_int_t later(json_int_t a, json_int_t b)
{
    return a > b ? a : b;
}

struct stage_name facts_stage_name(const struct spark_stage *stage)
{
    struct stage_name name;

    snprintf(name.text, sizeof name.text, "%lld.%lld", (long long)stage->id,
             (long long)(stage->attempt == UNKNOWN ? 0 : stage->attempt));
    return name;
}

/* ---- the scope ---- */

static bool is_of_execution(const json_t *queries, json_int_t execution, json_int_t job)
{
    const json_t *member;
    size_t i;

    json_array_foreach (queries, i, member) {
        struct spark_query query = spark_query_of(member);
        if ((query.id == execution || query.root == execution) &&
            query_has_job(&query, job))
            return true;
    }
    return false;
}

/* The executions of a group: what they broadcast runs in jobs of other groups. */
static json_t *executions_of_group(const json_t *told, const char *group)
{
    json_t *ids = json_array();
    const json_t *member;
    size_t i;

    json_array_foreach (jx_array(told, "jobs"), i, member) {
        struct spark_job job = spark_job_of(member);
        json_int_t id = strcmp(job.group, group) == 0
                            ? query_of_job(jx_array(told, "queries"), job.id)
                            : UNKNOWN;
        if (id != UNKNOWN && !ids_have(ids, id))
            json_array_append_new(ids, json_integer(id));
    }
    return ids;
}

static bool is_of_executions(const json_t *told, const json_t *ids, json_int_t job)
{
    return json_array_size(ids) > 0 &&
           ids_have(ids, query_of_job(jx_array(told, "queries"), job));
}

static bool is_job_wanted(const json_t *told, const json_t *executions,
                          const struct spark_job *job)
{
    const json_t *scope = jx_object(told, "scope");

    if (json_object_get(scope, "execution") != NULL)
        return is_of_execution(jx_array(told, "queries"), jx_int(scope, "execution"),
                               job->id);
    return scope == NULL || jx_is(scope, "group", job->group) ||
           is_of_executions(told, executions, job->id);
}

static void read_scope(struct facts *facts)
{
    const char *group = jx_string(jx_object(facts->told, "scope"), "group");
    json_auto_t *ids = json_object(),
                *executions = group[0] != '\0' ? executions_of_group(facts->told, group)
                                               : json_array();
    json_t *member, *id;
    size_t i, at;

    facts->jobs = json_array();
    facts->all_stages = json_array();
    json_array_foreach (jx_array(facts->told, "jobs"), i, member) {
        struct spark_job job = spark_job_of(member);

        facts->is_session = facts->is_session || run_is_id(job.group);
        if (!is_job_wanted(facts->told, executions, &job))
            continue;
        json_array_append(facts->jobs, member);
        json_array_foreach (job.stage_ids, at, id) {
            char name[32];
            snprintf(name, sizeof name, "%lld", (long long)json_integer_value(id));
            json_object_set_new(ids, name, json_true());
        }
    }
    json_array_foreach (jx_array(facts->told, "stages"), i, member) {
        char name[32];
        snprintf(name, sizeof name, "%lld", (long long)jx_int(member, "stageId"));
        if (jx_object(facts->told, "scope") == NULL || json_object_get(ids, name) != NULL)
            json_array_append(facts->all_stages, member);
    }
}

/* ---- when something ran ---- */

struct interval {
    json_int_t from_ms, to_ms;
};

static int compare_intervals(const void *first, const void *second)
{
    const struct interval *a = first, *b = second;

    return a->from_ms < b->from_ms ? -1 : a->from_ms > b->from_ms;
}

static void read_busy_time(struct facts *facts)
{
    size_t count = 0, i;
    struct interval *jobs = memory_new((json_array_size(facts->jobs) + 1) * sizeof *jobs);
    json_int_t until = 0;
    const json_t *member;

    json_array_foreach (facts->jobs, i, member) {
        struct spark_job job = spark_job_of(member);
        json_int_t end_ms = job.end_ms != UNKNOWN ? job.end_ms : facts->end_ms;

        if (job.start_ms != UNKNOWN && end_ms > job.start_ms)
            jobs[count++] = (struct interval){job.start_ms, end_ms};
    }
    qsort(jobs, count, sizeof *jobs, compare_intervals);
    for (i = 0; i < count; i++) {
        json_int_t from = later(until, jobs[i].from_ms);

        facts->busy_ms += jobs[i].to_ms > from ? jobs[i].to_ms - from : 0;
        until = later(until, jobs[i].to_ms);
    }
    free(jobs);
}

json_int_t facts_slots_of(const struct facts *facts, const json_t *executor)
{
    json_int_t told = number_of(executor, "maxTasks"),
               cores = number_of(executor, "totalCores"),
               each = facts_setting_number(facts, "spark.task.cpus", 1);

    return told == 1 && json_object_size(jx_object(executor, "resources")) == 0 &&
                   each > 0 && cores > each
               ? cores / each
               : told;
}

/* The driver's row has no tasks, but in local mode. */
static void read_executors(struct facts *facts)
{
    const json_t *told = jx_array(facts->told, "executors"), *member;
    size_t i;

    facts->executors = memory_new((json_array_size(told) + 1) * sizeof *facts->executors);
    json_array_foreach (told, i, member) {
        json_int_t removed_ms = time_of(member, "removeTime"),
                   slots = facts_slots_of(facts, member);

        if (slots > 0)
            facts->executors[facts->executor_count++] = (struct executor_facts){
                .added_ms = time_of(member, "addTime"),
                .removed_ms = removed_ms != UNKNOWN ? removed_ms : JX_INT_MAX,
                .slots = slots};
    }
}

static double cores_of(const struct facts *facts, json_int_t from_ms, json_int_t to_ms)
{
    double slots = 0;

    for (size_t i = 0; i < facts->executor_count && to_ms > from_ms; i++) {
        const struct executor_facts *executor = &facts->executors[i];
        json_int_t from = later(executor->added_ms, from_ms),
                   to = executor->removed_ms < to_ms ? executor->removed_ms : to_ms;

        if (to > from)
            slots +=
                (double)executor->slots * (double)(to - from) / (double)(to_ms - from_ms);
    }
    return slots;
}

double facts_slots(const struct facts *facts, json_int_t from_ms, json_int_t to_ms)
{
    double slots = cores_of(facts, from_ms, to_ms);

    return slots < 1 ? 1 : slots;
}

/* ---- stages ---- */

static int compare_stages(const void *first, const void *second)
{
    const struct stage_facts *a = first, *b = second;

    if (a->wall_ms != b->wall_ms)
        return a->wall_ms > b->wall_ms ? -1 : 1;
    return a->stage.id < b->stage.id ? -1 : a->stage.id > b->stage.id;
}

static int compare_attempts(const void *first, const void *second)
{
    const struct stage_facts *a = first, *b = second;

    if (a->stage.id != b->stage.id)
        return a->stage.id < b->stage.id ? -1 : 1;
    return a->stage.attempt > b->stage.attempt ? -1 : a->stage.attempt < b->stage.attempt;
}

static const json_t *part_of(const struct facts *facts, const char *part,
                             const struct spark_stage *stage)
{
    return json_object_get(jx_object(facts->told, part), facts_stage_name(stage).text);
}

static void complete_stage(const struct facts *facts, struct stage_facts *stage)
{
    json_int_t from = stage->stage.first_task_ms != UNKNOWN ? stage->stage.first_task_ms
                                                            : stage->stage.start_ms;
    json_int_t to = stage->stage.end_ms != UNKNOWN ? stage->stage.end_ms : facts->end_ms;
    json_int_t wall_ms = span_of(from, to);

    stage->wall_ms = wall_ms == UNKNOWN ? 0 : wall_ms;
    stage->slots = facts_slots(facts, from, to);
    stage->summary = part_of(facts, "summaries", &stage->stage);
    stage->slowest = part_of(facts, "slowest", &stage->stage);
    stage->failed = part_of(facts, "failed", &stage->stage);
}

/* Of the attempts of a stage the latest, with the task time of the others. */
static void read_stages(struct facts *facts)
{
    size_t count = 0, kept = 0, i;
    struct stage_facts *stages =
        memory_new((json_array_size(facts->all_stages) + 1) * sizeof *stages);
    const json_t *member;

    json_array_foreach (facts->all_stages, i, member) {
        stages[count].stage = spark_stage_of(member);
        if (strcmp(stages[count].stage.status, "SKIPPED") != 0 &&
            strcmp(stages[count].stage.status, "PENDING") != 0)
            count++;
    }
    qsort(stages, count, sizeof *stages, compare_attempts);
    for (i = 0; i < count; i++) {
        if (kept > 0 && stages[kept - 1].stage.id == stages[i].stage.id) {
            if (stages[kept - 1].earlier_ms < JX_INT_MAX)
                stages[kept - 1].earlier_ms += later(stages[i].stage.run_ms, 0);
            continue;
        }
        stages[kept] = stages[i];
        complete_stage(facts, &stages[kept]);
        kept++;
    }
    qsort(stages, kept, sizeof *stages, compare_stages);
    facts->stages = stages;
    facts->stage_count = kept;
    for (i = 0; i < kept && i < STAGES_CLOSE; i++) {
        facts->stages[i].query = facts_query_of_stage(facts, stages[i].stage.id);
        facts->stages[i].has_query = true;
    }
}

/* ---- executions ---- */

static void read_queries(struct facts *facts)
{
    const char *key;
    json_t *body;

    json_object_foreach (jx_object(facts->told, "plans"), key, body) {
        struct query_facts *query = &facts->queries[facts->query_count];

        if (facts->query_count == PLANS_CLOSE || !json_is_object(body))
            continue;
        query->query = spark_query_of(body);
        query->body = body;
        query->nodes = plan_nodes(body);
        query->wall_ms = later(query->query.duration_ms, 0);
        facts->query_count++;
    }
}

void facts_read(struct facts *facts, const json_t *told)
{
    const json_t *place = jx_object(told, "place");

    *facts = (struct facts){.told = told};
    facts->is_running = jx_bool(place, "isRunning");
    facts->start_ms = jx_int(place, "startMs");
    facts->end_ms = facts->is_running ? jx_int(place, "toldMs") : jx_int(place, "endMs");
    read_scope(facts);
    read_busy_time(facts);
    read_executors(facts);
    read_stages(facts);
    facts->stages_forgotten = ids_forgotten(jx_array(told, "stages"), "stageId");
    read_queries(facts);
}

void facts_release(struct facts *facts)
{
    for (size_t i = 0; i < facts->query_count; i++)
        json_decref(facts->queries[i].nodes);
    free(facts->executors);
    free(facts->stages);
    json_decref(facts->jobs);
    json_decref(facts->all_stages);
}
