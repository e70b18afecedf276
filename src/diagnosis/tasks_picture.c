/*
 * The tasks of one stage as a picture, the longest first: how long each ran and how much of
 * that was GC; below the axis what it read, which tells skew from a slow task. It shows
 * nothing that the text does not tell.
 */
#include "diagnosis/tasks_picture.h"

#include "base/memory.h"
#include "diagnosis/findings.h"
#include "diagnosis/frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    READ_TOP = FRAME_BOTTOM + 36, /* hangs down, below the numbers of the axis */
    READ_HEIGHT = 12,
};

struct drawing {
    struct frame frame;
    struct spark_task tasks[TASKS_DRAWN];
    int count;
    json_int_t most_bytes;
};

static int compare(const void *first, const void *second)
{
    const struct spark_task *a = first, *b = second;

    if (a->run_ms != b->run_ms)
        return a->run_ms > b->run_ms ? -1 : 1;
    return a->id < b->id ? -1 : a->id > b->id;
}

/* One that runs has no metrics yet. */
static void read_tasks(struct drawing *drawing, const json_t *tasks)
{
    const json_t *member;
    size_t i;

    json_array_foreach (tasks, i, member) {
        struct spark_task task = spark_task_of(member);

        if (drawing->count == TASKS_DRAWN)
            break;
        if (task.run_ms == UNKNOWN)
            task.run_ms = or_0(task.duration_ms);
        if (task.bytes > drawing->most_bytes)
            drawing->most_bytes = task.bytes;
        drawing->tasks[drawing->count++] = task;
    }
    qsort(drawing->tasks, (size_t)drawing->count, sizeof *drawing->tasks, compare);
}

static void draw_task(struct drawing *drawing, int i)
{
    const struct spark_task *task = &drawing->tasks[i];
    int x = i * FRAME_WIDTH / drawing->count,
        width = (i + 1) * FRAME_WIDTH / drawing->count - x;
    double run_s = (double)task->run_ms / 1000, gc_s = (double)or_0(task->gc_ms) / 1000;
    bool has_failed = strcmp(task->status, "FAILED") == 0;

    if (width > 3)
        width--; /* told apart */
    frame_bar(&drawing->frame, x, width, 0, run_s, has_failed ? RED : SERIES);
    frame_bar(&drawing->frame, x, width, run_s - (gc_s < run_s ? gc_s : run_s), run_s,
              has_failed ? RED : SERIES + 1);
    if (drawing->most_bytes > 0)
        canvas_fill(
            &drawing->frame.canvas, FRAME_LEFT + x, READ_TOP, width,
            (int)((double)or_0(task->bytes) / (double)drawing->most_bytes * READ_HEIGHT +
                  0.5),
            GREY);
}

static void draw_keys(struct drawing *drawing, json_int_t median_ms)
{
    const struct spark_task *longest = &drawing->tasks[0];
    int y = FRAME_BOTTOM - frame_height(&drawing->frame, (double)or_0(median_ms) / 1000);
    char text[60];

    snprintf(text, sizeof text, "run, most %s", in_seconds(longest->run_ms).text);
    frame_key(&drawing->frame, 0, SERIES, text);
    frame_key(&drawing->frame, 1, SERIES + 1, "of it GC");
    frame_key(&drawing->frame, 2, RED, "failed");
    if (median_ms != UNKNOWN) {
        canvas_fill(&drawing->frame.canvas, FRAME_LEFT, y - 1, FRAME_WIDTH, 1, BLACK);
        snprintf(text, sizeof text, "median %s", in_seconds(median_ms).text);
        frame_key(&drawing->frame, 3, BLACK, text);
    }
    if (drawing->most_bytes > 0) {
        snprintf(text, sizeof text, "read, most %s", in_bytes(drawing->most_bytes).text);
        frame_key(&drawing->frame, 4, GREY, text);
    }
    snprintf(text, sizeof text, "longest: partition %lld", (long long)longest->index);
    frame_key(&drawing->frame, 5, WHITE, text);
}

static json_t *draw(struct drawing *drawing, const struct spark_stage *stage,
                    json_int_t median_ms)
{
    char title[80];

    if (stage->tasks > drawing->count)
        snprintf(title, sizeof title,
                 "Stage %lld: seconds of the longest %d of %lld tasks",
                 (long long)stage->id, drawing->count, (long long)stage->tasks);
    else
        snprintf(title, sizeof title, "Stage %lld: seconds of its %d tasks",
                 (long long)stage->id, drawing->count);
    drawing->frame.most = (double)drawing->tasks[0].run_ms / 1000;
    if (drawing->frame.most <= 0)
        drawing->frame.most = 1;
    frame_begin(&drawing->frame, title);
    for (int i = 0; i < drawing->count; i++)
        draw_task(drawing, i);
    frame_axes(&drawing->frame, 0, "tasks, the longest first");
    draw_keys(drawing, median_ms);
    return frame_end(&drawing->frame);
}

json_t *tasks_picture(const struct spark_stage *stage, const json_t *tasks,
                      json_int_t median_ms)
{
    struct drawing *drawing = memory_new(sizeof *drawing);
    json_t *value = NULL;

    read_tasks(drawing, tasks);
    if (drawing->count > 0)
        value = draw(drawing, stage, median_ms);
    free(drawing);
    return value;
}
