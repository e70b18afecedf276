/* Reading a request: as much of HTTP as curl sends. No chunks, no continuation. */
#include "base/text.h"
#include "spark/supervisor/door.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The value of a header line among lines that end in CR LF; NULL when there is none. */
static const char *find_header(const char *head, const char *end, const char *name)
{
    size_t length = strlen(name);

    for (const char *line = strstr(head, "\r\n"); line != NULL && line < end;
         line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, name, length) == 0 && line[2 + length] == ':')
            return line + 3 + length + strspn(line + 3 + length, " \t");
    return NULL;
}

/* The body's length; -1 when it cannot be told, or is too much. */
static long body_length(const char *head, const char *end)
{
    const char *value = find_header(head, end, "Content-Length");
    char digits[12] = "";
    long length;

    if (find_header(head, end, "Transfer-Encoding") != NULL)
        return -1;
    if (value == NULL)
        return 0;
    snprintf(digits, sizeof digits, "%.*s", (int)strcspn(value, " \t\r"), value);
    length = strcspn(value, " \t\r") < sizeof digits ? text_whole_number(digits) : -1;
    return length <= DOOR_BODY_MAX ? length : -1;
}

/* "GET /path?query HTTP/1.1", cut into its parts. */
static bool cut_first_line(char *line, struct door_request *request)
{
    char *path = strchr(line, ' ');
    char *version = path != NULL ? strchr(path + 1, ' ') : NULL;
    char *query;

    if (version == NULL || path[1] != '/' || !text_starts_with(version, " HTTP/1."))
        return false;
    *path++ = '\0';
    *version = '\0';
    query = strchr(path, '?');
    if (query != NULL)
        *query++ = '\0';
    request->method = line;
    request->path = path;
    request->query = query != NULL ? query : "";
    return true;
}

enum door_reading door_read(char *bytes, size_t length, struct door_request *request)
{
    char *end = strstr(bytes, "\r\n\r\n");
    size_t head;
    long body;

    /* A NUL in the head hides its end, and so is refused like a head that is too long. */
    if (end == NULL)
        return strlen(bytes) == length && length <= DOOR_HEAD_MAX ? DOOR_NEEDS_MORE
                                                                  : DOOR_IS_BAD;
    head = (size_t)(end - bytes) + 4;
    body = body_length(bytes, end);
    if (head > DOOR_HEAD_MAX || body < 0)
        return DOOR_IS_BAD;
    if (length < head + (size_t)body)
        return DOOR_NEEDS_MORE;
    *strstr(bytes, "\r\n") = '\0';
    request->body = bytes + head;
    request->body_length = (size_t)body;
    return cut_first_line(bytes, request) ? DOOR_IS_WHOLE : DOOR_IS_BAD;
}

static char decode(const char **at)
{
    int byte = text_url_byte(*at);

    if (byte >= 0) {
        *at += 3;
        return (char)byte;
    }
    return *(*at)++;
}

void door_query_value(const char *query, const char *name, char *value, size_t size)
{
    size_t length = strlen(name), used = 0;

    value[0] = '\0';
    while (*query != '\0' &&
           (strncmp(query, name, length) != 0 || query[length] != '=')) {
        query += strcspn(query, "&");
        query += *query == '&';
    }
    if (*query == '\0')
        return;
    query += length + 1;
    while (*query != '\0' && *query != '&' && used + 1 < size)
        value[used++] = decode(&query);
    value[used] = '\0';
}
