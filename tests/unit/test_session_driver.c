/* What a session's driver is given, its token above all. */
#include "spark/session.h"

#include "base/jx.h"
#include "base/log.h"
#include "base/secret.h"
#include "scripted_http.h"
#include "session_script.h"
#include "spark/cluster.h"
#include "spark/runner.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int begin(void **state)
{
    return session_script_begin() ? 0 : -1;
}

static int end(void **state)
{
    return session_script_end() ? 0 : -1;
}

/* ---- what its driver is given ---- */

static void assert_given(const char *key, const char *wanted)
{
    json_auto_t *settings = NULL;

    have_session();
    settings = runner_settings(script_find("create"));
    assert_json(json_object_get(settings, key), wanted);
}

static const json_t *property(const char *key)
{
    return json_object_get(
        jx_object(script_sent(script_find("create")), "sparkProperties"), key);
}

static void test_the_driver_learns_when_it_is_idle(void **state)
{
    configure_session("SPARK_SESSION_IDLE=60", NULL);
    script_session(1);
    assert_given("idleSeconds", "60");
}

static void test_the_driver_learns_when_its_server_is_gone(void **state)
{
    script_session(1);
    assert_given("goneSeconds", "30");
}

static void test_the_driver_learns_how_long_work_outlives_its_server(void **state)
{
    configure_session("SPARK_SESSION_GRACE=60", NULL);
    script_session(1);
    assert_given("graceSeconds", "60");
}

static void test_the_driver_learns_its_port(void **state)
{
    configure_session("SPARK_SESSION_PORT=40401", NULL);
    script_session(1);
    assert_given("port", "40401");
}

static void test_without_a_port_the_driver_takes_any(void **state)
{
    json_auto_t *settings = NULL;

    script_session(1);
    have_session();
    settings = runner_settings(script_find("create"));
    assert_null(json_object_get(settings, "port"));
}

static void test_the_driver_learns_that_it_only_reads(void **state)
{
    configure_session("SPARK_READ_ONLY=true", NULL);
    script_session(1);
    assert_given("readOnly", "true");
}

static void assert_catalog_folder(const char *state, const char *home, const char *wanted)
{
    json_auto_t *settings = NULL;
    struct error error;

    assert_true(configure(&error, "SPARK_MASTER=local[2]", NULL));
    assert_true(cluster_configure(&error));
    unsetenv("XDG_STATE_HOME");
    unsetenv("HOME");
    if (state != NULL)
        setenv("XDG_STATE_HOME", state, 1);
    if (home != NULL)
        setenv("HOME", home, 1);
    settings = runner_settings_for("session");
    if (wanted == NULL)
        assert_null(json_object_get(settings, "catalogFolder"));
    else
        assert_string_equal(jx_string(settings, "catalogFolder"), wanted);
}

static void test_a_private_spark_notes_its_tables_in_a_folder_of_the_users(void **state)
{
    assert_catalog_folder("/state", "/home", "/state/mcp-spark-server/catalog");
    assert_catalog_folder(NULL, "/home", "/home/.local/state/mcp-spark-server/catalog");
    assert_catalog_folder("relative", "/home",
                          "/home/.local/state/mcp-spark-server/catalog");
}

/* Of the driver of a session on a private Spark. */
static void assert_place(const char *conf, const char *master, const char *memory)
{
    json_auto_t *settings = NULL, *request = NULL;
    const json_t *properties;
    struct error error;

    assert_true(configure(&error, "SPARK_MASTER=local[2]", conf, NULL));
    assert_true(cluster_configure(&error));
    cluster_set_local(7077, 8080, 18080);
    settings = runner_settings_for("session");
    request = runner_request(settings, "nonce", "4.3.0", &error);
    properties = json_object_get(request, "sparkProperties");
    assert_string_equal(jx_string(properties, "spark.master"), master);
    assert_string_equal(jx_string(properties, "spark.driver.memory"), memory);
}

static void test_tasks_of_a_private_spark_run_in_the_driver_with_an_executors_memory(
    void **state)
{
    assert_place(NULL, "local[2]", "3072m");
    assert_place("SPARK_EXECUTOR_MEMORY=512m", "local[2]", "1536m");
    assert_place("SPARK_CONF=spark.driver.memory=4g", "local[2]", "6144m");
}

static void test_a_private_spark_has_executors_when_it_is_told_of_them(void **state)
{
    assert_place("SPARK_CONF=spark.executor.instances=2", "spark://127.0.0.1:7077", "");
    assert_place("SPARK_CONF=spark.cores.max=1\nspark.master=local[9]",
                 "spark://127.0.0.1:7077", "");
}

static void test_without_a_home_no_tables_are_noted(void **state)
{
    assert_catalog_folder(NULL, NULL, NULL);
}

static void test_statements_do_not_read_the_drivers_environment(void **state)
{
    script_session(1);
    have_session();
    assert_json(property("spark.sql.variable.substitute"), "'false'");
}

static void test_operations_share_the_cluster_and_give_executors_back(void **state)
{
    script_session(1);
    have_session();
    assert_json(property("spark.scheduler.mode"), "'FAIR'");
    assert_json(property("spark.dynamicAllocation.enabled"), "'true'");
    assert_json(property("spark.dynamicAllocation.shuffleTracking.enabled"), "'true'");
}

