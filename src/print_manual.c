/* Prints a reference page or a completion: configuration, tools, man, bash or zsh. Run by
 * the build and by a test. */
#include "completion.h"
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
    else if (strcmp(page, "bash") == 0)
        completion_print_bash(stdout);
    else if (strcmp(page, "zsh") == 0)
        completion_print_zsh(stdout);
    else
        return 2;
    tool_release_definitions();
    return 0;
}
