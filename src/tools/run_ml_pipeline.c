/* run-ml-pipeline: trains, evaluates and applies Spark ML pipelines in the session
 * (runner/ml). */
#include "tools/tool.h"

#include "embedded.h"
#include "tools/describe.h"

const struct tool run_ml_pipeline = {
    .name = "run-ml-pipeline",
    .definition = embedded_run_ml_pipeline,
    .operation = "ml",
    .describe = describe_value,
};
