/* SPARK_SESSION_SHARED: where a session is recorded, and who takes it over. */
#include "spark/session_record.h"

#include "base/jx.h"
#include "scripted_http.h"
#include "session_script.h"
#include "spark/session.h"
#include "spark/session_notice.h"
#include "unit.h"
#include "waiting.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char folder[] = "/tmp/test-session-record-XXXXXX";

static int begin(void **state)
{
    strcpy(strrchr(folder, '-'), "-XXXXXX");
    if (mkdtemp(folder) == NULL || setenv("XDG_STATE_HOME", folder, 1) != 0 ||
        !session_script_begin())
        return -1;
    configure_session("SPARK_SESSION_SHARED=true", NULL);
    return 0;
}

static int remove_entry(const char *path, const struct stat *status, int type,
                        struct FTW *position)
{
    return remove(path);
}

static int end(void **state)
{
    bool is_good = session_script_end();

    unsetenv("XDG_STATE_HOME");
    nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    return is_good ? 0 : -1;
}

static void record_session(void)
{
    session_record_write("driver-1", "http://w:40401", "token-of-another-server");
}

static bool is_recorded(void)
{
    json_auto_t *record = session_record_read();

    return record != NULL;
}

/* ---- the record ---- */

static int chmod_entry(const char *path, const struct stat *status, int type,
                       struct FTW *position)
{
    return type == FTW_F ? chmod(path, 0644) : 0;
}

static void test_a_record_is_read_as_it_was_written(void **state)
{
    json_auto_t *record = NULL;

    record_session();
    record = session_record_read();
    assert_text(jx_string(record, "driverId"), "driver-1");
    assert_text(jx_string(record, "url"), "http://w:40401");
    assert_text(jx_string(record, "token"), "token-of-another-server");
}

static void test_a_record_that_others_can_read_is_left_alone(void **state)
{
    record_session();
    assert_true(is_recorded());
    nftw(folder, chmod_entry, 8, FTW_PHYS);
    assert_false(is_recorded());
}

static void test_other_settings_have_another_session(void **state)
{
    static const char *const others[] = {"SPARK_READ_ONLY=true",
                                         "SPARK_CONF=spark.sql.ansi.enabled=true",
                                         "SPARK_EXECUTOR_MEMORY=3g"};

    record_session();
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        configure_session("SPARK_SESSION_SHARED=true", others[i]);
        assert_false(is_recorded());
    }
    configure_session("SPARK_SESSION_SHARED=true", NULL);
    assert_true(is_recorded());
}

static void test_only_the_record_of_that_session_is_removed(void **state)
{
    record_session();
    session_record_remove("driver-2");
    assert_true(is_recorded());
    session_record_remove("driver-1");
    assert_false(is_recorded());
}

/* ---- the session ---- */

static void test_a_recorded_session_is_taken_over(void **state)
{
    record_session();
    script_sign(1);
    have_session();
    assert_int_equal(script_asked("create"), 0);
    assert_text(session_driver_id(), "driver-1");
}

static void test_a_recorded_session_that_does_not_answer_is_replaced(void **state)
{
    json_auto_t *record = NULL;

    session_record_write("driver-9", "http://w:40409", "token-of-another-server");
    script_error("GET http://w:40409/status", ERROR_UNREACHABLE, "cannot reach w");
    script_session(1);
    have_session();
    record = session_record_read();
    assert_text(jx_string(record, "driverId"), "driver-1");
}

static void test_a_shared_session_outlives_its_server(void **state)
{
    script_session(1);
    have_session();
    session_stop();
    loop_run(0);
    assert_int_equal(script_asked("kill"), 0);
    assert_true(is_recorded());
}

static void test_a_session_that_ended_is_recorded_no_longer(void **state)
{
    script_session(1);
    have_session();
    session_give_up("it does not answer");
    loop_run(0);
    assert_false(is_recorded());
}

static void test_without_sharing_nothing_is_recorded(void **state)
{
    configure_session(NULL, NULL);
    script_session(1);
    have_session();
    configure_session("SPARK_SESSION_SHARED=true", NULL);
    assert_false(is_recorded());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_a_record_is_read_as_it_was_written),
        claim(test_a_record_that_others_can_read_is_left_alone),
        claim(test_other_settings_have_another_session),
        claim(test_only_the_record_of_that_session_is_removed),
        claim(test_a_recorded_session_is_taken_over),
        claim(test_a_recorded_session_that_does_not_answer_is_replaced),
        claim(test_a_shared_session_outlives_its_server),
        claim(test_a_session_that_ended_is_recorded_no_longer),
        claim(test_without_sharing_nothing_is_recorded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
