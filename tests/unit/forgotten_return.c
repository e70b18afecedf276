/* Must not compile: a step that goes on after its answer. CMakeLists.txt runs the
 * compiler on it and looks for the warning. */
#include "flow.h"

struct next forget(struct flow *flow);

struct next forget(struct flow *flow)
{
    flow_done(flow, NULL);
    return flow_refuse(flow, ERROR_ARGUMENTS, NULL, "too late");
}
