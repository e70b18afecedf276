/*
 * What was read comes first: runs that read other amounts of rows did other work, and their
 * times say little. Then the cores they had, the settings, the executions in pairs with their
 * plans where those are known; of two executions the nodes of their plans.
 *
 * Times of the same work differ by some percent from run to run: below 10 % and 2 s nothing
 * is said of them.
 */
#include "diagnosis/compare.h"

#include "base/jx.h"
#include "base/text.h"
#include "diagnosis/compare_queries.h"
#include "diagnosis/findings.h"

#include <string.h>

enum { SETTINGS_SHOWN = 10 };

#define GIB 1073741824.0
#define NOT_SET "(not set)"

/* What a run did in all. */
struct sums {
    double wall_ms, busy_ms, run_ms, records, bytes, rows, shuffled, spilled, slots;
};

struct side {
    struct facts facts;
    const struct query_facts *query; /* when one execution is asked about */
    struct sums sums;
    json_t *settings; /* by name */
    json_t *diagnosis;
};

static double known(json_int_t number)
{
    return number == UNKNOWN ? 0 : (double)number;
}

static struct sums sums_of(const struct facts *facts, const struct query_facts *query)
{
    struct sums sums = {.wall_ms = query != NULL
                                       ? known(query->wall_ms)
                                       : known(span_of(facts->start_ms, facts->end_ms)),
                        .rows = query != NULL ? known(query_rows(query, 0)) : 0,
                        .busy_ms = (double)facts->busy_ms};
    double weight = 0;

    for (size_t i = 0; i < facts->stage_count; i++) {
        const struct stage_facts *stage = &facts->stages[i];

        sums.run_ms += known(stage->stage.run_ms);
        sums.records += known(stage->stage.input_records);
        sums.bytes += known(stage->stage.input_bytes);
        sums.shuffled += known(stage->stage.shuffle_read_bytes);
        sums.spilled += known(stage->stage.disk_spilled_bytes);
        sums.slots += stage->slots * (double)stage->wall_ms;
        weight += (double)stage->wall_ms;
    }
    sums.slots = weight > 0 ? sums.slots / weight : 0;
    return sums;
}

/* Those of an execution (4.3 on) stand above those of its application. */
static json_t *settings_of(const struct facts *facts, const struct query_facts *query)
{
    json_t *settings = json_object();
    const json_t *pair;
    size_t i;

    json_array_foreach (jx_array(facts->told, "settings"), i, pair) {
        const char *name = json_string_value(json_array_get(pair, 0));
        if (name != NULL && json_is_string(json_array_get(pair, 1)))
            json_object_set(settings, name, json_array_get(pair, 1));
    }
    if (query != NULL)
        json_object_update(settings, jx_object(query->body, "modifiedConfigs"));
    return settings;
}

static void side_read(struct side *side, const json_t *told)
{
    facts_read(&side->facts, told);
    side->query = facts_scope_query(&side->facts);
    side->sums = sums_of(&side->facts, side->query);
    side->settings = settings_of(&side->facts, side->query);
    side->diagnosis = diagnose(told);
}

static void side_release(struct side *side)
{
    json_decref(side->diagnosis);
    json_decref(side->settings);
    facts_release(&side->facts);
}

/* ---- figures ---- */

static void add_figure(json_t *rows, const char *what, double first, double second)
{
    if (first > 0 || second > 0)
        json_array_append_new(rows, jx_pack("{s:s, s:I, s:I}", "what", what, "first",
                                            whole_of(first + 0.5), "second",
                                            whole_of(second + 0.5)));
}

static json_t *figures_of(const struct sums *first, const struct sums *second)
{
    json_t *rows = json_array();

    add_figure(rows, "wallMs", first->wall_ms, second->wall_ms);
    add_figure(rows, "busyMs", first->busy_ms, second->busy_ms);
    add_figure(rows, "taskMs", first->run_ms, second->run_ms);
    add_figure(rows, "coresOnAverage", first->slots, second->slots);
    add_figure(rows, "inputRecords", first->records, second->records);
    add_figure(rows, "inputBytes", first->bytes, second->bytes);
    add_figure(rows, "outputRows", first->rows, second->rows);
    add_figure(rows, "shuffleReadBytes", first->shuffled, second->shuffled);
    add_figure(rows, "spillBytes", first->spilled, second->spilled);
    if (first->records > 0 && second->records > 0)
        add_figure(rows, "taskMsPerMillionRecords", first->run_ms * 1e6 / first->records,
                   second->run_ms * 1e6 / second->records);
    if (first->bytes > 0 && second->bytes > 0)
        add_figure(rows, "taskMsPerGiB", first->run_ms * GIB / first->bytes,
                   second->run_ms * GIB / second->bytes);
    return rows;
}

/* ---- settings ---- */

