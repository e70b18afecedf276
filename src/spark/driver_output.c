/* What a driver's output tells: lines that we wrote into it, and the user's last ones. */
#include "spark/driver.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "base/text.h"
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
