/*
 * Asynchronous work. A flow is a chain of steps; a step starts operations (a transfer, a
 * timer, another flow) and returns what comes next. docs/flows.md explains it with a
 * worked example.
 *
 * What always holds:
 * (a) Steps run only from flow_dispatch, never inside libcurl or another step. An
 *     operation that fails at once is reported like one that fails later, so starting
 *     functions return nothing.
 * (b) A reply that fails ends the flow with its error and cancels its siblings, unless it
 *     was marked optional().
 * (c) A flow that ends without flow_done is undone, and every flow is released: see
 *     struct flow_type.
 * (d) Every change of step is logged at one place.
 * (e) A step that started nothing goes straight on.
 * (f) Every operation ends by itself: a transfer and a wait have time limits.
 * (g) A flow belongs to the cluster in which it was started (base/clusters.h): its steps
 *     and all that is called for it run there.
 */
#ifndef FLOW_H
#define FLOW_H

#include "base/error.h"
#include "base/list.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct flow;
struct next;
typedef struct next flow_step(struct flow *flow);

/* What a step returns; made by flow_then, flow_done, flow_fail and flow_refuse only. A
 * forgotten `return` before one of them does not compile. */
struct next {
    flow_step *step;
    const char *name;
};

struct flow_type {
    const char *name;
    flow_step *first;
    size_t state_size;
    /* Takes back what was begun at Spark when the flow ends in any way but flow_done;
     * what takes time runs in a root flow of its own. The replies are still there. May be
     * NULL. */
    void (*undo)(void *state);
    /* Frees what the state owns beside its replies; always the last. May be NULL. */
    void (*release)(void *state);
};

/*
 * Where an operation puts what came back. It lives in the state of the flow that started
 * the operation, which releases it. Starting another operation with the same reply clears
 * it.
 */
struct reply {
    json_t *body; /* NULL until answered, and when it failed */
    struct error error;
    bool failed;
    bool is_optional;
    bool is_attached;
    struct link of_flow;
};

/* The reply may fail: the flow goes on, and looks at reply->failed itself. */
struct reply *optional(struct reply *reply);

/* ---- inside a step ---- */

void *flow_state(struct flow *flow);   /* zeroed when the flow starts */
json_t *flow_input(struct flow *flow); /* borrowed; NULL when it was given none */

/* When all that this step started has succeeded, run `step`. */
#define flow_then(flow, step) flow_then_named((flow), (step), #step)
struct next flow_then_named(struct flow *flow, flow_step *step, const char *name)
    __attribute__((warn_unused_result));
struct next flow_done(struct flow *flow, json_t *result) /* steals result */
    __attribute__((warn_unused_result));
struct next flow_fail(struct flow *flow, const struct error *error)
    __attribute__((warn_unused_result));
/* Fails with the fact as its message; hint is what the reader can do, or NULL. */
struct next flow_refuse(struct flow *flow, enum error_kind kind, const char *hint,
                        const char *fact, ...)
    __attribute__((format(printf, 4, 5), warn_unused_result));

/* Runs another flow and waits for it. Steals input, which may be NULL. */
void flow_run(struct flow *parent, const struct flow_type *type, json_t *input,
              struct reply *reply);
/* The same, for so long at most: then it is ended, and the reply has no body. */
void flow_run_for(struct flow *parent, const struct flow_type *type, json_t *input,
                  int ms, struct reply *reply);
void flow_sleep(struct flow *flow, int ms);

/* The cluster that it belongs to. */
size_t flow_cluster(const struct flow *flow);
/* In a step: from now on the flow belongs to that one, and what it starts. */
void flow_move(struct flow *flow, size_t cluster);

/* Tells whoever waits for the outermost flow how far it has come. `done` of `total`;
 * total 0 is not known. */
void flow_report(struct flow *flow, double done, double total, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Sends a log message to whoever waits for the outermost flow. */
void flow_note(struct flow *flow, const char *level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- outside flows ---- */

/* Whoever waits for a root flow. Any function may be NULL. */
struct flow_client {
    void *context;
    void (*ended)(void *context, const struct error *error,
                  json_t *result); /* borrowed */
    void (*reported)(void *context, double done, double total, const char *message);
    void (*noted)(void *context, const char *level, const char *message);
};

/* Starts a flow that nobody's flow waits for. Steals input. */
struct flow *flow_start(const struct flow_type *type, json_t *input,
                        const struct flow_client *client);
/* Ends a root flow; its client is not called. */
void flow_cancel(struct flow *flow);
/* Ends a flow as if a step had failed with this error. Not from within a step. */
void flow_end(struct flow *flow, const struct error *error);
/* Cancels every root flow, and tells its client ERROR_CANCELLED; their undoing may
 * start new ones, which live on. */
void flow_cancel_all(void);

/* Runs every step that is ready and every timer that is due. */
void flow_dispatch(void);
/* Milliseconds until the next timer, at most `most`; 0 when a step is ready. */
int flow_wait_ms(int most);
/* The number of root flows that are alive. */
size_t flow_count(void);

/* ---- for those who make operations (http.c, submission.c) ---- */

struct operation {
    struct flow *flow;   /* who waits */
    struct reply *reply; /* may be NULL: then it must succeed and its body is dropped */
    void (*cancel)(struct operation *operation); /* frees the operation */
    struct link of_flow;
    int64_t due_ms; /* when it succeeds by itself */
    struct link of_timers;
};

void operation_begin(struct operation *operation, struct flow *flow, struct reply *reply,
                     void (*cancel)(struct operation *));
/* It succeeds by itself after this time unless it has ended before, and is freed then. */
void operation_limit(struct operation *operation, int ms);
/* Both take the operation out of its flow; the caller frees it afterwards. */
void operation_succeed(struct operation *operation, json_t *body); /* steals body */
void operation_fail(struct operation *operation, const struct error *error);

#endif
