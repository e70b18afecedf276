/* run-ml-pipeline: trains, evaluates and applies Spark ML pipelines in the session (runner/ml.py). */
#include "tools/tool.h"

#include "embedded.h"
#include "tools/describe.h"
#include "tools/long_work.h"

static flow_step start;

const struct tool run_ml_pipeline = {
    .name = "run-ml-pipeline",
    .definition = embedded_run_ml_pipeline,
    .flow = {.name = "run-ml-pipeline",
             .first = start,
             .state_size = sizeof(struct long_work),
             .undo = long_work_undo},
    .describe = describe_value,
};

static struct next start(struct flow *flow)
{
    return long_work_start(flow, "ml", run_ml_pipeline.name);
}
