/*
 * The master is asked for its drivers; of those that are like the one that is looked for,
 * the first line of each log is read: "Launch Command: ... "-Dspark.mcp.submission=M" ...".
 */
#include "spark/find_driver.h"

#include "base/clock.h"
#include "base/jx.h"
#include "base/text.h"
#include "spark/cluster.h"
#include "spark/master.h"
#include "spark/nonce.h"
#include "spark/properties.h"
#include "spark/worker.h"

#include <stdio.h>
#include <string.h>

enum {
    LOOKED_AT_MAX = 16,
    HEAD_LENGTH = 64 * 1024,
    MARKER_DIGITS = NONCE_DIGITS / 2, /* the rest of the nonce stays secret */
    DEFAULT_MEMORY_MIB = 1024,
    CLOCKS_DIFFER_MS = 10 * 60 * 1000, /* the master's from ours, at most */
};

struct search {
    struct reply master, own_head, heads[LOOKED_AT_MAX];
    json_t *candidates;
};

static flow_step ask_master, read_heads, judge;

static void release(void *state)
{
    json_decref(((struct search *)state)->candidates);
}

static const struct flow_type search_flow = {.name = "find-driver",
                                             .first = ask_master,
                                             .state_size = sizeof(struct search),
                                             .release = release};

static void copy_marker(const char *nonce, char marker[MARKER_DIGITS + 1])
{
    snprintf(marker, MARKER_DIGITS + 1, "%.*s", MARKER_DIGITS, nonce);
}

void find_driver_mark(json_t *request, const char *nonce)
{
    char marker[MARKER_DIGITS + 1];

    copy_marker(nonce, marker);
    jx_set_string(jx_object(request, "sparkProperties"), FIND_DRIVER_PROPERTY, marker);
}

static struct next ask_master(struct flow *flow)
{
    struct search *search = flow_state(flow);

    master_get_state(flow, &search->master);
    return flow_then(flow, read_heads);
}

/* ---- which drivers may be it ---- */

/* What is known of the driver: as it stands at the master, or as it was submitted. */
static const json_t *description_of(struct flow *flow)
{
    struct search *search = flow_state(flow);
    const json_t *input = flow_input(flow);

    return jx_has_string(input, "id")
               ? master_find_driver(search->master.body, jx_string(input, "id"))
               : jx_object(input, "description");
}

static bool is_alike(const json_t *driver, const json_t *description)
{
    return jx_is(driver, "mainclass", jx_string(description, "mainclass")) &&
           jx_int(driver, "cores") == jx_int(description, "cores") &&
           jx_int(driver, "memory") == jx_int(description, "memory") &&
           jx_int(driver, "starttime") > jx_int(description, "starttime");
}

static void add_alike(struct flow *flow, const char *list, json_t *candidates)
{
    struct search *search = flow_state(flow);
    const json_t *description = description_of(flow),
                 *drivers = jx_array(search->master.body, list);

    for (size_t i = json_array_size(drivers); i > 0; i--) { /* the newest are the last */
        json_t *driver = json_array_get(drivers, i - 1);
        if (is_alike(driver, description) && json_array_size(candidates) < LOOKED_AT_MAX)
            json_array_append(candidates, driver);
    }
}

static void get_head(struct flow *flow, const json_t *driver, struct reply *reply)
{
    struct search *search = flow_state(flow);
    const char *worker_id = jx_string(driver, "worker");
    const json_t *worker = master_find_worker(search->master.body, worker_id);

    if (worker != NULL && !cluster_is_local())
        worker_get_log(
            flow,
            &(struct worker_log){.worker_url = jx_string(worker, "webuiaddress"),
                                 .worker_id = worker_id,
                                 .driver_id = jx_string(driver, "id"),
                                 .type = "stderr",
                                 .length = HEAD_LENGTH},
            optional(reply));
}

static struct next read_heads(struct flow *flow)
{
    struct search *search = flow_state(flow);
    const json_t *description = description_of(flow), *driver;
    size_t i;

