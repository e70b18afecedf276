#include "tools/monitor/stage_rows.h"

#include "base/jx.h"
#include "spark/failure.h"
#include "tools/monitor/rows.h"
#include "tools/monitor/titles.h"

enum { WHY_SHOWN = 160 };

json_t *stage_row(const struct spark_stage *stage, json_int_t now_ms)
{
    json_int_t end_ms = stage->end_ms != UNKNOWN ? stage->end_ms : now_ms;
    json_t *row = jx_pack("{s:I, s:s}", "stageId", stage->id, "status", stage->status);

    if (stage->attempt > 0)
        row_set_number(row, "attempt", stage->attempt);
    row_set_seconds(row, "seconds", span_of(stage->start_ms, end_ms));
    row_set_seconds(row, "taskSeconds", stage->run_ms);
    row_set_number(row, "tasks", stage->tasks);
    row_set_number(row, "tasksDone", stage->tasks_done);
    row_set_number(row, "tasksFailed", stage->tasks_failed);
    row_set_number(row, "inputBytes", stage->input_bytes);
    row_set_number(row, "outputBytes", stage->output_bytes);
    row_set_number(row, "shuffleReadBytes", stage->shuffle_read_bytes);
    row_set_number(row, "shuffleWriteBytes", stage->shuffle_write_bytes);
    row_set_number(row, "spillBytes", stage->disk_spilled_bytes);
    row_set_percent(row, "gcPercent", stage->gc_ms, stage->run_ms);
    row_set_titles(row, stage->description, stage->name);
    return row;
}

json_t *task_row(const struct spark_task *task)
{
    json_t *row =
        jx_pack("{s:I, s:I, s:s, s:s, s:s}", "taskId", task->id, "partition", task->index,
                "status", task->status, "host", task->host, "executor", task->executor);

    row_set_number(row, "attempt", task->attempt);
    row_set_seconds(row, "seconds", task->duration_ms);
    row_set_seconds(row, "gcSeconds", task->gc_ms);
    row_set_number(row, "readBytes", task->bytes);
    row_set_number(row, "readRecords", task->records);
    if (task->error[0] != '\0') {
        struct failure failure = failure_of(task->error);
        row_set_line(row, "error", failure.what, WHY_SHOWN);
        row_set_line(row, "at", failure.where, WHY_SHOWN);
    }
    return row;
}

void stage_rows_describe(const json_t *result, const char *part, struct buffer *text)
{
    static const struct column columns[] = {{"stageId", "stage"},
                                            {"attempt", "attempt"},
                                            {"status", "status"},
                                            {"seconds", "seconds"},
                                            {"taskSeconds", "task s"},
                                            {"tasks", "tasks"},
                                            {"tasksDone", "done"},
                                            {"tasksFailed", "failed"},
                                            {"inputBytes", "input B"},
                                            {"outputBytes", "output B"},
                                            {"shuffleReadBytes", "shuffle read B"},
                                            {"shuffleWriteBytes", "written B"},
                                            {"spillBytes", "spill B"},
                                            {"gcPercent", "GC %"},
                                            {"longestToMedian", "longest/median task"},
                                            {"description", "what"},
                                            {"callSite", "call site"}};

    rows_describe(result, part, "None to show.", columns,
                  sizeof columns / sizeof *columns, text);
}

void task_rows_describe(const json_t *result, const char *part, struct buffer *text)
{
    static const struct column columns[] = {
        {"taskId", "task"},       {"partition", "partition"}, {"attempt", "attempt"},
        {"status", "status"},     {"seconds", "seconds"},     {"gcSeconds", "GC s"},
        {"readBytes", "read B"},  {"readRecords", "records"}, {"host", "host"},
        {"executor", "executor"}, {"error", "error"},         {"at", "at"}};

    rows_describe(result, part, "None.", columns, sizeof columns / sizeof *columns, text);
}
