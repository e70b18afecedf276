#include "tools/resource.h"

#include "base/buffer.h"
#include "base/clusters.h"
#include "base/jx.h"
#include "base/text.h"
#include "spark/driver_state.h"

#include <stdio.h>
#include <string.h>

#define SCHEME "spark:/"
#define CLUSTERS "spark://clusters/"
#define CLUSTER "spark://cluster"

static json_t *parse(const char *text)
{
    json_t *value = json_loads(text, 0, NULL);

    if (value == NULL)
        BUG("not JSON: %s", text);
    return value;
}

/* The part of an address as text; NULL when it is not encoded as it should be. New. */
static json_t *decode(const char *part, size_t length)
{
    struct buffer text = {0};
    json_t *value;

    for (size_t i = 0; i < length; i++) {
        int byte = (unsigned char)part[i];
        char decoded;

        if (byte == '%') {
            byte = i + 2 < length ? text_url_byte(part + i) : -1;
            i += 2;
        }
        if (byte <= 0) {
            buffer_release(&text);
            return NULL;
        }
        decoded = (char)byte;
        buffer_add(&text, &decoded, 1);
    }
    value = json_stringn(buffer_text(&text), text.length);
    buffer_release(&text);
    return value;
}

/* What stands in place of the template's {part}: one segment; NULL when the address is
 * not of this template. New. */
static json_t *match(const char *template, const char *uri)
{
    const char *open = strchr(template, '{'), *close = strchr(open, '}') + 1;
    size_t before = (size_t)(open - template), length = strlen(uri),
           behind = strlen(close);

    if (length <= before + behind || strncmp(uri, template, before) != 0 ||
        strcmp(uri + length - behind, close) != 0 ||
        memchr(uri + before, '/', length - before - behind) != NULL)
        return NULL;
    return decode(uri + before, length - before - behind);
}

/* The address without its cluster, which goes to *cluster; NULL when there is no such
 * cluster. New. */
static json_t *without_cluster(const char *uri, const char **cluster)
{
    const char *name, *rest;

    *cluster = NULL;
    if (!clusters_are_named() || !text_starts_with(uri, CLUSTERS))
        return jx_text(uri, strlen(uri));
    name = uri + strlen(CLUSTERS);
    rest = name + strcspn(name, "/");
    for (size_t i = 0; i < clusters_count() && *cluster == NULL; i++)
        if (strlen(clusters_name(i)) == (size_t)(rest - name) &&
            text_starts_with(name, clusters_name(i)))
            *cluster = clusters_name(i);
    if (*cluster == NULL)
        return NULL;
    return rest[0] == '\0' ? json_string(CLUSTER) : json_sprintf(SCHEME "%s", rest);
}

/* Of one cluster, or of whichever it names. New. */
static json_t *address_in(const struct resource *resource, const char *cluster)
{
    if (cluster == NULL)
        return json_string(resource->uri);
    return strcmp(resource->uri, CLUSTER) == 0
               ? json_sprintf(CLUSTERS "%s", cluster)
               : json_sprintf(CLUSTERS "%s%s", cluster, resource->uri + strlen(SCHEME));
}

const struct resource *resource_find(const char *uri, json_t **arguments)
{
    const char *cluster;
    json_auto_t *plain = without_cluster(uri, &cluster);

    for (const struct resource *at = all_resources; plain != NULL && at->name != NULL;
         at++) {
        const char *own = json_string_value(plain);
        json_t *part = at->part != NULL ? match(at->uri, own) : NULL;
        bool is_it = at->part != NULL ? part != NULL : strcmp(at->uri, own) == 0;

        if (!is_it)
            continue;
        *arguments = parse(at->arguments);
        if (part != NULL)
            json_object_set_new(*arguments, at->part, part);
        if (cluster != NULL)
            jx_set_string(*arguments, "cluster", cluster);
        return at;
    }
    return NULL;
}

const struct resource *resource_template(const char *uri)
{
    for (const struct resource *at = all_resources; at->name != NULL; at++) {
        json_auto_t *address = address_in(at, at->is_of_cluster ? "{cluster}" : NULL);
        if (at->part != NULL &&
            (strcmp(at->uri, uri) == 0 || strcmp(json_string_value(address), uri) == 0))
            return at;
    }
    return NULL;
}

