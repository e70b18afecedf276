/*
 * Where the system can, the file has no name until it is whole (O_TMPFILE): then nothing
 * is left of it however this process ends. Elsewhere it is hidden beside its place. It is
 * linked to its name, which fails where there is one already, or renamed over it.
 */
#include "spark/download.h"

#include "base/jx.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/text.h"
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct download {
    char path[PATH_MAX], folder[PATH_MAX];
    char hidden[PATH_MAX]; /* its name until it is whole; "": it has none */
    const char *format;
    bool replaces;
    int fd;
    json_int_t bytes;
    pid_t storing; /* the process that waits for the disk */
    bool is_stored;
};

static long most_bytes(void)
{
    return text_whole_number(config_get(CONFIG_DOWNLOAD_MAX_BYTES));
}

/* NULL: none that is a table's. Others are refused, so that a result cannot become a
 * program or somebody's settings. */
static const char *format_of(const char *path)
{
    static const char *const formats[][2] = {
        {".csv", "csv"}, {".jsonl", "json"}, {".ndjson", "json"}};

    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (text_ends_with(path, formats[i][0]))
            return formats[i][1];
    return NULL;
}

static bool refuse(struct error *error, const char *hint, const char *fact,
                   const char *path)
{
    error_set(error, ERROR_ARGUMENTS, fact, path);
    error_hint(error, "%s", hint);
    return false;
}

static bool check_place(const struct download *download, struct error *error)
{
    struct stat found;

    if (most_bytes() == 0)
        return refuse(error,
                      "Whoever runs the server can raise SPARK_DOWNLOAD_MAX_BYTES.",
                      "downloads are turned off, so '%s' is not written", download->path);
    if (download->path[0] != '/')
        return refuse(error, "Give an absolute path on the machine of this server.",
                      "'%s' is not an absolute path", download->path);
    if (download->format == NULL)
        return refuse(error,
                      "Name it .csv or .jsonl; other formats can be saved where Spark "
                      "is, as parquet by default.",
                      "'%s' is neither .csv nor .jsonl (lines of JSON)", download->path);
    if (lstat(download->path, &found) != 0)
        return true;
    if (!S_ISREG(found.st_mode))
        return refuse(error, "Choose another name.", "'%s' exists and is no plain file",
                      download->path);
    if (!download->replaces)
        return refuse(error, "Choose another name, or ask for it to be overwritten.",
                      "'%s' exists already", download->path);
    if (config_is_on(CONFIG_READ_ONLY))
        return refuse(error, "Choose another name.",
                      "SPARK_READ_ONLY is set, so '%s' is not overwritten",
                      download->path);
    return true;
}

static bool fail_at(struct error *error, const char *what, const char *path)
{
    error_set(error, ERROR_ARGUMENTS, "cannot %s '%s': %s", what, path, strerror(errno));
    error_hint(error, "Choose a place where the user of this server may write, with "
                      "enough room.");
    return false;
}

