/* SPARK_CLUSTERS: what each cluster is given. */
#include "base/clusters.h"
#include "base/secret.h"
#include "config.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#define TWO                                                                              \
    "SPARK_CLUSTERS={\"dev\":{\"SPARK_MASTER\":\"spark://d:7077\"},"                     \
    "\"prod\":{\"SPARK_MASTER\":\"spark://p:7077\",\"SPARK_EXECUTOR_MEMORY\":\"8g\"}}"

static struct error error;

static int begin(void **state)
{
    memset(&error, 0, sizeof error);
    return configure(&error, NULL) ? 0 : -1;
}

static int end(void **state)
{
    unit_release();
    return 0;
}

static const char *value(size_t cluster, enum config_key key)
{
    const char *found;

    clusters_enter(cluster);
    found = config_get(key);
    clusters_enter(0);
    return found;
}

static void assert_refused(const char *clusters, const char *fact, const char *next)
{
    char setting[500];

    snprintf(setting, sizeof setting, "SPARK_CLUSTERS=%s", clusters);
    assert_false(configure(&error, setting, NULL));
    assert_int_equal(error.kind, ERROR_CONFIGURATION);
    assert_contains(error.message, fact);
    assert_contains(error.hint, next);
}

/* ---- what each has ---- */

static void test_there_is_one_cluster_without_a_name(void **state)
{
    assert_int_equal(clusters_count(), 1);
    assert_false(clusters_are_named());
}

static void test_each_cluster_has_its_own_values(void **state)
{
    assert_true(configure(&error, TWO, NULL));
    assert_int_equal(clusters_count(), 2);
    assert_text(clusters_name(0), "dev");
    assert_text(clusters_name(1), "prod");
    assert_text(value(0, CONFIG_MASTER), "spark://d:7077");
    assert_text(value(1, CONFIG_MASTER), "spark://p:7077");
    assert_text(value(0, CONFIG_EXECUTOR_MEMORY), "2g");
    assert_text(value(1, CONFIG_EXECUTOR_MEMORY), "8g");
}

static void test_the_plain_variables_fill_what_a_cluster_leaves_out(void **state)
{
    assert_true(
        configure(&error, TWO, "SPARK_EXECUTOR_MEMORY=4g", "SPARK_READ_ONLY=true", NULL));
    assert_text(value(0, CONFIG_EXECUTOR_MEMORY), "4g");
    assert_text(value(1, CONFIG_EXECUTOR_MEMORY), "8g");
    assert_text(value(1, CONFIG_READ_ONLY), "true");
}

static void test_addresses_and_secrets_of_the_plain_variables_reach_no_cluster(
    void **state)
{
    static const enum config_key keys[] = {CONFIG_REST_URL, CONFIG_REST_AUTH,
                                           CONFIG_UI_AUTH, CONFIG_CONF};

    assert_true(configure(&error, TWO, "SPARK_MASTER=spark://x:7077",
                          "SPARK_REST_URL=http://x:6066", "SPARK_REST_AUTH=bearer:abcdef",
                          "SPARK_UI_AUTH=bearer:abcdef", "SPARK_CONF=a=b", NULL));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        assert_null(value(0, keys[i]));
        assert_null(value(1, keys[i]));
    }
}

static void test_numbers_switches_and_properties_need_no_quotes(void **state)
{
    assert_true(configure(
        &error,
        "SPARK_CLUSTERS={\"a\":{\"SPARK_MASTER\":\"spark://a:7077\",\"SPARK_READ_ONLY\":"
        "true,\"SPARK_EXECUTOR_CORES\":3,\"SPARK_CONF\":{\"k\":\"v\"}}}",
        NULL));
    assert_true(config_is_on(CONFIG_READ_ONLY));
    assert_int_equal(config_int(CONFIG_EXECUTOR_CORES), 3);
    assert_text(config_get(CONFIG_CONF), "{\"k\":\"v\"}");
}

static void test_they_can_stand_in_a_file(void **state)
{
    static const char text[] = "{\"f\": {\"SPARK_MASTER\": \"spark://f:7077\"}}\n";
    char setting[300];

    snprintf(setting, sizeof setting, "SPARK_CLUSTERS=%s",
             file_with("clusters.json", text, strlen(text)));
    assert_true(configure(&error, setting, NULL));
    assert_text(clusters_name(0), "f");
    assert_text(config_get(CONFIG_MASTER), "spark://f:7077");
}

