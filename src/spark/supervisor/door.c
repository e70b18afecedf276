/*
 * A connection gathers its request, is answered in one go, writes until the answer has gone,
 * and is closed. Whoever can open the socket is this user or root; the limits are against
 * mistakes, and so that nothing can hold up the watch over the daemons.
 */
#include "spark/supervisor/door.h"

#include "base/text.h"
#include "spark/supervisor/processes.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { IDLE_MAX_MS = 3000, PIECE = 64 * 1024, QUEUE = 64 };

struct connection {
    int fd; /* 0: free */
    int64_t active_ms;
    struct buffer input, output;
    bool is_answered;
};

static int listener = -1;
static struct connection connections[DOOR_CONNECTIONS];
static void (*give_answer)(const struct door_request *, struct door_answer *);

static bool make_lasting(int fd)
{
    return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0;
}

bool door_open(const char *path,
               void (*answer)(const struct door_request *, struct door_answer *))
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    mode_t mask;
    bool is_open;

    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return false;
    }
    text_copy(address.sun_path, sizeof address.sun_path, path);
    give_answer = answer;
    listener = socket(AF_UNIX, SOCK_STREAM, 0);
    mask = umask(0177); /* no moment with other rights */
    is_open = listener >= 0 && make_lasting(listener) &&
              bind(listener, (struct sockaddr *)&address, sizeof address) == 0 &&
              listen(listener, QUEUE) == 0;
    umask(mask);
    return is_open;
}

static void hang_up(struct connection *connection)
{
    close(connection->fd);
    buffer_release(&connection->input);
    buffer_release(&connection->output);
    *connection = (struct connection){0};
}

void door_close(void)
{
    if (listener >= 0)
        close(listener);
    listener = -1;
    for (size_t i = 0; i < DOOR_CONNECTIONS; i++)
        if (connections[i].fd != 0)
            hang_up(&connections[i]);
}

static struct connection *free_connection(void)
{
    for (size_t i = 0; i < DOOR_CONNECTIONS; i++)
        if (connections[i].fd == 0)
            return &connections[i];
    return NULL;
}

static void let_in(void)
{
    struct connection *connection;

    while ((connection = free_connection()) != NULL) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            return;
        if (!make_lasting(fd)) {
            close(fd);
            continue;
        }
        connection->fd = fd;
        connection->active_ms = processes_now_ms();
        connection->input.limit = DOOR_HEAD_MAX + DOOR_BODY_MAX;
    }
}

static const char *reason_of(int status)
{
    return status == 200 ? "OK" : status == 404 ? "Not Found" : "Bad Request";
}

static void write_answer(struct connection *connection, struct door_answer *answer)
{
    buffer_printf(&connection->output,
                  "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
                  "Connection: close\r\n\r\n",
                  answer->status, reason_of(answer->status), answer->type,
                  answer->body.length);
    buffer_add(&connection->output, answer->body.data, answer->body.length);
    buffer_release(&answer->body);
    connection->is_answered = true;
}

static void answer_when_whole(struct connection *connection)
{
    struct door_answer answer = {.status = 200, .type = "application/json"};
    struct door_request request;

    switch (door_read(connection->input.data, connection->input.length, &request)) {
    case DOOR_NEEDS_MORE:
        return;
    case DOOR_IS_WHOLE:
        give_answer(&request, &answer);
        break;
    case DOOR_IS_BAD:
        answer.status = 400;
        answer.type = "text/plain";
        buffer_add_text(&answer.body, "this is no request that is understood here");
        break;
    }
    write_answer(connection, &answer);
}

/* One piece at a time, so that nobody is kept waiting; false when it is over. */
static bool take(struct connection *connection)
{
    static char piece[PIECE];
    ssize_t length = read(connection->fd, piece, sizeof piece);

    if (length < 0)
        return errno == EAGAIN || errno == EINTR;
    if (length == 0 || !buffer_offer(&connection->input, piece, (size_t)length))
        return false;
    answer_when_whole(connection);
    return true;
}

static bool give(struct connection *connection)
{
    ssize_t length =
        write(connection->fd, connection->output.data, connection->output.length);

    if (length < 0)
        return errno == EAGAIN || errno == EINTR;
    buffer_consume(&connection->output, (size_t)length);
    return connection->output.length > 0;
}

size_t door_list(struct pollfd *fds)
{
    size_t count = 0;

    fds[count++] = (struct pollfd){.fd = free_connection() != NULL ? listener : -1,
                                   .events = POLLIN};
    for (size_t i = 0; i < DOOR_CONNECTIONS; i++)
        if (connections[i].fd != 0)
            fds[count++] =
                (struct pollfd){.fd = connections[i].fd,
                                .events = connections[i].is_answered ? POLLOUT : POLLIN};
    return count;
}

static void go_on(struct connection *connection, bool is_ready)
{
    bool stays = true;

    if (is_ready) {
        connection->active_ms = processes_now_ms();
        stays = connection->is_answered ? give(connection) : take(connection);
    }
    if (!stays || processes_now_ms() - connection->active_ms > IDLE_MAX_MS)
        hang_up(connection);
}

void door_serve(const struct pollfd *fds, size_t count)
{
    for (size_t i = 0; i < DOOR_CONNECTIONS; i++) {
        bool is_ready = false;
        if (connections[i].fd == 0)
            continue;
        for (size_t k = 1; k < count; k++)
            is_ready |= fds[k].fd == connections[i].fd && fds[k].revents != 0;
        go_on(&connections[i], is_ready);
    }
    if (count > 0 && fds[0].revents != 0)
        let_in();
}
