/*
 * The table of failures, the more particular before the more general. The sentences are
 * those in Spark's jars of 3.5.8 and 4.3.0.
 */
#include "diagnosis/causes.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum { MIB = 1 << 20, GROW = 2 };

static void advise_executor_memory(const struct facts *facts, struct finding *finding)
{
    struct heap_facts heap = facts_heap(facts);

    finding_change(finding, "%s=%lldm (now %lldm)", heap.property,
                   (long long)(heap.bytes * GROW / MIB), (long long)(heap.bytes / MIB));
    if (heap.cores > 1 && !heap.is_drivers)
        finding_change(finding,
                       ", or spark.executor.cores=%lld (now %lld) at the same memory",
                       (long long)(heap.cores / 2), (long long)heap.cores);
    finding_change(finding,
                   ". What collects whole groups (collect_list, groupByKey) is better "
                   "an aggregate.");
}

static void advise_driver_memory(const struct facts *facts, struct finding *finding)
{
    json_int_t heap = facts_setting_bytes(facts, "spark.driver.memory", HEAP_BYTES);

    finding_change(
        finding,
        "Write or limit() what is brought to it (collect, toPandas, broadcast); "
        "else spark.driver.memory=%lldm (now %lldm).",
        (long long)(heap * GROW / MIB), (long long)(heap / MIB));
}

static void advise_fetch(const struct facts *facts, struct finding *finding)
{
    if (strcmp(facts_setting(facts, "spark.dynamicAllocation.enabled"), "true") == 0)
        finding_change(finding,
                       "An executor that had it was let go: "
                       "spark.dynamicAllocation.shuffleTracking.enabled=true, or "
                       "spark.shuffle.service.enabled=true where the workers have it.");
    else
        finding_change(finding, "The executor that had it ended: metric_type 'executors' "
                                "tells which, its log ('stderr') why.");
}

static void advise_killed(const struct facts *facts, struct finding *finding)
{
    json_int_t heap = facts_setting_bytes(facts, "spark.executor.memory", HEAP_BYTES);

    if (strncmp(facts_setting(facts, "spark.master"), "spark://", 8) == 0)
        finding_change(
            finding,
            "Kill -9 is what the kernel or a container does when memory is out: "
            "leave more outside the heap, spark.executor.memory=%lldm (now %lldm) "
            "or fewer executors on a worker.",
            (long long)(heap * 3 / 4 / MIB), (long long)(heap / MIB));
    else
        finding_change(
            finding,
            "Kill -9 is what the kernel or a container does when memory is out: "
            "spark.executor.memoryOverhead=%lldm, more where Python works.",
            (long long)((heap * 2 / 5 > 1024LL * MIB ? heap * 2 / 5 : 1024LL * MIB) /
                        MIB));
}

static void advise_broadcast(const struct facts *facts, struct finding *finding)
{
    finding_change(
        finding,
        "The side that is broadcast is slow to make: mend that first. Else join "
        "without it: spark.sql.autoBroadcastJoinThreshold=-1 and no broadcast "
        "hint; spark.sql.broadcastTimeout (now %lld s) last.",
        (long long)facts_setting_number(facts, "spark.sql.broadcastTimeout", 300));
}

