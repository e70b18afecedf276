/*
 * What was slow or broken in an application, why and what to change: collect.c asks, and
 * src/diagnosis concludes from what came.
 */
#include "base/buffer.h"
#include "base/jx.h"
#include "diagnosis/findings.h"
#include "spark/driver.h"
#include "spark/watching.h"
#include "tools/collect.h"
#include "tools/monitor/masking.h"
#include "tools/monitor/subject.h"
#include "tools/monitor/view.h"

#include <string.h>

struct diagnosis {
    struct reply driver, told;
};

static flow_step ask, conclude;
static void describe(const json_t *result, struct buffer *text);

const struct view diagnosis_view = {
    .name = "diagnosis",
    .part = "diagnosis",
    .takes = SUBJECT_IDS " execution_id",
    .check = subject_check,
    .flow = {.name = "diagnosis", .first = ask, .state_size = sizeof(struct diagnosis)},
    .describe = describe,
};

/* Of the session's application, when nothing else is named, its last operation is meant. */
static json_t *scope_of(const json_t *arguments)
{
    json_int_t execution = number_of(arguments, "execution_id");

    if (execution != UNKNOWN)
        return jx_pack("{s:I}", "execution", execution);
    return jx_has_string(arguments, "application_id") ||
                   jx_has_string(arguments, "submission_id")
               ? NULL
               : jx_pack("{s:b}", "last", true);
}

/* A driver that failed before it had an application tells why nevertheless. */
static struct next ask(struct flow *flow)
{
    struct diagnosis *diagnosis = flow_state(flow);
    const json_t *arguments = flow_input(flow);
    const char *submission = jx_string(arguments, "submission_id");

    if (submission[0] != '\0')
        driver_follow(flow, submission, 0, true, &diagnosis->driver);
    collect_get(flow, jx_string(arguments, "application_id"), submission,
                scope_of(arguments), optional(&diagnosis->told));
    return flow_then(flow, conclude);
}

/* ---- the answer ---- */

/* What is quoted of Spark's texts may hold a password. */
static void mask(json_t *finding, const char *key)
{
    struct buffer text = {0};
    const char *said = jx_string(finding, key);

    masking_add(&text, said, strlen(said));
    jx_set_string(finding, key, buffer_text(&text));
    buffer_release(&text);
}

static json_t *masked(json_t *diagnosis)
{
    json_t *finding;
    size_t i;

    json_array_foreach (jx_array(diagnosis, "findings"), i, finding)
        mask(finding, "evidence");
    return diagnosis;
}

static struct next conclude(struct flow *flow)
{
    struct diagnosis *diagnosis = flow_state(flow);
    bool is_told = diagnosis->told.body != NULL;
    json_auto_t *told = is_told ? json_copy(diagnosis->told.body) : json_object();
    const json_t *scope = jx_object(told, "scope");
    json_t *result;

    if (!is_told && !jx_has_string(diagnosis->driver.body, "exitCause"))
        return flow_fail(flow, &diagnosis->told.error);
    result = is_told ? subject_result(jx_object(told, "place")) : json_object();
    if (diagnosis->driver.body != NULL)
        json_object_set(told, "driver", diagnosis->driver.body);
    json_object_set_new(result, "diagnosis", masked(diagnose(told)));
    if (jx_bool(flow_input(flow), "image"))
        json_object_set_new(result, "image", diagnosis_picture(told));
    if (jx_has_string(scope, "group"))
        jx_set_format(result, "about", "the last operation, %s",
                      jx_string(scope, "group"));
    return flow_done(flow, result);
}

/* ---- as text ---- */

static void describe_finding(const json_t *finding, struct buffer *text)
{
    buffer_printf(text, "\n%s: %s (%s", jx_string(finding, "severity"),
                  jx_string(finding, "name"), jx_string(finding, "id"));
    if (json_object_get(finding, "savesSeconds") != NULL)
        buffer_printf(text, ", saves about %.1f s",
                      json_number_value(json_object_get(finding, "savesSeconds")));
    buffer_printf(text, ", %lld %% sure)\n  %s\n", (long long)jx_int(finding, "sure"),
                  jx_string(finding, "evidence"));
    if (json_object_get(finding, "jobId") != NULL)
        buffer_printf(text, "  In job %lld", (long long)jx_int(finding, "jobId"));
    if (json_object_get(finding, "stageId") != NULL)
        buffer_printf(text, ", stage %lld", (long long)jx_int(finding, "stageId"));
    if (json_object_get(finding, "executionId") != NULL)
        buffer_printf(text, ", execution %lld",
                      (long long)jx_int(finding, "executionId"));
    if (jx_has_string(finding, "at"))
        buffer_printf(text, "  At %s", jx_string(finding, "at"));
    if (json_object_get(finding, "jobId") != NULL || jx_has_string(finding, "at"))
        buffer_printf(text, "\n");
    buffer_printf(text, "  Change: %s\n", jx_string(finding, "change"));
}

static void describe(const json_t *result, struct buffer *text)
{
    const json_t *diagnosis = jx_object(result, "diagnosis"), *finding;
    size_t i;

    if (jx_has_string(result, "about"))
        buffer_printf(text, "About %s.\n", jx_string(result, "about"));
    buffer_printf(text, "%s\n", jx_string(diagnosis, "verdict"));
    json_array_foreach (jx_array(diagnosis, "findings"), i, finding)
        describe_finding(finding, text);
    buffer_printf(text, "\nLooked at %s.\n", jx_string(diagnosis, "lookedAt"));
    if (json_array_size(jx_array(diagnosis, "undecided")) > 0) {
        buffer_add_text(text, "Not decided: ");
        jx_join(text, jx_array(diagnosis, "undecided"), "; ");
        buffer_add_text(text, ".\n");
    }
}
