#include "spark/properties.h"

#include "base/jx.h"

#include "base/secret.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

static struct error error;
static json_t *properties, *problems;

static int begin(void **state)
{
    memset(&error, 0, sizeof error);
    properties = json_object();
    problems = json_array();
    return configure(&error, NULL) ? 0 : -1;
}

static int end(void **state)
{
    json_decref(properties);
    json_decref(problems);
    unit_release();
    return 0;
}

/* ---- memory sizes ---- */

static void test_memory_has_every_unit_of_spark(void **state)
{
    static const struct {
        const char *text;
        int64_t mib;
    } sizes[] = {{"1024k", 1},
                 {"2048kb", 2},
                 {"512m", 512},
                 {"512mb", 512},
                 {"4g", 4096},
                 {"4gb", 4096},
                 {"1t", 1048576},
                 {"1tb", 1048576},
                 {"4G", 4096},
                 {"512MB", 512},
                 {"0m", 0},
                 {"1073741824b", 1024},
                 {"1p", INT64_C(1073741824)},
                 {"1pb", INT64_C(1073741824)},
                 {" 4g ", 4096},
                 {"512k", 0}};

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        assert_int_equal(properties_memory_mib(sizes[i].text), sizes[i].mib);
}

static void test_memory_that_spark_refuses_is_no_memory(void **state)
{
    static const char *const texts[] = {"",
                                        "g",
                                        "4x",
                                        "4 g",
                                        "9223372036854775807g",
                                        "999999999999999t",
                                        "999999999999999p",
                                        "1.5g",
                                        "-4g",
                                        "four",
                                        "4gg",
                                        "4gib"};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(properties_memory_mib(texts[i]), -1);
}

static void test_memory_without_unit_is_no_memory(void **state)
{
    assert_int_equal(properties_memory_mib("4096"), -1);
}

/* ---- the forms of SPARK_CONF ---- */

static void parse(const char *text, const char *wanted)
{
    assert_true(properties_parse(text, properties, &error));
    assert_json(properties, wanted);
}

static void test_properties_may_stand_on_lines(void **state)
{
    parse("spark.a=1\nspark.b=two\n", "{'spark.a':'1','spark.b':'two'}");
}

static void test_properties_may_be_separated_by_commas(void **state)
{
    parse("spark.a=1,spark.b=2, spark.c=3",
          "{'spark.a':'1','spark.b':'2','spark.c':'3'}");
}

static void test_a_comma_inside_a_value_stays(void **state)
{
    parse("spark.jars=/a.jar,/b.jar,spark.b=2",
          "{'spark.jars':'/a.jar,/b.jar','spark.b':'2'}");
}

static void test_a_comma_before_a_word_without_dot_is_inside_the_value(void **state)
{
    parse("spark.x=a=1,b=2,spark.y=3", "{'spark.x':'a=1,b=2','spark.y':'3'}");
}

static void test_an_equals_sign_inside_a_value_stays(void **state)
{
    parse("spark.driver.extraJavaOptions=-Da=b -Dc=d",
          "{'spark.driver.extraJavaOptions':'-Da=b -Dc=d'}");
}

static void test_space_around_keys_and_values_is_dropped(void **state)
{
    parse("  spark.a = 1 \r\n\t spark.b=2 3\t", "{'spark.a':'1','spark.b':'2 3'}");
}

static void test_blank_lines_between_properties_are_passed_over(void **state)
{
    parse("\n\nspark.a=1\n\n  \nspark.b=2\n\n", "{'spark.a':'1','spark.b':'2'}");
}

static void test_the_last_of_two_values_counts(void **state)
{
    parse("spark.a=1\nspark.a=2", "{'spark.a':'2'}");
}

static void test_properties_are_added_to_those_before(void **state)
{
    json_object_set_new(properties, "spark.z", json_string("0"));
    parse("spark.a=1", "{'spark.a':'1','spark.z':'0'}");
}