    search->candidates = json_array();
    if (description == NULL)
        return flow_then(flow, judge);
    add_alike(flow, "activedrivers", search->candidates);
    add_alike(flow, "completeddrivers", search->candidates);
    json_array_foreach (search->candidates, i, driver)
        get_head(flow, driver, &search->heads[i]);
    if (!jx_has_string(flow_input(flow), "marker"))
        get_head(flow, description, &search->own_head);
    return flow_then(flow, judge);
}

/* ---- which it is ---- */

/* What the head of a log says; false when it cannot be known. "" is the marker of a driver
 * that somebody else submitted. */
static bool read_marker(const json_t *page, char marker[MARKER_DIGITS + 1])
{
    static const char argument[] = "\"-D" FIND_DRIVER_PROPERTY "=";
    const char *text = jx_string(page, "text"), *found = strstr(text, argument);
    const char *line_end = text + strcspn(text, "\n");

    marker[0] = '\0';
    if (!text_starts_with(text, "Launch Command: "))
        return false;
    if (found != NULL && found < line_end)
        copy_marker(found + strlen(argument), marker);
    return true;
}

/* A private Spark tells it; of our own drivers it is known. */
static bool know_marker(const json_t *driver, const json_t *page,
                        char marker[MARKER_DIGITS + 1])
{
    const char *nonce = nonce_of(jx_string(driver, "id"));

    copy_marker(nonce[0] != '\0' ? nonce : jx_string(driver, "marker"), marker);
    return marker[0] != '\0' || read_marker(page, marker);
}

static struct next judge(struct flow *flow)
{
    struct search *search = flow_state(flow);
    const json_t *input = flow_input(flow), *driver, *found = NULL;
    const char *nonce = nonce_of(jx_string(input, "id"));
    json_auto_t *alike = json_array();
    char wanted[MARKER_DIGITS + 1], marker[MARKER_DIGITS + 1];
    size_t i;

    copy_marker(jx_string(input, "marker"), wanted);
    if (wanted[0] == '\0')
        read_marker(search->own_head.body, wanted);
    json_array_foreach (search->candidates, i, driver) {
        bool is_known = know_marker(driver, search->heads[i].body, marker);
        bool is_ours = nonce_of(jx_string(driver, "id"))[0] != '\0';
        json_int_t start_ms = jx_int(driver, "starttime");

        if (is_known && wanted[0] != '\0') {
            if (strcmp(marker, wanted) == 0 && start_ms > jx_int(found, "starttime"))
                found = driver;
        } else if (!is_ours && start_ms > jx_int(input, "sinceMs")) {
            json_array_append(alike, json_object_get(driver, "id"));
        }
    }
    if (found == NULL)
        return flow_done(flow, jx_pack("{s:O}", "alike", alike));
    if (nonce[0] != '\0' && nonce_of(jx_string(found, "id"))[0] == '\0')
        nonce_keep(jx_string(found, "id"), nonce);
    return flow_done(flow, jx_pack("{s:s}", "id", jx_string(found, "id")));
}

void find_driver_successor(struct flow *flow, const char *driver_id, struct reply *reply)
{
    flow_run(flow, &search_flow,
             jx_pack("{s:s, s:s}", "id", driver_id, "marker", nonce_of(driver_id)),
             reply);
}

/* What the master would tell of the driver. */
static json_t *describe(const json_t *request)
{
    const json_t *properties = jx_object(request, "sparkProperties");
    int64_t memory = properties_memory_mib(jx_string(properties, "spark.driver.memory"));
    long cores = text_whole_number(jx_string(properties, "spark.driver.cores"));

    return jx_pack("{s:s, s:I, s:I}", "mainclass", jx_string(request, "mainClass"),
                   "memory", (json_int_t)(memory > 0 ? memory : DEFAULT_MEMORY_MIB),
                   "cores",
                   (json_int_t)(cluster_is_local() ? 0
                                : cores < 0        ? 1
                                                   : cores));
}

void find_driver_submitted(struct flow *flow, const json_t *request, struct reply *reply)
{
    flow_run(
        flow, &search_flow,
        jx_pack("{s:o, s:I, s:s}", "description", describe(request), "sinceMs",
                (json_int_t)clock_wall_ms() - CLOCKS_DIFFER_MS, "marker",
                jx_string(jx_object(request, "sparkProperties"), FIND_DRIVER_PROPERTY)),
        reply);
}
