/* What holds for every tool of the product, those to come too. */
#include "tools/tool.h"

#include "base/jx.h"
#include "mcp/revision.h"
#include "scripted_http.h"
#include "spark/cluster.h"
#include "tool_client.h"
#include "unit.h"
#include "waiting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LIST_LIMIT = 10240
}; /* bytes of tools/list, about 2,500 tokens: every conversation pays for them */

static void start(const char *master, const char *read_only)
{
    struct error error;

    if (!configure(&error, master, read_only, NULL) || !cluster_configure(&error))
        fail_msg("%s", error.message);
}

static int begin(void **state)
{
    return client_begin() ? 0 : -1;
}

static int end(void **state)
{
    return client_end() ? 0 : -1;
}

static const char *answer_of(const char *name_and_arguments)
{
    call(name_and_arguments);
    loop_run(0);
    return text();
}

/* ---- the list ---- */

#define MODERN                                                                           \
    "'_meta':{'io.modelcontextprotocol/protocolVersion':'2026-07-28',"                   \
    "'io.modelcontextprotocol/clientCapabilities':{}}"

static void assert_list_is_small(const char *revision, const char *params)
{
    struct buffer line = {0};
    char request[300];
    const json_t *all;

    snprintf(request, sizeof request,
             "{'jsonrpc':'2.0','id':1,'method':'tools/list','params':{%s}}", params);
    client_send(request);
    all = messages();
    jx_write(&line, json_array_get(all, json_array_size(all) - 1));
    print_message("tools/list of %s: %zu bytes\n", revision, line.length);
    assert_in_range(line.length, 1000, LIST_LIMIT);
    buffer_release(&line);
}

static void test_the_list_of_every_revision_is_under_its_limit(void **state)
{
    json_auto_t *revisions = revision_list();
    const json_t *name;
    size_t i;

    json_array_foreach (revisions, i, name) {
        const char *revision = json_string_value(name);
        bool is_modern = strcmp(revision, "2026-07-28") == 0;
        char request[300];

        snprintf(request, sizeof request,
                 "{'jsonrpc':'2.0','id':0,'method':'initialize','params':{"
                 "'protocolVersion':'%s','capabilities':{}}}",
                 revision);
        if (!is_modern)
            client_send(request);
        assert_list_is_small(revision, is_modern ? MODERN : "");
    }
}

/* What the converters of clients read: one type each, and what an array holds. */
static void assert_is_portable(const json_t *schema, const char *path)
{
    const json_t *members = jx_object(schema, "properties");
    const char *name, *type = jx_string(schema, "type");
    json_t *member;
    char inner[200];

    if (type[0] == '\0')
        fail_msg("%s has no type of its own", path);
    if (strcmp(type, "array") == 0)
        assert_is_portable(jx_object(schema, "items"), path);
    if (jx_object(schema, "additionalProperties") != NULL)
        assert_is_portable(jx_object(schema, "additionalProperties"), path);
    json_object_foreach ((json_t *)members, name, member) {
        snprintf(inner, sizeof inner, "%s.%s", path, name);
        assert_is_portable(member, inner);
    }
}

static void test_every_argument_has_one_type(void **state)
{
    for (size_t i = 0; all_tools[i] != NULL; i++)
        assert_is_portable(jx_object(tool_definition(all_tools[i]), "inputSchema"),
                           all_tools[i]->name);
}

/* Hosts keep larger answers than 25,000 tokens from the model unless a tool says that it
 * may have them: those do whose size the caller chooses. */
static void test_tools_whose_answers_may_be_large_say_so(void **state)
{
    static const char *const sizes[] = {"max_bytes", "length", "transformation_config"};

    for (size_t i = 0; all_tools[i] != NULL; i++) {
        const json_t *definition = tool_definition(all_tools[i]);
        const json_t *given =
            jx_object(jx_object(definition, "inputSchema"), "properties");
        json_int_t most =
            jx_int(jx_object(definition, "_meta"), "anthropic/maxResultSizeChars");
        bool may_be_large = false;

        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
            may_be_large = may_be_large || json_object_get(given, sizes[k]) != NULL;
        if (most != (may_be_large ? 500000 : 0))
            fail_msg("'%s' says %lld", all_tools[i]->name, (long long)most);
    }
}

/* ---- SPARK_READ_ONLY ---- */

