/* The rules (a) to (e) of flow.h, and what follows from them. */
#include "flow.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "unit.h"
#include "waiting.h"

#include <stdlib.h>
#include <string.h>

/* ---- operations that the test ends by hand ---- */

enum { PROBES_MAX = 8 };

struct probe {
    struct operation operation;
    size_t index;
};

static struct probe *probes[PROBES_MAX]; /* NULL once ended */
static size_t probe_count;
static struct buffer trace; /* what happened, in order */
static struct outcome outcome;

static void mark(const char *text)
{
    buffer_printf(&trace, "%s%s", trace.length > 0 ? " " : "", text);
}

static void cancel_probe(struct operation *operation)
{
    struct probe *probe = list_member(operation, struct probe, operation);

    buffer_printf(&trace, "%scancel%zu", trace.length > 0 ? " " : "", probe->index);
    probes[probe->index] = NULL;
    free(probe);
}

static void begin_probe(struct flow *flow, struct reply *reply)
{
    struct probe *probe = memory_new(sizeof *probe);

    assert_true(probe_count < PROBES_MAX);
    probe->index = probe_count;
    probes[probe_count++] = probe;
    operation_begin(&probe->operation, flow, reply, cancel_probe);
}

static void succeed(size_t index, json_t *body)
{
    struct probe *probe = probes[index];

    assert_non_null(probe);
    probes[index] = NULL;
    operation_succeed(&probe->operation, body);
    free(probe);
}

static void break_with(size_t index, const char *message)
{
    struct probe *probe = probes[index];
    struct error error;

    assert_non_null(probe);
    probes[index] = NULL;
    error_set(&error, ERROR_SPARK, "%s", message);
    operation_fail(&probe->operation, &error);
    free(probe);
}

static int begin(void **state)
{
    loop_begin();
    probe_count = 0;
    memset(probes, 0, sizeof probes);
    return 0;
}

static int end(void **state)
{
    buffer_release(&trace);
    outcome_clear(&outcome);
    log_set_level(LOG_WARNING);
    unit_release();
    return loop_end() ? 0 : -1;
}

/* ---- the flows of these tests ---- */

struct state {
    struct reply first, second, third;
    int rounds;
};

static flow_step conclude;

static struct next conclude(struct flow *flow)
{
    mark("conclude");
    return flow_done(flow, json_string("done"));
}

static void mark_abandoned(struct flow *flow)
{
    mark("abandoned");
}

static struct flow *start_with(flow_step *step, json_t *input)
{
    static struct flow_type type;
    struct flow_client client = client_of(&outcome);

    type = (struct flow_type){"test", step, sizeof(struct state), mark_abandoned};
    return flow_start(&type, input, &client);
}

static struct flow *start(flow_step *step)
{
    return start_with(step, NULL);
}

static struct next ask_one(struct flow *flow)
{
    struct state *state = flow_state(flow);

    mark("ask");
    begin_probe(flow, &state->first);
    mark("asked");
    return flow_then(flow, conclude);
}

static struct next ask_three(struct flow *flow)
{
    struct state *state = flow_state(flow);

    begin_probe(flow, &state->first);
    begin_probe(flow, &state->second);
    begin_probe(flow, &state->third);
    return flow_then(flow, conclude);
}

/* ---- (a) steps run only from flow_dispatch ---- */

static void test_starting_a_flow_runs_no_step(void **state)
{
    struct flow *flow = start(ask_one);

    assert_text(buffer_text(&trace), "");
    flow_cancel(flow);
}

static void test_an_answer_runs_no_step(void **state)
{
    start(ask_one);
    flow_dispatch();
    succeed(0, NULL);
    assert_text(buffer_text(&trace), "ask asked");
    flow_dispatch();
    assert_text(buffer_text(&trace), "ask asked conclude");
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
    assert_text(buffer_text(&trace), "ask asked conclude");
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
    assert_text(buffer_text(&trace), "ask asked abandoned");
}

static void test_a_failure_at_once_is_reported_like_a_later_one(void **state)
{
    struct outcome at_once;

    start(ask_and_fail);
    flow_dispatch();
    at_once = outcome;
    memset(&outcome, 0, sizeof outcome);
    probe_count = 0;
    start(ask_one);
    flow_dispatch();
    break_with(0, "no such host");
    flow_dispatch();
    assert_text(buffer_text(&trace), "ask asked abandoned ask asked abandoned");
    assert_int_equal(at_once.has_failed, outcome.has_failed);
    assert_int_equal(at_once.error.kind, outcome.error.kind);
    assert_text(at_once.error.message, outcome.error.message);
}