static bool open_file(struct download *download, struct error *error)
{
    char *base = strrchr(download->path, '/'), digits[9];
    size_t length = (size_t)(base - download->path);

    snprintf(download->folder, sizeof download->folder, "%.*s",
             length > 0 ? (int)length : 1, download->path);
#ifdef O_TMPFILE
    download->fd = open(download->folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
    if (download->fd >= 0)
        return true;
#endif
    random_hex(digits, 8);
    if (snprintf(download->hidden, sizeof download->hidden, "%s/.%.200s.%s.part",
                 download->folder, base + 1, digits) >= (int)sizeof download->hidden) {
        errno = ENAMETOOLONG;
        download->hidden[0] = '\0';
        return fail_at(error, "write", download->path);
    }
    download->fd = open(download->hidden, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
    if (download->fd >= 0)
        return true;
    download->hidden[0] = '\0';
    return fail_at(error, "write", download->path);
}

struct download *download_begin(const char *path, bool replaces, struct error *error)
{
    struct download *download = memory_new(sizeof *download);

    download->fd = -1;
    download->replaces = replaces;
    download->format = format_of(path);
    if (strlen(path) >= sizeof download->path) {
        errno = ENAMETOOLONG;
        fail_at(error, "write", "the file");
        free(download);
        return NULL;
    }
    text_copy(download->path, sizeof download->path, path);
    if (check_place(download, error) && open_file(download, error))
        return download;
    free(download);
    return NULL;
}

void download_free(struct download *download)
{
    if (download == NULL)
        return;
    close(download->fd);
    if (download->hidden[0] != '\0')
        unlink(download->hidden);
    if (download->storing > 0) {
        kill(download->storing, SIGKILL);
        waitpid(download->storing, NULL, WNOHANG);
    }
    free(download);
}

json_t *download_request(const struct download *download)
{
    return jx_pack("{s:s, s:I}", "format", download->format, "maxBytes",
                   (json_int_t)most_bytes());
}

const char *download_path(const struct download *download)
{
    return download->path;
}

json_int_t download_bytes(const struct download *download)
{
    return download->bytes;
}

bool download_add(struct download *download, const char *text, size_t length,
                  struct error *error)
{
    if (download->bytes + (json_int_t)length > most_bytes()) {
        error_set(error, ERROR_TOO_LARGE, "the result has more than %ld bytes",
                  most_bytes());
        error_hint(error, "SPARK_DOWNLOAD_MAX_BYTES sets this limit.");
        return false;
    }
    while (length > 0) {
        ssize_t written = write(download->fd, text, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return fail_at(error, "write", download->path);
        text += written;
        length -= (size_t)written;
        download->bytes += written;
    }
    return true;
}

/* Waiting for the disk can take seconds, and the loop may not. */
bool download_is_stored(struct download *download)
{
    int status;

    if (download->storing == 0) {
        download->storing = fork();
        if (download->storing == 0)
            _exit(fsync(download->fd) == 0 ? 0 : errno);
        if (download->storing < 0)
            download->is_stored = fsync(download->fd) == 0;
    }
    if (download->storing < 0)
        return true;
    if (waitpid(download->storing, &status, WNOHANG) == 0)
        return false;
    download->storing = -1;
    download->is_stored = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return true;
}

/* A name for a file that has none: fails where there is something. */
static bool give_name(const struct download *download, const char *name)
{
    char descriptor[40];

    snprintf(descriptor, sizeof descriptor, "/proc/self/fd/%d", download->fd);
    return linkat(AT_FDCWD, descriptor, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0;
}

static bool replace(struct download *download)
{
    char digits[9];

    if (download->hidden[0] == '\0') {
        random_hex(digits, 8);
        snprintf(download->hidden, sizeof download->hidden, "%.*s/.%s.part",
                 (int)sizeof download->hidden - 20, download->folder, digits);
        if (!give_name(download, download->hidden)) {
            download->hidden[0] = '\0';
            return false;
        }
    }
    if (rename(download->hidden, download->path) != 0)
        return false;
    download->hidden[0] = '\0';
    return true;
}

static void store_folder(const struct download *download)
{
    int folder = open(download->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (folder >= 0) {
        fsync(folder);
        close(folder);
    }
}

bool download_finish(struct download *download, struct error *error)
{
    struct stat found;
    bool has_name;

    if (!download->is_stored) {
        errno = EIO;
        return fail_at(error, "write", download->path);
    }
    if (download->replaces)
        has_name = (lstat(download->path, &found) != 0 || S_ISREG(found.st_mode)) &&
                   replace(download);
    else
        has_name = download->hidden[0] == '\0'
                       ? give_name(download, download->path)
                       : link(download->hidden, download->path) == 0;
    if (!has_name)
        return fail_at(error, "name", download->path);
    store_folder(download);
    return true;
}
