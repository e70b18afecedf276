/* Replies that fail: rule (b) of flow.h. */
#include "flow.h"

#include "probes.h"
#include "unit.h"
#include "waiting.h"

static int begin(void **state)
{
    probes_begin();
    return 0;
}

static int end(void **state)
{
    return probes_end() ? 0 : -1;
}

/* ---- (b) a reply that fails ---- */

static struct next ask_three(struct flow *flow)
{
    struct state *state = flow_state(flow);

    begin_probe(flow, &state->first);
    begin_probe(flow, &state->second);
    begin_probe(flow, &state->third);
    return flow_then(flow, conclude);
}

static void test_a_failed_reply_ends_the_flow_with_its_error(void **state)
{
    start(ask_one);
    flow_dispatch();
    break_with(0, "no such host");
    flow_dispatch();
    assert_true(outcome.has_failed);
    assert_error(&outcome.error, ERROR_SPARK, "no such host");
}

static void test_a_failed_reply_runs_no_further_step(void **state)
{
    start(ask_one);
    flow_dispatch();
    break_with(0, "no such host");
    flow_dispatch();
    assert_lacks(trace(), "conclude");
}

static void test_a_failed_reply_cancels_its_siblings(void **state)
{
    start(ask_three);
    flow_dispatch();
    break_with(1, "no such host");
    flow_dispatch();
    assert_text(trace(), "cancel0 cancel2 undone");
}

static void test_the_first_failure_is_the_one_reported(void **state)
{
    start(ask_three);
    flow_dispatch();
    break_with(2, "the first");
    break_with(0, "the second");
    flow_dispatch();
    assert_error(&outcome.error, ERROR_SPARK, "the first");
}

static struct next ask_and_sleep(struct flow *flow)
{
    struct state *state = flow_state(flow);

    begin_probe(flow, &state->first);
    flow_sleep(flow, 1000);
    return flow_then(flow, conclude);
}

static void test_a_failed_reply_cancels_timers(void **state)
{
    start(ask_and_sleep);
    flow_dispatch();
    assert_int_equal(flow_wait_ms(5000), 1000);
    break_with(0, "no such host");
    flow_dispatch();
    assert_int_equal(flow_wait_ms(5000), 5000);
}

static const struct flow_type inner_type = {.name = "inner",
                                            .first = ask_one,
                                            .state_size = sizeof(struct state),
                                            .undo = mark_undone};

static struct next ask_and_run(struct flow *flow)
{
    struct state *state = flow_state(flow);

    begin_probe(flow, &state->first);
    flow_run(flow, &inner_type, NULL, &state->second);
    return flow_then(flow, conclude);
}

static void test_a_failed_reply_cancels_inner_flows(void **state)
{
    start(ask_and_run);
    flow_dispatch();
    break_with(0, "no such host");
    flow_dispatch();
    assert_text(trace(), "ask asked cancel1 undone undone");
}

static void test_the_failure_of_an_inner_flow_ends_the_outer_one(void **state)
{
    start(ask_and_run);
    flow_dispatch();
    break_with(1, "deep inside");
    flow_dispatch();
    assert_text(trace(), "ask asked undone cancel0 undone");
    assert_error(&outcome.error, ERROR_SPARK, "deep inside");
}

static struct next ask_without_reply(struct flow *flow)
{
    begin_probe(flow, NULL);
    return flow_then(flow, conclude);
}

static void test_an_operation_without_reply_must_succeed(void **state)
{
    start(ask_without_reply);
    flow_dispatch();
    break_with(0, "no such host");
    flow_dispatch();
    assert_error(&outcome.error, ERROR_SPARK, "no such host");
}

static void test_the_body_of_an_operation_without_reply_is_dropped(void **state)
{
    start(ask_without_reply);
    flow_dispatch();
    succeed(0, json_string("nobody reads this"));
    flow_dispatch();
    assert_false(outcome.has_failed);
}

static struct next look_at_optional(struct flow *flow)
{
    struct state *state = flow_state(flow);

    mark(state->first.failed ? "failed" : "succeeded");
    mark(state->first.error.message);
    return flow_done(flow, json_incref(state->second.body));
}

static struct next ask_optionally(struct flow *flow)
{
    struct state *state = flow_state(flow);

    begin_probe(flow, optional(&state->first));
    begin_probe(flow, &state->second);
    return flow_then(flow, look_at_optional);
}

static void test_an_optional_reply_may_fail(void **state)
{
    start(ask_optionally);
    flow_dispatch();
    break_with(0, "out of reach");
    succeed(1, json_string("needed"));
    flow_dispatch();
    assert_false(outcome.has_failed);
    assert_json(outcome.result, "'needed'");
}

static void test_a_failed_optional_reply_tells_its_error(void **state)
{
    start(ask_optionally);
    flow_dispatch();
    break_with(0, "out of reach");
    succeed(1, NULL);
    flow_dispatch();
    assert_text(trace(), "failed out of reach");
}

static void test_a_failed_optional_reply_does_not_hurry_its_siblings(void **state)
{
    struct flow *flow = start(ask_optionally);

    flow_dispatch();
    break_with(0, "out of reach");
    flow_dispatch();
    assert_text(trace(), "");
    flow_cancel(flow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_a_failed_reply_ends_the_flow_with_its_error),
        claim(test_a_failed_reply_runs_no_further_step),
        claim(test_a_failed_reply_cancels_its_siblings),
        claim(test_the_first_failure_is_the_one_reported),
        claim(test_a_failed_reply_cancels_timers),
        claim(test_a_failed_reply_cancels_inner_flows),
        claim(test_the_failure_of_an_inner_flow_ends_the_outer_one),
        claim(test_an_operation_without_reply_must_succeed),
        claim(test_the_body_of_an_operation_without_reply_is_dropped),
        claim(test_an_optional_reply_may_fail),
        claim(test_a_failed_optional_reply_tells_its_error),
        claim(test_a_failed_optional_reply_does_not_hurry_its_siblings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
