#include "config.h"

#include "base/secret.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

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

static void assert_secret(const char *value)
{
    char *masked = secret_mask(value, strlen(value));

    assert_text(masked, "*****");
    free(masked);
}

/* ---- the environment ---- */

static void test_what_is_not_set_has_its_default(void **state)
{
    assert_text(config_get(CONFIG_MASTER), "local[*]");
    assert_text(config_get(CONFIG_EXECUTOR_MEMORY), "2g");
    assert_int_equal(config_int(CONFIG_HTTP_TIMEOUT), 10);
    assert_null(config_get(CONFIG_REST_URL));
}

static void test_the_environment_wins_over_the_default(void **state)
{
    assert_true(configure(&error, "SPARK_MASTER=spark://a:7077", NULL));
    assert_text(config_get(CONFIG_MASTER), "spark://a:7077");
}

static void test_an_empty_value_counts_as_unset(void **state)
{
    assert_true(configure(&error, "SPARK_MASTER=", "SPARK_CONNECT_TIMEOUT=", NULL));
    assert_text(config_get(CONFIG_MASTER), "local[*]");
    assert_int_equal(config_int(CONFIG_CONNECT_TIMEOUT), 3);
}

static void test_a_template_that_the_host_did_not_fill_counts_as_unset(void **state)
{
    assert_true(configure(&error, "SPARK_REST_URL=${user_config.rest_url}",
                          "SPARK_MASTER=${user_config.master}", NULL));
    assert_null(config_get(CONFIG_REST_URL));
    assert_text(config_get(CONFIG_MASTER), "local[*]");
}

static void test_every_key_has_a_name_and_a_help(void **state)
{
    for (int key = 0; key < CONFIG_KEYS; key++) {
        assert_non_null(config_entry((enum config_key)key)->environment);
        assert_non_null(config_entry((enum config_key)key)->help);
    }
}

/* ---- bad values ---- */

static void test_an_address_must_be_one(void **state)
{
    assert_false(configure(&error, "SPARK_REST_URL=master:6066", NULL));
    assert_error(&error, ERROR_CONFIGURATION, "SPARK_REST_URL is 'master:6066'");
    assert_error(&error, ERROR_CONFIGURATION, "http://");
}

static void test_every_address_of_a_list_must_be_one(void **state)
{
    assert_false(configure(&error, "SPARK_REST_URL=http://a:6066,b:6066", NULL));
    assert_true(configure(&error, "SPARK_REST_URL=http://a:6066, https://b:6066", NULL));
}

static void test_seconds_are_whole_numbers_within_bounds(void **state)
{
    assert_false(configure(&error, "SPARK_HTTP_TIMEOUT=0", NULL));
    assert_false(configure(&error, "SPARK_HTTP_TIMEOUT=3601", NULL));
    assert_false(configure(&error, "SPARK_HTTP_TIMEOUT=1.5", NULL));
    assert_false(configure(&error, "SPARK_HTTP_TIMEOUT=10s", NULL));
    assert_false(configure(&error, "SPARK_HTTP_TIMEOUT=-1", NULL));
    assert_error(&error, ERROR_CONFIGURATION, "SPARK_HTTP_TIMEOUT");
    assert_true(configure(&error, "SPARK_HTTP_TIMEOUT=3600", NULL));
}

static void test_a_bad_value_keeps_the_one_before(void **state)
{
    assert_true(config_set_flag("http-timeout", "20", &error));
    assert_false(config_set_flag("http-timeout", "x", &error));
    assert_int_equal(config_int(CONFIG_HTTP_TIMEOUT), 20);
}

/* ---- sessions ---- */

static void test_sessions_have_their_defaults(void **state)
{
    assert_text(config_get(CONFIG_SESSION), "auto");
    assert_null(config_get(CONFIG_SESSION_PORT));
    assert_int_equal(config_int(CONFIG_SESSION_IDLE), 900);
    assert_false(config_is_on(CONFIG_READ_ONLY));
}

