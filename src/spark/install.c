/*
 * MCP hosts start servers with almost no environment. So Java and Python are looked for
 * where the environment says, on the path, where systems put them, and at last by asking
 * a login shell, which is slow.
 */
#include "spark/install.h"

#include "base/program.h"
#include "base/text.h"

#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The first lines that a command prints; false when it fails. */
static bool run(const char *command, char *output, size_t size)
{
    FILE *pipe = popen(command, "r");
    size_t length;

    if (pipe == NULL)
        return false;
    length = fread(output, 1, size - 1, pipe);
    output[length] = '\0';
    return pclose(pipe) == 0 && length > 0;
}

static bool has_java(const char *home)
{
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%.4000s/bin/java", home);
    return access(path, X_OK) == 0;
}

/* The folder two above bin/java. */
static bool use_java(const char *java, struct install *install)
{
    char resolved[PATH_MAX];

    if (realpath(java, resolved) == NULL || !text_ends_with(resolved, "/bin/java"))
        return false;
    resolved[strlen(resolved) - strlen("/bin/java")] = '\0';
    text_copy(install->java_home, sizeof install->java_home, resolved);
    return true;
}

/* Python's option -c puts the current folder first, which may be anybody's. */
#define ASK_PYTHON                                                                       \
    "'%.4000s' -c \"import sys;sys.path=[p for p in sys.path if p];"                     \
    "from importlib.util import find_spec;"

bool install_find_java(struct install *install)
{
    static const char *const patterns[] = {
        "/usr/lib/jvm/*17*/bin/java",
        "/usr/lib/jvm/*21*/bin/java",
        "/opt/homebrew/opt/openjdk@17/bin/java",
        "/opt/homebrew/opt/openjdk*/bin/java",
        "/Library/Java/JavaVirtualMachines/*/Contents/Home/bin/java",
        "/usr/lib/jvm/*/bin/java"};
    const char *given = getenv("JAVA_HOME");
    char output[PATH_MAX];
    bool is_found = false;

    if (given != NULL && given[0] != '\0' && has_java(given)) {
        text_copy(install->java_home, sizeof install->java_home, given);
        return true;
    }
    /* On macOS /usr/bin/java is a stub that only asks for an installation. */
    if (run("command -v java", output, sizeof output)) {
        output[strcspn(output, "\n")] = '\0';
        if (use_java(output, install))
            return true;
    }
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns && !is_found; i++) {
        glob_t found;
        if (glob(patterns[i], 0, NULL, &found) == 0)
            is_found = use_java(found.gl_pathv[0], install);
        globfree(&found);
    }
    if (!is_found &&
        run("${SHELL:-sh} -lc 'command -v java' 2>/dev/null", output, sizeof output)) {
        output[strcspn(output, "\n")] = '\0';
        is_found = use_java(output, install);
    }
    return is_found;
}

/* Asks a Python for its own path and for its pyspark's; false when it is no Python. */
static bool ask_python(const char *command, struct install *install)
{
    char line[PATH_MAX * 2], output[PATH_MAX * 2];
    char *second;

    if (strchr(command, '\'') != NULL)
        return false;
    snprintf(line, sizeof line,
             ASK_PYTHON
             "print(sys.executable);s=find_spec('pyspark');"
             "print(s.submodule_search_locations[0] if s else '')\" 2>/dev/null",
             command);
    if (!run(line, output, sizeof output))
        return false;
    second = strchr(output, '\n');
    if (second == NULL)
        return false;
    *second++ = '\0';
    second[strcspn(second, "\n")] = '\0';
    if (install->python[0] == '\0')
        snprintf(install->python, sizeof install->python, "%.*s", PATH_MAX - 1, output);
    if (install->spark_home[0] == '\0' && second[0] != '\0') {
        snprintf(install->spark_home, sizeof install->spark_home, "%.*s", PATH_MAX - 1,
                 second);
        snprintf(install->python, sizeof install->python, "%.*s", PATH_MAX - 1, output);
    }
    return true;
}

/* Asks until both Spark and a Python are known. */
static void ask_while_needed(const char *command, struct install *install)
{
    if (install->spark_home[0] == '\0' || install->python[0] == '\0')
        ask_python(command, install);
}

/* bin/python3 of a virtual environment, if it is there. */
static void ask_environment(const char *folder, const char *python,
                            struct install *install)
{
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%.4000s/%s", folder, python);
    if (access(path, X_OK) == 0)
        ask_while_needed(path, install);
}

/* A package from PyPI puts this program beside its Python; a build from source lies in
 * build/NAME of a checkout whose .venv the demo makes. The current folder is not looked
 * into: it may be anybody's. */
static void ask_beside_program(struct install *install)
{
    char program[PATH_MAX];

    if (!program_path(program, sizeof program))
        return;
    *strrchr(program, '/') = '\0';
    ask_environment(program, "python3", install);
    ask_environment(program, "../../.venv/bin/python3", install);
}

bool install_find_spark(struct install *install)
{
    static const char *const commands[] = {"python3", "python", "/usr/bin/python3",
                                           "/usr/local/bin/python3",
                                           "/opt/homebrew/bin/python3"};
    const char *given = getenv("SPARK_HOME"), *chosen = getenv("PYSPARK_PYTHON"),
               *environment = getenv("VIRTUAL_ENV");
    char path[PATH_MAX];

    if (given != NULL && given[0] != '\0')
        text_copy(install->spark_home, sizeof install->spark_home, given);
    if (chosen != NULL && chosen[0] != '\0')
        ask_python(chosen, install);
    ask_beside_program(install);
    if (environment != NULL && environment[0] != '\0')
        ask_environment(environment, "bin/python3", install);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        ask_while_needed(commands[i], install);
    snprintf(path, sizeof path, "%.4000s/bin/spark-class", install->spark_home);
    return install->spark_home[0] != '\0' && access(path, X_OK) == 0;
}

bool install_is_java_8(const struct install *install)
{
    static const char *const places[] = {"lib/rt.jar", "jre/lib/rt.jar"};
    char path[PATH_MAX];

    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        snprintf(path, sizeof path, "%.4000s/%s", install->java_home, places[i]);
        if (access(path, F_OK) == 0)
            return true;
    }
    return false;
}

/* jars/spark-core_2.12-3.5.9.jar */
void install_get_version(const struct install *install, char *version, size_t size)
{
    char pattern[PATH_MAX];
    const char *dash;
    glob_t found;

    version[0] = '\0';
    snprintf(pattern, sizeof pattern, "%.4000s/jars/spark-core_*.jar",
             install->spark_home);
    if (glob(pattern, 0, NULL, &found) == 0 &&
        (dash = strchr(strrchr(found.gl_pathv[0], '/'), '-')) != NULL &&
        (dash = strchr(dash + 1, '-')) != NULL)
        snprintf(version, size, "%.*s", (int)(strlen(dash + 1) - strlen(".jar")),
                 dash + 1);
    globfree(&found);
}
