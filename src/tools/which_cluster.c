/*
 * An operation stands in a list of this process, or in a session that several share. For
 * whatever Spark named all clusters are asked, since each gives its ids by itself; what a
 * cluster has told of before is not asked for again: a cluster that is down would hold up
 * every call about the others. Not so a name, which anything may have next.
 */
#include "tools/which_cluster.h"

#include "base/clusters.h"
#include "base/jx.h"
#include "base/text.h"
#include "spark/knowing.h"
#include "spark/run.h"

#include <string.h>

enum {
    REMEMBERED_MAX = 256,
    SEVERAL = CLUSTERS_MAX, /* clusters have it: it is asked for each time */
};

struct search {
    struct reply told[CLUSTERS_MAX];
};

static flow_step ask_all, take_operation, decide;
static const struct flow_type search_flow = {
    .name = "which-cluster", .first = ask_all, .state_size = sizeof(struct search)};

static struct {
    char id[160];
    size_t cluster;
} remembered[REMEMBERED_MAX];
static size_t next;

static struct next give(struct flow *flow, size_t cluster)
{
    return flow_done(flow, jx_pack("{s:I}", "cluster", (json_int_t)cluster));
}

/* REMEMBERED_MAX when it is not. */
static size_t find_remembered(const char *id)
{
    size_t i = 0;

    while (i < REMEMBERED_MAX && strcmp(remembered[i].id, id) != 0)
        i++;
    return i;
}

static void remember(const char *id, size_t cluster)
{
    size_t at = find_remembered(id);

    if (id[0] == '\0')
        return;
    if (at < REMEMBERED_MAX) {
        if (remembered[at].cluster != cluster)
            remembered[at].cluster = SEVERAL;
        return;
    }
    text_copy(remembered[next].id, sizeof remembered[next].id, id);
    remembered[next].cluster = cluster;
    next = (next + 1) % REMEMBERED_MAX;
}

void which_cluster_remember(const json_t *result)
{
    remember(jx_string(result, "submissionId"), clusters_here());
    remember(jx_string(result, "applicationId"), clusters_here());
}

/* ---- what is named ---- */

static const char *operation_of(const json_t *arguments)
{
    const char *submission = jx_string(arguments, "submission_id");

    return run_is_id(submission) ? submission : jx_string(arguments, "operation_id");
}

static const char *application_of(const json_t *arguments)
{
    return jx_has_string(arguments, "application_id")
               ? jx_string(arguments, "application_id")
               : jx_string(arguments, "other_application_id");
}

/* "" when nothing is. */
static const char *id_of(const json_t *arguments)
{
    if (operation_of(arguments)[0] != '\0')
        return operation_of(arguments);
    return jx_has_string(arguments, "submission_id")
               ? jx_string(arguments, "submission_id")
               : application_of(arguments);
}

/* ---- finding it ---- */

static void ask(struct flow *flow, struct reply *reply)
{
    const json_t *arguments = flow_input(flow);
    const char *id = id_of(arguments);

    if (operation_of(arguments)[0] != '\0')
        run_take_over(flow, id, reply);
    else if (jx_has_string(arguments, "submission_id"))
        knowing_driver(flow, id, reply);
    else
        knowing_application(flow, id, reply);
}

static struct next ask_all(struct flow *flow)
{
    struct search *search = flow_state(flow);
    const json_t *arguments = flow_input(flow);
    const char *id = id_of(arguments), *name = jx_string(arguments, "cluster");
    const struct run *run = run_find(operation_of(arguments));
    size_t before = clusters_here(), at;

    if (run != NULL)
        return give(flow, run_cluster(run));
    for (size_t i = 0; i < clusters_count(); i++)
        if (strcmp(name, clusters_name(i)) == 0)
            return give(flow, i);
    if (id[0] == '\0')
        return give(flow, 0);
    at = find_remembered(id);
    if (at < REMEMBERED_MAX && remembered[at].cluster != SEVERAL)
        return give(flow, remembered[at].cluster);
    for (size_t i = 0; i < clusters_count(); i++) {
        clusters_enter(i);
        ask(flow, optional(&search->told[i]));
    }
    clusters_enter(before);
    return flow_then(flow, operation_of(arguments)[0] != '\0' ? take_operation : decide);
}

/* What nobody knows the tool tells. */
static struct next take_operation(struct flow *flow)
{
    const struct run *run = run_find(operation_of(flow_input(flow)));

    return give(flow, run != NULL ? run_cluster(run) : 0);
}

/* "a, b"; those that know it, or all. New. */
static json_t *names(const struct search *search, bool that_know)
{
    json_t *list = json_array();
    struct buffer text = {0};
    json_t *joined;

    for (size_t i = 0; i < clusters_count(); i++)
        if (!that_know || jx_bool(search->told[i].body, "isKnown"))
            json_array_append_new(list, json_string(clusters_name(i)));
    jx_join(&text, list, ", ");
    joined = jx_text(buffer_text(&text), text.length);
    buffer_release(&text);
    json_decref(list);
    return joined;
}

static struct next fail(struct flow *flow, size_t knowing)
{
    const struct search *search = flow_state(flow);
    const json_t *arguments = flow_input(flow);
    json_auto_t *all = names(search, false), *known = names(search, true);
    struct error error;

    if (knowing > 1) {
        error_set(&error, ERROR_ARGUMENTS, "more than one cluster has '%.100s'",
                  id_of(arguments));
        error_detail(&error, "%s", json_string_value(known));
        error_hint(&error,
                   "Name the one that you mean with the argument cluster; in an address "
                   "spark://clusters/NAME/...");
        return flow_fail(flow, &error);
    }
    error_set(&error,
              jx_has_string(arguments, "submission_id") ? ERROR_NO_DRIVER
                                                        : ERROR_NOT_FOUND,
              "no cluster knows '%.100s'", id_of(arguments));
    for (size_t i = 0; i < clusters_count(); i++)
        if (search->told[i].failed) {
            error.kind = search->told[i].error.kind; /* it may be there */
            error_add_detail(&error, "%s: %s", clusters_name(i),
                             search->told[i].error.message);
        }
    error_hint(&error,
               "Asked were %s. A master forgets ended drivers after a while, and all of "
               "them when it restarts.",
               json_string_value(all));
    return flow_fail(flow, &error);
}

static struct next decide(struct flow *flow)
{
    const struct search *search = flow_state(flow);
    size_t knowing = 0, which = 0;

    for (size_t i = 0; i < clusters_count(); i++)
        if (jx_bool(search->told[i].body, "isKnown")) {
            knowing++;
            which = i;
            if (knowing_is_id(id_of(flow_input(flow))))
                remember(id_of(flow_input(flow)), i);
        }
    return knowing == 1 ? give(flow, which) : fail(flow, knowing);
}

void which_cluster_find(struct flow *flow, json_t *arguments, struct reply *reply)
{
    flow_run(flow, &search_flow, json_incref(arguments), reply);
}
