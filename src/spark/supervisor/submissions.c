/* Spark's classes of these: StandaloneRestServer, LogPage, JsonProtocol. */
#include "spark/supervisor/submissions.h"

#include "base/jx.h"
#include "base/memory.h"
#include "base/text.h"
#include "spark/find_driver.h"
#include "spark/properties.h"
#include "spark/supervisor/daemons.h"
#include "spark/supervisor/drivers.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LOG_LENGTH = 100 * 1024, LOG_LENGTH_MAX = 1024 * 1024 };

static const char *version, *worker_address;

void submissions_init(const char *spark_version, const char *worker)
{
    version = spark_version;
    worker_address = worker;
}

/* Steals the value. */
static void answer_json(struct door_answer *answer, json_t *value)
{
    char *text;

    jx_set_string(value, "serverSparkVersion", version);
    text = json_dumps(value, JSON_COMPACT | JSON_ENSURE_ASCII);
    buffer_add_text(&answer->body, text);
    free(text);
    json_decref(value);
}

static void refuse(struct door_answer *answer, int status, const char *message)
{
    answer->status = status;
    answer_json(answer,
                jx_pack("{s:s, s:s}", "action", "ErrorResponse", "message", message));
}

/* ---- create ---- */

static bool has_only_texts(const json_t *values)
{
    const json_t *value;
    const char *key;
    size_t i;

    if (json_is_object(values)) {
        json_object_foreach ((json_t *)values, key, value)
            if (!json_is_string(value))
                return false;
        return true;
    }
    json_array_foreach (values, i, value)
        if (!json_is_string(value))
            return false;
    return json_is_array(values);
}

static bool is_valid(const json_t *request)
{
    return jx_has_string(request, "mainClass") &&
           json_is_string(json_object_get(request, "appResource")) &&
           json_is_object(json_object_get(request, "sparkProperties")) &&
           has_only_texts(json_object_get(request, "sparkProperties")) &&
           json_is_array(json_object_get(request, "appArgs")) &&
           has_only_texts(json_object_get(request, "appArgs")) &&
           json_is_object(json_object_get(request, "environmentVariables")) &&
           has_only_texts(json_object_get(request, "environmentVariables"));
}

static void create(const struct door_request *request, struct door_answer *answer)
{
    json_error_t where;
    json_auto_t *wanted = json_loadb(request->body, request->body_length, 0, &where);
    const struct driver *driver;

    if (!is_valid(wanted)) {
        refuse(answer, 400,
               "Malformed request: Validation of message "
               "CreateSubmissionRequest failed!");
        return;
    }
    driver = drivers_create(wanted);
    if (driver != NULL)
        answer_json(answer,
                    jx_pack("{s:s, s:b, s:s, s:s}", "action", "CreateSubmissionResponse",
                            "success", 1, "message", "Driver successfully submitted",
                            "submissionId", driver->id));
    else
        answer_json(answer, jx_pack("{s:s, s:b, s:s}", "action",
                                    "CreateSubmissionResponse", "success", 0, "message",
                                    "too many drivers of the private Spark run already"));
}

/* ---- status, kill, list ---- */

static void kill_driver(const char *id, struct door_answer *answer)
{
    bool is_asked = drivers_kill(id);

    answer_json(answer,
                jx_pack("{s:s, s:b, s:o, s:s}", "action", "KillSubmissionResponse",
                        "success", is_asked, "submissionId", jx_text(id, strlen(id)),
                        "message",
                        is_asked ? "Kill request submitted"
                                 : "The driver has already finished or does not exist"));
}

static void tell_status(const char *id, struct door_answer *answer)
{
    const struct driver *driver = drivers_find(id);
    json_t *status =
        jx_pack("{s:s, s:b, s:o}", "action", "SubmissionStatusResponse", "success",
                driver != NULL, "submissionId", jx_text(id, strlen(id)));

    if (driver != NULL) {
        jx_set_string(status, "driverState", driver->state);
        jx_set_string(status, "workerId", "private-spark");
        jx_set_string(status, "workerHostPort", worker_address);
        if (driver->message[0] != '\0')
            jx_set_format(status, "message", "Exception from the cluster:\n%s",
                          driver->message);
    }
    answer_json(answer, status);
}

