/*
 * Each cluster has one private Spark at most. Its supervisor (supervisor.c: this program
 * again, in a session of its own) outlives it by seconds only: it ends all daemons when the
 * pipe from here closes, however this process ends, unless servers share it
 * (local_shared.h). It tells where to ask in state.json in its folder; a flow looks for that
 * file. Its daemons come later (local_daemons.h).
 */
#include "spark/local.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/clusters.h"
#include "base/jx.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/program.h"
#include "base/text.h"
#include "config.h"
#include "http.h"
#include "spark/cluster.h"
#include "spark/local_daemons.h"
#include "spark/local_shared.h"
#include "spark/private_folder.h"
#include "spark/process_end.h"
#include "spark/properties.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum {
    START_LIMIT_MS = 90000,
    LOOK_EVERY_MS = 20,
    ENVIRONMENT_EXTRA = 3,
    UNKNOWN_END = -1,
};

static struct local {
    pid_t supervisor;  /* 0: none, or another server's */
    int status;        /* its end; UNKNOWN_END until then, and of another server's */
    int pipe;          /* closing it ends the supervisor, which tells here when it ends;
                        * 0, standard input: none */
    long memory_kills; /* process_end.h */
    bool is_running;
    char folder[PATH_MAX];
    char door[PATH_MAX]; /* http.c uses it, also when that Spark has gone */
    json_t *state;       /* what the supervisor told */
} locals[CLUSTERS_MAX];

static struct local *mine(void)
{
    return &locals[clusters_here()];
}

static void forget(void)
{
    if (mine()->pipe > 0)
        close(mine()->pipe);
    json_decref(mine()->state);
    mine()->state = NULL;
    mine()->pipe = 0;
    mine()->supervisor = 0;
    mine()->is_running = false;
    local_daemons_forget();
}

/* ---- starting the supervisor ---- */

/* Whether a list such as "A,B" names it. */
static bool is_listed(const char *list, const char *name, size_t length)
{
    size_t wanted;

    for (; list != NULL && (list = text_item(list, &wanted)) != NULL; list += wanted)
        if (wanted == length && strncmp(list, name, length) == 0)
            return true;
    return false;
}

/*
 * What Java, Python and Spark need of this server's environment. Everything else stays
 * here, because SQL can read the variables of Spark's JVM: a token of the host's would be
 * one statement away.
 */
static bool may_pass(const char *entry)
{
    static const char *const names[] = {"PATH",
                                        "HOME",
                                        "USER",
                                        "LOGNAME",
                                        "SHELL",
                                        "LANG",
                                        "LC_*",
                                        "TZ",
                                        "TMPDIR",
                                        "XDG_STATE_HOME",
                                        "LD_LIBRARY_PATH",
                                        "DYLD_LIBRARY_PATH",
                                        "JAVA_TOOL_OPTIONS",
                                        "PYTHONPATH",
                                        "PYTHONHOME",
                                        "VIRTUAL_ENV",
                                        "CONDA_PREFIX",
                                        "R_HOME",
                                        "HADOOP_HOME",
                                        "HADOOP_CONF_DIR",
                                        "SPARK_CONF_DIR",
                                        "SPARK_DIST_CLASSPATH",
                                        "KRB5_CONFIG",
                                        "KRB5CCNAME",
                                        "OMP_NUM_THREADS",
                                        "MKL_NUM_THREADS",
                                        "OPENBLAS_*"};
    size_t length = strcspn(entry, "=");

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t wanted = strlen(names[i]);
        bool is_prefix = names[i][wanted - 1] == '*';
        if (is_prefix ? length >= wanted - 1 && strncmp(entry, names[i], wanted - 1) == 0
                      : length == wanted && strncmp(entry, names[i], wanted) == 0)
            return true;
    }
    return is_listed(config_get(CONFIG_PASS_ENVIRONMENT), entry, length);
}

/* The supervisor's environment: what may pass, and what the configuration says. New; free
 * the array and its last entries. */
static char **supervisor_environment(char *extra[ENVIRONMENT_EXTRA])
{
    static const enum config_key keys[ENVIRONMENT_EXTRA] = {
        CONFIG_SPARK_HOME, CONFIG_JAVA_HOME, CONFIG_PYTHON};
    size_t count = 0, kept = 0;
    char **environment;

    while (environ[count] != NULL)
        count++;
    environment = memory_new((count + ENVIRONMENT_EXTRA + 1) * sizeof *environment);
    for (size_t i = 0; i < count; i++)
        if (may_pass(environ[i]))
            environment[kept++] = environ[i];
    for (size_t k = 0; k < ENVIRONMENT_EXTRA; k++) {
        struct buffer entry = {0};
        extra[k] = NULL;
        if (config_get(keys[k]) == NULL)
            continue;
        buffer_printf(&entry, "%s=%s", config_entry(keys[k])->environment,
                      config_get(keys[k]));
        extra[k] = entry.data;
        environment[kept++] = entry.data;
    }
    return environment;
}

