#include "tools/monitor/subject.h"

#include "base/clock.h"
#include "base/jx.h"
#include "spark/session.h"
#include "spark/watching.h"
#include "tools/monitor/rows.h"

enum { NAME_SHOWN = 60 };

bool subject_check(const json_t *arguments, struct error *error)
{
    if (jx_has_string(arguments, "application_id") ||
        jx_has_string(arguments, "submission_id") || session_application_id()[0] != '\0')
        return true;
    error_set(error, ERROR_ARGUMENTS,
              "no application_id was given, and there is no session that could be meant");
    error_hint(error, "Give application_id (an id or a name) or submission_id; "
                      "metric_type 'applications' lists them.");
    return false;
}

void subject_find(struct flow *flow, struct reply *place)
{
    watching_find(flow, jx_string(flow_input(flow), "application_id"),
                  jx_string(flow_input(flow), "submission_id"), place);
}

json_t *subject_result(const json_t *place)
{
    json_t *source =
        jx_pack("{s:s, s:s, s:b}", "application", jx_string(place, "id"), "from",
                jx_string(place, "from"), "isRunning", jx_bool(place, "isRunning"));
    json_t *result = jx_pack("{s:o}", "source", source);
    json_int_t age_ms = clock_wall_ms() - jx_int(place, "toldMs");

    row_set_line(source, "name", jx_string(place, "name"), NAME_SHOWN);
    jx_set_string(source, "attempt", jx_string(place, "attempt"));
    if (jx_int(place, "attempts") > 1)
        json_object_set(source, "attempts", json_object_get(place, "attempts"));
    row_set_time(source, "started", jx_int(place, "startMs"));
    row_set_time(source, "ended", jx_int(place, "endMs"));
    if (jx_bool(place, "isRunning"))
        jx_set_seconds(source, "ageSeconds", age_ms > 0 ? age_ms : 0);
    if (jx_has_string(place, "behind"))
        json_object_set_new(
            result, "warnings",
            jx_pack("[o]", jx_format("the history server may be behind: the driver's UI "
                                     "cannot be asked: %s",
                                     jx_string(place, "behind"))));
    return result;
}

void subject_describe(const json_t *result, struct buffer *text)
{
    const json_t *source = jx_object(result, "source");

    if (source == NULL)
        return;
    buffer_printf(text, "Application %s", jx_string(source, "application"));
    if (jx_has_string(source, "attempt"))
        buffer_printf(text, " attempt %s", jx_string(source, "attempt"));
    if (jx_int(source, "attempts") > 1)
        buffer_printf(text, " of %lld (application_id '%s/1' is its first)",
                      (long long)jx_int(source, "attempts"),
                      jx_string(source, "application"));
    if (jx_has_string(source, "name"))
        buffer_printf(text, " '%s'", jx_string(source, "name"));
    buffer_printf(text, ", told by the %s", jx_string(source, "from"));
    if (jx_has_string(source, "started"))
        buffer_printf(text, "; started %s", jx_string(source, "started"));
    if (jx_has_string(source, "ended"))
        buffer_printf(text, ", ended %s", jx_string(source, "ended"));
    if (jx_bool(source, "isRunning"))
        buffer_printf(text, ", running as of %.1f s ago",
                      json_number_value(json_object_get(source, "ageSeconds")));
    buffer_add_text(text, ".\n");
}
