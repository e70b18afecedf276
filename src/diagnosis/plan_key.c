/*
 * A plan is told as a tree of "Name (7)" and a block "(7) Name ..." for each number. Of an
 * adaptive one the tree before it was adapted counts, for the other one depends on the data.
 */
#include "diagnosis/facts.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Larger plans have no key: comparing them would take longer than it is worth. */
enum { DESCRIPTION_MAX = 1 << 20, NODES_MAX = 500 };

static const char *skip_digits(const char *at)
{
    return at + strspn(at, "0123456789");
}

/* Behind what differs from one run to the next, NULL when nothing of that begins here:
 * "#12L", "plan_id=7", "[codegen id : 3]". */
static const char *skip_id(const char *at)
{
    static const char plan_id[] = "plan_id=", codegen[] = " [codegen id : ";

    if (*at == '#' && isdigit((unsigned char)at[1])) {
        at = skip_digits(at + 1);
        return *at == 'L' ? at + 1 : at;
    }
    if (text_starts_with(at, plan_id))
        return skip_digits(at + strlen(plan_id));
    if (text_starts_with(at, codegen)) {
        at = skip_digits(at + strlen(codegen));
        return *at == ']' ? at + 1 : at;
    }
    return NULL;
}

static void add_block(struct buffer *key, const char *at, const char *end,
                      bool with_numbers)
{
    while (at < end) {
        const char *behind = skip_id(at);

        if (behind == NULL && !with_numbers && isdigit((unsigned char)*at)) {
            behind = skip_digits(at);
            buffer_add_text(key, "?");
        }
        if (behind == NULL)
            buffer_add(key, at++, 1);
        else
            at = behind;
    }
    buffer_add_text(key, "\n");
}

static const char *end_of_block(const char *at)
{
    const char *end = strstr(at, "\n\n");

    return end != NULL ? end : at + strlen(at);
}

/* The block "(7) ..." of a node of the tree. */
static const char *block_of(const char *description, long long number)
{
    char head[40];
    const char *at;

    snprintf(head, sizeof head, "\n(%lld) ", number);
    at = strstr(description, head);
    return at != NULL ? at + strlen(head) : NULL;
}

void query_add_key(struct buffer *key, const struct query_facts *query, bool with_numbers)
{
    const char *description = jx_string(query->body, "planDescription"), *end;
    size_t length, count = 0;
    const char *tree = plan_initial(description, &length);

    if (strlen(description) > DESCRIPTION_MAX)
        return;
    if (tree == NULL) {
        tree = description;
        length = (size_t)(end_of_block(description) - description);
    }
    end = tree + length;
    for (const char *at = tree; at < end && count < NODES_MAX; at++) {
        long long number;
        int read = 0;
        const char *block;

        if (*at != '(' || sscanf(at, "(%lld)%n", &number, &read) != 1 || read == 0)
            continue;
        count++;
        block = block_of(description, number);
        if (block != NULL)
            add_block(key, block, end_of_block(block), with_numbers);
    }
}
