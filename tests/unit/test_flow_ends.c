/* Flows that end early: rule (c) of flow.h. That nothing is lost, the address sanitizer
 * tells. */
#include "flow.h"

#include "base/clock.h"

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

/* ---- (c) undone ---- */

static void test_cancelling_a_flow_undoes_it(void **state)
{
    struct flow *flow = start(ask_one);

    flow_dispatch();
    flow_cancel(flow);
    assert_text(trace(), "ask asked cancel0 undone");
}

static void test_cancelling_a_flow_that_never_ran_undoes_it(void **state)
{
    flow_cancel(start(ask_one));
    assert_text(trace(), "undone");
}

static void test_a_flow_that_is_done_is_not_undone(void **state)
{
    start(conclude);
    flow_dispatch();
    assert_text(trace(), "conclude");
}

static struct next refuse(struct flow *flow)
{
    return flow_refuse(flow, ERROR_ARGUMENTS, "Try another.", "not %s way", "this");
}

static void test_a_flow_that_fails_by_its_own_step_is_undone(void **state)
{
    start(refuse);
    flow_dispatch();
    assert_error(&outcome.error, ERROR_ARGUMENTS, "not this way");
    assert_text(outcome.error.hint, "Try another.");
    assert_text(trace(), "undone");
}

static struct flow *inner_flow;

static struct next ask_inside(struct flow *flow)
{
    inner_flow = flow;
    return ask_one(flow);
}

static struct next ask_an_inner_flow(struct flow *flow)
{
    static const struct flow_type inner = {
        .name = "inner", .first = ask_inside, .state_size = sizeof(struct state)};

    flow_run_for(flow, &inner, NULL, 1000,
                 optional(&((struct state *)flow_state(flow))->first));
    return flow_then(flow, conclude);
}

static void test_an_inner_flow_that_is_ended_fails_and_its_parent_goes_on(void **state)
{
    struct error error;

    clock_hold(0, 1);
    start(ask_an_inner_flow);
    flow_dispatch();
    error_set(&error, ERROR_LOCAL_SPARK, "it has gone");
    flow_end(inner_flow, &error);
    clock_hold(1001, 1); /* no time limit comes afterwards */
    flow_dispatch();
    assert_text(trace(), "ask asked cancel0 conclude");
}

static void mark_body(void *state)
{
    mark(json_string_value(((struct state *)state)->first.body));
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

static void test_a_flow_that_is_undone_still_has_its_replies(void **state)
{
    static const struct flow_type type = {.name = "test",
                                          .first = ask_then_sleep,
                                          .state_size = sizeof(struct state),
                                          .undo = mark_body};
    struct flow *flow = flow_start(&type, NULL, NULL);

    flow_dispatch();
    succeed(0, json_string("driver-1"));
    flow_dispatch();
    flow_cancel(flow);
    assert_text(trace(), "driver-1");
}

/* ---- released ---- */

static void mark_released(void *state)
{
    mark("released");
}

static void test_every_flow_is_released_last(void **state)
{
    static const struct flow_type ending = {.name = "ending",
                                            .first = conclude,
                                            .undo = mark_undone,
                                            .release = mark_released};
    static const struct flow_type refusing = {.name = "refusing",
                                              .first = refuse,
                                              .undo = mark_undone,
                                              .release = mark_released};
    static const struct flow_type waiting = {.name = "waiting",
                                             .first = ask_one,
                                             .state_size = sizeof(struct state),
                                             .undo = mark_undone,
                                             .release = mark_released};
    struct flow *flow = flow_start(&waiting, NULL, NULL);

    flow_dispatch();
    flow_cancel(flow);
    assert_text(trace(), "ask asked cancel0 undone released");
    flow_start(&refusing, NULL, NULL);
    flow_dispatch();
    assert_text(trace(), "ask asked cancel0 undone released undone released");
    flow_start(&ending, NULL, NULL);
    flow_dispatch();
    assert_text(trace(),
                "ask asked cancel0 undone released undone released conclude released");
}

static void test_a_cancelled_flow_tells_its_client_nothing(void **state)
{
    struct flow *flow = start(ask_one);

    flow_dispatch();
    flow_cancel(flow);
    assert_false(outcome.has_ended);
}

static void start_clean_up(void *state)
{
    static const struct flow_type type = {.name = "clean-up", .first = conclude};

    flow_start(&type, NULL, NULL);
}

static const struct flow_type cleaning_type = {.name = "cleaning",
                                               .first = ask_one,
                                               .state_size = sizeof(struct state),
                                               .undo = start_clean_up};

static void test_what_undoing_starts_runs(void **state)
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
    static const struct flow_type type = {.name = "nest",
                                          .first = nest,
                                          .state_size = sizeof(struct state),
                                          .undo = mark_undone};
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
    assert_text(trace(), "cancel0 cancel1 cancel2 undone undone undone");
}

static void test_a_failure_deep_in_a_nest_frees_all_of_it(void **state)
{
    start_with(nest, json_integer(3));
    flow_dispatch();
    break_with(2, "deep inside");
    flow_dispatch();
    assert_error(&outcome.error, ERROR_SPARK, "deep inside");
    assert_text(trace(), "undone cancel1 undone cancel0 undone");
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
    assert_text(trace(), "ask asked ask asked cancel0 undone cancel1 undone undone");
}

static void test_cancel_all_tells_every_client(void **state)
{
    start(ask_one);
    flow_dispatch();
    flow_cancel_all();
    assert_true(outcome.has_failed);
    assert_int_equal(outcome.error.kind, ERROR_CANCELLED);
}

static void test_what_undoing_starts_survives_cancel_all(void **state)
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
        claim(test_cancelling_a_flow_undoes_it),
        claim(test_cancelling_a_flow_that_never_ran_undoes_it),
        claim(test_a_flow_that_is_done_is_not_undone),
        claim(test_a_flow_that_fails_by_its_own_step_is_undone),
        claim(test_an_inner_flow_that_is_ended_fails_and_its_parent_goes_on),
        claim(test_a_flow_that_is_undone_still_has_its_replies),
        claim(test_every_flow_is_released_last),
        claim(test_a_cancelled_flow_tells_its_client_nothing),
        claim(test_what_undoing_starts_runs),
        claim(test_cancelling_a_nest_of_flows_frees_all_of_it),
        claim(test_a_failure_deep_in_a_nest_frees_all_of_it),
        claim(test_an_inner_flow_is_not_counted),
        claim(test_cancel_all_ends_every_root),
        claim(test_cancel_all_tells_every_client),
        claim(test_what_undoing_starts_survives_cancel_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
