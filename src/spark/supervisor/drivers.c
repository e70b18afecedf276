/*
 * SUBMITTED while its appResource is fetched, RUNNING with its process, then FINISHED, FAILED
 * or KILLED; ERROR when there was nothing to run. A supervised driver stays RUNNING while it
 * is launched again and again, with pauses that double.
 */
#include "spark/supervisor/drivers.h"

#include "base/jx.h"
#include "base/memory.h"
#include "base/text.h"
#include "spark/cluster.h"
#include "spark/process_end.h"
#include "spark/supervisor/processes.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    KILL_AFTER_MS = 10000, /* as spark.worker.driverTerminateTimeout */
    LONG_RUN_MS = 5000,    /* after such a run the pause is short again */
    PAUSE_MAX_S = 600,
};

static const char *private_folder;
static const struct java_settings *settings;
static struct driver *drivers[DRIVERS_MAX];
static size_t count;
static unsigned created;

void drivers_init(const char *folder, const struct java_settings *use)
{
    char path[PATH_MAX];

    private_folder = folder;
    settings = use;
    created = (unsigned)getpid() % 10000; /* the next private Spark has other ids */
    snprintf(path, sizeof path, "%.4000s/drivers", folder);
    mkdir(path, 0700);
}

/* ---- launching ---- */

static void fail(struct driver *driver, const char *what)
{
    driver->state = "ERROR";
    text_copy(driver->message, sizeof driver->message, what);
}

/* Its variables beside the supervisor's own. The links are for its executors page: the log
 * is not at the worker, so they lead to the door. New. */
static json_t *environment_of(const struct driver *driver)
{
    const json_t *properties = json_object_get(driver->request, "sparkProperties");
    const char *library_path = jx_string(properties, "spark.driver.extraLibraryPath");
    json_t *environment =
        json_deep_copy(json_object_get(driver->request, "environmentVariables"));

    for (int i = 0; i < 2; i++)
        jx_set_format(environment,
                      i == 0 ? "SPARK_DRIVER_LOG_URL_STDOUT"
                             : "SPARK_DRIVER_LOG_URL_STDERR",
                      CLUSTER_DOOR_URL "/logPage/?driverId=%s&logType=%s", driver->id,
                      i == 0 ? "stdout" : "stderr");
    if (library_path[0] != '\0')
        jx_set_format(environment, "LD_LIBRARY_PATH", "%s:%s", library_path,
                      getenv("LD_LIBRARY_PATH") != NULL ? getenv("LD_LIBRARY_PATH") : "");
    return environment;
}

static void start_java(struct driver *driver, const char *arguments_path)
{
    char java[PATH_MAX + 16], file[PATH_MAX + 16], out[PATH_MAX + 16], err[PATH_MAX + 16];
    json_auto_t *environment = environment_of(driver);

    snprintf(java, sizeof java, "%s/bin/java", settings->install->java_home);
    snprintf(file, sizeof file, "@%s", arguments_path);
    snprintf(out, sizeof out, "%s/stdout", driver->folder);
    snprintf(err, sizeof err, "%s/stderr", driver->folder);
    driver->pid =
        processes_start(&(struct process){.arguments = (char *[]){java, file, NULL},
                                          .folder = driver->folder,
                                          .output = out,
                                          .errors = err,
                                          .environment = environment});
    driver->launched_ms = processes_now_ms();
    driver->memory_kills = process_end_memory_kills();
    if (driver->pid < 0) {
        driver->pid = 0;
        fail(driver, strerror(errno));
    }
}

static void launch(struct driver *driver)
{
    char path[PATH_MAX + 16];

    driver->relaunch_ms = 0;
    driver->state = "RUNNING";
    snprintf(path, sizeof path, "%s/java.args", driver->folder);
    if (java_write_driver(path, settings, driver->request, driver->folder,
                          driver->user_jar))
        start_java(driver, path);
    else
        fail(driver, strerror(errno));
}

/* The last part of a URL's path, as far as it is a plain name. */
static void name_resource(const char *url, char *name, size_t size)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_-.";
    const char *part = strrchr(url, '/') != NULL ? strrchr(url, '/') + 1 : url;
    int length = (int)strspn(part, plain);

    if (length == 0 || part[0] == '.')
        snprintf(name, size, "resource");
    else
        snprintf(name, size, "%.*s", length, part);
}

static void fetch(struct driver *driver, const char *url)
{
    char name[100], path[PATH_MAX + 16];

    name_resource(url, name, sizeof name);
    snprintf(driver->user_jar, sizeof driver->user_jar, "%.3900s/fetched/%s",
             driver->folder, name);
    snprintf(path, sizeof path, "%s/fetched", driver->folder);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/fetch.args", driver->folder);
    driver->is_fetching = true;
    if (java_write_fetch(path, settings, url, driver->folder, driver->user_jar))
        start_java(driver, path);
    else
        fail(driver, strerror(errno));
}

/* appResource is "", a file, or what has to be fetched. */
static void prepare(struct driver *driver)
{
    const char *resource = jx_string(driver->request, "appResource");
    char what[PATH_MAX + 100];

    if (text_starts_with(resource, "file:"))
        resource += strlen("file:") + (text_starts_with(resource, "file:///") ? 2 : 0);
    if (resource[0] != '\0' && resource[0] != '/') {
        fetch(driver, resource);
        return;
    }
    text_copy(driver->user_jar, sizeof driver->user_jar, resource);
    if (resource[0] != '\0' && access(resource, R_OK) != 0) {
        snprintf(what, sizeof what, "java.nio.file.NoSuchFileException: %s", resource);
        fail(driver, what);
        return;
    }
    launch(driver);
}

