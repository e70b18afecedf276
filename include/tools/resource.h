/*
 * What a person can attach to a conversation. A resource is a call of a tool under an
 * address of its own; a template is one for each of many things. A prompt is a short text
 * that leads to the tools.
 */
#ifndef TOOLS_RESOURCE_H
#define TOOLS_RESOURCE_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>

/* Which values an address or an argument can have: a call that lists them. */
struct listing {
    const char *arguments;  /* JSON text; NULL: they cannot be listed */
    const char *rows, *key; /* the member of its result, and that of a row */
    bool needs_session; /* only asked while there is one: nobody waits for its start */
};

struct resource {
    const char *uri; /* of a template with one {part} */
    /* With named clusters each has its own, listed under spark://clusters/NAME; else it is
     * an id, that finds its cluster. */
    bool is_of_cluster;
    const char *name, *title, *description;
    const char *tool;
    const char *arguments; /* of the call, JSON text */
    const char *part;      /* the argument that the part becomes; NULL: no template */
    struct listing listing;
    /* The members that tell of a change: "state applicationId". NULL: nobody can subscribe
     * to it. They stand in the result, or in this member of it. */
    const char *followed, *followed_in;
};

struct prompt_argument {
    const char *name, *description;
    bool is_required;
    struct listing listing;
};

struct prompt {
    const char *name, *title, *description;
    const char *tool; /* that lists */
    struct prompt_argument arguments[2];
    const char
        *text; /* with {argument}; a line whose argument is not given is left out */
};

/* Those of this executable, each ended by one without a name (resources.c). */
extern const struct resource all_resources[];
extern const struct prompt all_prompts[];

/* The resource, or the template that the address belongs to; then what its call is given
 * goes to *arguments (new). spark://clusters/NAME/REST is spark://REST of that cluster,
 * and spark://clusters/NAME its spark://cluster. NULL: there is none. */
const struct resource *resource_find(const char *uri, json_t **arguments);
/* By its address as it is listed, with {part}; NULL. */
const struct resource *resource_template(const char *uri);
/* As clients see them: objects of address, name, title and description; those with a
 * {part}, or those without. New. */
json_t *resource_entries(bool with_part);

/* Of a result, what tells of a change. New. */
json_t *resource_followed(const struct resource *resource, const json_t *result);
/* Whether what the result tells of has come to its end, and changes no more. */
bool resource_is_over(const struct resource *resource, const json_t *result);

const struct prompt *prompt_find(const char *name);
const struct prompt_argument *prompt_argument(const struct prompt *prompt,
                                              const char *name);
/* What it says with these arguments. New; NULL when a required one is missing. */
json_t *prompt_text(const struct prompt *prompt, const json_t *arguments,
                    struct error *error);

#endif
