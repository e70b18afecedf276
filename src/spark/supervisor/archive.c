/*
 * The JVM writes the archive when it ends, from all classes that it has loaded: so it runs what
 * a session runs. What is written has another name until it is whole. A file of no bytes says
 * that this Java cannot make one.
 */
#include "spark/supervisor/archive.h"

#include "base/buffer.h"
#include "base/text.h"
#include "spark/state_folder.h"
#include "spark/supervisor/processes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    QUIET_MS = 15000, /* the first statement is not disturbed */
    LIMIT_MS = 15 * 60 * 1000,
    UNUSED_S = 90 * 24 * 3600,
};

static struct {
    const struct java_settings *settings;
    const char *folder;
    char path[PATH_MAX], unfinished[PATH_MAX + 20];
    char options[PATH_MAX + 120];
    bool is_wanted; /* there is none, and a place for it */
    pid_t pid;      /* makes it; 0: none does */
    int64_t started_ms;
} archive;

/* ---- finding it ---- */

static void add_file(struct buffer *key, const char *folder, const char *name)
{
    char path[PATH_MAX + 20];
    struct stat status = {0};

    snprintf(path, sizeof path, "%s/%s", folder, name);
    stat(path, &status);
    buffer_printf(key, "%s %lld %lld\n", path, (long long)status.st_size,
                  (long long)status.st_mtime);
}

/* A JVM archives no classes when there is a folder on its class path that has files. */
static bool has_folders(void)
{
    static const char *const names[] = {"SPARK_CONF_DIR", "HADOOP_CONF_DIR",
                                        "YARN_CONF_DIR", "SPARK_DIST_CLASSPATH"};
    char conf[PATH_MAX + 20];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (getenv(names[i]) != NULL && getenv(names[i])[0] != '\0')
            return true;
    snprintf(conf, sizeof conf, "%s/conf", archive.settings->install->spark_home);
    return access(conf, F_OK) == 0;
}

/* False when it has no place here. */
static bool name_archive(const char *spark_version)
{
    const struct install *install = archive.settings->install;
    char folder[PATH_MAX - 100], modules[PATH_MAX + 20];
    struct buffer key = {0};

    snprintf(modules, sizeof modules, "%s/lib/modules", install->java_home);
    if (has_folders() || access(modules, R_OK) != 0 ||
        !state_folder_make("classes", folder, sizeof folder) ||
        strpbrk(folder, " \t\r\n\"'\\%:") != NULL) /* it stands in options */
        return false;
    add_file(&key, install->spark_home, "jars");
    add_file(&key, install->java_home, "lib/modules");
    snprintf(archive.path, sizeof archive.path, "%s/%s-%08x.jsa", folder, spark_version,
             (unsigned)text_crc32(buffer_text(&key), key.length));
    buffer_release(&key);
    return true;
}

void archive_init(const struct java_settings *settings, const char *spark_version,
                  const char *folder)
{
    struct stat status;
    int file;

    archive.settings = settings;
    archive.folder = folder;
    if (!name_archive(spark_version))
        return;
    file = state_folder_open(archive.path, O_RDONLY);
    archive.is_wanted = file < 0 && errno == ENOENT;
    if (file >= 0 && fstat(file, &status) == 0 && status.st_size > 0)
        snprintf(
            archive.options, sizeof archive.options,
            "-XX:SharedArchiveFile=%s -Xshare:auto -Xlog:disable -Xlog:all=error:stderr",
            archive.path);
    if (file >= 0)
        close(file);
}

const char *archive_options(void)
{
    return archive.options;
}

/* ---- making it ---- */

/* Of a supervisor that was killed while it made it, or not used for long. */
static bool is_rubbish(const char *path)
{
    const char *pid = strstr(path, ".jsa.");
    struct stat status;

    if (pid != NULL)
        return kill(atoi(pid + strlen(".jsa.")), 0) != 0 && errno == ESRCH;
    return stat(path, &status) == 0 && status.st_size > 0 &&
           time(NULL) - status.st_atime > UNUSED_S;
}

static void remove_rubbish(void)
{
    char folder[PATH_MAX], path[2 * PATH_MAX];
    const struct dirent *entry;
    DIR *directory;

    text_copy(folder, sizeof folder, archive.path);
    *strrchr(folder, '/') = '\0';
    directory = opendir(folder);
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.' && is_rubbish(path))
            unlink(path);
    }
    if (directory != NULL)
        closedir(directory);
}

static void make(void)
{
    char work[PATH_MAX + 20], file[PATH_MAX + 40], at[PATH_MAX + 42], log[PATH_MAX + 40];
    char java[PATH_MAX + 16];

    archive.is_wanted = false;
    remove_rubbish();
    snprintf(archive.unfinished, sizeof archive.unfinished, "%s.%ld", archive.path,
             (long)getpid());
    snprintf(work, sizeof work, "%s/classes", archive.folder);
    snprintf(file, sizeof file, "%s/classes.args", work);
    snprintf(at, sizeof at, "@%s", file);
    snprintf(log, sizeof log, "%s/log", work);
    snprintf(java, sizeof java, "%s/bin/java", archive.settings->install->java_home);
    if (mkdir(work, 0700) != 0 ||
        !java_write_training(file, archive.settings, work, archive.unfinished))
        return;
    archive.started_ms = processes_now_ms();
    archive.pid =
        processes_start(&(struct process){.arguments = (char *[]){java, at, NULL},
                                          .folder = work,
                                          .output = log,
                                          .errors = log,
                                          .is_idle = true});
}

void archive_tick(int64_t driver_ms)
{
    int64_t now_ms = processes_now_ms();

    if (archive.is_wanted && driver_ms != 0 && now_ms - driver_ms > QUIET_MS)
        make();
    if (archive.pid > 0 && now_ms - archive.started_ms > LIMIT_MS)
        kill(-archive.pid, SIGKILL);
}

/* The next private Spark uses it. */
void archive_reap(pid_t pid, int status)
{
    int nothing;

    if (pid != archive.pid)
        return;
    archive.pid = 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0 &&
        chmod(archive.unfinished, 0400) == 0 &&
        rename(archive.unfinished, archive.path) == 0)
        return;
    unlink(archive.unfinished);
    if (!WIFEXITED(status))
        return;
    nothing = open(archive.path, O_WRONLY | O_CREAT | O_CLOEXEC, 0400);
    if (nothing >= 0)
        close(nothing);
}

void archive_stop(void)
{
    if (archive.pid <= 0)
        return;
    kill(-archive.pid, SIGKILL);
    unlink(archive.unfinished);
}
