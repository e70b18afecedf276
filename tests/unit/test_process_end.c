/* How a process ended, in words. */
#include "spark/process_end.h"

#include "unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static int begin(void **state)
{
    return 0;
}

static int end(void **state)
{
    return 0;
}

/* The wait status of a process that ends so. */
static int status_of(int signal, int code)
{
    pid_t pid = fork();
    int status = 0;

    if (pid == 0) {
        if (signal != 0)
            raise(signal);
        _exit(code);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void assert_described(int status, const char *wanted)
{
    char text[40];

    process_end_describe(status, text, sizeof text);
    assert_text(text, wanted);
}

static void test_a_signal_is_told_by_its_name(void **state)
{
    assert_described(status_of(SIGKILL, 0), "was killed (SIGKILL)");
    assert_described(status_of(SIGTERM, 0), "was killed (SIGTERM)");
}

static void test_exit_code_137_is_a_kill(void **state)
{
    assert_described(status_of(0, 137), "was killed (SIGKILL)");
}

static void test_an_exit_is_told_with_its_code_and_without_a_guess(void **state)
{
    int status = status_of(0, 1);

    assert_described(status, "ended with exit code 1");
    assert_text(process_end_reason(status, 0), "");
}

static void test_memory_is_the_reason_when_the_system_has_killed_for_it(void **state)
{
    long kills = process_end_memory_kills();
    int status = status_of(SIGKILL, 0);

    if (kills >= 0)
        assert_contains(process_end_reason(status, kills), "none for want of memory");
    if (kills > 0)
        assert_contains(process_end_reason(status, kills - 1),
                        "memory ran out: the system");
    assert_contains(process_end_reason(status, -1), "memory ran out, most likely");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_a_signal_is_told_by_its_name),
        claim(test_exit_code_137_is_a_kill),
        claim(test_an_exit_is_told_with_its_code_and_without_a_guess),
        claim(test_memory_is_the_reason_when_the_system_has_killed_for_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
