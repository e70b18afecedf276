#include "rpc/outbox.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/secret.h"
#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct outbox outbox;
static int ends[2];

static int begin(void **state)
{
    signal(SIGPIPE, SIG_IGN);
    log_set_level(LOG_OFF);
    if (pipe(ends) != 0)
        return -1;
    outbox_open(&outbox, ends[1]);
    return 0;
}

static int end(void **state)
{
    outbox_release(&outbox);
    close(ends[0]);
    close(ends[1]);
    unit_release();
    return 0;
}

/* What has come through the pipe so far; new. */
static char *read_all(void)
{
    struct buffer all = {0};
    char piece[65536];
    ssize_t length;

    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    while ((length = read(ends[0], piece, sizeof piece)) > 0)
        buffer_add(&all, piece, (size_t)length);
    return all.data != NULL ? all.data : memory_copy_text("");
}

static void assert_written(const char *wanted)
{
    char *text = read_all();

    assert_text(text, wanted);
    free(text);
}

static json_t *message_of_size(size_t length)
{
    char *text = memory_new(length + 1);
    json_t *message;

    memset(text, 'x', length);
    message = json_pack("[s]", text);
    free(text);
    return message;
}

static void test_nothing_is_written_before_the_flush(void **state)
{
    outbox_send(&outbox, json_of("{'a':1}"));
    assert_written("");
    assert_false(outbox_is_empty(&outbox));
}

static void test_a_message_is_one_line(void **state)
{
    outbox_send(&outbox, json_of("{'a': [1, 'b\\nc']}"));
    outbox_flush(&outbox);
    assert_written("{\"a\":[1,\"b\\nc\"]}\n");
    assert_true(outbox_is_empty(&outbox));
}

static void test_messages_keep_their_order(void **state)
{
    outbox_send(&outbox, json_of("[1]"));
    outbox_send(&outbox, json_of("[2]"));
    outbox_flush(&outbox);
    outbox_send(&outbox, json_of("[3]"));
    outbox_flush(&outbox);
    assert_written("[1]\n[2]\n[3]\n");
}

static void test_numbers_are_written_as_people_write_them(void **state)
{
    outbox_send(&outbox, json_of("[0.1, 2.5]"));
    outbox_flush(&outbox);
    assert_written("[0.1,2.5]\n");
}

static void test_secrets_are_masked(void **state)
{
    secret_add("hunter22");
    outbox_send(
        &outbox,
        json_of("{'text': 'the password is hunter22!', 'list': [{'deep': 'hunter22'}]}"));
    outbox_flush(&outbox);
    assert_written(
        "{\"text\":\"the password is *****!\",\"list\":[{\"deep\":\"*****\"}]}\n");
}

static void test_a_secret_that_json_escapes_is_masked(void **state)
{
    secret_add("pass\"word\\");
    outbox_send(&outbox, json_of("['a pass\\u0022word\\\\ b']"));
    outbox_flush(&outbox);
    assert_written("[\"a ***** b\"]\n");
}

static void test_the_pipe_is_made_non_blocking(void **state)
{
    assert_true(fcntl(ends[1], F_GETFL) & O_NONBLOCK);
}

static void test_a_flush_does_not_wait_for_a_slow_reader(void **state)
{
    outbox_send(&outbox, message_of_size(300000));
    outbox_flush(&outbox);
    assert_false(outbox_is_empty(&outbox));
    assert_false(outbox.is_broken);
}

static void test_what_did_not_go_at_once_goes_later(void **state)
{
    size_t length = 0;

    outbox_send(&outbox, message_of_size(300000));
    while (!outbox_is_empty(&outbox)) {
        char *text;
        outbox_flush(&outbox);
        text = read_all();
        length += strlen(text);
        free(text);
    }
    assert_int_equal(length, 300000 + strlen("[\"\"]\n"));
}

static void test_an_outbox_is_full_beyond_its_mark(void **state)
{
    outbox_send(&outbox, message_of_size(OUTBOX_FULL / 2));
    assert_false(outbox_is_full(&outbox));
    outbox_send(&outbox, message_of_size(OUTBOX_FULL / 2));
    assert_true(outbox_is_full(&outbox));
}

static void test_a_reader_that_has_gone_breaks_the_outbox(void **state)
{
    close(ends[0]);
    outbox_send(&outbox, json_of("[1]"));
    outbox_flush(&outbox);
    assert_true(outbox.is_broken);
    ends[0] = dup(ends[1]);
}

static void test_a_broken_outbox_has_nothing_left_to_write(void **state)
{
    outbox_send(&outbox, json_of("[1]"));
    outbox.is_broken = true;
    assert_true(outbox_is_empty(&outbox));
}

static void test_a_reader_that_never_reads_breaks_the_outbox_at_its_limit(void **state)
{
    size_t sent = 0;

    while (!outbox.is_broken && sent < 2 * (size_t)OUTBOX_LIMIT) {
        outbox_send(&outbox, message_of_size(OUTBOX_LIMIT / 4));
        sent += OUTBOX_LIMIT / 4;
    }
    assert_true(outbox.is_broken);
    assert_in_range(outbox.bytes.length, 0, OUTBOX_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_nothing_is_written_before_the_flush),
        claim(test_a_message_is_one_line),
        claim(test_messages_keep_their_order),
        claim(test_numbers_are_written_as_people_write_them),
        claim(test_secrets_are_masked),
        claim(test_a_secret_that_json_escapes_is_masked),
        claim(test_the_pipe_is_made_non_blocking),
        claim(test_a_flush_does_not_wait_for_a_slow_reader),
        claim(test_what_did_not_go_at_once_goes_later),
        claim(test_an_outbox_is_full_beyond_its_mark),
        claim(test_a_reader_that_has_gone_breaks_the_outbox),
        claim(test_a_broken_outbox_has_nothing_left_to_write),
        claim(test_a_reader_that_never_reads_breaks_the_outbox_at_its_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
