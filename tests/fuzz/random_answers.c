/*
 * Answers that are spoilt by chance (fuzz_answers.c), as many as is asked for; the same
 * ones for the same seed.
 *
 * usage: random_answers [ROUNDS [SEED]]
 *
 * A round spoils up to two dozen answers. An input that fails is written to
 * answers-failed.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { INPUT_LENGTH = 600, ROUNDS = 40 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static uint64_t state;

/* xorshift64: no chance, but enough of it. */
static uint8_t next_byte(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint8_t)(state >> 32);
}

static void keep(const uint8_t *bytes, size_t length)
{
    FILE *file = fopen("answers-failed", "wb");

    if (file == NULL)
        return;
    fwrite(bytes, 1, length, file);
    fclose(file);
}

int main(int count, char **arguments)
{
    long rounds = count > 1 ? atol(arguments[1]) : ROUNDS;
    uint8_t bytes[INPUT_LENGTH];

    state = count > 2 ? strtoull(arguments[2], NULL, 10) * 2654435761u + 1
                      : 88172645463325252u;
    for (long round = 0; round < rounds; round++) {
        size_t length = next_byte() + (size_t)next_byte();
        for (size_t i = 0; i < length; i++)
            bytes[i] = next_byte();
        keep(bytes, length);
        LLVMFuzzerTestOneInput(bytes, length);
    }
    remove("answers-failed");
    printf("%ld passed, 0 failed\n", rounds);
    return 0;
}
