/*
 * What tells the lines that a driver's launcher wrote from all others in its output
 * (protocol.h): a number that only its submission knows. It is made before the driver has
 * an id, travels in the submission, and is kept here under the id, for the newest
 * NONCES_MAX drivers that this process has submitted.
 */
#ifndef SPARK_NONCE_H
#define SPARK_NONCE_H

#include <stddef.h>

enum { NONCE_DIGITS = 32, NONCES_MAX = 1024 };

void nonce_make(char nonce[NONCE_DIGITS + 1]);
void nonce_keep(const char *driver_id, const char *nonce);
/* "" when it is not known here. */
const char *nonce_of(const char *driver_id);
void nonce_forget_all(void);
/* For tests: what nonce_make makes from now on; NULL: what nobody can guess. */
void nonce_fix(const char *nonce);

/* How a line of the driver's with this word begins, with the space behind it, or any line
 * of the driver's when the word is ""; "" when its nonce is not known here, so that no
 * line is taken for one. */
void nonce_write_mark(const char *driver_id, const char *word, char *mark, size_t size);

#endif
