#include "spark/nonce.h"

#include "base/clusters.h"
#include "base/random.h"
#include "base/text.h"
#include "spark/protocol.h"

#include <stdio.h>
#include <string.h>

static struct {
    size_t cluster; /* two may give a driver the same id */
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
    kept[next].cluster = clusters_here();
    text_copy(kept[next].driver_id, sizeof kept[next].driver_id, driver_id);
    text_copy(kept[next].nonce, sizeof kept[next].nonce, nonce);
    next = (next + 1) % NONCES_MAX;
}

void nonce_forget_all(void)
{
    memset(kept, 0, sizeof kept);
}

const char *nonce_of(const char *driver_id)
{
    const char *nonce = "";

    for (size_t i = 0; i < NONCES_MAX; i++)
        if (kept[i].nonce[0] != '\0' && kept[i].cluster == clusters_here() &&
            strcmp(kept[i].driver_id, driver_id) == 0)
            nonce = kept[i].nonce;
    return nonce;
}

void nonce_write_mark(const char *driver_id, const char *word, char *mark, size_t size)
{
    const char *nonce = nonce_of(driver_id);

    mark[0] = '\0';
    if (nonce[0] != '\0')
        snprintf(mark, size, PROTOCOL_MARK "%s: %s%s", nonce, word,
                 word[0] != '\0' ? " " : "");
}
