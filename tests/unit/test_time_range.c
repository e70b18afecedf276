#include "tools/monitor/time_range.h"

#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Sunday 2026-11-22 17:30:00 UTC; in this zone 12:30. */
#define NOW_MS INT64_C(1795368600000)
#define HOUR_MS INT64_C(3600000)
#define DAY_MS INT64_C(86400000)

static struct error error;
static struct time_range range;

static int begin(void **state)
{
    memset(&error, 0, sizeof error);
    setenv("TZ", "EST5EDT,M3.2.0,M11.1.0", 1);
    tzset();
    return 0;
}

static int end(void **state)
{
    unsetenv("TZ");
    return 0;
}

static int64_t utc(int year, int month, int day, int hour, int minute)
{
    struct tm fields = {.tm_year = year - 1900,
                        .tm_mon = month - 1,
                        .tm_mday = day,
                        .tm_hour = hour,
                        .tm_min = minute};

    return (int64_t)timegm(&fields) * 1000;
}

static void expect(const char *text, int64_t from_ms, int64_t to_ms)
{
    assert_true(time_range_parse(text, NOW_MS, &range, &error));
    assert_int_equal(range.from_ms, from_ms);
    assert_int_equal(range.to_ms, to_ms);
}

/* ---- until now ---- */

static void test_spans_end_now(void **state)
{
    expect("30s", NOW_MS - 30000, NOW_MS);
    expect("15m", NOW_MS - 15 * 60000, NOW_MS);
    expect("24h", NOW_MS - DAY_MS, NOW_MS);
    expect("7d", NOW_MS - 7 * DAY_MS, NOW_MS);
    expect("2w", NOW_MS - 14 * DAY_MS, NOW_MS);
}

static void test_spans_may_be_written_out(void **state)
{
    expect("15min", NOW_MS - 15 * 60000, NOW_MS);
    expect("15 minutes", NOW_MS - 15 * 60000, NOW_MS);
    expect("3 hours", NOW_MS - 3 * HOUR_MS, NOW_MS);
    expect("2 days", NOW_MS - 2 * DAY_MS, NOW_MS);
}

static void test_today_begins_at_midnight_here(void **state)
{
    expect("today", utc(2026, 11, 22, 5, 0), NOW_MS);
}

static void test_yesterday_is_a_whole_day(void **state)
{
    expect("Yesterday", utc(2026, 11, 21, 5, 0), utc(2026, 11, 22, 5, 0) - 1);
}

static void test_yesterday_may_have_twenty_five_hours(void **state)
{
    int64_t day_after_change = utc(2026, 11, 2, 12, 0);

    assert_true(time_range_parse("yesterday", day_after_change, &range, &error));
    assert_int_equal(range.to_ms + 1 - range.from_ms, 25 * HOUR_MS);
}

/* ---- dates ---- */

static void test_a_date_is_that_day_here(void **state)
{
    expect("2026-11-20", utc(2026, 11, 20, 5, 0), utc(2026, 11, 21, 5, 0) - 1);
}

static void test_a_date_in_summer_knows_of_summer_time(void **state)
{
    expect("2026-07-01", utc(2026, 7, 1, 4, 0), utc(2026, 7, 2, 4, 0) - 1);
}

static void test_a_date_may_have_twenty_five_hours_or_twenty_three(void **state)
{
    expect("2026-11-01", utc(2026, 11, 1, 4, 0), utc(2026, 11, 2, 5, 0) - 1);
    expect("2026-03-08", utc(2026, 3, 8, 5, 0), utc(2026, 3, 9, 4, 0) - 1);
}

static void test_a_leap_day_is_a_date(void **state)
{
    expect("2024-02-29Z", utc(2024, 2, 29, 0, 0), utc(2024, 3, 1, 0, 0) - 1);
}

static void test_a_date_with_z_is_that_day_in_utc(void **state)
{
    expect("2026-11-20Z", utc(2026, 11, 20, 0, 0), utc(2026, 11, 21, 0, 0) - 1);
}

static void test_two_dates_are_both_days_and_those_between(void **state)
{
    expect("2026-11-10/2026-11-12", utc(2026, 11, 10, 5, 0), utc(2026, 11, 13, 5, 0) - 1);
}

static void test_a_range_may_cross_years(void **state)
{
    expect("2025-12-31Z/2026-01-01Z", utc(2025, 12, 31, 0, 0), utc(2026, 1, 2, 0, 0) - 1);
}

/* ---- moments ---- */

static void test_moments_are_local_unless_they_end_in_z(void **state)
{
    expect("2026-11-20T10:00/2026-11-20T12:30", utc(2026, 11, 20, 15, 0),
           utc(2026, 11, 20, 17, 30));
    expect("2026-11-20T10:00Z/2026-11-20T12:30Z", utc(2026, 11, 20, 10, 0),
           utc(2026, 11, 20, 12, 30));
}

static void test_a_moment_may_have_an_offset(void **state)
{
    expect("2026-11-20T10:00+01:00/2026-11-20T12:30-0530", utc(2026, 11, 20, 9, 0),
           utc(2026, 11, 20, 18, 0));
}