static void add_entry(json_t *list, const struct resource *resource, const char *cluster)
{
    json_t *entry = jx_pack(
        "{s:o, s:s, s:s, s:s}", "address", address_in(resource, cluster), "name",
        resource->name, "title", resource->title, "description", resource->description);

    if (cluster != NULL && cluster[0] != '{') {
        json_object_set_new(entry, "name",
                            json_sprintf("%s-%s", cluster, resource->name));
        json_object_set_new(entry, "title",
                            json_sprintf("%s: %s", cluster, resource->title));
    }
    json_array_append_new(list, entry);
}

json_t *resource_entries(bool with_part)
{
    json_t *list = json_array();

    for (const struct resource *at = all_resources; at->name != NULL; at++) {
        if ((at->part != NULL) != with_part)
            continue;
        if (!at->is_of_cluster || !clusters_are_named())
            add_entry(list, at, NULL);
        else if (with_part)
            add_entry(list, at, "{cluster}");
        else
            for (size_t i = 0; i < clusters_count(); i++)
                add_entry(list, at, clusters_name(i));
    }
    return list;
}

static const json_t *told_of(const struct resource *resource, const json_t *result)
{
    return resource->followed_in != NULL ? jx_object(result, resource->followed_in)
                                         : result;
}

json_t *resource_followed(const struct resource *resource, const json_t *result)
{
    const json_t *told = told_of(resource, result);
    json_t *followed = json_object();
    char key[40];
    size_t length;

    for (const char *at = text_item(resource->followed, &length); at != NULL;
         at = text_item(at + length, &length)) {
        snprintf(key, sizeof key, "%.*s", (int)length, at);
        jx_set_string(followed, key, jx_string(told, key));
    }
    return followed;
}

bool resource_is_over(const struct resource *resource, const json_t *result)
{
    const json_t *told = told_of(resource, result);

    return driver_state_is_end(driver_state_of(told, "state")) ||
           jx_bool(told, "forgotten"); /* its master has restarted without it */
}

const struct prompt *prompt_find(const char *name)
{
    for (const struct prompt *at = all_prompts; at->name != NULL; at++)
        if (strcmp(at->name, name) == 0)
            return at;
    return NULL;
}

const struct prompt_argument *prompt_argument(const struct prompt *prompt,
                                              const char *name)
{
    for (size_t i = 0; i < sizeof prompt->arguments / sizeof *prompt->arguments; i++)
        if (prompt->arguments[i].name != NULL &&
            strcmp(prompt->arguments[i].name, name) == 0)
            return &prompt->arguments[i];
    return NULL;
}

static bool has_required(const struct prompt *prompt, const json_t *arguments,
                         struct error *error)
{
    for (size_t i = 0; i < sizeof prompt->arguments / sizeof *prompt->arguments; i++) {
        const struct prompt_argument *argument = &prompt->arguments[i];
        if (argument->name == NULL || !argument->is_required ||
            jx_has_string(arguments, argument->name))
            continue;
        error_set(error, ERROR_PARAMS, "the prompt '%s' needs '%s': %s", prompt->name,
                  argument->name, argument->description);
        return false;
    }
    return true;
}

/* Adds a line with its {argument}; nothing when that is not given. */
static void add_line(struct buffer *text, const char *line, size_t length,
                     const json_t *arguments)
{
    const char *open = memchr(line, '{', length), *close;
    char name[32] = {0};

    if (open == NULL) {
        buffer_add(text, line, length);
        return;
    }
    close = strchr(open, '}');
    memcpy(name, open + 1, (size_t)(close - open - 1));
    if (!jx_has_string(arguments, name))
        return;
    buffer_add(text, line, (size_t)(open - line));
    buffer_add_text(text, jx_string(arguments, name));
    buffer_add(text, close + 1, length - (size_t)(close + 1 - line));
}

json_t *prompt_text(const struct prompt *prompt, const json_t *arguments,
                    struct error *error)
{
    struct buffer text = {0};
    json_t *value;

    if (!has_required(prompt, arguments, error))
        return NULL;
    for (const char *line = prompt->text; line[0] != '\0';) {
        size_t length = strcspn(line, "\n");
        length += line[length] == '\n';
        add_line(&text, line, length, arguments);
        line += length;
    }
    if (clusters_are_named() && jx_has_string(arguments, "cluster"))
        buffer_printf(&text, "\nGive every tool the cluster %s.\n",
                      jx_string(arguments, "cluster"));
    value = jx_text(buffer_text(&text), text.length);
    buffer_release(&text);
    return value;
}
