/* Executors that went though nobody let them go. */
#ifndef DIAGNOSIS_LOST_H
#define DIAGNOSIS_LOST_H

#include "diagnosis/findings.h"

/* The first that was lost, of those before this time (UNKNOWN: any); NULL for none. */
const json_t *lost_first(const struct facts *facts, json_int_t until_ms);
json_int_t lost_count(const struct facts *facts);
/* Which it was, when, why, and what to do about that. */
void lost_tell(const json_t *executor, const struct facts *facts,
               struct finding *finding);

#endif