/* ---- the list ---- */

bool drivers_has_ended(const struct driver *driver)
{
    return strcmp(driver->state, "SUBMITTED") != 0 &&
           strcmp(driver->state, "RUNNING") != 0;
}

bool drivers_are_at_work(void)
{
    for (size_t i = 0; i < count; i++)
        if (!drivers_has_ended(drivers[i]))
            return true;
    return false;
}

static bool make_room(void)
{
    size_t i = 0;

    if (count < DRIVERS_MAX)
        return true;
    while (i < count && !drivers_has_ended(drivers[i]))
        i++;
    if (i == count)
        return false;
    json_decref(drivers[i]->request);
    free(drivers[i]);
    memmove(&drivers[i], &drivers[i + 1], (count - i - 1) * sizeof *drivers);
    count--;
    return true;
}

const struct driver *drivers_create(json_t *request)
{
    struct driver *driver;
    time_t now = time(NULL);
    char stamp[20];

    if (!make_room())
        return NULL;
    driver = memory_new(sizeof *driver);
    drivers[count++] = driver;
    driver->request = json_incref(request);
    driver->created_ms = (int64_t)now * 1000;
    driver->state = "SUBMITTED";
    driver->pause_s = 1;
    strftime(stamp, sizeof stamp, "%Y%m%d%H%M%S", localtime(&now));
    snprintf(driver->id, sizeof driver->id, "driver-%s-%04u", stamp, created++);
    snprintf(driver->folder, sizeof driver->folder, "%.4000s/drivers/%s", private_folder,
             driver->id);
    if (mkdir(driver->folder, 0700) != 0)
        fail(driver, strerror(errno));
    else
        prepare(driver);
    return driver;
}

static struct driver *find(const char *id)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(drivers[i]->id, id) == 0)
            return drivers[i];
    return NULL;
}

const struct driver *drivers_find(const char *id)
{
    return find(id);
}

const struct driver *drivers_at(size_t index)
{
    return index < count ? drivers[index] : NULL;
}

/* ---- ending ---- */

bool drivers_kill(const char *id)
{
    struct driver *driver = find(id);

    if (driver == NULL || drivers_has_ended(driver))
        return false;
    driver->is_killed = true;
    driver->relaunch_ms = 0;
    if (driver->pid == 0) {
        driver->state = "KILLED";
        return true;
    }
    kill(driver->pid, SIGTERM); /* its Python ends with it (runner/launch.py) */
    if (driver->kill_ms == 0)
        driver->kill_ms = processes_now_ms() + KILL_AFTER_MS;
    return true;
}

static void plan_relaunch(struct driver *driver)
{
    if (processes_now_ms() - driver->launched_ms > LONG_RUN_MS)
        driver->pause_s = 1;
    driver->relaunch_ms = processes_now_ms() + driver->pause_s * 1000;
    driver->pause_s =
        driver->pause_s * 2 < PAUSE_MAX_S ? driver->pause_s * 2 : PAUSE_MAX_S;
}

static void tell_killed(struct driver *driver, const char *what, int status)
{
    char how[40];

    process_end_describe(status, how, sizeof how);
    driver->state = "FAILED";
    snprintf(driver->message, sizeof driver->message, "%s %s: %s", what, how,
             process_end_reason(status, driver->memory_kills));
}

static void end_fetch(struct driver *driver, int status)
{
    driver->is_fetching = false;
    if (driver->is_killed)
        driver->state = "KILLED";
    else if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        launch(driver);
    else if (WIFSIGNALED(status))
        tell_killed(driver, "the process that fetched its file", status);
    else
        fail(driver, "its file could not be fetched; stderr has the reason");
}

/* What it wrote tells why, unless it was killed. */
static void end_badly(struct driver *driver, int status)
{
    driver->state = "FAILED";
    if (WIFSIGNALED(status))
        tell_killed(driver, "the driver's process", status);
}

void drivers_reap(pid_t pid, int status)
{
    bool is_good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    struct driver *driver = NULL;

    for (size_t i = 0; i < count; i++)
        if (drivers[i]->pid == pid)
            driver = drivers[i];
    if (driver == NULL)
        return;
    driver->pid = 0;
    driver->kill_ms = 0;
    if (driver->is_fetching)
        end_fetch(driver, status);
    else if (is_good)
        driver->state = "FINISHED";
    else if (driver->is_killed)
        driver->state = "KILLED";
    else if (jx_is(json_object_get(driver->request, "sparkProperties"),
                   "spark.driver.supervise", "true"))
        plan_relaunch(driver);
    else
        end_badly(driver, status);
}

void drivers_tick(void)
{
    int64_t now_ms = processes_now_ms();

    for (size_t i = 0; i < count; i++) {
        if (drivers[i]->kill_ms != 0 && now_ms >= drivers[i]->kill_ms)
            kill(-drivers[i]->pid, SIGKILL);
        if (drivers[i]->relaunch_ms != 0 && now_ms >= drivers[i]->relaunch_ms)
            launch(drivers[i]);
    }
}
