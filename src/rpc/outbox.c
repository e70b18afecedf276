#include "rpc/outbox.h"

#include "base/jx.h"
#include "base/log.h"
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void outbox_open(struct outbox *outbox, int fd)
{
    struct stat status;

    *outbox = (struct outbox){.fd = fd, .bytes = {.limit = OUTBOX_LIMIT}};
    if (fstat(fd, &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode)))
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

void outbox_release(struct outbox *outbox)
{
    buffer_release(&outbox->bytes);
}

void outbox_send(struct outbox *outbox, json_t *message)
{
    struct buffer line = {0};

    jx_write(&line, message);
    if (secret_is_in_json(buffer_text(&line))) {
        buffer_clear(&line);
        message = secret_mask_json(message);
        jx_write(&line, message);
    }
    buffer_add(&line, "\n", 1);
    if (!buffer_offer(&outbox->bytes, line.data, line.length)) {
        log_write(LOG_ERROR, "the client does not read; giving up");
        outbox->is_broken = true;
    }
    buffer_release(&line);
    json_decref(message);
}

bool outbox_is_empty(const struct outbox *outbox)
{
    return outbox->is_broken || outbox->written == outbox->bytes.length;
}

bool outbox_is_full(const struct outbox *outbox)
{
    return outbox->bytes.length - outbox->written > OUTBOX_FULL;
}

void outbox_flush(struct outbox *outbox)
{
    while (!outbox_is_empty(outbox)) {
        ssize_t length = write(outbox->fd, outbox->bytes.data + outbox->written,
                               outbox->bytes.length - outbox->written);

        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0 && errno == EAGAIN)
            break;
        if (length < 0) {
            log_write(LOG_INFO, "the client has gone: %s", strerror(errno));
            outbox->is_broken = true;
            break;
        }
        outbox->written += (size_t)length;
    }
    if (outbox->written == outbox->bytes.length || outbox->written > OUTBOX_FULL) {
        buffer_consume(&outbox->bytes, outbox->written);
        outbox->written = 0;
    }
}
