/*
 * Applications. The master knows their states and cores; only the history server
 * remembers those that the master has forgotten. What is out of reach is left out with a
 * warning.
 */
#include "tools/monitor/applications.h"

#include "base/jx.h"
#include "base/text.h"
#include "spark/history.h"
#include "spark/master.h"
#include "tools/monitor/view.h"

enum { NAME_SHOWN = 60 };

static flow_step ask, list_applications;
static void describe(const json_t *result, struct buffer *text);

const struct view applications_view = {
    .name = "applications",
    .part = "applications",
    .takes = "application_id",
    .takes_no_name = true,
    .flow = {.name = "applications", .first = ask, .state_size = sizeof(struct known)},
    .describe = describe,
};

/* ---- asking ---- */

void applications_ask(struct flow *flow, const struct filter *filter, struct known *known)
{
    if (filter->application_id[0] != '\0')
        history_get_application(flow, filter->application_id, "",
                                optional(&known->history));
    else
        history_get_applications(flow, filter->range.from_ms, filter->range.to_ms,
                                 optional(&known->history));
    master_get_state(flow, optional(&known->master));
}

static struct next ask(struct flow *flow)
{
    struct filter filter = filter_of(flow_input(flow));

    applications_ask(flow, &filter, flow_state(flow));
    return flow_then(flow, list_applications);
}

/* ---- rows ---- */

static json_t *name_of(const json_t *application)
{
    const char *name = jx_string(application, "name");

    return jx_text(name, text_cut(name, NAME_SHOWN));
}

static json_t *row_of_master(const json_t *application)
{
    json_t *row = jx_pack(
        "{s:s, s:o, s:s, s:I, s:I, s:s}", "id", jx_string(application, "id"), "name",
        name_of(application), "state", jx_string(application, "state"), "cores",
        jx_int(application, "cores"), "memoryPerExecutorMiB",
        jx_int(application, "memoryperexecutor"), "user", jx_string(application, "user"));

    row_set_time(row, "started", jx_int(application, "starttime"));
    jx_set_seconds(row, "seconds", jx_int(application, "duration"));
    return row;
}

/* All of them, newest first, as Spark lists them. */
static json_t *rows_of_attempts(const json_t *attempts)
{
    json_t *rows = json_array();
    const json_t *attempt;
    size_t i;

    json_array_foreach (attempts, i, attempt) {
        json_t *row = jx_pack("{s:s, s:b}", "attemptId", jx_string(attempt, "attemptId"),
                              "completed", jx_bool(attempt, "completed"));
        row_set_time(row, "started", jx_int(attempt, "startTimeEpoch"));
        jx_set_seconds(row, "seconds", jx_int(attempt, "duration"));
        json_array_append_new(rows, row);
    }
    return rows;
}

static json_t *row_of_history(const json_t *application)
{
    const json_t *attempt = json_array_get(jx_array(application, "attempts"), 0);
    bool has_completed = jx_bool(attempt, "completed"),
         has_failed = jx_int(attempt, "exitCode") != 0; /* Spark 4.3 */
    json_t *row = jx_pack("{s:s, s:o, s:s, s:s}", "id", jx_string(application, "id"),
                          "name", name_of(application), "state",
                          !has_completed ? "UNKNOWN"
                          : has_failed   ? "FAILED"
                                         : "FINISHED",
                          "user", jx_string(attempt, "sparkUser"));

    row_set_time(row, "started", jx_int(attempt, "startTimeEpoch"));
    jx_set_seconds(row, "seconds", jx_int(attempt, "duration"));
    if (history_newest_attempt(application)[0] != '\0')
        json_object_set_new(row, "attempts",
                            rows_of_attempts(jx_array(application, "attempts")));
    return row;
}

static void add_of_master(json_t *rows, json_t *seen, const json_t *list, bool is_active,
                          const struct filter *filter)
{
    const json_t *application;
    size_t i;

    json_array_foreach (list, i, application) {
        json_auto_t *row = row_of_master(application);
        int64_t start_ms = jx_int(application, "starttime");
        int64_t end_ms = is_active ? 0 : start_ms + jx_int(application, "duration");

        if (json_object_get(seen, jx_string(application, "id")) == NULL &&
            filter_wants(filter, row, start_ms, end_ms))
            json_array_append(rows, row);
        json_object_set_new(seen, jx_string(application, "id"), json_true());
    }
}

