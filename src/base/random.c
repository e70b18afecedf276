#include "base/random.h"

#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

void random_hex(char *text, size_t digits)
{
    for (size_t i = 0; i < digits; i += 2) {
        unsigned char byte;

        if (getrandom(&byte, 1, 0) != 1)
            BUG("getrandom: %s", strerror(errno));
        snprintf(text + i, 3, "%02x", byte);
    }
}
