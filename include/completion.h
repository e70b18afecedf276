/* What bash and zsh complete: options, commands, tools and their arguments, from the
 * tables that the program itself uses. */
#ifndef COMPLETION_H
#define COMPLETION_H

#include <stdio.h>

void completion_print_bash(FILE *file);
void completion_print_zsh(FILE *file);

#endif
