#include "base/clock.h"

#include <stdbool.h>
#include <time.h>

static struct {
    bool is_held;
    int64_t monotonic_ms, wall_ms;
} held;

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_ms(void)
{
    return held.is_held ? held.monotonic_ms : read_clock(CLOCK_MONOTONIC);
}

int64_t clock_wall_ms(void)
{
    return held.is_held ? held.wall_ms : read_clock(CLOCK_REALTIME);
}

void clock_hold(int64_t monotonic_ms, int64_t wall_ms)
{
    held.is_held = true;
    held.monotonic_ms = monotonic_ms;
    held.wall_ms = wall_ms;
}
