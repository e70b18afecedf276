/*
 * The run as a picture: cores in use over time, a colour for each of the longest stages, what
 * the executors had, and below the axis where no job ran. It shows nothing that the text
 * does not tell. A stage and an executor are weighed for the columns of their own time only:
 * an application has thousands of both.
 */
#include "diagnosis/findings.h"

#include "base/jx.h"
#include "base/memory.h"
#include "diagnosis/frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    STRIP = 6, /* below the axis: where no job ran */
    STAGES_KEYED = 7,
};

struct picture {
    struct frame frame;
    const struct facts *facts;
    json_int_t start_ms, span_ms;
    double used[FRAME_WIDTH], there[FRAME_WIDTH]; /* cores */
};

static int column_at(const struct picture *picture, json_int_t ms)
{
    json_int_t after = ms - picture->start_ms;

    if (after <= 0)
        return 0;
    return after >= picture->span_ms ? FRAME_WIDTH - 1
                                     : (int)(after * FRAME_WIDTH / picture->span_ms);
}

/* How much of a column a time takes. */
static double share_of(const struct picture *picture, int x, json_int_t from_ms,
                       json_int_t to_ms)
{
    double width = (double)picture->span_ms / FRAME_WIDTH, left = x * width,
           right = left + width, from = (double)(from_ms - picture->start_ms),
           to = (double)(to_ms - picture->start_ms);

    from = from > left ? from : left;
    to = to < right ? to : right;
    return to > from ? (to - from) / width : 0;
}

static void add(const struct picture *picture, double *columns, json_int_t from_ms,
                json_int_t to_ms, double cores)
{
    for (int x = column_at(picture, from_ms); x <= column_at(picture, to_ms); x++)
        columns[x] += cores * share_of(picture, x, from_ms, to_ms);
}

/* Its task time is taken as spread evenly; 0 for one that has not begun. */
static double cores_of(const struct stage_facts *stage)
{
    return stage->stage.first_task_ms != UNKNOWN && stage->wall_ms > 0
               ? (double)or_0(stage->stage.run_ms) / (double)stage->wall_ms
               : 0;
}

static void add_stage(struct picture *picture, const struct stage_facts *stage)
{
    json_int_t from_ms = stage->stage.first_task_ms;

    if (cores_of(stage) > 0)
        add(picture, picture->used, from_ms, from_ms + stage->wall_ms, cores_of(stage));
}

static void add_executors(struct picture *picture)
{
    for (size_t i = 0; i < picture->facts->executor_count; i++) {
        const struct executor_facts *executor = &picture->facts->executors[i];

        add(picture, picture->there, executor->added_ms, executor->removed_ms,
            (double)executor->slots);
    }
}

static void measure(struct picture *picture)
{
    const struct facts *facts = picture->facts;

    for (size_t i = 0; i < facts->stage_count; i++)
        add_stage(picture, &facts->stages[i]);
    add_executors(picture);
    picture->frame.most = 1;
    for (int x = 0; x < FRAME_WIDTH; x++) {
        double cores =
            picture->used[x] > picture->there[x] ? picture->used[x] : picture->there[x];
        if (cores > picture->frame.most)
            picture->frame.most = (double)((long)(cores + 0.999));
    }
}

static enum colour colour_of(const struct facts *facts, size_t stage)
{
    if (strcmp(facts->stages[stage].stage.status, "FAILED") == 0)
        return RED;
    return stage < SERIES_COUNT ? (enum colour)(SERIES + stage) : GREY;
}

static void draw_stages(struct picture *picture)
{
    const struct facts *facts = picture->facts;
    double below[FRAME_WIDTH] = {0};

    for (size_t i = 0; i < facts->stage_count; i++) {
        const struct stage_facts *stage = &facts->stages[i];
        json_int_t from_ms = stage->stage.first_task_ms, to_ms = from_ms + stage->wall_ms;

        if (cores_of(stage) == 0)
            continue;
        for (int x = column_at(picture, from_ms); x <= column_at(picture, to_ms); x++) {
            double own = cores_of(stage) * share_of(picture, x, from_ms, to_ms);
            frame_bar(&picture->frame, x, 1, below[x], below[x] + own,
                      colour_of(facts, i));
            below[x] += own;
        }
    }
}

static void draw_keys(struct picture *picture)
{
    const struct facts *facts = picture->facts;
    size_t i;

    for (i = 0; i < facts->stage_count && i < STAGES_KEYED; i++) {
        const struct stage_facts *stage = &facts->stages[i];
        char text[60];

        snprintf(text, sizeof text, "stage %lld %s%s", (long long)stage->stage.id,
                 in_seconds(stage->wall_ms).text,
                 strcmp(stage->stage.status, "FAILED") == 0 ? " failed" : "");
        frame_key(&picture->frame, (int)i, colour_of(facts, i), text);
    }
    frame_key(&picture->frame, STAGES_KEYED, PALE, "executors' cores");
    frame_key(&picture->frame, STAGES_KEYED + 1, BLACK, "no job ran");
}

static void draw(struct picture *picture)
{
    const json_t *place = jx_object(picture->facts->told, "place");
    bool in_minutes = picture->span_ms > 600 * 1000;
    char title[72];

    snprintf(title, sizeof title, "Cores in use: %.24s %.30s", jx_string(place, "id"),
             jx_string(place, "name"));
    frame_begin(&picture->frame, title);
    for (int x = 0; x < FRAME_WIDTH; x++) {
        frame_bar(&picture->frame, x, 1, 0, picture->there[x], PALE);
        if (picture->used[x] == 0)
            canvas_fill(&picture->frame.canvas, FRAME_LEFT + x, FRAME_BOTTOM + 2, 1,
                        STRIP, BLACK);
    }
    draw_stages(picture);
    frame_axes(&picture->frame, (double)picture->span_ms / (in_minutes ? 60000 : 1000),
               in_minutes ? " min" : " s");
    draw_keys(picture);
}

json_t *diagnosis_picture(const json_t *told)
{
    struct picture *picture = memory_new(sizeof *picture);
    struct facts facts;
    json_t *value = NULL;

    facts_read(&facts, told);
    picture->facts = &facts;
    picture->start_ms = facts.start_ms;
    picture->span_ms = facts.end_ms - facts.start_ms;
    if (picture->span_ms > 0 && facts.stage_count > 0) {
        measure(picture);
        draw(picture);
        value = frame_end(&picture->frame);
    }
    facts_release(&facts);
    free(picture);
    return value;
}
