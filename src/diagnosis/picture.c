/*
 * The run as a picture: cores in use over time, a colour for each of the longest stages, what
 * the executors had, and below the axis where no job ran. It shows nothing that the text
 * does not tell.
 */
#include "diagnosis/findings.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "base/memory.h"
#include "base/text.h"
#include "picture/canvas.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LEFT = 64,
    TOP = 44,
    WIDTH = 816,
    HEIGHT = 250,
    BOTTOM = TOP + HEIGHT,
    STRIP = 6, /* below the axis: where no job ran */
    LEGEND = BOTTOM + 52,
    LEGEND_ROWS = 3,
    LEGEND_COLUMNS = 3,
    TICKS = 5,
};

struct picture {
    struct canvas canvas;
    const struct facts *facts;
    json_int_t start_ms, span_ms;
    double most; /* cores, at the top of the axis */
};

static json_int_t time_at(const struct picture *picture, int x)
{
    return picture->start_ms + picture->span_ms * x / WIDTH;
}

/* Of a stage between two times, on average: its task time is taken as spread evenly. */
static double cores_of(const struct stage_facts *stage, json_int_t from_ms,
                       json_int_t to_ms)
{
    json_int_t begun = stage->stage.first_task_ms, ended = begun + stage->wall_ms,
               from = begun > from_ms ? begun : from_ms,
               to = ended < to_ms ? ended : to_ms;

    if (begun == UNKNOWN || stage->wall_ms <= 0 || to <= from)
        return 0;
    return (double)stage->stage.run_ms / (double)stage->wall_ms * (double)(to - from) /
           (double)(to_ms - from_ms);
}

static enum colour colour_of(const struct facts *facts, size_t stage)
{
    if (strcmp(facts->stages[stage].stage.status, "FAILED") == 0)
        return RED;
    return stage < SERIES_COUNT ? (enum colour)(SERIES + stage) : GREY;
}

static void find_most(struct picture *picture)
{
    const struct facts *facts = picture->facts;

    picture->most = 1;
    for (int x = 0; x < WIDTH; x++) {
        json_int_t from = time_at(picture, x), to = time_at(picture, x + 1) + 1;
        double cores = 0, slots = facts_cores(facts, from, to);

        for (size_t i = 0; i < facts->stage_count; i++)
            cores += cores_of(&facts->stages[i], from, to);
        cores = cores > slots ? cores : slots;
        if (cores > picture->most)
            picture->most = (double)((long)(cores + 0.999));
    }
}

static int height_of(const struct picture *picture, double cores)
{
    return (int)(cores / picture->most * HEIGHT + 0.5);
}

static void draw_column(struct picture *picture, int x)
{
    const struct facts *facts = picture->facts;
    json_int_t from = time_at(picture, x), to = time_at(picture, x + 1) + 1;
    int there = height_of(picture, facts_cores(facts, from, to));
    double cores = 0;

    canvas_fill(&picture->canvas, LEFT + x, BOTTOM - there, 1, there, PALE);
    for (size_t i = 0; i < facts->stage_count; i++) {
        double own = cores_of(&facts->stages[i], from, to);
        int low = height_of(picture, cores), high = height_of(picture, cores + own);

        canvas_fill(&picture->canvas, LEFT + x, BOTTOM - high, 1, high - low,
                    colour_of(facts, i));
        cores += own;
    }
    if (cores == 0)
        canvas_fill(&picture->canvas, LEFT + x, BOTTOM + 2, 1, STRIP, BLACK);
}

static void write_right(struct picture *picture, int right, int y, const char *text)
{
    canvas_write(&picture->canvas, right - LETTER_WIDTH * (int)strlen(text), y, text,
                 BLACK);
}

