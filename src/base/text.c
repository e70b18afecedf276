/*
 * Everything about characters stands here: what is UTF-8, where a text may be cut, which
 * name is near another. Nothing is kept between calls.
 */
#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { NAME_MAX_LENGTH = 63, NUMBER_MAX_LENGTH = 18 };

/* Length of the valid UTF-8 sequence at the start of the bytes; 0 when there is none. */
static size_t sequence_length(const unsigned char *bytes, size_t length)
{
    size_t wanted;

    if (bytes[0] < 0x80)
        return 1;
    if (bytes[0] >= 0xC2 && bytes[0] <= 0xDF)
        wanted = 2;
    else if (bytes[0] >= 0xE0 && bytes[0] <= 0xEF)
        wanted = 3;
    else if (bytes[0] >= 0xF0 && bytes[0] <= 0xF4)
        wanted = 4;
    else
        return 0;
    if (length < wanted)
        return 0;
    for (size_t i = 1; i < wanted; i++)
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
    /* overlong forms, surrogates, beyond U+10FFFF */
    if ((bytes[0] == 0xE0 && bytes[1] < 0xA0) || (bytes[0] == 0xED && bytes[1] > 0x9F) ||
        (bytes[0] == 0xF0 && bytes[1] < 0x90) || (bytes[0] == 0xF4 && bytes[1] > 0x8F))
        return 0;
    return wanted;
}

bool text_is_ascii(const char *bytes, size_t length)
{
    uint64_t word, seen = 0;
    size_t i;

    for (i = 0; i + sizeof word <= length; i += sizeof word) {
        memcpy(&word, bytes + i, sizeof word);
        seen |= word;
    }
    for (; i < length; i++)
        seen |= (unsigned char)bytes[i];
    return (seen & 0x8080808080808080) == 0;
}

void text_make_utf8(const char *bytes, size_t length, struct buffer *target)
{
    size_t at = 0;

    while (at < length) {
        size_t valid = sequence_length((const unsigned char *)bytes + at, length - at);

        if (valid > 0)
            buffer_add(target, bytes + at, valid);
        else
            buffer_add_text(target, "\xEF\xBF\xBD");
        at += valid > 0 ? valid : 1;
    }
}

size_t text_cut(const char *text, size_t most)
{
    size_t length = strnlen(text, most + 1);

    if (length <= most)
        return length;
    for (length = most; length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80;)
        length--;
    return length;
}

void text_copy(char *target, size_t size, const char *text)
{
    size_t length = text_cut(text, size - 1);

    memcpy(target, text, length);
    target[length] = '\0';
}

void text_add_beginning(struct buffer *target, const char *text, size_t most)
{
    size_t length = text_cut(text, most);

    buffer_add(target, text, length);
    buffer_add_text(target, text[length] != '\0' ? "..." : "");
}

size_t text_width(const char *text)
{
    size_t width = 0;

    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

long text_whole_number(const char *text)
{
    size_t length = strlen(text);

    if (length == 0 || length > NUMBER_MAX_LENGTH || strspn(text, "0123456789") < length)
        return -1;
    return strtol(text, NULL, 10);
}

static size_t edit_distance(const char *a, const char *b)
{
    size_t row[NAME_MAX_LENGTH + 1];
    size_t a_length = strlen(a), b_length = strlen(b);

    if (a_length > NAME_MAX_LENGTH || b_length > NAME_MAX_LENGTH)
        return NAME_MAX_LENGTH;
    for (size_t j = 0; j <= b_length; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t above = row[j];
            bool is_same =
                tolower((unsigned char)a[i - 1]) == tolower((unsigned char)b[j - 1]);
            size_t best = diagonal + (is_same ? 0 : 1);

            if (above + 1 < best)
                best = above + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
            diagonal = above;
        }
    }
    return row[b_length];
}

const char *text_nearest(const char *word, const char *const *names, size_t count)
{
    const char *nearest = NULL;
    size_t best = strlen(word) / 3 + 2;

    if (strlen(word) > NAME_MAX_LENGTH)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        size_t distance = edit_distance(word, names[i]);

        if (distance < best) {
            best = distance;
            nearest = names[i];
        }
    }
    if (nearest != NULL || strlen(word) < 3)
        return nearest;
    for (size_t i = 0; i < count; i++)
        if (text_contains_word(names[i], word) || text_contains_word(word, names[i]))
            return names[i];
    return NULL;
}

void text_time(int64_t wall_ms, char *text, size_t size)
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm fields;

    gmtime_r(&seconds, &fields);
    strftime(text, size, "%Y-%m-%d %H:%M:%S", &fields);
}

const char *text_item(const char *list, size_t *length)
{
    list += strspn(list, ", ");
    *length = strcspn(list, ", ");
    return *length > 0 ? list : NULL;
}

bool text_starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_ends_with(const char *text, const char *suffix)
{
    size_t length = strlen(text), wanted = strlen(suffix);

    return length >= wanted && strcasecmp(text + length - wanted, suffix) == 0;
}

bool text_contains_word(const char *text, const char *word)
{
    size_t length = strlen(word);

    for (; *text != '\0'; text++)
        if (strncasecmp(text, word, length) == 0)
            return true;
    return false;
}

void text_add_base64(struct buffer *target, const void *bytes, size_t length)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *in = bytes;

    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i;
        unsigned group = (unsigned)in[i] << 16 |
                         (left > 1 ? (unsigned)in[i + 1] << 8 : 0) |
                         (left > 2 ? in[i + 2] : 0);
        char out[4] = {digits[group >> 18], digits[group >> 12 & 63],
                       left > 1 ? digits[group >> 6 & 63] : '=',
                       left > 2 ? digits[group & 63] : '='};
        buffer_add(target, out, sizeof out);
    }
}

int text_url_byte(const char *text)
{
    unsigned byte;

    return text[0] == '%' && strspn(text + 1, "0123456789abcdefABCDEF") >= 2 &&
                   sscanf(text + 1, "%2x", &byte) == 1
               ? (int)byte
               : -1;
}

void text_add_url_part(struct buffer *target, const char *text)
{
    for (; *text != '\0'; text++) {
        if (isalnum((unsigned char)*text) || strchr("-._~", *text) != NULL)
            buffer_add(target, text, 1);
        else
            buffer_printf(target, "%%%02X", (unsigned)(unsigned char)*text);
    }
}

uint32_t text_crc32(const char *bytes, size_t length)
{
    uint32_t crc = 0xffffffff;

    for (size_t i = 0; i < length; i++) {
        crc ^= (unsigned char)bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (0xedb88320 & -(crc & 1));
    }
    return ~crc;
}

/* The code of the control character that begins here, -1 when there is none; C1 takes two
 * bytes of UTF-8. */
static int control_at(const char *text, size_t left)
{
    unsigned char first = (unsigned char)text[0];

    if (first < ' ' || first == 0x7F)
        return first;
    if (first == 0xC2 && left > 1 && ((unsigned char)text[1] & 0xE0) == 0x80)
        return (unsigned char)text[1];
    return -1;
}

void text_add_visible(struct buffer *target, const char *text, size_t length)
{
    size_t plain = 0;

    for (size_t i = 0; i < length; i++) {
        int control = control_at(text + i, length - i);

        if (control < 0 || control == '\n' || control == '\t')
            continue;
        buffer_add(target, text + plain, i - plain);
        buffer_printf(target, "\\x%02x", (unsigned)control);
        i += control >= 0x80;
        plain = i + 1;
    }
    buffer_add(target, text + plain, length - plain);
}
