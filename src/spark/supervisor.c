/*
 * Runs as a process of its own (--private-spark FOLDER CORES IDLE_SECONDS), with no flows
 * and no log but its standard error: it may block. It finds Spark and Java, writes
 * state.json, and until nobody needs it or a daemon ends answers at its door (supervisor/),
 * where it is told which daemons are needed, too. Everything it started is in its session, so at the end it can find and
 * end all of it, and then removes the folder.
 *
 * No port of this Spark runs programs: the master has no submission API, and its RPC asks
 * for a secret, which stands in files that only this user can read.
 */
#include "spark/supervisor.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/jx.h"
#include "base/random.h"
#include "spark/install.h"
#include "spark/local.h"
#include "spark/private_folder.h"
#include "spark/process_end.h"
#include "spark/supervisor/archive.h"
#include "spark/supervisor/daemons.h"
#include "spark/supervisor/door.h"
#include "spark/supervisor/drivers.h"
#include "spark/supervisor/processes.h"
#include "spark/supervisor/servers.h"
#include "spark/supervisor/submissions.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

enum { LOOK_EVERY_MS = 250, LOG_TAIL = 1200, SECRET_DIGITS = 64, INHERITED_MAX = 1024 };

static const char *folder;
static struct install install;
static long memory_kills; /* before anything was started */
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

static bool start_spark(const char *cores)
{
    static char version[40], worker[40], master_url[64], worker_url[64];
    static char secret[SECRET_DIGITS + 1];
    static struct java_settings java = {.install = &install,
                                        .secret = secret,
                                        .master_url = master_url,
                                        .worker_url = worker_url};
    static struct daemons_settings daemons = {
        .install = &install, .master_url = master_url, .secret = secret};
    char door[PATH_MAX];

    daemons.folder = folder;
    daemons.cores = cores;
    if (!daemons_find_ports(daemons.ports))
        return false;
    random_hex(secret, SECRET_DIGITS);
    snprintf(master_url, sizeof master_url, "spark://127.0.0.1:%d",
             daemons.ports[DAEMONS_MASTER]);
    snprintf(worker, sizeof worker, "127.0.0.1:%d", daemons.ports[DAEMONS_WORKER]);
    snprintf(worker_url, sizeof worker_url, "spark://Worker@%s", worker);
    snprintf(door, sizeof door, "%.4000s/door", folder);
    install_get_version(&install, version, sizeof version);
    submissions_init(version, worker);
    drivers_init(folder, &java);
    archive_init(&java, version, folder);
    daemons.java_options = archive_options();
    if (!daemons_prepare(&daemons) || !door_open(door, submissions_answer))
        return false;
    write_state(jx_pack(
        "{s:s, s:s, s:s, s:s, s:i, s:i, s:i}", "sparkHome", install.spark_home, "python",
        install.python, "javaOptions", archive_options(), "door", door, "masterPort",
        daemons.ports[DAEMONS_MASTER], "uiPort", daemons.ports[DAEMONS_MASTER_UI],
        "historyPort", daemons.ports[DAEMONS_HISTORY]));
    return true;
}

/* ---- watching ---- */

/* The end of its log, "" without one. */
static const char *log_tail(const char *daemon)
{
    static char tail[LOG_TAIL + 1];
    char path[PATH_MAX];
    FILE *file;
    size_t length = 0;

    snprintf(path, sizeof path, "%.4000s/%s.log", folder, daemon);
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
    return tail;
}

/* The server reads state.json when it hears from here. */
static void tell_daemon_ended(const char *daemon, int status)
{
    const char *reason = process_end_reason(status, memory_kills);
    char message[100], how[40];

    process_end_describe(status, how, sizeof how);
    snprintf(message, sizeof message, "the private Spark's %s %s",
             strcmp(daemon, "history") == 0 ? "history server" : daemon, how);
    if (reason[0] != '\0')
        tell_failure(message, reason, LOCAL_NEXT);
    else
        tell_failure(message, log_tail(daemon),
                     "Check that Java fits this Spark (Spark 3.5: 11 or 17; Spark 4: "
                     "17 or later). " LOCAL_NEXT);
    servers_tell();
}

/* False when a daemon has ended. */
static bool reap(void)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (daemons_name(pid) != NULL) {
            tell_daemon_ended(daemons_name(pid), status);
            return false;
        }
        drivers_reap(pid, status);
        archive_reap(pid, status);
    }
    return true;
}

/* True while somebody needs it and every daemon runs. */
static bool all_is_well(void)
{
    struct pollfd fds[SERVERS_FDS + DOOR_FDS];
    size_t servers = servers_list(fds), doors = door_list(fds + servers);

    poll(fds, servers + doors, LOOK_EVERY_MS);
    servers_look(fds);
    door_serve(fds + servers, doors);
    if (!reap())
        return false;
    drivers_tick();
    daemons_tick();
    archive_tick(drivers_at(0) != NULL ? drivers_at(0)->launched_ms : 0);
    return !is_told_to_end && servers_need_spark(drivers_are_at_work());
}

