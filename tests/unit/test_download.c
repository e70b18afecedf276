/* A whole result that goes to a file of this machine: its place, its pieces, its end. */
#include "spark/download.h"

#include "base/jx.h"
#include "config.h"
#include "run_script.h"
#include "scripted_http.h"
#include "session_script.h"
#include "spark/session.h"
#include "unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENDED "'bytes':8,'rows':2}"

static char folder[] = "/tmp/test-download-XXXXXX", path[200];

static int begin(void **state)
{
    snprintf(folder, sizeof folder, "/tmp/test-download-XXXXXX");
    if (!run_script_begin() || mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/rows.jsonl", folder);
    return 0;
}

static int end(void **state)
{
    unlink(path);
    return run_script_end() && rmdir(folder) == 0 ? 0 : -1;
}

static void write_file(const char *content)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static void assert_file(const char *content)
{
    char found[100] = "";
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    assert_int_equal(fread(found, 1, sizeof found - 1, file), strlen(content));
    assert_text(found, content);
    fclose(file);
}

/* Files in the folder, hidden ones too. */
static int count_files(void)
{
    DIR *list = opendir(folder);
    int count = -2;

    while (readdir(list) != NULL)
        count++;
    closedir(list);
    return count;
}

static struct download *start_download(bool replaces)
{
    struct error error;
    struct download *download = download_begin(path, replaces, &error);

    assert_non_null(download);
    return download;
}

static void assert_refused(const char *at, bool replaces, const char *fact)
{
    struct error error = {0};

    assert_null(download_begin(at, replaces, &error));
    assert_error(&error, ERROR_ARGUMENTS, fact);
}

/* ---- its place ---- */

static void test_only_names_of_tables_are_written(void **state)
{
    static const char *const others[] = {"/tmp/x.sh", "/tmp/.bashrc", "/tmp/x.json",
                                         "/tmp/x.parquet", "/tmp/csv"};

    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_refused(others[i], false, "neither .csv nor .jsonl");
    assert_refused("x.csv", false, "not an absolute path");
}

static void test_a_folder_that_is_not_there_is_told(void **state)
{
    assert_refused("/no/such/folder/x.csv", false, "No such file or directory");
}

static void test_what_exists_is_kept_unless_it_is_asked_for(void **state)
{
    write_file("old");
    assert_refused(path, false, "exists already");
    download_free(start_download(true));
    assert_file("old");
}

static void test_a_read_only_server_replaces_nothing(void **state)
{
    struct error error;

    write_file("old");
    assert_true(config_set_flag("read-only", "true", &error));
    assert_refused(path, true, "is not overwritten");
}

static void test_only_plain_files_are_replaced(void **state)
{
    assert_int_equal(symlink("/etc/passwd", path), 0);
    assert_refused(path, true, "no plain file");
}

static void test_none_is_written_where_they_are_turned_off(void **state)
{
    struct error error;

    assert_true(config_set_flag("download-max-bytes", "0", &error));
    assert_refused(path, false, "turned off");
}

/* ---- its end ---- */

static void store(struct download *download)
{
    while (!download_is_stored(download))
        usleep(1000);
}

static void test_nothing_has_its_name_before_it_is_whole(void **state)
{
    struct download *download = start_download(false);
    struct error error;

    assert_true(download_add(download, "a\n", 2, &error));
    assert_int_not_equal(access(path, F_OK), 0);
    store(download);
    assert_true(download_finish(download, &error));
    download_free(download);
    assert_file("a\n");
    assert_int_equal(count_files(), 1);
}

static void test_what_came_meanwhile_is_kept(void **state)
{
    struct download *download = start_download(false);
    struct error error;

    write_file("another's");
    store(download);
    assert_false(download_finish(download, &error));
    assert_error(&error, ERROR_ARGUMENTS, "File exists");
    download_free(download);
    assert_file("another's");
    assert_int_equal(count_files(), 1);
}

static void test_what_is_replaced_is_whole_until_then(void **state)
{
    struct download *download;
    struct error error;

    write_file("old");
    download = start_download(true);
    assert_true(download_add(download, "new", 3, &error));
    assert_file("old");
    store(download);
    assert_true(download_finish(download, &error));
    download_free(download);
    assert_file("new");
    assert_int_equal(count_files(), 1);
}

static void test_more_than_is_allowed_is_refused(void **state)
{
    struct download *download;
    struct error error;

    assert_true(config_set_flag("download-max-bytes", "5", &error));
    download = start_download(false);
    assert_true(download_add(download, "12345", 5, &error));
    assert_false(download_add(download, "6", 1, &error));
    assert_error(&error, ERROR_TOO_LARGE, "more than 5 bytes");
    download_free(download);
    assert_int_equal(count_files(), 0);
}

/* ---- its pieces ---- */

static void start_to_file(void)
{
    script_session(1);
    have_session();
    script_json(POST_1, GOING("{}"));
    run = run_start("sql", json_of("{'sql':'select 1'}"), start_download(false));
}

static void let_it_store(void)
{
    for (int i = 0; i < 2000 && !run_has_ended(run); i++) {
        usleep(1000);
        loop_run(20);
    }
}

static void test_pieces_are_asked_for_one_after_the_other(void **state)
{
    start_to_file();
    script_text("/piece?from=0&", "", "{}\n");
    script_text("/piece?from=3&", "", "{'a'}");
    script_text("/piece?from=8&", "", "");
    script_json(GET_1, DONE("{'downloaded':{'format':'json'," ENDED "}"));
    loop_run(1000);
    let_it_store();
    assert_file("{}\n{'a'}");
    assert_text(jx_string(jx_object(run_result(run), "downloaded"), "path"), path);
}

static void test_a_piece_that_got_lost_is_asked_for_again(void **state)
{
    start_to_file();
    script_error("/piece?from=0&", ERROR_UNREACHABLE, "gone");
    script_json(GET_1, GOING("{}"));
    script_text("/piece?from=0&", "", "{}\n{'a'}");
    script_text("/piece?from=8&", "", "");
    script_json(GET_1, DONE("{'downloaded':{'format':'json'," ENDED "}"));
    loop_run(1000);
    let_it_store();
    assert_file("{}\n{'a'}");
}

static void test_a_file_that_is_not_whole_is_never_left(void **state)
{
    start_to_file();
    script_text("/piece?from=0&", "", "{}\n");
    script_text("/piece?from=3&", "", "");
    script_json(GET_1, DONE("{'downloaded':{'format':'json'," ENDED "}"));
    loop_run(1000);
    assert_error(run_error(run), ERROR_BAD_ANSWER, "3 bytes came of 8");
    assert_int_equal(count_files(), 0);
}

static void test_cancelling_leaves_no_file(void **state)
{
    start_to_file();
    script_text("/piece?from=0&", "", "{}\n");
    script_silence("/piece?from=3&");
    script_json("POST http://w:40401/operations/op-", "{}");
    loop_run(500);
    run_cancel(run);
    script_answer("/piece?from=3&", "{'text':''}");
    script_json(GET_1, CANCELLED);
    loop_run(500);
    assert_error(run_error(run), ERROR_CANCELLED, "cancelled");
    assert_int_equal(count_files(), 0);
}

static void test_what_the_disk_refuses_ends_the_operation(void **state)
{
    struct error error;

    start_to_file();
    assert_true(config_set_flag("download-max-bytes", "2", &error));
    script_text("/piece?from=0&", "", "{}\n");
    script_json("/cancel", "{}");
    loop_run(500);
    assert_error(run_error(run), ERROR_TOO_LARGE, "more than 2 bytes");
    assert_int_equal(count_files(), 0);
}

static void test_a_driver_of_its_own_gives_no_file(void **state)
{
    configure_session("SPARK_SESSION=off", NULL);
    run = run_start("sql", json_of("{'sql':'select 1'}"), start_download(false));
    loop_run(100);
    assert_error(run_error(run), ERROR_ARGUMENTS, "from a session only: SPARK_SESSION");
    assert_int_equal(count_files(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_only_names_of_tables_are_written),
        claim(test_a_folder_that_is_not_there_is_told),
        claim(test_what_exists_is_kept_unless_it_is_asked_for),
        claim(test_a_read_only_server_replaces_nothing),
        claim(test_only_plain_files_are_replaced),
        claim(test_none_is_written_where_they_are_turned_off),
        claim(test_nothing_has_its_name_before_it_is_whole),
        claim(test_what_came_meanwhile_is_kept),
        claim(test_what_is_replaced_is_whole_until_then),
        claim(test_more_than_is_allowed_is_refused),
        claim(test_pieces_are_asked_for_one_after_the_other),
        claim(test_a_piece_that_got_lost_is_asked_for_again),
        claim(test_a_file_that_is_not_whole_is_never_left),
        claim(test_cancelling_leaves_no_file),
        claim(test_what_the_disk_refuses_ends_the_operation),
        claim(test_a_driver_of_its_own_gives_no_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