static void test_a_secret_of_a_cluster_is_masked(void **state)
{
    char *masked;

    assert_true(configure(&error,
                          "SPARK_CLUSTERS={\"a\":{\"SPARK_MASTER\":\"spark://a:7077\","
                          "\"SPARK_UI_AUTH\":\"bearer:horsebattery\"}}",
                          NULL));
    masked = secret_mask("horsebattery", strlen("horsebattery"));
    assert_text(masked, "*****");
    free(masked);
}

/* ---- what is refused ---- */

static void test_an_unknown_key_is_told_with_the_near_one(void **state)
{
    assert_refused(
        "{\"a\":{\"SPARK_MASTER\":\"spark://a:7077\",\"SPARK_REST_ULR\":\"\"}}",
        "'SPARK_REST_ULR' is no variable of a cluster", "Did you mean SPARK_REST_URL?");
    assert_contains(error.detail, "'a'");
}

static void test_what_is_the_servers_is_no_key_of_a_cluster(void **state)
{
    assert_refused("{\"a\":{\"SPARK_MASTER\":\"spark://a:7077\",\"MCP_SPARK_LOG_FILE\":"
                   "\"/l\"}}",
                   "'MCP_SPARK_LOG_FILE' is no variable of a cluster", "");
}

static void test_a_cluster_must_name_its_master(void **state)
{
    assert_refused("{\"a\":{\"SPARK_APP_NAME\":\"x\"}}", "SPARK_MASTER is missing",
                   "local[*]");
}

static void test_a_wrong_value_is_told_with_its_cluster(void **state)
{
    assert_refused("{\"a\":{\"SPARK_MASTER\":\"spark://a:7077\"},\"b\":{\"SPARK_MASTER\":"
                   "\"spark://b:7077\",\"SPARK_REST_URL\":\"b:6066\"}}",
                   "SPARK_REST_URL is 'b:6066'", "");
    assert_contains(error.detail, "'b'");
}

static void test_a_value_that_is_no_text_is_refused(void **state)
{
    assert_refused("{\"a\":{\"SPARK_MASTER\":[\"spark://a:7077\"]}}",
                   "SPARK_MASTER is missing", "");
    assert_refused("{\"a\":{\"SPARK_MASTER\":\"spark://a:7077\",\"SPARK_PROXY\":[1]}}",
                   "SPARK_PROXY is neither a text nor a number", "JSON string");
}

static void test_of_a_text_that_cannot_be_read_nothing_is_repeated(void **state)
{
    assert_refused("{\"a\":{\"SPARK_UI_AUTH\":\"bearer:horsebattery\" oops}}",
                   "SPARK_CLUSTERS is not JSON, or names something twice: line 1", "");
    assert_null(strstr(error.message, "horse"));
    assert_text(error.detail, "");
}

static void test_two_of_a_name_are_refused(void **state)
{
    assert_refused("{\"a\":{},\"a\":{}}", "names something twice", "");
}

static void test_a_file_that_is_not_there_is_told(void **state)
{
    assert_refused("/nowhere/clusters.json", "cannot read '/nowhere/clusters.json'", "");
}

static void test_a_name_must_be_simple(void **state)
{
    assert_refused("{\"my cluster\":{}}", "'my cluster' in SPARK_CLUSTERS cannot be",
                   "letters");
    assert_refused("{\"a\":1}", "the cluster 'a' in SPARK_CLUSTERS is not an object", "");
    assert_refused("{}", "names no cluster", "");
}

static void test_as_an_option_it_is_a_path(void **state)
{
    assert_false(config_set_flag("clusters", "{\"a\":{}}", &error));
    assert_contains(error.message, "--clusters takes the path of a file");
    assert_true(config_set_flag("clusters", "/etc/clusters.json", &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_there_is_one_cluster_without_a_name),
        claim(test_each_cluster_has_its_own_values),
        claim(test_the_plain_variables_fill_what_a_cluster_leaves_out),
        claim(test_addresses_and_secrets_of_the_plain_variables_reach_no_cluster),
        claim(test_numbers_switches_and_properties_need_no_quotes),
        claim(test_they_can_stand_in_a_file),
        claim(test_a_secret_of_a_cluster_is_masked),
        claim(test_an_unknown_key_is_told_with_the_near_one),
        claim(test_what_is_the_servers_is_no_key_of_a_cluster),
        claim(test_a_cluster_must_name_its_master),
        claim(test_a_wrong_value_is_told_with_its_cluster),
        claim(test_a_value_that_is_no_text_is_refused),
        claim(test_of_a_text_that_cannot_be_read_nothing_is_repeated),
        claim(test_two_of_a_name_are_refused),
        claim(test_a_file_that_is_not_there_is_told),
        claim(test_a_name_must_be_simple),
        claim(test_as_an_option_it_is_a_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
