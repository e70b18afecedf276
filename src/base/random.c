#include "base/random.h"

#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h> /* getentropy of macOS */
#include <unistd.h>

void random_hex(char *text, size_t digits)
{
    for (size_t i = 0; i < digits; i += 2) {
        unsigned char byte;

        if (getentropy(&byte, 1) != 0)
            BUG("getentropy: %s", strerror(errno));
        snprintf(text + i, 3, "%02x", byte);
    }
}
