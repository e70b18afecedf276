/*
 * The loop, once around: wait for input, a transfer or a timer; take the lines that have
 * come; write; run the steps that are ready; write. It reads no further while the client
 * does not read its answers. The server outlives its flows: at the end they are given
 * GRACE_MS to reach Spark, then cut off.
 */
#include "server.h"

#include "base/clock.h"
#include "base/clusters.h"
#include "base/log.h"
#include "flow.h"
#include "http.h"
#include "mcp/mcp.h"
#include "rpc/lines.h"
#include "rpc/outbox.h"
#include "spark/local.h"
#include "spark/local_end.h"
#include "spark/run.h"
#include "spark/session.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    IDLE_WAIT_MS = 60000,
    GRACE_MS = 2000, /* for what flows undo at their end to reach Spark */
};

struct server {
    struct lines input;
    struct outbox output;
    struct connection client;
    bool is_held;       /* lines wait in the input until the client reads its answers */
    int64_t closing_ms; /* when to end at the latest; 0 while open */
};

static int signal_pipe[2];

static void catch_signal(int signal)
{
    char byte = (char)signal;
    int saved = errno;

    if (write(signal_pipe[1], &byte, 1) < 0) {
        /* a full pipe holds signals enough */
    }
    errno = saved;
}

static void watch_signals(void)
{
    struct sigaction action = {.sa_handler = catch_signal};

    if (pipe(signal_pipe) != 0)
        BUG("cannot make a pipe: %s", strerror(errno));
    for (int i = 0; i < 2; i++) {
        fcntl(signal_pipe[i], F_SETFD, FD_CLOEXEC);
        fcntl(signal_pipe[i], F_SETFL, O_NONBLOCK);
    }
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* Standard output is kept private: descriptor 1 becomes standard error, so that nothing
 * but the outbox can write to the client. */
static int take_stdout(void)
{
    int output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);

    if (output < 0)
        BUG("standard output is not open");
    dup2(STDERR_FILENO, STDOUT_FILENO);
    return output;
}

/* Ends the calls in flight, the operations and the session; what they still have to do at
 * Spark goes on for a moment. */
static void server_close(struct server *server)
{
    if (server->closing_ms != 0)
        return;
    server->closing_ms = clock_ms() + GRACE_MS;
    mcp_close(&server->client);
    run_stop_all();
    session_stop();
}

/* At the end of input the calls in flight are answered first. */
static void server_close_when_done(struct server *server)
{
    if (server->input.has_ended && !server->is_held && !mcp_has_calls(&server->client) &&
        outbox_is_empty(&server->output))
        server_close(server);
}

static bool server_is_open(const struct server *server)
{
    bool is_idle = flow_count() == 0 && outbox_is_empty(&server->output);

    return server->closing_ms == 0 || (!is_idle && clock_ms() < server->closing_ms);
}

static void server_wait(struct server *server)
{
    bool reads = !server->input.has_ended && server->closing_ms == 0 &&
                 !outbox_is_full(&server->output);
    struct http_fd fds[3 + CLUSTERS_MAX] = {
        {.fd = signal_pipe[0]},
        {.fd = reads ? STDIN_FILENO : -1},
        {.fd = outbox_is_empty(&server->output) ? -1 : server->output.fd,
         .wants_write = true},
    };
    int most = server->closing_ms != 0 ? 50 : IDLE_WAIT_MS;
    char byte;

    if (server->is_held && !outbox_is_full(&server->output))
        most = 0;
    local_end_add_fds(fds + 3);
    http_wait(fds, 3 + clusters_count(), flow_wait_ms(most));
    if (fds[0].is_ready && read(signal_pipe[0], &byte, 1) == 1) {
        log_write(LOG_INFO, "ending on signal %d", byte);
        server_close(server);
    }
    if (fds[1].is_ready)
        lines_read(&server->input, STDIN_FILENO);
    local_end_look(fds + 3);
    if (server->output.is_broken)
        server_close(server);
}

static void server_receive(struct server *server)
{
    const char *line;
    size_t length;
    enum lines_result result;

    while (server->closing_ms == 0 && !outbox_is_full(&server->output) &&
           (result = lines_next(&server->input, &line, &length)) != LINES_NONE) {
        if (result == LINES_TOO_LONG)
            mcp_receive_too_long(&server->client);
        else
            mcp_receive(&server->client, line, length);
    }
    server->is_held = outbox_is_full(&server->output);
}

int server_run(void)
{
    struct server server = {0};

    if (isatty(STDIN_FILENO))
        fputs("mcp-spark-server waits for MCP requests, one line of JSON each; "
              "see --help for what people can call.\n",
              stderr);
    watch_signals();
    outbox_open(&server.output, take_stdout());
    mcp_open(&server.client, &server.output);
    while (server_is_open(&server)) {
        server_wait(&server);
        server_receive(&server);
        outbox_flush(&server.output); /* a ping does not wait for the calls before it */
        flow_dispatch();
        outbox_flush(&server.output);
        server_close_when_done(&server);
    }
    local_stop();
    flow_cancel_all();
    http_close();
    outbox_release(&server.output);
    lines_release(&server.input);
    return 0;
}
