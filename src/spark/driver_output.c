/* What a driver's output tells: lines that we wrote into it, and the user's last ones. */
#include "spark/driver.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "base/text.h"
#include "spark/cause.h"
#include "spark/driver_state.h"
#include "spark/nonce.h"
#include "spark/protocol.h"

#include <stdio.h>
#include <string.h>

enum { OUTPUT_LINES = 25, OUTPUT_LENGTH = 2200 };

/* Where the last line that begins so goes on; NULL when none does. */
static const char *find_last(const char *text, const char *mark)
{
    const char *found = NULL;

    for (const char *at = strstr(text, mark); at != NULL; at = strstr(found, mark))
        found = at + strlen(mark);
    return found;
}

bool driver_copy_after(const char *text, const char *mark, char *target, size_t size)
{
    const char *found = mark[0] != '\0' ? find_last(text, mark) : NULL;
    size_t length;

    if (found == NULL)
        return false;
    length = strcspn(found, " \t\r\n");
    if (length == 0 || length >= size || found[length] == '\0')
        return false; /* the end of the line has not been written yet */
    memcpy(target, found, length);
    target[length] = '\0';
    return true;
}

void driver_scan_log(const char *text, char *application, size_t size, char *ui_port,
                     size_t ui_port_size)
{
    driver_copy_after(
        text, "StandaloneSchedulerBackend: Connected to Spark cluster with app ID ",
        application, size);
    driver_copy_after(text, "service 'SparkUI' on port ", ui_port, ui_port_size);
    ui_port[strspn(ui_port, "0123456789")] = '\0';
}

/* Where the last lines of a text begin. */
static const char *last_lines(const char *text, size_t length)
{
    size_t at = length, lines = 0;
    const char *end;

    while (at > 0 && length - at < OUTPUT_LENGTH) {
        if (text[at - 1] == '\n' && at < length && ++lines == OUTPUT_LINES)
            return text + at;
        at--;
    }
    end = strchr(text + at, '\n');
    if (at > 0 && end != NULL && end[1] != '\0')
        return end + 1; /* the first line would be cut */
    while (((unsigned char)text[at] & 0xC0) == 0x80)
        at++;
    return text + at;
}

/* Lines that Ivy wrote, or the launcher, whose lines begin so; and the blank one before.
 */
static bool is_ours(const char *line, const char *mark)
{
    if (*line == '\n')
        line++;
    return (mark[0] != '\0' && text_starts_with(line, mark)) ||
           text_starts_with(line, ":: loading settings");
}

void driver_add_output(json_t *report, const char *text, const char *driver_id)
{
    struct buffer kept = {0};
    char mark[100];

    nonce_write_mark(driver_id, "", mark, sizeof mark);
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        length += text[length] == '\n' ? 1 : 0;
        if (!is_ours(text, mark))
            buffer_add(&kept, text, length);
        text += length;
    }
    jx_set_string(report, "output", last_lines(buffer_text(&kept), kept.length));
    buffer_release(&kept);
}

static const char *cause_without_words(enum driver_state state)
{
    switch (state) {
    case DRIVER_ERROR:
        return "the worker that ran the driver was lost, or the master restarted "
               "meanwhile; its output shows how far it came";
    case DRIVER_FAILED:
        return "the driver ended with an error and wrote no reason";
    case DRIVER_RELAUNCHING:
        return "the worker that ran the driver was lost and the master submitted it again, "
               "but none of its drivers is that one any more: how it ended is not known";
    case DRIVER_UNKNOWN:
    case DRIVER_SUBMITTED:
    case DRIVER_RUNNING:
    case DRIVER_FINISHED:
    case DRIVER_KILLED:
        break;
    }
    return NULL;
}

void driver_add_cause(json_t *report, const json_t *status, const char *out,
                      const char *err)
{
    enum driver_state state = driver_state_of(status, "driverState");
    const char *otherwise = cause_without_words(state);
    struct buffer cause = {0};

    if (otherwise == NULL)
        return;
    if (state == DRIVER_RELAUNCHING ||
        !cause_find(out, err, jx_string(status, "message"), &cause))
        buffer_add_text(&cause, otherwise);
    jx_set_string(report, "exitCause", buffer_text(&cause));
    buffer_release(&cause);
}
