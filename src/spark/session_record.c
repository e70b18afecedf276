/* The files are $STATE/sessions/<sum>.json and <sum>.lock, for a private Spark also
 * <sum>.spark and <sum>.spark.lock, the sum being that of the settings. What is stored is
 * written anew beside the old and renamed. */
#include "spark/session_record.h"

#include "base/buffer.h"
#include "base/clusters.h"
#include "base/jx.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "config.h"
#include "spark/cluster.h"
#include "spark/state_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { RECORD_MAX = 4096 };

static int locks[CLUSTERS_MAX]; /* 0, standard input: none is open */

bool session_record_is_kept(void)
{
    return config_is_on(CONFIG_SESSION_SHARED) &&
           strcmp(config_get(CONFIG_SESSION), "off") != 0;
}

static void add_setting(struct buffer *text, enum config_key key)
{
    buffer_printf(text, "\n%s", config_get(key) != NULL ? config_get(key) : "");
}

/* Servers whose sessions would differ, or speak differently, do not share one. */
static void add_settings(struct buffer *text)
{
    static const enum config_key keys[] = {
        CONFIG_MASTER,         CONFIG_APP_NAME,      CONFIG_EXECUTOR_MEMORY,
        CONFIG_EXECUTOR_CORES, CONFIG_WAREHOUSE_DIR, CONFIG_SERIALIZER,
        CONFIG_PYTHON,         CONFIG_CONF,          CONFIG_SESSION_PORT,
        CONFIG_SESSION_IDLE,   CONFIG_READ_ONLY};
    static const enum config_key private_keys[] = {CONFIG_SPARK_HOME, CONFIG_JAVA_HOME,
                                                   CONFIG_PASS_ENVIRONMENT};
    char host[256] = "";

    buffer_add_text(text, MCP_SPARK_VERSION);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        add_setting(text, keys[i]);
    if (!cluster_is_local())
        return;
    for (size_t i = 0; i < sizeof private_keys / sizeof *private_keys; i++)
        add_setting(text, private_keys[i]);
    gethostname(host, sizeof host - 1); /* a home may be that of many machines */
    buffer_printf(text, "\n%s", host);
}

/* The file of this configuration with that ending; false when there is no folder for it. */
static bool find_path(const char *ending, char path[PATH_MAX])
{
    struct buffer settings = {0};
    char folder[PATH_MAX - 40];
    uint32_t sum;

    if (!state_folder_make("sessions", folder, sizeof folder))
        return false;
    add_settings(&settings);
    sum = text_crc32(buffer_text(&settings), settings.length);
    buffer_release(&settings);
    snprintf(path, PATH_MAX, "%s/%08x.%s", folder, sum, ending);
    return true;
}

bool session_record_hold(const char *ending, const char *what, int *lock)
{
    char path[PATH_MAX] = "";

    if (*lock <= 0 && find_path(ending, path))
        *lock = state_folder_open(path, O_RDWR | O_CREAT);
    if (*lock <= 0) {
        log_write(LOG_WARNING, "no %s is shared: '%s' cannot be used", what, path);
        return true;
    }
    return flock(*lock, LOCK_EX | LOCK_NB) == 0;
}

void session_record_let_go(int *lock)
{
    if (*lock > 0)
        close(*lock);
    *lock = 0;
}

bool session_record_lock(void)
{
    return session_record_hold("lock", "session", &locks[clusters_here()]);
}

void session_record_unlock(void)
{
    session_record_let_go(&locks[clusters_here()]);
}

ssize_t session_record_load(const char *ending, char *text, size_t size)
{
    char path[PATH_MAX];
    int file = find_path(ending, path) ? state_folder_open(path, O_RDONLY) : -1;
    ssize_t length = file >= 0 ? read(file, text, size) : -1;

    if (file >= 0)
        close(file);
    return length;
}

json_t *session_record_read(void)
{
    char text[RECORD_MAX];
    ssize_t length = session_record_load("json", text, sizeof text);
    json_t *record = length > 0 ? json_loadb(text, (size_t)length, 0, NULL) : NULL;

    if (jx_has_string(record, "driverId") && jx_has_string(record, "url") &&
        jx_has_string(record, "token") &&
        jx_is(record, "master", config_get(CONFIG_MASTER)) &&
        jx_bool(record, "readOnly") == config_is_on(CONFIG_READ_ONLY)) {
        secret_pin(jx_string(record, "token"));
        return record;
    }
    json_decref(record);
    return NULL;
}

bool session_record_store(const char *ending, const char *text, size_t length)
{
    char path[PATH_MAX], written[PATH_MAX], new_ending[20];
    int file = -1;
    bool is_good;

    snprintf(new_ending, sizeof new_ending, "%s.new", ending);
    if (find_path(ending, path) && find_path(new_ending, written)) {
        unlink(written);
        file = state_folder_open(written, O_WRONLY | O_CREAT | O_EXCL);
    }
    is_good = file >= 0 && write(file, text, length) == (ssize_t)length &&
              rename(written, path) == 0;
    if (file >= 0)
        close(file);
    return is_good;
}

void session_record_write(const char *driver_id, const char *url, const char *token)
{
    json_auto_t *record = jx_pack(
        "{s:s, s:s, s:s, s:s, s:b}", "driverId", driver_id, "url", url, "token", token,
        "master", config_get(CONFIG_MASTER), "readOnly", config_is_on(CONFIG_READ_ONLY));
    struct buffer text = {0};

    jx_write(&text, record);
    if (!session_record_store("json", text.data, text.length))
        log_write(LOG_WARNING, "the session cannot be shared: %s", strerror(errno));
    buffer_release(&text);
}

void session_record_remove(const char *driver_id)
{
    json_auto_t *record = session_record_read();

    if (jx_is(record, "driverId", driver_id))
        session_record_clear();
}

void session_record_clear(void)
{
    char path[PATH_MAX];

    if (find_path("json", path))
        unlink(path);
}