static void test_properties_may_be_a_json_object(void **state)
{
    assert_true(
        properties_parse(" {\"spark.a\": \"x,y=z\", \"spark.b\": 3, \"spark.c\": true}",
                         properties, &error));
    assert_json(properties, "{'spark.a':'x,y=z','spark.b':'3','spark.c':'true'}");
}

static void test_reals_in_a_json_object_are_text_as_people_write_them(void **state)
{
    assert_true(properties_parse("{\"spark.memory.fraction\": 0.6}", properties, &error));
    assert_json(properties, "{'spark.memory.fraction':'0.6'}");
}

static void test_broken_json_is_refused(void **state)
{
    assert_false(properties_parse("{\"spark.a\": }", properties, &error));
    assert_error(&error, ERROR_CONFIGURATION, "SPARK_CONF");
}

static void test_an_entry_without_equals_sign_is_refused(void **state)
{
    assert_false(properties_parse("spark.a=1\nspark.b", properties, &error));
    assert_error(&error, ERROR_CONFIGURATION, "spark.b");
}

static void test_an_entry_without_key_is_refused(void **state)
{
    assert_false(properties_parse("=1", properties, &error));
    assert_false(properties_parse("  = 1", properties, &error));
}

/* ---- checks ---- */

static void check(const char *json)
{
    json_auto_t *checked = json_of(json);

    properties_check(checked, NULL, problems);
}

static void test_good_properties_have_no_problem(void **state)
{
    check(
        "{'spark.driver.memory':'1g','spark.executor.memory':'512m','spark.cores.max':'"
        "8','spark.executor.cores':'2','spark.driver.cores':'1','spark.driver.supervise':"
        "'true'}");
    assert_json(problems, "[]");
}

static void test_properties_that_are_absent_have_no_problem(void **state)
{
    check("{}");
    assert_json(problems, "[]");
}

static void test_a_bad_memory_is_told_with_its_value(void **state)
{
    check("{'spark.executor.memory':'4 gigs'}");
    assert_int_equal(json_array_size(problems), 1);
    assert_contains(json_string_value(json_array_get(problems, 0)),
                    "spark.executor.memory");
    assert_contains(json_string_value(json_array_get(problems, 0)), "4 gigs");
}

static void test_memory_below_a_mebibyte_is_a_problem(void **state)
{
    check("{'spark.driver.memory':'512k'}");
    assert_int_equal(json_array_size(problems), 1);
}

static void test_numbers_of_cores_are_whole(void **state)
{
    check("{'spark.driver.cores':'1.5','spark.executor.cores':'two','spark.cores.max':'-"
          "1'}");
    assert_int_equal(json_array_size(problems), 3);
}

static void test_supervise_is_true_or_false(void **state)
{
    check("{'spark.driver.supervise':'yes'}");
    assert_contains(json_string_value(json_array_get(problems, 0)), "yes");
}

/* ---- defaults ---- */

static void test_spark_masks_by_the_servers_words(void **state)
{
    json_auto_t *defaults = NULL;

    configure(&error, NULL);
    defaults = properties_default(&error);
    assert_contains(jx_string(defaults, "spark.redaction.regex"), "|credential|");
    assert_contains(jx_string(defaults, "spark.redaction.regex"), "|api.key|");
}

static void test_a_redaction_of_the_users_stays(void **state)
{
    json_auto_t *defaults = NULL;

    configure(&error, "SPARK_CONF=spark.redaction.regex=mine", NULL);
    defaults = properties_default(&error);
    assert_text(jx_string(defaults, "spark.redaction.regex"), "mine");
}

static void test_defaults_come_from_the_configuration(void **state)
{
    json_auto_t *defaults = NULL;

    configure(&error, "SPARK_APP_NAME=mine", "SPARK_EXECUTOR_MEMORY=3g",
              "SPARK_EXECUTOR_CORES=2", "SPARK_SQL_WAREHOUSE_DIR=/w", NULL);
    defaults = properties_default(&error);
    json_object_del(defaults, "spark.redaction.regex");
    assert_json(defaults,
                "{'spark.app.name':'mine','spark.executor.memory':'3g',"
                "'spark.executor.cores':'2','spark.sql.warehouse.dir':'/w',"
                "'spark.serializer':'org.apache.spark.serializer.KryoSerializer'}");
}

