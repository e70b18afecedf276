/*
 * resources/read is a call of the resource's tool whose text is the content;
 * completion/complete one in each cluster, whose rows are the values. A completion is a convenience: when
 * nothing can be listed it has no values, and nothing is started for it.
 */
#include "mcp/reading.h"

#include "base/clusters.h"
#include "base/jx.h"
#include "base/secret.h"
#include "mcp/answer.h"
#include "mcp/call.h"
#include "tools/advice.h"
#include "tools/listing.h"
#include "tools/resource.h"
#include "tools/tool.h"

/* A tool's error as one of the protocol, with all of its texts. */
static void refuse_read(struct request *request, const struct error *error)
{
    struct error advised = *error, told;
    char text[sizeof told];

    advice_complete(&advised);
    error_describe(&advised, text, sizeof text);
    error_set(&told, ERROR_INTERNAL, "%s", text);
    if (error->kind == ERROR_NOT_FOUND || error->kind == ERROR_NO_DRIVER ||
        error->kind == ERROR_ARGUMENTS)
        told.kind = revision_missing_resource(request->revision);
    request_refuse(request, &told,
                   jx_pack("{s:s}", "uri", jx_string(request->params, "uri")));
}

static void answer_read(struct request *request, const struct tool *tool, json_t *result,
                        const json_t *notes)
{
    json_auto_t *shown = secret_mask_json(json_incref(result));
    json_t *contents = jx_pack("{s:[{s:s, s:s, s:o}]}", "contents", "uri",
                               jx_string(request->params, "uri"), "mimeType",
                               RESOURCE_TYPE, "text", answer_text_of_result(tool, shown));

    (void)notes;
    request_answer(request,
                   revision_finish_result(request->revision, contents, KEEP_NOT));
}

void resource_read(struct request *request)
{
    static const struct call_manner as_resource = {.answer = answer_read,
                                                   .refuse = refuse_read};
    const char *uri = jx_string(request->params, "uri");
    json_auto_t *arguments = NULL;
    const struct resource *resource = resource_find(uri, &arguments);
    struct error error;

    if (resource == NULL) {
        error_set(&error, revision_missing_resource(request->revision),
                  "there is no resource '%.200s'", uri);
        request_refuse(request, &error, jx_pack("{s:s}", "uri", uri));
    } else if (!call_has_room(request->connection, &error)) {
        refuse_read(request, &error);
    } else {
        call_start(request, &as_resource, tool_find(resource->tool), arguments, NULL);
    }
}

/* Steals values. */
static void answer_values(struct request *request, json_t *values)
{
    size_t count = json_array_size(values);

    request_answer(request, revision_finish_result(
                                request->revision,
                                jx_pack("{s:{s:o, s:I, s:b}}", "completion", "values",
                                        values, "total", (json_int_t)count, "hasMore", 0),
                                KEEP_NOT_SAID));
}

/* What completes the argument, and the tool that knows; false with ERROR_PARAMS when the
 * request names nothing that there is. */
static bool find_listing(const struct request *request, const struct listing **listing,
                         const char **tool, struct error *error)
{
    const json_t *ref = jx_object(request->params, "ref");
    const char *name = jx_string(jx_object(request->params, "argument"), "name");
    const struct resource *resource = jx_is(ref, "type", "ref/resource")
                                          ? resource_template(jx_string(ref, "uri"))
                                          : NULL;
    const struct prompt *prompt =
        jx_is(ref, "type", "ref/prompt") ? prompt_find(jx_string(ref, "name")) : NULL;
    const struct prompt_argument *argument =
        prompt != NULL ? prompt_argument(prompt, name) : NULL;

    if (resource != NULL) {
        *listing = &resource->listing;
        *tool = resource->tool;
    } else if (argument != NULL) {
        *listing = &argument->listing;
        *tool = prompt->tool;
    } else {
        error_set(error, ERROR_PARAMS,
                  "'ref' must be a listed prompt with an argument of that name, or a "
                  "listed resource template");
        return false;
    }
    return true;
}

/* Every prompt takes one, and the templates of what each cluster has for itself. */
static bool is_about_cluster(const struct request *request)
{
    const json_t *ref = jx_object(request->params, "ref");

    return clusters_are_named() &&
           jx_is(jx_object(request->params, "argument"), "name", "cluster") &&
           (resource_template(jx_string(ref, "uri")) != NULL ||
            prompt_find(jx_string(ref, "name")) != NULL);
}

static const char *beginning_of(const struct request *request)
{
    return jx_string(jx_object(request->params, "argument"), "value");
}

static struct flow *start_completion(const struct request *request,
                                     const struct tool *tool, json_t *arguments,
                                     const struct flow_client *client)
{
    const json_t *context = jx_object(request->params, "context");
    const struct listing *listing = NULL;
    const char *name;
    struct error error;

    json_decref(arguments);
    if (!find_listing(request, &listing, &name, &error))
        BUG("a completion of nothing");
    return listing_start(listing, tool->name, beginning_of(request),
                         jx_string(jx_object(context, "arguments"), "cluster"), client);
}

static void answer_completion(struct request *request, const struct tool *tool,
                              json_t *result, const json_t *notes)
{
    (void)tool, (void)notes;
    answer_values(request, json_incref(jx_array(result, "values")));
}

static void answer_nothing(struct request *request, const struct error *error)
{
    (void)error;
    answer_values(request, json_array());
}

void completion_begin(struct request *request)
{
    static const struct call_manner as_completion = {
        .answer = answer_completion, .refuse = answer_nothing, .start = start_completion};
    const struct listing *listing;
    const char *tool;
    json_auto_t *arguments = NULL;
    struct error error;

    if (is_about_cluster(request)) {
        answer_values(request, listing_clusters(beginning_of(request)));
        return;
    }
    if (!find_listing(request, &listing, &tool, &error)) {
        request_refuse(request, &error, NULL);
        return;
    }
    if (listing->arguments == NULL || !call_has_room(request->connection, &error)) {
        answer_nothing(request, &error);
        return;
    }
    arguments = json_loads(listing->arguments, 0, NULL);
    call_start(request, &as_completion, tool_find(tool), arguments, NULL);
}
