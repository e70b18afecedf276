/*
 * A flow is ready when nothing it started is pending; flow_dispatch runs the steps of the
 * ready ones. Operations belong to the flow that started them and stand in its list; a
 * timer is an operation that succeeds by itself. A flow ends in flow_free alone, however
 * it ends: its operations are cancelled, it is undone unless it was done, its replies are
 * cleared, it is released. Inner flows end with their parent, root flows with
 * flow_cancel_all.
 */
#include "flow.h"

#include "base/clock.h"
#include "base/clusters.h"
#include "base/log.h"
#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct flow {
    const struct flow_type *type;
    void *state;
    json_t *input;
    size_t cluster;

    struct next next;       /* the step that runs when nothing is pending */
    struct link operations; /* started and not yet ended */
    struct link replies;    /* everything in the state that holds a body */
    struct error failure;   /* of flow_fail, or of the first required reply that failed */
    json_t *result;
    bool is_done;    /* by flow_done */
    bool is_running; /* inside a step */

    struct link ready;           /* in the ready list, or alone */
    struct link root;            /* in the list of root flows, or alone */
    struct flow_client client;   /* a root flow's */
    struct operation *of_parent; /* an inner flow's */
};

struct inner_flow {
    struct operation operation;
    struct flow *flow;
};

static struct link ready = {&ready, &ready};
static struct link roots = {&roots, &roots};
static struct link timers = {&timers, &timers}; /* operations, the earliest first */

struct reply *optional(struct reply *reply)
{
    reply->is_optional = true;
    return reply;
}

void *flow_state(struct flow *flow)
{
    return flow->state;
}

json_t *flow_input(struct flow *flow)
{
    return flow->input;
}

size_t flow_cluster(const struct flow *flow)
{
    return flow->cluster;
}

void flow_move(struct flow *flow, size_t cluster)
{
    flow->cluster = cluster;
    clusters_enter(cluster);
}

struct next flow_then_named(struct flow *flow, flow_step *step, const char *name)
{
    log_write(LOG_DEBUG, "%s: %s, then %s", flow->type->name,
              flow->next.name != NULL ? flow->next.name : "start", name);
    return (struct next){step, name};
}

struct next flow_done(struct flow *flow, json_t *result)
{
    flow->is_done = true;
    flow->result = result;
    return (struct next){NULL, "done"};
}

struct next flow_fail(struct flow *flow, const struct error *error)
{
    flow->failure = *error;
    return (struct next){NULL, "failed"};
}

struct next flow_refuse(struct flow *flow, enum error_kind kind, const char *hint,
                        const char *fact, ...)
{
    char message[sizeof flow->failure.message + 1]; /* one more: error_set marks a cut */
    struct error error;
    va_list arguments;

    va_start(arguments, fact);
    vsnprintf(message, sizeof message, fact, arguments);
    va_end(arguments);
    error_set(&error, kind, "%s", message);
    if (hint != NULL)
        error_hint(&error, "%s", hint);
    return flow_fail(flow, &error);
}

static struct flow *flow_new(const struct flow_type *type, json_t *input)
{
    struct flow *flow = memory_new(sizeof *flow);

    flow->type = type;
    flow->state = memory_new(type->state_size > 0 ? type->state_size : 1);
    flow->input = input;
    flow->cluster = clusters_here();
    flow->next.step = type->first;
    list_init(&flow->operations);
    list_init(&flow->replies);
    list_init(&flow->ready);
    list_init(&flow->root);
    list_append(&ready, &flow->ready);
    return flow;
}

static void clear_reply(struct reply *reply)
{
    json_decref(reply->body);
    reply->body = NULL;
    reply->failed = false;
    reply->error.kind = ERROR_NONE;
}

/* The operation has ended, or is about to be cancelled. */
static void leave(struct operation *operation)
{
    list_remove(&operation->of_flow);
    list_remove(&operation->of_timers);
}

