/* The daemons learn their secret from a file: their arguments are for everyone to read. */
#include "spark/supervisor/daemons.h"

#include "spark/supervisor/processes.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    DAEMONS = 3,
    /* What took 10 s is looked at when it has ended (glance.h). */
    HISTORY_AFTER_MS = 8000,
};

static struct {
    const char *name;
    pid_t pid; /* 0: nobody has needed it yet */
} daemons[DAEMONS] = {{.name = "master"}, {.name = "worker"}, {.name = "history"}};

static const struct daemons_settings *settings;
static int sockets[DAEMONS_PORTS]; /* hold the ports; 0: a daemon has it */
static int64_t cluster_ms;         /* when master and worker were started; 0: not yet */

bool daemons_find_ports(int ports[DAEMONS_PORTS])
{
    bool is_good = true;

    for (size_t i = 0; i < DAEMONS_PORTS; i++) {
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t length = sizeof address;

        sockets[i] = socket(AF_INET, SOCK_STREAM, 0);
        is_good = is_good && fcntl(sockets[i], F_SETFD, FD_CLOEXEC) == 0 &&
                  bind(sockets[i], (struct sockaddr *)&address, sizeof address) == 0 &&
                  getsockname(sockets[i], (struct sockaddr *)&address, &length) == 0;
        ports[i] = ntohs(address.sin_port);
    }
    return is_good;
}

/* For the daemon that is started now. */
static void let_go_of(enum daemons_port port)
{
    if (sockets[port] > 0)
        close(sockets[port]);
    sockets[port] = 0;
}

static void set_environment(const char *name, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void set_environment(const char *name, const char *format, ...)
{
    char value[2 * PATH_MAX];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(value, sizeof value, format, arguments);
    va_end(arguments);
    setenv(name, value, 1);
}

/* False when it cannot be written. */
static bool write_settings(const char *path)
{
    FILE *file = fopen(path, "wxe");

    if (file == NULL || fchmod(fileno(file), 0600) != 0)
        return false;
    fprintf(file,
            "spark.master.rest.enabled false\n"
            "spark.authenticate true\n"
            "spark.authenticate.secret %s\n"
            "spark.ui.killEnabled false\n"
            "spark.master.ui.decommission.allow.mode DENY\n"
            "spark.port.maxRetries 0\n"
            "spark.history.fs.update.interval 2s\n"
            "spark.history.ui.port %d\n",
            settings->secret, settings->ports[DAEMONS_HISTORY]);
    return fclose(file) == 0;
}

static void fill_environment(void)
{
    const char *folder = settings->folder;

    set_environment("SPARK_HOME", "%s", settings->install->spark_home);
    set_environment("JAVA_HOME", "%s", settings->install->java_home);
    set_environment("PYSPARK_PYTHON", "%s", settings->install->python);
    set_environment("SPARK_LOCAL_IP", "127.0.0.1");
    set_environment("SPARK_LOCAL_DIRS", "%s/scratch", folder);
    set_environment("SPARK_WORKER_DIR", "%s/work", folder);
    set_environment("SPARK_DAEMON_MEMORY", "512m");
    set_environment("SPARK_DAEMON_JAVA_OPTS",
                    "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData "
                    "-Djava.io.tmpdir=%s/scratch %s",
                    folder, settings->java_options);
    set_environment("SPARK_LAUNCHER_OPTS", "-XX:-UsePerfData"); /* bin/spark-class's */
    set_environment("TMPDIR", "%s/scratch", folder);
    set_environment("SPARK_HISTORY_OPTS",
                    "-Dspark.history.fs.logDirectory=file://%s/events", folder);
    set_environment("LC_ALL", "C.UTF-8"); /* arguments reach drivers as they were given */
}

bool daemons_prepare(const struct daemons_settings *use)
{
    char path[PATH_MAX];

    settings = use;
    snprintf(path, sizeof path, "%.4000s/daemons.conf", settings->folder);
    if (!write_settings(path))
        return false;
    fill_environment();
    return true;
}

static void start_daemon(size_t i, const char *class, char *const more[])
{
    char *arguments[16] = {NULL, (char *)class, "--properties-file"};
    char program[PATH_MAX], file[PATH_MAX], log[PATH_MAX];
    size_t count = 3;

    if (daemons[i].pid != 0)
        return;
    snprintf(program, sizeof program, "%.4000s/bin/spark-class",
             settings->install->spark_home);
    snprintf(file, sizeof file, "%.4000s/daemons.conf", settings->folder);
    snprintf(log, sizeof log, "%.4000s/%s.log", settings->folder, daemons[i].name);
    arguments[0] = program;
    arguments[count++] = file;
    while (*more != NULL)
        arguments[count++] = *more++;
    daemons[i].pid = processes_start(
        &(struct process){.arguments = arguments, .output = log, .errors = log});
}

void daemons_start_cluster(void)
{
    char ports[DAEMONS_PORTS][16];

    if (cluster_ms == 0)
        cluster_ms = processes_now_ms();
    for (size_t i = 0; i < DAEMONS_PORTS; i++)
        if (i != DAEMONS_HISTORY)
            let_go_of(i);
    for (size_t i = 0; i < DAEMONS_PORTS; i++)
        snprintf(ports[i], sizeof ports[i], "%d", settings->ports[i]);
    start_daemon(0, "org.apache.spark.deploy.master.Master",
                 (char *[]){"--host", "127.0.0.1", "--port", ports[DAEMONS_MASTER],
                            "--webui-port", ports[DAEMONS_MASTER_UI], NULL});
    start_daemon(1, "org.apache.spark.deploy.worker.Worker",
                 (char *[]){"--host", "127.0.0.1", "--port", ports[DAEMONS_WORKER],
                            "--webui-port", ports[DAEMONS_WORKER_UI], "--cores",
                            (char *)settings->cores, (char *)settings->master_url, NULL});
}

void daemons_start_history(void)
{
    let_go_of(DAEMONS_HISTORY);
    start_daemon(2, "org.apache.spark.deploy.history.HistoryServer", (char *[]){NULL});
}

void daemons_tick(void)
{
    if (cluster_ms != 0 && processes_now_ms() - cluster_ms > HISTORY_AFTER_MS)
        daemons_start_history();
}

const char *daemons_name(pid_t pid)
{
    for (size_t i = 0; i < DAEMONS; i++)
        if (daemons[i].pid == pid)
            return daemons[i].name;
    return NULL;
}
