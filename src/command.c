/*
 * One call, as a client would make it: arguments are taken and checked by the tool's
 * schema, the flow runs in a loop of its own, and the answer is printed as the client's
 * text or, with --json, as its structured content. A call from a shell waits for the end
 * of its work, since nobody is there to ask later. What it started ends with it.
 */
#include "command.h"

#include "base/clock.h"
#include "base/clusters.h"
#include "base/jx.h"
#include "base/secret.h"
#include "base/text.h"
#include "flow.h"
#include "http.h"
#include "mcp/answer.h"
#include "schema/schema.h"
#include "spark/driver_state.h"
#include "spark/local.h"
#include "spark/local_end.h"
#include "spark/run.h"
#include "spark/session.h"
#include "tools/advice.h"
#include "tools/tool.h"
#include "tools/tool_call.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_INTERRUPTED = 130,
    WAIT_MS = 200, /* how late a signal is noticed at most */
    GRACE_MS = 2000,
    WAIT_SECONDS = 7 * 24 * 3600,
};

struct command {
    const struct tool *tool;
    json_t *arguments, *notes;
    bool wants_json;
    char progress[400]; /* the last one shown */
    bool has_ended;
    int exit_code;
};

static volatile sig_atomic_t is_interrupted;

static void note_signal(int signal)
{
    (void)signal;
    is_interrupted = 1;
}

/* Text for a terminal: no secrets, no control characters. */
static void add_shown(struct buffer *shown, const char *text)
{
    char *masked = secret_mask(text, strlen(text));

    text_add_visible(shown, masked, strlen(masked));
    free(masked);
}

static int complain(const struct error *error)
{
    struct error advised = *error;
    char text[sizeof *error];
    struct buffer shown = {0};

    advice_complete(&advised);
    error_describe(&advised, text, sizeof text);
    add_shown(&shown, text);
    fprintf(stderr, "%s\n", buffer_text(&shown));
    buffer_release(&shown);
    return error->kind == ERROR_ARGUMENTS ? EXIT_USAGE : EXIT_FAILED;
}

/* ---- what the shell gave ---- */

/* "key=value", whose value is a text that schema_fit may read; or the whole as JSON. */
static bool add_argument(json_t *arguments, const char *word, struct error *error)
{
    const char *equals = strchr(word, '=');
    json_t *whole = word[0] == '{' ? json_loads(word, 0, NULL) : NULL;
    char key[64];

    if (json_is_object(whole)) {
        json_object_update(arguments, whole);
        json_decref(whole);
        return true;
    }
    json_decref(whole);
    if (equals == NULL || equals == word || (size_t)(equals - word) >= sizeof key) {
        error_set(error, ERROR_ARGUMENTS, "cannot read the argument '%.100s'", word);
        error_hint(error, "Write key=value, or all arguments as one JSON object.");
        return false;
    }
    snprintf(key, sizeof key, "%.*s", (int)(equals - word), word);
    json_object_set_new(arguments, key, jx_text(equals + 1, strlen(equals + 1)));
    return true;
}

static bool find_tool(struct command *command, const char *name, struct error *error)
{
    command->tool = tool_find(name);
    if (command->tool != NULL)
        return true;
    error_set(error, ERROR_ARGUMENTS, "unknown tool: '%.100s'", name);
    error_hint(error, "'mcp-spark-server tools' lists them.");
    return false;
}

static bool fit_arguments(struct command *command, struct error *error)
{
    const json_t *definition = tool_definition(command->tool);
    const json_t *schema = json_object_get(definition, "inputSchema");
    json_auto_t *given = command->arguments;

    command->arguments = schema_fit(schema, given, command->notes);
    if (!schema_check_call(definition, command->arguments, error))
        return false;
    if (jx_object(jx_object(schema, "properties"), "wait_seconds") != NULL &&
        json_object_get(command->arguments, "wait_seconds") == NULL &&
        json_object_get(command->arguments, "metric_type") == NULL)
        json_object_set_new(command->arguments, "wait_seconds",
                            json_integer(WAIT_SECONDS));
    return true;
}

static bool read_command(struct command *command, int count, char **arguments,
                         struct error *error)
{
    bool is_sql = strcmp(arguments[0], "sql") == 0;

