#include "probes.h"

#include "base/buffer.h"
#include "base/log.h"
#include "base/memory.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

enum { PROBES_MAX = 8 };

struct probe {
    struct operation operation;
    size_t index;
};

struct outcome outcome;
static struct probe *probes[PROBES_MAX]; /* NULL once ended */
static size_t probe_count;
static struct buffer marks;

void probes_begin(void)
{
    loop_begin();
    count_anew();
}

bool probes_end(void)
{
    buffer_release(&marks);
    outcome_clear(&outcome);
    log_set_level(LOG_WARNING);
    unit_release();
    return loop_end();
}

void mark(const char *word)
{
    buffer_printf(&marks, "%s%s", marks.length > 0 ? " " : "", word);
}

const char *trace(void)
{
    return buffer_text(&marks);
}

static void cancel_probe(struct operation *operation)
{
    struct probe *probe = list_member(operation, struct probe, operation);
    char word[20];

    snprintf(word, sizeof word, "cancel%zu", probe->index);
    mark(word);
    probes[probe->index] = NULL;
    free(probe);
}

void begin_probe(struct flow *flow, struct reply *reply)
{
    struct probe *probe = memory_new(sizeof *probe);

    assert_true(probe_count < PROBES_MAX);
    probe->index = probe_count;
    probes[probe_count++] = probe;
    operation_begin(&probe->operation, flow, reply, cancel_probe);
}

static struct probe *take(size_t index)
{
    struct probe *probe = probes[index];

    assert_non_null(probe);
    probes[index] = NULL;
    return probe;
}

void succeed(size_t index, json_t *body)
{
    struct probe *probe = take(index);

    operation_succeed(&probe->operation, body);
    free(probe);
}

void break_with(size_t index, const char *message)
{
    struct probe *probe = take(index);
    struct error error;

    error_set(&error, ERROR_SPARK, "%s", message);
    operation_fail(&probe->operation, &error);
    free(probe);
}

void count_anew(void)
{
    probe_count = 0;
    memset(probes, 0, sizeof probes);
}

struct flow *start_with(flow_step *step, json_t *input)
{
    static struct flow_type type; /* its first step is read at the start only */
    struct flow_client client = client_of(&outcome);

    type = (struct flow_type){.name = "test",
                              .first = step,
                              .state_size = sizeof(struct state),
                              .undo = mark_undone};
    return flow_start(&type, input, &client);
}

struct flow *start(flow_step *step)
{
    return start_with(step, NULL);
}

void mark_undone(void *state)
{
    mark("undone");
}

struct next ask_one(struct flow *flow)
{
    struct state *state = flow_state(flow);

    mark("ask");
    begin_probe(flow, &state->first);
    mark("asked");
    return flow_then(flow, conclude);
}

struct next conclude(struct flow *flow)
{
    mark("conclude");
    return flow_done(flow, json_string("done"));
}
