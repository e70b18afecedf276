/*
 * A Python exception comes as a traceback inside a Java exception, a Java one as a chain
 * whose last "Caused by: " is the innermost. What is neither, such as the end of an
 * executor, is said by its first line.
 */
#include "spark/failure.h"

#include "base/buffer.h"
#include "base/text.h"
#include "spark/cause.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { FRAMES_SHOWN = 5 };

static const char *find_last(const char *text, const char *word)
{
    const char *found = NULL;

    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word))
        found = at;
    return found;
}

static const char *next_line(const char *line)
{
    const char *end = strchr(line, '\n');

    return end != NULL ? end + 1 : line + strlen(line);
}

static void copy_line(char *target, size_t size, const char *line)
{
    struct buffer text = {0};

    buffer_add(&text, line, strcspn(line, "\r\n"));
    text_copy(target, size, buffer_text(&text));
    buffer_release(&text);
}

static void add_line(struct buffer *stack, const char *line)
{
    buffer_add(stack, line, strcspn(line, "\r\n"));
    buffer_add_text(stack, "\n");
}

/*   File "/jobs/prices.py", line 19, in read_price */
static void read_python_frame(const char *line, char *where, size_t size)
{
    const char *path = line + strlen("  File \"");
    int path_length = (int)strcspn(path, "\"\n");
    const char *number = strstr(path, ", line "), *name;

    if (number == NULL)
        return;
    number += strlen(", line ");
    name = strstr(number, ", in ");
    snprintf(where, size, "%.*s:%.*s", path_length, path,
             (int)strspn(number, "0123456789"), number);
    if (name != NULL && name < next_line(line))
        snprintf(where + strlen(where), size - strlen(where), " in %.*s",
                 (int)strcspn(name + strlen(", in "), "\n"), name + strlen(", in "));
}

static bool read_traceback(const char *text, struct failure *failure,
                           struct buffer *stack)
{
    const char *start = find_last(text, "Traceback (most recent call last):"), *line;
    bool is_own = false;

    if (start == NULL)
        return false;
    for (line = next_line(start); *line == ' ' || *line == '\t'; line = next_line(line)) {
        if (text_starts_with(line, "  File \"")) {
            is_own = cause_is_own_frame(line);
            if (is_own)
                read_python_frame(line, failure->where, sizeof failure->where);
        }
        if (is_own)
            add_line(stack, line);
    }
    if (*line == '\0')
        return false;
    copy_line(failure->what, sizeof failure->what, line);
    add_line(stack, line);
    return true;
}

/* A frame of Spark, Scala or Java: "\tat org.apache.spark.rdd.RDD.iterator(...)". */
static bool is_own_java_frame(const char *frame)
{
    static const char *const others[] = {"org.apache.spark.",
                                         "org.apache.hadoop.",
                                         "java.",
                                         "javax.",
                                         "jdk.",
                                         "scala.",
                                         "sun.",
                                         "py4j."};

    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (text_starts_with(frame, others[i]))
            return false;
    return true;
}

static void read_java(const char *text, struct failure *failure, struct buffer *stack)
{
    static const char caused[] = "Caused by: ", at[] = "\tat ";
    const char *start = find_last(text, "\nCaused by: ");
    int shown = 0;

    start = start != NULL ? start + 1 + strlen(caused) : text;
    copy_line(failure->what, sizeof failure->what, start);
    add_line(stack, start);
    for (const char *line = next_line(start); *line != '\0'; line = next_line(line)) {
        if (text_starts_with(line, caused) || !text_starts_with(line, at))
            continue;
        if (failure->where[0] == '\0' && is_own_java_frame(line + strlen(at)))
            copy_line(failure->where, sizeof failure->where, line + strlen(at));
        if (shown++ < FRAMES_SHOWN)
            add_line(stack, line);
    }
}

struct failure failure_of(const char *text)
{
    struct failure failure = {0};
    struct buffer stack = {0};

    if (!read_traceback(text, &failure, &stack)) {
        buffer_clear(&stack);
        read_java(text, &failure, &stack);
    }
    while (stack.length > 0 && stack.data[stack.length - 1] == '\n')
        stack.data[--stack.length] = '\0';
    text_copy(failure.stack, sizeof failure.stack, buffer_text(&stack));
    buffer_release(&stack);
    return failure;
}

static const char *skip_number(const char *text)
{
    return text + strspn(text, "0123456789");
}

bool failure_is_same(const struct failure *first, const struct failure *second)
{
    const char *a = first->what, *b = second->what;

    while (*a != '\0' && *b != '\0') {
        if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
            a = skip_number(a);
            b = skip_number(b);
        } else if (*a++ != *b++) {
            return false;
        }
    }
    return *a == *b && strcmp(first->where, second->where) == 0;
}
