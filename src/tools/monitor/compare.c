/* Two applications side by side: that of the arguments, and another one; or two SQL
 * executions, of one application or of two. */
#include "diagnosis/compare.h"

#include "base/jx.h"
#include "spark/watching.h"
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
    .other_id = "other_execution_id",
    .takes = SUBJECT_IDS " other_application_id execution_id other_execution_id",
    .check = check,
    .flow = {.name = "compare", .first = ask, .state_size = sizeof(struct compare_view)},
    .describe = describe,
};

static bool is_known(const json_t *arguments, const char *id)
{
    return number_of(arguments, id) != UNKNOWN;
}

static bool check(const json_t *arguments, struct error *error)
{
    bool has_execution = is_known(arguments, "execution_id"),
         has_other = is_known(arguments, "other_execution_id");

    if (!subject_check(arguments, error))
        return false;
    if (has_execution && has_other)
        return true;
    if (has_execution || has_other) {
        error_set(error, ERROR_ARGUMENTS, "only one of two executions was given");
        error_hint(error, "Give execution_id and other_execution_id; metric_type 'sql' "
                          "lists them.");
        return false;
    }
    if (jx_has_string(arguments, "other_application_id"))
        return true;
    error_set(error, ERROR_ARGUMENTS, "no other_application_id was given");
    error_hint(error,
               "Give other_application_id, an id or a name: application_id is compared "
               "with it; metric_type 'applications' lists them. Or two executions: "
               "execution_id and other_execution_id.");
    return false;
}

static json_t *scope_of(const json_t *arguments, const char *id)
{
    return is_known(arguments, id)
               ? jx_pack("{s:I}", "execution", number_of(arguments, id))
               : NULL;
}

static struct next ask(struct flow *flow)
{
    struct compare_view *view = flow_state(flow);
    const json_t *arguments = flow_input(flow);
    const char *application = jx_string(arguments, "application_id"),
               *submission = jx_string(arguments, "submission_id"),
               *other = jx_string(arguments, "other_application_id");

    collect_get(flow, application, submission, scope_of(arguments, "execution_id"),
                &view->first);
    if (other[0] != '\0')
        submission = "";
    else
        other = application;
    collect_get(flow, other, submission, scope_of(arguments, "other_execution_id"),
                &view->second);
    return flow_then(flow, show);
}

/* The execution that is asked about is not among those that Spark still has. */
static bool lacks_execution(const json_t *told)
{
    return jx_object(told, "scope") != NULL &&
           json_object_size(jx_object(told, "plans")) == 0;
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
    json_t *result, *row, *compared;
    size_t i;

    if (lacks_execution(view->first.body) || lacks_execution(view->second.body))
        return flow_refuse(
            flow, ERROR_NOT_FOUND, "metric_type 'sql' lists those that Spark still has.",
            "there is no execution %lld",
            (long long)jx_int(flow_input(flow), lacks_execution(view->first.body)
                                                    ? "execution_id"
                                                    : "other_execution_id"));
    result = subject_result(jx_object(view->first.body, "place"));
    compared = compare(view->first.body, view->second.body);
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
                                               {"plan", "plan"}},
                               nodes[] = {{"node", "node"},
                                          {"firstRows", "rows"},
                                          {"secondRows", "other's"},
                                          {"firstSeconds", "seconds"},
                                          {"secondSeconds", "other's"},
                                          {"firstStage", "stage"},
                                          {"secondStage", "other's"}};
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
    if (json_object_get(compared, "nodes") != NULL) {
        buffer_add_text(text, "\n");
        rows_describe(compared, "nodes", "No node did other work.", nodes,
                      sizeof nodes / sizeof *nodes, text);
    }
    buffer_printf(text, "Only here: %lld executions; only there: %lld.\n",
                  (long long)jx_int(compared, "onlyFirst"),
                  (long long)jx_int(compared, "onlySecond"));
    describe_findings(compared, "came", "Found only in the other: ", text);
    describe_findings(compared, "went", "Found only in this one: ", text);
}
