/*
 * A view of monitor-cluster: one file that says what is asked of Spark, how the answer
 * becomes rows and how those read as text. To add one: its file in this folder, its line
 * in views.c, its name in monitor_cluster.json.
 */
#ifndef TOOLS_MONITOR_VIEW_H
#define TOOLS_MONITOR_VIEW_H

#include "base/buffer.h"
#include "flow.h"

#include <jansson.h>
#include <stdbool.h>

struct view {
    const char *name; /* as metric_type names it */
    const char *part; /* the key of the result that is its own */
    /* The arguments that ask for it without a metric_type; NULL: none does. */
    const char *id, *other_id;
    /* The ids that it takes, separated by blanks; NULL: none. Another view's id asks for
     * that view, whatever the metric_type. */
    const char *takes;
    bool needs_no_spark; /* it tells of what this server holds itself */
    bool takes_no_name;  /* of an application, only its id: a name is looked up before */
    /* What the schema cannot say about its arguments; may be NULL. */
    bool (*check)(const json_t *arguments, struct error *error);
    /* The input is the call's arguments; the result a part of the structured content. */
    struct flow_type flow;
    /* Writes its part of a result; warnings and what is next are written for all. */
    void (*describe)(const json_t *result, struct buffer *text);
};

/* Ended by NULL (views.c). */
extern const struct view *const all_views[];

#endif