static void test_a_session_is_auto_or_off(void **state)
{
    assert_true(configure(&error, "SPARK_SESSION=auto", NULL));
    assert_true(configure(&error, "SPARK_SESSION=off", NULL));
    assert_text(config_get(CONFIG_SESSION), "off");
    assert_text(config_get(CONFIG_SESSION_START), "lazy");
    assert_true(configure(&error, "SPARK_SESSION_START=eager", NULL));
    assert_false(configure(&error, "SPARK_SESSION_START=auto", NULL));
    assert_false(configure(&error, "SPARK_SESSION=on", NULL));
    assert_error(&error, ERROR_CONFIGURATION,
                 "SPARK_SESSION is 'on', but must be auto or off");
}

static void test_a_session_has_a_port_of_tcp(void **state)
{
    assert_true(configure(&error, "SPARK_SESSION_PORT=1", NULL));
    assert_true(configure(&error, "SPARK_SESSION_PORT=65535", NULL));
    assert_int_equal(config_int(CONFIG_SESSION_PORT), 65535);
    assert_false(configure(&error, "SPARK_SESSION_PORT=0", NULL));
    assert_false(configure(&error, "SPARK_SESSION_PORT=65536", NULL));
    assert_false(configure(&error, "SPARK_SESSION_PORT=4040x", NULL));
    assert_error(&error, ERROR_CONFIGURATION, "must be a port from 1 to 65535");
}

static void test_a_session_is_idle_for_an_hour_at_most(void **state)
{
    assert_true(configure(&error, "SPARK_SESSION_IDLE=3600", NULL));
    assert_false(configure(&error, "SPARK_SESSION_IDLE=3601", NULL));
    assert_false(configure(&error, "SPARK_SESSION_IDLE=0", NULL));
    assert_error(&error, ERROR_CONFIGURATION, "SPARK_SESSION_IDLE");
}

static void test_a_switch_is_true_or_false_and_nothing_near_it(void **state)
{
    assert_true(configure(&error, "SPARK_READ_ONLY=true", NULL));
    assert_true(config_is_on(CONFIG_READ_ONLY));
    assert_true(configure(&error, "SPARK_READ_ONLY=false", NULL));
    assert_false(config_is_on(CONFIG_READ_ONLY));
    assert_false(configure(&error, "SPARK_READ_ONLY=yes", NULL));
    assert_false(configure(&error, "SPARK_READ_ONLY=True", NULL));
    assert_false(configure(&error, "SPARK_READ_ONLY=1", NULL));
    assert_error(&error, ERROR_CONFIGURATION,
                 "SPARK_READ_ONLY is '1', but must be true or false");
}

static void test_sessions_have_flags(void **state)
{
    assert_true(config_set_flag("session", "off", &error));
    assert_true(config_set_flag("session-port", "4567", &error));
    assert_true(config_set_flag("session-idle", "60", &error));
    assert_true(config_set_flag("read-only", "true", &error));
    assert_text(config_get(CONFIG_SESSION), "off");
    assert_int_equal(config_int(CONFIG_SESSION_PORT), 4567);
    assert_int_equal(config_int(CONFIG_SESSION_IDLE), 60);
    assert_true(config_is_on(CONFIG_READ_ONLY));
}

/* ---- credentials ---- */

static void test_credentials_have_three_forms(void **state)
{
    assert_true(configure(&error, "SPARK_REST_AUTH=bearer:abcdef",
                          "SPARK_UI_AUTH=basic:me:hunter22",
                          "SPARK_HISTORY_AUTH=negotiate", NULL));
    assert_text(config_get(CONFIG_REST_AUTH), "bearer:abcdef");
    assert_text(config_get(CONFIG_UI_AUTH), "basic:me:hunter22");
    assert_text(config_get(CONFIG_HISTORY_AUTH), "negotiate");
}

static void test_other_credentials_are_refused_without_being_shown(void **state)
{
    char text[sizeof error];

    assert_false(configure(&error, "SPARK_REST_AUTH=hunter22", NULL));
    assert_error(&error, ERROR_CONFIGURATION, "SPARK_REST_AUTH");
    error_describe(&error, text, sizeof text);
    assert_lacks(text, "hunter22");
}

static void test_a_token_is_a_secret(void **state)
{
    assert_true(configure(&error, "SPARK_REST_AUTH=bearer:abcdef", NULL));
    assert_secret("abcdef");
}