static void test_a_tool_either_reads_or_is_refused_or_leaves_it_to_the_runner(
    void **state)
{
    for (size_t i = 0; all_tools[i] != NULL; i++) {
        const struct tool *tool = all_tools[i];
        bool reads =
            jx_bool(jx_object(tool_definition(tool), "annotations"), "readOnlyHint");
        if (reads == (tool->writes || tool->operation != NULL))
            fail_msg("what may '%s' do while SPARK_READ_ONLY is set? Mark it",
                     tool->name);
    }
}

static void test_a_tool_that_writes_is_refused_before_anything_is_asked(void **state)
{
    start("SPARK_MASTER=spark://m:7077", "SPARK_READ_ONLY=true");
    assert_contains(answer_of("'kill-spark-job','arguments':{'submission_id':'driver-1'"),
                    "SPARK_READ_ONLY is set, so kill-spark-job is refused");
    assert_contains(
        answer_of("'submit-spark-job','arguments':{'application_file':'hdfs://n/a.py'"),
        "SPARK_READ_ONLY is set, so submit-spark-job is refused");
    assert_contains(answer_of("'run-python','arguments':{'code':'1'"),
                    "SPARK_READ_ONLY is set, so run-python is refused");
    assert_int_equal(script_asked(""), 0);
}

static void test_what_reads_goes_on(void **state)
{
    start("SPARK_MASTER=spark://m:7077", "SPARK_READ_ONLY=true");
    script_json("GET http://m:8080/json/", "{'status':'ALIVE','workers':[]}");
    assert_contains(answer_of("'monitor-cluster','arguments':{"), "is ALIVE");
}

/* ---- the private Spark, which cannot be started here ---- */

static void need_private_spark(void)
{
    setenv("TMPDIR", "/nowhere", 1);
    start("SPARK_MASTER=local[1]", NULL);
}

static void assert_starts(const char *name_and_arguments)
{
    need_private_spark();
    assert_contains(answer_of(name_and_arguments), "cannot prepare a private Spark");
    unsetenv("TMPDIR");
}

static void test_a_tool_needs_spark_or_leaves_it_to_its_run(void **state)
{
    for (size_t i = 0; all_tools[i] != NULL; i++)
        if (all_tools[i]->needs_spark == (all_tools[i]->operation != NULL))
            fail_msg("does '%s' need Spark? Mark it", all_tools[i]->name);
}

static void test_what_needs_spark_starts_it(void **state)
{
    assert_starts("'monitor-cluster','arguments':{");
    assert_starts("'kill-spark-job','arguments':{'submission_id':'driver-1'");
    assert_starts("'submit-spark-job','arguments':{'application_file':'hdfs://n/a.py'");
}

static void test_what_this_server_holds_itself_starts_nothing(void **state)
{
    need_private_spark();
    assert_contains(answer_of("'monitor-cluster','arguments':{'operation_id':'op-1'"),
                    "no operation 'op-1' is known");
    assert_contains(answer_of("'kill-spark-job','arguments':{'submission_id':'op-1'"),
                    "no operation 'op-1' is known");
    unsetenv("TMPDIR");
}

static void test_arguments_that_cannot_be_meant_start_nothing(void **state)
{
    need_private_spark();
    assert_contains(answer_of("'kill-spark-job','arguments':{'submission_id':'app-1'"),
                    "is an application");
    assert_contains(answer_of("'monitor-cluster','arguments':{'time_range':'soon'"),
                    "cannot read the time_range 'soon'");
    assert_contains(answer_of("'monitor-cluster','arguments':{'metric_type':'logs'"),
                    "no submission_id or application_id was given");
    unsetenv("TMPDIR");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_the_list_of_every_revision_is_under_its_limit),
        claim(test_every_argument_has_one_type),
        claim(test_tools_whose_answers_may_be_large_say_so),
        claim(test_a_tool_either_reads_or_is_refused_or_leaves_it_to_the_runner),
        claim(test_a_tool_that_writes_is_refused_before_anything_is_asked),
        claim(test_what_reads_goes_on),
        claim(test_a_tool_needs_spark_or_leaves_it_to_its_run),
        claim(test_what_needs_spark_starts_it),
        claim(test_what_this_server_holds_itself_starts_nothing),
        claim(test_arguments_that_cannot_be_meant_start_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
