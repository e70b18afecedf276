#include "spark/submission.h"

#include "base/jx.h"
#include "scripted_http.h"
#include "spark/cluster.h"
#include "spark/driver_state.h"
#include "unit.h"
#include "waiting.h"

#include <stdio.h>
#include <string.h>

#define STANDBY                                                                          \
    "{'action':'ErrorResponse','success':false,'message':'Current state is not alive: "  \
    "STANDBY. Can only accept driver submissions in ALIVE state.'}"
#define RUNNING "{'success':true,'submissionId':'driver-1','driverState':'RUNNING'}"
#define CREATED "{'success':true,'submissionId':'driver-1','serverSparkVersion':'3.5.9'}"
#define KILLED "{'success':true,'submissionId':'driver-1'}"

static struct outcome outcome, other;

static int begin(void **state)
{
    struct error error;

    loop_begin();
    return configure(&error, "SPARK_MASTER=spark://a:7077,b:7077", NULL) &&
                   cluster_configure(&error)
               ? 0
               : -1;
}

static int end(void **state)
{
    outcome_clear(&outcome);
    outcome_clear(&other);
    unit_release();
    return loop_end() ? 0 : -1;
}

static void get_status(struct flow *flow, struct reply *reply)
{
    submission_get_status(flow, "driver-1", reply);
}

static void kill_driver(struct flow *flow, struct reply *reply)
{
    submission_kill(flow, "driver-1", reply);
}

static void get_version(struct flow *flow, struct reply *reply)
{
    submission_get_version(flow, reply);
}

static void create(struct flow *flow, struct reply *reply)
{
    submission_create(flow, json_of("{'action':'CreateSubmissionRequest'}"), reply);
}

static void ask(void (*start)(struct flow *, struct reply *))
{
    wait_for(&outcome, start);
    loop_run(0);
    assert_true(outcome.has_ended);
}

/* ---- what is asked ---- */

static void test_the_status_is_asked_by_id(void **state)
{
    script_json("GET http://a:6066/v1/submissions/status/driver-1", RUNNING);
    ask(get_status);
    assert_json(outcome.result, RUNNING);
}

static void test_a_kill_is_posted(void **state)
{
    script_json("POST http://a:6066/v1/submissions/kill/driver-1", KILLED);
    ask(kill_driver);
    assert_json(outcome.result, KILLED);
}

static void test_a_creation_posts_its_request(void **state)
{
    script_json("POST http://a:6066/v1/submissions/create", CREATED);
    ask(create);
    assert_json(outcome.result, CREATED);
    assert_json(script_sent(0), "{'action':'CreateSubmissionRequest'}");
}

static void test_the_version_is_that_of_the_answer_for_nobody(void **state)
{
    script_value("GET http://a:6066/v1/submissions/status/",
                 recorded_json("spark-3.5.9/status-unknown.json"));
    ask(get_version);
    assert_text(jx_string(outcome.result, "serverSparkVersion"), "3.5.9");
}

static void test_a_recorded_status_is_read(void **state)
{
    script_value("status/driver-1", recorded_json("spark-3.5.9/status-running.json"));
    ask(get_status);
    assert_text(jx_string(outcome.result, "driverState"), "RUNNING");
    assert_text(jx_string(outcome.result, "workerHostPort"), "127.0.0.1:33905");
}

/* ---- several masters ---- */

static void test_a_standby_is_passed_over(void **state)
{
    script_json("http://a:6066", STANDBY);
    script_json("http://b:6066", CREATED);
    ask(create);
    assert_json(outcome.result, CREATED);
}

static void test_a_master_that_cannot_be_reached_is_passed_over(void **state)
{
    script_error("http://a:6066", ERROR_UNREACHABLE, "cannot reach a");
    script_json("http://b:6066", CREATED);
    ask(create);
    assert_json(outcome.result, CREATED);
}

