/* The properties and the environment of a submission. */
#include "spark/application.h"

#include "application_script.h"
#include "base/jx.h"
#include "unit.h"

#include <string.h>

static int begin(void **state)
{
    return application_script_begin() ? 0 : -1;
}

static int end(void **state)
{
    application_script_end();
    return 0;
}

/* ---- properties ---- */

static void test_arguments_become_properties(void **state)
{
    assert_true(make(
        "/nfs/no/such/job.py",
        "{'name':'mine','driver_memory':'2g','driver_cores':2,"
        "'executor_memory':'3g','executor_cores':4,'supervise':true,'watch_streaming':true}"));
    assert_text(property("spark.app.name"), "mine");
    assert_text(property("spark.driver.memory"), "2g");
    assert_text(property("spark.driver.cores"), "2");
    assert_text(property("spark.executor.memory"), "3g");
    assert_text(property("spark.executor.cores"), "4");
    assert_text(property("spark.driver.supervise"), "true");
    assert_text(property("spark.sql.streaming.metricsEnabled"), "true");
}

static void test_arguments_win_over_conf_and_conf_over_the_configuration(void **state)
{
    assert_true(make("/nfs/no/such/job.py",
                     "{'executor_memory':'3g','conf':{'spark.executor.memory':'4g',"
                     "'spark.app.name':'of conf'}}"));
    assert_text(property("spark.executor.memory"), "3g");
    assert_text(property("spark.app.name"), "of conf");
}

static void test_an_empty_property_wins_too(void **state)
{
    assert_true(make("/nfs/no/such/job.py", "{'conf':{'spark.sql.warehouse.dir':''}}"));
    assert_json(
        json_object_get(jx_object(request, "sparkProperties"), "spark.sql.warehouse.dir"),
        "''");
}

static void test_a_number_of_executors_is_a_number_of_cores(void **state)
{
    assert_true(make("/nfs/no/such/job.py", "{'num_executors':3,'executor_cores':2}"));
    assert_text(property("spark.cores.max"), "6");
}

static void test_executors_have_the_cores_of_the_configuration(void **state)
{
    assert_true(
        configure(&error, "SPARK_MASTER=spark://m:7077", "SPARK_EXECUTOR_CORES=4", NULL));
    assert_true(make("/nfs/no/such/job.py", "{'num_executors':3}"));
    assert_text(property("spark.cores.max"), "12");
}

static void test_without_a_number_of_executors_conf_counts(void **state)
{
    assert_true(make("/nfs/no/such/job.py", "{'conf':{'spark.cores.max':'5'}}"));
    assert_text(property("spark.cores.max"), "5");
}

static void test_a_huge_number_of_executors_is_refused(void **state)
{
    assert_false(make("/nfs/no/such/job.py",
                      "{'num_executors':9223372036854775807,'executor_cores':2}"));
    assert_error(&error, ERROR_ARGUMENTS, "number of executors");
}

static void test_bad_properties_are_all_told_before_anything_is_sent(void **state)
{
    assert_false(
        make("/nfs/no/such/job.py",
             "{'executor_memory':'lots','conf':{'spark.driver.memory':'4096'}}"));
    assert_error(&error, ERROR_ARGUMENTS, "nothing was submitted");
    assert_error(&error, ERROR_ARGUMENTS, "\"lots\"");
    assert_error(&error, ERROR_ARGUMENTS, "\"4096\"");
    assert_false(make("/nfs/no/such/job.py",
                      "{'num_executors':2,'conf':{'spark.executor.cores':'two'}}"));
    assert_error(&error, ERROR_ARGUMENTS, "\"two\"");
}

static void test_spark_3_needs_its_modules_opened(void **state)
{
    assert_true(make_with(json_of("{'application_file':'/no/such/job.py','conf':"
                                  "{'spark.driver.extraJavaOptions':'-Dmine=1'}}"),
                          "3.5.9"));
    assert_contains(property("spark.driver.extraJavaOptions"),
                    "--add-opens=java.base/java.nio=ALL-UNNAMED");
    assert_contains(property("spark.driver.extraJavaOptions"), "-Dmine=1");
}

static void test_spark_4_opens_its_modules_itself(void **state)
{
    assert_true(make_with(json_of("{'application_file':'/no/such/job.py'}"), "4.0.0"));
    assert_text(property("spark.driver.extraJavaOptions"), "");
}

/* ---- the environment ---- */

static void test_the_environment_of_the_driver_is_passed_on(void **state)
{
    assert_true(make("/nfs/no/such/job.py", "{'environment':{'A':'1','B':''}}"));
    assert_text(variable("A"), "1");
    assert_json(json_object_get(jx_object(request, "environmentVariables"), "B"), "''");
}

static void test_the_python_of_the_configuration_is_the_drivers(void **state)
{
    assert_true(configure(&error, "SPARK_MASTER=spark://m:7077",
                          "PYSPARK_PYTHON=/opt/python/bin/python3", NULL));
    assert_true(make("/nfs/no/such/job.py", "{}"));
    assert_text(variable("PYSPARK_PYTHON"), "/opt/python/bin/python3");
}

static void test_the_python_of_the_call_wins(void **state)
{
    assert_true(configure(&error, "SPARK_MASTER=spark://m:7077",
                          "PYSPARK_PYTHON=/opt/python/bin/python3", NULL));
    assert_true(
        make("/nfs/no/such/job.py", "{'environment':{'PYSPARK_PYTHON':'/mine'}}"));
    assert_text(variable("PYSPARK_PYTHON"), "/mine");
}

static void test_the_hash_of_texts_is_the_one_of_spark_submit(void **state)
{
    assert_true(make("/nfs/no/such/job.py", "{}"));
    assert_text(variable("PYTHONHASHSEED"), "0");
    assert_true(make("/nfs/no/such/job.py", "{'environment':{'PYTHONHASHSEED':'7'}}"));
    assert_text(variable("PYTHONHASHSEED"), "7");
}

static void test_the_arguments_of_the_call_stay_as_they_are(void **state)
{
    json_t *arguments =
        json_of("{'application_file':'/no/such/job.py','environment':{'A':'1'},"
                "'conf':{'spark.my.password':'hunter22'}}");
    json_t *copy = json_deep_copy(arguments);

    assert_true(make_with(json_incref(arguments), "4.0.0"));
    assert_true(json_equal(arguments, copy));
    json_decref(arguments);
    json_decref(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_arguments_become_properties),
        claim(test_arguments_win_over_conf_and_conf_over_the_configuration),
        claim(test_an_empty_property_wins_too),
        claim(test_a_number_of_executors_is_a_number_of_cores),
        claim(test_executors_have_the_cores_of_the_configuration),
        claim(test_without_a_number_of_executors_conf_counts),
        claim(test_a_huge_number_of_executors_is_refused),
        claim(test_bad_properties_are_all_told_before_anything_is_sent),
        claim(test_spark_3_needs_its_modules_opened),
        claim(test_spark_4_opens_its_modules_itself),
        claim(test_the_environment_of_the_driver_is_passed_on),
        claim(test_the_python_of_the_configuration_is_the_drivers),
        claim(test_the_python_of_the_call_wins),
        claim(test_the_hash_of_texts_is_the_one_of_spark_submit),
        claim(test_the_arguments_of_the_call_stay_as_they_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
