/* Folders of private Sparks: which are removed, by whom, and what is not. */
#include "spark/private_folder.h"

#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char place[] = "/tmp/test-private-folder-XXXXXX";
static char folder[PATH_MAX];
static int record;

static int begin(void **state)
{
    strcpy(strrchr(place, '-'), "-XXXXXX");
    if (mkdtemp(place) == NULL || setenv("XDG_STATE_HOME", place, 1) != 0 ||
        setenv("TMPDIR", place, 1) != 0)
        return -1;
    return private_folder_make(folder, &record) && record >= 0 ? 0 : -1;
}

static int end(void **state)
{
    close(record);
    private_folder_remove(place);
    unsetenv("XDG_STATE_HOME");
    unsetenv("TMPDIR");
    return access(place, F_OK) != 0 ? 0 : -1;
}

/* A path in the test's place, borrowed until the next. */
static const char *in(const char *where, const char *name)
{
    static char path[PATH_MAX];

    snprintf(path, sizeof path, "%.2000s/%s", where, name);
    return path;
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

static void write_file(const char *path)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fclose(file);
}

/* As a kill -9 of all that live there. */
static void die(void)
{
    close(record);
    record = -1;
}

static bool is_recorded(void)
{
    char records[PATH_MAX];

    snprintf(records, sizeof records, "%s", in(place, "mcp-spark-server/private"));
    return is_there(in(records, strrchr(folder, '/') + 1));
}

static void test_a_folder_whose_owner_lives_is_left_alone(void **state)
{
    private_folder_sweep();
    assert_true(is_there(folder));
}

static void test_a_folder_lives_as_long_as_one_process_holds_its_record(void **state)
{
    int of_a_child = dup(record);

    die();
    private_folder_sweep();
    assert_true(is_there(folder));
    close(of_a_child);
    private_folder_sweep();
    assert_false(is_there(folder));
}

static void test_a_folder_whose_owner_is_dead_is_removed_with_its_record(void **state)
{
    mkdir(in(folder, "scratch"), 0700);
    mkdir(in(folder, "scratch/blockmgr-1"), 0700);
    write_file(in(folder, "scratch/blockmgr-1/shuffle_0_0_0.data"));
    die();
    assert_true(is_recorded());
    private_folder_sweep();
    assert_false(is_there(folder));
    assert_false(is_recorded());
}

static void test_a_link_in_a_folder_is_removed_not_followed(void **state)
{
    char mine[PATH_MAX];

    snprintf(mine, sizeof mine, "%s", in(place, "mine"));
    mkdir(mine, 0700);
    write_file(in(mine, "data"));
    assert_int_equal(symlink(mine, in(folder, "link")), 0);
    die();
    private_folder_sweep();
    assert_false(is_there(folder));
    assert_true(is_there(in(mine, "data")));
}

static void test_another_folder_of_that_name_is_left_alone(void **state)
{
    char moved[PATH_MAX];

    snprintf(moved, sizeof moved, "%s", in(place, "moved"));
    assert_int_equal(rename(folder, moved), 0);
    assert_int_equal(mkdir(folder, 0700), 0);
    die();
    private_folder_sweep();
    assert_true(is_there(folder));
}

static void test_a_link_in_the_place_of_a_folder_is_left_alone(void **state)
{
    char moved[PATH_MAX];

    snprintf(moved, sizeof moved, "%s", in(place, "moved"));
    assert_int_equal(rename(folder, moved), 0);
    write_file(in(moved, "data"));
    assert_int_equal(symlink(moved, folder), 0);
    die();
    private_folder_sweep();
    assert_true(is_there(in(moved, "data")));
}

static void test_a_folder_of_another_machine_is_left_alone(void **state)
{
    static const char other[] = "{\"host\": \"other\", \"folder\": \"/tmp/x\"}";

    assert_int_equal(pwrite(record, other, sizeof other - 1, 0), sizeof other - 1);
    assert_int_equal(ftruncate(record, sizeof other - 1), 0);
    die();
    private_folder_sweep();
    assert_true(is_recorded());
}

static void test_a_record_of_a_folder_that_is_gone_is_removed(void **state)
{
    assert_int_equal(rmdir(folder), 0);
    die();
    private_folder_sweep();
    assert_false(is_recorded());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_a_folder_whose_owner_lives_is_left_alone),
        claim(test_a_folder_lives_as_long_as_one_process_holds_its_record),
        claim(test_a_folder_whose_owner_is_dead_is_removed_with_its_record),
        claim(test_a_link_in_a_folder_is_removed_not_followed),
        claim(test_another_folder_of_that_name_is_left_alone),
        claim(test_a_link_in_the_place_of_a_folder_is_left_alone),
        claim(test_a_folder_of_another_machine_is_left_alone),
        claim(test_a_record_of_a_folder_that_is_gone_is_removed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
