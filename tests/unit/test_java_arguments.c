#include "spark/supervisor/java.h"

#include "unit.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct install install = {.spark_home = "/opt/spark"};
static const struct java_settings settings = {.install = &install,
                                              .secret = "the-secret",
                                              .master_url = "spark://127.0.0.1:1",
                                              .worker_url = "spark://Worker@127.0.0.1:2"};
static char text[8192];
static const char *path; /* of the file */

static int begin(void **state)
{
    unsetenv("SPARK_CONF_DIR");
    unsetenv("HADOOP_CONF_DIR");
    unsetenv("YARN_CONF_DIR");
    unsetenv("SPARK_DIST_CLASSPATH");
    return 0;
}

static int end(void **state)
{
    unit_release();
    return 0;
}

static void read_text(void)
{
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
}

/* The lines of the file for a request with these properties and arguments. */
static const char *lines_of(const char *properties, const char *arguments,
                            const char *user_jar)
{
    json_t *request = json_object();

    path = file_with("java.args", "", 0);
    remove(path);
    json_object_set_new(request, "mainClass", json_string("a.Main"));
    json_object_set_new(request, "sparkProperties", json_of(properties));
    json_object_set_new(request, "appArgs", json_of(arguments));
    assert_true(java_write_driver(path, &settings, request, "/folder", user_jar));
    json_decref(request);
    read_text();
    return text;
}

