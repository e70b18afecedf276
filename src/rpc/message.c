#include "rpc/message.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "base/scan.h"
#include "base/text.h"

#include <string.h>

enum { JSON_FLAGS = JSON_DECODE_ANY | JSON_ALLOW_NUL, VALUES_MAX = 500000 };

json_t *rpc_parse(const char *line, size_t length, struct error *error)
{
    json_error_t where;
    json_t *value;

    if (memchr(line, '\0', length) != NULL) {
        error_set(error, ERROR_PARSE, "the line is not JSON: it holds a NUL byte");
        return NULL;
    }
    if (jx_count_values(line, length) > VALUES_MAX) {
        error_set(error, ERROR_PARSE, "the line holds more than %d JSON values",
                  VALUES_MAX);
        return NULL;
    }
    value = json_loadb(line, length, JSON_FLAGS, &where);
    if (value == NULL && json_error_code(&where) == json_error_invalid_utf8) {
        struct buffer clean = {0};
        text_make_utf8(line, length, &clean);
        value = json_loadb(buffer_text(&clean), clean.length, JSON_FLAGS, &where);
        buffer_release(&clean);
    }
    if (value == NULL)
        error_set(error, ERROR_PARSE, "the line is not JSON: %s", where.text);
    return value;
}

/* More digits than a value holds go back as they came. */
static bool is_integer(const char *start, const char *end)
{
    size_t length = (size_t)(end - start);

    return strspn(start, "-0123456789") >= length;
}

json_t *rpc_rescue_id(const char *line, size_t length)
{
    const char *start, *end;
    json_t *id;

    if (!scan_is_json(line, length) ||
        !scan_find_member(line, length, "method", &start, &end) ||
        !scan_find_member(line, length, "id", &start, &end))
        return NULL;
    id = json_loadb(start, (size_t)(end - start), JSON_FLAGS, NULL);
    if (json_is_string(id) || json_is_integer(id))
        return id;
    if (id == NULL && is_integer(start, end))
        return jx_raw(start, (size_t)(end - start));
    json_decref(id);
    return NULL;
}

static void refuse(struct rpc_message *message, const char *reason)
{
    message->kind = RPC_INVALID;
    error_set(&message->error, ERROR_REQUEST, "invalid request: %s", reason);
}

void rpc_classify(json_t *value, struct rpc_message *message)
{
    json_t *id = json_object_get(value, "id");
    json_t *method = json_object_get(value, "method");
    bool has_good_id = json_is_string(id) || json_is_integer(id);
    bool is_version_2 = jx_is(value, "jsonrpc", "2.0");

    memset(message, 0, sizeof *message);
    message->id = has_good_id ? id : NULL;
    message->params = json_object_get(value, "params");
    message->method = jx_string(value, "method");
    if (!json_is_object(value)) {
        refuse(message, "a message is an object");
    } else if (method == NULL && id != NULL &&
               (json_object_get(value, "result") || json_object_get(value, "error"))) {
        message->kind = RPC_IGNORED;
    } else if (id == NULL && method != NULL && is_version_2) {
        message->kind = json_is_string(method) ? RPC_NOTIFICATION : RPC_IGNORED;
    } else if (!is_version_2) {
        refuse(message, "'jsonrpc' must be \"2.0\"");
    } else if (!json_is_string(method)) {
        refuse(message, "'method' must be a string");
    } else if (!has_good_id) {
        refuse(message, "'id' must be a string or an integer");
    } else {
        message->kind = RPC_REQUEST;
    }
}

json_t *rpc_result(json_t *id, json_t *result)
{
    return jx_pack("{s:s, s:O, s:o}", "jsonrpc", "2.0", "id", id, "result", result);
}

json_t *rpc_error(json_t *id, const struct error *error, json_t *data)
{
    json_t *body = jx_pack("{s:i, s:o}", "code", error_rpc_code(error->kind), "message",
                           jx_text(error->message, strlen(error->message)));

    if (data != NULL)
        json_object_set_new(body, "data", data);
    return jx_pack("{s:s, s:O, s:o}", "jsonrpc", "2.0", "id",
                   id != NULL ? id : json_null(), "error", body);
}

json_t *rpc_notification(const char *method, json_t *params)
{
    return jx_pack("{s:s, s:s, s:o}", "jsonrpc", "2.0", "method", method, "params",
                   params);
}
