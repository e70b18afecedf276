#include "spark/driver_state.h"

#include "base/jx.h"

#include <string.h>

enum driver_state driver_state_parse(const char *text)
{
    static const struct {
        const char *word;
        enum driver_state state;
    } words[] = {
        {"SUBMITTED", DRIVER_SUBMITTED}, {"RUNNING", DRIVER_RUNNING},
        {"FINISHED", DRIVER_FINISHED},   {"RELAUNCHING", DRIVER_RELAUNCHING},
        {"KILLED", DRIVER_KILLED},       {"FAILED", DRIVER_FAILED},
        {"ERROR", DRIVER_ERROR},
    };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(text, words[i].word) == 0)
            return words[i].state;
    return DRIVER_UNKNOWN;
}

enum driver_state driver_state_of(const json_t *object, const char *key)
{
    return driver_state_parse(jx_string(object, key));
}

bool driver_state_is_end(enum driver_state state)
{
    switch (state) {
    case DRIVER_FINISHED:
    case DRIVER_KILLED:
    case DRIVER_FAILED:
    case DRIVER_ERROR:
        return true;
    case DRIVER_UNKNOWN:
    case DRIVER_RELAUNCHING:
    case DRIVER_SUBMITTED:
    case DRIVER_RUNNING:
        return false;
    }
    return false;
}

bool driver_state_is_failure(enum driver_state state)
{
    return state == DRIVER_FAILED || state == DRIVER_ERROR;
}
