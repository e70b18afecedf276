/*
 * Each subscription looks at its resource by a call of the resource's tool, rests and
 * looks again: flow is the call or the rest. It is gone when what it follows has come to
 * its end, or nobody wants it. A look that fails for now, as with a master that is away, is no
 * news.
 */
#include "mcp/subscriptions.h"

#include "base/jx.h"
#include "base/memory.h"
#include "rpc/message.h"
#include "tools/resource.h"
#include "tools/tool_call.h"

#include <stdlib.h>
#include <string.h>

enum {
    SUBSCRIPTIONS_MAX = 32,
    REST_MS = 3000, /* between two looks */
};

/* A subscriptions/listen that is open; request.id is its own reference. */
struct listening {
    struct request request;
    struct link link; /* in connection->listenings */
};

struct subscription {
    struct connection *connection;
    json_t *id; /* of the subscriptions/listen; NULL: of resources/subscribe */
    char *uri;
    const struct resource *resource;
    json_t *arguments;
    json_t *seen; /* what the last look showed; NULL before the first */
    struct flow *flow;
    struct link link; /* in connection->subscriptions */
};

static void subscription_free(struct subscription *subscription)
{
    list_remove(&subscription->link);
    if (subscription->flow != NULL)
        flow_cancel(subscription->flow);
    json_decref(subscription->id);
    json_decref(subscription->arguments);
    json_decref(subscription->seen);
    free(subscription->uri);
    free(subscription);
}

/* ---- following ---- */

static void notify(const struct subscription *subscription)
{
    json_t *params = jx_pack("{s:s}", "uri", subscription->uri);

    outbox_send(subscription->connection->outbox,
                rpc_notification("notifications/resources/updated",
                                 revision_mark_subscription(params, subscription->id)));
}

static flow_step rest, end_rest;
static const struct flow_type rest_flow = {.name = "subscription-rest", .first = rest};

static struct next rest(struct flow *flow)
{
    flow_sleep(flow, REST_MS);
    return flow_then(flow, end_rest);
}

static struct next end_rest(struct flow *flow)
{
    return flow_done(flow, NULL);
}

static void look(void *context, const struct error *error, json_t *result);

/* Of an operation every error is its end; of what Spark has, that it is there no more. */
static bool is_over(const struct subscription *subscription, const struct error *error,
                    const json_t *result)
{
    const struct tool *tool = tool_find(subscription->resource->tool);

    if (error == NULL)
        return resource_is_over(subscription->resource, result);
    return error->kind == ERROR_NO_DRIVER || error->kind == ERROR_NOT_FOUND ||
           (tool->is_about_server != NULL &&
            tool->is_about_server(subscription->arguments));
}

/* A client that does not read is told later. */
static void take_look(void *context, const struct error *error, json_t *result)
{
    struct subscription *subscription = context;
    bool is_full = outbox_is_full(subscription->connection->outbox);
    bool has_ended = !is_full && is_over(subscription, error, result);
    json_t *shown;

    subscription->flow = NULL;
    if (has_ended) {
        notify(subscription);
        subscription_free(subscription);
        return;
    }
    if (error == NULL && !is_full) {
        shown = resource_followed(subscription->resource, result);
        if (subscription->seen != NULL && !json_equal(shown, subscription->seen))
            notify(subscription);
        json_decref(subscription->seen);
        subscription->seen = shown;
    }
    subscription->flow = flow_start(
        &rest_flow, NULL, &(struct flow_client){.context = context, .ended = look});
}

static void look(void *context, const struct error *error, json_t *result)
{
    struct subscription *subscription = context;

    (void)error, (void)result;
    subscription->flow = tool_call_look(
        tool_find(subscription->resource->tool), json_incref(subscription->arguments),
        &(struct flow_client){.context = context, .ended = take_look});
}

/* ---- subscribing ---- */

static struct subscription *find(const struct connection *connection, const json_t *id,
                                 const char *uri)
{
    list_foreach (&connection->subscriptions, at) {
        struct subscription *subscription = list_member(at, struct subscription, link);
        bool is_of_id = id == NULL ? subscription->id == NULL
                                   : json_equal(subscription->id, (json_t *)id);
        if (is_of_id && (uri == NULL || strcmp(subscription->uri, uri) == 0))
            return subscription;
    }
    return NULL;
}

/* Steals arguments. */
static void add(struct connection *connection, json_t *id, const char *uri,
                const struct resource *resource, json_t *arguments)
{
    struct subscription *subscription = memory_new(sizeof *subscription);

    subscription->connection = connection;
    subscription->id = json_incref(id);
    subscription->uri = memory_copy_text(uri);
    subscription->resource = resource;
    subscription->arguments = arguments;
    list_append(&connection->subscriptions, &subscription->link);
    look(subscription, NULL, NULL);
}

