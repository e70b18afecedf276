/* The record is $STATE/private/NAME, with the folder's name: {host, folder, device, inode}.
 * A folder that is not the one recorded is left alone. */
#include "spark/private_folder.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "base/text.h"
#include "spark/state_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME "mcp-spark-"
enum { DEPTH_MAX = 200, RECORD_MAX = 8192, RECORD_FD_MIN = 10 };

/* ---- removing ---- */

static bool remove_at(int parent, const char *name, int depth);

/* Steals the descriptor. */
static bool empty(int folder, int depth)
{
    DIR *directory = fdopendir(folder);
    const struct dirent *entry;
    bool is_good = true;

    if (directory == NULL) {
        close(folder);
        return false;
    }
    while ((entry = readdir(directory)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            is_good = remove_at(folder, entry->d_name, depth) && is_good;
    closedir(directory);
    return is_good;
}

static int open_folder_at(int parent, const char *name)
{
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool remove_at(int parent, const char *name, int depth)
{
    int folder = depth < DEPTH_MAX ? open_folder_at(parent, name) : -1;

    if (folder < 0)
        return unlinkat(parent, name, 0) == 0 || errno == ENOENT;
    return empty(folder, depth + 1) && unlinkat(parent, name, AT_REMOVEDIR) == 0;
}

/* The folder, if it is this user's own and the one that was recorded (NULL: any). True
 * when it is not there any more. */
static bool remove_folder(const char *path, const json_t *record)
{
    char parent_path[PATH_MAX];
    struct stat status;
    char *name;
    int parent, folder;
    bool is_good = false;

    text_copy(parent_path, sizeof parent_path, path);
    name = strrchr(parent_path, '/');
    if (name == NULL || name == parent_path)
        return false;
    *name++ = '\0';
    parent = open(parent_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent < 0)
        return errno == ENOENT;
    folder = open_folder_at(parent, name);
    if (folder < 0) {
        is_good = errno == ENOENT;
    } else if (fstat(folder, &status) == 0 && status.st_uid == geteuid() &&
               (record == NULL ||
                (jx_int(record, "device") == (json_int_t)status.st_dev &&
                 jx_int(record, "inode") == (json_int_t)status.st_ino))) {
        is_good = empty(folder, 0) && unlinkat(parent, name, AT_REMOVEDIR) == 0;
    } else {
        close(folder);
    }
    close(parent);
    return is_good;
}

/* ---- the record ---- */

static bool find_record(const char *name, char path[PATH_MAX])
{
    char folder[PATH_MAX - 100];

    return strlen(name) < 90 && state_folder_make("private", folder, sizeof folder) &&
           snprintf(path, PATH_MAX, "%s/%s", folder, name) < PATH_MAX;
}

static void write_record(int file, const char *folder, const struct stat *status)
{
    char host[256] = "";
    json_auto_t *record = NULL;
    struct buffer text = {0};

    gethostname(host, sizeof host - 1);
    record = jx_pack("{s:s, s:o, s:I, s:I}", "host", host, "folder",
                     jx_text(folder, strlen(folder)), "device",
                     (json_int_t)status->st_dev, "inode", (json_int_t)status->st_ino);
    jx_write(&text, record);
    if (write(file, text.data, text.length) < 0)
        ftruncate(file, 0); /* as if it had not been written */
    buffer_release(&text);
}

/* Above those that a new process uses for itself; -1 when none can be kept. */
static int lock_record(const char *path)
{
    int file = state_folder_open(path, O_RDWR | O_CREAT | O_EXCL);
    int high = file >= 0 ? fcntl(file, F_DUPFD_CLOEXEC, RECORD_FD_MIN) : -1;
    struct stat status;

    if (file >= 0)
        close(file);
    /* A sweep may have found it before it was locked. */
    if (high >= 0 && (flock(high, LOCK_EX | LOCK_NB) != 0 || fstat(high, &status) != 0 ||
                      status.st_nlink == 0)) {
        close(high);
        return -1;
    }
    return high;
}

bool private_folder_make(char path[PATH_MAX], int *record)
{
    const char *temporary = getenv("TMPDIR");
    char made[PATH_MAX], place[PATH_MAX];
    struct stat status;

    *record = -1;
    snprintf(made, sizeof made, "%.4000s/" NAME "XXXXXX",
             temporary != NULL && temporary[0] != '\0' ? temporary : "/tmp");
    text_copy(path, PATH_MAX, made);
    if (mkdtemp(path) == NULL || realpath(path, made) == NULL || stat(made, &status) != 0)
        return false;
    if (find_record(strrchr(made, '/') + 1, place))
        *record = lock_record(place);
    if (*record >= 0)
        write_record(*record, made, &status);
    return true;
}

void private_folder_remove(const char *path)
{
    const char *name = strrchr(path, '/');
    char place[PATH_MAX];
    bool is_recorded = name != NULL && find_record(name + 1, place);

    if (remove_folder(path, NULL) && is_recorded)
        unlink(place);
}

/* ---- those of the dead ---- */

static json_t *read_record(int file)
{
    char text[RECORD_MAX];
    ssize_t length = read(file, text, sizeof text);

    return length > 0 ? json_loadb(text, (size_t)length, 0, NULL) : NULL;
}

static void sweep_record(const char *name)
{
    char path[PATH_MAX], host[256] = "";
    json_auto_t *record = NULL;
    int file = -1;

    if (find_record(name, path))
        file = state_folder_open(path, O_RDWR);
    if (file < 0)
        return;
    gethostname(host, sizeof host - 1);
    if (flock(file, LOCK_EX | LOCK_NB) == 0) {
        record = read_record(file);
        if (record == NULL ||
            (jx_is(record, "host", host) && /* a home may be that of many machines */
             remove_folder(jx_string(record, "folder"), record)))
            unlink(path);
    }
    close(file);
}

void private_folder_sweep(void)
{
    char folder[PATH_MAX];
    DIR *directory =
        state_folder_make("private", folder, sizeof folder) ? opendir(folder) : NULL;
    const struct dirent *entry;

    while (directory != NULL && (entry = readdir(directory)) != NULL)
        if (text_starts_with(entry->d_name, NAME))
            sweep_record(entry->d_name);
    if (directory != NULL)
        closedir(directory);
}
