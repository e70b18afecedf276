/* The requests for Spark's submission API, by kind of file. */
#include "spark/application.h"

#include "application_script.h"
#include "base/buffer.h"
#include "base/jx.h"
#include "base/secret.h"
#include "embedded.h"
#include "spark/cluster.h"
#include "unit.h"

#include <stdlib.h>
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

/* ---- Python beside the server ---- */

static void test_a_script_beside_the_server_travels(void **state)
{
    assert_true(make(script("print('\xC3\xBC')\n"), "{}"));
    assert_text(jx_string(travelling(), "name"), "job.py");
    assert_json(jx_object(travelling(), "files"),
                "{'job.py':'print(\\u0027\\u00FC\\u0027)\\n'}");
    assert_text(variable("MCP_SPARK_RUNNER"), embedded_launch);
}

static void test_a_travelling_script_needs_no_file_at_the_worker(void **state)
{
    assert_true(make(script("print(1)"), "{}"));
    assert_text(jx_string(request, "appResource"), "");
    assert_text(jx_string(request, "mainClass"), "org.apache.spark.deploy.PythonRunner");
    assert_int_equal(json_array_size(app_args()), 3);
}

static void test_arguments_travel_unchanged(void **state)
{
    assert_true(make(script("print(1)"),
                     "{'args':['a b','','\xC3\xBC','--x=\\u0022q\\u0022',"
                     "'$HOME; *','-1']}"));
    assert_json(jx_array(travelling(), "args"),
                "['a b','','\xC3\xBC','--x=\\u0022q\\u0022','$HOME; *','-1']");
}

static void test_code_in_place_of_a_file_travels_as_one(void **state)
{
    assert_true(
        make_with(json_of("{'code':'print(1)\\nexit(3)','args':['a']}"), "4.0.0"));
    assert_text(jx_string(travelling(), "name"), "code.py");
    assert_json(jx_object(travelling(), "files"), "{'code.py':'print(1)\\nexit(3)'}");
    assert_json(jx_array(travelling(), "args"), "['a']");
    assert_text(jx_string(request, "mainClass"), "org.apache.spark.deploy.PythonRunner");
}

static void test_a_script_that_is_too_large_is_refused(void **state)
{
    static char content[1024 * 1024 + 1];

    memset(content, '#', sizeof content);
    assert_false(make(file_with("job.py", content, sizeof content), "{}"));
    assert_error(&error, ERROR_ARGUMENTS, "too large to travel");
}

static void test_py_files_beside_the_server_travel_too(void **state)
{
    char arguments[400];

    snprintf(arguments, sizeof arguments, "{'py_files':['%s']}",
             file_with("helper.py", "x = 1\n", 6));
    assert_true(make(script("import helper"), arguments));
    assert_json(jx_array(travelling(), "pyFiles"), "['helper.py']");
    assert_text(jx_string(jx_object(travelling(), "files"), "helper.py"), "x = 1\n");
}

static void test_py_files_elsewhere_are_named(void **state)
{
    assert_true(
        make(script("print(1)"),
             "{'py_files':['/nfs/helper.py','hdfs://n/lib.zip','local:/opt/x.egg']}"));
    assert_json(jx_array(travelling(), "pyFiles"),
                "['/nfs/helper.py','hdfs://n/lib.zip','/opt/x.egg']");
}

/* ---- Python elsewhere ---- */

static void test_a_script_at_the_workers_is_named(void **state)
{
    assert_true(make("/nfs/no/such/job.py", "{}"));
    assert_text(jx_string(travelling(), "script"), "/nfs/no/such/job.py");
    assert_json(jx_object(travelling(), "files"), "{}");
    assert_null(json_object_get(travelling(), "name"));
}

static void test_a_script_of_a_local_url_is_at_the_workers(void **state)
{
    assert_true(make("local:///opt/no/such/job.py", "{}"));
    assert_text(jx_string(travelling(), "script"), "/opt/no/such/job.py");
}

static void test_a_script_of_a_url_is_fetched_by_the_worker(void **state)
{
    assert_true(make("hdfs://n:8020/jobs/job.py", "{}"));
    assert_text(jx_string(request, "appResource"), "hdfs://n:8020/jobs/job.py");
    assert_json(json_array_get(app_args(), 3), "'{{USER_JAR}}'");
}

