/* Steps: when they run, and what they have. Rules (a), (d) and (e) of flow.h. */
#include "flow.h"

#include "base/log.h"
#include "probes.h"
#include "unit.h"
#include "waiting.h"

#include <string.h>

static int begin(void **state)
{
    probes_begin();
    return 0;
}

static int end(void **state)
{
    return probes_end() ? 0 : -1;
}

/* ---- (a) steps run only from flow_dispatch ---- */

static void test_starting_a_flow_runs_no_step(void **state)
{
    struct flow *flow = start(ask_one);

    assert_text(trace(), "");
    flow_cancel(flow);
}

static void test_an_answer_runs_no_step(void **state)
{
    start(ask_one);
    flow_dispatch();
    succeed(0, NULL);
    assert_text(trace(), "ask asked");
    flow_dispatch();
    assert_text(trace(), "ask asked conclude");
}

static struct next ask_and_succeed(struct flow *flow)
{
    struct state *state = flow_state(flow);

    mark("ask");
    begin_probe(flow, &state->first);
    succeed(0, json_string("at once"));
    mark("asked");
    return flow_then(flow, conclude);
}

static void test_an_answer_at_once_waits_for_the_end_of_the_step(void **state)
{
    start(ask_and_succeed);
    flow_dispatch();
    assert_text(trace(), "ask asked conclude");
}

static struct next ask_and_fail(struct flow *flow)
{
    struct state *state = flow_state(flow);

    mark("ask");
    begin_probe(flow, &state->first);
    break_with(0, "no such host");
    mark("asked");
    return flow_then(flow, conclude);
}

static void test_a_failure_at_once_waits_for_the_end_of_the_step(void **state)
{
    start(ask_and_fail);
    flow_dispatch();
    assert_text(trace(), "ask asked undone");
}

static void test_a_failure_at_once_is_reported_like_a_later_one(void **state)
{
    struct outcome at_once;

    start(ask_and_fail);
    flow_dispatch();
    at_once = outcome;
    memset(&outcome, 0, sizeof outcome);
    count_anew();
    start(ask_one);
    flow_dispatch();
    break_with(0, "no such host");
    flow_dispatch();
    assert_text(trace(), "ask asked undone ask asked undone");
    assert_int_equal(at_once.has_failed, outcome.has_failed);
    assert_int_equal(at_once.error.kind, outcome.error.kind);
    assert_text(at_once.error.message, outcome.error.message);
}

/* ---- (d) the log ---- */

static void test_every_change_of_step_is_logged(void **state)
{
    const char *path = file_with("log", "", 0);
    char text[1000] = "";
    FILE *file;

    assert_true(log_open_file(path));
    log_set_level(LOG_DEBUG);
    start(ask_and_succeed);
    flow_dispatch();
    log_close();
    file = fopen(path, "r");
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    assert_contains(text, "debug test: start, then conclude\n");
}

/* ---- (e) a step that starts nothing ---- */

static struct next start_nothing(struct flow *flow)
{
    mark("nothing");
    return flow_then(flow, conclude);
}

static void test_a_step_that_starts_nothing_goes_straight_on(void **state)
{
    start(start_nothing);
    flow_dispatch();
    assert_text(trace(), "nothing conclude");
}

static struct next count_to_thousand(struct flow *flow)
{
    struct state *state = flow_state(flow);

    if (++state->rounds == 1000)
        return flow_done(flow, json_integer(state->rounds));
    return flow_then(flow, count_to_thousand);
}

static void test_a_long_chain_of_steps_ends_in_one_dispatch(void **state)
{
    start(count_to_thousand);
    flow_dispatch();
    assert_json(outcome.result, "1000");
}

/* ---- state, input, result ---- */

static struct next look_at_state(struct flow *flow)
{
    static const struct state zeros;

    assert_memory_equal(flow_state(flow), &zeros, sizeof zeros);
    return flow_done(flow, json_incref(flow_input(flow)));
}

static void test_the_state_begins_as_zeros(void **state)
{
    start(look_at_state);
    flow_dispatch();
    assert_true(outcome.has_ended);
}

static void test_the_input_is_there_for_every_step(void **state)
{
    start_with(look_at_state, json_string("input"));
    flow_dispatch();
    assert_json(outcome.result, "'input'");
}

static void test_a_result_may_be_nothing(void **state)
{
    start(look_at_state);
    flow_dispatch();
    assert_false(outcome.has_failed);
    assert_null(outcome.result);
}

static struct next give_body(struct flow *flow)
{
    struct state *state = flow_state(flow);

    return flow_done(flow, json_incref(state->second.body));
}

static struct next run_inner(struct flow *flow)
{
    static const struct flow_type type = {.name = "inner", .first = conclude};
    struct state *state = flow_state(flow);

