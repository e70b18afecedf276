/* One job by its submission_id: followed as submit-spark-job does, as long as is asked.
 */
#include "base/jx.h"
#include "spark/driver.h"
#include "tools/advice.h"
#include "tools/describe.h"
#include "tools/glance.h"
#include "tools/monitor/view.h"
#include "tools/running_queries.h"

struct job {
    struct reply report, seen, queries;
};

static flow_step follow, look_back, pass_on;
static void describe(const json_t *result, struct buffer *text);

const struct view job_view = {
    .name = "job",
    .part = "job",
    .id = "submission_id",
    .flow = {.name = "job", .first = follow, .state_size = sizeof(struct job)},
    .describe = describe,
};

static struct next follow(struct flow *flow)
{
    struct job *job = flow_state(flow);

    driver_follow(flow, jx_string(flow_input(flow), "submission_id"),
                  (int)jx_int(flow_input(flow), "wait_seconds"), true, &job->report);
    return flow_then(flow, look_back);
}

static struct next look_back(struct flow *flow)
{
    struct job *job = flow_state(flow);

    glance_at_report(flow, job->report.body, &job->seen);
    running_queries_look(flow, job->report.body, &job->queries);
    return flow_then(flow, pass_on);
}

static struct next pass_on(struct flow *flow)
{
    struct job *job = flow_state(flow);

    glance_add(&job->seen, job->report.body);
    running_queries_add(&job->queries, job->report.body);
    advice_for_report(job->report.body);
    return flow_done(flow, jx_pack("{s:O}", "job", job->report.body));
}

static void describe(const json_t *result, struct buffer *text)
{
    describe_job(jx_object(result, "job"), text);
}
