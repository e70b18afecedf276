#include "picture/canvas.h"

#include "picture/font.h"

#include <string.h>

void canvas_clear(struct canvas *canvas)
{
    memset(canvas->at, WHITE, sizeof canvas->at);
}

static int within(int value, int end)
{
    if (value < 0)
        return 0;
    return value < end ? value : end;
}

void canvas_fill(struct canvas *canvas, int x, int y, int width, int height,
                 enum colour colour)
{
    int left = within(x, CANVAS_WIDTH), right = within(x + width, CANVAS_WIDTH);

    for (int row = within(y, CANVAS_HEIGHT); row < within(y + height, CANVAS_HEIGHT);
         row++)
        if (right > left)
            memset(&canvas->at[row][left], colour, (size_t)(right - left));
}

static void write_letter(struct canvas *canvas, int x, int y, char letter,
                         enum colour colour)
{
    const uint8_t *columns = font_letter(letter);

    for (int column = 0; column < FONT_COLUMNS; column++)
        for (int row = 0; row < 8; row++)
            if ((columns[column] >> row & 1) != 0)
                canvas_fill(canvas, x + 2 * column, y + 2 * row, 2, 2, colour);
}

void canvas_write(struct canvas *canvas, int x, int y, const char *text,
                  enum colour colour)
{
    for (; *text != '\0'; text++, x += LETTER_WIDTH)
        write_letter(canvas, x, y, *text, colour);
}
