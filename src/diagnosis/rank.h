/* Which findings are told, and how grave each is. */
#ifndef DIAGNOSIS_RANK_H
#define DIAGNOSIS_RANK_H

#include "diagnosis/findings.h"

/* Drops what costs little and what has the cause of another; the dearest stand first. */
void findings_rank(struct findings *findings, const struct facts *facts);
/* critical, warning or hint */
const char *finding_severity(const struct finding *finding, const struct facts *facts);

#endif
