/*
 * Everything that was started is in the supervisor's session. Where there is no /proc to find
 * it in, it is known by its process group, in which what it started is too.
 */
#include "spark/supervisor/processes.h"

#include "base/jx.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

enum {
    TERM_GRACE_MS = 5000, /* for the JVMs' own clean-up */
    KILL_GRACE_MS = 3000,
    GROUPS_MAX = 512,
};

static pid_t groups[GROUPS_MAX]; /* the newest */
static size_t started;

int64_t processes_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- starting ---- */

static bool redirect(const char *path, int target)
{
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    return file >= 0 && dup2(file, target) == target;
}

static void become(const struct process *process)
{
    const char *name;
    json_t *value;
    int nothing;

    setpgid(0, 0);
#ifdef __linux__
    /* should the supervisor itself be killed */
    prctl(PR_SET_PDEATHSIG, process->is_idle ? SIGKILL : SIGTERM);
#endif
    if (!redirect(process->output, 1) || !redirect(process->errors, 2) ||
        (process->folder != NULL && chdir(process->folder) != 0))
        _exit(126);
    if (process->is_idle)
        setpriority(PRIO_PROCESS, 0, 19);
    nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    dup2(nothing, 0);
    json_object_foreach ((json_t *)process->environment, name, value)
        setenv(name, json_string_value(value), 1);
    execv(process->arguments[0], process->arguments);
    fprintf(stderr, "cannot run %s: %s\n", process->arguments[0], strerror(errno));
    _exit(127);
}

pid_t processes_start(const struct process *process)
{
    pid_t pid = fork();

    if (pid == 0)
        become(process);
    if (pid > 0) {
        setpgid(pid, pid);
        groups[started++ % GROUPS_MAX] = pid;
    }
    return pid;
}

/* ---- ending ---- */

#ifdef __linux__
/* Signals everything that was started here, however deep and whoever its parent is now:
 * it is in the supervisor's session. Signal 0 only counts. */
static size_t signal_all(int signal)
{
    DIR *directory = opendir("/proc");
    struct dirent *entry;
    size_t count = 0;

    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        char path[300], line[512] = "";
        const char *after;
        char state = 'Z';
        int pid = atoi(entry->d_name), session = 0;
        FILE *file;

        snprintf(path, sizeof path, "/proc/%.200s/stat", entry->d_name);
        if (pid <= 0 || pid == getpid() || (file = fopen(path, "re")) == NULL)
            continue;
        if (fgets(line, sizeof line, file) != NULL &&
            (after = strrchr(line, ')')) != NULL)
            sscanf(after + 1, " %c %*d %*d %d", &state, &session);
        fclose(file);
        if (session != getpid() || state == 'Z')
            continue;
        count++;
        kill(pid, signal);
    }
    if (directory != NULL)
        closedir(directory);
    return count;
}
#else
static size_t signal_all(int signal)
{
    size_t count = 0;

    for (size_t i = 0; i < started && i < GROUPS_MAX; i++)
        if (kill(-groups[i], signal) == 0)
            count++;
    return count;
}
#endif

/* Reaps what has ended until nothing is left or the time is over; true when nothing is
 * left. */
static bool wait_for_all(int ms)
{
    int64_t deadline_ms = processes_now_ms() + ms;

    while (true) {
        while (waitpid(-1, NULL, WNOHANG) > 0)
            continue;
        if (signal_all(0) == 0)
            return true;
        if (processes_now_ms() >= deadline_ms)
            return false;
        poll(NULL, 0, 20);
    }
}

void processes_end_all(void)
{
    int64_t deadline_ms;

    signal_all(SIGTERM);
    if (wait_for_all(TERM_GRACE_MS))
        return;
    deadline_ms = processes_now_ms() + KILL_GRACE_MS;
    do
        signal_all(SIGKILL);
    while (!wait_for_all(100) && processes_now_ms() < deadline_ms);
}
