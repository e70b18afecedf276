#include "spark/cluster.h"

#include "unit.h"

#include <string.h>

static struct error error;

static int begin(void **state)
{
    memset(&error, 0, sizeof error);
    return 0;
}

static int end(void **state)
{
    unit_release();
    return 0;
}

static bool with_master(const char *setting)
{
    assert_true(configure(&error, setting, NULL));
    return cluster_configure(&error);
}

/* ---- spark:// ---- */

static void test_addresses_follow_from_the_master(void **state)
{
    assert_true(with_master("SPARK_MASTER=spark://master:7077"));
    assert_int_equal(cluster_masters(), 1);
    assert_text(cluster_master_url(), "spark://master:7077");
    assert_text(cluster_rest_url(0), "http://master:6066");
    assert_text(cluster_ui_url(0), "http://master:8080");
    assert_text(cluster_history_url(), "http://master:18080");
    assert_false(cluster_is_local());
}

static void test_the_port_of_the_master_may_be_left_out(void **state)
{
    assert_true(with_master("SPARK_MASTER=spark://master"));
    assert_text(cluster_rest_url(0), "http://master:6066");
}

static void test_an_ipv6_address_keeps_its_brackets(void **state)
{
    assert_true(with_master("SPARK_MASTER=spark://[::1]:7077"));
    assert_text(cluster_rest_url(0), "http://[::1]:6066");
    assert_true(with_master("SPARK_MASTER=spark://[::1]"));
    assert_text(cluster_ui_url(0), "http://[::1]:8080");
}

static void test_several_masters_are_standbys_of_each_other(void **state)
{
    assert_true(with_master("SPARK_MASTER=spark://a:7077,b:7077"));
    assert_int_equal(cluster_masters(), 2);
    assert_text(cluster_rest_url(1), "http://b:6066");
    assert_text(cluster_ui_url(1), "http://b:8080");
    assert_text(cluster_history_url(), "http://a:18080");
}

static void test_the_preferred_master_is_asked_first(void **state)
{
    assert_true(with_master("SPARK_MASTER=spark://a:7077,b:7077,c:7077"));
    cluster_prefer_master(1);
    assert_text(cluster_rest_url(0), "http://b:6066");
    assert_text(cluster_rest_url(1), "http://c:6066");
    assert_text(cluster_rest_url(2), "http://a:6066");
    assert_text(cluster_ui_url(0), "http://b:8080");
}

static void test_turns_stay_the_same_when_the_preference_changes(void **state)
{
    size_t start;

    assert_true(with_master("SPARK_MASTER=spark://a:7077,b:7077,c:7077"));
    cluster_prefer_master(1);
    start = cluster_start();
    assert_text(cluster_rest_url(cluster_index(start, 0)), "http://b:6066");
    cluster_prefer_master(1);
    assert_text(cluster_rest_url(cluster_index(start, 0)), "http://b:6066");
    assert_text(cluster_rest_url(cluster_index(start, 1)), "http://c:6066");
    assert_text(cluster_rest_url(cluster_index(start, 2)), "http://a:6066");
}

static void test_configuring_again_forgets_what_was(void **state)
{
    assert_true(with_master("SPARK_MASTER=spark://a:7077,b:7077"));
    cluster_prefer_master(1);
    assert_true(with_master("SPARK_MASTER=spark://c:7077"));
    assert_int_equal(cluster_masters(), 1);
    assert_text(cluster_rest_url(0), "http://c:6066");
}

/* ---- addresses that are given ---- */

static void test_given_addresses_win(void **state)
{
    assert_true(configure(&error, "SPARK_MASTER=spark://a:7077",
                          "SPARK_REST_URL=https://r:1", "SPARK_MASTER_UI_URL=http://u:2",
                          "SPARK_HISTORY_URL=http://h:3", NULL));
    assert_true(cluster_configure(&error));
    assert_text(cluster_rest_url(0), "https://r:1");
    assert_text(cluster_ui_url(0), "http://u:2");
    assert_text(cluster_history_url(), "http://h:3");
    assert_text(cluster_master_url(), "spark://a:7077");
}

static void test_slashes_at_the_end_of_an_address_are_dropped(void **state)
{
    assert_true(configure(&error, "SPARK_MASTER=spark://a:7077",
                          "SPARK_HISTORY_URL=http://h:3/base//", NULL));
    assert_true(cluster_configure(&error));
    assert_text(cluster_history_url(), "http://h:3/base");
}

static void test_lists_of_addresses_follow_the_list_of_masters(void **state)
{
    assert_true(configure(&error, "SPARK_MASTER=spark://a:7077,b:7077",
                          "SPARK_REST_URL=http://ra:1, http://rb:1",
                          "SPARK_MASTER_UI_URL=http://ua:2/,http://ub:2/", NULL));
    assert_true(cluster_configure(&error));
    assert_text(cluster_rest_url(1), "http://rb:1");
    assert_text(cluster_ui_url(1), "http://ub:2");
}

