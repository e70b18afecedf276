/*
 * Runs as a process of its own (--private-spark FOLDER CORES), with no flows and no log
 * but its standard error: it may block. It finds Spark and Java, starts the daemons,
 * writes state.json, and waits for the end of its input or of a daemon. Everything it
 * started is in its session, so at the end it can find and end all of it, and then
 * removes the folder.
 */
#include "spark/supervisor.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/jx.h"
#include "spark/install.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

enum {
    DAEMONS = 3,
    PORTS = 5,
    LOOK_EVERY_MS = 250,
    TERM_GRACE_MS = 5000, /* for the JVMs' own clean-up */
    KILL_GRACE_MS = 3000,
    LOG_TAIL = 1200,
};

struct daemon {
    const char *name;
    pid_t pid;
};

static const char *folder;
static struct install install;
static struct daemon daemons[DAEMONS] = {
    {.name = "master"}, {.name = "worker"}, {.name = "history"}};
static volatile sig_atomic_t is_told_to_end;

/* ---- telling the server ---- */

static void write_state(json_t *state)
{
    char path[PATH_MAX], temporary[PATH_MAX];

    snprintf(path, sizeof path, "%.4000s/state.json", folder);
    snprintf(temporary, sizeof temporary, "%.4000s/state.new", folder);
    if (json_dump_file(state, temporary, JSON_COMPACT) != 0 ||
        rename(temporary, path) != 0)
        fprintf(stderr, "cannot write %s: %s\n", path, strerror(errno));
    json_decref(state);
}

static void tell_failure(const char *message, const char *detail, const char *next)
{
    write_state(jx_pack("{s:s, s:o, s:s}", "error", message, "detail",
                        jx_text(detail, strlen(detail)), "next", next));
}

/* ---- starting ---- */

/* Ports that are free now. Spark may not climb to others (spark.port.maxRetries=0):
 * should one be taken in between, the daemon ends, and the server says so. */
static bool find_ports(int ports[PORTS])
{
    int sockets[PORTS];
    bool is_good = true;

    for (size_t i = 0; i < PORTS; i++) {
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t length = sizeof address;

        sockets[i] = socket(AF_INET, SOCK_STREAM, 0);
        is_good = is_good &&
                  bind(sockets[i], (struct sockaddr *)&address, sizeof address) == 0 &&
                  getsockname(sockets[i], (struct sockaddr *)&address, &length) == 0;
        ports[i] = ntohs(address.sin_port);
    }
    for (size_t i = 0; i < PORTS; i++)
        close(sockets[i]);
    return is_good;
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

static void start_daemon(struct daemon *daemon, char *const arguments[])
{
    char log[PATH_MAX];
    int output;

    snprintf(log, sizeof log, "%.4000s/%s.log", folder, daemon->name);
    daemon->pid = fork();
    if (daemon->pid != 0) {
        setpgid(daemon->pid, daemon->pid);
        return;
    }
    setpgid(0, 0);
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* should the supervisor itself be killed */
#endif
    output = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(output, 1);
    dup2(output, 2);
    close(0);
    open("/dev/null", O_RDONLY);
    execv(arguments[0], arguments);
    fprintf(stderr, "cannot run %s: %s\n", arguments[0], strerror(errno));
    _exit(127);
}

static void start_spark(const int ports[PORTS], const char *cores)
{
    enum { MASTER, REST, UI, WORKER_UI, HISTORY };
    char class[PATH_MAX], master_url[64], master[16], ui[16], worker_ui[16];

    snprintf(class, sizeof class, "%.4000s/bin/spark-class", install.spark_home);
    snprintf(master, sizeof master, "%d", ports[MASTER]);
    snprintf(ui, sizeof ui, "%d", ports[UI]);
    snprintf(worker_ui, sizeof worker_ui, "%d", ports[WORKER_UI]);
    snprintf(master_url, sizeof master_url, "spark://127.0.0.1:%d", ports[MASTER]);
    set_environment("SPARK_HOME", "%s", install.spark_home);
    set_environment("JAVA_HOME", "%s", install.java_home);
    set_environment("PYSPARK_PYTHON", "%s", install.python);
    set_environment("SPARK_LOCAL_IP", "127.0.0.1");
    set_environment("SPARK_LOCAL_DIRS", "%s/scratch", folder);
    set_environment("SPARK_WORKER_DIR", "%s/work", folder);
    set_environment("SPARK_DAEMON_MEMORY", "512m");
    set_environment("SPARK_DAEMON_JAVA_OPTS",
                    "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dspark.port.maxRetries=0 "
                    "-Djava.io.tmpdir=%s/scratch",
                    folder);
    set_environment("TMPDIR", "%s/scratch", folder);
    set_environment("SPARK_MASTER_OPTS",
                    "-Dspark.master.rest.enabled=true -Dspark.master.rest.port=%d",
                    ports[REST]);
    set_environment("SPARK_HISTORY_OPTS",
                    "-Dspark.history.fs.logDirectory=file://%s/events "
                    "-Dspark.history.fs.update.interval=2s -Dspark.history.ui.port=%d",
                    folder, ports[HISTORY]);
    set_environment("LC_ALL", "C.UTF-8"); /* arguments reach drivers as they were given */
    start_daemon(&daemons[0],
                 (char *[]){class, "org.apache.spark.deploy.master.Master", "--host",
                            "127.0.0.1", "--port", master, "--webui-port", ui, NULL});
    start_daemon(&daemons[1], (char *[]){class, "org.apache.spark.deploy.worker.Worker",
                                         "--host", "127.0.0.1", "--webui-port", worker_ui,
                                         "--cores", (char *)cores, master_url, NULL});
    start_daemon(
        &daemons[2],
        (char *[]){class, "org.apache.spark.deploy.history.HistoryServer", NULL});
    write_state(jx_pack("{s:s, s:s, s:i, s:i, s:i, s:i}", "sparkHome", install.spark_home,
                        "python", install.python, "masterPort", ports[MASTER], "restPort",
                        ports[REST], "uiPort", ports[UI], "historyPort", ports[HISTORY]));
}

/* ---- ending ---- */

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

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
/* The daemons' process groups, in which their drivers and executors are too. */
static size_t signal_all(int signal)
{
    size_t count = 0;

    for (size_t i = 0; i < DAEMONS; i++)
        if (daemons[i].pid > 0 && kill(-daemons[i].pid, signal) == 0)
            count++;
    return count;
}
#endif

/* Reaps what has ended until nothing is left or the time is over; true when nothing is
 * left. */
static bool wait_for_all(int ms)
{
    int64_t deadline_ms = now_ms() + ms;

    while (true) {
        while (waitpid(-1, NULL, WNOHANG) > 0)
            continue;
        if (signal_all(0) == 0)
            return true;
        if (now_ms() >= deadline_ms)
            return false;
        poll(NULL, 0, 20);
    }
}

static int remove_entry(const char *path, const struct stat *status, int type,
                        struct FTW *position)
{
    (void)status;
    (void)type;
    (void)position;
    return remove(path);
}

static void end_everything(void)
{
    int64_t deadline_ms;

    signal_all(SIGTERM);
    if (wait_for_all(TERM_GRACE_MS))
        return;
    deadline_ms = now_ms() + KILL_GRACE_MS;
    do
        signal_all(SIGKILL);
    while (!wait_for_all(100) && now_ms() < deadline_ms);
}

/* ---- watching ---- */

static void tell_daemon_ended(const struct daemon *daemon)
{
    char path[PATH_MAX], tail[LOG_TAIL + 1], message[100];
    FILE *file;
    size_t length = 0;

    snprintf(path, sizeof path, "%.4000s/%s.log", folder, daemon->name);
    file = fopen(path, "re");
    if (file != NULL) {
        fseek(file, 0, SEEK_END);
        if (ftell(file) > LOG_TAIL)
            fseek(file, -LOG_TAIL, SEEK_END);
        else
            rewind(file);
        length = fread(tail, 1, LOG_TAIL, file);
        fclose(file);
    }
    tail[length] = '\0';
    snprintf(message, sizeof message, "the private Spark's %s ended", daemon->name);
    tell_failure(message, tail,
                 "Check that Java fits this Spark (Spark 3.5: 8, 11 or 17; Spark 4: "
                 "17 or later) and try again.");
}

/* True while the server is there and every daemon runs. */
static bool all_is_well(void)
{
    struct pollfd input = {.fd = 0, .events = POLLIN};
    pid_t pid;

    if (poll(&input, 1, LOOK_EVERY_MS) > 0) {
        char byte;
        if (read(0, &byte, 1) <= 0)
            return false;
    }
    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
        for (size_t i = 0; i < DAEMONS; i++) {
            if (daemons[i].pid == pid) {
                tell_daemon_ended(&daemons[i]);
                return false;
            }
        }
    }
    return !is_told_to_end;
}

