/* manage-data: reads, writes, transforms and joins data in the session (runner/data.py). */
#include "tools/tool.h"

#include "embedded.h"
#include "tools/describe.h"
#include "tools/long_work.h"

static flow_step start;

const struct tool manage_data = {
    .name = "manage-data",
    .definition = embedded_manage_data,
    .flow = {.name = "manage-data",
             .first = start,
             .state_size = sizeof(struct long_work),
             .undo = long_work_undo},
    .describe = describe_value,
};

static struct next start(struct flow *flow)
{
    return long_work_start(flow, "data", manage_data.name);
}
