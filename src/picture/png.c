/*
 * PNG with a palette, four bits a pixel. Each row is written as its difference from the one
 * above (filter 2), which leaves long runs of zeros, and only runs of one byte are
 * compressed: RFC 1951 with its fixed codes is enough for drawings, and short.
 */
#include "base/text.h"
#include "picture/canvas.h"

#include <string.h>

enum {
    ROW_BYTES = CANVAS_WIDTH / 2,
    UP = 2,
    RUN_MIN = 3,
    RUN_MAX = 258,
    END_OF_BLOCK = 256,
    ADLER = 65521,
};

static const uint8_t palette[COLOURS][3] = {
    {255, 255, 255}, {0, 0, 0},      {128, 128, 128}, {226, 226, 226}, {214, 39, 40},
    {31, 119, 180},  {255, 127, 14}, {44, 160, 44},   {148, 103, 189}, {140, 86, 75},
    {227, 119, 194}, {188, 189, 34}, {23, 190, 207},
};

/* ---- deflate ---- */

struct bits {
    struct buffer *target;
    uint32_t waiting;
    int count;
};

static void add_bits(struct bits *bits, uint32_t value, int count)
{
    bits->waiting |= value << bits->count;
    bits->count += count;
    while (bits->count >= 8) {
        char byte = (char)(bits->waiting & 0xFF);
        buffer_add(bits->target, &byte, 1);
        bits->waiting >>= 8;
        bits->count -= 8;
    }
}

/* Codes are written from their highest bit. */
static void add_code(struct bits *bits, uint32_t code, int count)
{
    for (int i = count - 1; i >= 0; i--)
        add_bits(bits, code >> i & 1, 1);
}

/* RFC 1951, 3.2.6. */
static void add_symbol(struct bits *bits, uint32_t symbol)
{
    if (symbol < 144)
        add_code(bits, 0x30 + symbol, 8);
    else if (symbol < 256)
        add_code(bits, 0x190 + symbol - 144, 9);
    else if (symbol < 280)
        add_code(bits, symbol - 256, 7);
    else
        add_code(bits, 0xC0 + symbol - 280, 8);
}

/* So many bytes more like the last one. */
static void add_run(struct bits *bits, uint32_t length)
{
    static const struct {
        uint16_t symbol, base;
        uint8_t extra;
    } lengths[] = {{285, 258, 0}, {281, 131, 5}, {277, 67, 4}, {273, 35, 3},
                   {269, 19, 2},  {265, 11, 1},  {257, 3, 0}};
    size_t i = 0;
    uint32_t beyond, step;

    while (length < lengths[i].base)
        i++;
    beyond = length - lengths[i].base;
    step = beyond >> lengths[i].extra;
    add_symbol(bits, lengths[i].symbol + step);
    add_bits(bits, beyond & ((1u << lengths[i].extra) - 1), lengths[i].extra);
    add_code(bits, 0, 5); /* a distance of 1 */
}

static void add_deflated(struct buffer *target, const uint8_t *bytes, size_t length)
{
    struct bits bits = {.target = target};
    size_t i = 0;

    add_bits(&bits, 1, 1); /* the last block */
    add_bits(&bits, 1, 2); /* with fixed codes */
    while (i < length) {
        size_t run = 0;

        while (i > 0 && i + run < length && run < RUN_MAX &&
               bytes[i + run] == bytes[i - 1])
            run++;
        if (run >= RUN_MIN) {
            add_run(&bits, (uint32_t)run);
            i += run;
        } else {
            add_symbol(&bits, bytes[i++]);
        }
    }
    add_symbol(&bits, END_OF_BLOCK);
    add_bits(&bits, 0, 7); /* to the end of the byte */
}

/* ---- chunks ---- */

static void add_number(struct buffer *target, uint32_t number)
{
    char bytes[] = {(char)(number >> 24), (char)(number >> 16), (char)(number >> 8),
                    (char)number};

    buffer_add(target, bytes, sizeof bytes);
}

static void add_chunk(struct buffer *png, const char *type, const void *data,
                      size_t length)
{
    size_t start = png->length + 4;

    add_number(png, (uint32_t)length);
    buffer_add_text(png, type);
    buffer_add(png, data, length);
    add_number(png, text_crc32(png->data + start, png->length - start));
}

static uint32_t adler32(const uint8_t *bytes, size_t length)
{
    uint32_t a = 1, b = 0;

    for (size_t i = 0; i < length; i++) {
        a = (a + bytes[i]) % ADLER;
        b = (b + a) % ADLER;
    }
    return b << 16 | a;
}

/* Rows as they are compressed: a byte that names the filter, then the differences. */
static void add_rows(struct buffer *rows, const struct canvas *canvas)
{
    uint8_t above[ROW_BYTES] = {0}, own[ROW_BYTES], row[1 + ROW_BYTES] = {UP};

    for (int y = 0; y < CANVAS_HEIGHT; y++) {
        for (int i = 0; i < ROW_BYTES; i++) {
            own[i] = (uint8_t)(canvas->at[y][2 * i] << 4 | canvas->at[y][2 * i + 1]);
            row[1 + i] = (uint8_t)(own[i] - above[i]);
        }
        buffer_add(rows, row, sizeof row);
        memcpy(above, own, sizeof above);
    }
}

void canvas_add_png(const struct canvas *canvas, struct buffer *png)
{
    static const char signature[] = "\x89PNG\r\n\x1a\n", zlib[] = "\x78\x01";
    struct buffer header = {0}, rows = {0}, data = {0};

    buffer_add(png, signature, sizeof signature - 1);
    add_number(&header, CANVAS_WIDTH);
    add_number(&header, CANVAS_HEIGHT);
    buffer_add(&header, "\4\3\0\0\0", 5); /* four bits, a palette */
    add_chunk(png, "IHDR", header.data, header.length);
    add_chunk(png, "PLTE", palette, sizeof palette);
    add_rows(&rows, canvas);
    buffer_add(&data, zlib, 2);
    add_deflated(&data, (const uint8_t *)rows.data, rows.length);
    add_number(&data, adler32((const uint8_t *)rows.data, rows.length));
    add_chunk(png, "IDAT", data.data, data.length);
    add_chunk(png, "IEND", NULL, 0);
    buffer_release(&header);
    buffer_release(&rows);
    buffer_release(&data);
}
