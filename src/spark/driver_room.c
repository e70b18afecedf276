#include "spark/driver_room.h"

#include "base/clock.h"
#include "base/jx.h"
#include "base/text.h"
#include "spark/master.h"

#include <stdio.h>
#include <string.h>

enum {
    NO_ROOM_AFTER_MS = 3000, /* a queue this old is not just a moment's */
    NO_WORKER_AFTER_MS =
        20000, /* after a master's restart its workers come back so late */
    BUSY_AFTER_MS = 8000,
    STARVING_AFTER_MS = 8000,
    STARVING_WITH_ROOM_MS = 25000,
};

void room_note_queue(struct room *room, const json_t *master, const char *driver_id,
                     int64_t queued_ms, bool waits_for_room)
{
    const json_t *driver = master_find_driver(master, driver_id);
    json_int_t cores = jx_int(driver, "cores"), memory = jx_int(driver, "memory");
    bool fits_later = master_has_room(master, cores, memory, true),
         has_workers = master_has_room(master, 0, 0, true);
    json_auto_t *words = NULL;

    if (driver == NULL || queued_ms < NO_ROOM_AFTER_MS ||
        master_has_room(master, cores, memory, false))
        return;
    words = master_describe_room(master, NULL);
    snprintf(room->progress, sizeof room->progress,
             "no worker can take the driver%s: it asks for %lld cores and %lld MiB; %s",
             fits_later ? " before others end" : "", (long long)cores, (long long)memory,
             json_string_value(words));
    if (has_workers ? !fits_later || (queued_ms >= BUSY_AFTER_MS && !waits_for_room)
                    : queued_ms >= NO_WORKER_AFTER_MS)
        text_copy(room->stuck, sizeof room->stuck, room->progress);
}

/* The master's JSON does not tell how many cores one asks for: where memory and a core are
 * free, more time is given. */
void room_note_starvation(struct room *room, const json_t *master,
                          const char *application, bool waits_for_room)
{
    const json_t *known = master_find_application(master, application);
    json_int_t memory = jx_int(known, "memoryperexecutor");
    bool has_room =
        master_has_resources(master, known) && master_has_room(master, 1, memory, false);
    json_auto_t *words = NULL;

    if (strcmp(jx_string(known, "state"), "WAITING") != 0) {
        room->starving_ms = 0;
        return;
    }
    snprintf(room->progress, sizeof room->progress,
             "application %s waits for its first executor", application);
    if (room->starving_ms == 0)
        room->starving_ms = clock_ms();
    if (clock_ms() - room->starving_ms <
            (has_room ? STARVING_WITH_ROOM_MS : STARVING_AFTER_MS) ||
        waits_for_room)
        return;
    words = master_describe_room(master, known);
    snprintf(room->stuck, sizeof room->stuck,
             "the driver runs, but no worker can take an executor: "
             "it asks for %lld MiB and the cores of an executor; %s",
             (long long)memory, json_string_value(words));
}
