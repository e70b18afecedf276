#include "spark/local_shared.h"

#include "base/log.h"
#include "base/text.h"
#include "spark/cluster.h"
#include "spark/session_record.h"
#include "spark/state_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { QUEUE = 64 };

static int lock; /* 0: it is not open */

bool local_shared_is_on(void)
{
    return cluster_is_local() && session_record_is_kept();
}

bool local_shared_lock(void)
{
    if (session_record_hold("spark.lock", "private Spark", &lock))
        return true;
    local_shared_unlock();
    return false;
}

void local_shared_unlock(void)
{
    session_record_let_go(&lock);
}

static bool name_socket(const char *folder, struct sockaddr_un *address)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (snprintf(address->sun_path, sizeof address->sun_path, "%s/servers", folder) <
        (int)sizeof address->sun_path)
        return true;
    errno = ENAMETOOLONG;
    return false;
}

/* -1 with errno. */
static int connect_to(const char *folder)
{
    struct sockaddr_un address;
    int fd = name_socket(folder, &address) ? socket(AF_UNIX, SOCK_STREAM, 0) : -1;

    if (fd < 0)
        return -1;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

int local_shared_join(char folder[PATH_MAX])
{
    char text[PATH_MAX];
    ssize_t length = session_record_load("spark", text, sizeof text - 1);
    int own; /* what is told to the Spark in there is for this user only */

    text[length > 0 ? length : 0] = '\0';
    own = state_folder_open(text, O_RDONLY | O_DIRECTORY);
    if (own < 0)
        return -1;
    close(own);
    text_copy(folder, PATH_MAX, text);
    return connect_to(folder);
}

bool local_shared_open(const char *folder, int ends[2])
{
    struct sockaddr_un address;
    bool is_open = false;

    ends[1] = -1;
    ends[0] = name_socket(folder, &address) ? socket(AF_UNIX, SOCK_STREAM, 0) : -1;
    if (ends[0] < 0)
        return false;
    if (bind(ends[0], (struct sockaddr *)&address, sizeof address) == 0 &&
        listen(ends[0], QUEUE) == 0) {
        ends[1] = connect_to(folder);
        is_open = ends[1] >= 0;
    }
    if (!is_open)
        close(ends[0]);
    return is_open;
}

void local_shared_record(const char *folder)
{
    session_record_clear();
    if (!session_record_store("spark", folder, strlen(folder)))
        log_write(LOG_WARNING, "the private Spark cannot be shared: %s", strerror(errno));
}