static void test_a_master_that_may_have_acted_is_not_passed_over(void **state)
{
    script_error("http://a:6066", ERROR_SPARK, "answered HTTP 500");
    ask(create);
    assert_error(&outcome.error, ERROR_SPARK, "HTTP 500");
    assert_int_equal(script_asked("http://b"), 0);
}

static void test_a_master_that_did_not_answer_in_time_is_not_passed_over(void **state)
{
    script_error("http://a:6066", ERROR_TIMEOUT, "no answer");
    script_json("GET http://a:8080/json/", "{'status':'ALIVE','workers':[]}");
    script_always();
    wait_for(&outcome, create);
    loop_run(10000);
    assert_error(&outcome.error, ERROR_NO_DRIVER, "no answer");
    assert_int_equal(script_asked("http://b"), 0);
}

static void test_the_active_master_is_asked_first_from_then_on(void **state)
{
    script_json("http://a:6066", STANDBY);
    script_json("http://b:6066", RUNNING);
    script_json("http://b:6066", RUNNING);
    ask(get_status);
    ask(get_status);
    assert_int_equal(script_asked("http://a"), 1);
}

static void test_two_askers_at_a_time_find_the_active_master(void **state)
{
    script_silence("http://a:6066");
    script_json("http://a:6066", STANDBY);
    script_json("http://b:6066", RUNNING);
    script_always();
    wait_for(&outcome, get_status);
    wait_for(&other, get_status);
    loop_run(0);
    assert_json(other.result, RUNNING);
    script_answer("http://a:6066", STANDBY);
    loop_run(0);
    assert_json(outcome.result, RUNNING);
}

static void test_with_standbys_alone_the_error_says_so(void **state)
{
    script_json("http://a:6066", STANDBY);
    script_json("http://b:6066", STANDBY);
    ask(create);
    assert_error(&outcome.error, ERROR_NOT_ACTIVE, "'http://b:6066' is not active");
    assert_error(&outcome.error, ERROR_NOT_ACTIVE, "STANDBY");
}

static void test_a_master_that_recovers_says_so_to_who_asks_for_a_status(void **state)
{
    static const char recovering[] =
        "{'success':false,'message':'Exception from the cluster:\\njava.lang.Exception: "
        "Current state is not alive: RECOVERING. Can only request driver status'}";

    script_json("http://a:6066", recovering);
    script_json("http://b:6066", recovering);
    ask(get_status);
    assert_error(&outcome.error, ERROR_NOT_ACTIVE, "not alive: RECOVERING");
}

static void test_with_nobody_in_reach_the_error_names_the_property(void **state)
{
    script_error("http://a:6066", ERROR_UNREACHABLE, "cannot reach a");
    script_error("http://b:6066", ERROR_UNREACHABLE, "cannot reach b");
    ask(get_status);
    assert_error(&outcome.error, ERROR_UNREACHABLE, "spark.master.rest.enabled");
}

static void test_each_master_is_asked_once(void **state)
{
    script_json("http://a:6066", STANDBY);
    script_json("http://b:6066", STANDBY);
    ask(get_status);
    assert_int_equal(script_asked("GET"), 2);
}

/* ---- ids that are not known ---- */

static void test_an_unknown_id_is_not_found(void **state)
{
    script_value("status/driver-1", recorded_json("spark-3.5.9/status-unknown.json"));
    ask(get_status);
    assert_error(&outcome.error, ERROR_NO_DRIVER, "'driver-1'");
}

static void test_killing_what_has_ended_is_no_error(void **state)
{
    script_json("kill/driver-1", "{'success':false}");
    ask(kill_driver);
    assert_false(outcome.has_failed);
    assert_false(jx_bool(outcome.result, "success"));
}

static void test_a_refused_creation_tells_the_words_of_spark(void **state)
{
    script_json("create", "{'success':false,'message':'no such property'}");
    ask(create);
    assert_error(&outcome.error, ERROR_SPARK, "no such property");
}

