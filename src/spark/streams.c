#include "spark/streams.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { COLUMNS_MAX = 20, CELL_MAX = 20000 };

void streams_get(struct flow *flow, const json_t *place, struct reply *reply)
{
    watching_get_page(flow, place, "StreamingQuery/", reply);
}

void stream_get(struct flow *flow, const json_t *place, const char *run_id,
                struct reply *reply)
{
    struct buffer path = {0};

    buffer_add_text(&path, "StreamingQuery/statistics/?id=");
    text_add_url_part(&path, run_id);
    watching_get_page(flow, place, buffer_text(&path), reply);
    buffer_release(&path);
}

/* ---- tables ---- */

static size_t add_entity(struct buffer *text, const char *entity)
{
    static const struct {
        const char *entity, *text;
    } entities[] = {{"&lt;", "<"},    {"&gt;", ">"},    {"&amp;", "&"},
                    {"&quot;", "\""}, {"&#39;", "'"},   {"&apos;", "'"},
                    {"&nbsp;", " "},  {"&#x25BE;", ""}, {"&#x25B4;", ""}};

    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
        if (text_starts_with(entity, entities[i].entity)) {
            buffer_add_text(text, entities[i].text);
            return strlen(entities[i].entity);
        }
    buffer_add(text, entity, 1);
    return 1;
}

/* The text between tags, without blanks at its ends; new. */
static json_t *cell_text(const char *start, const char *end)
{
    struct buffer text = {0};
    size_t first = 0;
    json_t *cell;

    while (start < end && text.length < CELL_MAX) {
        if (*start == '<') {
            const char *close = memchr(start, '>', (size_t)(end - start));
            start = close != NULL ? close + 1 : end;
        } else if (*start == '&') {
            start += add_entity(&text, start);
        } else {
            buffer_add(&text, start++, 1);
        }
    }
    while (text.length > 0 && isspace((unsigned char)text.data[text.length - 1]))
        text.length--;
    while (first < text.length && isspace((unsigned char)text.data[first]))
        first++;
    cell = jx_text(buffer_text(&text) + first, text.length - first);
    buffer_release(&text);
    return cell;
}

/* The next <th> or <td> before `end`; where it ends, NULL when there is none. */
static const char *next_cell(const char *at, const char *end, const char *open,
                             const char *close, json_t **cell)
{
    const char *start = strstr(at, open),
               *stop = start != NULL ? strstr(start, close) : NULL;

    if (stop == NULL || stop > end)
        return NULL;
    start = strchr(start, '>');
    if (start == NULL || start > stop)
        return NULL;
    *cell = cell_text(start + 1, stop);
    return stop;
}

static void add_rows(json_t *rows, const char *page, const char *id)
{
    char mark[60];
    const char *table, *end, *at;
    json_auto_t *titles = json_array();
    json_t *cell;

    snprintf(mark, sizeof mark, " id=\"%s\"", id);
    table = strstr(page, mark);
    end = table != NULL ? strstr(table, "</table>") : NULL;
    if (end == NULL)
        return;
    for (at = table; json_array_size(titles) < COLUMNS_MAX &&
                     (at = next_cell(at, end, "<th>", "</th>", &cell)) != NULL;)
        json_array_append_new(titles, cell);
    at = strstr(table, "<tbody>");
    for (at = at != NULL ? strstr(at, "<tr>") : NULL; at != NULL && at < end;) {
        const char *stop = strstr(at, "</tr>");
        json_t *row = json_object();
        size_t i = 0;

        while (stop != NULL &&
               (at = next_cell(at, stop, "<td>", "</td>", &cell)) != NULL) {
            const char *title = json_string_value(json_array_get(titles, i++));
            json_object_set_new(row, title != NULL ? title : "", cell);
        }
        json_array_append_new(rows, row);
        at = stop != NULL ? strstr(stop, "<tr>") : NULL;
    }
}

json_t *streams_read(const json_t *page)
{
    json_t *rows = json_array();

    add_rows(rows, jx_string(page, "text"), "active-table");
    add_rows(rows, jx_string(page, "text"), "completed-table");
    return rows;
}

/* ---- series ---- */

/* drawTimeline('#input-rate-timeline', v1, ...); and before it
 * var v1 = [{"x": 1795722047247, "y": 0.0},...]; */
json_t *stream_series(const json_t *page, const char *name)
{
    const char *text = jx_string(page, "text"), *drawn, *start, *end;
    json_t *series = json_array();
    json_auto_t *points = NULL;
    const json_t *point;
    char mark[100], variable[20];
    size_t i;

    snprintf(mark, sizeof mark, "drawTimeline('#%s-timeline', ", name);
    drawn = strstr(text, mark);
    if (drawn == NULL || sscanf(drawn + strlen(mark), "%16[a-z0-9]", variable) != 1)
        return series;
    snprintf(mark, sizeof mark, "%s = [", variable);
    start = strstr(text, mark);
    end = start != NULL ? strstr(start, "];") : NULL;
    if (end == NULL)
        return series;
    start = strchr(start, '[');
    points = json_loadb(start, (size_t)(end + 1 - start), 0, NULL);
    json_array_foreach (points, i, point) {
        json_t *x = json_object_get(point, "x"), *y = json_object_get(point, "y");
        if (json_is_number(x) && json_is_number(y))
            json_array_append_new(series, jx_pack("[O, O]", x, y));
    }
    return series;
}
