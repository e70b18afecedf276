#include "mcp/answer.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "base/secret.h"
#include "base/text.h"
#include "tools/advice.h"

#include <string.h>

enum {
    TEXT_LIMIT = 40000,          /* of an answer's text */
    TEXT_BOUND = 2 * TEXT_LIMIT, /* while it is written */
};

json_t *answer_text(const char *text, size_t length)
{
    struct buffer visible = {0};
    json_t *value;

    text_add_visible(&visible, text, length);
    value = jx_text(buffer_text(&visible), visible.length);
    buffer_release(&visible);
    return value;
}

json_t *answer_of_error(const struct error *error)
{
    struct error advised = *error;
    char text[sizeof *error];

    advice_complete(&advised);
    error_describe(&advised, text, sizeof text);
    return jx_pack("{s:[{s:s, s:o}], s:b}", "content", "type", "text", "text",
                   answer_text(text, strlen(text)), "isError", 1);
}

/* Ends a text that is too long after a whole line, and says so. */
static void cut_text(struct buffer *text)
{
    static const char note[] =
        "\n(cut here at 40,000 characters; the structured answer has everything)";
    size_t at = TEXT_LIMIT - sizeof note;

    if (text->length <= TEXT_LIMIT)
        return;
    while (at > 0 && text->data[at] != '\n')
        at--;
    if (at == 0)
        at = text_cut(text->data, TEXT_LIMIT - sizeof note);
    text->length = at;
    text->data[at] = '\0';
    buffer_add_text(text, note);
}

/* The result, or a copy with the notes among its warnings; new. */
static json_t *with_notes(json_t *result, const json_t *notes)
{
    json_t *noted, *warnings;

    if (json_array_size(notes) == 0 || !json_is_object(result))
        return json_incref(result);
    noted = json_copy(result);
    warnings = json_copy((json_t *)notes);
    json_array_extend(warnings, jx_array(result, "warnings"));
    json_object_set_new(noted, "warnings", warnings);
    return noted;
}

json_t *answer_text_of_result(const struct tool *tool, const json_t *shown)
{
    json_auto_t *told = json_copy((json_t *)shown);
    struct buffer text = {.limit = TEXT_BOUND}, visible = {.limit = TEXT_BOUND};
    json_t *value;

    if (jx_has_string(told, "clusterName")) {
        buffer_printf(&text, "Cluster %s\n", jx_string(told, "clusterName"));
        json_object_del(told, "clusterName");
    }
    tool->describe(told, &text);
    text_add_visible(&visible, buffer_text(&text), text.length);
    cut_text(&visible);
    value = jx_masked(buffer_text(&visible), visible.length);
    buffer_release(&text);
    buffer_release(&visible);
    return value;
}

json_t *answer_of_result(const struct tool *tool, enum revision revision, json_t *result,
                         const json_t *notes)
{
    json_auto_t *shown = NULL, *image = NULL;
    json_t *content;

    if (tool->describe == NULL)
        return json_copy(result);
    shown = secret_mask_json(with_notes(result, notes));
    image = json_incref(json_object_get(shown, "image"));
    if (image != NULL)
        json_object_del(shown, "image");
    content = jx_pack("{s:[{s:s, s:o}]}", "content", "type", "text", "text",
                      answer_text_of_result(tool, shown));
    if (image != NULL)
        json_array_append_new(jx_array(content, "content"),
                              jx_pack("{s:s, s:O, s:s}", "type", "image", "data", image,
                                      "mimeType", "image/png"));
    if (revision_has_structured_content(revision))
        json_object_set(content, "structuredContent", shown);
    return content;
}
