/*
 * A shared Spark ends when it has rested for long: no server was there, and no driver ran.
 * Work for which no server comes back ends it too, a day after the last one, as the shared
 * session ends then (session_start.h).
 */
#include "spark/supervisor/servers.h"

#include "spark/session_start.h"
#include "spark/supervisor/processes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct {
    int listener; /* -1: nobody is let in */
    int fds[SERVERS_MAX];
    size_t count;
    int64_t idle_ms;
    int64_t busy_ms, served_ms; /* when a driver ran or a server was there; a server */
} servers;

void servers_init(int idle_seconds)
{
    servers.listener = idle_seconds > 0 ? STDIN_FILENO : -1;
    servers.count = idle_seconds > 0 ? 0 : 1;
    servers.fds[0] = STDIN_FILENO;
    servers.idle_ms = (int64_t)idle_seconds * 1000;
    servers.busy_ms = servers.served_ms = processes_now_ms();
    if (servers.listener >= 0)
        fcntl(servers.listener, F_SETFL, O_NONBLOCK);
}

size_t servers_list(struct pollfd *fds)
{
    fds[0] = (struct pollfd){.fd = servers.count < SERVERS_MAX ? servers.listener : -1,
                             .events = POLLIN};
    for (size_t i = 0; i < servers.count; i++)
        fds[1 + i] = (struct pollfd){.fd = servers.fds[i], .events = POLLIN};
    return 1 + servers.count;
}

/* Reads on, so that the next poll waits. */
static bool is_there(int fd)
{
    char byte;
    ssize_t length = recv(fd, &byte, 1, MSG_DONTWAIT);

    return length > 0 || (length < 0 && (errno == EAGAIN || errno == EINTR));
}

static void let_in(void)
{
    int fd = accept(servers.listener, NULL, NULL);

    if (fd < 0)
        return;
    fcntl(fd, F_SETFD, FD_CLOEXEC); /* a JVM that holds it would hide this end's end */
    servers.fds[servers.count++] = fd;
}

void servers_look(const struct pollfd *fds)
{
    size_t count = servers.count;

    servers.count = 0;
    for (size_t i = 0; i < count; i++) {
        if (fds[1 + i].revents == 0 || is_there(servers.fds[i]))
            servers.fds[servers.count++] = servers.fds[i];
        else
            close(servers.fds[i]);
    }
    if (fds[0].revents != 0 && servers.count < SERVERS_MAX)
        let_in();
}

bool servers_need_spark(bool is_at_work)
{
    int64_t now_ms = processes_now_ms();

    if (servers.count > 0)
        servers.served_ms = now_ms;
    if (servers.count > 0 || is_at_work)
        servers.busy_ms = now_ms;
    return servers.count > 0 ||
           (now_ms - servers.busy_ms < servers.idle_ms &&
            now_ms - servers.served_ms < (int64_t)SESSION_SHARED_GONE_S * 1000);
}

void servers_turn_away(void)
{
    if (servers.listener >= 0)
        close(servers.listener);
    servers.listener = -1;
}

void servers_tell(void)
{
    for (size_t i = 0; i < servers.count; i++)
        if (write(servers.fds[i], "", 1) < 0)
            fprintf(stderr, "a server cannot be told: %s\n", strerror(errno));
}

bool servers_stay(int ms)
{
    struct pollfd fds[SERVERS_FDS];
    size_t count = servers_list(fds);

    if (servers.count == 0 || poll(fds, count, ms) <= 0)
        return false;
    servers_look(fds);
    return servers.count > 0;
}