static void test_only_this_user_can_read_the_file(void **state)
{
    struct stat status;

    lines_of("{}", "[]", "");
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

static void test_properties_become_system_properties(void **state)
{
    assert_contains(lines_of("{'spark.app.name':'a b'}", "[]", ""),
                    "\n\"-Dspark.app.name=a b\"\n");
}

static void test_the_master_and_the_secret_are_set_whatever_the_request_says(void **state)
{
    const char *lines =
        lines_of("{'spark.master':'local','spark.authenticate':'false'}", "[]", "");

    assert_true(strstr(lines, "-Dspark.master=spark://127.0.0.1:1") >
                strstr(lines, "-Dspark.master=local"));
    assert_true(strstr(lines, "-Dspark.authenticate=true") >
                strstr(lines, "-Dspark.authenticate=false"));
    assert_contains(lines, "\"-Dspark.authenticate.secret=the-secret\"");
}

static void test_a_driver_without_executors_keeps_its_master(void **state)
{
    const char *lines = lines_of("{'spark.master':'local[2]'}", "[]", "");

    assert_contains(lines, "\"-Dspark.master=local[2]\"\n");
    assert_null(strstr(lines, "-Dspark.master=spark"));
}

static void test_a_training_run_writes_an_archive_at_its_end(void **state)
{
    path = file_with("classes.args", "", 0);
    remove(path);
    assert_true(java_write_training(path, &settings, "/folder", "/state/4.3.0.jsa.1"));
    read_text();
    assert_contains(text, "\"-XX:ArchiveClassesAtExit=/state/4.3.0.jsa.1\"\n");
    assert_contains(text, "\"-Djava.io.tmpdir=/folder\"\n");
    assert_contains(text, "\"-Dspark.master=local[1]\"\n");
}

static void test_memory_is_that_of_the_driver(void **state)
{
    assert_contains(lines_of("{}", "[]", ""), "\"-Xmx1024m\"\n");
    assert_contains(lines_of("{'spark.driver.memory':'2g'}", "[]", ""),
                    "\"-Xmx2048m\"\n");
}

static void test_options_are_cut_as_a_shell_would(void **state)
{
    const char *lines =
        lines_of("{'spark.driver.extraJavaOptions':"
                 "' -Da=1  -Db=\\\"two words\\\" -Dc=x#y\\n-Dd=\\\\\\\\z '}",
                 "[]", "");

    assert_contains(lines,
                    "\n\"-Da=1\"\n\"-Db=two words\"\n\"-Dc=x#y\"\n\"-Dd=\\\\z\"\n");
}

static void test_an_option_whose_quote_is_open_ends_with_the_text(void **state)
{
    assert_contains(lines_of("{'spark.driver.extraJavaOptions':'-Da=\\\"b c'}", "[]", ""),
                    "\"-Da=b c\"\n");
}

static void test_arguments_arrive_whole(void **state)
{
    assert_contains(
        lines_of("{}", "['', 'a b', '@x', '\\\"q\\\"', 'l1\\nl2\\r', 'c:\\\\d', '#']",
                 ""),
        "\"a.Main\"\n\"\"\n\"a "
        "b\"\n\"@x\"\n\"\\\"q\\\"\"\n\"l1\\nl2\\r\"\n\"c:\\\\d\"\n\"#\"\n");
}

static void test_places_are_filled_in(void **state)
{
    assert_contains(
        lines_of("{}", "['{{USER_JAR}}', '{{WORKER_URL}}', '{{USER_JAR}} ']", "/x/a.py"),
        "\"/x/a.py\"\n\"spark://Worker@127.0.0.1:2\"\n\"{{USER_JAR}} \"\n");
}

static void test_without_jars_the_class_runs_at_once(void **state)
{
    assert_lacks(lines_of("{}", "[]", ""), "DriverWrapper");
}

static void test_jars_are_put_on_the_class_path_by_sparks_wrapper(void **state)
{
    assert_contains(lines_of("{'spark.jars':'/x/b.jar'}", "[]", ""),
                    ".DriverWrapper\"\n\"spark://Worker@127.0.0.1:2\"\n\"/folder\"\n"
                    "\"a.Main\"\n");
    assert_contains(lines_of("{}", "[]", "/x/a.jar"),
                    ".DriverWrapper\"\n\"spark://Worker@127.0.0.1:2\"\n\"/x/a.jar\"\n"
                    "\"a.Main\"\n");
}

static void test_class_path_follows_the_environment(void **state)
{
    setenv("SPARK_CONF_DIR", "/conf", 1);
    setenv("HADOOP_CONF_DIR", "/hadoop", 1);
    assert_contains(lines_of("{'spark.driver.extraClassPath':'/first'}", "[]", ""),
                    "\"-cp\"\n\"/first:/conf:/opt/spark/jars/*:/hadoop\"\n");
}

/* Of an installation of this version; new folders, which go again. */
static void assert_class_path(const char *version, const char *first_jar)
{
    struct install own = {.spark_home = ""};
    struct java_settings mine = settings;
    char jars[PATH_MAX + 10], core[60], wanted[4 * PATH_MAX];
    const char *logging, *jar;

    path = file_with("classes.args", "", 0);
    snprintf(own.spark_home, sizeof own.spark_home, "%.*s",
             (int)(strrchr(path, '/') - path), path);
    snprintf(jars, sizeof jars, "%s/jars", own.spark_home);
    snprintf(core, sizeof core, "jars/spark-core_2.13-%s.jar", version);
    assert_int_equal(mkdir(jars, 0700), 0);
    logging = file_with("jars/slf4j-api-2.0.jar", "", 0);
    jar = file_with(core, "", 0);
    mine.install = &own;
    remove(path);
    assert_true(java_write_training(path, &mine, "/folder", "/a.jsa"));
    remove(jar);
    remove(logging);
    rmdir(jars);
    read_text();
    snprintf(wanted, sizeof wanted, "\"-cp\"\n\"%s/conf:%s%s%s/jars/*\"\n",
             own.spark_home, first_jar[0] != '\0' ? jars : "", first_jar, own.spark_home);
    assert_contains(text, wanted);
}

static void test_class_path_is_that_of_sparks_launcher(void **state)
{
    assert_class_path("3.5.9", "");
    assert_class_path("4.3.0", "/slf4j-api-2.0.jar:");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_only_this_user_can_read_the_file),
        claim(test_properties_become_system_properties),
        claim(test_the_master_and_the_secret_are_set_whatever_the_request_says),
        claim(test_a_driver_without_executors_keeps_its_master),
        claim(test_a_training_run_writes_an_archive_at_its_end),
        claim(test_memory_is_that_of_the_driver),
        claim(test_options_are_cut_as_a_shell_would),
        claim(test_an_option_whose_quote_is_open_ends_with_the_text),
        claim(test_arguments_arrive_whole),
        claim(test_places_are_filled_in),
        claim(test_without_jars_the_class_runs_at_once),
        claim(test_jars_are_put_on_the_class_path_by_sparks_wrapper),
        claim(test_class_path_follows_the_environment),
        claim(test_class_path_is_that_of_sparks_launcher),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
