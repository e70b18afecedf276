/* What a driver's output tells of it: its application, and where its UI is. */
#include "spark/driver_watch.h"

#include "base/jx.h"
#include "base/text.h"
#include "spark/driver.h"
#include "spark/worker.h"

#include <stdio.h>
#include <string.h>

/* Lines may be cut at the end of the piece: its last bytes are read again next time. */
static void advance(const struct reply *page, json_int_t *offset)
{
    if (jx_int(page->body, "end") - *offset > 1024)
        *offset = jx_int(page->body, "end") - 512;
}

/* The launcher's line "ID UI", whose UI may be "-". Of its address the port counts: the
 * host is the worker's. */
static void scan_output(struct watch *watch, const json_t *page)
{
    const char *text = jx_string(page, "text");
    char mark[220], ui[200] = "";
    const char *port;

    if (!driver_copy_after(text, watch->application_mark, watch->application,
                           sizeof watch->application))
        return;
    snprintf(mark, sizeof mark, "%s%s ", watch->application_mark, watch->application);
    driver_copy_after(text, mark, ui, sizeof ui);
    port = strrchr(ui, ':');
    if (port != NULL)
        worker_write_url(watch->worker_url,
                         text_starts_with(ui, "https:") ? "https" : "http", port + 1,
                         watch->ui, sizeof watch->ui);
}

static void scan_log(struct watch *watch, const json_t *page)
{
    driver_scan_log(jx_string(page, "text"), watch->application,
                    sizeof watch->application, watch->ui_port, sizeof watch->ui_port);
    if (watch->ui[0] == '\0')
        worker_write_url(watch->worker_url, "http", watch->ui_port, watch->ui,
                         sizeof watch->ui);
}

/* What the pieces that were read tell. */
static void scan_pages(struct watch *watch, const struct reply *out,
                       const struct reply *err)
{
    scan_output(watch, out->body);
    if (watch->application[0] == '\0')
        scan_log(watch, err->body);
}

void watch_scan(struct watch *watch)
{
    scan_pages(watch, &watch->out, &watch->err);
    advance(&watch->out, &watch->out_offset);
    advance(&watch->err, &watch->err_offset);
}

void watch_scan_heads(struct watch *watch)
{
    if (watch->application[0] == '\0')
        scan_pages(watch, &watch->out_head, &watch->err_head);
}