/* However a flow ends, whatever it started ends with it, here. */
static void flow_free(struct flow *flow)
{
    size_t before = clusters_enter(flow->cluster);

    while (!list_is_empty(&flow->operations)) {
        struct operation *operation =
            list_member(flow->operations.next, struct operation, of_flow);
        leave(operation);
        operation->cancel(operation);
    }
    if (!flow->is_done && flow->type->undo != NULL)
        flow->type->undo(flow->state);
    while (!list_is_empty(&flow->replies)) {
        struct reply *reply = list_member(flow->replies.next, struct reply, of_flow);
        list_remove(&reply->of_flow);
        clear_reply(reply);
    }
    list_remove(&flow->ready);
    list_remove(&flow->root);
    json_decref(flow->input);
    json_decref(flow->result);
    if (flow->type->release != NULL)
        flow->type->release(flow->state);
    free(flow->state);
    free(flow);
    clusters_enter(before);
}

void operation_begin(struct operation *operation, struct flow *flow, struct reply *reply,
                     void (*cancel)(struct operation *))
{
    operation->flow = flow;
    operation->reply = reply;
    operation->cancel = cancel;
    list_init(&operation->of_timers);
    list_append(&flow->operations, &operation->of_flow);
    if (reply == NULL)
        return;
    clear_reply(reply);
    if (!reply->is_attached) {
        reply->is_attached = true;
        list_append(&flow->replies, &reply->of_flow);
    }
}

/* A flow is ready when nothing it needs is pending, or when something it needs has
 * failed. */
static void make_ready(struct flow *flow)
{
    bool may_go_on = list_is_empty(&flow->operations) || flow->failure.kind != ERROR_NONE;

    if (may_go_on && !flow->is_running && list_is_empty(&flow->ready))
        list_append(&ready, &flow->ready);
}

void operation_succeed(struct operation *operation, json_t *body)
{
    leave(operation);
    if (operation->reply != NULL)
        operation->reply->body = body;
    else
        json_decref(body);
    make_ready(operation->flow);
}

void operation_fail(struct operation *operation, const struct error *error)
{
    struct reply *reply = operation->reply;

    leave(operation);
    if (reply != NULL) {
        reply->failed = true;
        reply->error = *error;
    }
    if ((reply == NULL || !reply->is_optional) &&
        operation->flow->failure.kind == ERROR_NONE)
        operation->flow->failure = *error;
    make_ready(operation->flow);
}

static void cancel_inner_flow(struct operation *operation)
{
    struct inner_flow *inner = list_member(operation, struct inner_flow, operation);

    flow_free(inner->flow);
    free(inner);
}

static struct operation *run(struct flow *parent, const struct flow_type *type,
                             json_t *input, struct reply *reply)
{
    struct inner_flow *inner = memory_new(sizeof *inner);

    operation_begin(&inner->operation, parent, reply, cancel_inner_flow);
    inner->flow = flow_new(type, input);
    inner->flow->of_parent = &inner->operation;
    return &inner->operation;
}

void flow_run(struct flow *parent, const struct flow_type *type, json_t *input,
              struct reply *reply)
{
    run(parent, type, input, reply);
}

void operation_limit(struct operation *operation, int ms)
{
    struct link *at = timers.next;

    operation->due_ms = clock_ms() + ms;
    while (at != &timers &&
           list_member(at, struct operation, of_timers)->due_ms <= operation->due_ms)
        at = at->next;
    list_append(at, &operation->of_timers); /* before `at` */
}

void flow_run_for(struct flow *parent, const struct flow_type *type, json_t *input,
                  int ms, struct reply *reply)
{
    operation_limit(run(parent, type, input, reply), ms);
}

static void cancel_sleep(struct operation *operation)
{
    free(operation);
}

void flow_sleep(struct flow *flow, int ms)
{
    struct operation *sleep = memory_new(sizeof *sleep);

    operation_begin(sleep, flow, NULL, cancel_sleep);
    operation_limit(sleep, ms);
}

