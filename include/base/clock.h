/* Time. Tests wind the clock by hand. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

int64_t clock_ms(void);      /* monotonic, in milliseconds */
int64_t clock_wall_ms(void); /* since 1970, in milliseconds */

/* For tests: from now on both clocks stand still at these times. */
void clock_hold(int64_t monotonic_ms, int64_t wall_ms);

#endif