    flow_run(flow, &type, NULL, &state->second);
    return flow_then(flow, give_body);
}

static void test_the_result_of_an_inner_flow_is_the_body_of_its_reply(void **state)
{
    start(run_inner);
    flow_dispatch();
    assert_json(outcome.result, "'done'");
}

static struct next leave_early(struct flow *flow)
{
    struct state *state = flow_state(flow);

    begin_probe(flow, &state->first);
    flow_sleep(flow, 1000);
    return flow_done(flow, json_string("early"));
}

static void test_a_flow_that_is_done_ends_what_it_has_started(void **state)
{
    start(leave_early);
    flow_dispatch();
    assert_json(outcome.result, "'early'");
    assert_text(trace(), "cancel0");
}

/* ---- replies that are used again ---- */

static struct next ask_again(struct flow *flow)
{
    struct state *state = flow_state(flow);

    mark(state->first.failed ? "failed" : json_string_value(state->first.body));
    if (++state->rounds == 3)
        return flow_done(flow, NULL);
    begin_probe(flow, optional(&state->first));
    mark(state->first.failed || state->first.body != NULL ? "full" : "clear");
    return flow_then(flow, ask_again);
}

static struct next ask_first(struct flow *flow)
{
    struct state *state = flow_state(flow);

    begin_probe(flow, &state->first);
    return flow_then(flow, ask_again);
}

static void test_a_reply_that_is_used_again_is_cleared(void **state)
{
    start(ask_first);
    flow_dispatch();
    succeed(0, json_string("one"));
    flow_dispatch();
    break_with(1, "two");
    flow_dispatch();
    succeed(2, json_string("three"));
    flow_dispatch();
    assert_text(trace(), "one clear failed clear three");
}

/* ---- clients ---- */

static struct next tell(struct flow *flow)
{
    flow_report(flow, 3, 10, "%d of %d", 3, 10);
    flow_note(flow, "info", "the master accepted %s", "driver-1");
    return flow_done(flow, NULL);
}

static struct next run_teller(struct flow *flow)
{
    static const struct flow_type type = {.name = "teller", .first = tell};
    struct state *state = flow_state(flow);

    flow_run(flow, &type, NULL, &state->first);
    return flow_then(flow, conclude);
}

static struct next run_deep_teller(struct flow *flow)
{
    static const struct flow_type type = {
        .name = "deep-teller", .first = run_teller, .state_size = sizeof(struct state)};
    struct state *state = flow_state(flow);

    flow_run(flow, &type, NULL, &state->first);
    return flow_then(flow, conclude);
}

static void test_a_report_reaches_the_outermost_client(void **state)
{
    start(run_deep_teller);
    flow_dispatch();
    assert_text(outcome.report, "3 of 10");
    assert_float_equal(outcome.done, 3, 0);
    assert_float_equal(outcome.total, 10, 0);
}

static void test_a_note_reaches_the_outermost_client(void **state)
{
    start(run_deep_teller);
    flow_dispatch();
    assert_text(outcome.note, "info: the master accepted driver-1");
}

static void test_nobody_needs_to_listen(void **state)
{
    static const struct flow_type type = {
        .name = "alone", .first = run_deep_teller, .state_size = sizeof(struct state)};

    flow_start(&type, NULL, NULL);
    flow_dispatch();
    assert_text(trace(), "conclude conclude");
}

static void start_another(void *context, const struct error *error, json_t *result)
{
    start(conclude);
}

static void test_a_client_may_start_a_flow_when_one_ends(void **state)
{
    static const struct flow_type type = {.name = "first", .first = conclude};

    flow_start(&type, NULL, &(struct flow_client){.ended = start_another});
    flow_dispatch();
    assert_text(trace(), "conclude conclude");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_starting_a_flow_runs_no_step),
        claim(test_an_answer_runs_no_step),
        claim(test_an_answer_at_once_waits_for_the_end_of_the_step),
        claim(test_a_failure_at_once_waits_for_the_end_of_the_step),
        claim(test_a_failure_at_once_is_reported_like_a_later_one),
        claim(test_every_change_of_step_is_logged),
        claim(test_a_step_that_starts_nothing_goes_straight_on),
        claim(test_a_long_chain_of_steps_ends_in_one_dispatch),
        claim(test_the_state_begins_as_zeros),
        claim(test_the_input_is_there_for_every_step),
        claim(test_a_result_may_be_nothing),
        claim(test_the_result_of_an_inner_flow_is_the_body_of_its_reply),
        claim(test_a_flow_that_is_done_ends_what_it_has_started),
        claim(test_a_reply_that_is_used_again_is_cleared),
        claim(test_a_report_reaches_the_outermost_client),
        claim(test_a_note_reaches_the_outermost_client),
        claim(test_nobody_needs_to_listen),
        claim(test_a_client_may_start_a_flow_when_one_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