static void be_told_to_end(int signal)
{
    (void)signal;
    is_told_to_end = 1;
}

/* Only ends the poll. */
static void notice_child(int signal)
{
    (void)signal;
}

/* Spark's scripts read conf/spark-env.sh, and what it sets is for drivers too: where
 * there is one, this program begins once more with its variables. */
static void load_environment(char **arguments)
{
    const char *conf = getenv("SPARK_CONF_DIR");
    char path[PATH_MAX];

    if (conf != NULL && conf[0] != '\0')
        snprintf(path, sizeof path, "%.4000s/spark-env.sh", conf);
    else
        snprintf(path, sizeof path, "%.4000s/conf/spark-env.sh", install.spark_home);
    if (getenv("SPARK_ENV_LOADED") != NULL || access(path, R_OK) != 0)
        return;
    setenv("SPARK_HOME", install.spark_home, 1);
    execvp("bash", (char *[]){"bash", "-c",
                              ". \"$SPARK_HOME/bin/load-spark-env.sh\"; exec \"$@\"",
                              "spark-env", arguments[0], arguments[1], arguments[2],
                              arguments[3], arguments[4], NULL});
}

/* Spark's scripts and what they call are found whatever path the host has. */
static void complete_path(void)
{
    const char *path = getenv("PATH");
    struct buffer whole = {0};

    buffer_printf(&whole, "%s%s/usr/local/bin:/usr/bin:/bin", path != NULL ? path : "",
                  path != NULL && path[0] != '\0' ? ":" : "");
    setenv("PATH", buffer_text(&whole), 1);
    buffer_release(&whole);
}

static bool find_installation(char **arguments)
{
    char detail[PATH_MAX + 100];

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
    load_environment(arguments);
    if (!install_find_java(&install)) {
        tell_failure(
            "no Java was found on this machine",
            "JAVA_HOME names none, and there is no java on the path or where systems "
            "keep it",
            "Install Java 17 (Debian: apt-get install openjdk-17-jre-headless), "
            "set JAVA_HOME, or set SPARK_MASTER=spark://host:7077 to use a cluster.");
        return false;
    }
    if (install_is_java_8(&install)) {
        snprintf(detail, sizeof detail, "'%s' is Java 8", install.java_home);
        tell_failure(
            "the private Spark needs Java 9 or later", detail,
            "Set JAVA_HOME to Java 17 (Spark 3.5: 11 or 17): "
            "Java 8 could not keep the secrets of drivers out of the list of processes.");
        return false;
    }
    return true;
}

static bool make_folders(void)
{
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%.4000s/scratch", folder);
    if (mkdir(path, 0700) != 0)
        return false;
    snprintf(path, sizeof path, "%.4000s/events", folder);
    return mkdir(path, 0700) == 0;
}

/* In a process of its own, since it may take long; and again, since the JVMs of a
 * supervisor that was killed live on for a moment. */
static void remove_folders_of_the_dead(void)
{
    static const unsigned pauses_s[] = {0, 5, 15, 40};

    if (fork() != 0)
        return;
    signal(SIGTERM, SIG_DFL); /* the end of all does not wait for it */
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* what is left then is the next one's */
#endif
    close(0); /* nobody shall wait for the end of this process */
    close(PRIVATE_FOLDER_FD);
    for (size_t i = 0; i < sizeof pauses_s / sizeof *pauses_s; i++) {
        sleep(pauses_s[i]);
        private_folder_sweep();
    }
    _exit(0);
}

/* What the server's host left open in it: a pipe or a lock would be held as long as a Spark
 * that outlives the server. */
static void close_what_was_inherited(void)
{
    for (int fd = PRIVATE_FOLDER_FD + 1; fd < INHERITED_MAX; fd++)
        close(fd);
}

int supervisor_main(char **arguments)
{
    close_what_was_inherited();
    folder = arguments[2];
    servers_init(atoi(arguments[4]));
    memory_kills = process_end_memory_kills();
    complete_path();
    setsid(); /* fails where the server's spawn has done it already */
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTERM, be_told_to_end);
    signal(SIGCHLD, notice_child);
#ifdef __linux__
    prctl(PR_SET_CHILD_SUBREAPER, 1);
#endif
    if (find_installation(arguments)) {
        remove_folders_of_the_dead();
        if (make_folders() && start_spark(arguments[3]))
            while (all_is_well())
                continue;
        else
            tell_failure("cannot prepare a private Spark", strerror(errno),
                         "Set TMPDIR to a folder with room that this user can write, "
                         "with a path of less than 80 characters.");
    }
    servers_turn_away();
    door_close();
    archive_stop();
    processes_end_all();
    /* A server reads why before it lets go of the pipe. */
    while (!is_told_to_end && servers_stay(5000))
        continue;
    private_folder_remove(folder);
    return 0;
}