static struct flow *outermost(struct flow *flow)
{
    while (flow->of_parent != NULL)
        flow = flow->of_parent->flow;
    return flow;
}

void flow_report(struct flow *flow, double done, double total, const char *format, ...)
{
    const struct flow_client *client = &outermost(flow)->client;
    char message[400];
    va_list arguments;

    if (client->reported == NULL)
        return;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    client->reported(client->context, done, total, message);
}

void flow_note(struct flow *flow, const char *level, const char *format, ...)
{
    const struct flow_client *client = &outermost(flow)->client;
    char message[400];
    va_list arguments;

    if (client->noted == NULL)
        return;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    client->noted(client->context, level, message);
}

struct flow *flow_start(const struct flow_type *type, json_t *input,
                        const struct flow_client *client)
{
    struct flow *flow = flow_new(type, input);

    if (client != NULL)
        flow->client = *client;
    list_append(&roots, &flow->root);
    return flow;
}

void flow_cancel(struct flow *flow)
{
    flow_free(flow);
}

/* The flow has ended: tells whoever waits for it. */
static void finish(struct flow *flow)
{
    bool has_failed = flow->failure.kind != ERROR_NONE;
    json_t *result = json_incref(flow->result);
    struct error error = flow->failure;

    if (has_failed)
        log_write(LOG_DEBUG, "%s: failed: %s", flow->type->name, error.message);
    if (flow->of_parent != NULL) {
        struct inner_flow *inner =
            list_member(flow->of_parent, struct inner_flow, operation);
        flow_free(flow);
        if (has_failed)
            operation_fail(&inner->operation, &error);
        else
            operation_succeed(&inner->operation, json_incref(result));
        free(inner);
    } else {
        struct flow_client client = flow->client;
        flow_free(flow);
        if (client.ended != NULL)
            client.ended(client.context, has_failed ? &error : NULL, result);
    }
    json_decref(result);
}

void flow_end(struct flow *flow, const struct error *error)
{
    size_t before = clusters_enter(flow->cluster);

    flow->failure = *error;
    finish(flow);
    clusters_enter(before);
}

void flow_cancel_all(void)
{
    struct link doomed = {&doomed, &doomed};
    struct error error;

    while (!list_is_empty(&roots)) {
        struct link *root = roots.next;
        list_remove(root);
        list_append(&doomed, root);
    }
    error_set(&error, ERROR_CANCELLED, "the server ends");
    while (!list_is_empty(&doomed))
        flow_end(list_member(doomed.next, struct flow, root), &error);
}

static void run_step(struct flow *flow)
{
    size_t before = clusters_enter(flow->cluster);

    if (flow->failure.kind == ERROR_NONE) {
        flow->is_running = true;
        flow->next = flow->next.step(flow);
        flow->is_running = false;
    }
    if (flow->failure.kind != ERROR_NONE || flow->is_done)
        finish(flow);
    else
        make_ready(flow);
    clusters_enter(before);
}

static void ring_timers(void)
{
    int64_t now = clock_ms();

    while (!list_is_empty(&timers)) {
        struct operation *first = list_member(timers.next, struct operation, of_timers);

        if (first->due_ms > now)
            return;
        operation_succeed(first, NULL);
        first->cancel(first);
    }
}

void flow_dispatch(void)
{
    ring_timers();
    while (!list_is_empty(&ready)) {
        struct flow *flow = list_member(ready.next, struct flow, ready);
        list_remove(&flow->ready);
        run_step(flow);
    }
}

int flow_wait_ms(int most)
{
    int64_t left;

    if (!list_is_empty(&ready))
        return 0;
    if (list_is_empty(&timers))
        return most;
    left = list_member(timers.next, struct operation, of_timers)->due_ms - clock_ms();
    return left <= 0 ? 0 : left < most ? (int)left : most;
}

size_t flow_count(void)
{
    size_t count = 0;

    list_foreach (&roots, at)
        count++;
    return count;
}
