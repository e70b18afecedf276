/* Every input of the fuzzer's corpus, as an ordinary test named after its file. */
#include "unit.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INPUTS_MAX = 500 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length); /* fuzz/fuzz_lines.c */

static void test_input(void **state)
{
    const char *name = *state;
    char path[1000], piece[4096];
    struct buffer content = {0};
    size_t length;
    FILE *file;

    snprintf(path, sizeof path, TESTS "/fuzz/corpus/%s", name);
    file = fopen(path, "rb");
    assert_non_null(file);
    while ((length = fread(piece, 1, sizeof piece, file)) > 0)
        buffer_add(&content, piece, length);
    fclose(file);
    LLVMFuzzerTestOneInput((const uint8_t *)buffer_text(&content), content.length);
    buffer_release(&content);
}

int main(void)
{
    static struct CMUnitTest tests[INPUTS_MAX];
    size_t count = 0;
    DIR *folder = opendir(TESTS "/fuzz/corpus");
    struct dirent *entry;
    int failed;

    if (folder == NULL)
        return 1;
    while ((entry = readdir(folder)) != NULL && count < INPUTS_MAX) {
        char *name;
        if (entry->d_name[0] == '.')
            continue;
        name = memory_copy_text(entry->d_name);
        tests[count++] = (struct CMUnitTest){name, test_input, NULL, NULL, name};
    }
    closedir(folder);
    failed = _cmocka_run_group_tests("corpus", tests, count, NULL, NULL);
    for (size_t i = 0; i < count; i++)
        free(tests[i].initial_state);
    return count > 0 ? failed : 1;
}