/* ---- creations that nobody waits for ---- */

static void test_cancelling_a_creation_lets_its_request_go_on(void **state)
{
    script_silence("create");
    wait_for(&outcome, create);
    loop_run(0);
    outcome_cancel(&outcome);
    assert_int_equal(script_pending(), 1);
    assert_int_equal(script_cancelled(), 0);
    script_answer("create", "{'success':false}");
    loop_run(0);
}

static void test_a_driver_created_for_nobody_is_killed(void **state)
{
    script_silence("create");
    script_json("POST http://a:6066/v1/submissions/kill/driver-1", KILLED);
    wait_for(&outcome, create);
    loop_run(0);
    outcome_cancel(&outcome);
    script_answer("create", CREATED);
    loop_run(0);
    assert_int_equal(script_asked("kill/driver-1"), 1);
}

static void test_a_driver_created_for_nobody_by_the_second_master_is_killed(void **state)
{
    script_json("http://a:6066/v1/submissions/create", STANDBY);
    script_silence("http://b:6066/v1/submissions/create");
    script_json("http://b:6066/v1/submissions/kill/driver-1", KILLED);
    wait_for(&outcome, create);
    loop_run(0);
    outcome_cancel(&outcome);
    script_answer("create", CREATED);
    loop_run(0);
    assert_int_equal(script_asked("kill"), 1);
}

static void test_a_refused_creation_for_nobody_kills_nothing(void **state)
{
    script_silence("create");
    wait_for(&outcome, create);
    loop_run(0);
    outcome_cancel(&outcome);
    script_answer("create", "{'success':false,'submissionId':'driver-1'}");
    loop_run(0);
    assert_int_equal(script_asked("kill"), 0);
}

static void test_a_failed_creation_for_nobody_kills_nothing(void **state)
{
    script_error("create", ERROR_SPARK, "HTTP 500");
    wait_for(&outcome, create);
    flow_dispatch();
    outcome_cancel(&outcome);
    loop_run(0);
    assert_int_equal(script_asked("kill"), 0);
}

static void test_the_creation_of_another_is_left_alone(void **state)
{
    script_silence("create");
    script_silence("create");
    wait_for(&outcome, create);
    wait_for(&other, create);
    loop_run(0);
    outcome_cancel(&outcome);
    script_answer("create", "{'success':false}");
    script_answer("create", CREATED);
    loop_run(0);
    assert_json(other.result, CREATED);
    assert_int_equal(script_asked("kill"), 0);
}

/* That it is freed, the address sanitizer tells. */
static void test_the_end_of_everything_ends_a_creation(void **state)
{
    script_silence("create");
    wait_for(&outcome, create);
    loop_run(0);
    flow_cancel_all();
    assert_int_equal(script_cancelled(), 1);
}

static void test_the_end_of_everything_ends_a_creation_for_nobody(void **state)
{
    script_silence("create");
    wait_for(&outcome, create);
    loop_run(0);
    outcome_cancel(&outcome);
    flow_cancel_all();
    assert_int_equal(script_cancelled(), 1);
}

/* ---- unattended kills ---- */

static void test_an_unattended_kill_is_sent_once_when_it_succeeds(void **state)
{
    script_json("kill/driver-1", KILLED);
    submission_kill_unattended("driver-1");
    loop_run(60000);
    assert_int_equal(script_asked("kill"), 1);
}

static void test_an_unattended_kill_is_tried_again_after_a_pause(void **state)
{
    script_error("kill/driver-1", ERROR_TIMEOUT, "no answer");
    script_json("kill/driver-1", KILLED);
    submission_kill_unattended("driver-1");
    loop_run(999);
    assert_int_equal(script_asked("kill"), 1);
    loop_run(1);
    assert_int_equal(script_asked("kill"), 2);
}

