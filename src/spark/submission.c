/*
 * One flow asks the masters in turn; everything else here is a request of its kind.
 * Creating a driver runs in a root flow, because a driver whose creation was asked for
 * must be known to somebody: when the flow that waits has gone, the answer's driver is
 * killed.
 */
#include "spark/submission.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "http.h"
#include "spark/cluster.h"
#include "spark/find_driver.h"
#include "spark/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    UNATTENDED_KILL_TRIES = 3,
    UNATTENDED_KILL_PAUSE_MS = 1000,
    LOOKS = 10, /* for the driver of a submission whose answer was lost */
    LOOKS_THAT_FIND_NONE = 3,
    LOOK_EVERY_MS = 1000,
};

/* ---- one request, asked of the masters in turn: ask, check_answer, pass_over ---- */

struct asking {
    struct reply answer, identity;
    size_t start, turn;   /* which master is asked now: cluster_index */
    struct error refusal; /* of the last master that was passed over */
};

static flow_step begin, ask, check_answer, pass_over;
static const struct flow_type asking_flow = {
    .name = "rest", .first = begin, .state_size = sizeof(struct asking)};

static struct next begin(struct flow *flow)
{
    struct asking *asking = flow_state(flow);

    asking->start = cluster_start();
    return ask(flow);
}

static size_t master_of(const struct asking *asking)
{
    return cluster_index(asking->start, asking->turn);
}

static struct next ask(struct flow *flow)
{
    struct asking *asking = flow_state(flow);
    const json_t *input = flow_input(flow);
    struct buffer url = {0};

    buffer_printf(&url, "%s/v1/submissions/%s", cluster_rest_url(master_of(asking)),
                  jx_string(input, "path"));
    http_send(flow,
              &(struct http_request){.service = HTTP_REST,
                                     .method = jx_string(input, "method"),
                                     .url = buffer_text(&url),
                                     .json = json_object_get(input, "json")},
              optional(&asking->answer));
    buffer_release(&url);
    return flow_then(flow, check_answer);
}

/* "Current state is not alive: STANDBY. ...", which a status hides behind a line of its
 * own; NULL when the master is active. */
static const char *find_inactive(const json_t *answer)
{
    return strstr(jx_string(answer, "message"), "Current state is not alive");
}

static struct next check_answer(struct flow *flow)
{
    struct asking *asking = flow_state(flow);
    const char *inactive = find_inactive(asking->answer.body);

    if (asking->answer.failed) {
        asking->refusal = asking->answer.error;
        if (asking->refusal.kind == ERROR_UNREACHABLE)
            error_hint(
                &asking->refusal,
                "Start the master with spark.master.rest.enabled=true "
                "(it is off by default before Spark 4.1), or correct SPARK_REST_URL; "
                "'mcp-spark-server --check' tells more.");
        if (asking->refusal.kind == ERROR_BAD_ANSWER)
            error_hint(&asking->refusal,
                       "Set SPARK_REST_URL to the master's submission API "
                       "(port 6066 by default); 'mcp-spark-server --check' tells more.");
        identity_ask(flow, HTTP_REST, cluster_rest_url(master_of(asking)),
                     &asking->refusal, optional(&asking->identity));
    } else if (inactive != NULL) {
        error_set(&asking->refusal, ERROR_NOT_ACTIVE, "the master at '%s' is not active",
                  cluster_rest_url(master_of(asking)));
        error_detail(&asking->refusal, "%.*s", (int)strcspn(inactive, "\n"), inactive);
        error_hint(
            &asking->refusal,
            "Name every master in SPARK_MASTER "
            "(spark://a:7077,b:7077), or wait: a master may recover for a minute.");
    } else {
        cluster_prefer_master(master_of(asking));
        return flow_done(flow, json_incref(asking->answer.body));
    }
    return flow_then(flow, pass_over);
}

/* Only a master that has certainly not acted may be passed over. */
static struct next pass_over(struct flow *flow)
{
    struct asking *asking = flow_state(flow);

    identity_tell(&asking->identity, &asking->refusal);
    if ((asking->refusal.kind == ERROR_UNREACHABLE ||
         asking->refusal.kind == ERROR_NOT_ACTIVE) &&
        ++asking->turn < cluster_masters())
        return ask(flow);
    return flow_fail(flow, &asking->refusal);
}