static void test_a_password_is_a_secret(void **state)
{
    assert_true(configure(&error, "SPARK_REST_AUTH=basic:me:hunter22", NULL));
    assert_secret("hunter22");
    assert_secret("me:hunter22");
}

static void test_a_password_in_an_address_is_a_secret(void **state)
{
    assert_true(configure(&error, "SPARK_HISTORY_URL=http://me:hunter22@h:18080", NULL));
    assert_secret("hunter22");
}

static void test_every_password_in_a_list_of_addresses_is_a_secret(void **state)
{
    assert_true(configure(
        &error, "SPARK_REST_URL=http://me:first-one@a:6066,http://me:second-one@b:6066",
        NULL));
    assert_secret("first-one");
    assert_secret("second-one");
}

static void test_a_password_with_an_at_sign_is_a_secret_whole(void **state)
{
    assert_true(configure(&error, "SPARK_HISTORY_URL=http://me:hunter@22@h:18080", NULL));
    assert_secret("hunter@22");
}

static void test_a_password_in_an_address_that_is_refused_is_not_shown(void **state)
{
    char text[sizeof error];

    assert_false(configure(&error, "SPARK_REST_URL=ftp://me:hunter22@h", NULL));
    error_describe(&error, text, sizeof text);
    assert_lacks(text, "hunter22");
}

static void test_credentials_may_stand_in_a_file(void **state)
{
    char setting[300];

    snprintf(setting, sizeof setting, "SPARK_REST_AUTH=@%s",
             file_with("token", "bearer:abcdef\r\n", 15));
    assert_true(configure(&error, setting, NULL));
    assert_text(config_get(CONFIG_REST_AUTH), "bearer:abcdef");
    assert_secret("abcdef");
}

static void test_a_file_of_credentials_must_be_there(void **state)
{
    assert_false(configure(&error, "SPARK_REST_AUTH=@/no/such/file", NULL));
    assert_error(&error, ERROR_CONFIGURATION, "/no/such/file");
}

static void test_a_file_of_something_else_is_refused(void **state)
{
    char setting[300];

    snprintf(setting, sizeof setting, "SPARK_REST_AUTH=@%s",
             file_with("token", "abcdef\n", 7));
    assert_false(configure(&error, setting, NULL));
}

static void test_only_secrets_are_read_from_files(void **state)
{
    assert_true(configure(&error, "SPARK_APP_NAME=@home", NULL));
    assert_text(config_get(CONFIG_APP_NAME), "@home");
}

/* ---- flags ---- */

static const char *flag_of(enum config_key key)
{
    static char flag[40];

    config_flag(key, flag, sizeof flag);
    return flag;
}

static void test_a_flag_is_the_name_without_its_prefix(void **state)
{
    assert_text(flag_of(CONFIG_REST_URL), "rest-url");
    assert_text(flag_of(CONFIG_UI_URL), "master-ui-url");
    assert_text(flag_of(CONFIG_LOG_LEVEL), "log-level");
    assert_text(flag_of(CONFIG_PYTHON), "pyspark-python");
    assert_text(flag_of(CONFIG_JAVA_HOME), "java-home");
    assert_text(flag_of(CONFIG_SPARK_HOME), "spark-home");
}

static void test_no_two_keys_have_one_flag(void **state)
{
    for (int a = 0; a < CONFIG_KEYS; a++) {
        char flag[40];
        config_flag((enum config_key)a, flag, sizeof flag);
        for (int b = a + 1; b < CONFIG_KEYS; b++)
            assert_string_not_equal(flag, flag_of((enum config_key)b));
    }
}

static void test_a_flag_wins_over_the_environment(void **state)
{
    assert_true(config_set_flag("master", "spark://flag:7077", &error));
    setenv("SPARK_MASTER", "spark://environment:7077", 1);
    assert_true(config_load(&error));
    assert_text(config_get(CONFIG_MASTER), "spark://flag:7077");
}

static void test_the_value_of_a_flag_is_checked(void **state)
{
    assert_false(config_set_flag("rest-url", "master:6066", &error));
    assert_error(&error, ERROR_CONFIGURATION, "master:6066");
}

static void test_an_empty_flag_counts_as_unset(void **state)
{
    assert_true(config_set_flag("master", "", &error));
    assert_text(config_get(CONFIG_MASTER), "local[*]");
}

