/*
 * Four kinds of text, tried in the order of how much they say: the exception of the
 * submission status, the last Python traceback, the Java exception that ended the JVM,
 * and single lines that are known to matter. Frames are left out, save the user's own.
 */
#include "spark/cause.h"

#include "base/text.h"
#include "spark/process_end.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES_MAX = 14, LINE_MAX = 400 };

/* The last place where the word stands, NULL when nowhere. */
static const char *find_last(const char *text, const char *word)
{
    const char *found = NULL;

    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word))
        found = at;
    return found;
}

static void add_line(struct buffer *cause, const char *line)
{
    size_t length = strcspn(line, "\r\n");

    if (cause->length > 0)
        buffer_add_text(cause, "\n");
    buffer_add(cause, line, length < LINE_MAX ? length : LINE_MAX);
    if (length > LINE_MAX)
        buffer_add_text(cause, "...");
}

static const char *next_line(const char *line)
{
    const char *end = strchr(line, '\n');

    return end != NULL ? end + 1 : line + strlen(line);
}

/* A Java stack frame, which says little to who only wants to know what happened. */
static bool is_frame(const char *line)
{
    return text_starts_with(line, "\tat ") || text_starts_with(line, "\t... ");
}

/* A line of log4j that follows the exception: "26/11/22 17:11:02 INFO ...". */
static bool is_log_line(const char *line)
{
    static const char pattern[] = "00/00/00 00:00:00 ";

    for (size_t i = 0; pattern[i] != '\0'; i++)
        if (pattern[i] == '0' ? !isdigit((unsigned char)line[i]) : line[i] != pattern[i])
            return false;
    return true;
}

bool cause_is_own_frame(const char *line)
{
    static const char *const others[] = {"/pyspark/",       "/pyspark.zip/", "/py4j",
                                         "/site-packages/", "/lib/python",   "<frozen"};
    char text[LINE_MAX];

    if (!text_starts_with(line, "  File \""))
        return false;
    snprintf(text, sizeof text, "%.*s", (int)strcspn(line, "\n"), line);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strstr(text, others[i]) != NULL)
            return false;
    return true;
}

/*
 * From the exception's line of the last traceback on: the frame nearest to the user, the
 * exception, its message; of a Java exception that Python passes on, what caused it.
 */
static bool find_traceback(const char *out, struct buffer *cause)
{
    const char *start = find_last(out, "Traceback (most recent call last):");
    const char *line, *frame = NULL;
    int count = 0;

    if (start == NULL)
        return false;
    for (line = next_line(start); *line == ' ' || *line == '\t'; line = next_line(line))
        if (cause_is_own_frame(line))
            frame = line;
    if (*line == '\0')
        return false;
    if (frame != NULL)
        add_line(cause, frame + 2);
    for (; *line != '\0' && count < LINES_MAX; line = next_line(line)) {
        if (is_log_line(line))
            break;
        if (is_frame(line) || *line == '\n' || text_starts_with(line, "JVM stacktrace"))
            continue;
        add_line(cause, line);
        count++;
    }
    return true;
}

/* A syntax error has no traceback header when the script itself cannot be compiled. */
static bool find_plain_python_error(const char *out, struct buffer *cause)
{
    const char *found = find_last(out, "SyntaxError: ");

    if (found == NULL)
        found = find_last(out, "can't open file '");
    if (found == NULL)
        return false;
    add_line(cause, found);
    return true;
}

/* Wrappers that only say that something inside them failed. */
static bool is_wrapper(const char *line)
{
    return strncmp(line, "java.lang.reflect.InvocationTargetException",
                   strlen("java.lang.reflect.InvocationTargetException")) == 0 ||
           text_starts_with(line, "org.apache.spark.SparkUserAppException");
}

