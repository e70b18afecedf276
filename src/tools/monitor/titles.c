#include "tools/monitor/titles.h"

#include "base/buffer.h"
#include "base/text.h"
#include "tools/monitor/rows.h"

#include <stdbool.h>
#include <string.h>

enum { TITLE_SHOWN = 70 };

/* "rates\nid = ...\nrunId = ...\nbatch = 5", as StreamExecution.scala writes it. */
static void add_description(struct buffer *title, const char *description)
{
    const char *run = strstr(description, "\nrunId = "),
               *batch = run != NULL ? strstr(run, "\nbatch = ") : NULL;

    if (batch == NULL)
        buffer_add_text(title, description);
    else if (text_starts_with(description, "id = ")) /* a query without a name */
        buffer_printf(title, "stream %.8s batch %s", description + strlen("id = "),
                      batch + strlen("\nbatch = "));
    else
        buffer_printf(title, "%.*s batch %s", (int)strcspn(description, "\n"),
                      description, batch + strlen("\nbatch = "));
}

/* "collect at /a/b/prices.py:76" is "collect at prices.py:76". */
static void add_call_site(struct buffer *site, const char *name)
{
    const char *nowhere = strstr(name, " at NativeMethodAccessorImpl.java:0"),
               *path = strstr(name, " at /"), *file = strrchr(name, '/');

    if (nowhere != NULL)
        buffer_add(site, name, (size_t)(nowhere - name));
    else if (path != NULL)
        buffer_printf(site, "%.*s at %s", (int)(path - name), name, file + 1);
    else
        buffer_add_text(site, name);
}

/* Spark describes what has no description by its call site. */
static bool is_call_site(const char *description)
{
    return strstr(description, " at NativeMethodAccessorImpl.java:") != NULL ||
           (strstr(description, " at /") != NULL && strchr(description, '\n') == NULL);
}

void row_set_titles(json_t *row, const char *description, const char *name)
{
    struct buffer title = {0}, site = {0};

    if (name[0] == '\0' && is_call_site(description))
        name = description;
    add_description(&title, description);
    add_call_site(&site, name);
    if (strcmp(description, name) != 0)
        row_set_line(row, "description", buffer_text(&title), TITLE_SHOWN);
    row_set_line(row, "callSite", buffer_text(&site), TITLE_SHOWN);
    buffer_release(&title);
    buffer_release(&site);
}
