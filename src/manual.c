/*
 * --help and the reference pages, printed from the tables that the program itself uses,
 * so that they cannot disagree with it. What is printed into docs/ is compared by a test.
 */
#include "manual.h"

#include "base/buffer.h"
#include "base/jx.h"
#include "config.h"
#include "tools/tool.h"

#include <stdbool.h>
#include <string.h>

void manual_print_help(FILE *file)
{
    fputs(
        "mcp-spark-server " MCP_SPARK_VERSION
        ": an MCP server for Apache Spark, over REST\n\n"
        "usage: mcp-spark-server [OPTIONS]      serve MCP on standard input and output\n"
        "       mcp-spark-server --check        try every address; "
        "exit code 0 when all is well\n"
        "       mcp-spark-server [OPTIONS] tools | call TOOL key=value...|JSON "
        "[--json] | sql STATEMENT\n"
        "                                       the tools from a shell; "
        "exit code 1 when it failed\n"
        "       mcp-spark-server --help | --version\n\n"
        "Each option is also an environment variable; an option wins.\n\n",
        file);
    for (int key = 0; key < CONFIG_KEYS; key++) {
        const struct config_entry *entry = config_entry((enum config_key)key);
        char flag[40];

        config_flag((enum config_key)key, flag, sizeof flag);
        fprintf(file, "  --%-22s %s%s%s\n      ", flag, entry->environment,
                entry->fallback != NULL ? ", default " : "",
                entry->fallback != NULL ? entry->fallback : "");
        for (const char *at = entry->help; *at != '\0'; at++)
            if (*at != '`')
                fputc(*at, file);
        fputs(entry->is_secret ? "; as an option only @FILE\n" : "\n", file);
    }
}

void manual_print_configuration(FILE *file)
{
    fputs(
        "# Configuration\n\n"
        "Printed by the build from the table in `src/config.c`; do not edit by hand.\n\n"
        "Each key is an environment variable and an option; an option wins. "
        "A value that is empty, or that a host left as `${user_config.x}`, "
        "counts as unset. Credentials (`*_AUTH`) and `SPARK_CLUSTERS` are taken from the "
        "environment or from a file (`@FILE`), never from an argument; put no secret "
        "into `--conf` or into an address that is given as an option.\n\n"
        "| Variable | Option | Default | Meaning |\n|---|---|---|---|\n",
        file);
    for (int key = 0; key < CONFIG_KEYS; key++) {
        const struct config_entry *entry = config_entry((enum config_key)key);
        char flag[40];

        config_flag((enum config_key)key, flag, sizeof flag);
        fprintf(file, "| `%s` | `--%s` | %s%s%s | %s |\n", entry->environment, flag,
                entry->fallback != NULL ? "`" : "",
                entry->fallback != NULL ? entry->fallback : "",
                entry->fallback != NULL ? "`" : "", entry->help);
    }
    fputs(
        "\n## Several clusters\n\n"
        "```json\n"
        "{\"dev\": {\"SPARK_MASTER\": \"spark://dev:7077\"},\n"
        " \"prod\": {\"SPARK_MASTER\": \"spark://a:7077,b:7077\", "
        "\"SPARK_REST_AUTH\": \"@/run/secrets/prod\",\n"
        "          \"SPARK_READ_ONLY\": true}}\n"
        "```\n\n"
        "`SPARK_CLUSTERS` is such an object, or the path of a file that holds it (as an "
        "option only the path); `--check` tries every cluster. "
        "Then each tool takes `cluster`; without it a call is about the first; an answer "
        "names its cluster (`clusterName`). "
        "Ids of submissions, applications and operations find their cluster by "
        "themselves, also in resources; others have an address for each cluster, "
        "`spark://clusters/NAME`; completions are of all. Each cluster has a session of its own, started on first use (with `SPARK_SESSION_START=eager` all when the client connects).\n\n"
        "What a cluster leaves out it has from the plain variables above, but for what "
        "belongs to one cluster alone: `SPARK_MASTER`, which each must name, "
        "`SPARK_REST_URL`, `SPARK_MASTER_UI_URL`, `SPARK_HISTORY_URL`, `SPARK_HOST_MAP`, "
        "`SPARK_SESSION_PORT`, `SPARK_CONF`, credentials and client certificates: those "
        "of the plain variables are given to no cluster. `SPARK_CLUSTERS`, the log and "
        "the audit file are the server's. At most 16 clusters.\n",
        file);
}

