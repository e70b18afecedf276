/* Text for people: UTF-8, times, nearest names, base64. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Looked at in words: a tenth of the time that checking UTF-8 takes. */
bool text_is_ascii(const char *bytes, size_t length);
/* Adds the bytes to the buffer; each byte that is not part of valid UTF-8 becomes U+FFFD.
 */
void text_make_utf8(const char *bytes, size_t length, struct buffer *target);

/* The name that is nearest to the word by edit distance, NULL when none is near. */
const char *text_nearest(const char *word, const char *const *names, size_t count);

/* How many bytes of the text fit into `most` without cutting a character of its UTF-8. */
size_t text_cut(const char *text, size_t most);
/* Copies the text, or as much of it as text_cut leaves when it is longer than the target.
 */
void text_copy(char *target, size_t size, const char *text);

/* Adds the text, or when it is longer than `most` bytes its beginning and "...". */
void text_add_beginning(struct buffer *target, const char *text, size_t most);
/* How many characters the text has. */
size_t text_width(const char *text);

/* Adds the text with its control characters written out as "\\x1b", those of C1 too; line
 * breaks and tabs stay. */
void text_add_visible(struct buffer *target, const char *text, size_t length);

/* The whole number that the text is: digits alone; -1 for anything else. */
long text_whole_number(const char *text);

/* UTC, "2026-11-22 15:04:05". */
void text_time(int64_t wall_ms, char *text, size_t size);

/* The first item of a list such as "a, b" and its length; NULL after the last one. The
 * next one is that of the text behind it. */
const char *text_item(const char *list, size_t *length);

bool text_starts_with(const char *text, const char *prefix);
bool text_ends_with(const char *text, const char *suffix);
/* Ignores the case of ASCII letters. */
bool text_contains_word(const char *text, const char *word);

/* Adds the standard base64 form of the bytes. */
void text_add_base64(struct buffer *target, const void *bytes, size_t length);

/* The CRC-32 of zlib. */
uint32_t text_crc32(const char *bytes, size_t length);

/* The byte that "%2F" at the start of the text stands for; -1 for what is none such. */
int text_url_byte(const char *text);
/* Adds the text with what is not allowed in a URL component percent-encoded. */
void text_add_url_part(struct buffer *target, const char *text);

#endif