/* ---- (b) a reply that fails ---- */

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
    assert_lacks(buffer_text(&trace), "conclude");
}

static void test_a_failed_reply_cancels_its_siblings(void **state)
{
    start(ask_three);
    flow_dispatch();
    break_with(1, "no such host");
    flow_dispatch();
    assert_text(buffer_text(&trace), "cancel0 cancel2 abandoned");
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

static const struct flow_type inner_type = {"inner", ask_one, sizeof(struct state),
                                            mark_abandoned};

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
    assert_text(buffer_text(&trace), "ask asked cancel1 abandoned abandoned");
}

static void test_the_failure_of_an_inner_flow_ends_the_outer_one(void **state)
{
    start(ask_and_run);
    flow_dispatch();
    break_with(1, "deep inside");
    flow_dispatch();
    assert_text(buffer_text(&trace), "ask asked abandoned cancel0 abandoned");
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
    assert_text(buffer_text(&trace), "failed out of reach");
}

static void test_a_failed_optional_reply_does_not_hurry_its_siblings(void **state)
{
    struct flow *flow = start(ask_optionally);

    flow_dispatch();
    break_with(0, "out of reach");
    flow_dispatch();
    assert_text(buffer_text(&trace), "");
    flow_cancel(flow);
}

/* ---- (c) abandoned ---- */

static void test_cancelling_a_flow_abandons_it(void **state)
{
    struct flow *flow = start(ask_one);

    flow_dispatch();
    flow_cancel(flow);
    assert_text(buffer_text(&trace), "ask asked cancel0 abandoned");
}

static void test_cancelling_a_flow_that_never_ran_abandons_it(void **state)
{
    flow_cancel(start(ask_one));
    assert_text(buffer_text(&trace), "abandoned");
}

static void test_a_flow_that_is_done_is_not_abandoned(void **state)
{
    start(conclude);
    flow_dispatch();
    assert_text(buffer_text(&trace), "conclude");
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
    assert_text(buffer_text(&trace), "");
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
    assert_text(buffer_text(&trace), "driver-1");
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
    assert_text(buffer_text(&trace), "ask asked cancel0 conclude");
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
    assert_text(buffer_text(&trace), "nothing conclude");
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
    static const struct flow_type type = {"inner", conclude, 0, NULL};
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
    assert_text(buffer_text(&trace), "cancel0");
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
    assert_text(buffer_text(&trace), "one clear failed clear three");
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
    static const struct flow_type type = {"sleeper", sleep_for, 0, NULL};

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
    assert_text(buffer_text(&trace), "10 20 30");
}

static void test_timers_of_one_time_ring_in_the_order_of_their_start(void **state)
{
    start_sleeper("10");
    start_sleeper("0010");
    start_sleeper("010");
    loop_run(10);
    assert_text(buffer_text(&trace), "10 0010 010");
}

static void test_a_timer_does_not_ring_early(void **state)
{
    start_sleeper("10");
    loop_run(9);
    assert_text(buffer_text(&trace), "");
    loop_run(1);
    assert_text(buffer_text(&trace), "10");
}

static void test_a_timer_of_no_time_rings_at_the_next_dispatch(void **state)
{
    start_sleeper("0");
    flow_dispatch();
    assert_text(buffer_text(&trace), "");
    flow_dispatch();
    assert_text(buffer_text(&trace), "0");
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
    return flow_then(flow, give_body);
}

/* That nothing is lost, the address sanitizer tells. */
static void test_cancelling_a_nest_of_flows_frees_all_of_it(void **state)
{
    struct flow *flow = start_with(nest, json_integer(3));

    flow_dispatch();
    flow_cancel(flow);
    assert_text(buffer_text(&trace),
                "cancel0 cancel1 cancel2 abandoned abandoned abandoned");
}