static const struct cause causes[] = {
    {{"spark.driver.maxResultSize"},
     "the result is larger than spark.driver.maxResultSize",
     "Write it to a file instead of collecting it, or aggregate or limit() before; raise "
     "spark.driver.maxResultSize only within half of the driver's memory.",
     NULL},
    {{"Could not execute broadcast in", "_LEGACY_ERROR_TEMP_2251"},
     "a broadcast took too long",
     NULL,
     advise_broadcast},
    {{"Not enough memory to build and broadcast", "Cannot broadcast the table"},
     "a table is too large to be broadcast",
     "Take the broadcast hint away or lower spark.sql.autoBroadcastJoinThreshold; ANALYZE "
     "TABLE when Spark takes it for smaller than it is.",
     NULL},
    {{"GC overhead limit exceeded", "java.lang.OutOfMemoryError", "exited with code 52"},
     "an executor ran out of heap",
     NULL,
     advise_executor_memory},
    {{"Python worker exited unexpectedly"},
     "a Python worker crashed",
     "Native code or the kernel ended it: spark.python.worker.faulthandler.enabled=true shows "
     "where; with pandas or Arrow lower spark.sql.execution.arrow.maxRecordsPerBatch.",
     NULL},
    {{"exited with code 137", "exit code 137", "exit status: 137", "OOMKilled"},
     "an executor was killed from outside",
     NULL,
     advise_killed},
    {{"exceeding memory limits", "exceeding physical memory limits"},
     "a container was killed for its memory",
     NULL,
     advise_killed},
    {{"No space left on device", "exited with code 53",
      "Failed to create local directory"},
     "the local disk is full",
     "Put spark.local.dir (SPARK_LOCAL_DIRS of the worker) on a larger disk; look at inodes "
     "too.",
     NULL},
    {{"Executor heartbeat timed out", "no recent heartbeats"},
     "an executor did not answer",
     "Long GC or a frozen host: see the executors' GC; else spark.network.timeout=300s.",
     NULL},
    {{"CONTEXT_ONLY_VALID_ON_DRIVER", "PicklingError", "NotSerializableException",
      "Task not serializable"},
     "a function holds what cannot travel to an executor",
     "Make it inside the function, or pass only the values that it needs.",
     NULL},
    {{"ModuleNotFoundError"},
     "a Python module is not on the executors",
     "Send it with the job (py_files, or an archive of the environment), or install it on "
     "every worker.",
     NULL},
    {{"PYTHON_VERSION_MISMATCH", "Python in worker has different version"},
     "driver and executors run different Pythons",
     "Set PYSPARK_PYTHON to the same version on both.",
     NULL},
    {{"NoSuchMethodError", "NoClassDefFoundError", "ClassNotFoundException",
      "UnsupportedClassVersionError", "InvalidClassException"},
     "a class is missing or of another version",
     "Take the package that was built for this Spark and Scala (its name ends in _2.12 or "
     "_2.13).",
     NULL},
    {{"Kryo serialization failed: Buffer overflow"},
     "one record is larger than Kryo's buffer",
     "Raise spark.kryoserializer.buffer.max (at most 2047m), or make smaller records.",
     NULL},
    {{"PATH_NOT_FOUND", "FileNotFoundException", "Path does not exist",
      "SparkFileNotFoundException"},
     "a path does not exist",
     "Check it as the executors see it: a file of the driver's host is on no other host.",
     NULL},
    {{"AccessControlException", "AccessDeniedException", "Access Denied"},
     "the storage refused access",
     "See that the user or the keys of the job may read and write there.",
     NULL},
    {{"FetchFailed", "Missing an output location"},
     "shuffled data was gone",
     NULL,
     advise_fetch},
};
static const struct cause driver_heap = {
    {NULL}, "the driver ran out of heap", NULL, advise_driver_memory};

const struct cause *cause_of(const char *what, const char *text)
{
    const char *const texts[] = {what, text};

    for (size_t t = 0; t < 2; t++)
        for (size_t i = 0; i < sizeof causes / sizeof *causes; i++)
            for (size_t w = 0; causes[i].words[w] != NULL; w++)
                if (strstr(texts[t], causes[i].words[w]) != NULL)
                    return &causes[i];
    return NULL;
}

const struct cause *cause_of_driver(const char *what, const char *text)
{
    const struct cause *cause = cause_of(what, text);

    return cause != NULL && cause->advise == advise_executor_memory ? &driver_heap
                                                                    : cause;
}

void cause_advise(const struct cause *cause, const struct facts *facts,
                  struct finding *finding)
{
    if (cause->advise != NULL)
        cause->advise(facts, finding);
    else
        finding_change(finding, "%s", cause->change);
}

static bool has_one_of(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strstr(text, words[i]) != NULL)
            return true;
    return false;
}

bool cause_is_consequence(const char *text)
{
    static const char *const words[] = {"FetchFailed", "ExecutorLostFailure",
                                        "Missing an output location",
                                        "Remote RPC client disassociated"};

    return has_one_of(text, words, sizeof words / sizeof *words);
}

/* "Job 3 cancelled part of cancelled job group", with or without its class before it; "Stage
 * cancelled because SparkContext was shut down" when its application was ended. */
bool cause_is_wanted(const char *text)
{
    static const char *const befores[] = {"org.apache.spark.SparkException: ",
                                          "[SPARK_JOB_CANCELLED] "};
    long long job;
    int read = 0;

    for (size_t i = 0; i < sizeof befores / sizeof *befores; i++)
        if (text_starts_with(text, befores[i]))
            text += strlen(befores[i]);
    return text_starts_with(text, "TaskKilled (") ||
           text_starts_with(text, "Stage cancelled because") ||
           (sscanf(text, "Job %lld cancelled%n", &job, &read) == 1 && read > 0);
}
