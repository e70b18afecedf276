/* Prints a drawing as PNG; test_picture.py reads it. */
#include "picture/canvas.h"

#include <stdio.h>

static struct canvas canvas;

int main(void)
{
    struct buffer png = {0};

    canvas_clear(&canvas);
    canvas_fill(&canvas, 10, 20, 300, 5, RED);
    canvas_fill(&canvas, CANVAS_WIDTH - 4, CANVAS_HEIGHT - 4, 100, 100, SERIES);
    canvas_fill(&canvas, -5, -5, 7, 7, BLACK);
    for (int x = 0; x < CANVAS_WIDTH; x++) /* no runs: colours that change */
        canvas_fill(&canvas, x, 100 + x % 7, 1, 200, (enum colour)(x * 7 % COLOURS));
    canvas_write(&canvas, 400, 40, "I~", BLACK);
    canvas_add_png(&canvas, &png);
    fwrite(png.data, 1, png.length, stdout);
    buffer_release(&png);
    return 0;
}
