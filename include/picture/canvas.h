/*
 * A picture of a few colours, drawn and written as PNG: the bytes are the same for the same
 * drawing. There is nothing to clip: what lies outside is not drawn.
 */
#ifndef PICTURE_CANVAS_H
#define PICTURE_CANVAS_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stdint.h>

enum { CANVAS_WIDTH = 900, CANVAS_HEIGHT = 420 };

enum colour {
    WHITE,
    BLACK,
    GREY,
    PALE,
    RED,
    SERIES, /* the first of SERIES_COUNT colours that are told apart */
    SERIES_COUNT = 8,
    COLOURS = SERIES + SERIES_COUNT,
};

/* Letters are 5 dots wide and 7 high, each dot two pixels. */
enum { LETTER_WIDTH = 12, LETTER_HEIGHT = 16 };

struct canvas {
    uint8_t at[CANVAS_HEIGHT][CANVAS_WIDTH];
};

/* Everything white. */
void canvas_clear(struct canvas *canvas);
void canvas_fill(struct canvas *canvas, int x, int y, int width, int height,
                 enum colour colour);
/* ASCII; other bytes are drawn as '?'. */
void canvas_write(struct canvas *canvas, int x, int y, const char *text,
                  enum colour colour);

/* PNG (W3C, third edition). */
void canvas_add_png(const struct canvas *canvas, struct buffer *png);

#endif