static void test_the_jvm_compiles_later_and_options_of_the_users_come_last(void **state)
{
    static const char wanted[] = "-XX:Tier4BackEdgeThreshold=400000";
    const char *options;

    configure_session("SPARK_CONF=spark.driver.extraJavaOptions=-Dmine=1", NULL);
    script_session(1);
    have_session();
    options = json_string_value(property("spark.driver.extraJavaOptions"));
    assert_contains(options, wanted);
    assert_string_equal(strrchr(options, ' '), " -Dmine=1");
    options = json_string_value(property("spark.executor.extraJavaOptions"));
    assert_string_equal(strrchr(options, ' ') + 1, wanted);
}

static void test_sparks_pages_do_not_fill_the_drivers_heap(void **state)
{
    script_session(1);
    have_session();
    assert_json(property("spark.sql.ui.retainedExecutions"), "'200'");
}

static void test_what_the_user_has_set_stays(void **state)
{
    configure_session("SPARK_CONF=spark.scheduler.mode=FIFO", NULL);
    script_session(1);
    have_session();
    assert_json(property("spark.scheduler.mode"), "'FIFO'");
}

/* ---- its token ---- */

static const char *token(void)
{
    return script_bearer(script_find("http://w:40401/status"));
}

static void test_the_session_is_asked_with_a_long_token(void **state)
{
    script_session(1);
    have_session();
    assert_int_equal(strlen(token()), 64);
    assert_int_equal(strspn(token(), "0123456789abcdef"), 64);
}

static void test_nobody_else_is_shown_the_token(void **state)
{
    script_session(1);
    have_session();
    for (size_t i = 0; i < script_asked(""); i++)
        if (strstr(script_request(i), "http://w:40401/") == NULL)
            assert_null(script_bearer(i));
}

static void test_the_token_stands_in_no_address(void **state)
{
    script_session(1);
    have_session();
    assert_int_equal(script_asked(token()), 0);
}

static void test_the_driver_is_given_the_token_in_its_environment_alone(void **state)
{
    json_auto_t *settings = NULL, *rest = NULL;
    char *text;

    script_session(1);
    have_session();
    settings = runner_settings(script_find("create"));
    assert_text(jx_string(settings, "token"), token());
    rest = json_copy((json_t *)script_sent(script_find("create")));
    json_object_del(rest, "environmentVariables");
    text = json_dumps(rest, 0);
    assert_lacks(text, token());
    free(text);
}

static void test_the_token_is_not_logged(void **state)
{
    const char *path = file_with("log", "", 0);
    char text[60000];
    FILE *file;
    size_t length;

    assert_true(log_open_file(path));
    log_set_level(LOG_DEBUG);
    script_session(1);
    have_session();
    log_write(LOG_DEBUG, "the token is %s", token());
    log_set_level(LOG_OFF);
    log_close();
    file = fopen(path, "r");
    length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = '\0';
    assert_contains(text, "the token is *****");
    assert_lacks(text, token());
}

static void test_the_token_is_masked_in_answers(void **state)
{
    json_t *answer;

    script_session(1);
    have_session();
    answer = secret_mask_json(jx_pack("{s:s}", "text", token()));
    assert_json(answer, "{'text':'*****'}");
    json_decref(answer);
}

static void test_every_session_has_a_token_of_its_own(void **state)
{
    char first[65];

    script_session(1);
    have_session();
    snprintf(first, sizeof first, "%s", token());
    session_stop();
    script_session(2);
    have_session();
    assert_string_not_equal(script_bearer(script_find("http://w:40402/status")), first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_the_driver_learns_when_it_is_idle),
        claim(test_the_driver_learns_when_its_server_is_gone),
        claim(test_the_driver_learns_how_long_work_outlives_its_server),
        claim(test_the_driver_learns_its_port),
        claim(test_without_a_port_the_driver_takes_any),
        claim(test_the_driver_learns_that_it_only_reads),
        claim(test_a_private_spark_notes_its_tables_in_a_folder_of_the_users),
        claim(test_without_a_home_no_tables_are_noted),
        claim(test_statements_do_not_read_the_drivers_environment),
        claim(test_operations_share_the_cluster_and_give_executors_back),
        claim(test_sparks_pages_do_not_fill_the_drivers_heap),
        claim(test_the_jvm_compiles_later_and_options_of_the_users_come_last),
        claim(test_what_the_user_has_set_stays),
        claim(test_the_session_is_asked_with_a_long_token),
        claim(test_tasks_of_a_private_spark_run_in_the_driver_with_an_executors_memory),
        claim(test_a_private_spark_has_executors_when_it_is_told_of_them),
        claim(test_nobody_else_is_shown_the_token),
        claim(test_the_token_stands_in_no_address),
        claim(test_the_driver_is_given_the_token_in_its_environment_alone),
        claim(test_the_token_is_not_logged),
        claim(test_the_token_is_masked_in_answers),
        claim(test_every_session_has_a_token_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
