"""What to do about an error of Spark's: one sentence or two, where we know."""

import re

from .. import names
from ..identifiers import names_in, parts_of
from ..storage.formats import package_for

MOST = 12  # names in a sentence


def find(failure, context):
    """The next step for a Failure; empty when none is known."""
    for pattern, advise in BY_CONDITION:
        if re.match(pattern, failure.condition or "-"):
            return advise(failure, context)
    if failure.is_lost_executor:
        return _executor_lost()
    for classes, pattern, advise in BY_CLASS:
        found = failure.find(classes, pattern)
        if found:
            return advise(failure, context, found)
    return ""


# By Spark's error class.

def _no_table(failure, context):
    parts = parts_of(failure.parameters.get("relationName", ""))
    if len(parts) == 2 and ("/" in parts[1] or ":" in parts[1]):
        return _package(parts[0], context) or "Files are queried as parquet.`/path`, csv.`...`, json.`...`."
    catalog = context.spark._jsparkSession.sessionState().catalog()
    database = parts[-2] if len(parts) > 1 else catalog.getCurrentDatabase()
    databases = names_in(catalog.listDatabases())
    if database not in databases:
        return _say(database, databases, "databases")
    found = [parts_of(name)[-1] for name in names_in(catalog.listTables(database))]
    if not found:
        return ("There are no tables or views yet: create one, name files in views, or query files as "
                "parquet.`/path`.")
    return _say(parts[-1] if parts else "", found, "tables and views")


def _no_column(failure, context):
    wanted = parts_of(failure.parameters.get("objectName", ""))
    found = [".".join(parts_of(proposal)) for proposal in
             re.findall(r"(?:`(?:[^`]|``)*`\.?)+", failure.parameters.get("proposal", ""))]
    if not found:
        return ""
    return _say(wanted[-1] if wanted else "", found, "columns")


def _no_function(failure, context):
    wanted = parts_of(failure.parameters.get("routineName", ""))
    registry = context.spark._jsparkSession.sessionState().functionRegistry()
    found = {name.rsplit(".", 1)[-1] for name in names_in(registry.listFunction())}
    meant = names.did_you_mean(wanted[-1] if wanted else "", found)
    return _sentence(meant) or "SHOW FUNCTIONS lists what there is."


def _no_database(failure, context):
    wanted = parts_of(failure.parameters.get("schemaName", ""))
    catalog = context.spark._jsparkSession.sessionState().catalog()
    return _say(wanted[-1] if wanted else "", names_in(catalog.listDatabases()), "databases")


def _no_path(failure, context):
    path = failure.parameters.get("path", "")
    if not path.startswith("file:"):
        return "Check the path; it was looked for with the rights of the user that Spark runs as."
    host = context.spark.conf.get("spark.driver.host", "the driver's machine")
    return ("It was looked for on the machine of the driver (%s): a path of one machine must be there on "
            "every worker too, or lie on storage they share." % host)


def _no_source(failure, context):
    return _package(failure.parameters.get("provider", ""), context)


def _said(sentence):
    return lambda failure, context: sentence


BY_CONDITION = (
    (r"TABLE_OR_VIEW_NOT_FOUND", _no_table),
    (r"UNRESOLVED_COLUMN", _no_column),
    (r"UNRESOLVED_ROUTINE|ROUTINE_NOT_FOUND", _no_function),
    (r"SCHEMA_NOT_FOUND", _no_database),
    (r"PATH_NOT_FOUND", _no_path),
    (r"DATA_SOURCE_NOT_FOUND|AVRO_DATA_SOURCE_NOT_ENABLED|KAFKA_DATA_SOURCE_NOT_ENABLED", _no_source),
    (r"DIVIDE_BY_ZERO", _said("Use try_divide(a, b), which gives NULL there.")),
    (r"CAST_|INVALID_CAST", _said("Use try_cast(x AS type), which gives NULL for such values.")),
    (r"ARITHMETIC_OVERFLOW|BINARY_ARITHMETIC_OVERFLOW", _said(
        "Use try_add, try_subtract, try_multiply or try_sum, or cast to a wider type first.")),
    (r"INVALID_ARRAY_INDEX", _said("Use get(array, index), which gives NULL there.")),
    (r"CANNOT_PARSE_TIMESTAMP", _said("Use try_to_timestamp, or try_cast.")),
    (r"TABLE_OR_VIEW_ALREADY_EXISTS|TEMP_TABLE_OR_VIEW_ALREADY_EXISTS", _said(
        "Use CREATE OR REPLACE or IF NOT EXISTS, or drop it first.")),
    (r"LOCATION_ALREADY_EXISTS", _said(
        "Files of an earlier session's table are still there: query them as parquet.`path`, give the "
        "table another name, or remove them.")),
    (r"NOT_SUPPORTED_COMMAND_WITHOUT_HIVE_SUPPORT", _said(
        "Say the format: CREATE TABLE name USING parquet AS SELECT ...")),
    (r"UNBOUND_SQL_PARAMETER", _said("Give every :name of the statement a value in parameters.")),
    (r"INVALID_SQL_ARG", _said(
        "Strings, numbers, booleans and null can be bound; lists since Spark 4.")),
    (r"CANNOT_MODIFY_CONFIG|CANNOT_MODIFY_STATIC_CONFIG", _said(
        "It is fixed when Spark starts: put it into SPARK_CONF and restart the server.")),
    (r"UNSUPPORTED_FEATURE.*SQL_SCRIPTING", _said("Set spark.sql.scripting.enabled to true first.")),
    (r"MISSING_GROUP_BY|MISSING_AGGREGATION", _said(
        "Put the column into GROUP BY, or into an aggregate such as any_value(column).")),
    (r"SCALAR_SUBQUERY_TOO_MANY_ROWS", _said("Use IN, or an aggregate or LIMIT 1 in the subquery.")),
)


