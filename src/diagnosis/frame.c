#include "diagnosis/frame.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum { TICKS = 5, KEY_TOP = FRAME_BOTTOM + 52, KEY_SIZE = 12 };

void frame_begin(struct frame *frame, const char *title)
{
    canvas_clear(&frame->canvas);
    canvas_write(&frame->canvas, FRAME_LEFT - 2, 12, title, BLACK);
}

int frame_height(const struct frame *frame, double value)
{
    return (int)(value / frame->most * FRAME_HEIGHT + 0.5);
}

void frame_bar(struct frame *frame, int x, int width, double from, double to,
               enum colour colour)
{
    int low = frame_height(frame, from), high = frame_height(frame, to);

    canvas_fill(&frame->canvas, FRAME_LEFT + x, FRAME_BOTTOM - high, width, high - low,
                colour);
}

static void write_right(struct frame *frame, int right, int y, const char *text)
{
    canvas_write(&frame->canvas, right - LETTER_WIDTH * (int)strlen(text), y, text,
                 BLACK);
}

static int digits_of(double number)
{
    return number == (double)(long)number ? 0 : 1;
}

void frame_axes(struct frame *frame, double span, const char *unit)
{
    struct canvas *canvas = &frame->canvas;
    char text[40];

    canvas_fill(canvas, FRAME_LEFT - 2, FRAME_TOP, 2, FRAME_HEIGHT + 2, BLACK);
    canvas_fill(canvas, FRAME_LEFT - 2, FRAME_BOTTOM, FRAME_WIDTH + 2, 2, BLACK);
    for (int i = 0; i <= 2; i++) {
        double value = frame->most * i / 2;
        snprintf(text, sizeof text, "%.*f", digits_of(value), value);
        write_right(frame, FRAME_LEFT - 6, FRAME_BOTTOM - frame_height(frame, value) - 6,
                    text);
    }
    if (span <= 0)
        write_right(frame, FRAME_LEFT + FRAME_WIDTH, FRAME_BOTTOM + 14, unit);
    for (int i = 0; i <= TICKS && span > 0; i++) {
        int x = FRAME_LEFT + FRAME_WIDTH * i / TICKS;
        snprintf(text, sizeof text, "%.*f%s", span < 10 * TICKS ? 1 : 0, span * i / TICKS,
                 i < TICKS ? "" : unit);
        canvas_fill(canvas, x - 1, FRAME_BOTTOM, 2, 5, BLACK);
        if (i == TICKS)
            write_right(frame, FRAME_LEFT + FRAME_WIDTH + 12, FRAME_BOTTOM + 14, text);
        else
            canvas_write(canvas, x - LETTER_WIDTH / 2 * (int)strlen(text),
                         FRAME_BOTTOM + 14, text, BLACK);
    }
}

void frame_key(struct frame *frame, int number, enum colour colour, const char *text)
{
    int x = FRAME_LEFT + number % FRAME_KEYS * (FRAME_WIDTH / FRAME_KEYS),
        y = KEY_TOP + number / FRAME_KEYS * (LETTER_HEIGHT + 6);

    canvas_fill(&frame->canvas, x, y, KEY_SIZE, KEY_SIZE, colour);
    canvas_write(&frame->canvas, x + KEY_SIZE + 6, y, text, BLACK);
}

json_t *frame_end(const struct frame *frame)
{
    struct buffer png = {0}, text = {0};
    json_t *value;

    canvas_add_png(&frame->canvas, &png);
    text_add_base64(&text, png.data, png.length);
    value = jx_text(buffer_text(&text), text.length);
    buffer_release(&png);
    buffer_release(&text);
    return value;
}
