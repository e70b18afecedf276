/* Flows that end early: rule (c) of flow.h. That nothing is lost, the address sanitizer
 * tells. */
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

/* ---- (c) abandoned ---- */

static void test_cancelling_a_flow_abandons_it(void **state)
{
    struct flow *flow = start(ask_one);

    flow_dispatch();
    flow_cancel(flow);
    assert_text(trace(), "ask asked cancel0 abandoned");
}

static void test_cancelling_a_flow_that_never_ran_abandons_it(void **state)
{
    flow_cancel(start(ask_one));
    assert_text(trace(), "abandoned");
}

static void test_a_flow_that_is_done_is_not_abandoned(void **state)
{
    start(conclude);
    flow_dispatch();
    assert_text(trace(), "conclude");
}

static struct next refuse(struct flow *flow)
{
    struct error error;

    error_set(&error, ERROR_ARGUMENTS, "not this way");
    return flow_fail(flow, &error);
}

static void test_a_flow_that_fails_by_its_own_step_is_not_abandoned(void **state)
{
    start(refuse);
    flow_dispatch();
    assert_error(&outcome.error, ERROR_ARGUMENTS, "not this way");
    assert_text(trace(), "");
}

static void mark_body(struct flow *flow)
{
    struct state *state = flow_state(flow);

    mark(json_string_value(state->first.body));
}

static struct next sleep_on(struct flow *flow)
{
    flow_sleep(flow, 1000);
    return flow_then(flow, conclude);
}

static struct next ask_then_sleep(struct flow *flow)
{
    struct state *state = flow_state(flow);

    begin_probe(flow, &state->first);
    return flow_then(flow, sleep_on);
}

static void test_an_abandoned_flow_still_has_its_replies(void **state)
{
    static const struct flow_type type = {"test", ask_then_sleep, sizeof(struct state),
                                          mark_body};
    struct flow *flow = flow_start(&type, NULL, NULL);

    flow_dispatch();
    succeed(0, json_string("driver-1"));
    flow_dispatch();
    flow_cancel(flow);
    assert_text(trace(), "driver-1");
}

static void test_a_cancelled_flow_tells_its_client_nothing(void **state)
{
    struct flow *flow = start(ask_one);

    flow_dispatch();
    flow_cancel(flow);
    assert_false(outcome.has_ended);
}

static void start_clean_up(struct flow *flow)
{
    static const struct flow_type type = {"clean-up", conclude, 0, NULL};

    flow_start(&type, NULL, NULL);
}

static const struct flow_type cleaning_type = {"cleaning", ask_one, sizeof(struct state),
                                               start_clean_up};

static void test_what_an_abandoned_flow_starts_runs(void **state)
{
    struct flow *flow = flow_start(&cleaning_type, NULL, NULL);

    flow_dispatch();
    flow_cancel(flow);
    flow_dispatch();
    assert_text(trace(), "ask asked cancel0 conclude");
}

/* ---- nesting ---- */

static struct next nest(struct flow *flow)
{
    static const struct flow_type type = {"nest", nest, sizeof(struct state),
                                          mark_abandoned};
    struct state *state = flow_state(flow);
    json_int_t depth = json_integer_value(flow_input(flow));

    begin_probe(flow, &state->first);
    flow_sleep(flow, 1000);
    if (depth > 1)
        flow_run(flow, &type, json_integer(depth - 1), &state->second);
    return flow_then(flow, conclude);
}

static void test_cancelling_a_nest_of_flows_frees_all_of_it(void **state)
{
    struct flow *flow = start_with(nest, json_integer(3));

    flow_dispatch();
    flow_cancel(flow);
    assert_text(trace(), "cancel0 cancel1 cancel2 abandoned abandoned abandoned");
}

static void test_a_failure_deep_in_a_nest_frees_all_of_it(void **state)
{
    start_with(nest, json_integer(3));
    flow_dispatch();
    break_with(2, "deep inside");
    flow_dispatch();
    assert_error(&outcome.error, ERROR_SPARK, "deep inside");
    assert_text(trace(), "abandoned cancel1 abandoned cancel0 abandoned");
}

static void test_an_inner_flow_is_not_counted(void **state)
{
    struct flow *flow = start_with(nest, json_integer(3));

    flow_dispatch();
    assert_int_equal(flow_count(), 1);
    flow_cancel(flow);
}

/* ---- cancelling everything ---- */

static void test_cancel_all_ends_every_root(void **state)
{
    start(ask_one);
    start(ask_one);
    start(sleep_on);
    flow_dispatch();
    flow_cancel_all();
    assert_int_equal(flow_count(), 0);
    assert_text(trace(),
                "ask asked ask asked cancel0 abandoned cancel1 abandoned abandoned");
}

static void test_cancel_all_tells_every_client(void **state)
{
    start(ask_one);
    flow_dispatch();
    flow_cancel_all();
    assert_true(outcome.has_failed);
    assert_int_equal(outcome.error.kind, ERROR_CANCELLED);
}

static void test_what_abandoned_starts_survives_cancel_all(void **state)
{
    flow_start(&cleaning_type, NULL, NULL);
    flow_start(&cleaning_type, NULL, NULL);
    flow_dispatch();
    flow_cancel_all();
    assert_int_equal(flow_count(), 2);
    flow_dispatch();
    assert_text(trace(), "ask asked ask asked cancel0 cancel1 conclude conclude");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_cancelling_a_flow_abandons_it),
        claim(test_cancelling_a_flow_that_never_ran_abandons_it),
        claim(test_a_flow_that_is_done_is_not_abandoned),
        claim(test_a_flow_that_fails_by_its_own_step_is_not_abandoned),
        claim(test_an_abandoned_flow_still_has_its_replies),
        claim(test_a_cancelled_flow_tells_its_client_nothing),
        claim(test_what_an_abandoned_flow_starts_runs),
        claim(test_cancelling_a_nest_of_flows_frees_all_of_it),
        claim(test_a_failure_deep_in_a_nest_frees_all_of_it),
        claim(test_an_inner_flow_is_not_counted),
        claim(test_cancel_all_ends_every_root),
        claim(test_cancel_all_tells_every_client),
        claim(test_what_abandoned_starts_survives_cancel_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
