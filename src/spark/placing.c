#include "spark/placing.h"

#include "base/jx.h"
#include "base/text.h"
#include "spark/driver_state.h"
#include "spark/find_driver.h"
#include "spark/local.h"
#include "spark/local_daemons.h"
#include "spark/submission.h"

static flow_step ask_version, create, take_id;

struct next placing_begin(struct flow *flow, const struct placing_order *order)
{
    struct placing *placing = flow_state(flow);

    placing->order = order;
    nonce_make(placing->nonce);
    local_ensure(flow, &placing->local);
    return flow_then(flow, ask_version);
}

static struct next ask_version(struct flow *flow)
{
    struct placing *placing = flow_state(flow);

    if (placing->order->needs_cluster == NULL || placing->order->needs_cluster())
        local_daemons_ensure(flow, LOCAL_CLUSTER, &placing->daemons);
    submission_get_version(flow, &placing->version);
    return flow_then(flow, create);
}

static struct next create(struct flow *flow)
{
    struct placing *placing = flow_state(flow);
    struct error error;
    json_t *request = placing->order->request(
        flow, jx_string(placing->version.body, "serverSparkVersion"), &error);

    if (request == NULL)
        return flow_fail(flow, &error);
    find_driver_mark(request, placing->nonce);
    flow_report(flow, 0, 0, "submitting %s", placing->order->driver);
    submission_create(flow, request, &placing->created);
    return flow_then(flow, take_id);
}

static struct next take_id(struct flow *flow)
{
    struct placing *placing = flow_state(flow);

    text_copy(placing->driver_id, sizeof placing->driver_id,
              jx_string(placing->created.body, "submissionId"));
    nonce_keep(placing->driver_id, placing->nonce);
    return placing->order->placed(flow);
}

void placing_undo(void *state)
{
    struct placing *placing = state;

    if (placing->driver_id[0] != '\0')
        submission_kill_unattended(placing->driver_id);
}

struct next placing_fail(struct flow *flow, const json_t *report, const char *consequence)
{
    struct placing *placing = flow_state(flow);
    const struct placing_order *order = placing->order;
    const char *warning =
        json_string_value(json_array_get(jx_array(report, "warnings"), 0));
    bool is_queued = driver_state_of(report, "state") == DRIVER_SUBMITTED;
    struct error error;

    if (jx_bool(report, "forgotten")) {
        error_set(&error, ERROR_NO_DRIVER, "the master restarted and no longer knows %s",
                  order->driver);
        error_hint(&error, "%s", consequence);
        return flow_fail(flow, &error);
    }
    if (jx_bool(report, "finished")) {
        error_set(&error, ERROR_DRIVER_ENDED, "%s %s ended as %s%s%s", order->driver,
                  placing->driver_id, jx_string(report, "state"),
                  jx_has_string(report, "worker") ? " on " : "",
                  jx_string(report, "worker"));
        error_detail(&error, "%s", jx_string(report, "exitCause"));
        if (jx_has_string(report, "unfinished"))
            error_add_detail(&error,
                             "what it had not finished writing is '%s': the next write "
                             "to that target removes it",
                             jx_string(report, "unfinished"));
        placing->driver_id[0] = '\0';
        return flow_fail(flow, &error);
    }
    if (jx_bool(report, "unreadable"))
        error_set(&error, ERROR_DRIVER_SILENT, "the output of %s %s cannot be read",
                  order->driver, placing->driver_id);
    else if (jx_bool(report, "noWorker"))
        error_set(&error, ERROR_NO_WORKER,
                  "no worker of the cluster is alive, so %s cannot start", order->what);
    else if (is_queued || jx_bool(report, "noRoom"))
        error_set(&error, ERROR_NO_ROOM, "the cluster has no room for %s now",
                  order->what);
    else
        error_set(&error, ERROR_DRIVER_SILENT, "%s %s did not report within %.0f s",
                  order->driver, placing->driver_id,
                  json_number_value(json_object_get(report, "seconds")));
    if (warning != NULL)
        error_detail(&error, "%s", warning);
    error_hint(&error, "%s", consequence);
    return flow_fail(flow, &error);
}