static void test_an_unattended_kill_is_given_up_after_three_tries(void **state)
{
    script_error("kill/driver-1", ERROR_TIMEOUT, "no answer");
    script_always();
    submission_kill_unattended("driver-1");
    loop_run(60000);
    assert_int_equal(script_asked("kill"), 3);
    assert_int_equal(flow_count(), 0);
}

/* ---- states ---- */

static void test_states_that_change_no_more_are_ends(void **state)
{
    assert_true(driver_state_is_end(driver_state_parse("FINISHED")));
    assert_true(driver_state_is_end(driver_state_parse("KILLED")));
    assert_true(driver_state_is_end(driver_state_parse("FAILED")));
    assert_true(driver_state_is_end(driver_state_parse("ERROR")));
}

static void test_other_states_are_no_ends(void **state)
{
    assert_false(driver_state_is_end(driver_state_parse("SUBMITTED")));
    assert_false(driver_state_is_end(driver_state_parse("RUNNING")));
    /* it goes on under another id */
    assert_false(driver_state_is_end(driver_state_parse("RELAUNCHING")));
    assert_false(driver_state_is_end(driver_state_parse("")));
}

/* ---- creations whose answer is lost ---- */

#define MARKED                                                                           \
    "{'mainClass':'Main','sparkProperties':{'spark.driver.memory':'300m',"               \
    "'spark.mcp.submission':'0123456789abcdef'}}"
#define OTHER "{'id':'driver-8','starttime':'1795366800000','memory':512}"
#define THIS                                                                              \
    "{'id':'driver-7','starttime':'1795366800000','cores':1,'memory':300,'worker':'w-1'," \
    "'mainclass':'Main'}"

static void create_marked(struct flow *flow, struct reply *reply)
{
    submission_create(flow, json_of(MARKED), reply);
}

static void script_drivers(const char *drivers)
{
    char state[800];

    snprintf(state, sizeof state,
             "{'status':'ALIVE','workers':[{'id':'w-1','webuiaddress':'http://w:8081'}],"
             "'activedrivers':[%s]}",
             drivers);
    script_json("GET http://a:8080/json/", state);
    script_always();
}

static void lose_answer(enum error_kind kind)
{
    script_error("POST http://a:6066/v1/submissions/create", kind, "broke off");
    script_error("GET http://a:6066/", ERROR_UNREACHABLE, "cannot reach a");
    script_always();
    wait_for(&outcome, create_marked);
    loop_run(30000);
    assert_true(outcome.has_ended);
    assert_int_equal(script_asked("create"), 1);
}

static void script_head(const char *marker)
{
    char page[300];

    snprintf(page, sizeof page,
             "==== Bytes 0-70 of 70 of /x ====\nLaunch Command: \"java\" "
             "\"-Dspark.mcp.submission=%s\" \"Main\"\n",
             marker);
    script_text("http://w:8081/log/?driverId=driver-7", "text/plain", page);
    script_always();
}

static void test_a_creation_whose_answer_is_lost_is_found_by_its_marker(void **state)
{
    script_drivers(OTHER "," THIS);
    script_head("0123456789abcdef");
    lose_answer(ERROR_BAD_ANSWER);
    assert_text(jx_string(outcome.result, "submissionId"), "driver-7");
    assert_text(jx_string(outcome.result, "lostAnswer"), "broke off");
}

static void test_a_creation_that_made_no_driver_is_told_as_not_accepted(void **state)
{
    script_drivers(OTHER "," THIS);
    script_head("fedcba9876543210");
    lose_answer(ERROR_TIMEOUT);
    assert_error(&outcome.error, ERROR_NO_DRIVER, "it was not accepted");
}

static void test_a_driver_that_may_be_the_created_one_is_named(void **state)
{
    script_drivers(THIS);
    script_error("http://w:8081", ERROR_UNREACHABLE, "no such host");
    script_always();
    script_error("/proxy/", ERROR_NOT_FOUND, "no proxy");
    script_always();
    lose_answer(ERROR_TIMEOUT);
    assert_error(&outcome.error, ERROR_TIMEOUT, "driver-7");
    assert_contains(outcome.error.hint, "before you submit it again");
}