static void add_of_history(json_t *rows, const json_t *seen, const json_t *list,
                           const struct filter *filter)
{
    const json_t *application;
    size_t i;

    json_array_foreach (list, i, application) {
        const json_t *attempt = json_array_get(jx_array(application, "attempts"), 0);
        const char *end =
            jx_bool(attempt, "completed") ? "endTimeEpoch" : "lastUpdatedEpoch";
        json_auto_t *row = row_of_history(application);

        if (json_object_get(seen, jx_string(application, "id")) == NULL &&
            filter_wants(filter, row, jx_int(attempt, "startTimeEpoch"),
                         jx_int(attempt, end)))
            json_array_append(rows, row);
    }
}

json_t *applications_rows(const struct known *known, const struct filter *filter)
{
    json_t *rows = json_array();
    json_auto_t *seen = json_object(); /* ids that the master has */
    json_auto_t *list = json_is_object(known->history.body)
                            ? jx_pack("[O]", known->history.body)
                            : json_incref(known->history.body);

    add_of_master(rows, seen, jx_array(known->master.body, "activeapps"), true, filter);
    add_of_master(rows, seen, jx_array(known->master.body, "completedapps"), false,
                  filter);
    add_of_history(rows, seen, list, filter);
    return rows;
}

/* ---- the result ---- */

static void warn(json_t *warnings, const char *what, const struct error *error)
{
    json_array_append_new(warnings, jx_format("%s: %s%s%s. %s", what, error->message,
                                              error->detail[0] != '\0' ? ": " : "",
                                              error->detail, error->hint));
}

static struct next fail_as_unknown(struct flow *flow, const char *id,
                                   const json_t *warnings)
{
    struct error error;

    error_set(&error, ERROR_NOT_FOUND, "no application '%.100s' is known", id);
    if (json_array_size(warnings) > 0)
        error_detail(&error, "%s", json_string_value(json_array_get(warnings, 0)));
    error_hint(&error, "monitor-cluster with metric_type 'applications' lists them.");
    return flow_fail(flow, &error);
}

struct next applications_done(struct flow *flow, const struct known *known,
                              json_t *stolen_result, json_t *stolen_warnings)
{
    json_auto_t *result = stolen_result, *warnings = stolen_warnings;
    const char *id = jx_string(flow_input(flow), "application_id");

    if (known->master.failed && known->history.failed)
        return flow_fail(flow, &known->master.error);
    if (known->master.failed)
        warn(warnings, "without the master, states and running applications are missing",
             &known->master.error);
    if (known->history.failed &&
        (id[0] == '\0' || known->history.error.kind != ERROR_NOT_FOUND))
        warn(warnings, "without the history server, older applications are missing",
             &known->history.error);
    if (history_is_full(known->history.body))
        json_array_append_new(
            warnings,
            jx_format("the history server has more than the %zu newest applications that "
                      "were looked at: counts are at least; time_range finds older ones",
                      json_array_size(known->history.body)));
    if (id[0] != '\0' && json_array_size(jx_array(result, "applications")) == 0 &&
        json_array_size(jx_array(result, "executors")) == 0)
        return fail_as_unknown(flow, id, warnings);
    if (json_array_size(warnings) > 0)
        json_object_set(result, "warnings", warnings);
    return flow_done(flow, json_incref(result));
}

static struct next list_applications(struct flow *flow)
{
    const struct known *known = flow_state(flow);
    struct filter filter = filter_of(flow_input(flow));
    json_t *result = json_object();

    rows_set_newest(result, "applications", applications_rows(known, &filter), &filter);
    return applications_done(flow, known, result, json_array());
}

static void describe(const json_t *result, struct buffer *text)
{
    static const struct column columns[] = {{"id", "application"},
                                            {"name", "name"},
                                            {"state", "state"},
                                            {"started", "started"},
                                            {"seconds", "seconds"},
                                            {"cores", "cores"},
                                            {"memoryPerExecutorMiB", "MiB/executor"},
                                            {"user", "user"}};

    rows_describe(result, "applications", "No applications.", columns,
                  sizeof columns / sizeof *columns, text);
}