static void test_a_relative_script_that_is_not_there_is_refused(void **state)
{
    assert_false(make("no/such/job.py", "{}"));
    assert_error(&error, ERROR_ARGUMENTS, "no/such/job.py");
    assert_error(&error, ERROR_ARGUMENTS, "absolute path");
}

/* ---- secrets ---- */

/* What holds on the submitter's machine would be wrong on a worker. */
static void test_the_environment_of_the_server_stays_here(void **state)
{
    static const char *const names[] = {"SPARK_LOCAL_IP", "JAVA_HOME",
                                        "SPARK_HOME",     "SPARK_PUBLIC_DNS",
                                        "SPARK_CONF_DIR", "PYTHONPATH"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(setenv(names[i], "/here", 1), 0);
    assert_true(make("hdfs://n/job.jar", "{'class':'a.B','environment':{'A':'1'}}"));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unsetenv(names[i]);
    assert_json(jx_object(request, "environmentVariables"),
                "{'A':'1','PYTHONHASHSEED':'0'}");
}

static void test_a_secret_property_of_a_script_travels_in_the_environment(void **state)
{
    assert_true(
        make(script("print(1)"),
             "{'conf':{'spark.hadoop.fs.s3a.secret.key':'hunter22','spark.x':'1'}}"));
    assert_text(property("spark.hadoop.fs.s3a.secret.key"), "");
    assert_text(property("spark.x"), "1");
    assert_json(jx_object(travelling(), "conf"),
                "{'spark.hadoop.fs.s3a.secret.key':'hunter22'}");
}

static void test_a_secret_property_stands_nowhere_else(void **state)
{
    char *text;

    assert_true(make(script("print(1)"), "{'conf':{'spark.my.password':'hunter22'}}"));
    json_object_del(request, "environmentVariables");
    text = json_dumps(request, 0);
    assert_lacks(text, "hunter22");
    free(text);
}

static void test_a_secret_property_is_remembered(void **state)
{
    char *masked;

    assert_true(make(script("print(1)"), "{'conf':{'spark.my.password':'hunter22'}}"));
    masked = secret_mask("hunter22", 8);
    assert_text(masked, "*****");
    free(masked);
}

static void test_a_secret_property_of_the_configuration_travels_too(void **state)
{
    assert_true(configure(&error, "SPARK_MASTER=spark://m:7077",
                          "SPARK_CONF=spark.my.token=hunter22", NULL));
    assert_true(make(script("print(1)"), "{}"));
    assert_text(property("spark.my.token"), "");
    assert_json(jx_object(travelling(), "conf"), "{'spark.my.token':'hunter22'}");
}

static void test_a_secret_property_of_a_jar_comes_with_a_warning(void **state)
{
    assert_true(make("hdfs://n/job.jar",
                     "{'class':'a.B','conf':{'spark.my.password':'hunter22'}}"));
    assert_text(property("spark.my.password"), "hunter22");
    assert_int_equal(json_array_size(warnings), 1);
    assert_contains(json_string_value(json_array_get(warnings, 0)), "spark.my.password");
}

static void test_a_job_without_secrets_comes_without_warnings(void **state)
{
    assert_true(make(script("print(1)"), "{}"));
    assert_json(warnings, "[]");
}

/* ---- JAR ---- */

static void test_a_jar_runs_its_class_with_its_arguments(void **state)
{
    assert_true(
        make("hdfs://n/job.jar", "{'class':'a.B','args':['a b','','\xC3\xBC','7']}"));
    assert_text(jx_string(request, "mainClass"), "a.B");
    assert_text(jx_string(request, "appResource"), "hdfs://n/job.jar");
    assert_json(app_args(), "['a b','','\xC3\xBC','7']");
}

static void test_a_jar_is_among_the_jars_of_the_executors(void **state)
{
    assert_true(make("hdfs://n/job.jar", "{'class':'a.B','jars':['/x.jar','/y.jar']}"));
    assert_text(property("spark.jars"), "/x.jar,/y.jar,hdfs://n/job.jar");
}

static void test_a_local_jar_is_a_file_url(void **state)
{
    assert_true(make("/nfs/no/such/job.jar", "{'class':'a.B'}"));
    assert_text(jx_string(request, "appResource"), "file:/nfs/no/such/job.jar");
}

static void test_a_jar_does_not_travel(void **state)
{
    assert_true(make(file_with("job.jar", "PK", 2), "{'class':'a.B'}"));
    assert_text(variable("MCP_SPARK_REQUEST_0"), "");
}

static void test_a_jar_needs_a_class(void **state)
{
    assert_false(make("hdfs://n/job.jar", "{}"));
    assert_error(&error, ERROR_ARGUMENTS, "main class");
}

/* ---- SparkSubmit ---- */

static void test_packages_of_a_jar_go_through_spark_submit(void **state)
{
    assert_true(make("hdfs://n/job.jar", "{'class':'a.B','packages':['g:a:1','g:b:2'],"
                                         "'args':['x']}"));
    assert_text(jx_string(request, "mainClass"), "org.apache.spark.deploy.SparkSubmit");
    assert_text(jx_string(request, "appResource"), "");
    assert_json(app_args(),
                "['--master','spark://m:7077','--conf','spark.jars.packages=g:a:1,g:b:2',"
                "'--class',"
                "'a.B','hdfs://n/job.jar','x']");
}

static void test_packages_of_a_script_go_through_spark_submit(void **state)
{
    assert_true(make(script("print(1)"), "{'packages':['g:a:1'],'args':['x']}"));
    assert_text(jx_string(request, "mainClass"), "org.apache.spark.deploy.SparkSubmit");
    json_array_remove(jx_array(request, "appArgs"),
                      9); /* the code that starts the launcher */
    assert_json(
        app_args(),
        "['--master','spark://m:7077','--conf','spark.jars.packages=g:a:1','--class',"
        "'org.apache.spark.deploy.PythonRunner','spark-internal','-c','']");
    assert_json(jx_array(travelling(), "args"), "['x']");
}

static void test_r_goes_through_spark_submit(void **state)
{
    assert_true(make("/nfs/no/such/job.R", "{'args':['x']}"));
    assert_text(jx_string(request, "mainClass"), "org.apache.spark.deploy.SparkSubmit");
    assert_json(app_args(), "['--master','spark://m:7077','/nfs/no/such/job.R','x']");
}

static void test_other_files_are_refused(void **state)
{
    assert_false(make("/nfs/job.sh", "{}"));
    assert_error(&error, ERROR_ARGUMENTS, ".py, .jar or .R");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_a_script_beside_the_server_travels),
        claim(test_a_travelling_script_needs_no_file_at_the_worker),
        claim(test_arguments_travel_unchanged),
        claim(test_code_in_place_of_a_file_travels_as_one),
        claim(test_a_script_that_is_too_large_is_refused),
        claim(test_py_files_beside_the_server_travel_too),
        claim(test_py_files_elsewhere_are_named),
        claim(test_a_script_at_the_workers_is_named),
        claim(test_a_script_of_a_local_url_is_at_the_workers),
        claim(test_a_script_of_a_url_is_fetched_by_the_worker),
        claim(test_a_relative_script_that_is_not_there_is_refused),
        claim(test_the_environment_of_the_server_stays_here),
        claim(test_a_secret_property_of_a_script_travels_in_the_environment),
        claim(test_a_secret_property_stands_nowhere_else),
        claim(test_a_secret_property_is_remembered),
        claim(test_a_secret_property_of_the_configuration_travels_too),
        claim(test_a_secret_property_of_a_jar_comes_with_a_warning),
        claim(test_a_job_without_secrets_comes_without_warnings),
        claim(test_a_jar_runs_its_class_with_its_arguments),
        claim(test_a_jar_is_among_the_jars_of_the_executors),
        claim(test_a_local_jar_is_a_file_url),
        claim(test_a_jar_does_not_travel),
        claim(test_a_jar_needs_a_class),
        claim(test_packages_of_a_jar_go_through_spark_submit),
        claim(test_packages_of_a_script_go_through_spark_submit),
        claim(test_r_goes_through_spark_submit),
        claim(test_other_files_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