static void test_a_master_that_cannot_say_what_it_accepted_is_told(void **state)
{
    script_error("GET http", ERROR_UNREACHABLE, "cannot reach it");
    script_always();
    lose_answer(ERROR_TIMEOUT);
    assert_error(&outcome.error, ERROR_TIMEOUT, "cannot reach it");
    assert_contains(outcome.error.hint, "before you submit it again");
}

static void test_the_driver_of_a_lost_answer_that_nobody_waits_for_is_killed(void **state)
{
    script_drivers(THIS);
    script_head("0123456789abcdef");
    script_error("create", ERROR_TIMEOUT, "no answer");
    script_json("POST http://a:6066/v1/submissions/kill/driver-7", KILLED);
    wait_for(&outcome, create_marked);
    flow_dispatch();
    outcome_cancel(&outcome);
    loop_run(2000);
    assert_int_equal(script_asked("kill/driver-7"), 1);
}

static void test_a_refusal_is_not_looked_into(void **state)
{
    script_error("create", ERROR_SPARK, "HTTP 400");
    wait_for(&outcome, create_marked);
    loop_run(0);
    assert_error(&outcome.error, ERROR_SPARK, "HTTP 400");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_a_creation_whose_answer_is_lost_is_found_by_its_marker),
        claim(test_a_creation_that_made_no_driver_is_told_as_not_accepted),
        claim(test_a_driver_that_may_be_the_created_one_is_named),
        claim(test_a_master_that_cannot_say_what_it_accepted_is_told),
        claim(test_the_driver_of_a_lost_answer_that_nobody_waits_for_is_killed),
        claim(test_a_refusal_is_not_looked_into),
        claim(test_the_status_is_asked_by_id),
        claim(test_a_kill_is_posted),
        claim(test_a_creation_posts_its_request),
        claim(test_the_version_is_that_of_the_answer_for_nobody),
        claim(test_a_recorded_status_is_read),
        claim(test_a_standby_is_passed_over),
        claim(test_a_master_that_cannot_be_reached_is_passed_over),
        claim(test_a_master_that_may_have_acted_is_not_passed_over),
        claim(test_a_master_that_did_not_answer_in_time_is_not_passed_over),
        claim(test_the_active_master_is_asked_first_from_then_on),
        claim(test_two_askers_at_a_time_find_the_active_master),
        claim(test_with_standbys_alone_the_error_says_so),
        claim(test_a_master_that_recovers_says_so_to_who_asks_for_a_status),
        claim(test_with_nobody_in_reach_the_error_names_the_property),
        claim(test_each_master_is_asked_once),
        claim(test_an_unknown_id_is_not_found),
        claim(test_killing_what_has_ended_is_no_error),
        claim(test_a_refused_creation_tells_the_words_of_spark),
        claim(test_cancelling_a_creation_lets_its_request_go_on),
        claim(test_a_driver_created_for_nobody_is_killed),
        claim(test_a_driver_created_for_nobody_by_the_second_master_is_killed),
        claim(test_a_refused_creation_for_nobody_kills_nothing),
        claim(test_a_failed_creation_for_nobody_kills_nothing),
        claim(test_the_creation_of_another_is_left_alone),
        claim(test_the_end_of_everything_ends_a_creation),
        claim(test_the_end_of_everything_ends_a_creation_for_nobody),
        claim(test_an_unattended_kill_is_sent_once_when_it_succeeds),
        claim(test_an_unattended_kill_is_tried_again_after_a_pause),
        claim(test_an_unattended_kill_is_given_up_after_three_tries),
        claim(test_states_that_change_no_more_are_ends),
        claim(test_other_states_are_no_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