# By the class of any of its causes, and how its message begins.

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


def _executor_lost():
    return ("monitor-cluster with metric_type 'logs' shows the executor's stderr; an exit code of 137 or 52 "
            "means memory: raise "
            "SPARK_EXECUTOR_MEMORY.")


def _denied(failure, context, found):
    user = context.spark.sparkContext.sparkUser()
    return "The user '%s', as whom Spark runs, needs the right to do this there, on every worker." % user


def _no_class(failure, context, found):
    name = found.group(1)
    if "S3AFileSystem" in name:
        version = context.spark._jvm.org.apache.hadoop.util.VersionInfo.getVersion()
        return _packages("org.apache.hadoop:hadoop-aws:" + version)
    package = _package(name.split(".")[0], context)
    return package or ("Add the package or jar that holds the class to spark.jars.packages or spark.jars in "
                       "SPARK_CONF and restart the server.")


def _no_provider(failure, context, found):
    return _package(found.group(1).rstrip("."), context)


def _no_host(failure, context, found):
    return "The cluster's machines can't resolve the name: check it, or use an address that they know."


def _no_connection(failure, context, found):
    return "Check that the service runs and that the cluster's machines can reach it."


FILES = ("IOException", "FileNotFoundException")
BY_CLASS = (
    (("SparkException",), "Job aborted due to stage failure: Total size of serialized results of", _too_much),
    (("OutOfMemoryError", "SparkOutOfMemoryError"), "", _no_memory),
    (("ClassNotFoundException", "SparkClassNotFoundException", "AnalysisException"),
     r"Failed to find (?:the )?data source: ([\w.]+)", _no_provider),
    (("ClassNotFoundException", "NoClassDefFoundError"), r"(?:Class )?([\w.$/]+)", _no_class),
    (("AccessControlException", "AccessDeniedException"), "", _denied),
    (FILES, r"Mkdirs failed to create|(?i:permission denied)|[^\n]*\(Permission denied\)(?:\n|\Z)", _denied),
    (("UnknownHostException",), "", _no_host),
    (("ConnectException", "SocketTimeoutException"), "", _no_connection),
)


def _package(format, context):
    format = format.lower()
    if format == "kafka":
        scala = "2.12" if context.spark.version.startswith("3.") else "2.13"
        return _packages("org.apache.spark:spark-sql-kafka-0-10_%s:%s" % (scala, context.spark.version))
    package = package_for(context.spark, format)
    if package:
        return _packages(package)
    if not format:
        return ""
    return ("Spark %s has no '%s': check the name, or add its package to spark.jars.packages in SPARK_CONF "
            "and restart the server." % (context.spark.version, format))


def _packages(coordinates):
    return "Set spark.jars.packages=%s in SPARK_CONF and restart the server." % coordinates


# Sentences.

def _say(wanted, found, what):
    """Did you mean 'orders'? The tables and views are orders, customers and 3 more."""
    found = sorted(set(found))
    listed = ", ".join(found[:MOST])
    if len(found) > MOST:
        listed += " and %d more" % (len(found) - MOST)
    meant = _sentence(names.did_you_mean(wanted, found))
    return ("%s The %s are: %s." % (meant, what, listed)).strip()


def _sentence(text):
    return text[:1].upper() + text[1:]

