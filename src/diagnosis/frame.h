/* What pictures of a diagnosis have in common: a title, two axes, a key below them. */
#ifndef DIAGNOSIS_FRAME_H
#define DIAGNOSIS_FRAME_H

#include "picture/canvas.h"

#include <jansson.h>

enum {
    FRAME_LEFT = 64,
    FRAME_TOP = 44,
    FRAME_WIDTH = 816,
    FRAME_HEIGHT = 250,
    FRAME_BOTTOM = FRAME_TOP + FRAME_HEIGHT,
    FRAME_KEYS = 3, /* in a row of the key */
};

struct frame {
    struct canvas canvas;
    double most; /* at the top of the axis; above 0 */
};

/* Everything white but the title. */
void frame_begin(struct frame *frame, const char *title);
int frame_height(const struct frame *frame, double value);
/* A bar of one colour, between two values. */
void frame_bar(struct frame *frame, int x, int width, double from, double to,
               enum colour colour);
/* Over what was drawn: the axes, the lower one from 0 to `span` of a unit (" s");
 * of 0 it has no numbers, only the unit. */
void frame_axes(struct frame *frame, double span, const char *unit);
/* The next of the key from the left: the first has the number 0. */
void frame_key(struct frame *frame, int number, enum colour colour, const char *text);
/* As PNG in base64; new. */
json_t *frame_end(const struct frame *frame);

#endif
