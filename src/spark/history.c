#include "spark/history.h"

#include "base/buffer.h"
#include "base/text.h"
#include "http.h"
#include "spark/cluster.h"

enum { LIVE_TIMEOUT_MS = 2500 };

void history_get(struct flow *flow, const char *path, struct reply *reply)
{
    struct buffer url = {0};

    buffer_printf(&url, "%s/api/v1/%s", cluster_history_url(), path);
    http_get(flow, HTTP_HISTORY, buffer_text(&url), reply);
    buffer_release(&url);
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
