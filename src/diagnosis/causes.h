/* What is known of the ways in which work fails. */
#ifndef DIAGNOSIS_CAUSES_H
#define DIAGNOSIS_CAUSES_H

#include "diagnosis/findings.h"

#include <stdbool.h>

struct cause {
    /* What stands in Spark's text when it is this one: names of exceptions, error classes,
     * exit codes, and sentences of Spark that both 3.5 and 4.x write. */
    const char *words[6];
    const char *name;
    const char *change;
    /* Instead of a constant text: what follows from the application's settings. */
    void (*advise)(const struct facts *facts, struct finding *finding);
};

/* NULL when none is known. The innermost exception decides before the whole text does. */
const struct cause *cause_of(const char *what, const char *text);
/* The same of what ended the driver: its own heap is another one. */
const struct cause *cause_of_driver(const char *what, const char *text);
void cause_advise(const struct cause *cause, const struct facts *facts,
                  struct finding *finding);
/* It only follows from the end of an executor. */
bool cause_is_consequence(const char *text);
/* Somebody wanted it so. */
bool cause_is_wanted(const char *text);

#endif
