/* Why a driver ended, from what it wrote and who knows of it; and what is to be noted. */
#include "spark/driver_watch.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "spark/cause.h"
#include "spark/master.h"

#include <string.h>

/* What the master does not know, or does not know better. */
static void warn_of_master(const struct watch *watch, json_t *warnings)
{
    const json_t *application =
        master_find_application(watch->master.body, watch->application);

    if (watch->told == BY_MASTER)
        return;
    json_array_append_new(
        warnings,
        jx_format(
            "%s; %s",
            watch->status.failed
                ? "the master has restarted and no longer knows the driver"
                : "the driver ended while the master recovered, which knows no more "
                  "than ERROR",
            watch->told == BY_WORKER
                ? "the state is what its worker tells"
                : "no worker tells of it either, so what became of it is not known"));
    if (watch->told == BY_NOBODY && application != NULL)
        json_array_append_new(warnings,
                              jx_format("its application %s is %s", watch->application,
                                        jx_string(application, "state")));
}

void watch_add_warnings(const struct watch *watch, json_t *report)
{
    json_auto_t *warnings = json_array();
    bool may_be_early =
        watch->out.error.kind == ERROR_NOT_FOUND && !jx_bool(report, "finished");
    char text[sizeof watch->out.error];

    warn_of_master(watch, warnings);
    if (watch->room.stuck[0] != '\0')
        json_array_append_new(warnings,
                              jx_text(watch->room.stuck, strlen(watch->room.stuck)));
    if (watch->out.failed && !may_be_early) {
        error_describe(&watch->out.error, text, sizeof text);
        json_array_append_new(warnings, jx_format("its output cannot be read: %s", text));
    }
    if (json_array_size(warnings) > 0)
        json_object_set(report, "warnings", warnings);
}

/* Of a driver that ended without a word. */
static const char *cause_without_words(const struct watch *watch)
{
    const json_t *worker = master_find_worker(watch->master.body, watch->worker_id);

    switch (watch->state) {
    case DRIVER_ERROR:
        return jx_is(worker, "state", "DEAD")
                   ? "the worker that ran the driver was lost; its output shows how far it "
                     "came"
                   : "the worker that ran the driver was lost, or the driver ended while "
                     "the master was away; its output shows how far it came";
    case DRIVER_FAILED:
        return "the driver ended with an error and wrote no reason, as when its process is "
               "killed (SIGKILL): memory ran out on its machine, most likely";
    case DRIVER_RELAUNCHING:
        return "the worker that ran the driver was lost and the master submitted it "
               "again, but none of its drivers is that one any more: how it ended is not "
               "known";
    case DRIVER_KILLED:
        return watch->status.failed
                   ? "the master had forgotten the driver after a restart, so its worker "
                     "ended it"
                   : NULL;
    case DRIVER_UNKNOWN:
    case DRIVER_SUBMITTED:
    case DRIVER_RUNNING:
    case DRIVER_FINISHED:
        break;
    }
    return NULL;
}

void watch_add_cause(const struct watch *watch, json_t *report)
{
    bool wrote_why = watch->state == DRIVER_FAILED || (watch->state == DRIVER_ERROR);
    /* its worker could not start it, and its exception seldom says where */
    const char *folder = jx_has_string(watch->status.body, "message")
                             ? jx_string(watch->err.body, "folder")
                             : "";
    struct buffer cause = {0};

    if (!wrote_why || !cause_find(jx_string(watch->out.body, "text"),
                                  jx_string(watch->err.body, "text"),
                                  jx_string(watch->status.body, "message"), &cause))
        jx_set_string(report, "exitCause", cause_without_words(watch));
    else
        jx_set_format(report, "exitCause", "%s%s%s", buffer_text(&cause),
                      folder[0] != '\0' ? "\nin its folder " : "", folder);
    buffer_release(&cause);
}
