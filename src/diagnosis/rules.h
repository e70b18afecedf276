/* The rules, in the order of precedence: of two findings about one stage the first stays. */
#ifndef DIAGNOSIS_RULES_H
#define DIAGNOSIS_RULES_H

#include "diagnosis/findings.h"

typedef void rule(const struct facts *facts, struct findings *findings);

/* why it failed, or what failed on the way */
rule rule_failed, rule_executors_lost, rule_tasks_failed;
rule rule_streams;
/* what stands out of its like */
rule rule_skew, rule_straggler, rule_slow_executor;
/* what the plan does */
rule rule_nested_loop, rule_explosion, rule_single_partition, rule_one_partition_input;
rule rule_small_files_read, rule_small_files_written;
rule rule_read_too_much, rule_read_for_schema, rule_cache;
/* what lacks memory */
rule rule_large_tasks, rule_spill, rule_gc;
/* how it is done */
rule rule_python, rule_broadcast_missed, rule_broadcast_large;
rule rule_fetch_wait, rule_few_tasks, rule_small_partitions, rule_tiny_tasks,
    rule_shipping;
/* where nothing runs */
rule rule_waits, rule_driver_gaps, rule_large_result;
/* what is held or done for nothing */
rule rule_speculation, rule_allocation, rule_memory_unused;

/* What is slow there is told as P22, not of each stage again. */
bool is_on_slow_executor(const struct facts *facts, const char *executor);

/* Of fewer tasks, the median is one of those that are compared with it. */
enum { SKEW_TASKS_MIN = 4 };

extern rule *const all_rules[]; /* ended by NULL */

#endif
