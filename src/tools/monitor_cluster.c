/* monitor-cluster: looks at the cluster through one of the views in tools/monitor. */
#include "tools/tool.h"

#include "base/jx.h"
#include "base/text.h"
#include "embedded.h"
#include "spark/knowing.h"
#include "spark/watching.h"
#include "tools/describe.h"
#include "tools/monitor/rows.h"
#include "tools/monitor/subject.h"
#include "tools/monitor/view.h"

struct monitor {
    struct reply named, result;
};

static flow_step look_up, show, pass_on;
static bool check(const json_t *arguments, struct error *error);
static bool is_about_server(const json_t *arguments);
static void describe(const json_t *result, struct buffer *text);

const struct tool monitor_cluster = {
    .name = "monitor-cluster",
    .definition = embedded_monitor_cluster,
    .needs_spark = true,
    .is_about_server = is_about_server,
    .check = check,
    .flow = {.name = "monitor-cluster",
             .first = look_up,
             .state_size = sizeof(struct monitor)},
    .describe = describe,
};

/* Given, and not for the view that is named. */
static bool asks(const json_t *arguments, const char *id, const struct view *named)
{
    return id != NULL &&
           (jx_has_string(arguments, id) ||
            json_is_integer(json_object_get(arguments, id))) &&
           (named == NULL || named->takes == NULL ||
            !text_contains_word(named->takes, id));
}

/* The view that metric_type names, the first when it names none; but an id that this view
 * does not take asks for the view of what has the id. */
static const struct view *choose(const json_t *arguments)
{
    const struct view *named = NULL;

    for (size_t i = 0; all_views[i] != NULL; i++)
        if (jx_is(arguments, "metric_type", all_views[i]->name))
            named = all_views[i];
    for (size_t i = 0; all_views[i] != NULL; i++)
        if (asks(arguments, all_views[i]->id, named) ||
            asks(arguments, all_views[i]->other_id, named))
            named = all_views[i];
    return named != NULL ? named : all_views[0];
}

static bool check(const json_t *arguments, struct error *error)
{
    const struct view *view = choose(arguments);
    struct filter filter;

    return filter_read(arguments, &filter, error) &&
           (view->check == NULL || view->check(arguments, error));
}

static bool is_about_server(const json_t *arguments)
{
    return choose(arguments)->needs_no_spark;
}

static struct next look_up(struct flow *flow)
{
    struct monitor *monitor = flow_state(flow);
    const char *application = jx_string(flow_input(flow), "application_id");

    if (choose(flow_input(flow))->takes_no_name && application[0] != '\0' &&
        !knowing_is_id(application))
        watching_find(flow, application, "", optional(&monitor->named));
    return flow_then(flow, show);
}

static struct next show(struct flow *flow)
{
    struct monitor *monitor = flow_state(flow);
    const struct view *view = choose(flow_input(flow));
    json_t *arguments = json_copy(flow_input(flow));

    if (monitor->named.body != NULL)
        json_object_set(arguments, "application_id",
                        json_object_get(monitor->named.body, "id"));
    flow_run(flow, &view->flow, arguments, &monitor->result);
    return flow_then(flow, pass_on);
}

static struct next pass_on(struct flow *flow)
{
    struct monitor *monitor = flow_state(flow);

    return flow_done(flow, json_incref(monitor->result.body));
}

static void describe(const json_t *result, struct buffer *text)
{
    subject_describe(result, text);
    for (size_t i = 0; all_views[i] != NULL; i++)
        if (json_object_get(result, all_views[i]->part) != NULL)
            all_views[i]->describe(result, text);
    describe_warnings(result, text);
}
