/*
 * What joins do: every row against every row (P13), many more rows out than in (P14), a
 * shuffle of both sides where one is small (P15), a broadcast that is too large (P16).
 */
#include "diagnosis/rules.h"

#include "base/jx.h"
#include "base/text.h"

#include <stdint.h>
#include <string.h>

enum {
    PAIRS_MIN = 100000000,  /* fewer take less than some seconds */
    ROWS_OUT_MIN = 1000000, /* fewer are cheap however many they are made of */
    ROWS_TIMES = 10,        /* out of a join with unique keys come no more than go in */
    SMALL_BYTES = 64 << 20, /* sent to every executor in a second or two */
    OTHER_TIMES = 10,       /* below it both sides may as well be shuffled */
    BROADCAST_MS = 3000,
    MIB = 1 << 20,
};

static bool is_named(const struct query_facts *query, size_t at, const char *part)
{
    return strstr(jx_string(json_array_get(query->nodes, at), "name"), part) != NULL;
}

static json_int_t rows_out(const struct query_facts *query, size_t at)
{
    return query_measure(query, json_array_get(query->nodes, at),
                         "number of output rows");
}

/* The stage in which a node works: the longest of its execution, for few nodes say it. */
static const struct stage_facts *stage_of(const struct facts *facts,
                                          const struct query_facts *query, size_t at)
{
    json_int_t id = jx_int_or(json_array_get(query->nodes, at), "stage", UNKNOWN);
    const struct stage_facts *longest = facts_longest_stage(facts, query),
                             *own = id != UNKNOWN ? facts_stage(facts, id) : NULL;

    return own != NULL && longest != NULL && own->wall_ms * 2 >= longest->wall_ms
               ? own
               : longest;
}

/* What its condition is, where Spark says it (4.3 on). */
static void add_text(struct finding *finding, const struct query_facts *query, size_t at)
{
    const char *said = jx_string(json_array_get(query->nodes, at), "text");

    if (said[0] != '\0')
        finding_evidence(finding, " (%.*s)", (int)text_cut(said, 100), said);
}

/* ---- P13 ---- */

void rule_nested_loop(const struct facts *facts, struct findings *findings)
{
    for (size_t q = 0; q < facts->query_count; q++) {
        const struct query_facts *query = &facts->queries[q];

        for (size_t at = 0; at < json_array_size(query->nodes); at++) {
            const struct stage_facts *stage = stage_of(facts, query, at);
            size_t left = query_child(query, at, at),
                   right = left != SIZE_MAX ? query_child(query, at, left) : SIZE_MAX;
            json_int_t first, second;
            double pairs, most;
            struct finding finding;

            if (!(is_named(query, at, "CartesianProduct") ||
                  is_named(query, at, "BroadcastNestedLoopJoin")) ||
                right == SIZE_MAX || stage == NULL)
                continue;
            first = query_rows(query, left);
            second = query_rows(query, right);
            pairs = (double)first * (double)second;
            if (is_named(query, at,
                         "CartesianProduct")) /* each task reads its sides anew */
                pairs /= (double)(stage->stage.tasks > 0 ? stage->stage.tasks : 1);
            most = (double)(first > second ? first : second);
            if (first <= 1 || second <= 1 || pairs < PAIRS_MIN ||
                pairs < ROWS_TIMES * most)
                continue;
            finding = finding_of(facts, "P13", "a join without an equal key", stage);
            finding.saves_ms = whole_of((double)stage->wall_ms * (1 - most / pairs));
            finding.sure = 90;
            finding_evidence(&finding, "%s compares %.1e pairs of rows, in a stage of %s",
                             jx_string(json_array_get(query->nodes, at), "name"), pairs,
                             in_seconds(stage->wall_ms).text);
            add_text(&finding, query, at);
            finding_change(
                &finding,
                "Join on an equality: split an OR into a UNION, NOT IN into NOT "
                "EXISTS, join a range by buckets of it; if every pair is really "
                "wanted, filter both sides before.");
            findings_add(findings, &finding);
        }
    }
}

