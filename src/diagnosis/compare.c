/*
 * What was read comes first: runs that read other amounts of rows did other work, and their
 * times say little. Then the cores they had, the settings, the executions in pairs: by what
 * they are called, in the order in which they began, with their plans where those are known.
 *
 * Times of the same work differ by some percent from run to run: below 10 % and 2 s nothing
 * is said of them.
 */
#include "diagnosis/compare.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "base/text.h"
#include "diagnosis/findings.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum {
    NOISE_PERCENT = 10,
    NOISE_MS = 2000,
    SETTINGS_SHOWN = 10,
    PAIRS_SHOWN = 8,
    TITLE_SHOWN = 60,
};

#define NOT_SET "(not set)"

/* What a run did in all. */
struct sums {
    double wall_ms, busy_ms, run_ms, records, bytes, shuffled, spilled, slots;
};

static double known(json_int_t number)
{
    return number == UNKNOWN ? 0 : (double)number;
}

static struct sums sums_of(const struct facts *facts)
{
    struct sums sums = {.wall_ms = known(span_of(facts->start_ms, facts->end_ms)),
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

/* More than noise, for a number that is not a time. */
static bool differs(double first, double second)
{
    double more = first > second ? first : second, less = first > second ? second : first;

    return (more - less) * 100 > more * NOISE_PERCENT;
}

static bool is_longer(double first_ms, double second_ms)
{
    double more = first_ms > second_ms ? first_ms : second_ms,
           less = first_ms > second_ms ? second_ms : first_ms;

    return more - less >= NOISE_MS && differs(first_ms, second_ms);
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
    add_figure(rows, "shuffleReadBytes", first->shuffled, second->shuffled);
    add_figure(rows, "spillBytes", first->spilled, second->spilled);
    if (first->records > 0 && second->records > 0)
        add_figure(rows, "taskMsPerMillionRecords", first->run_ms * 1e6 / first->records,
                   second->run_ms * 1e6 / second->records);
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

static json_t *settings_of(const struct facts *first, const struct facts *second,
                           json_int_t *left_out)
{
    json_t *rows = json_array();
    const json_t *pair;
    size_t i;

    json_array_foreach (jx_array(first->told, "settings"), i, pair) {
        const char *name = json_string_value(json_array_get(pair, 0)),
                   *value = json_string_value(json_array_get(pair, 1));
        if (name != NULL && value != NULL)
            add_setting(rows, left_out, name, value, facts_setting(second, name));
    }
    json_array_foreach (jx_array(second->told, "settings"), i, pair) {
        const char *name = json_string_value(json_array_get(pair, 0)),
                   *value = json_string_value(json_array_get(pair, 1));
        if (name != NULL && value != NULL && facts_setting(first, name)[0] == '\0')
            add_setting(rows, left_out, name, "", value);
    }
    return rows;
}

/* ---- executions ---- */

/* Without what differs from run to run: digits, and ids of operations. */
static void add_key(struct buffer *key, const char *description)
{
    for (const char *at = description; *at != '\0' && key->length < 200; at++)
        if (!isdigit((unsigned char)*at))
            buffer_add(key, at, 1);
        else if (key->length == 0 || key->data[key->length - 1] != '#')
            buffer_add_text(key, "#");
}

static bool is_alike(const struct spark_query *first, const struct spark_query *second)
{
    struct buffer a = {0}, b = {0};
    bool is_same;

    add_key(&a, first->description);
    add_key(&b, second->description);
    is_same = strcmp(buffer_text(&a), buffer_text(&b)) == 0;
    buffer_release(&a);
    buffer_release(&b);
    return is_same;
}

static const struct query_facts *plan_of(const struct facts *facts, json_int_t id)
{
    for (size_t i = 0; i < facts->query_count; i++)
        if (facts->queries[i].query.id == id)
            return &facts->queries[i];
    return NULL;
}

/* The nodes that do something, in the order of the plan: "SortMergeJoin, Sort, Exchange". */
static void add_shape(struct buffer *shape, const struct query_facts *query)
{
    const json_t *row;
    size_t i;

    json_array_foreach (query->nodes, i, row) {
        const char *name = jx_string(row, "name");
        if (strstr(name, "AQEShuffleRead") == NULL &&
            strcmp(name, "AdaptiveSparkPlan") != 0)
            buffer_printf(shape, "%s%s", shape->length > 0 ? ", " : "", name);
    }
}

/* Where both plans part: "SortMergeJoin, ... became BroadcastHashJoin, ...". */
static void set_plan(json_t *row, const struct query_facts *first,
                     const struct query_facts *second)
{
    struct buffer a = {0}, b = {0};
    size_t same = 0;

    if (first == NULL || second == NULL)
        return;
    add_shape(&a, first);
    add_shape(&b, second);
    if (strcmp(buffer_text(&a), buffer_text(&b)) == 0) {
        jx_set_string(row, "plan", "the same");
    } else {
        for (size_t i = 0; a.data != NULL && b.data != NULL && a.data[i] != '\0' &&
                           a.data[i] == b.data[i];
             i++)
            same = a.data[i] == ' ' ? i + 1 : same;
        jx_set_format(row, "plan", "%.34s became %.34s", buffer_text(&a) + same,
                      buffer_text(&b) + same);
    }
    buffer_release(&a);
    buffer_release(&b);
}

static json_t *pair_of(const struct facts *first, const struct facts *second,
                       const struct spark_query *a, const struct spark_query *b)
{
    json_t *row = jx_pack("{s:I, s:I}", "first", a->id, "second", b->id);

    if (a->duration_ms != UNKNOWN)
        jx_set_seconds(row, "firstSeconds", a->duration_ms);
    if (b->duration_ms != UNKNOWN)
        jx_set_seconds(row, "secondSeconds", b->duration_ms);
    jx_set_format(row, "description", "%.*s", (int)text_cut(a->description, TITLE_SHOWN),
                  a->description);
    set_plan(row, plan_of(first, a->id), plan_of(second, b->id));
    return row;
}

static double difference_of(const json_t *pair)
{
    double difference = json_number_value(json_object_get(pair, "firstSeconds")) -
                        json_number_value(json_object_get(pair, "secondSeconds"));

    return difference < 0 ? -difference : difference;
}

/* Those that differ most stand first; as many as are shown. */
static void insert_pair(json_t *pairs, json_t *pair)
{
    size_t at = 0;

    while (at < json_array_size(pairs) &&
           difference_of(json_array_get(pairs, at)) >= difference_of(pair))
        at++;
    json_array_insert_new(pairs, at, pair);
    if (json_array_size(pairs) > PAIRS_SHOWN)
        json_array_remove(pairs, PAIRS_SHOWN);
}

/* Both lists are in the order of their beginning; each is paired once. */
static json_t *pairs_of(const struct facts *first, const struct facts *second,
                        json_int_t *only_first, json_int_t *only_second)
{
    enum { QUERIES_MAX = 400 };
    const json_t *others = jx_array(second->told, "queries"), *member;
    json_auto_t *taken = json_object();
    json_t *pairs = json_array();
    size_t i, paired = 0;

    json_array_foreach (jx_array(first->told, "queries"), i, member) {
        struct spark_query query = spark_query_of(member);
        bool found = false;

        for (size_t o = 0;
             o < json_array_size(others) && o < QUERIES_MAX && !found && i < QUERIES_MAX;
             o++) {
            struct spark_query other = spark_query_of(json_array_get(others, o));
            char name[32];

            snprintf(name, sizeof name, "%zu", o);
            found = json_object_get(taken, name) == NULL && is_alike(&query, &other);
            if (!found)
                continue;
            json_object_set_new(taken, name, json_true());
            insert_pair(pairs, pair_of(first, second, &query, &other));
            paired++;
        }
        *only_first += !found;
    }
    *only_second = (json_int_t)(json_array_size(others) - paired);
    return pairs;
}

/* ---- findings ---- */

static json_t *findings_without(const json_t *told, const json_t *others)
{
    json_auto_t *own = diagnose(told), *other = diagnose(others);
    json_t *rows = json_array(), *finding, *known_one;
    size_t i, k;

    json_array_foreach (jx_array(own, "findings"), i, finding) {
        bool is_known = false;
        json_array_foreach (jx_array(other, "findings"), k, known_one)
            is_known = is_known || jx_is(known_one, "name", jx_string(finding, "name"));
        if (!is_known)
            json_array_append_new(rows,
                                  jx_pack("{s:s, s:s}", "id", jx_string(finding, "id"),
                                          "name", jx_string(finding, "name")));
    }
    return rows;
}

/* ---- in one sentence ---- */

static const char *why(const struct sums *first, const struct sums *second,
                       const json_t *answer)
{
    const json_t *pair;
    size_t i;

    if (differs(first->records, second->records) || differs(first->bytes, second->bytes))
        return "they did not read the same: other data is other work";
    if (differs(first->slots, second->slots))
        return "they had other numbers of cores";
    json_array_foreach (jx_array(answer, "executions"), i, pair)
        if (strstr(jx_string(pair, "plan"), " became ") != NULL)
            return "a plan differs";
    if (json_array_size(jx_array(answer, "came")) > 0 ||
        json_array_size(jx_array(answer, "went")) > 0)
        return "the findings differ";
    if (json_array_size(jx_array(answer, "settings")) > 0)
        return "settings differ";
    return "what was read, cores, plans and settings are alike: the difference is not "
           "explained";
}

static void set_verdict(json_t *answer, const struct sums *first,
                        const struct sums *second)
{
    if (!is_longer(first->busy_ms, second->busy_ms))
        jx_set_format(
            answer, "verdict",
            "Jobs ran for %s and %s: no difference beyond noise (10 %% and 2 s).",
            in_seconds(whole_of(first->busy_ms)).text,
            in_seconds(whole_of(second->busy_ms)).text);
    else
        jx_set_format(answer, "verdict", "Jobs ran for %s and %s; %s.",
                      in_seconds(whole_of(first->busy_ms)).text,
                      in_seconds(whole_of(second->busy_ms)).text,
                      why(first, second, answer));
}

json_t *compare(const json_t *first, const json_t *second)
{
    struct facts a, b;
    struct sums sums_a, sums_b;
    json_int_t left_out = 0, only_first = 0, only_second = 0;
    json_t *answer = json_object();

    facts_read(&a, first);
    facts_read(&b, second);
    sums_a = sums_of(&a);
    sums_b = sums_of(&b);
    json_object_set_new(answer, "figures", figures_of(&sums_a, &sums_b));
    json_object_set_new(answer, "settings", settings_of(&a, &b, &left_out));
    json_object_set_new(answer, "settingsLeftOut", json_integer(left_out));
    json_object_set_new(answer, "executions",
                        pairs_of(&a, &b, &only_first, &only_second));
    json_object_set_new(answer, "onlyFirst", json_integer(only_first));
    json_object_set_new(answer, "onlySecond", json_integer(only_second));
    json_object_set_new(answer, "came", findings_without(second, first));
    json_object_set_new(answer, "went", findings_without(first, second));
    set_verdict(answer, &sums_a, &sums_b);
    facts_release(&a);
    facts_release(&b);
    return answer;
}