static const char *serializer_of(const char *setting)
{
    static char text[200];
    json_auto_t *defaults = NULL;

    configure(&error, setting, NULL);
    defaults = properties_default(&error);
    snprintf(text, sizeof text, "%s",
             json_string_value(json_object_get(defaults, "spark.serializer")));
    return text;
}

static void test_a_short_serializer_gets_its_package(void **state)
{
    assert_text(serializer_of("SPARK_SERIALIZER=JavaSerializer"),
                "org.apache.spark.serializer.JavaSerializer");
}

static void test_a_full_serializer_stays(void **state)
{
    assert_text(serializer_of("SPARK_SERIALIZER=com.example.Mine"), "com.example.Mine");
}

static void test_spark_conf_wins_over_the_other_keys(void **state)
{
    json_auto_t *defaults = NULL;

    configure(&error, "SPARK_EXECUTOR_MEMORY=3g", "SPARK_CONF=spark.executor.memory=5g",
              NULL);
    defaults = properties_default(&error);
    assert_json(json_object_get(defaults, "spark.executor.memory"), "'5g'");
}

static void test_secret_properties_are_remembered(void **state)
{
    char *masked;

    configure(&error, "SPARK_CONF=spark.hadoop.fs.s3a.secret.key=hunter22", NULL);
    json_decref(properties_default(&error));
    masked = secret_mask("hunter22", 8);
    assert_text(masked, "*****");
    free(masked);
}

static void test_a_default_that_spark_would_refuse_is_an_error(void **state)
{
    configure(&error, "SPARK_EXECUTOR_MEMORY=lots", NULL);
    assert_null(properties_default(&error));
    assert_error(&error, ERROR_CONFIGURATION, "lots");
}

static void test_a_spark_conf_that_cannot_be_read_is_an_error(void **state)
{
    configure(&error, "SPARK_CONF=what", NULL);
    assert_null(properties_default(&error));
    assert_error(&error, ERROR_CONFIGURATION, "'what'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_memory_has_every_unit_of_spark),
        claim(test_memory_that_spark_refuses_is_no_memory),
        claim(test_memory_without_unit_is_no_memory),
        claim(test_properties_may_stand_on_lines),
        claim(test_properties_may_be_separated_by_commas),
        claim(test_a_comma_inside_a_value_stays),
        claim(test_a_comma_before_a_word_without_dot_is_inside_the_value),
        claim(test_an_equals_sign_inside_a_value_stays),
        claim(test_space_around_keys_and_values_is_dropped),
        claim(test_blank_lines_between_properties_are_passed_over),
        claim(test_the_last_of_two_values_counts),
        claim(test_properties_are_added_to_those_before),
        claim(test_properties_may_be_a_json_object),
        claim(test_reals_in_a_json_object_are_text_as_people_write_them),
        claim(test_broken_json_is_refused),
        claim(test_an_entry_without_equals_sign_is_refused),
        claim(test_an_entry_without_key_is_refused),
        claim(test_good_properties_have_no_problem),
        claim(test_properties_that_are_absent_have_no_problem),
        claim(test_a_bad_memory_is_told_with_its_value),
        claim(test_memory_below_a_mebibyte_is_a_problem),
        claim(test_numbers_of_cores_are_whole),
        claim(test_supervise_is_true_or_false),
        claim(test_spark_masks_by_the_servers_words),
        claim(test_a_redaction_of_the_users_stays),
        claim(test_defaults_come_from_the_configuration),
        claim(test_a_short_serializer_gets_its_package),
        claim(test_a_full_serializer_stays),
        claim(test_spark_conf_wins_over_the_other_keys),
        claim(test_secret_properties_are_remembered),
        claim(test_a_default_that_spark_would_refuse_is_an_error),
        claim(test_a_spark_conf_that_cannot_be_read_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
