"""What to do about an error of Spark's: one sentence or two, where we know."""

import re

from .. import names
from ..identifiers import backquoted, names_in, parts_of
from . import causes, lost_executor, packages, since

MOST = 12  # names in a sentence


def find(failure, context):
    """The next step for a Failure; empty when none is known."""
    for pattern, advise in BY_CONDITION:
        if re.match(pattern, failure.condition or "-"):
            return advise(failure, context)
    if failure.is_lost_executor:
        return lost_executor.advise(failure, context)
    return causes.advise(failure, context)


# By Spark's error class.

def _no_table(failure, context):
    parts = parts_of(failure.parameters.get("relationName", ""))
    if len(parts) == 2 and ("/" in parts[1] or ":" in parts[1]):
        return packages.for_format(parts[0], context) or "Files are queried as parquet.`/path`, csv.`...`, json.`...`."
    namespace = _of_another_catalog(context.spark, parts)
    if namespace:
        return _listed_by(context.spark, namespace, parts[-1])
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


def _of_another_catalog(spark, parts):
    """Where a name was looked for, if not in Spark's own catalog."""
    if len(parts) > 2:
        return [] if parts[0] == "spark_catalog" else parts[:-1]
    current = spark.catalog.currentCatalog()
    if current == "spark_catalog":
        return []
    return [current] + (parts[:-1] or parts_of(spark.catalog.currentDatabase()))


def _catalogs(spark):
    names = "\n".join(name for name, _ in spark.sparkContext.getConf().getAll())
    return ["spark_catalog"] + re.findall(r"^spark\.sql\.catalog\.(\w+)$", names, re.M)


def _no_catalog(failure, context):
    wanted = parts_of(failure.parameters.get("namespace") or failure.parameters.get("identifier", ""))
    return _say(wanted[0] if wanted else "", _catalogs(context.spark), "catalogs")


def _listed_by(spark, namespace, wanted):
    if namespace[0] not in _catalogs(spark):
        return _say(namespace[0], _catalogs(spark), "catalogs")
    try:
        where = ".".join(map(backquoted, namespace))
        return _say(wanted, [row.tableName for row in spark.sql("SHOW TABLES IN " + where).collect()], "tables")
    except Exception:  # no such namespace, or a catalog that can't tell
        return "SHOW NAMESPACES IN %s lists what that catalog has." % namespace[0]


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
    lacking = since.function(context.spark, wanted[-1] if wanted else "")
    if lacking:
        return lacking
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
    return packages.for_format(failure.parameters.get("provider", ""), context)


def _ambiguous(failure, context):
    found = re.findall(r"(?:`(?:[^`]|``)*`\.?)+", failure.parameters.get("referenceNames", ""))
    if len(set(found)) < max(2, len(found)):
        return "Give the columns different names with AS where they are made."
    return "Say which: %s." % " or ".join(".".join(parts_of(name)) for name in sorted(found)[:MOST])


def _no_parameter(failure, context):
    if re.match(r"_\d+$", failure.parameters.get("name", "")):
        return NAMED_PARAMETERS
    return "Give every :name of the statement a value in parameters."


def _no_type(failure, context):
    name = failure.parameters.get("typeName", "").strip('"')
    return since.type(context.spark, name) or "DESCRIBE and typeof(x) show how types are spelled."


def _not_held(failure, context):
    """A column whose type a format can't hold."""
    name, type = failure.parameters.get("columnName", ""), failure.parameters.get("columnType", "")
    if "VOID" in type:
        return "Its values are all NULL and have no type: give them one, as CAST(NULL AS STRING) AS %s." % name
    if re.match(r'"MAP<(?!STRING|BOOLEAN|TINYINT|SMALLINT|INT\b|BIGINT|FLOAT|DOUBLE|DECIMAL)', type):
        return "Write it as text, to_json(map_entries(%s)) AS %s, or use format parquet." % (name, name)
    if re.match(r'"(?:ARRAY|MAP|STRUCT|VARIANT)', type):
        return "Write it as text, to_json(%s) AS %s, or use format parquet." % (name, name)
    if type == '"BINARY"':
        return "Write it as text, base64(%s) AS %s, or use format parquet." % (name, name)
    return "Write it as text: CAST(%s AS STRING) AS %s." % (name, name)


