/* Random digits for ids and tokens. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>

/* Writes so many hexadecimal digits, an even number, that nobody can guess; and a NUL. */
void random_hex(char *text, size_t digits);

#endif
