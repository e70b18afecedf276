/*
 * A private Spark that does not run knows nothing, and is not started to be asked. Of an
 * application the master and the history server are asked at once; neither alone knows
 * all.
 */
#include "spark/knowing.h"

#include "base/jx.h"
#include "base/text.h"
#include "spark/history.h"
#include "spark/local.h"
#include "spark/master.h"
#include "spark/submission.h"
#include "spark/watching.h"

#include <string.h>

struct knowing {
    struct reply status, master, logged, all;
    char id[200]; /* without its attempt */
};

static flow_step ask_status, take_status, ask_id, ask_name, take_name;
static const struct flow_type driver_flow = {
    .name = "know-driver", .first = ask_status, .state_size = sizeof(struct knowing)};
static const struct flow_type application_flow = {
    .name = "know-application", .first = ask_id, .state_size = sizeof(struct knowing)};

bool knowing_is_id(const char *text)
{
    static const char *const beginnings[] = {"driver-", "app-", "local-", "application_"};

    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
        if (text_starts_with(text, beginnings[i]))
            return true;
    return false;
}

static struct next tell(struct flow *flow, bool is_known)
{
    return flow_done(flow, jx_pack("{s:b}", "isKnown", is_known));
}

static struct next ask_status(struct flow *flow)
{
    struct knowing *knowing = flow_state(flow);

    if (!local_is_up())
        return tell(flow, false);
    submission_get_status(flow, json_string_value(flow_input(flow)),
                          optional(&knowing->status));
    return flow_then(flow, take_status);
}

static struct next take_status(struct flow *flow)
{
    struct knowing *knowing = flow_state(flow);

    if (knowing->status.failed && knowing->status.error.kind != ERROR_NO_DRIVER)
        return flow_fail(flow, &knowing->status.error);
    return tell(flow, !knowing->status.failed);
}

void knowing_driver(struct flow *flow, const char *id, struct reply *reply)
{
    flow_run(flow, &driver_flow, jx_text(id, strlen(id)), reply);
}

static struct next ask_id(struct flow *flow)
{
    struct knowing *knowing = flow_state(flow);

    if (!local_is_up())
        return tell(flow, false);
    text_copy(knowing->id, sizeof knowing->id, json_string_value(flow_input(flow)));
    watching_cut_attempt(knowing->id);
    history_get_application(flow, knowing->id, "", optional(&knowing->logged));
    master_get_state(flow, optional(&knowing->master));
    return flow_then(flow, ask_name);
}

static bool has_name(const json_t *applications, const char *name)
{
    const json_t *application;
    size_t i;

    json_array_foreach (applications, i, application)
        if (jx_is(application, "name", name))
            return true;
    return false;
}

static struct next ask_name(struct flow *flow)
{
    struct knowing *knowing = flow_state(flow);
    const json_t *master = knowing->master.body;
    const char *name = json_string_value(flow_input(flow));

    if (knowing->logged.body != NULL ||
        master_find_application(master, knowing->id) != NULL ||
        has_name(jx_array(master, "activeapps"), name) ||
        has_name(jx_array(master, "completedapps"), name))
        return tell(flow, true);
    history_get_applications(flow, 0, 0, optional(&knowing->all));
    return flow_then(flow, take_name);
}

static struct next take_name(struct flow *flow)
{
    struct knowing *knowing = flow_state(flow);

    if (has_name(knowing->all.body, json_string_value(flow_input(flow))))
        return tell(flow, true);
    if (knowing->master.failed)
        return flow_fail(flow, &knowing->master.error);
    return tell(flow, false);
}

void knowing_application(struct flow *flow, const char *application, struct reply *reply)
{
    flow_run(flow, &application_flow, jx_text(application, strlen(application)), reply);
}