static void test_each_moment_has_its_own_zone(void **state)
{
    expect("2026-11-20T10:00/2026-11-20T22:00Z", utc(2026, 11, 20, 15, 0),
           utc(2026, 11, 20, 22, 0));
}

static void test_moments_may_have_seconds_and_fractions(void **state)
{
    expect("2026-11-20T10:00:05Z/2026-11-20T10:00:09.25Z",
           utc(2026, 11, 20, 10, 0) + 5000, utc(2026, 11, 20, 10, 0) + 9000);
}

static void test_a_blank_may_stand_for_the_t(void **state)
{
    expect("2026-11-20 10:00Z/2026-11-20 12:30Z", utc(2026, 11, 20, 10, 0),
           utc(2026, 11, 20, 12, 30));
}

static void test_a_moment_and_a_day_may_be_mixed(void **state)
{
    expect("2026-11-20T10:00Z/2026-11-21Z", utc(2026, 11, 20, 10, 0),
           utc(2026, 11, 22, 0, 0) - 1);
    expect("2026-11-20Z/2026-11-21T10:00Z", utc(2026, 11, 20, 0, 0),
           utc(2026, 11, 21, 10, 0));
}

/* ---- what cannot be read ---- */

static void test_what_cannot_be_read_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "soon",
        "0m",
        "-5m",
        "5",
        "5y",
        "m",
        "15m ago",
        "100001h",
        "1.5h",
        "tomorrow",
        "2026-11",
        "2026-13-01",
        "2026-00-10",
        "2026-11-31",
        "2026-02-29",
        "2026-02-30",
        "2026-11-20T25:00/2026-11-21",
        "2026-11-20T10:61/2026-11-21",
        "2026-11-20T10:00",
        "2026-11-20/",
        "/2026-11-20",
        "2026-11-20/2026-11-19",
        "2026-11-20+01:00",
        "2026-11-20T10:00+25:00/2026-11-21",
        "2026-11-20T10:00+01:60/2026-11-21",
        "2026-11-20T10:00*01:00/2026-11-21",
        "2026-11-20T10:00+1/2026-11-21",
        "2026-11-20T10:00z/2026-11-21",
        "2026-11-20T10:00+25:00/2026-11-21",
        "2026-11-20/2026-11-21/2026-11-22",
        "2026-11-20 and more",
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (time_range_parse(texts[i], NOW_MS, &range, &error))
            fail_msg("'%s' was read", texts[i]);
        assert_error(&error, ERROR_ARGUMENTS, "time_range");
    }
}

static void test_the_error_has_examples(void **state)
{
    assert_false(time_range_parse("soon", NOW_MS, &range, &error));
    assert_error(&error, ERROR_ARGUMENTS, "'soon'");
    assert_error(&error, ERROR_ARGUMENTS, "'24h'");
}

/* ---- touching ---- */

static const struct time_range hundred = {100, 200};

static void test_what_ran_inside_touches(void **state)
{
    assert_true(time_range_touches(&hundred, 120, 130));
}

static void test_what_ran_across_an_end_touches(void **state)
{
    assert_true(time_range_touches(&hundred, 50, 100));
    assert_true(time_range_touches(&hundred, 200, 300));
    assert_true(time_range_touches(&hundred, 50, 300));
}

static void test_what_ran_before_or_after_does_not_touch(void **state)
{
    assert_false(time_range_touches(&hundred, 50, 99));
    assert_false(time_range_touches(&hundred, 201, 300));
}

static void test_what_still_runs_touches_all_that_comes(void **state)
{
    assert_true(time_range_touches(&hundred, 50, 0));
    assert_false(time_range_touches(&hundred, 201, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_spans_end_now),
        claim(test_spans_may_be_written_out),
        claim(test_today_begins_at_midnight_here),
        claim(test_yesterday_is_a_whole_day),
        claim(test_yesterday_may_have_twenty_five_hours),
        claim(test_a_date_is_that_day_here),
        claim(test_a_date_in_summer_knows_of_summer_time),
        claim(test_a_date_may_have_twenty_five_hours_or_twenty_three),
        claim(test_a_leap_day_is_a_date),
        claim(test_a_date_with_z_is_that_day_in_utc),
        claim(test_two_dates_are_both_days_and_those_between),
        claim(test_a_range_may_cross_years),
        claim(test_moments_are_local_unless_they_end_in_z),
        claim(test_a_moment_may_have_an_offset),
        claim(test_each_moment_has_its_own_zone),
        claim(test_moments_may_have_seconds_and_fractions),
        claim(test_a_blank_may_stand_for_the_t),
        claim(test_a_moment_and_a_day_may_be_mixed),
        claim(test_what_cannot_be_read_is_refused),
        claim(test_the_error_has_examples),
        claim(test_what_ran_inside_touches),
        claim(test_what_ran_across_an_end_touches),
        claim(test_what_ran_before_or_after_does_not_touch),
        claim(test_what_still_runs_touches_all_that_comes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
