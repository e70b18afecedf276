/* What Spark shows of settings and plans is not safe to pass on: it redacts less than it
 * should. Our own rule (base/secret.h) is applied to it again. */
#ifndef TOOLS_MONITOR_MASKING_H
#define TOOLS_MONITOR_MASKING_H

#include "base/buffer.h"

#include <stddef.h>

/* Adds the text with passwords in addresses ("://user:...@") and the values of "key=value"
 * masked, where the key is one of a secret. */
void masking_add(struct buffer *target, const char *text, size_t length);
/* The value of a setting. */
void masking_add_value(struct buffer *target, const char *key, const char *value);

#endif
