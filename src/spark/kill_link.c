/*
 * Spark answers every such request alike, with a redirect to the page, done or not: so it is
 * asked before what there is, and afterwards what became of it.
 */
#include "spark/kill_link.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/jx.h"
#include "base/text.h"
#include "http.h"
#include "spark/master.h"
#include "spark/watching.h"

#include <stdio.h>
#include <string.h>

enum { POLL_MS = 300, PAGE_LIMIT = 32 * 1024 * 1024, TOKEN_SIZE = 200 };

static const struct kind {
    const char *what, *page, *link, *path, *key;
} kinds[] = {
    {"application", "", "app/kill/", "", "applicationId"},
    {"job", "jobs/", "jobs/job/kill/", "jobs", "jobId"},
    {"stage", "stages/", "stages/stage/kill/", "stages", "stageId"},
};

struct ending {
    struct reply place, state, page, sent;
    const struct kind *kind;
    char state_before[24];
    int64_t begun_ms;
};

static flow_step begin, ask_before, get_page, send_form, follow, judge;
static const struct flow_type ending_flow = {
    .name = "kill-link", .first = begin, .state_size = sizeof(struct ending)};

static bool is_application(const struct ending *ending)
{
    return ending->kind == kinds;
}

static json_int_t number_in(struct flow *flow)
{
    return jx_int(flow_input(flow), "number");
}

static const char *id_of(struct flow *flow)
{
    const struct ending *ending = flow_state(flow);

    return is_application(ending) ? jx_string(flow_input(flow), "application")
                                  : jx_string(ending->place.body, "id");
}

static struct next begin(struct flow *flow)
{
    struct ending *ending = flow_state(flow);
    const char *what = jx_string(flow_input(flow), "what");

    ending->kind = kinds;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].what, what) == 0)
            ending->kind = &kinds[i];
    ending->begun_ms = clock_ms();
    if (!is_application(ending))
        watching_find(flow, jx_string(flow_input(flow), "application"), "",
                      &ending->place);
    return flow_then(flow, ask_before);
}

static void ask_state(struct flow *flow, struct reply *reply)
{
    struct ending *ending = flow_state(flow);
    char path[60];

    if (is_application(ending)) {
        master_get_state(flow, reply);
        return;
    }
    snprintf(path, sizeof path, "%s/%lld", ending->kind->path,
             (long long)number_in(flow));
    watching_get(flow, ending->place.body, path, reply);
}

static struct next ask_before(struct flow *flow)
{
    struct ending *ending = flow_state(flow);

    ask_state(flow, &ending->state);
    return flow_then(flow, get_page);
}

/* Of a stage, that of the attempt that runs. "" when it is not known. */
static const char *state_of(struct flow *flow)
{
    const struct ending *ending = flow_state(flow);
    const json_t *body = ending->state.body, *attempt;
    const char *last = "";
    size_t i;

    if (is_application(ending))
        return jx_string(master_find_application(body, id_of(flow)), "state");
    if (!json_is_array(body))
        return jx_string(body, "status");
    json_array_foreach (body, i, attempt) {
        last = jx_string(attempt, "status");
        if (strcmp(last, "ACTIVE") == 0)
            break;
    }
    return last;
}

static bool goes_on(const char *state)
{
    static const char *const states[] = {"WAITING", "RUNNING", "ACTIVE", "PENDING"};

    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (strcmp(states[i], state) == 0)
            return true;
    return false;
}

static json_t *result_of(struct flow *flow, bool is_killed)
{
    const struct ending *ending = flow_state(flow);
    json_t *result =
        jx_pack("{s:s, s:b, s:s, s:s}", "applicationId", id_of(flow), "killed", is_killed,
                "stateBefore", ending->state_before, "state", state_of(flow));

    if (!is_application(ending))
        json_object_set_new(result, ending->kind->key, json_integer(number_in(flow)));
    return result;
}

static void add_base(const struct ending *ending, struct buffer *url)
{
    buffer_printf(url, "%s/",
                  is_application(ending) ? jx_string(ending->state.body, "uiUrl")
                                         : jx_string(ending->place.body, "ui"));
}

static struct next get_page(struct flow *flow)
{
    struct ending *ending = flow_state(flow);
    const char *state = state_of(flow);
    struct buffer url = {0};

