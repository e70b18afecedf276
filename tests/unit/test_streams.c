#include "spark/streams.h"

#include "base/jx.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

static int begin(void **state)
{
    return 0;
}

static int end(void **state)
{
    return 0;
}

static json_t *page_of(const char *version, const char *name)
{
    char path[160];
    char *text;
    json_t *page;

    snprintf(path, sizeof path, "%s/watched/%s", version, name);
    text = recorded_text(path);
    page = json_pack("{s:s}", "text", text);
    free(text);
    return page;
}

static const char *const versions[] = {"spark-3.5.9", "spark-4.3.0"};

static void test_columns_are_found_by_their_titles(void **state)
{
    for (size_t i = 0; i < 2; i++) {
        json_auto_t *page = page_of(versions[i], "streams.html");
        json_auto_t *queries = streams_read(page);
        const json_t *rates = json_array_get(queries, 0),
                     *broken = json_array_get(queries, 1);

        assert_int_equal(json_array_size(queries), 2);
        assert_text(jx_string(rates, "Name"), "rates");
        assert_text(jx_string(rates, "Status"), "RUNNING");
        assert_true(atof(jx_string(rates, "Avg Input /sec")) > 5);
        assert_text(jx_string(broken, "Status"), "FAILED");
        assert_contains(jx_string(broken, "Error"), "File \"/jobs/watched.py\", line 19");
    }
}

/* The page of the query that ran, which has state. */
static json_t *page_of_rates(const char *version)
{
    json_auto_t *page = page_of(version, "streams.html");
    json_auto_t *queries = streams_read(page);
    char name[100];

    snprintf(name, sizeof name, "stream-%s.html",
             jx_string(json_array_get(queries, 0), "Run ID"));
    return page_of(version, name);
}

static void test_series_are_found_by_where_they_are_drawn(void **state)
{
    static const char *const names[] = {"input-rate", "process-rate", "input-rows",
                                        "batch-duration",
                                        "aggregated-num-total-state-rows"};

    for (size_t i = 0; i < 2; i++) {
        json_auto_t *page = page_of_rates(versions[i]);
        json_auto_t *none = stream_series(page, "no-such");

        for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
            json_auto_t *series = stream_series(page, names[n]);
            assert_true(json_array_size(series) >= 4);
        }
        assert_int_equal(json_array_size(none), 0);
    }
}

static void test_a_point_without_a_number_is_none(void **state)
{
    json_auto_t *page = json_pack("{s:s}", "text",
                                  "var v1 = [{\"x\": 1},{\"x\": 2, \"y\": 3.5}]; "
                                  "drawTimeline('#input-rate-timeline', v1, 0);");
    json_auto_t *series = stream_series(page, "input-rate");

    assert_json(series, "[[2,3.5]]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_columns_are_found_by_their_titles),
        claim(test_series_are_found_by_where_they_are_drawn),
        claim(test_a_point_without_a_number_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