static int spawn_supervisor(const char *program, int input, int record)
{
    char cores[16], idle[16], log[PATH_MAX + 16];
    char *extra[ENVIRONMENT_EXTRA];
    char **environment = supervisor_environment(extra);
    char *arguments[] = {
        (char *)program, "--private-spark", mine()->folder, cores, idle, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int result;

    snprintf(cores, sizeof cores, "%d", cluster_local_cores());
    snprintf(idle, sizeof idle, "%d",
             local_shared_is_on() ? config_int(CONFIG_SESSION_IDLE) : 0);
    snprintf(log, sizeof log, "%s/supervisor.log", mine()->folder);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, 0);
    posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND,
                                     0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    if (record >= 0)
        posix_spawn_file_actions_adddup2(&actions, record, PRIVATE_FOLDER_FD);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    result = posix_spawn(&mine()->supervisor, program, &actions, &attributes, arguments,
                         environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    for (size_t k = 0; k < ENVIRONMENT_EXTRA; k++)
        free(extra[k]);
    free(environment);
    return result;
}

static bool open_line(int ends[2])
{
    return local_shared_is_on() ? local_shared_open(mine()->folder, ends)
                                : socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0;
}

static bool start_supervisor(struct error *error)
{
    char program[PATH_MAX];
    int ends[2], record = -1, result;
    bool has_folder = private_folder_make(mine()->folder, &record);

    if (!has_folder || !program_path(program, sizeof program) || !open_line(ends)) {
        error_set(error, ERROR_LOCAL_SPARK, "cannot prepare a private Spark in '%s': %s",
                  mine()->folder, strerror(errno));
        error_hint(error, "Set TMPDIR to a folder with room that this user can write, "
                          "with a path of less than 80 characters.");
        if (has_folder)
            private_folder_remove(mine()->folder);
        if (record >= 0)
            close(record);
        return false;
    }
    for (int i = 0; i < 2; i++) /* a JVM that holds one would hide the supervisor's end */
        fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    mine()->memory_kills = process_end_memory_kills();
    result = spawn_supervisor(program, ends[0], record);
    close(ends[0]);
    if (record >= 0)
        close(record);
    mine()->pipe = ends[1];
    if (result == 0 && local_shared_is_on())
        local_shared_record(mine()->folder);
    if (result == 0)
        return true;
    error_set(error, ERROR_LOCAL_SPARK, "cannot start '%s': %s", program,
              strerror(result));
    private_folder_remove(mine()->folder);
    forget();
    return false;
}

/* ---- waiting for it: start, find_supervisor, look_for_state ---- */

struct start {
    int64_t started_ms, reported_ms;
};

static flow_step start, find_supervisor, look_for_state;
static const struct flow_type start_flow = {
    .name = "local-start", .first = start, .state_size = sizeof(struct start)};

static struct next start(struct flow *flow)
{
    struct start *begun = flow_state(flow);

    begun->started_ms = clock_ms();
    return mine()->pipe == 0 ? find_supervisor(flow) : look_for_state(flow);
}

/* Another server's, where they share it, or one of our own. */
static struct next find_supervisor(struct flow *flow)
{
    struct error error;
    bool is_found = false;

    if (mine()->pipe > 0) /* another call was quicker */
        return look_for_state(flow);
    if (local_shared_is_on() && !local_shared_lock()) {
        flow_sleep(flow, LOOK_EVERY_MS);
        return flow_then(flow, find_supervisor);
    }
    mine()->status = UNKNOWN_END;
    if (local_shared_is_on()) {
        int line = local_shared_join(mine()->folder);

        is_found = line >= 0;
        mine()->pipe = is_found ? line : 0;
    }
    is_found = is_found || start_supervisor(&error);
    local_shared_unlock();
    return is_found ? look_for_state(flow) : flow_fail(flow, &error);
}

static json_t *read_state(void)
{
    char path[PATH_MAX + 16];

    snprintf(path, sizeof path, "%s/state.json", mine()->folder);
    return json_load_file(path, 0, NULL);
}

/* Without reading on. */
static bool is_line_cut(void)
{
    char byte;
    ssize_t length = recv(mine()->pipe, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

    return length == 0 || (length < 0 && errno != EAGAIN && errno != EINTR);
}

/* How, is known of our own only. Others' are collected, too, and those that have ended
 * since their private Spark did. */
static bool supervisor_has_ended(void)
{
    pid_t pid;
    int status;

    if (mine()->supervisor == 0)
        return is_line_cut();
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        for (size_t i = 0; i < CLUSTERS_MAX; i++)
            if (locals[i].supervisor == pid)
                locals[i].status = status;
    return pid < 0 || mine()->status != UNKNOWN_END;
}

static void describe_failure(const json_t *state, struct error *error)
{
    error_set(error, ERROR_LOCAL_SPARK, "%s",
              jx_has_string(state, "error") ? jx_string(state, "error")
                                            : "the private Spark's supervisor ended");
    if (jx_has_string(state, "detail"))
        error_detail(error, "%s", jx_string(state, "detail"));
    error_hint(error, "%s",
               jx_has_string(state, "next")
                   ? jx_string(state, "next")
                   : "Try again, or set SPARK_MASTER=spark://...");
}

/* From here on its door is asked. */
static void take_up(void)
{
    const json_t *state = mine()->state;

    text_copy(mine()->door, sizeof mine()->door, jx_string(state, "door"));
    http_set_socket(CLUSTER_DOOR_URL, mine()->door);
    cluster_set_local((int)jx_int(state, "masterPort"), (int)jx_int(state, "uiPort"),
                      (int)jx_int(state, "historyPort"));
    log_write(LOG_INFO, "the private Spark runs in %s", mine()->folder);
    mine()->is_running = true;
}

static struct next look_for_state(struct flow *flow)
{
    struct start *begun = flow_state(flow);
    struct error error;
    int64_t ms = clock_ms() - begun->started_ms;

    if (mine()->is_running) /* another call was quicker */
        return flow_done(flow, NULL);
    if (mine()->state == NULL)
        mine()->state = read_state();
    if (jx_has_string(mine()->state, "error") || mine()->pipe == 0 ||
        supervisor_has_ended() || ms > START_LIMIT_MS) {
        json_auto_t *last = mine()->pipe > 0 ? read_state() : NULL;
        bool was_joined = mine()->pipe > 0 && mine()->supervisor == 0;
        describe_failure(last, &error);
        forget();
        if (was_joined && !jx_has_string(last, "error") && ms <= START_LIMIT_MS)
            return find_supervisor(flow); /* its time was over just when it was found */
        return flow_fail(flow, &error);
    }
    if (mine()->state != NULL) {
        take_up();
        return flow_done(flow, NULL);
    }
    if (clock_ms() >= begun->reported_ms) {
        begun->reported_ms = clock_ms() + 1000;
        flow_report(flow, (double)ms / 1000, 0, "starting a private Spark (%d cores)",
                    cluster_local_cores());
    }
    flow_sleep(flow, LOOK_EVERY_MS);
    return flow_then(flow, look_for_state);
}

bool local_is_up(void)
{
    return !cluster_is_local() || mine()->is_running;
}

void local_ensure(struct flow *flow, struct reply *reply)
{
    if (!local_is_up())
        flow_run(flow, &start_flow, NULL, reply);
}

/* ---- its end ---- */

int local_fd(void)
{
    return mine()->is_running ? mine()->pipe : -1;
}

static void describe_supervisor(struct error *error)
{
    char how[40] = "has ended";

    if (mine()->status != UNKNOWN_END)
        process_end_describe(mine()->status, how, sizeof how);
    error_set(error, ERROR_LOCAL_SPARK, "the private Spark's supervisor %s", how);
    if (mine()->status != UNKNOWN_END)
        error_detail(error, "%s",
                     process_end_reason(mine()->status, mine()->memory_kills));
    error_hint(error, "%s", LOCAL_NEXT);
}

bool local_has_failed(struct error *error)
{
    json_auto_t *state = read_state();

    if (mine()->is_running && !jx_has_string(state, "error"))
        return false;
    describe_failure(state, error);
    return true;
}

bool local_has_ended(struct error *error)
{
    json_auto_t *state = NULL;
    char byte;
    ssize_t length;

    if (!mine()->is_running)
        return false;
    length = read(mine()->pipe, &byte, 1);
    if (length <= 0 && !supervisor_has_ended())
        return false; /* a process that is killed closes its files first */
    state = read_state();
    if (jx_has_string(state, "error") || length > 0)
        describe_failure(state, error);
    else
        describe_supervisor(error);
    forget();
    return true;
}

void local_stop(void)
{
    clusters_for_each(forget);
}

/* Temporary files of a JVM that is killed are left behind: here they go with the folder,
 * and hsperfdata, which no option moves, is not written. */
static void keep_temporary_files(json_t *properties, const char *key)
{
    struct buffer options = {0};

    buffer_printf(&options, "-XX:-UsePerfData -Djava.io.tmpdir=%s/scratch %s",
                  mine()->folder, jx_string(mine()->state, "javaOptions"));
    properties_set_options(properties, key, buffer_text(&options),
                           jx_string(properties, key));
    buffer_release(&options);
}

void local_adjust_properties(json_t *properties)
{
    if (!cluster_is_local())
        return;
    keep_temporary_files(properties, "spark.driver.extraJavaOptions");
    keep_temporary_files(properties, "spark.executor.extraJavaOptions");
    if (!jx_has_string(properties, "spark.ui.killEnabled"))
        jx_set_string(properties, "spark.ui.killEnabled", "false");
    if (jx_has_string(properties, "spark.eventLog.enabled"))
        return;
    jx_set_string(properties, "spark.eventLog.enabled", "true");
    jx_set_format(properties, "spark.eventLog.dir", "file://%s/events", mine()->folder);
}

const char *local_python(void)
{
    return jx_has_string(mine()->state, "python") ? jx_string(mine()->state, "python")
                                                  : NULL;
}

bool local_has_spark_r(void)
{
    char path[PATH_MAX];

    if (!cluster_is_local())
        return true;
    snprintf(path, sizeof path, "%s/R/lib/SparkR", jx_string(mine()->state, "sparkHome"));
    return access(path, R_OK) == 0;
}
