/* The log: one entry is one line. */
#include "base/log.h"

#include "base/secret.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static int begin(void **state)
{
    return 0;
}

static int end(void **state)
{
    log_close();
    unit_release();
    return 0;
}

static const char *logged(const char *text)
{
    static char content[2000];
    const char *path = file_with("log", "", 0);
    FILE *file;

    assert_true(log_open_file(path));
    log_write(LOG_ERROR, "%s", text);
    file = fopen(path, "r");
    content[fread(content, 1, sizeof content - 1, file)] = '\0';
    fclose(file);
    return content;
}

static void test_an_entry_is_one_line_whatever_stands_in_it(void **state)
{
    const char *line = logged("driver-1\n2026-11-22 17:00:00 error forged\t\x1b[31m");

    assert_int_equal(strcspn(line, "\n") + 1, strlen(line));
    assert_contains(line,
                    " error driver-1\\n2026-11-22 17:00:00 error forged\\t\\x1b[31m\n");
}

static void test_secrets_are_masked_in_the_log(void **state)
{
    secret_add("hunter22");
    assert_contains(logged("the password is hunter22"), "the password is *****");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_an_entry_is_one_line_whatever_stands_in_it),
        claim(test_secrets_are_masked_in_the_log),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
