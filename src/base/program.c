#include "base/program.h"

#ifdef __APPLE__
#include <mach-o/dyld.h>
#include <stdint.h>
#else
#include <unistd.h>
#endif

bool program_path(char *path, size_t size)
{
#ifdef __APPLE__
    uint32_t length = (uint32_t)size;
    return _NSGetExecutablePath(path, &length) == 0;
#else
    ssize_t length = readlink("/proc/self/exe", path, size - 1);
    if (length > 0)
        path[length] = '\0';
    return length > 0;
#endif
}
