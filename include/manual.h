/* What the program says of itself: --help, and the reference pages that the build prints.
 */
#ifndef MANUAL_H
#define MANUAL_H

#include <stdio.h>

void manual_print_help(FILE *file);
/* docs/configuration.md, docs/tools.md and the man page. */
void manual_print_configuration(FILE *file);
void manual_print_tools(FILE *file);
void manual_print_man(FILE *file);

#endif
