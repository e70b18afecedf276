/* Why a driver, or its application, waits for workers (a part of driver.c). */
#ifndef SPARK_DRIVER_ROOM_H
#define SPARK_DRIVER_ROOM_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { ROOM_TEXT = 900 };

struct room {
    char progress[ROOM_TEXT];
    char stuck[ROOM_TEXT]; /* why waiting on is no use, "" when it may be */
    int64_t starving_ms;   /* since when; 0: it is not */
};

/* A queued driver: says why when no living worker could take it now. */
void room_note_queue(struct room *room, const json_t *master, const char *driver_id,
                     int64_t queued_ms, bool waits_for_room);
/* A running driver whose application gets no executor. */
void room_note_starvation(struct room *room, const json_t *master,
                          const char *application, bool waits_for_room);

#endif