/* The exception's line, and the lines of its message. */
static void add_exception(struct buffer *cause, const char *line)
{
    add_line(cause, line);
    for (line = next_line(line); *line != '\0' && !is_frame(line) && !is_log_line(line) &&
                                 !text_starts_with(line, "Caused by: ");
         line = next_line(line))
        add_line(cause, line);
}

/* The exception that ended the JVM, and the innermost one that caused it; wrappers aside.
 */
static bool find_java_exception(const char *err, struct buffer *cause)
{
    static const char header[] = "Exception in thread \"main\" ",
                      caused[] = "Caused by: ";
    const char *start = find_last(err, header), *outer = NULL, *inner = NULL;

    if (start == NULL)
        return false;
    start += strlen(header);
    if (!is_wrapper(start))
        outer = start;
    for (const char *line = next_line(start); *line != '\0' && !is_log_line(line);
         line = next_line(line)) {
        if (!text_starts_with(line, caused) || is_wrapper(line + strlen(caused)))
            continue;
        if (outer == NULL)
            outer = line + strlen(caused);
        else
            inner = line;
    }
    if (outer == NULL)
        return false;
    add_exception(cause, outer);
    if (inner != NULL)
        add_exception(cause, inner);
    return true;
}

/* The line in which `at` is, without the header of a cause. */
static const char *line_of(const char *text, const char *at)
{
    static const char caused[] = "Caused by: ";

    while (at > text && at[-1] != '\n')
        at--;
    return text_starts_with(at, caused) ? at + strlen(caused) : at;
}

/* Of a task that an executor lost, "(TID 9) (10.0.0.5 executor 2): ...": its heap is not the
 * driver's, and Spark may have run the task again. */
static bool is_of_executor(const char *line, const char *found)
{
    static const char words[] = " executor ";

    for (const char *at = line; (at = strstr(at, words)) != NULL && at < found; at++)
        if (isdigit((unsigned char)at[strlen(words)]))
            return true;
    return false;
}

/* It may stand behind all that was wrapped around it. */
static bool find_full_heap(const char *text, struct buffer *cause)
{
    static const char name[] = "java.lang.OutOfMemoryError";
    const char *last = NULL;

    for (const char *at = text; (at = strstr(at, name)) != NULL; at++)
        if (!is_of_executor(line_of(text, at), at))
            last = at;
    if (last != NULL)
        add_line(cause, last);
    return last != NULL;
}

/* What spark-submit and java say of a class that is not there. */
static bool find_launcher_error(const char *err, struct buffer *cause)
{
    const char *found = find_last(err, "\nError: ");

    if (found != NULL)
        add_line(cause, found + 1);
    else if (text_starts_with(err, "Error: "))
        add_line(cause, err);
    else
        return false;
    return true;
}

/* PythonRunner passes on how its Python ended: 128 and a signal. */
static bool find_python_exit(const char *err, struct buffer *cause)
{
    static const char words[] = "User application exited with ";
    const char *found = find_last(err, words);
    char how[40];
    int code;

    if (found == NULL)
        return false;
    code = atoi(found + strlen(words));
    if (code <= 128) {
        add_line(cause, line_of(err, found));
        return true;
    }
    process_end_describe_code(code, how, sizeof how);
    buffer_printf(cause, "the application's Python %s%s", how,
                  code == 128 + SIGKILL ? ": memory ran out on its machine, most likely"
                                        : "");
    return true;
}

bool cause_find(const char *out, const char *err, const char *status_message,
                struct buffer *cause)
{
    static const char *const prefix = "Exception from the cluster:\n";

    if (status_message[0] != '\0') {
        bool has_prefix = text_starts_with(status_message, prefix);
        add_line(cause, status_message + (has_prefix ? strlen(prefix) : 0));
        return true;
    }
    return find_traceback(out, cause) || find_plain_python_error(out, cause) ||
           find_java_exception(err, cause) || find_full_heap(err, cause) ||
           find_full_heap(out, cause) || find_launcher_error(err, cause) ||
           find_python_exit(err, cause);
}
