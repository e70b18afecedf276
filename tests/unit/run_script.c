#include "run_script.h"

#include "session_script.h"
#include "unit.h"

struct run *run;
struct outcome outcome;

bool run_script_begin(void)
{
    return session_script_begin();
}

bool run_script_end(void)
{
    outcome_clear(&outcome);
    return session_script_end();
}

void start_run(void)
{
    run = run_start("sql", json_of("{'sql':'select 1'}"), NULL);
    assert_non_null(run);
}

static void await(struct flow *flow, struct reply *reply)
{
    run_await_news(flow, run, reply);
}

void await_news(void)
{
    wait_for(&outcome, await);
}
