#include "spark/nonce.h"

#include "base/random.h"
#include "base/text.h"
#include "spark/protocol.h"

#include <stdio.h>
#include <string.h>

static struct {
    char driver_id[160], nonce[NONCE_DIGITS + 1];
} kept[NONCES_MAX];
static size_t next;
static const char *fixed;

void nonce_fix(const char *nonce)
{
    fixed = nonce;
}

void nonce_make(char nonce[NONCE_DIGITS + 1])
{
    random_hex(nonce, NONCE_DIGITS);
    if (fixed != NULL)
        text_copy(nonce, NONCE_DIGITS + 1, fixed);
}

void nonce_keep(const char *driver_id, const char *nonce)
{
    text_copy(kept[next].driver_id, sizeof kept[next].driver_id, driver_id);
    text_copy(kept[next].nonce, sizeof kept[next].nonce, nonce);
    next = (next + 1) % NONCES_MAX;
}

void nonce_forget_all(void)
{
    memset(kept, 0, sizeof kept);
}

void nonce_write_mark(const char *driver_id, const char *word, char *mark, size_t size)
{
    mark[0] = '\0';
    for (size_t i = 0; i < NONCES_MAX; i++)
        if (kept[i].nonce[0] != '\0' && strcmp(kept[i].driver_id, driver_id) == 0)
            snprintf(mark, size, PROTOCOL_MARK "%s: %s%s", kept[i].nonce, word,
                     word[0] != '\0' ? " " : "");
}
