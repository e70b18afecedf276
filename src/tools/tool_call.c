/*
 * Which cluster a call is about, whether it may be made at all, then the private Spark on
 * first need, then the tool's own flow or, for a tool of the runner, its run.
 */
#include "tools/tool_call.h"

#include "base/clusters.h"
#include "base/jx.h"
#include "config.h"
#include "spark/local.h"
#include "spark/local_end.h"
#include "spark/session.h"
#include "tools/long_work.h"
#include "tools/which_cluster.h"

struct tool_call {
    struct reply chosen, local, result;
    struct local_user user;
};

static flow_step choose_cluster, enter_cluster, admit, run_tool, pass_on;

static void leave(void *state)
{
    local_end_leave(&((struct tool_call *)state)->user);
}

static const struct flow_type call_flow = {.name = "call",
                                           .first = choose_cluster,
                                           .state_size = sizeof(struct tool_call),
                                           .release = leave};

static struct error
    refusal; /* of every call; kind ERROR_NONE: none is refused for that */

void tool_call_refuse_all(const struct error *error)
{
    refusal = *error;
}

void tool_call_client_is_here(void)
{
    if (refusal.kind == ERROR_NONE)
        session_warm_up();
}

static const struct tool *tool_of(struct flow *flow)
{
    return tool_find(jx_string(flow_input(flow), "tool"));
}

static json_t *arguments_of(struct flow *flow)
{
    return jx_object(flow_input(flow), "arguments");
}

static struct next choose_cluster(struct flow *flow)
{
    struct tool_call *call = flow_state(flow);

    if (refusal.kind != ERROR_NONE)
        return flow_fail(flow, &refusal);
    if (!clusters_are_named())
        return admit(flow);
    which_cluster_find(flow, arguments_of(flow), &call->chosen);
    return flow_then(flow, enter_cluster);
}

/* From here on nothing but the answer knows that there are several. */
static struct next enter_cluster(struct flow *flow)
{
    struct tool_call *call = flow_state(flow);
    json_t *arguments = json_copy(arguments_of(flow));

    json_object_del(arguments, "cluster");
    json_object_set_new(flow_input(flow), "arguments", arguments);
    flow_move(flow, (size_t)jx_int(call->chosen.body, "cluster"));
    return admit(flow);
}

static struct next admit(struct flow *flow)
{
    struct tool_call *call = flow_state(flow);
    const struct tool *tool = tool_of(flow);
    const json_t *arguments = arguments_of(flow);
    bool is_about_server =
        tool->is_about_server != NULL && tool->is_about_server(arguments);
    struct error error;

    if (tool->check != NULL && !tool->check(arguments, &error))
        return flow_fail(flow, &error);
    if (tool->writes && !is_about_server && config_is_on(CONFIG_READ_ONLY))
        return flow_refuse(
            flow, ERROR_REFUSED,
            "Tools that read go on working, and an operation of this server can be "
            "ended by its operation_id; whoever runs the server can unset "
            "SPARK_READ_ONLY.",
            "SPARK_READ_ONLY is set, so %s is refused", tool->name);
    if (tool->needs_spark && !is_about_server && !local_is_up() &&
        jx_bool(flow_input(flow), "onlyLooks"))
        return flow_refuse(flow, ERROR_NO_DRIVER, LOCAL_NEXT,
                           "the private Spark does not run");
    if (tool->needs_spark && !is_about_server)
        local_ensure(flow, &call->local);
    return flow_then(flow, run_tool);
}

/* What the server itself knows can be asked whatever becomes of a private Spark. */
static void run_flow(struct flow *flow, const struct tool *tool, json_t *arguments)
{
    struct tool_call *call = flow_state(flow);

    if (tool->needs_spark &&
        (tool->is_about_server == NULL || !tool->is_about_server(arguments)))
        local_end_watch(&call->user, flow);
    flow_run(flow, &tool->flow, arguments, &call->result);
}

static struct next run_tool(struct flow *flow)
{
    struct tool_call *call = flow_state(flow);
    const struct tool *tool = tool_of(flow);
    json_t *arguments = json_incref(arguments_of(flow));

    if (tool->operation != NULL)
        long_work_run(flow, tool->operation, arguments, &call->result);
    else
        run_flow(flow, tool, arguments);
    return flow_then(flow, pass_on);
}

static struct next pass_on(struct flow *flow)
{
    struct tool_call *call = flow_state(flow);

    json_t *result = call->result.body;

    if (!clusters_are_named())
        return flow_done(flow, json_incref(result));
    which_cluster_remember(result);
    result = json_copy(result);
    jx_set_string(result, "clusterName", clusters_name(clusters_here()));
    return flow_done(flow, result);
}

/* Steals arguments. New. */
static json_t *input_of(const struct tool *tool, json_t *arguments, bool only_looks)
{
    return jx_pack("{s:s, s:o, s:b}", "tool", tool->name, "arguments", arguments,
                   "onlyLooks", only_looks);
}

struct flow *tool_call_start(const struct tool *tool, json_t *arguments,
                             const struct flow_client *client)
{
    return flow_start(&call_flow, input_of(tool, arguments, false), client);
}

struct flow *tool_call_look(const struct tool *tool, json_t *arguments,
                            const struct flow_client *client)
{
    return flow_start(&call_flow, input_of(tool, arguments, true), client);
}

void tool_call_ask(struct flow *flow, const struct tool *tool, json_t *arguments, int ms,
                   struct reply *reply)
{
    flow_run_for(flow, &call_flow, input_of(tool, arguments, true), ms, reply);
}