static void be_told_to_end(int signal)
{
    (void)signal;
    is_told_to_end = 1;
}

static bool prepare(int ports[PORTS])
{
    char path[PATH_MAX], detail[PATH_MAX + 100];

    if (!install_find_spark(&install)) {
        if (install.spark_home[0] != '\0')
            snprintf(detail, sizeof detail, "'%s' has no bin/spark-class",
                     install.spark_home);
        else
            snprintf(
                detail, sizeof detail,
                "SPARK_HOME names none, and neither PYSPARK_PYTHON nor python3 has the "
                "package pyspark");
        tell_failure(
            "no Spark was found on this machine", detail,
            "Run 'pip install pyspark' for the Python named in PYSPARK_PYTHON, "
            "set SPARK_HOME, or set SPARK_MASTER=spark://host:7077 to use a cluster.");
        return false;
    }
    if (!install_find_java(&install)) {
        tell_failure(
            "no Java was found on this machine",
            "JAVA_HOME names none, and there is no java on the path or where systems "
            "keep it",
            "Install Java 17 (Debian: apt-get install openjdk-17-jre-headless), "
            "set JAVA_HOME, or set SPARK_MASTER=spark://host:7077 to use a cluster.");
        return false;
    }
    snprintf(path, sizeof path, "%.4000s/scratch", folder);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%.4000s/events", folder);
    if (mkdir(path, 0700) != 0 || !find_ports(ports)) {
        tell_failure("cannot prepare a private Spark", strerror(errno),
                     "Set TMPDIR to a folder with room that this user can write.");
        return false;
    }
    return true;
}

int supervisor_main(const char *folder_name, const char *cores)
{
    int ports[PORTS];

    folder = folder_name;
    setsid(); /* fails where the server's spawn has done it already */
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTERM, be_told_to_end);
#ifdef __linux__
    prctl(PR_SET_CHILD_SUBREAPER, 1);
#endif
    if (prepare(ports)) {
        start_spark(ports, cores);
        while (all_is_well())
            continue;
    }
    end_everything();
    /* The server reads why before it lets go of the pipe. */
    while (!is_told_to_end &&
           poll(&(struct pollfd){.fd = 0, .events = POLLIN}, 1, 5000) > 0) {
        char byte;
        if (read(0, &byte, 1) <= 0)
            break;
    }
    nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    return 0;
}
