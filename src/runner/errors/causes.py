"""What to do about an error that Spark gives no condition: by the class of any of its causes, and how that
one's message begins."""

from ..storage.formats import scala_version
from . import packages, places


def advise(failure, context):
    """Empty when nothing is known."""
    for classes, pattern, find in places.BY_CLASS + BY_CLASS:
        found = failure.find(classes, pattern)
        if found:
            return find(failure, context, found)
    return ""


def _no_memory(failure, context, found):
    conf = context.spark.sparkContext.getConf()
    if failure.task and not context.spark.sparkContext.master.startswith("local"):
        return ("Raise SPARK_EXECUTOR_MEMORY (spark.executor.memory, now %s), or use more, smaller "
                "partitions." % conf.get("spark.executor.memory", "1g"))
    return ("Raise spark.driver.memory (now %s) in SPARK_CONF, or bring less to the driver: a smaller "
            "limit, save_path." % conf.get("spark.driver.memory", "1g"))


def _too_much(failure, context, found):
    return ("Ask for fewer rows or columns, write the result with save_path, or raise "
            "spark.driver.maxResultSize in SPARK_CONF.")


def _denied(failure, context, found):
    user = context.spark.sparkContext.sparkUser()
    return "The user '%s', as whom Spark runs, needs the right to do this there, on every worker." % user


def _no_class(failure, context, found):
    return packages.for_class(found.group(1), context)


def _no_scheme(failure, context, found):
    return packages.for_scheme(found.group(1), context)


def _no_provider(failure, context, found):
    return packages.for_format(found.group(1).rstrip("."), context)


def _other_build(failure, context, found):
    spark = context.spark
    return ("A package or jar was built for another version: name its build for Spark %s with Scala %s in "
            "spark.jars.packages." % (spark.version, scala_version(spark)))


def _disk_full(failure, context, found):
    """A task that writes a result says where; all others write what they exchange, or have no memory for."""
    conf = context.spark.sparkContext.getConf()
    folder = found.group(1) or failure.parameters.get("path") or "%s, or SPARK_LOCAL_DIRS of its worker: there shuffles go" % (
        conf.get("spark.local.dir", "/tmp"))
    return "The disk of %s is full (%s): free some there, or name a larger one." % (
        failure.host or conf.get("spark.driver.host", "the driver's machine"), folder)


def _said(sentence):
    return lambda failure, context, found: sentence


def _no_host(failure, context, found):
    return "The cluster's machines can't resolve the name: check it, or use an address that they know."


def _no_connection(failure, context, found):
    return "Check that the service runs and that the cluster's machines can reach it."


ONLY_READ_AND_ADDED = (
    "Tables of parquet, orc, csv and json can't do this, those of formats such as delta or iceberg can: make a new table "
    "with CREATE TABLE name USING parquet AS SELECT ..., or keep the data in such a format.")
TOO_DEEP = (
    "The statement is nested too deeply: put values into a file, a view or IN (...), or split it with views; "
    "spark.driver.extraJavaOptions=-Xss32m in SPARK_CONF gives more room.")
NANOSECONDS = (
    "Spark reads timestamps in nanoseconds as numbers only: SET spark.sql.legacy.parquet.nanosAsLong=true (or in SPARK_CONF), "
    "then timestamp_micros(column div 1000); or write the file with microseconds, in pandas with df.to_parquet(path, "
    "coerce_timestamps='us', allow_truncated_timestamps=True).")
OTHER_TYPE = (
    "The file's column has another type than the one asked for: leave out the schema, or give the file's type (INT64 is "
    "BIGINT) and cast it.")
FILES = ("IOException", "FileNotFoundException")
BY_CLASS = (
    (("SparkException",), "Job aborted due to stage failure: Total size of serialized results of", _too_much),
    (("OutOfMemoryError", "SparkOutOfMemoryError"), "", _no_memory),
    (("ClassNotFoundException", "SparkClassNotFoundException", "AnalysisException"),
     r"Failed to find (?:the )?data source: ([\w.]+)", _no_provider),
    (("ClassNotFoundException", "NoClassDefFoundError"), r"(?:Class )?([\w.$/]+)", _no_class),
    (("IncompatibleClassChangeError", "NoSuchMethodError", "NoSuchFieldError", "AbstractMethodError"), "", _other_build),
    (("AccessControlException", "AccessDeniedException"), "", _denied),
    (FILES, r"Mkdirs failed to create|(?i:permission denied)|[^\n]*\(Permission denied\)(?:\n|\Z)", _denied),
    ((*FILES, "FSError"), r"(?:(/[^\n]*)/[^\n/]* \(|[^\n]*)No space left on device", _disk_full),
    (("UnsupportedFileSystemException",), r'No FileSystem for scheme "([\w+.-]+)"', _no_scheme),
    (("URISyntaxException",), "", _said(
        "Write a whole path: '/folder/name', or scheme://host/folder with a scheme and a host.")),
    (("IncompatibleSchemaException",), "", _said("Use parquet, which holds all types, or cast the column.")),
    (("AnalysisException",), "Cannot save interval data type into external storage", _said(
        "Write it as text: CAST(column AS STRING); no format holds intervals of months and days together.")),
    (("SparkUnsupportedOperationException",), "(?:UPDATE TABLE|MERGE INTO TABLE) is not supported temporarily", _said(
        ONLY_READ_AND_ADDED)),
    (("AnalysisException",), r"Illegal Parquet type: INT64 \(TIMESTAMP\(NANOS,", _said(NANOSECONDS)),
    (("SchemaColumnConvertNotSupportedException",), "", _said(OTHER_TYPE)),
    (("StackOverflowError",), "", _said(TOO_DEEP)),
    (("UnknownHostException",), "", _no_host),
    (("ConnectException", "SocketTimeoutException"), "", _no_connection),
)
