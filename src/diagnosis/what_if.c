/*
 * The model: an application is its driver's own time and groups of stages, one after the
 * other. Stages that overlapped in time form a group; Spark's API does not tell which stage
 * waits for which, and what ran at the same time did not. A stage with equal tasks takes as
 * many waves as its tasks fill; one with a long task cannot be shorter than that task.
 *
 * It first says how well it tells what really happened. Above 25 % it says nothing: what
 * shuffles, disks and other applications do is not in it.
 */
#include "diagnosis/what_if.h"

#include "base/jx.h"
#include "base/memory.h"
#include "diagnosis/facts.h"
#include "diagnosis/findings.h"

#include <stdlib.h>
#include <string.h>

enum {
    ERROR_PERCENT = 25,
    KNEE_PERCENT = 10,   /* more cores are not worth it when they save less */
    LONG_TIMES_MEAN = 2, /* a longer task is not of equal tasks */
    KNEE_MAX = 4096,
    FAILED_PERCENT = 20,
};

struct part {
    json_int_t from_ms, to_ms;
    double run_ms, longest_ms, tasks;
    json_int_t stage;
};

struct model {
    struct part *parts; /* by their beginning */
    size_t count;
    double driver_ms, run_ms, failed_ms;
};

static int compare(const void *first, const void *second)
{
    const struct part *a = first, *b = second;

    return a->from_ms < b->from_ms ? -1 : a->from_ms > b->from_ms;
}

static double at_least(double a, double b)
{
    return a > b ? a : b;
}

static struct part part_of(const struct stage_facts *stage)
{
    double tasks = stage->stage.tasks > 0 ? (double)stage->stage.tasks : 1,
           run_ms = stage->stage.run_ms > 0 ? (double)stage->stage.run_ms : 0,
           longest = (double)stage_quantile(stage, NULL, "executorRunTime", MOST);

    return (struct part){.from_ms = stage->stage.first_task_ms,
                         .to_ms = stage->stage.first_task_ms + stage->wall_ms,
                         .run_ms = run_ms,
                         .longest_ms = at_least(longest, run_ms / tasks),
                         .tasks = tasks,
                         .stage = stage->stage.id};
}

static void read_model(struct model *model, const struct facts *facts)
{
    json_int_t until_ms = 0, stages_ms = 0;

    *model = (struct model){
        .parts = memory_new((facts->stage_count + 1) * sizeof *model->parts)};
    for (size_t i = 0; i < facts->stage_count; i++) {
        const struct stage_facts *stage = &facts->stages[i];

        if (stage->stage.first_task_ms == UNKNOWN || stage->wall_ms <= 0)
            continue;
        model->parts[model->count++] = part_of(stage);
        model->run_ms += model->parts[model->count - 1].run_ms;
        model->failed_ms += (double)stage->earlier_ms;
    }
    qsort(model->parts, model->count, sizeof *model->parts, compare);
    for (size_t i = 0; i < model->count; i++) {
        json_int_t from =
            model->parts[i].from_ms > until_ms ? model->parts[i].from_ms : until_ms;
        if (model->parts[i].to_ms > from)
            stages_ms += model->parts[i].to_ms - from;
        until_ms = model->parts[i].to_ms > until_ms ? model->parts[i].to_ms : until_ms;
    }
    model->driver_ms = (double)(facts->end_ms - facts->start_ms - stages_ms);
}

static double waves_of(double tasks, double cores)
{
    double waves = (double)whole_of(tasks / cores);

    return waves * cores < tasks ? waves + 1 : waves;
}

static double time_of_part(const struct part *part, double cores)
{
    double mean = part->run_ms / part->tasks;

    if (part->longest_ms <= LONG_TIMES_MEAN * mean)
        return at_least(part->longest_ms, waves_of(part->tasks, cores) * mean);
    return at_least(part->longest_ms, part->run_ms / cores);
}

/* Groups end where a stage begins after all before it have ended. `longest` is the stage with
 * most of the time. */