    if (state[0] == '\0')
        return flow_refuse(flow, ERROR_NOT_FOUND,
                           "Look at what runs first; a master forgets old ones.",
                           "the master knows no application '%.100s'", id_of(flow));
    text_copy(ending->state_before, sizeof ending->state_before, state);
    if (!goes_on(state))
        return flow_done(flow, result_of(flow, false));
    if (!is_application(ending) && !watching_is_live(ending->place.body))
        return flow_refuse(
            flow, ERROR_UNREACHABLE,
            "Only its own UI can end a part of it: let this machine reach its driver's "
            "host (SPARK_HOST_MAP), or set spark.ui.reverseProxy on the master.",
            "the UI of '%.100s' cannot be reached: %.200s", id_of(flow),
            jx_string(ending->place.body, "behind"));
    add_base(ending, &url);
    buffer_add_text(&url, ending->kind->page);
    http_send(flow,
              &(struct http_request){.service = HTTP_UI,
                                     .url = buffer_text(&url),
                                     .wants_text = true,
                                     .limit = PAGE_LIMIT},
              &ending->page);
    buffer_release(&url);
    return flow_then(flow, send_form);
}

/* <input type="hidden" name="csrfToken" value="..."/>; "" where there is none. */
static void find_token(const char *page, char token[TOKEN_SIZE])
{
    const char *name = strstr(page, "\"csrfToken\""), *value = NULL, *end;

    token[0] = '\0';
    if (name == NULL)
        return;
    end = strchr(name, '>');
    while (name > page && *name != '<')
        name--;
    value = strstr(name, "value=\"");
    if (value == NULL || end == NULL || value > end)
        return;
    value += strlen("value=\"");
    if (strspn(value, "0123456789abcdefABCDEF") < TOKEN_SIZE)
        snprintf(token, TOKEN_SIZE, "%.*s", (int)strcspn(value, "\""), value);
}

static struct next refuse_without_link(struct flow *flow)
{
    struct ending *ending = flow_state(flow);

    return flow_refuse(
        flow, ERROR_REFUSED,
        is_application(ending)
            ? "spark.ui.killEnabled is false on the master, or its ACLs keep this user "
              "out: whoever runs it can change that; a driver on the cluster can be "
              "ended by its submission."
            : "spark.ui.killEnabled is false for that application, or its ACLs keep this "
              "user out: end the application instead.",
        "Spark's pages offer no end of this %s", ending->kind->what);
}

static struct next send_form(struct flow *flow)
{
    struct ending *ending = flow_state(flow);
    const char *page = jx_string(ending->page.body, "text");
    struct buffer url = {0}, form = {0};
    char token[TOKEN_SIZE];

    if (strstr(page, ending->kind->link +
                         (is_application(ending) ? 0 : strlen(ending->kind->page))) ==
        NULL)
        return refuse_without_link(flow);
    find_token(page, token);
    add_base(ending, &url);
    buffer_add_text(&url, ending->kind->link);
    buffer_add_text(&form, "id=");
    if (is_application(ending))
        text_add_url_part(&form, id_of(flow));
    else
        buffer_printf(&form, "%lld", (long long)number_in(flow));
    buffer_add_text(&form, "&terminate=true");
    if (token[0] != '\0')
        buffer_printf(&form, "&csrfToken=%s", token);
    http_send(flow,
              &(struct http_request){.service = HTTP_UI,
                                     .method = "POST",
                                     .url = buffer_text(&url),
                                     .form = buffer_text(&form),
                                     .wants_text = true},
              optional(&ending->sent));
    buffer_release(&url);
    buffer_release(&form);
    return flow_then(flow, follow);
}

static struct next follow(struct flow *flow)
{
    struct ending *ending = flow_state(flow);

    if (ending->sent.failed && ending->sent.error.kind == ERROR_REFUSED)
        return flow_fail(flow, &ending->sent.error);
    flow_report(flow, (double)(clock_ms() - ending->begun_ms) / 1000, 0, "ending the %s",
                ending->kind->what);
    flow_sleep(flow, POLL_MS);
    ask_state(flow, optional(&ending->state));
    return flow_then(flow, judge);
}

static struct next judge(struct flow *flow)
{
    struct ending *ending = flow_state(flow);
    const char *state = state_of(flow);
    json_t *result;

    if (state[0] != '\0' && !goes_on(state)) /* it may have come to its own end */
        return flow_done(flow, result_of(flow, strcmp(state, "SUCCEEDED") != 0 &&
                                                   strcmp(state, "COMPLETE") != 0));
    if (clock_ms() - ending->begun_ms < jx_int(flow_input(flow), "limitMs"))
        return follow(flow);
    result = result_of(flow, false);
    jx_set_format(result, "next",
                  "It was asked for, but had no effect yet%s%s; look again.",
                  ending->sent.failed ? ": " : "",
                  ending->sent.failed ? ending->sent.error.message : "");
    return flow_done(flow, result);
}

void kill_link_follow(struct flow *flow, const char *what, const char *application,
                      json_int_t number, int64_t limit_ms, struct reply *reply)
{
    flow_run(flow, &ending_flow,
             jx_pack("{s:s, s:s, s:I, s:I}", "what", what, "application", application,
                     "number", number, "limitMs", (json_int_t)limit_ms),
             reply);
}