/* False with an error when there are as many as may be. */
static bool has_room(const struct link *list, struct error *error)
{
    size_t count = 0;

    list_foreach (list, at)
        count++;
    if (count < SUBSCRIPTIONS_MAX)
        return true;
    error_set(error, ERROR_PARAMS, "there are %d subscriptions already",
              SUBSCRIPTIONS_MAX);
    return false;
}

/* False with an error when it cannot be followed. */
static bool subscribe(const struct request *request, json_t *id, const char *uri,
                      struct error *error)
{
    json_auto_t *arguments = NULL;
    const struct resource *resource = resource_find(uri, &arguments);

    if (find(request->connection, id, uri) != NULL)
        return true;
    if (resource == NULL) {
        error_set(error, revision_missing_resource(request->revision),
                  "there is no resource '%.200s'", uri);
    } else if (resource->followed == NULL) {
        error_set(error, ERROR_PARAMS, "'%.200s' cannot be subscribed to", uri);
    } else if (has_room(&request->connection->subscriptions, error)) {
        add(request->connection, id, uri, resource, json_incref(arguments));
        return true;
    }
    return false;
}

void subscriptions_subscribe(struct request *request)
{
    const char *uri = jx_string(request->params, "uri");
    struct error error;

    if (subscribe(request, NULL, uri, &error))
        request_answer(request, json_object());
    else
        request_refuse(request, &error, jx_pack("{s:s}", "uri", uri));
}

void subscriptions_unsubscribe(struct request *request)
{
    struct subscription *subscription =
        find(request->connection, NULL, jx_string(request->params, "uri"));

    if (subscription != NULL)
        subscription_free(subscription);
    request_answer(request, json_object());
}

/* ---- subscriptions/listen ---- */

static struct listening *find_listening(const struct connection *connection,
                                        const json_t *id)
{
    list_foreach (&connection->listenings, at) {
        struct listening *listening = list_member(at, struct listening, link);
        if (json_equal(listening->request.id, (json_t *)id))
            return listening;
    }
    return NULL;
}

/* What can be followed of what is asked for. */
static json_t *subscribe_all(struct request *request)
{
    const json_t *asked = jx_object(request->params, "notifications"), *uri;
    json_t *honoured = json_array();
    struct error error;
    size_t i;

    json_array_foreach (jx_array(asked, "resourceSubscriptions"), i, uri)
        if (json_is_string(uri) &&
            subscribe(request, request->id, json_string_value(uri), &error))
            json_array_append(honoured, (json_t *)uri);
    return honoured;
}

void subscriptions_listen(struct request *request)
{
    struct listening *listening;
    json_t *honoured, *notifications;
    struct error error;

    if (request->batch != NULL)
        error_set(&error, ERROR_PARAMS, "subscriptions/listen cannot be in a batch");
    if (request->batch != NULL || !has_room(&request->connection->listenings, &error)) {
        request_refuse(request, &error, NULL);
        return;
    }
    listening = memory_new(sizeof *listening);
    listening->request = *request;
    listening->request.params = NULL;
    json_incref(listening->request.id);
    list_append(&request->connection->listenings, &listening->link);
    notifications = json_object();
    honoured = subscribe_all(request);
    if (json_array_size(honoured) > 0)
        json_object_set(notifications, "resourceSubscriptions", honoured);
    json_decref(honoured);
    outbox_send(request->connection->outbox,
                rpc_notification(
                    "notifications/subscriptions/acknowledged",
                    revision_mark_subscription(
                        jx_pack("{s:o}", "notifications", notifications), request->id)));
}

static void listening_free(struct listening *listening)
{
    struct connection *connection = listening->request.connection;
    struct subscription *subscription;

    while ((subscription = find(connection, listening->request.id, NULL)) != NULL)
        subscription_free(subscription);
    list_remove(&listening->link);
    json_decref(listening->request.id);
    free(listening);
}

bool subscriptions_have(const struct connection *connection, const json_t *id)
{
    return find_listening(connection, id) != NULL;
}

void subscriptions_cancel(struct connection *connection, const json_t *id)
{
    struct listening *listening = find_listening(connection, id);

    if (listening == NULL)
        return;
    request_forget(&listening->request);
    listening_free(listening);
}

void subscriptions_close(struct connection *connection)
{
    while (!list_is_empty(&connection->listenings)) {
        struct listening *listening =
            list_member(connection->listenings.next, struct listening, link);
        struct request *request = &listening->request;
        json_t *result =
            revision_finish_result(request->revision, json_object(), KEEP_NOT_SAID);

        request_answer(request, revision_mark_subscription(result, request->id));
        listening_free(listening);
    }
    while (!list_is_empty(&connection->subscriptions))
        subscription_free(
            list_member(connection->subscriptions.next, struct subscription, link));
}