static void write_type(const json_t *schema, struct buffer *text)
{
    const json_t *type = json_object_get(schema, "type");
    const json_t *values = json_object_get(schema, "enum");
    const json_t *minimum = json_object_get(schema, "minimum");
    const json_t *maximum = json_object_get(schema, "maximum");

    if (values == NULL && json_is_string(type))
        buffer_add_text(text, json_string_value(type));
    jx_join(text, values != NULL ? values : type, ", ");
    if (minimum != NULL)
        buffer_printf(text, " from %.15g", json_number_value(minimum));
    if (maximum != NULL)
        buffer_printf(text, " to %.15g", json_number_value(maximum));
    if (jx_object(schema, "items") != NULL) {
        buffer_add_text(text, " of ");
        write_type(jx_object(schema, "items"), text);
    }
}

static void print_properties(const char *title, const json_t *schema, FILE *file)
{
    const json_t *required = json_object_get(schema, "required"), *name;
    const char *key;
    json_t *property;
    size_t i;

    fprintf(file, "\n| %s | Type | |\n|---|---|---|\n", title);
    json_object_foreach (jx_object(schema, "properties"), key, property) {
        struct buffer type = {0};
        bool is_required = false;

        json_array_foreach (required, i, name)
            is_required = is_required || strcmp(json_string_value(name), key) == 0;
        write_type(property, &type);
        fprintf(file, "| `%s`%s | %s | %s |\n", key, is_required ? " (required)" : "",
                buffer_text(&type), jx_string(property, "description"));
        buffer_release(&type);
    }
}

void manual_print_tools(FILE *file)
{
    fputs("# Tools\n\nPrinted by the build from the schemas in `src/tools/*.json`; "
          "do not edit by hand.\n",
          file);
    for (size_t i = 0; all_tools[i] != NULL; i++) {
        const json_t *definition = tool_definition(all_tools[i]);

        fprintf(file, "\n## %s\n\n%s\n", jx_string(definition, "name"),
                jx_string(definition, "description"));
        print_properties("Argument", jx_object(definition, "inputSchema"), file);
        print_properties("Answer", jx_object(definition, "outputSchema"), file);
    }
}

/* A hyphen at the start of a word is a minus for man. */
static void print_roff(const char *text, FILE *file)
{
    for (; *text != '\0'; text++) {
        if (*text == '-')
            fputs("\\-", file);
        else if (*text == '\\')
            fputs("\\e", file);
        else if (*text != '`')
            fputc(*text, file);
    }
}

void manual_print_man(FILE *file)
{
    fputs(".TH MCP-SPARK-SERVER 1 \"\" \"mcp-spark-server " MCP_SPARK_VERSION "\"\n"
          ".SH NAME\nmcp\\-spark\\-server \\- MCP server for Apache Spark, over REST\n"
          ".SH SYNOPSIS\n.B mcp\\-spark\\-server\n[\\fIOPTIONS\\fR] [\\fBtools\\fR | "
          "\\fBcall\\fR | \\fBsql\\fR | \\fB\\-\\-check\\fR | \\fB\\-\\-help\\fR | "
          "\\fB\\-\\-version\\fR]\n"
          ".SH DESCRIPTION\nReads requests of the Model Context Protocol as JSON lines "
          "on standard input, carries them out on an Apache Spark standalone cluster "
          "over HTTP, and writes answers to standard output. "
          "With no configuration it starts a private Spark on first need.\n.PP\n"
          "\\fB\\-\\-check\\fR tries every configured address, "
          "says what works and what to change, and ends with 0 when all that is needed "
          "works, with 1 when not.\n"
          ".PP\n\\fBtools\\fR, \\fBcall\\fR \\fITOOL\\fR "
          "\\fIkey=value\\fR...|\\fIJSON\\fR [\\fB\\-\\-json\\fR] and \\fBsql\\fR "
          "\\fISTATEMENT\\fR call the tools from a shell: "
          "they wait for the end, show progress on standard error, "
          "and end with 1 when the work failed.\n"
          ".SH OPTIONS\nEach option is also an environment variable; an option wins.\n",
          file);
    for (int key = 0; key < CONFIG_KEYS; key++) {
        const struct config_entry *entry = config_entry((enum config_key)key);
        char flag[40];

        config_flag((enum config_key)key, flag, sizeof flag);
        fputs(".TP\n\\fB\\-\\-", file);
        print_roff(flag, file);
        fputs("\\fR \\fIVALUE\\fR, \\fB", file);
        print_roff(entry->environment, file);
        fputs("\\fR\n", file);
        print_roff(entry->help, file);
        if (entry->fallback != NULL) {
            fputs("; default ", file);
            print_roff(entry->fallback, file);
        }
        fputs(".\n", file);
    }
    fputs(".SH EXIT STATUS\n0 at the end of input, 1 when \\-\\-check finds something "
          "that does not work, 2 for a configuration that cannot be used.\n",
          file);
}