static json_t *describe(const struct driver *driver)
{
    const json_t *properties = json_object_get(driver->request, "sparkProperties");
    int64_t memory = properties_memory_mib(jx_string(properties, "spark.driver.memory"));
    time_t seconds = (time_t)(driver->created_ms / 1000);
    char date[40];
    json_t *told;

    strftime(date, sizeof date, "%a %b %d %H:%M:%S %Z %Y", localtime(&seconds));
    told = jx_pack("{s:s, s:o, s:s, s:i, s:I, s:s, s:s, s:s}", "id", driver->id,
                   "starttime", jx_format("%lld", (long long)driver->created_ms), "state",
                   driver->state, "cores", 0, "memory",
                   (json_int_t)(memory > 0 ? memory : 1024), "submitdate", date, "worker",
                   "private-spark", "mainclass", jx_string(driver->request, "mainClass"));
    jx_set_string(told, "marker", jx_string(properties, FIND_DRIVER_PROPERTY));
    return told;
}

static void list(struct door_answer *answer)
{
    json_t *active = json_array(), *completed = json_array();
    const struct driver *driver;

    for (size_t i = 0; (driver = drivers_at(i)) != NULL; i++)
        json_array_append_new(drivers_has_ended(driver) ? completed : active,
                              describe(driver));
    answer_json(answer, jx_pack("{s:o, s:o}", "activedrivers", active, "completeddrivers",
                                completed));
}

/* ---- logs ---- */

/* The bytes of a log from its head line on, as a worker gives them. */
static void write_page(int log, const char *path, json_int_t offset, json_int_t length,
                       struct buffer *page)
{
    struct stat status = {0};
    json_int_t total, end;
    char *bytes;
    ssize_t count;

    fstat(log, &status);
    total = (json_int_t)status.st_size;
    if (length < 0 || length > LOG_LENGTH_MAX)
        length = LOG_LENGTH_MAX;
    if (offset < 0)
        offset = total - length;
    offset = offset < 0 ? 0 : offset > total ? total : offset;
    end = total - offset < length ? total : offset + length;
    bytes = memory_new((size_t)(end - offset) + 1);
    count = pread(log, bytes, (size_t)(end - offset), (off_t)offset);
    buffer_printf(page, "==== Bytes %lld-%lld of %lld of %s ====\n", (long long)offset,
                  (long long)end, (long long)total, path);
    buffer_add(page, bytes, count > 0 ? (size_t)count : 0);
    free(bytes);
}

static json_int_t number(const char *query, const char *name, json_int_t otherwise)
{
    char text[24];
    long value;

    door_query_value(query, name, text, sizeof text);
    value = text_whole_number(text);
    return value >= 0 ? value : otherwise;
}

static void show_log(const char *query, struct door_answer *answer)
{
    char id[60], type[20], path[PATH_MAX + 40];
    const struct driver *driver;
    int log = -1;

    door_query_value(query, "driverId", id, sizeof id);
    door_query_value(query, "logType", type, sizeof type);
    driver = drivers_find(id);
    if (driver != NULL && (strcmp(type, "stdout") == 0 || strcmp(type, "stderr") == 0)) {
        snprintf(path, sizeof path, "%s/%s", driver->folder, type);
        log = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    }
    answer->type = "text/plain";
    if (log < 0) {
        buffer_add_text(&answer->body, "==== Bytes 0-0 of 0 of  ====\n"
                                       "Error: invalid log directory\n");
        return;
    }
    write_page(log, path, number(query, "offset", -1),
               number(query, "byteLength", LOG_LENGTH), &answer->body);
    close(log);
}

/* ---- daemons ---- */

/* It does not wait for them. */
static void start_daemons(const char *which, struct door_answer *answer)
{
    if (strcmp(which, "cluster") == 0)
        daemons_start_cluster();
    else if (strcmp(which, "history") == 0)
        daemons_start_history();
    else
        answer->status = 404;
    answer_json(answer, json_object());
}

/* ---- routes ---- */

static const char *after(const char *path, const char *prefix)
{
    return text_starts_with(path, prefix) ? path + strlen(prefix) : NULL;
}

void submissions_answer(const struct door_request *request, struct door_answer *answer)
{
    bool is_post = strcmp(request->method, "POST") == 0;
    const char *call = after(request->path, "/v1/submissions/"), *id;

    if (!is_post && strcmp(request->method, "GET") != 0)
        refuse(answer, 400, "no such method");
    else if (call != NULL && is_post && strcmp(call, "create") == 0)
        create(request, answer);
    else if (call != NULL && is_post && (id = after(call, "kill/")) != NULL)
        kill_driver(id, answer);
    else if (call != NULL && !is_post && (id = after(call, "status/")) != NULL)
        tell_status(id, answer);
    else if (is_post && (id = after(request->path, "/daemons/")) != NULL)
        start_daemons(id, answer);
    else if (!is_post && strcmp(request->path, "/drivers") == 0)
        list(answer);
    else if (!is_post && strcmp(request->path, "/log/") == 0)
        show_log(request->query, answer);
    else
        refuse(answer, 404, "no such page");
}
