#include "spark/history.h"

#include "base/buffer.h"
#include "base/text.h"
#include "http.h"
#include "spark/cluster.h"

#include <time.h>

enum { LIVE_TIMEOUT_MS = 2500, APPLICATIONS_MAX = 1000 };

void history_get(struct flow *flow, const char *path, struct reply *reply)
{
    struct buffer url = {0};

    buffer_printf(&url, "%s/api/v1/%s", cluster_history_url(), path);
    http_get(flow, HTTP_HISTORY, buffer_text(&url), reply);
    buffer_release(&url);
}

/* As the API reads dates. */
static void add_time(struct buffer *query, const char *key, time_t seconds)
{
    char text[40];
    struct tm fields;

    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S.000GMT", gmtime_r(&seconds, &fields));
    buffer_printf(query, "&%s=%s", key, text);
}

/* Its own filters leave less to send; they let more through than what is asked for. */
void history_get_applications(struct flow *flow, int64_t from_ms, int64_t to_ms,
                              struct reply *reply)
{
    struct buffer query = {0};

    buffer_printf(&query, "applications?limit=%d", APPLICATIONS_MAX);
    if (from_ms != 0 || to_ms != 0) {
        add_time(&query, "minEndDate", (time_t)(from_ms / 1000));
        add_time(&query, "maxDate", (time_t)(to_ms / 1000 + 1));
    }
    history_get(flow, buffer_text(&query), reply);
    buffer_release(&query);
}

void history_get_application(struct flow *flow, const char *application_id,
                             const char *path, struct reply *reply)
{
    struct buffer query = {0};

    buffer_add_text(&query, "applications/");
    text_add_url_part(&query, application_id);
    buffer_printf(&query, "%s%s", path[0] != '\0' ? "/" : "", path);
    history_get(flow, buffer_text(&query), reply);
    buffer_release(&query);
}

void live_get(struct flow *flow, const char *ui_url, const char *application_id,
              const char *path, struct reply *reply)
{
    struct buffer url = {0};

    buffer_printf(&url, "%s/api/v1/applications/", ui_url);
    text_add_url_part(&url, application_id);
    buffer_printf(&url, "/%s", path);
    http_send(flow,
              &(struct http_request){.service = HTTP_UI,
                                     .url = buffer_text(&url),
                                     .timeout_ms = LIVE_TIMEOUT_MS},
              reply);
    buffer_release(&url);
}
