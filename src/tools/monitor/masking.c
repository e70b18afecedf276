#include "tools/monitor/masking.h"

#include "base/secret.h"
#include "base/text.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

enum { KEY_MAX = 100 };
#define MASK "*****"

/* How long the password in "://user:password@" is that begins here; 0 for none. */
static size_t password_at(const char *text, const char *end, size_t *user)
{
    const char *at;

    *user = 0;
    if (end - text < 3 || memcmp(text, "://", 3) != 0)
        return 0;
    for (at = text + 3; at < end && *at != '@'; at++) {
        if (isspace((unsigned char)*at) || *at == '/')
            return 0;
        if (*at == ':' && *user == 0)
            *user = (size_t)(at - text) + 1;
    }
    return at<end && * user> 0 ? (size_t)(at - text) - *user : 0;
}

static bool is_key_byte(char byte)
{
    return isalnum((unsigned char)byte) || byte == '.' || byte == '_' || byte == '-';
}

/* Whether what ends here, at the "=", is the key of a secret. */
static bool ends_secret_key(const char *start, const char *equals)
{
    struct buffer key = {0};
    const char *at = equals;
    bool is_secret;

    while (at > start && is_key_byte(at[-1]) && equals - at < KEY_MAX)
        at--;
    buffer_add(&key, at, (size_t)(equals - at));
    is_secret = secret_is_key(buffer_text(&key));
    buffer_release(&key);
    return is_secret;
}

static bool ends_value(char byte)
{
    return isspace((unsigned char)byte) || strchr(",;&)]}\"'", byte) != NULL;
}

void masking_add(struct buffer *target, const char *text, size_t length)
{
    const char *end = text + length, *at = text, *plain = text;

    while (at < end) {
        size_t user, password = password_at(at, end, &user);
        const char *from = at + user, *to = from + password;

        if (password == 0 && *at == '=' && ends_secret_key(text, at)) {
            from = at + 1;
            for (to = from; to < end && !ends_value(*to); to++)
                continue;
        }
        if (to > from) {
            buffer_add(target, plain, (size_t)(from - plain));
            buffer_add_text(target, MASK);
            plain = to;
        }
        at = to > at ? to : at + 1;
    }
    buffer_add(target, plain, (size_t)(end - plain));
}

void masking_add_value(struct buffer *target, const char *key, const char *value)
{
    if (secret_is_key(key) && value[0] != '\0')
        buffer_add_text(target, MASK);
    else
        masking_add(target, value, strlen(value));
}
