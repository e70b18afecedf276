#include "one_shot_script.h"

#include "scripted_http.h"
#include "session_script.h"
#include "spark/one_shot.h"
#include "unit.h"

#include <stdio.h>

struct outcome outcome;
struct buffer out;

bool one_shot_script_begin(void)
{
    return session_script_begin();
}

bool one_shot_script_end(void)
{
    outcome_clear(&outcome);
    buffer_release(&out);
    return session_script_end();
}

void script_driver(const char *state)
{
    script_creation(1);
    script_state(1, state);
    script_master("http://w:8081", 6144);
}

void frame(int piece, int pieces, const char *text)
{
    add_frame(&out, "op-1", piece, pieces, text);
}

void script_page(size_t from, size_t to)
{
    struct buffer page = {0};
    char words[80];

    snprintf(words, sizeof words, "logType=stdout&byteLength=1048576&offset=%zu", from);
    buffer_printf(&page, "==== Bytes %zu-%zu of %zu of /x/stdout ====\n", from, to,
                  out.length);
    buffer_add(&page, out.data + from, to - from);
    script_text(words, "text/plain", buffer_text(&page));
    buffer_release(&page);
}

void script_written(void)
{
    script_driver("RUNNING");
    script_output(1, buffer_text(&out), "");
}

void script_half(void)
{
    frame(1, 2, "{\"ok\":true,\"resu");
    script_page(0, out.length);
    script_page(out.length, out.length);
    script_always();
    script_written();
}

/* ---- the operation ---- */

static void run(struct flow *flow, struct reply *reply)
{
    one_shot_run(flow, json_of("{'id':'op-1','operation':'sql','arguments':{'sql':'x'}}"),
                 reply);
}

void start_operation(void)
{
    wait_for(&outcome, run);
}

void run_long(void)
{
    start_operation();
    for (int seconds = 0; !outcome.has_ended && seconds < 300; seconds++)
        loop_run(1000);
    assert_true(outcome.has_ended);
}

void run_written(void)
{
    script_page(0, out.length);
    script_written();
    run_long();
}
