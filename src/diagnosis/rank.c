/*
 * Which findings are told: those that cost enough, one to a cause, the dearest first. The
 * thresholds are there to keep a healthy job silent.
 */
#include "diagnosis/rank.h"

#include "base/jx.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WORTH_MS = 3000,   /* less is not worth a change of code, and within the noise */
    WORTH_PERCENT = 5, /* of the busy time: less is not felt */
    WARNING_PERCENT = 10,
    CRITICAL_PERCENT = 30,
};

json_int_t findings_gate(const struct facts *facts)
{
    json_int_t share = facts->busy_ms * WORTH_PERCENT / 100;

    return share > WORTH_MS ? share : WORTH_MS;
}

struct amount in_bytes(json_int_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    struct amount amount;
    double number = (double)bytes;
    size_t unit = 0;

    while (number >= 1024 && unit < 5) {
        number /= 1024;
        unit++;
    }
    snprintf(amount.text, sizeof amount.text, unit == 0 ? "%.0f %s" : "%.1f %s", number,
             units[unit]);
    return amount;
}

struct amount in_seconds(json_int_t ms)
{
    struct amount amount;

    snprintf(amount.text, sizeof amount.text, "%.1f s", (double)(ms / 100) / 10);
    return amount;
}

/* ---- a finding ---- */

/* "count at /jobs/prices.py:76" is the user's line; Java's reflection and its threads are
 * nobody's. */
static void set_at(struct finding *finding, const char *name)
{
    const char *line = strstr(name, " at ");

    if (finding->at[0] == '\0' && line != NULL && strchr(line, ':') != NULL &&
        strstr(line, "NativeMethodAccessorImpl") == NULL &&
        strstr(line, "DirectMethodHandleAccessor") == NULL &&
        strstr(line, "CompletableFuture.java") == NULL)
        text_copy(finding->at, sizeof finding->at, name);
}

struct finding finding_of(const struct facts *facts, const char *id, const char *name,
                          const struct stage_facts *stage)
{
    struct finding finding = {.id = id,
                              .name = name,
                              .saves_ms = UNKNOWN,
                              .sure = 80,
                              .job = UNKNOWN,
                              .stage = UNKNOWN,
                              .query = UNKNOWN};
    struct spark_job job;

    if (stage == NULL)
        return finding;
    job = facts_job_of_stage(facts, stage->stage.id);
    finding.job = job.id;
    finding.stage = stage->stage.id;
    finding.query = facts_query_of_stage(facts, stage->stage.id);
    set_at(&finding, stage->stage.name);
    set_at(&finding, job.name);
    set_at(&finding, stage->stage.description);
    return finding;
}

static void add(char *target, size_t size, const char *format, va_list values)
{
    char text[1000];
    size_t length = strlen(target);

    vsnprintf(text, sizeof text, format, values);
    text_copy(target + length, size - length, text);
}

void finding_evidence(struct finding *finding, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    add(finding->evidence, sizeof finding->evidence, format, values);
    va_end(values);
}

void finding_change(struct finding *finding, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    add(finding->change, sizeof finding->change, format, values);
    va_end(values);
}

void findings_add(struct findings *findings, const struct finding *finding)
{
    if (findings->count < FINDINGS_MAX)
        findings->found[findings->count++] = *finding;
}

bool findings_have(const struct findings *findings, const char *id)
{
    for (size_t i = 0; i < findings->count; i++)
        if (strcmp(findings->found[i].id, id) == 0)
            return true;
    return false;
}

/* ---- which are told ---- */

/* About the same stage, the rule that comes first has the cause; of the same kind, the
 * other stages are told with the first. */
static bool is_told_by(struct finding *first, const struct finding *other)
{
    if (first->stage != UNKNOWN && first->stage == other->stage)
        return true;
    if (strcmp(first->id, other->id) != 0 || first->is_failure)
        return false;
    if (first->stage != UNKNOWN && other->stage != UNKNOWN) {
        if (first->saves_ms < JX_INT_MAX / 2)
            first->saves_ms += other->saves_ms;
        finding_evidence(first, " Also stage %lld.", (long long)other->stage);
    }
    return true;
}

static int compare(const void *first, const void *second)
{
    const struct finding *a = first, *b = second;

    if (a->is_failure != b->is_failure)
        return a->is_failure ? -1 : 1;
    return a->saves_ms > b->saves_ms ? -1 : a->saves_ms < b->saves_ms;
}

void findings_rank(struct findings *findings, const struct facts *facts)
{
    size_t kept = 0;

    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->found[i];
        bool is_told = false;

        if (!finding->is_failure && !finding->is_hint &&
            finding->saves_ms < findings_gate(facts))
            continue;
        for (size_t k = 0; k < kept && !is_told; k++)
            is_told = is_told_by(&findings->found[k], finding);
        if (!is_told) {
            struct finding own = *finding;
            findings->found[kept++] = own;
        }
    }
    findings->count = kept;
    qsort(findings->found, kept, sizeof *findings->found, compare);
}

const char *finding_severity(const struct finding *finding, const struct facts *facts)
{
    json_int_t busy = facts->busy_ms > 0 ? facts->busy_ms : 1;

    if (finding->is_hint)
        return "hint";
    if (finding->is_failure)
        return finding->saves_ms == UNKNOWN ? "critical" : "warning";
    if (finding->saves_ms * 100 / CRITICAL_PERCENT >= busy)
        return "critical";
    return finding->saves_ms * 100 / WARNING_PERCENT >= busy ? "warning" : "hint";
}