/* ---- P14 ---- */

void rule_explosion(const struct facts *facts, struct findings *findings)
{
    for (size_t q = 0; q < facts->query_count; q++) {
        const struct query_facts *query = &facts->queries[q];

        for (size_t at = 0; at < json_array_size(query->nodes); at++) {
            const struct stage_facts *stage = stage_of(facts, query, at);
            bool is_join = is_named(query, at, "Join");
            json_int_t out = rows_out(query, at), most = 0;
            struct finding finding;

            if ((!is_join && !is_named(query, at, "Generate") &&
                 !is_named(query, at, "Expand")) ||
                is_named(query, at, "NestedLoop") || stage == NULL)
                continue;
            for (size_t child = query_child(query, at, at); child != SIZE_MAX;
                 child = query_child(query, at, child))
                most = query_rows(query, child) > most ? query_rows(query, child) : most;
            if (out < ROWS_OUT_MIN || most <= 0 || out < ROWS_TIMES * most)
                continue;
            finding =
                finding_of(facts, "P14", "far more rows come out than go in", stage);
            finding.saves_ms =
                whole_of((double)stage->wall_ms * (1 - (double)most / (double)out));
            finding.sure = 85;
            finding_evidence(
                &finding, "%s makes %lld rows of at most %lld a side, in a stage of %s",
                jx_string(json_array_get(query->nodes, at), "name"), (long long)out,
                (long long)most, in_seconds(stage->wall_ms).text);
            add_text(&finding, query, at);
            if (is_join)
                finding_change(
                    &finding,
                    "The key is not unique on either side: prove it with SELECT "
                    "key, count(*) ... GROUP BY key HAVING count(*) > 1, and "
                    "aggregate or drop duplicates before the join.");
            else
                finding_change(&finding,
                               "Filter before it and aggregate right behind it; "
                               "several count(DISTINCT), ROLLUP or CUBE multiply "
                               "the rows too.");
            findings_add(findings, &finding);
        }
    }
}

/* ---- P15 ---- */

/* The exchange below a side of a join, past its sort; SIZE_MAX for none. */
static size_t exchange_below(const struct query_facts *query, size_t at)
{
    while (at != SIZE_MAX && !is_named(query, at, "Exchange")) {
        if (!is_named(query, at, "Sort") && !is_named(query, at, "AQEShuffleRead") &&
            !is_named(query, at, "InputAdapter"))
            return SIZE_MAX;
        at = query_child(query, at, at);
    }
    return at;
}

static json_int_t bytes_of(const struct query_facts *query, size_t at)
{
    return query_measure(query, json_array_get(query->nodes, at), "data size");
}

/* Task time that a shuffle of this side and its sort cost. */
static json_int_t cost_of(const struct query_facts *query, size_t side, size_t exchange)
{
    const json_t *sort = json_array_get(query->nodes, side),
                 *node = json_array_get(query->nodes, exchange);

    return or_0(query_measure(query, sort, "sort time")) +
           or_0(query_measure(query, node, "shuffle write time")) +
           or_0(query_measure(query, node, "fetch wait time"));
}

/* Stages below an exchange whose work is done for the shuffle only cannot be told apart
 * from those that compute; so only what Spark measures of the shuffle is counted, and the
 * stage of the join as far as it sorts. */
