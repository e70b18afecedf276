/* Timers, and how long the loop may wait. */
#include "flow.h"

#include "base/clock.h"
#include "probes.h"
#include "unit.h"
#include "waiting.h"

#include <stdlib.h>

static int begin(void **state)
{
    probes_begin();
    return 0;
}

static int end(void **state)
{
    return probes_end() ? 0 : -1;
}

/* ---- timers ---- */

static struct next end_sleep(struct flow *flow)
{
    mark(json_string_value(flow_input(flow)));
    return flow_done(flow, NULL);
}

static struct next sleep_for(struct flow *flow)
{
    flow_sleep(flow, atoi(json_string_value(flow_input(flow))));
    return flow_then(flow, end_sleep);
}

static void start_sleeper(const char *ms)
{
    static const struct flow_type type = {.name = "sleeper", .first = sleep_for};

    flow_start(&type, json_string(ms), NULL);
}

static void test_timers_ring_in_the_order_of_their_time(void **state)
{
    start_sleeper("30");
    start_sleeper("10");
    start_sleeper("20");
    flow_dispatch();
    clock_hold(START_MS + 50, START_WALL_MS);
    flow_dispatch();
    assert_text(trace(), "10 20 30");
}

static void test_timers_of_one_time_ring_in_the_order_of_their_start(void **state)
{
    start_sleeper("10");
    start_sleeper("0010");
    start_sleeper("010");
    loop_run(10);
    assert_text(trace(), "10 0010 010");
}

static void test_a_timer_does_not_ring_early(void **state)
{
    start_sleeper("10");
    loop_run(9);
    assert_text(trace(), "");
    loop_run(1);
    assert_text(trace(), "10");
}

static void test_a_timer_of_no_time_rings_at_the_next_dispatch(void **state)
{
    start_sleeper("0");
    flow_dispatch();
    assert_text(trace(), "");
    flow_dispatch();
    assert_text(trace(), "0");
}

static void test_without_timers_the_wait_is_what_was_asked(void **state)
{
    assert_int_equal(flow_wait_ms(60000), 60000);
}

static void test_a_ready_step_is_not_waited_for(void **state)
{
    struct flow *flow = start(conclude);

    assert_int_equal(flow_wait_ms(60000), 0);
    flow_cancel(flow);
}

static void test_the_wait_ends_with_the_nearest_timer(void **state)
{
    start_sleeper("3000");
    start_sleeper("1000");
    flow_dispatch();
    assert_int_equal(flow_wait_ms(60000), 1000);
    assert_int_equal(flow_wait_ms(500), 500);
    clock_hold(START_MS + 1001, START_WALL_MS);
    assert_int_equal(flow_wait_ms(60000), 0);
    flow_cancel_all();
}

/* ---- an inner flow that may take so long at most ---- */

static struct next tell_body(struct flow *flow)
{
    struct state *state = flow_state(flow);

    mark(state->first.failed ? "failed" : state->first.body != NULL ? "body" : "nothing");
    return flow_done(flow, NULL);
}

static struct next run_sleeper(struct flow *flow)
{
    static const struct flow_type type = {.name = "sleeper", .first = sleep_for};
    struct state *state = flow_state(flow);

    flow_run_for(flow, &type, json_string(json_string_value(flow_input(flow))), 20,
                 &state->first);
    return flow_then(flow, tell_body);
}

static void test_an_inner_flow_ends_when_its_time_is_over(void **state)
{
    start_with(run_sleeper, json_string("30"));
    loop_run(100);
    assert_text(trace(), "nothing");
}

static void test_one_that_ends_in_time_is_not_ended_again(void **state)
{
    start_with(run_sleeper, json_string("10"));
    loop_run(100);
    assert_text(trace(), "10 nothing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_timers_ring_in_the_order_of_their_time),
        claim(test_timers_of_one_time_ring_in_the_order_of_their_start),
        claim(test_a_timer_does_not_ring_early),
        claim(test_a_timer_of_no_time_rings_at_the_next_dispatch),
        claim(test_without_timers_the_wait_is_what_was_asked),
        claim(test_a_ready_step_is_not_waited_for),
        claim(test_the_wait_ends_with_the_nearest_timer),
        claim(test_an_inner_flow_ends_when_its_time_is_over),
        claim(test_one_that_ends_in_time_is_not_ended_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
