/* Prints a reference page: configuration, tools or man. Run by the build and by a test.
 */
#include "manual.h"
#include "tools/tool.h"

#include <string.h>

int main(int count, char **arguments)
{
    const char *page = count == 2 ? arguments[1] : "";

    if (strcmp(page, "configuration") == 0)
        manual_print_configuration(stdout);
    else if (strcmp(page, "tools") == 0)
        manual_print_tools(stdout);
    else if (strcmp(page, "man") == 0)
        manual_print_man(stdout);
    else
        return 2;
    tool_release_definitions();
    return 0;
}
