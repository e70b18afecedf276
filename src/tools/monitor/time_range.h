/* A span of time as people write it. */
#ifndef TOOLS_MONITOR_TIME_RANGE_H
#define TOOLS_MONITOR_TIME_RANGE_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct time_range {
    int64_t from_ms, to_ms; /* since 1970; both inclusive */
};

/*
 * "15m", "24h", "7d", "2w" (until now), "today", "yesterday", "2026-11-01" (that day),
 * "2026-11-01/2026-11-07" (both days), with times: "2026-11-01T10:00/2026-11-01T12:30Z".
 * Dates are of this machine's time zone unless they end in Z. False with examples in the
 * error.
 */
bool time_range_parse(const char *text, int64_t now_ms, struct time_range *range,
                      struct error *error);

/* Whether something ran in that time; `end_ms` is 0 while it still runs. */
bool time_range_touches(const struct time_range *range, int64_t start_ms, int64_t end_ms);

#endif
