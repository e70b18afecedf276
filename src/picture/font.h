/* Letters of 5 columns; the lowest bit of a column is its top dot. */
#ifndef PICTURE_FONT_H
#define PICTURE_FONT_H

#include <stdint.h>

enum { FONT_COLUMNS = 5 };

/* Of '?' for what is not printable ASCII. */
const uint8_t *font_letter(char letter);

#endif