void rule_broadcast_missed(const struct facts *facts, struct findings *findings)
{
    for (size_t q = 0; q < facts->query_count; q++) {
        const struct query_facts *query = &facts->queries[q];

        for (size_t at = 0; at < json_array_size(query->nodes); at++) {
            const struct stage_facts *stage = stage_of(facts, query, at);
            size_t sides[2], exchanges[2];
            json_int_t bytes[2], small, large;
            struct finding finding;

            if ((!is_named(query, at, "SortMergeJoin") &&
                 !is_named(query, at, "ShuffledHashJoin")) ||
                stage == NULL)
                continue;
            sides[0] = query_child(query, at, at);
            sides[1] = sides[0] != SIZE_MAX ? query_child(query, at, sides[0]) : SIZE_MAX;
            for (size_t i = 0; i < 2; i++) {
                exchanges[i] = exchange_below(query, sides[i]);
                bytes[i] =
                    exchanges[i] != SIZE_MAX ? bytes_of(query, exchanges[i]) : UNKNOWN;
            }
            small = bytes[0] < bytes[1] ? bytes[0] : bytes[1];
            large = bytes[0] < bytes[1] ? bytes[1] : bytes[0];
            if (small <= 0 || small > SMALL_BYTES || large < OTHER_TIMES * small)
                continue;
            finding = finding_of(facts, "P15", "a small table is shuffled", stage);
            finding.saves_ms = whole_of((double)(cost_of(query, sides[0], exchanges[0]) +
                                                 cost_of(query, sides[1], exchanges[1])) /
                                        stage->slots);
            finding.sure = 75;
            finding_evidence(
                &finding,
                "%s shuffles %s to meet %s: sorting and shuffling them took "
                "%s of task time",
                jx_string(json_array_get(query->nodes, at), "name"), in_bytes(large).text,
                in_bytes(small).text,
                in_seconds(whole_of((double)finding.saves_ms * stage->slots)).text);
            add_text(&finding, query, at);
            finding_change(
                &finding,
                "Broadcast the small side: the hint broadcast(table), or "
                "spark.sql.autoBroadcastJoinThreshold=%lldm. An outer join keeps "
                "its outer side shuffled.",
                (long long)((small / (16 * MIB) + 1) * 16));
            if (facts_aqe_is_off(facts, query))
                finding_change(&finding,
                               " spark.sql.adaptive.enabled=true sees by itself "
                               "how small it is.");
            findings_add(findings, &finding);
        }
    }
}

/* ---- P16 ---- */

void rule_broadcast_large(const struct facts *facts, struct findings *findings)
{
    static const char *const times[] = {"time to collect", "time to build",
                                        "time to broadcast"};
    json_int_t heap = facts_setting_bytes(facts, "spark.driver.memory", HEAP_BYTES),
               tasks = facts_heap(facts).bytes;

    heap = tasks < heap ? tasks : heap;
    for (size_t q = 0; q < facts->query_count; q++) {
        const struct query_facts *query = &facts->queries[q];

        for (size_t at = 0; at < json_array_size(query->nodes); at++) {
            const json_t *row = json_array_get(query->nodes, at);
            json_int_t bytes = bytes_of(query, at), ms = 0;
            struct finding finding;

            if (!is_named(query, at, "BroadcastExchange"))
                continue;
            for (size_t i = 1; i < sizeof times / sizeof *times; i++)
                ms += or_0(query_measure(query, row, times[i]));
            if (ms < BROADCAST_MS && bytes < heap / 4)
                continue;
            finding = finding_of(facts, "P16", "a large table is broadcast", NULL);
            finding.query = query->query.id;
            finding.saves_ms = ms;
            finding.sure = 50; /* on one host the shuffle took as long (docs) */
            finding_evidence(
                &finding,
                "%s are sent to every executor: collecting took %s, building "
                "and sending %s; what a shuffle of both sides takes instead is not "
                "counted",
                in_bytes(or_0(bytes)).text,
                in_seconds(or_0(query_measure(query, row, times[0]))).text,
                in_seconds(ms).text);
            finding_change(&finding,
                           "Take the broadcast hint away or set "
                           "spark.sql.autoBroadcastJoinThreshold lower; or filter and "
                           "select fewer columns before the join.");
            findings_add(findings, &finding);
        }
    }
}