static void draw_axes(struct picture *picture)
{
    bool in_minutes = picture->span_ms > 600 * 1000;
    double span = (double)picture->span_ms / (in_minutes ? 60000 : 1000);
    char text[40];

    canvas_fill(&picture->canvas, LEFT - 2, TOP, 2, HEIGHT + 2, BLACK);
    canvas_fill(&picture->canvas, LEFT - 2, BOTTOM, WIDTH + 2, 2, BLACK);
    for (int i = 0; i <= 2; i++) {
        double cores = picture->most * i / 2;
        snprintf(text, sizeof text, "%.*f", cores == (double)(long)cores ? 0 : 1, cores);
        write_right(picture, LEFT - 6, BOTTOM - height_of(picture, cores) - 6, text);
    }
    for (int i = 0; i <= TICKS; i++) {
        int x = LEFT + WIDTH * i / TICKS;
        snprintf(text, sizeof text, "%.*f%s", span < 10 * TICKS ? 1 : 0, span * i / TICKS,
                 i < TICKS    ? ""
                 : in_minutes ? " min"
                              : " s");
        canvas_fill(&picture->canvas, x - 1, BOTTOM, 2, 5, BLACK);
        if (i == TICKS)
            write_right(picture, LEFT + WIDTH + 12, BOTTOM + 14, text);
        else
            canvas_write(&picture->canvas, x - LETTER_WIDTH / 2 * (int)strlen(text),
                         BOTTOM + 14, text, BLACK);
    }
}

static void draw_legend(struct picture *picture)
{
    const struct facts *facts = picture->facts;

    for (size_t i = 0; i < facts->stage_count && i < LEGEND_ROWS * LEGEND_COLUMNS - 2;
         i++) {
        const struct stage_facts *stage = &facts->stages[i];
        int x = LEFT + (int)(i % LEGEND_COLUMNS) * (WIDTH / LEGEND_COLUMNS),
            y = LEGEND + (int)(i / LEGEND_COLUMNS) * (LETTER_HEIGHT + 6);
        char text[60];

        snprintf(text, sizeof text, "stage %lld %s%s", (long long)stage->stage.id,
                 in_seconds(stage->wall_ms).text,
                 strcmp(stage->stage.status, "FAILED") == 0 ? " failed" : "");
        canvas_fill(&picture->canvas, x, y, 12, 12, colour_of(facts, i));
        canvas_write(&picture->canvas, x + 18, y, text, BLACK);
    }
}

/* Under the stages: what is not one. */
static void draw_other_legend(struct picture *picture)
{
    int x = LEFT + (LEGEND_COLUMNS - 2) * (WIDTH / LEGEND_COLUMNS),
        y = LEGEND + (LEGEND_ROWS - 1) * (LETTER_HEIGHT + 6);

    canvas_fill(&picture->canvas, x, y, 12, 12, PALE);
    canvas_write(&picture->canvas, x + 18, y, "executors' cores", BLACK);
    x += WIDTH / LEGEND_COLUMNS;
    canvas_fill(&picture->canvas, x, y + 4, 12, STRIP, BLACK);
    canvas_write(&picture->canvas, x + 18, y, "no job ran", BLACK);
}

static void draw(struct picture *picture)
{
    const json_t *place = jx_object(picture->facts->told, "place");
    char title[72];

    snprintf(title, sizeof title, "Cores in use: %.24s %.30s", jx_string(place, "id"),
             jx_string(place, "name"));
    canvas_clear(&picture->canvas);
    canvas_write(&picture->canvas, LEFT - 2, 12, title, BLACK);
    for (int x = 0; x < WIDTH; x++)
        draw_column(picture, x);
    draw_axes(picture);
    draw_legend(picture);
    draw_other_legend(picture);
}

json_t *diagnosis_picture(const json_t *told)
{
    struct picture *picture = memory_new(sizeof *picture);
    struct facts facts;
    struct buffer png = {0}, text = {0};
    json_t *value = NULL;

    facts_read(&facts, told);
    picture->facts = &facts;
    picture->start_ms = facts.start_ms;
    picture->span_ms = facts.end_ms - facts.start_ms;
    if (picture->span_ms > 0 && facts.stage_count > 0) {
        find_most(picture);
        draw(picture);
        canvas_add_png(&picture->canvas, &png);
        text_add_base64(&text, png.data, png.length);
        value = jx_text(buffer_text(&text), text.length);
    }
    buffer_release(&png);
    buffer_release(&text);
    facts_release(&facts);
    free(picture);
    return value;
}