static void test_every_master_needs_an_address_of_its_own(void **state)
{
    assert_true(configure(&error, "SPARK_MASTER=spark://a:7077",
                          "SPARK_REST_URL=http://a:6066,http://b:6066", NULL));
    assert_false(cluster_configure(&error));
    assert_error(&error, ERROR_CONFIGURATION, "SPARK_REST_URL names 2 addresses");
    assert_true(configure(&error, "SPARK_MASTER=spark://a:7077,b:7077",
                          "SPARK_MASTER_UI_URL=http://a:8080", NULL));
    assert_false(cluster_configure(&error));
}

/* ---- local ---- */

static void test_local_with_a_number_has_as_many_cores(void **state)
{
    assert_true(with_master("SPARK_MASTER=local[3]"));
    assert_true(cluster_is_local());
    assert_int_equal(cluster_local_cores(), 3);
}

static void test_local_alone_has_one_core(void **state)
{
    assert_true(with_master("SPARK_MASTER=local"));
    assert_int_equal(cluster_local_cores(), 1);
}

static void test_local_with_a_star_has_the_cores_of_the_machine(void **state)
{
    assert_true(with_master("SPARK_MASTER=local[*]"));
    assert_in_range(cluster_local_cores(), 1, 4096);
}

static void test_nothing_at_all_is_local(void **state)
{
    assert_true(configure(&error, NULL));
    assert_true(cluster_configure(&error));
    assert_true(cluster_is_local());
}

static void test_a_private_spark_has_its_own_ports(void **state)
{
    assert_true(with_master("SPARK_MASTER=local[2]"));
    cluster_set_local(1, 3, 4);
    assert_int_equal(cluster_masters(), 1);
    assert_text(cluster_master_url(), "spark://127.0.0.1:1");
    assert_text(cluster_rest_url(0), "http://private-spark");
    assert_text(cluster_ui_url(0), "http://127.0.0.1:3");
    assert_text(cluster_history_url(), "http://127.0.0.1:4");
}

/* ---- what cannot be understood ---- */

static void test_masters_that_spark_would_not_take_are_refused(void **state)
{
    static const char *const settings[] = {
        "SPARK_MASTER=yarn",           "SPARK_MASTER=k8s://h",
        "SPARK_MASTER=a:7077",         "SPARK_MASTER=http://a:80",
        "SPARK_MASTER=spark://",       "SPARK_MASTER=spark://:7077",
        "SPARK_MASTER=spark://,",      "SPARK_MASTER=local[0]",
        "SPARK_MASTER=local[-1]",      "SPARK_MASTER=local[x]",
        "SPARK_MASTER=local[4",        "SPARK_MASTER=local[]",
        "SPARK_MASTER=local[4]more",   "SPARK_MASTER=local[4x]",
        "SPARK_MASTER=local[4 or so]", "SPARK_MASTER=localhost:1",
    };

    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        assert_false(with_master(settings[i]));
        assert_error(&error, ERROR_CONFIGURATION, "SPARK_MASTER");
    }
}

static void test_a_host_with_an_underscore_is_refused(void **state)
{
    assert_false(with_master("SPARK_MASTER=spark://spark_master:7077"));
    assert_error(&error, ERROR_CONFIGURATION, "underscore");
}

static void test_more_masters_than_there_is_room_for_are_refused(void **state)
{
    assert_false(with_master("SPARK_MASTER=spark://a,b,c,d,e,f,g,h,i"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_addresses_follow_from_the_master),
        claim(test_the_port_of_the_master_may_be_left_out),
        claim(test_an_ipv6_address_keeps_its_brackets),
        claim(test_several_masters_are_standbys_of_each_other),
        claim(test_the_preferred_master_is_asked_first),
        claim(test_turns_stay_the_same_when_the_preference_changes),
        claim(test_configuring_again_forgets_what_was),
        claim(test_given_addresses_win),
        claim(test_slashes_at_the_end_of_an_address_are_dropped),
        claim(test_lists_of_addresses_follow_the_list_of_masters),
        claim(test_every_master_needs_an_address_of_its_own),
        claim(test_local_with_a_number_has_as_many_cores),
        claim(test_local_alone_has_one_core),
        claim(test_local_with_a_star_has_the_cores_of_the_machine),
        claim(test_nothing_at_all_is_local),
        claim(test_a_private_spark_has_its_own_ports),
        claim(test_masters_that_spark_would_not_take_are_refused),
        claim(test_a_host_with_an_underscore_is_refused),
        claim(test_more_masters_than_there_is_room_for_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
