#include "spark/process_end.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

long process_end_memory_kills(void)
{
    FILE *file = fopen("/proc/vmstat", "re");
    char line[100];
    long count = -1;

    while (file != NULL && count < 0 && fgets(line, sizeof line, file) != NULL)
        sscanf(line, "oom_kill %ld", &count);
    if (file != NULL)
        fclose(file);
    return count;
}

static int signal_of(int status)
{
    if (WIFSIGNALED(status))
        return WTERMSIG(status);
    return WIFEXITED(status) && WEXITSTATUS(status) > 128 ? WEXITSTATUS(status) - 128 : 0;
}

void process_end_describe_code(int code, char *text, size_t size)
{
    static const struct {
        int number;
        const char *name;
    } names[] = {{SIGKILL, "SIGKILL"}, {SIGTERM, "SIGTERM"}, {SIGABRT, "SIGABRT"},
                 {SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"},   {SIGINT, "SIGINT"},
                 {SIGHUP, "SIGHUP"}};
    int number = code - 128;

    if (number <= 0) {
        snprintf(text, size, "ended with exit code %d", code);
        return;
    }
    snprintf(text, size, "was killed (signal %d)", number);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].number == number)
            snprintf(text, size, "was killed (%s)", names[i].name);
}

void process_end_describe(int status, char *text, size_t size)
{
    process_end_describe_code(
        WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status), text, size);
}

const char *process_end_reason(int status, long memory_kills_before)
{
    long now = process_end_memory_kills();

    switch (signal_of(status)) {
    case 0:
        return "";
    case SIGKILL:
        if (now < 0 || memory_kills_before < 0)
            return "memory ran out, most likely";
        return now > memory_kills_before
                   ? "memory ran out: the system has killed a process for it meanwhile"
                   : "somebody killed it: the system has killed none for want of memory";
    case SIGABRT:
    case SIGSEGV:
    case SIGBUS:
        return "its JVM crashed";
    default:
        return "somebody sent it that signal";
    }
}
