/* The tool behind the resources of conformance-server. */
#ifndef ATTACHMENTS_H
#define ATTACHMENTS_H

#include "tools/tool.h"

extern const struct tool text_tool;

#endif