static json_t *request_of(const char *method, const char *action, const char *id)
{
    struct buffer path = {0};
    json_t *request;

    buffer_printf(&path, "%s", action);
    if (id != NULL) {
        buffer_add_text(&path, "/");
        text_add_url_part(&path, id);
    }
    request = jx_pack("{s:s, s:s}", "method", method, "path", buffer_text(&path));
    jx_set_string(request, "id", id);
    buffer_release(&path);
    return request;
}

/* ---- status: ask_status, check_status ---- */

struct status {
    struct reply answer;
};

static flow_step ask_status, check_status;
static const struct flow_type status_flow = {
    .name = "driver-status", .first = ask_status, .state_size = sizeof(struct status)};

static struct next refuse_id(struct flow *flow)
{
    return flow_refuse(
        flow, ERROR_NO_DRIVER,
        "Ids look like 'driver-20261122153531-0000'. "
        "A master forgets ended drivers after a while, and all of them when it "
        "restarts.",
        "the master has no driver '%.100s'", jx_string(flow_input(flow), "id"));
}

/* A slash would name another route of the API, however it is encoded. */
static bool may_be_id(const char *id)
{
    return id[0] != '\0' &&
           strspn(
               id,
               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:~") ==
               strlen(id) &&
           strcmp(id, ".") != 0 && strcmp(id, "..") != 0;
}

static struct next ask_status(struct flow *flow)
{
    struct status *status = flow_state(flow);

    if (!may_be_id(jx_string(flow_input(flow), "id")))
        return refuse_id(flow);
    flow_run(flow, &asking_flow, json_incref(flow_input(flow)), &status->answer);
    return flow_then(flow, check_status);
}

static struct next check_status(struct flow *flow)
{
    struct status *status = flow_state(flow);

    if (!jx_bool(status->answer.body, "success"))
        return refuse_id(flow);
    return flow_done(flow, json_incref(status->answer.body));
}

void submission_get_version(struct flow *flow, struct reply *reply)
{
    flow_run(flow, &asking_flow, request_of("GET", "status", "x"), reply);
}

void submission_get_status(struct flow *flow, const char *id, struct reply *reply)
{
    flow_run(flow, &status_flow, request_of("GET", "status", id), reply);
}

void submission_kill(struct flow *flow, const char *id, struct reply *reply)
{
    flow_run(flow, &asking_flow, request_of("POST", "kill", id), reply);
}

/* ---- create: send, take_created, look_for_it, take_found ---- */

/*
 * An answer that is lost (a reset, a proxy, a time-out) leaves open what has become of the
 * request, which must not be sent twice: the master's drivers are looked through for it.
 */
struct creating {
    struct reply answer, found;
    struct error lost;
    int looks, found_none;
};

static flow_step send, take_created, look_for_it, take_found;
static const struct flow_type creating_flow = {
    .name = "driver-create", .first = send, .state_size = sizeof(struct creating)};

static struct next send(struct flow *flow)
{
    struct creating *creating = flow_state(flow);
    json_t *input = request_of("POST", "create", NULL);

    json_object_set(input, "json", flow_input(flow));
    flow_run(flow, &asking_flow, input, optional(&creating->answer));
    return flow_then(flow, take_created);
}

static bool may_have_arrived(const struct error *error)
{
    return error->kind == ERROR_BAD_ANSWER || error->kind == ERROR_TIMEOUT ||
           error->kind == ERROR_TOO_LARGE;
}

static struct next take_created(struct flow *flow)
{
    struct creating *creating = flow_state(flow);

    if (!creating->answer.failed)
        return flow_done(flow, json_incref(creating->answer.body));
    creating->lost = creating->answer.error;
    if (!may_have_arrived(&creating->lost))
        return flow_fail(flow, &creating->lost);
    log_write(LOG_WARNING, "the answer to a submission was lost; looking for its driver");
    return look_for_it(flow);
}

static struct next look_for_it(struct flow *flow)
{
    struct creating *creating = flow_state(flow);

    find_driver_submitted(flow, flow_input(flow), optional(&creating->found));
    return flow_then(flow, take_found);
}

static void tell_search(struct creating *creating)
{
    const json_t *alike = jx_array(creating->found.body, "alike");
    char said[sizeof creating->lost.detail];
    const char *between;
    struct buffer names = {0};

    text_copy(said, sizeof said, creating->lost.detail);
    between = said[0] != '\0' ? "\n" : "";
    jx_join(&names, alike, ", ");
    if (creating->found.failed)
        error_detail(&creating->lost,
                     "%s%sand the master cannot be asked whether it accepted the "
                     "submission: %s",
                     said, between, creating->found.error.message);
    else if (names.length > 0)
        error_detail(&creating->lost,
                     "%s%sthe master may have accepted the submission as %s, which is of "
                     "its kind and cannot be told apart yet",
                     said, between, buffer_text(&names));
    else
        error_detail(&creating->lost,
                     "%s%sthe master's drivers were looked through: none is of this "
                     "submission, so it was not accepted",
                     said, between);
    if (!creating->found.failed && names.length == 0)
        creating->lost.kind = ERROR_NO_DRIVER;
    else
        error_hint(&creating->lost,
                   "Look at the master's drivers before you submit it again.");
    buffer_release(&names);
}

static struct next take_found(struct flow *flow)
{
    struct creating *creating = flow_state(flow);
    const json_t *found = creating->found.body;
    bool is_none =
        !creating->found.failed && json_array_size(jx_array(found, "alike")) == 0;

    if (jx_has_string(found, "id"))
        return flow_done(flow, jx_pack("{s:b, s:s, s:s}", "success", 1, "submissionId",
                                       jx_string(found, "id"), "lostAnswer",
                                       creating->lost.message));
    creating->found_none = is_none ? creating->found_none + 1 : 0;
    if (creating->found_none == LOOKS_THAT_FIND_NONE || ++creating->looks == LOOKS) {
        tell_search(creating);
        return flow_fail(flow, &creating->lost);
    }
    flow_sleep(flow, LOOK_EVERY_MS);
    return flow_then(flow, look_for_it);
}

/*
 * The request runs in a root flow, because a driver whose creation was asked for must be
 * known to somebody: when the flow that waits has gone, the answer's driver is killed.
 */
struct creation {
    struct operation operation;
    bool is_orphan;
};

static void leave_creation(struct operation *operation)
{
    list_member(operation, struct creation, operation)->is_orphan = true;
}

static void end_creation(void *context, const struct error *error, json_t *result)
{
    struct creation *creation = context;
    bool is_accepted = error == NULL && jx_bool(result, "success");
    struct error refusal;

    if (creation->is_orphan) {
        if (is_accepted)
            submission_kill_unattended(jx_string(result, "submissionId"));
    } else if (is_accepted) {
        operation_succeed(&creation->operation, json_incref(result));
    } else if (error != NULL) {
        operation_fail(&creation->operation, error);
    } else {
        error_set(&refusal, ERROR_SPARK, "the master refused the submission");
        error_detail(&refusal, "%s", jx_string(result, "message"));
        operation_fail(&creation->operation, &refusal);
    }
    free(creation);
}

void submission_create(struct flow *flow, json_t *request, struct reply *reply)
{
    struct creation *creation = memory_new(sizeof *creation);

    operation_begin(&creation->operation, flow, reply, leave_creation);
    flow_start(&creating_flow, request,
               &(struct flow_client){.context = creation, .ended = end_creation});
}

/* ---- unattended kill: kill, retry ---- */

struct unattended_kill {
    struct reply answer;
    int tries;
};

static flow_step kill_driver, retry_kill;
static const struct flow_type unattended_kill_flow = {.name = "unattended-kill",
                                                      .first = kill_driver,
                                                      .state_size =
                                                          sizeof(struct unattended_kill)};

static struct next kill_driver(struct flow *flow)
{
    struct unattended_kill *kill = flow_state(flow);

    submission_kill(flow, jx_string(flow_input(flow), "id"), optional(&kill->answer));
    return flow_then(flow, retry_kill);
}

static struct next retry_kill(struct flow *flow)
{
    struct unattended_kill *kill = flow_state(flow);

    if (!kill->answer.failed || ++kill->tries == UNATTENDED_KILL_TRIES)
        return flow_done(flow, NULL);
    flow_sleep(flow, UNATTENDED_KILL_PAUSE_MS);
    return flow_then(flow, kill_driver);
}

void submission_kill_unattended(const char *id)
{
    log_write(LOG_INFO, "killing driver %s, which nobody waits for", id);
    flow_start(&unattended_kill_flow, jx_pack("{s:s}", "id", id), NULL);
}
