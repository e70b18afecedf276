#include "manual.h"
void manual_print_help(FILE *file) { fputs("help\n", file); }
