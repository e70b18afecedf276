/* A run as the two files that share it see it: run.c, its life, and run_carry.c, the flow
 * that carries it to its end. */
#ifndef SPARK_RUN_CARRY_H
#define SPARK_RUN_CARRY_H

#include "bell.h"
#include "spark/run.h"

struct run {
    char id[40], operation[20];
    size_t cluster;
    bool is_taken_over; /* another process sent it to the session that both share */
    json_t *arguments;
    struct download *download; /* NULL: its result comes in the answer */
    struct flow *flow;         /* NULL once it has ended */
    enum { NOWHERE_YET, IN_SESSION, ONE_SHOT } where;
    bool is_cancelled, has_arrived;
    json_t *result;
    struct error error;
    char progress[400], stuck[900];
    char unfinished[400]; /* the folder that it writes to now, hidden beside its target */
    double done, total;
    int64_t started_ms, ended_ms;
    int64_t sent_ms; /* to the session; 0: not, or by another process */
    int64_t told_ms; /* when its end was last asked for */
    bool is_looked_into;
    struct bell news;
    struct link link;
};

/* Starts the flow that carries it; the run outlives it. */
struct flow *run_carry(struct run *run, const struct flow_client *client);
/* Asks the session that has it for its end. */
void run_tell_cancelled(struct run *run);

/* Adds what is to be known of a run that was lost to an error that tells why. */
void run_describe_loss(const struct run *run, struct error *error);

extern const struct error run_was_cancelled;

#endif
