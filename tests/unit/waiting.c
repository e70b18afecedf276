#include "waiting.h"

#include "base/clock.h"
#include "scripted_http.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

enum { ROUNDS_MAX = 100000 };

static int64_t now_ms;

static void wind(int64_t ms)
{
    now_ms = ms;
    clock_hold(now_ms, START_WALL_MS + (now_ms - START_MS));
}

void loop_begin(void)
{
    wind(START_MS);
}

bool loop_end(void)
{
    bool is_good = true;

    if (flow_count() != 0 || flow_wait_ms(777) != 777) {
        print_error("left: %zu flows, %d ms to the next timer\n", flow_count(),
                    flow_wait_ms(777));
        flow_cancel_all();
        is_good = false;
    }
    return script_end() && is_good;
}

void loop_run(int ms)
{
    int64_t end_ms = now_ms + ms;

    for (int rounds = 0; rounds < ROUNDS_MAX; rounds++) {
        flow_dispatch();
        if (script_deliver() > 0)
            continue;
        if (now_ms == end_ms)
            return;
        wind(now_ms + flow_wait_ms((int)(end_ms - now_ms)));
    }
    fail_msg("the loop runs for ever at %lld ms", (long long)(now_ms - START_MS));
}

static void note_end(void *context, const struct error *error, json_t *result)
{
    struct outcome *outcome = context;

    outcome->has_ended = true;
    outcome->has_failed = error != NULL;
    if (error != NULL)
        outcome->error = *error;
    outcome->result = json_incref(result);
    outcome->flow = NULL;
}

static void note_report(void *context, double done, double total, const char *message)
{
    struct outcome *outcome = context;

    outcome->reports++;
    outcome->done = done;
    outcome->total = total;
    snprintf(outcome->report, sizeof outcome->report, "%s", message);
}

static void note_note(void *context, const char *level, const char *message)
{
    struct outcome *outcome = context;

    snprintf(outcome->note, sizeof outcome->note, "%s: %s", level, message);
}

struct flow_client client_of(struct outcome *outcome)
{
    return (struct flow_client){.context = outcome,
                                .ended = note_end,
                                .reported = note_report,
                                .noted = note_note};
}

/* ---- the flow that waits: ask, answer ---- */

static void (*starting)(struct flow *, struct reply *);

static struct next answer(struct flow *flow)
{
    struct reply *reply = flow_state(flow);

    return flow_done(flow, json_incref(reply->body));
}

static struct next ask(struct flow *flow)
{
    starting(flow, flow_state(flow));
    return flow_then(flow, answer);
}

void wait_for(struct outcome *outcome, void (*start)(struct flow *, struct reply *))
{
    static const struct flow_type type = {
        .name = "waiting", .first = ask, .state_size = sizeof(struct reply)};
    struct flow_client client = client_of(outcome);

    outcome_clear(outcome);
    starting = start;
    outcome->flow = flow_start(&type, NULL, &client);
    flow_dispatch();
}

void outcome_cancel(struct outcome *outcome)
{
    flow_cancel(outcome->flow);
    outcome->flow = NULL;
}

void outcome_clear(struct outcome *outcome)
{
    json_decref(outcome->result);
    memset(outcome, 0, sizeof *outcome);
}
