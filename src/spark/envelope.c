/*
 * An envelope is {"ok": true, "result": {...}} or {"ok": false, "error": {"class",
 * "message", ...}} (docs/protocol.md). Many rows come as "rowsText", a JSON text that is
 * checked and then passed on unread.
 */
#include "spark/envelope.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "base/scan.h"
#include "spark/protocol.h"

#include <stdio.h>
#include <string.h>

static void begin_line(struct buffer *detail)
{
    if (detail->length > 0)
        buffer_add_text(detail, "\n");
}

static void add_position(const json_t *position, struct buffer *detail)
{
    if (position == NULL)
        return;
    begin_line(detail);
    buffer_add_text(detail, "At");
    if (jx_int(position, "line") > 0)
        buffer_printf(detail, " line %lld", (long long)jx_int(position, "line"));
    if (jx_int(position, "column") > 0)
        buffer_printf(detail, ", column %lld", (long long)jx_int(position, "column"));
    if (jx_has_string(position, "fragment"))
        buffer_printf(detail, ": %.200s", jx_string(position, "fragment"));
}

/* What was wrong, all of it. */
static void add_problems(const json_t *problems, struct buffer *detail)
{
    const json_t *problem;
    size_t i;

    json_array_foreach (problems, i, problem) {
        begin_line(detail);
        buffer_printf(detail, "- %s", json_string_value(problem));
    }
}

/* A refusal of the runner's own reads as its message; to an error of Spark's belongs its
 * class. */
static void open_error(const json_t *told, struct error *error)
{
    const char *class = jx_string(told, "class"), *message = jx_string(told, "message");
    struct buffer detail = {0};

    if (told == NULL) {
        error_set(error, ERROR_BAD_ANSWER,
                  "the runner answered with neither a result nor an error");
        return;
    }
    if (strcmp(class, PROTOCOL_CLASS_CANCELLED) == 0) {
        error_set(error, ERROR_CANCELLED, "the operation was cancelled");
        return;
    }
    if (strcmp(class, PROTOCOL_CLASS_REFUSED) == 0) {
        error_set(error, ERROR_ARGUMENTS, "%s", message);
    } else {
        error_set(error, ERROR_SPARK, "%s%s%s%s", class,
                  jx_has_string(told, "sqlState") ? " (SQLSTATE " : "",
                  jx_string(told, "sqlState"),
                  jx_has_string(told, "sqlState") ? ")" : "");
        buffer_add_text(&detail, message);
    }
    add_position(jx_object(told, "position"), &detail);
    if (jx_has_string(told, "cause")) {
        begin_line(&detail);
        buffer_printf(&detail, "Caused by: %s", jx_string(told, "cause"));
    }
    add_problems(jx_array(told, "problems"), &detail);
    if (jx_has_string(told, "printed")) {
        begin_line(&detail);
        buffer_printf(&detail, "Printed before:\n%s", jx_string(told, "printed"));
    }
    error_detail(error, "%s", buffer_text(&detail));
    if (jx_has_string(told, "next"))
        error_hint(error, "%s", jx_string(told, "next"));
    buffer_release(&detail);
}

/* Many rows come as text, to be passed on as they are. */
static bool take_rows(json_t *result)
{
    const char *text = jx_string(result, PROTOCOL_ROWS_TEXT);
    size_t length = strlen(text);

    if (text[0] != '[' || memchr(text, '\n', length) != NULL ||
        memchr(text, '\r', length) != NULL || !scan_is_json(text, length))
        return false;
    json_object_set_new(result, "rows", jx_raw(text, length));
    json_object_del(result, PROTOCOL_ROWS_TEXT);
    return true;
}

json_t *envelope_open(const json_t *envelope, struct error *error)
{
    json_t *result = jx_object(envelope, PROTOCOL_RESULT);

    if (!jx_bool(envelope, PROTOCOL_OK) || result == NULL) {
        open_error(jx_object(envelope, PROTOCOL_ERROR), error);
        return NULL;
    }
    if (json_object_get(result, PROTOCOL_ROWS_TEXT) != NULL && !take_rows(result)) {
        error_set(error, ERROR_BAD_ANSWER, "the runner answered with broken rows");
        return NULL;
    }
    return json_incref(result);
}

void envelope_add_sentence(json_t *result, struct error *error, const char *sentence)
{
    json_t *warnings = jx_array(result, "warnings");

    if (result == NULL) {
        error_add_detail(error, "%s", sentence);
        return;
    }
    if (warnings == NULL) {
        warnings = json_array();
        json_object_set_new(result, "warnings", warnings);
    }
    json_array_append_new(warnings, json_string(sentence));
}