    if (count < 2) {
        error_set(error, ERROR_ARGUMENTS, "'%s' needs %s", arguments[0],
                  is_sql ? "a statement" : "the name of a tool");
        error_hint(error, "See --help.");
        return false;
    }
    if (!find_tool(command, is_sql ? "execute-sql" : arguments[1], error))
        return false;
    if (is_sql)
        json_object_set_new(command->arguments, "sql",
                            jx_text(arguments[1], strlen(arguments[1])));
    for (int i = 2; i < count; i++) {
        if (strcmp(arguments[i], "--json") == 0)
            command->wants_json = true;
        else if (!add_argument(command->arguments, arguments[i], error))
            return false;
    }
    return fit_arguments(command, error);
}

/* ---- the call ---- */

/* On a terminal one line that is written anew. */
static void show_progress(void *context, double done, double total, const char *message)
{
    struct command *command = context;
    struct buffer visible = {0};

    (void)done;
    (void)total;
    add_shown(&visible, message);
    if (strcmp(command->progress, buffer_text(&visible)) != 0)
        fprintf(stderr, isatty(STDERR_FILENO) ? "\r\033[K%.120s" : "%s\n",
                buffer_text(&visible));
    fflush(stderr);
    text_copy(command->progress, sizeof command->progress, buffer_text(&visible));
    buffer_release(&visible);
}

static void clear_progress(const struct command *command)
{
    if (command->progress[0] != '\0' && isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
}

static void print_result(const struct command *command, json_t *result)
{
    json_auto_t *answer =
        answer_of_result(command->tool, REVISION_2025_11_25, result, command->notes);
    const json_t *text =
        json_object_get(json_array_get(jx_array(answer, "content"), 0), "text");
    struct buffer json = {0};

    if (command->wants_json) {
        jx_write(&json, json_object_get(answer, "structuredContent"));
        puts(buffer_text(&json));
    } else {
        puts(jx_masked_text(text));
    }
    buffer_release(&json);
}

static void end_call(void *context, const struct error *error, json_t *result)
{
    struct command *command = context;
    bool has_failed =
        error == NULL && driver_state_is_failure(driver_state_of(result, "state"));

    command->has_ended = true;
    clear_progress(command);
    if (error != NULL)
        command->exit_code = complain(error);
    else
        print_result(command, result);
    if (has_failed)
        command->exit_code = EXIT_FAILED;
}

static void go_round(int most_ms)
{
    struct http_fd ends[CLUSTERS_MAX];

    local_end_add_fds(ends);
    http_wait(ends, clusters_count(), flow_wait_ms(most_ms));
    local_end_look(ends);
    flow_dispatch();
}

static void run_call(struct command *command)
{
    struct flow *flow = tool_call_start(command->tool, json_incref(command->arguments),
                                        &(struct flow_client){.context = command,
                                                              .ended = end_call,
                                                              .reported = show_progress});
    int64_t deadline_ms;

    while (!command->has_ended && !is_interrupted)
        go_round(WAIT_MS);
    if (!command->has_ended) {
        clear_progress(command);
        flow_cancel(flow);
        command->exit_code = EXIT_INTERRUPTED;
    }
    run_stop_all();
    session_stop();
    deadline_ms = clock_ms() + GRACE_MS;
    while (flow_count() > 0 && clock_ms() < deadline_ms)
        go_round(50);
    local_stop();
    flow_cancel_all();
    http_close();
}

/* ---- tools ---- */

static int list_tools(void)
{
    for (size_t i = 0; all_tools[i] != NULL; i++)
        printf("%-18s %s\n", all_tools[i]->name,
               jx_string(tool_definition(all_tools[i]), "description"));
    puts("\nmcp-spark-server call TOOL key=value... (docs/tools.md has the keys)");
    return EXIT_DONE;
}

int command_run(int count, char **arguments)
{
    struct command command = {.arguments = json_object(), .notes = json_array()};
    struct sigaction action = {.sa_handler = note_signal};
    struct error error;

    if (strcmp(arguments[0], "tools") == 0) {
        command.exit_code = list_tools();
    } else if (strcmp(arguments[0], "call") != 0 && strcmp(arguments[0], "sql") != 0) {
        error_set(&error, ERROR_ARGUMENTS, "no such command: '%.100s'", arguments[0]);
        error_hint(&error, "There are tools, call and sql; see --help.");
        command.exit_code = complain(&error);
    } else if (!read_command(&command, count, arguments, &error)) {
        command.exit_code = complain(&error);
    } else {
        sigaction(SIGINT, &action, NULL);
        sigaction(SIGTERM, &action, NULL);
        sigaction(SIGHUP, &action, NULL);
        signal(SIGPIPE, SIG_IGN);
        run_call(&command);
    }
    json_decref(command.arguments);
    json_decref(command.notes);
    return command.exit_code;
}
