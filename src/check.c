#include "check.h"
int check_run(void) { return 0; }
