#include "tools/monitor/thread_groups.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "base/text.h"
#include "spark/watching.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

enum { FRAMES_SHOWN = 8, NAME_SHOWN = 80, CIRCLE_MAX = 50 };

/* ---- one thread ---- */

static const json_t *frames_of(const json_t *thread)
{
    return jx_array(jx_object(thread, "stackTrace"), "elems");
}

/* "java.base@17.0.15/sun.nio.ch.EPoll.wait(Native Method)\n", with locks behind it. */
static void add_frame(struct buffer *text, const char *frame)
{
    size_t length = strcspn(frame, "\n("), file = strcspn(frame, "\n)");
    const char *slash = memrchr(frame, '/', length);

    if (slash != NULL) {
        length -= (size_t)(slash + 1 - frame);
        file -= (size_t)(slash + 1 - frame);
        frame = slash + 1;
    }
    buffer_add(text, frame, frame[file] == ')' ? file + 1 : length);
}

static bool is_task(const json_t *thread)
{
    return text_starts_with(jx_string(thread, "threadName"),
                            "Executor task launch worker for task");
}

/* Waits for work, by what stands in its stack. */
static bool is_idle(const json_t *thread)
{
    static const char *const words[] = {"ThreadPoolExecutor.getTask",
                                        "BlockingQueue.take",
                                        "BlockingDeque.take",
                                        "DelayedWorkQueue",
                                        "ReferenceQueue.remove",
                                        "EPoll.wait",
                                        "Native.epollWait", /* Netty's, from Spark 4 on */
                                        "Net.accept",
                                        "TimerThread.mainLoop",
                                        "FileInputStream.readBytes",
                                        "waitForProcessExit",
                                        "waitForReferencePendingList",
                                        "dumpThreads0",
                                        "QueuedThreadPool",
                                        "MonitorThread",
                                        "ForkJoinPool.awaitWork",
                                        "ForkJoinPool.runWorker"};
    const json_t *frame;
    size_t i;

    if (is_task(thread))
        return false;
    json_array_foreach (frames_of(thread), i, frame)
        for (size_t w = 0; w < sizeof words / sizeof *words; w++)
            if (strstr(json_string_value(frame) ? json_string_value(frame) : "",
                       words[w]) != NULL)
                return true;
    return json_array_size(frames_of(thread)) == 0;
}

static json_t *shown_frames(const json_t *thread)
{
    json_t *shown = json_array();
    const json_t *frame;
    size_t i;

    json_array_foreach (frames_of(thread), i, frame) {
        struct buffer text = {0};

        if (i == FRAMES_SHOWN)
            break;
        add_frame(&text, json_string_value(frame) ? json_string_value(frame) : "");
        json_array_append_new(shown, jx_text(buffer_text(&text), text.length));
        buffer_release(&text);
    }
    return shown;
}

static const json_t *find_thread(const json_t *dump, json_int_t id)
{
    const json_t *thread;
    size_t i;

    json_array_foreach (dump, i, thread)
        if (number_of(thread, "threadId") == id)
            return thread;
    return NULL;
}

/* ---- groups ---- */

static bool stands_still(const json_t *const *dumps, size_t count, const json_t *thread,
                         const json_t *frames)
{
    for (size_t i = 1; i < count; i++) {
        const json_t *later = find_thread(dumps[i], number_of(thread, "threadId"));
        json_auto_t *later_frames = shown_frames(later);

        if (later == NULL || !json_equal(frames, later_frames))
            return false;
    }
    return true;
}

static json_t *find_group(json_t *groups, const json_t *thread, const json_t *frames)
{
    json_t *group;
    size_t i;

    json_array_foreach (groups, i, group)
        if (jx_is(group, "state", jx_string(thread, "threadState")) &&
            json_equal(json_object_get(group, "frames"), frames))
            return group;
    group = jx_pack("{s:i, s:s, s:s, s:O}", "threads", 0, "state",
                    jx_string(thread, "threadState"), "name",
                    jx_string(thread, "threadName"), "frames", frames);
    if (is_task(thread))
        json_array_insert_new(groups, 0, group);
    else
        json_array_append_new(groups, group);
    return group;
}

json_t *thread_groups(const json_t *const *dumps, size_t count)
{
    json_t *groups = json_array();
    const json_t *thread;
    size_t i;

    json_array_foreach (dumps[0], i, thread) {
        json_auto_t *frames = shown_frames(thread);
        json_t *group;
        bool is_still;

        if (is_idle(thread))
            continue;
        is_still = stands_still(dumps, count, thread, frames);
        group = find_group(groups, thread, frames);
        if (count > 1)
            json_object_set_new(group, "sameInAll",
                                json_boolean(is_still && (jx_int(group, "threads") == 0 ||
                                                          jx_bool(group, "sameInAll"))));
        json_object_set_new(group, "threads", json_integer(jx_int(group, "threads") + 1));
    }
    return groups;
}

/* "dispatcher-event-loop-1" is one of "dispatcher-event-loop-#". */
static void add_pool_name(struct buffer *name, const char *thread)
{
    for (; *thread != '\0' && name->length < NAME_SHOWN; thread++) {
        if (!isdigit((unsigned char)*thread))
            buffer_add(name, thread, 1);
        else if (name->length == 0 || name->data[name->length - 1] != '#')
            buffer_add_text(name, "#");
    }
}

json_t *thread_idle_pools(const json_t *dump)
{
    json_auto_t *counts = json_object();
    json_t *pools = json_array(), *number;
    const json_t *thread;
    const char *pool;
    size_t i, at;

    json_array_foreach (dump, i, thread) {
        struct buffer name = {0};

        if (!is_idle(thread))
            continue;
        add_pool_name(&name, jx_string(thread, "threadName"));
        json_object_set_new(counts, buffer_text(&name),
                            json_integer(jx_int(counts, buffer_text(&name)) + 1));
        buffer_release(&name);
    }
    json_object_foreach (counts, pool, number) {
        json_int_t threads = json_integer_value(number);

        for (at = 0; at < json_array_size(pools) &&
                     jx_int(json_array_get(pools, at), "threads") >= threads;)
            at++;
        json_array_insert_new(pools, at,
                              jx_pack("{s:s, s:I}", "name", pool, "threads", threads));
    }
    return pools;
}

json_t *thread_deadlock(const json_t *dump)
{
    const json_t *first;
    size_t i;

    json_array_foreach (dump, i, first) {
        json_int_t start = number_of(first, "threadId"), id = start;
        json_t *names = json_array();

        for (int hops = 0; hops < CIRCLE_MAX && id != UNKNOWN; hops++) {
            const json_t *thread = find_thread(dump, id);
            json_array_append_new(names, json_string(jx_string(thread, "threadName")));
            id = number_of(thread, "blockedByThreadId");
            if (id == start && start != UNKNOWN)
                return names;
        }
        json_decref(names);
    }
    return json_array();
}
