#include "call_script.h"

#include "base/jx.h"
#include "run_script.h"
#include "scripted_http.h"
#include "session_script.h"
#include "tool_client.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

char id[40];

int begin(void **state)
{
    client_open();
    return run_script_begin() ? 0 : -1;
}

int end(void **state)
{
    client_close();
    return run_script_end() ? 0 : -1;
}

void call_that_goes_on(const char *name_and_arguments)
{
    script_session(1);
    script_json(POST_1, GOING("{'phase':'scanning'}"));
    script_silence(GET_1);
    call(name_and_arguments);
    loop_run(500);
}

void go_on(int seconds)
{
    for (int i = 0; i < seconds; i++) {
        script_answer(GET_1, GOING("{'phase':'scanning'}"));
        script_silence(GET_1);
        loop_run(1000);
    }
}

void have_handle(void)
{
    call_that_goes_on(SQL ",'wait_seconds':1");
    go_on(2);
    snprintf(id, sizeof id, "%s", jx_string(structured(), "operationId"));
    assert_int_equal(strlen(id), 15);
}
