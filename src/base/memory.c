#include "base/memory.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

void *memory_new(size_t size)
{
    void *memory = calloc(1, size);

    if (memory == NULL)
        BUG("out of memory (%zu bytes)", size);
    return memory;
}

void *memory_resize(void *memory, size_t size)
{
    void *resized = realloc(memory, size);

    if (resized == NULL)
        BUG("out of memory (%zu bytes)", size);
    return resized;
}

char *memory_copy_text(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(memory_new(size), text, size);
}
