#include "completion.h"

#include "base/jx.h"
#include "config.h"
#include "tools/tool.h"

#define HEAD "Printed by the build (target manual); do not edit by hand."

/* " --key=" of each setting. */
static void print_settings(FILE *file)
{
    for (int key = 0; key < CONFIG_KEYS; key++) {
        char flag[40];

        config_flag((enum config_key)key, flag, sizeof flag);
        fprintf(file, " --%s=", flag);
    }
}

static void print_tools(FILE *file)
{
    for (size_t i = 0; all_tools[i] != NULL; i++)
        fprintf(file, "%s%s", i > 0 ? " " : "", all_tools[i]->name);
}

/* "key=" of each argument of the tool, and --json. */
static void print_arguments(const struct tool *tool, FILE *file)
{
    const json_t *schema = json_object_get(tool_definition(tool), "inputSchema");
    const char *key;
    json_t *property;

    json_object_foreach (jx_object(schema, "properties"), key, property) {
        (void)property;
        fprintf(file, "%s= ", key);
    }
    fputs("--json", file);
}

void completion_print_bash(FILE *file)
{
    fputs("# bash completion of mcp-spark-server. " HEAD "\n"
          "_mcp_spark_server() {\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} command= tool= i words\n"
          "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
          "        case ${COMP_WORDS[i]} in\n"
          "        tools | call | sql) [ -z \"$command\" ] && command=${COMP_WORDS[i]} "
          "&& tool=${COMP_WORDS[i + 1]} ;;\n"
          "        esac\n"
          "    done\n"
          "    [ \"$command\" = sql ] && tool=execute-sql\n"
          "    case $command:$tool in\n"
          "    :*) words=\"tools call sql --check --help --version",
          file);
    print_settings(file);
    fputs("\" ;;\n", file);
    for (size_t i = 0; all_tools[i] != NULL; i++) {
        fprintf(file, "    *:%s) words=\"", all_tools[i]->name);
        print_arguments(all_tools[i], file);
        fputs("\" ;;\n", file);
    }
    fputs("    call:*) words=\"", file);
    print_tools(file);
    fputs("\" ;;\n"
          "    esac\n"
          "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
          "    [[ ${COMPREPLY[0]} = *= ]] && compopt -o nospace\n"
          "}\n"
          "complete -F _mcp_spark_server mcp-spark-server\n",
          file);
}

void completion_print_zsh(FILE *file)
{
    fputs("#compdef mcp-spark-server\n"
          "# zsh completion of mcp-spark-server. " HEAD "\n"
          "local command=${words[(r)tools|call|sql]} tool\n"
          "[[ $command = call ]] && tool=${words[$((${words[(i)call]} + 1))]}\n"
          "[[ $command = sql ]] && tool=execute-sql\n"
          "if [[ -z $command ]]; then\n"
          "    compadd tools call sql --check --help --version\n"
          "    compadd -S '' --",
          file);
    print_settings(file);
    fputs("\n    return\nfi\ncase $tool in\n", file);
    for (size_t i = 0; all_tools[i] != NULL; i++) {
        fprintf(file, "%s) compadd -S '' -- ", all_tools[i]->name);
        print_arguments(all_tools[i], file);
        fputs(" ;;\n", file);
    }
    fputs("*) compadd ", file);
    print_tools(file);
    fputs(" ;;\nesac\n", file);
}
