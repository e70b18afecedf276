/* manage-data: reads, writes, transforms and joins data in the session (runner/data). */
#include "tools/tool.h"

#include "embedded.h"
#include "tools/describe.h"

const struct tool manage_data = {
    .name = "manage-data",
    .definition = embedded_manage_data,
    .operation = "data",
    .describe = describe_value,
};