/* What names the run itself, not how it is set. */
static bool is_of_run(const char *name)
{
    static const char *const names[] = {"spark.app.",
                                        "spark.driver.host",
                                        "spark.driver.port",
                                        "spark.executor.id",
                                        "spark.mcp.",
                                        "spark.jars",
                                        "spark.repl.",
                                        "spark.submit.",
                                        "spark.yarn.app",
                                        "spark.driver.appUI",
                                        "spark.sql.warehouse.dir",
                                        "spark.eventLog.dir",
                                        "spark.files",
                                        "spark.ui.port",
                                        "spark.driver.extraJavaOptions",
                                        "spark.executor.extraJavaOptions"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (text_starts_with(name, names[i]))
            return true;
    return false;
}

static void add_setting(json_t *rows, json_int_t *left_out, const char *name,
                        const char *first, const char *second)
{
    if (is_of_run(name) || strcmp(first, second) == 0)
        return;
    if (json_array_size(rows) >= SETTINGS_SHOWN) {
        ++*left_out;
        return;
    }
    json_array_append_new(rows, jx_pack("{s:s, s:s, s:s}", "name", name, "first",
                                        first[0] != '\0' ? first : NOT_SET, "second",
                                        second[0] != '\0' ? second : NOT_SET));
}

static json_t *settings_that_differ(const struct side *first, const struct side *second,
                                    json_int_t *left_out)
{
    json_t *rows = json_array(), *value;
    const char *name;

    json_object_foreach (first->settings, name, value)
        add_setting(rows, left_out, name, jx_string(first->settings, name),
                    jx_string(second->settings, name));
    json_object_foreach (second->settings, name, value)
        if (json_object_get(first->settings, name) == NULL)
            add_setting(rows, left_out, name, "", jx_string(second->settings, name));
    return rows;
}

/* ---- findings ---- */

static json_t *findings_without(const struct side *own, const struct side *other)
{
    json_t *rows = json_array(), *finding, *known_one;
    size_t i, k;

    json_array_foreach (jx_array(own->diagnosis, "findings"), i, finding) {
        bool is_known = false;
        json_array_foreach (jx_array(other->diagnosis, "findings"), k, known_one)
            is_known = is_known || jx_is(known_one, "name", jx_string(finding, "name"));
        if (!is_known)
            json_array_append_new(rows,
                                  jx_pack("{s:s, s:s}", "id", jx_string(finding, "id"),
                                          "name", jx_string(finding, "name")));
    }
    return rows;
}

/* ---- in one sentence ---- */

/* It also starts executors, and their JVMs load what they need. */
static bool is_first_of_application(const struct side *side)
{
    const json_t *job;
    size_t i;

    json_array_foreach (side->facts.jobs, i, job)
        if (side->query != NULL && number_of(job, "jobId") == 0)
            return true;
    return false;
}

static const char *why(const struct side *first, const struct side *second,
                       const json_t *answer)
{
    const struct side *longer =
        first->sums.busy_ms > second->sums.busy_ms ? first : second;
    const json_t *pair;
    size_t i;

    if (compare_differs(first->sums.records, second->sums.records) ||
        compare_differs(first->sums.bytes, second->sums.bytes))
        return "they did not read the same: other data is other work";
    if (compare_differs(first->sums.rows, second->sums.rows))
        return "other numbers of rows came out: it is other work";
    if (compare_differs(first->sums.slots, second->sums.slots))
        return "they had other numbers of cores";
    json_array_foreach (jx_array(answer, "executions"), i, pair)
        if (strstr(jx_string(pair, "plan"), " became ") != NULL)
            return "a plan differs";
    if (json_array_size(jx_array(answer, "came")) > 0 ||
        json_array_size(jx_array(answer, "went")) > 0)
        return "the findings differ";
    if (json_array_size(jx_array(answer, "settings")) > 0)
        return "settings differ";
    if (is_first_of_application(longer))
        return "the longer one was the first of its application, which starts executors";
    return "what was read, cores, plans and settings are alike: the difference is not "
           "explained";
}

static void set_verdict(json_t *answer, const struct side *first,
                        const struct side *second)
{
    struct amount a = in_seconds(whole_of(first->sums.busy_ms)),
                  b = in_seconds(whole_of(second->sums.busy_ms));

    if (!compare_is_longer(first->sums.busy_ms, second->sums.busy_ms))
        jx_set_format(
            answer, "verdict",
            "Jobs ran for %s and %s: no difference beyond noise (10 %% and 2 s).", a.text,
            b.text);
    else
        jx_set_format(answer, "verdict", "Jobs ran for %s and %s; %s.", a.text, b.text,
                      why(first, second, answer));
}

static void set_executions(json_t *answer, const struct side *first,
                           const struct side *second)
{
    json_int_t only_first = 0, only_second = 0;
    json_t *pairs;

    if (first->query != NULL && second->query != NULL) {
        pairs = jx_pack("[o]", compare_pair(&first->query->query, &second->query->query,
                                            first->query, second->query));
        json_object_set_new(answer, "nodes", compare_nodes(first->query, second->query));
    } else {
        pairs = compare_pairs(&first->facts, &second->facts, &only_first, &only_second);
    }
    json_object_set_new(answer, "executions", pairs);
    json_object_set_new(answer, "onlyFirst", json_integer(only_first));
    json_object_set_new(answer, "onlySecond", json_integer(only_second));
}

json_t *compare(const json_t *first, const json_t *second)
{
    struct side a, b;
    json_int_t left_out = 0;
    json_t *answer = json_object();

    side_read(&a, first);
    side_read(&b, second);
    json_object_set_new(answer, "figures", figures_of(&a.sums, &b.sums));
    json_object_set_new(answer, "settings", settings_that_differ(&a, &b, &left_out));
    json_object_set_new(answer, "settingsLeftOut", json_integer(left_out));
    set_executions(answer, &a, &b);
    json_object_set_new(answer, "came", findings_without(&b, &a));
    json_object_set_new(answer, "went", findings_without(&a, &b));
    set_verdict(answer, &a, &b);
    side_release(&a);
    side_release(&b);
    return answer;
}