static double simulate(const struct model *model, double cores, json_int_t *longest)
{
    double all_ms = model->driver_ms, group_ms = 0, run_ms = 0, most_ms = 0;
    json_int_t until_ms = 0;

    for (size_t i = 0; i < model->count; i++) {
        const struct part *part = &model->parts[i];
        double own_ms = time_of_part(part, cores);

        if (part->from_ms >= until_ms) {
            all_ms += at_least(group_ms, run_ms / cores);
            group_ms = run_ms = 0;
        }
        group_ms = at_least(group_ms, own_ms);
        run_ms += part->run_ms;
        until_ms = part->to_ms > until_ms ? part->to_ms : until_ms;
        if (own_ms > most_ms && longest != NULL) {
            most_ms = own_ms;
            *longest = part->stage;
        }
    }
    return all_ms + at_least(group_ms, run_ms / cores);
}

/* ---- the answer ---- */

static json_t *estimate_of(const struct model *model, double cores)
{
    double ms = simulate(model, cores, NULL);
    json_t *row = json_object();

    json_object_set_new(row, "cores", json_integer(whole_of(cores + 0.5)));
    jx_set_seconds(row, "seconds", whole_of(ms));
    json_object_set_new(row, "coreHours",
                        json_real((double)whole_of(cores * ms / 36000 + 0.5) / 100));
    return row;
}

/* The least cores from which on four times as many save little. */
static json_int_t knee_of(const struct model *model)
{
    json_int_t cores = 1;

    while (cores < KNEE_MAX &&
           simulate(model, (double)cores, NULL) * 100 >
               simulate(model, (double)cores * 4, NULL) * (100 + KNEE_PERCENT))
        cores = cores < 8 ? cores + 1 : cores + cores / 4;
    return cores;
}

static json_t *refuse(const char *why)
{
    return jx_pack("{s:s}", "refused", why);
}

static json_t *answer_of(const struct model *model, const struct facts *facts)
{
    static const double factors[] = {0.5, 1, 2, 4};
    double wall_ms = (double)(facts->end_ms - facts->start_ms),
           cores = facts_slots(facts, model->parts[0].from_ms,
                               model->parts[model->count - 1].to_ms),
           told_ms = simulate(model, cores, NULL),
           error = wall_ms > 0
                       ? at_least(told_ms - wall_ms, wall_ms - told_ms) * 100 / wall_ms
                       : 100;
    json_int_t longest = UNKNOWN;
    double floor_ms = simulate(model, 1e9, &longest);
    json_t *answer, *estimates = json_array();

    if (error > ERROR_PERCENT) {
        json_decref(estimates);
        answer = refuse("the model is not true of this run: it would have taken another "
                        "time by it");
        json_object_set_new(answer, "modelErrorPercent", json_integer(whole_of(error)));
        return answer;
    }
    for (size_t i = 0; i < sizeof factors / sizeof *factors; i++)
        json_array_append_new(estimates,
                              estimate_of(model, at_least(1, cores * factors[i])));
    answer = jx_pack("{s:I, s:I, s:o, s:I, s:I}", "cores", whole_of(cores + 0.5),
                     "modelErrorPercent", whole_of(error + 0.5), "estimates", estimates,
                     "floorStageId", longest, "kneeCores", knee_of(model));
    jx_set_seconds(answer, "wallSeconds", whole_of(wall_ms));
    jx_set_seconds(answer, "driverSeconds", whole_of(model->driver_ms));
    jx_set_seconds(answer, "taskSeconds", whole_of(model->run_ms));
    jx_set_seconds(answer, "floorSeconds", whole_of(floor_ms));
    return answer;
}

json_t *what_if(const json_t *told)
{
    struct facts facts;
    struct model model;
    json_t *answer;

    facts_read(&facts, told);
    read_model(&model, &facts);
    if (facts.is_running)
        answer = refuse("the application still runs: what it will do is not known");
    else if (model.count == 0 || facts.end_ms <= facts.start_ms)
        answer = refuse("nothing is known of when its stages ran");
    else if (facts.stages_forgotten > 0)
        answer = refuse("Spark has forgotten some of its stages");
    else if (model.failed_ms * 100 > model.run_ms * FAILED_PERCENT)
        answer = refuse("too much of its work was done again after failures");
    else
        answer = answer_of(&model, &facts);
    free(model.parts);
    facts_release(&facts);
    return answer;
}