static void test_what_a_host_adds_around_a_value_is_told(void **state)
{
    struct error error;

    assert_false(configure(&error, "SPARK_SESSION= off", NULL));
    assert_error(&error, ERROR_CONFIGURATION, "SPARK_SESSION has blanks around it:  off");
    assert_false(configure(&error, "SPARK_SESSION='off'", NULL));
    assert_error(&error, ERROR_CONFIGURATION,
                 "SPARK_SESSION has quotes around it: 'off'");
    assert_false(configure(&error, "SPARK_SESSION=${MODE}", NULL));
    assert_error(&error, ERROR_CONFIGURATION,
                 "SPARK_SESSION is a template that the host did not fill in: ${MODE}");
}

static void test_a_template_in_a_flag_counts_as_unset(void **state)
{
    assert_true(config_set_flag("history-url", "${user_config.history_url}", &error));
    assert_null(config_get(CONFIG_HISTORY_URL));
}

static void test_a_flag_needs_a_value(void **state)
{
    assert_false(config_set_flag("master", NULL, &error));
    assert_error(&error, ERROR_CONFIGURATION, "--master needs a value");
}

static void test_an_unknown_flag_names_the_nearest(void **state)
{
    assert_false(config_set_flag("rest-ulr", "http://a", &error));
    assert_error(&error, ERROR_CONFIGURATION, "no such option: --rest-ulr");
    assert_error(&error, ERROR_CONFIGURATION, "--rest-url");
}

static void test_a_secret_is_no_argument(void **state)
{
    assert_false(config_set_flag("rest-auth", "bearer:abcdef", &error));
    assert_error(&error, ERROR_CONFIGURATION, "@FILE");
}

static void test_a_secret_may_be_the_argument_of_a_file(void **state)
{
    char value[300];

    snprintf(value, sizeof value, "@%s", file_with("token", "bearer:abcdef", 13));
    assert_true(config_set_flag("rest-auth", value, &error));
    assert_text(config_get(CONFIG_REST_AUTH), "bearer:abcdef");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_what_is_not_set_has_its_default),
        claim(test_the_environment_wins_over_the_default),
        claim(test_an_empty_value_counts_as_unset),
        claim(test_a_template_that_the_host_did_not_fill_counts_as_unset),
        claim(test_every_key_has_a_name_and_a_help),
        claim(test_an_address_must_be_one),
        claim(test_every_address_of_a_list_must_be_one),
        claim(test_seconds_are_whole_numbers_within_bounds),
        claim(test_a_bad_value_keeps_the_one_before),
        claim(test_sessions_have_their_defaults),
        claim(test_a_session_is_auto_or_off),
        claim(test_a_session_has_a_port_of_tcp),
        claim(test_a_session_is_idle_for_an_hour_at_most),
        claim(test_a_switch_is_true_or_false_and_nothing_near_it),
        claim(test_sessions_have_flags),
        claim(test_credentials_have_three_forms),
        claim(test_other_credentials_are_refused_without_being_shown),
        claim(test_a_token_is_a_secret),
        claim(test_a_password_is_a_secret),
        claim(test_a_password_in_an_address_is_a_secret),
        claim(test_every_password_in_a_list_of_addresses_is_a_secret),
        claim(test_a_password_with_an_at_sign_is_a_secret_whole),
        claim(test_a_password_in_an_address_that_is_refused_is_not_shown),
        claim(test_credentials_may_stand_in_a_file),
        claim(test_a_file_of_credentials_must_be_there),
        claim(test_a_file_of_something_else_is_refused),
        claim(test_only_secrets_are_read_from_files),
        claim(test_a_flag_is_the_name_without_its_prefix),
        claim(test_no_two_keys_have_one_flag),
        claim(test_a_flag_wins_over_the_environment),
        claim(test_the_value_of_a_flag_is_checked),
        claim(test_an_empty_flag_counts_as_unset),
        claim(test_what_a_host_adds_around_a_value_is_told),
        claim(test_a_template_in_a_flag_counts_as_unset),
        claim(test_a_flag_needs_a_value),
        claim(test_an_unknown_flag_names_the_nearest),
        claim(test_a_secret_is_no_argument),
        claim(test_a_secret_may_be_the_argument_of_a_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
