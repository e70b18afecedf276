/*
 * A text is tried as a span ("15m"), as a word ("today"), as one day or as two moments.
 * Days are those of this machine's time zone, so that the C library does the calendar;
 * what it would quietly correct (February 30) is refused.
 */
#include "tools/monitor/time_range.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static bool parse_span(const char *text, int64_t *ms)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"s", 1000},        {"m", 60000},       {"min", 60000},
                 {"h", 3600000},     {"d", 86400000},    {"w", 604800000},
                 {"minutes", 60000}, {"hours", 3600000}, {"days", 86400000}};
    long long number;
    char unit[10], end;

    if (sscanf(text, "%lld %9[a-z]%c", &number, unit, &end) != 2 || number < 1 ||
        number > 100000)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(unit, units[i].unit) == 0) {
            *ms = number * units[i].ms;
            return true;
        }
    }
    return false;
}

static bool fields_are_real(const struct tm *fields)
{
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return fields->tm_mon >= 0 && fields->tm_mon < 12 && fields->tm_mday >= 1 &&
           fields->tm_mday <= days[fields->tm_mon] && fields->tm_hour >= 0 &&
           fields->tm_hour < 24 && fields->tm_min >= 0 && fields->tm_min < 60 &&
           fields->tm_sec >= 0 && fields->tm_sec < 61;
}

/* "", "Z", "+01:00" or "-0530" to minutes east of UTC; false for anything else. */
static bool parse_zone(const char *text, bool *is_local, int *minutes)
{
    char sign, end;
    int hours, rest;

    *is_local = *text == '\0';
    *minutes = 0;
    if (*is_local || strcmp(text, "Z") == 0)
        return true;
    if (sscanf(text, "%c%2d:%2d%c", &sign, &hours, &rest, &end) != 3 &&
        sscanf(text, "%c%2d%2d%c", &sign, &hours, &rest, &end) != 3)
        return false;
    *minutes = (sign == '-' ? -1 : 1) * (hours * 60 + rest);
    return (sign == '+' || sign == '-') && hours >= 0 && hours < 15 && rest >= 0 &&
           rest < 60;
}

/* A moment, or a day: then `is_day`, and its end one millisecond before the next day. */
static bool parse_moment(const char *text, bool is_end, int64_t *ms, bool *is_day)
{
    struct tm fields = {.tm_isdst = -1};
    bool is_local;
    int used = 0, minutes, day, month;
    time_t seconds;

    if (sscanf(text, "%4d-%2d-%2d%n", &fields.tm_year, &fields.tm_mon, &fields.tm_mday,
               &used) != 3)
        return false;
    text += used;
    *is_day = *text == '\0' || strcmp(text, "Z") == 0;
    if (!*is_day) {
        if (sscanf(text, "%*1[T ]%2d:%2d%n", &fields.tm_hour, &fields.tm_min, &used) != 2)
            return false;
        text += used;
        if (sscanf(text, ":%2d%n", &fields.tm_sec, &used) == 1)
            text += used;
        if (*text == '.')
            text += 1 + strspn(text + 1, "0123456789");
    }
    fields.tm_year -= 1900;
    fields.tm_mon -= 1;
    if (!fields_are_real(&fields) || !parse_zone(text, &is_local, &minutes))
        return false;
    day = fields.tm_mday;
    month = fields.tm_mon;
    seconds = is_local ? mktime(&fields) : timegm(&fields);
    if (fields.tm_mday != day || fields.tm_mon != month) /* February 30 */
        return false;
    if (*is_day && is_end) { /* days of 23 and 25 hours are days too */
        fields.tm_mday++;
        fields.tm_isdst = -1;
        seconds = is_local ? mktime(&fields) : timegm(&fields);
    }
    *ms = (int64_t)(seconds - 60 * minutes) * 1000 - (*is_day && is_end ? 1 : 0);
    return true;
}

static int64_t start_of_day(int64_t now_ms, int days_ago)
{
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm fields;

    localtime_r(&seconds, &fields);
    fields.tm_hour = fields.tm_min = fields.tm_sec = 0;
    fields.tm_mday -= days_ago;
    fields.tm_isdst = -1;
    return (int64_t)mktime(&fields) * 1000;
}

static bool parse_between(const char *text, struct time_range *range)
{
    const char *slash = strchr(text, '/');
    char first[40];
    bool is_day;

    if (slash == NULL)
        return parse_moment(text, false, &range->from_ms, &is_day) && is_day &&
               parse_moment(text, true, &range->to_ms, &is_day);
    snprintf(first, sizeof first, "%.*s", (int)(slash - text), text);
    return parse_moment(first, false, &range->from_ms, &is_day) &&
           parse_moment(slash + 1, true, &range->to_ms, &is_day) &&
           range->from_ms <= range->to_ms;
}

bool time_range_parse(const char *text, int64_t now_ms, struct time_range *range,
                      struct error *error)
{
    int64_t span_ms;

    *range = (struct time_range){.to_ms = now_ms};
    if (parse_span(text, &span_ms)) {
        range->from_ms = now_ms - span_ms;
        return true;
    }
    if (strcasecmp(text, "today") == 0) {
        range->from_ms = start_of_day(now_ms, 0);
        return true;
    }
    if (strcasecmp(text, "yesterday") == 0) {
        range->from_ms = start_of_day(now_ms, 1);
        range->to_ms = start_of_day(now_ms, 0) - 1;
        return true;
    }
    if (parse_between(text, range))
        return true;
    error_set(error, ERROR_ARGUMENTS, "cannot read the time_range '%.60s'", text);
    error_hint(error, "Examples: '15m', '24h', '7d', 'today', 'yesterday', '2026-11-01', "
                      "'2026-11-01/2026-11-07', '2026-11-01T10:00/2026-11-01T12:30Z'.");
    return false;
}

bool time_range_touches(const struct time_range *range, int64_t start_ms, int64_t end_ms)
{
    return start_ms <= range->to_ms && (end_ms == 0 || end_ms >= range->from_ms);
}
