/* News inside the process. */
#include "bell.h"

#include "probes.h"
#include "unit.h"
#include "waiting.h"

static struct bell bell;

static int begin(void **state)
{
    probes_begin();
    return 0;
}

static int end(void **state)
{
    return probes_end() ? 0 : -1;
}

static struct next wait_for_bell(struct flow *flow)
{
    struct state *state = flow_state(flow);

    bell_wait(flow, &bell, &state->first);
    return flow_then(flow, conclude);
}

static struct next wait_a_second(struct flow *flow)
{
    struct state *state = flow_state(flow);

    bell_wait_for(flow, &bell, 1000, &state->first);
    return flow_then(flow, conclude);
}

static void test_a_bell_wakes_all_who_wait(void **state)
{
    static const struct flow_type other = {
        .name = "other", .first = wait_for_bell, .state_size = sizeof(struct state)};

    start(wait_for_bell);
    flow_start(&other, NULL, NULL);
    loop_run(5000);
    assert_text(trace(), "");
    bell_ring(&bell);
    assert_text(trace(), ""); /* steps run from the loop only */
    flow_dispatch();
    assert_text(trace(), "conclude conclude");
}

static void test_a_bell_that_rang_before_wakes_nobody(void **state)
{
    bell_ring(&bell);
    start(wait_for_bell);
    loop_run(1);
    assert_true(bell_is_awaited(&bell));
    bell_ring(&bell);
    loop_run(1);
}

static void test_who_waits_for_a_time_is_woken_by_it(void **state)
{
    start(wait_a_second);
    loop_run(999);
    assert_text(trace(), "");
    loop_run(1);
    assert_text(trace(), "conclude");
    assert_false(bell_is_awaited(&bell));
}

static void test_who_was_woken_by_the_bell_is_not_woken_again(void **state)
{
    start(wait_a_second);
    loop_run(500);
    bell_ring(&bell);
    loop_run(2000);
    assert_text(trace(), "conclude");
}

static void test_a_cancelled_flow_waits_no_more(void **state)
{
    struct flow *flow = start(wait_a_second);

    flow_dispatch();
    flow_cancel(flow);
    assert_false(bell_is_awaited(&bell));
    assert_text(trace(), "undone");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_a_bell_wakes_all_who_wait),
        claim(test_a_bell_that_rang_before_wakes_nobody),
        claim(test_who_waits_for_a_time_is_woken_by_it),
        claim(test_who_was_woken_by_the_bell_is_not_woken_again),
        claim(test_a_cancelled_flow_waits_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