def _not_read(failure, context):
    """A type of parquet's that Spark has none for."""
    type = failure.parameters.get("parquetType", "")
    return causes.NANOSECONDS if type.startswith("INT64 (TIMESTAMP(NANOS,") else ""


def _said(sentence):
    return lambda failure, context: sentence


NAMED_PARAMETERS = "Parameters have names here: write :name for each ? and give parameters {\"name\": value}."
BY_CONDITION = (
    (r"TABLE_OR_VIEW_NOT_FOUND", _no_table),
    (r"REQUIRES_SINGLE_PART_NAMESPACE", _no_catalog),
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
    (r"AMBIGUOUS_REFERENCE", _ambiguous),
    (r"COLUMN_ALREADY_EXISTS", _said(
        "Give one of the two another name with AS; a join USING (column) has its keys once.")),
    (r"NUM_COLUMNS_MISMATCH", _said(
        "Select as many columns on each side, in one order: NULL AS name stands for one that is lacking.")),
    (r"INCOMPATIBLE_COLUMN_TYPE", _said("Cast the column to one type on each side.")),
    (r"INSERT_COLUMN_ARITY_MISMATCH", _said(
        "Give a value for every column, or name those that are given: INSERT INTO table (a, b) ...")),
    (r"INCOMPATIBLE_DATA_FOR_TABLE\.CANNOT_FIND_DATA", _said(
        "Give every column of the table a value: NULL AS name stands for one that is lacking.")),
    (r"INCOMPATIBLE_DATA_FOR_TABLE", _said("Cast the value to the type of the table's column, or use try_cast.")),
    (r"UNABLE_TO_INFER_SCHEMA", _said(
        "No file with data is there: check the path, or give the columns, as CREATE TABLE name (id INT, ...) USING "
        "parquet LOCATION '/path'.")),
    (r"XML_ROW_TAG_MISSING", _said(
        'Name the file in views, with format xml: its rowTag is found, or given in options.')),
    (r"UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE", _not_held),
    (r"UNSUPPORTED_DATATYPE", _no_type),
    (r"PARQUET_TYPE_ILLEGAL", _not_read),
    (r"UNSUPPORTED_TIME_TYPE", _said("Set spark.sql.timeType.enabled to true first.")),
    (r"UNSUPPORTED_FEATURE\.TIME_TRAVEL", _said(
        "Only tables of formats such as delta and iceberg keep earlier versions: ask for this one as it is.")),
    (r"UNSUPPORTED_FEATURE\.TABLE_OPERATION", _said(causes.ONLY_READ_AND_ADDED)),
    (r"FAILED_TO_PARSE_TOO_COMPLEX", _said(causes.TOO_DEEP)),
    (r"UNBOUND_SQL_PARAMETER", _no_parameter),
    (r"INVALID_QUERY_MIXED_QUERY_PARAMETERS", _said(NAMED_PARAMETERS)),
    (r"INVALID_SQL_ARG", _said(
        "Strings, numbers, booleans and null can be bound; lists since Spark 4.")),
    (r"CANNOT_MODIFY_CONFIG|CANNOT_MODIFY_STATIC_CONFIG", _said(
        "It is fixed when Spark starts: put it into SPARK_CONF and restart the server.")),
    (r"UNSUPPORTED_FEATURE.*SQL_SCRIPTING", _said("Set spark.sql.scripting.enabled to true first.")),
    (r"MISSING_GROUP_BY|MISSING_AGGREGATION", _said(
        "Put the column into GROUP BY, or into an aggregate such as any_value(column).")),
    (r"SCALAR_SUBQUERY_TOO_MANY_ROWS", _said("Use IN, or an aggregate or LIMIT 1 in the subquery.")),
)


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
