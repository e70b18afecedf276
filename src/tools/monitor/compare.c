/* Two applications side by side: that of the arguments, and another one. */
#include "diagnosis/compare.h"

#include "base/jx.h"
#include "tools/collect.h"
#include "tools/monitor/masking.h"
#include "tools/monitor/rows.h"
#include "tools/monitor/subject.h"
#include "tools/monitor/view.h"

#include <string.h>

enum { VALUE_SHOWN = 80 };

struct compare_view {
    struct reply first, second; /* what was told of both */
};

static flow_step ask, show;
static bool check(const json_t *arguments, struct error *error);
static void describe(const json_t *result, struct buffer *text);

const struct view compare_view = {
    .name = "compare",
    .part = "compared",
    .id = "other_application_id",
    .takes = SUBJECT_IDS " other_application_id",
    .check = check,
    .flow = {.name = "compare", .first = ask, .state_size = sizeof(struct compare_view)},
    .describe = describe,
};

static bool check(const json_t *arguments, struct error *error)
{
    if (!subject_check(arguments, error))
        return false;
    if (jx_has_string(arguments, "other_application_id"))
        return true;
    error_set(error, ERROR_ARGUMENTS, "no other_application_id was given");
    error_hint(error,
               "Give other_application_id, an id or a name: application_id is compared "
               "with it; metric_type 'applications' lists them.");
    return false;
}

static struct next ask(struct flow *flow)
{
    struct compare_view *view = flow_state(flow);
    const json_t *arguments = flow_input(flow);

    collect_get(flow, jx_string(arguments, "application_id"),
                jx_string(arguments, "submission_id"), NULL, &view->first);
    collect_get(flow, jx_string(arguments, "other_application_id"), "", NULL,
                &view->second);
    return flow_then(flow, show);
}

static void mask_setting(json_t *row, const char *key)
{
    struct buffer text = {0};

    masking_add_value(&text, jx_string(row, "name"), jx_string(row, key));
    json_object_del(row, key);
    row_set_line(row, key, buffer_text(&text), VALUE_SHOWN);
    buffer_release(&text);
}

static struct next show(struct flow *flow)
{
    struct compare_view *view = flow_state(flow);
    json_t *result = subject_result(jx_object(view->first.body, "place")), *row,
           *compared = compare(view->first.body, view->second.body);
    size_t i;

    json_array_foreach (jx_array(compared, "settings"), i, row) {
        mask_setting(row, "first");
        mask_setting(row, "second");
    }
    jx_set_string(compared, "other",
                  jx_string(jx_object(view->second.body, "place"), "id"));
    json_object_set_new(result, "compared", compared);
    return flow_done(flow, result);
}

static void describe_findings(const json_t *compared, const char *key, const char *title,
                              struct buffer *text)
{
    const json_t *finding;
    size_t i;

    json_array_foreach (jx_array(compared, key), i, finding)
        buffer_printf(text, "%s%s (%s)", i == 0 ? title : ", ",
                      jx_string(finding, "name"), jx_string(finding, "id"));
    if (i > 0)
        buffer_add_text(text, ".\n");
}

static void describe(const json_t *result, struct buffer *text)
{
    static const struct column figures[] = {{"what", "in all"},
                                            {"first", "this one"},
                                            {"second", "the other"}},
                               settings[] = {{"name", "setting"},
                                             {"first", "this one"},
                                             {"second", "the other"}},
                               executions[] = {{"description", "execution"},
                                               {"first", "id"},
                                               {"second", "other id"},
                                               {"firstSeconds", "seconds"},
                                               {"secondSeconds", "other's"},
                                               {"plan", "plan"}};
    const json_t *compared = jx_object(result, "compared");

    buffer_printf(text, "Compared with %s. %s\n", jx_string(compared, "other"),
                  jx_string(compared, "verdict"));
    rows_describe(compared, "figures", "No figures.", figures,
                  sizeof figures / sizeof *figures, text);
    buffer_add_text(text, "\n");
    rows_describe(compared, "settings", "No setting differs.", settings,
                  sizeof settings / sizeof *settings, text);
    buffer_add_text(text, "\n");
    rows_describe(compared, "executions", "No executions are alike.", executions,
                  sizeof executions / sizeof *executions, text);
    buffer_printf(text, "Only here: %lld executions; only there: %lld.\n",
                  (long long)jx_int(compared, "onlyFirst"),
                  (long long)jx_int(compared, "onlySecond"));
    describe_findings(compared, "came", "Found only in the other: ", text);
    describe_findings(compared, "went", "Found only in this one: ", text);
}