static void test_a_failure_deep_in_a_nest_frees_all_of_it(void **state)
{
    start_with(nest, json_integer(3));
    flow_dispatch();
    break_with(2, "deep inside");
    flow_dispatch();
    assert_error(&outcome.error, ERROR_SPARK, "deep inside");
    assert_text(buffer_text(&trace), "abandoned cancel1 abandoned cancel0 abandoned");
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
    start_sleeper("1000");
    flow_dispatch();
    flow_cancel_all();
    assert_int_equal(flow_count(), 0);
    assert_text(buffer_text(&trace),
                "ask asked ask asked cancel0 abandoned cancel1 abandoned");
}

static void test_what_abandoned_starts_survives_cancel_all(void **state)
{
    flow_start(&cleaning_type, NULL, NULL);
    flow_start(&cleaning_type, NULL, NULL);
    flow_dispatch();
    flow_cancel_all();
    assert_int_equal(flow_count(), 2);
    flow_dispatch();
    assert_text(buffer_text(&trace),
                "ask asked ask asked cancel0 cancel1 conclude conclude");
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
    static const struct flow_type type = {"teller", tell, 0, NULL};
    struct state *state = flow_state(flow);

    flow_run(flow, &type, NULL, &state->first);
    return flow_then(flow, conclude);
}

static struct next run_deep_teller(struct flow *flow)
{
    static const struct flow_type type = {"deep-teller", run_teller, sizeof(struct state),
                                          NULL};
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
    static const struct flow_type type = {"alone", run_deep_teller, sizeof(struct state),
                                          NULL};

    flow_start(&type, NULL, NULL);
    flow_dispatch();
    assert_text(buffer_text(&trace), "conclude conclude");
}

static void start_another(void *context, const struct error *error, json_t *result)
{
    start(conclude);
}

static void test_a_client_may_start_a_flow_when_one_ends(void **state)
{
    static const struct flow_type type = {"first", conclude, 0, NULL};

    flow_start(&type, NULL, &(struct flow_client){.ended = start_another});
    flow_dispatch();
    assert_text(buffer_text(&trace), "conclude conclude");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_starting_a_flow_runs_no_step),
        claim(test_an_answer_runs_no_step),
        claim(test_an_answer_at_once_waits_for_the_end_of_the_step),
        claim(test_a_failure_at_once_waits_for_the_end_of_the_step),
        claim(test_a_failure_at_once_is_reported_like_a_later_one),
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
        claim(test_cancelling_a_flow_abandons_it),
        claim(test_cancelling_a_flow_that_never_ran_abandons_it),
        claim(test_a_flow_that_is_done_is_not_abandoned),
        claim(test_a_flow_that_fails_by_its_own_step_is_not_abandoned),
        claim(test_an_abandoned_flow_still_has_its_replies),
        claim(test_a_cancelled_flow_tells_its_client_nothing),
        claim(test_what_an_abandoned_flow_starts_runs),
        claim(test_every_change_of_step_is_logged),
        claim(test_a_step_that_starts_nothing_goes_straight_on),
        claim(test_a_long_chain_of_steps_ends_in_one_dispatch),
        claim(test_the_state_begins_as_zeros),
        claim(test_the_input_is_there_for_every_step),
        claim(test_a_result_may_be_nothing),
        claim(test_the_result_of_an_inner_flow_is_the_body_of_its_reply),
        claim(test_a_flow_that_is_done_ends_what_it_has_started),
        claim(test_a_reply_that_is_used_again_is_cleared),
        claim(test_timers_ring_in_the_order_of_their_time),
        claim(test_timers_of_one_time_ring_in_the_order_of_their_start),
        claim(test_a_timer_does_not_ring_early),
        claim(test_a_timer_of_no_time_rings_at_the_next_dispatch),
        claim(test_without_timers_the_wait_is_what_was_asked),
        claim(test_a_ready_step_is_not_waited_for),
        claim(test_the_wait_ends_with_the_nearest_timer),
        claim(test_cancelling_a_nest_of_flows_frees_all_of_it),
        claim(test_a_failure_deep_in_a_nest_frees_all_of_it),
        claim(test_an_inner_flow_is_not_counted),
        claim(test_cancel_all_ends_every_root),
        claim(test_what_abandoned_starts_survives_cancel_all),
        claim(test_a_report_reaches_the_outermost_client),
        claim(test_a_note_reaches_the_outermost_client),
        claim(test_nobody_needs_to_listen),
        claim(test_a_client_may_start_a_flow_when_one_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
