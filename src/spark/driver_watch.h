/* What driver.c knows of a driver that it follows, and what driver_report.c says of it. */
#ifndef SPARK_DRIVER_WATCH_H
#define SPARK_DRIVER_WATCH_H

#include "flow.h"
#include "spark/driver_room.h"
#include "spark/driver_state.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct watch {
    struct reply status, master, out, err, out_head, err_head, jobs, successor, lost;
    char id[160]; /* not the one that was asked for, once the master has relaunched it */
    enum driver_state state;
    char state_word[24]; /* as Spark spells it */
    char worker_id[160], worker_host[160], worker_url[300];
    char application[100], ui_port[8], ui[300];
    char application_mark[100], mark[100]; /* the line that is waited for, "" for none */
    char found[400];                       /* what follows it */
    struct room room;                      /* and how far it has come */
    json_int_t out_offset, err_offset;
    int64_t started_ms, taken_up_ms, running_ms, deadline_ms, report_ms;
    int wait_ms, misses, ui_misses, log_misses; /* misses: failures in a row */
    int searches; /* for it under another id, or at a worker, in vain */
    enum { BY_MASTER, BY_WORKER, BY_NOBODY } told; /* who knows its state */
    bool has_read;                                 /* some of its output */
};

/* What the pieces of output that were read tell of the application, and where the next ones begin. */
void watch_scan(struct watch *watch);
/* The same of the beginnings of its logs, where they were read. */
void watch_scan_heads(struct watch *watch);

/* Sets "exitCause" of a driver that has ended, unless it ended well or as it was told. */
void watch_add_cause(const struct watch *watch, json_t *report);
void watch_add_warnings(const struct watch *watch, json_t *report);

#endif
