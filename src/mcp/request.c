#include "mcp/request.h"

#include "base/memory.h"
#include "rpc/message.h"

#include <stdlib.h>

struct batch *batch_new(size_t messages)
{
    struct batch *batch = memory_new(sizeof *batch);

    batch->answers = json_array();
    batch->outstanding = messages;
    return batch;
}

/* Sends a message, or keeps it with the others of its batch. message may be NULL. */
static void deliver(struct request *request, json_t *message)
{
    struct batch *batch = request->batch;
    struct outbox *outbox = request->connection->outbox;

    if (batch == NULL) {
        if (message != NULL)
            outbox_send(outbox, message);
        return;
    }
    if (message != NULL)
        json_array_append_new(batch->answers, message);
    if (--batch->outstanding > 0)
        return;
    if (json_array_size(batch->answers) > 0)
        outbox_send(outbox, json_incref(batch->answers));
    json_decref(batch->answers);
    free(batch);
}

void request_answer(struct request *request, json_t *result)
{
    deliver(request, rpc_result(request->id, result));
}

void request_refuse(struct request *request, const struct error *error, json_t *data)
{
    deliver(request, rpc_error(request->id, error, data));
}

void request_forget(struct request *request)
{
    deliver(request, NULL);
}
