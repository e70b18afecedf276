/*
 * What rules find. A rule says what it saw and what it would save; which findings are told,
 * in which order and how grave they are is decided here, for all alike.
 */
#ifndef DIAGNOSIS_FINDINGS_H
#define DIAGNOSIS_FINDINGS_H

#include "diagnosis/facts.h"

#include <jansson.h>
#include <stdbool.h>

enum { EVIDENCE_SIZE = 440, CHANGE_SIZE = 440, AT_SIZE = 160, FINDINGS_MAX = 64 };

struct finding {
    const char *id, *name; /* "P1", "data skew" */
    bool is_failure;       /* told whatever it costs */
    bool is_hint;          /* it costs no time, but something else: told last */
    json_int_t saves_ms;   /* of the wall, if it were mended; UNKNOWN for a failure */
    int sure;              /* of 100 */
    json_int_t job, stage, query; /* UNKNOWN: none in particular */
    char evidence[EVIDENCE_SIZE], change[CHANGE_SIZE], at[AT_SIZE];
};

struct findings {
    struct finding found[FINDINGS_MAX];
    size_t count;
};

/* ---- for rules ---- */

/* A finding about a stage, with its job, its execution and the user's line. */
struct finding finding_of(const struct facts *facts, const char *id, const char *name,
                          const struct stage_facts *stage);
void finding_evidence(struct finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void finding_change(struct finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void findings_add(struct findings *findings, const struct finding *finding);
bool findings_have(const struct findings *findings, const char *id);
/* The least that is worth telling: 3 s, and 5 % of the busy time. */
json_int_t findings_gate(const struct facts *facts);

/* "1.2 GiB", "12.3 s". */
struct amount {
    char text[32];
};
struct amount in_bytes(json_int_t bytes);
struct amount in_seconds(json_int_t ms);

/* ---- for who asks ---- */

/* {"verdict", "severity", "busySeconds", "findings": [{"id", "name", "severity", "evidence",
 * "jobId", "stageId", "executionId", "at", "change", "savesSeconds", "sure"}], "lookedAt",
 * "undecided": [..]}; new. */
json_t *diagnose(const json_t *told);

/* Cores in use over time, as PNG in base64; new, NULL when no stage has run. */
json_t *diagnosis_picture(const json_t *told);

/* What is to be asked next, of what was told so far: {"summaries", "failed": stages as
 * [id, attempt], "plans": ids of executions}; new. */
json_t *diagnosis_wants(const json_t *told);
/* With the summaries told: the stages whose slowest tasks are needed, too. New. */
json_t *diagnosis_wants_slowest(const json_t *told);

#endif
