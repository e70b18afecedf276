"""Data targets: DataFrames as files, with what is there refused, replaced or added to."""

import re

from .. import read_only, schema
from ..context import Refused
from ..identifiers import backquoted
from . import iceberg
from .files import Place
from .formats import TABLE_FORMATS, check_format, find_format, hint, require
from .options import readable, text_options
from .overwrite import check_overwrite
from .reading import read
from .writer import Writer, forget_listings, reads_from

# Spark would leave out csv's header and cut spaces off its texts, and call xml's rows ROW.
OWN_OPTIONS = {
    "csv": {"header": "true", "ignoreLeadingWhiteSpace": "false", "ignoreTrailingWhiteSpace": "false"},
    "xml": {"rowTag": "row"},
}
# Spark would cut microseconds, and seconds of an offset as there were before time zones.
OWN_TIMES = {"timestampFormat": "yyyy-MM-dd'T'HH:mm:ss[.SSSSSS][XXXXX]",
             "timestampNTZFormat": "yyyy-MM-dd'T'HH:mm:ss[.SSSSSS]"}
# Keys of maps that are written as they are. Of others Spark's json has a number for a day, an address for
# an array; its xml fails.
KEYS = {"json": "string|char|varchar|boolean|byte|short|integer|long|float|double|decimal",
        "xml": "string|char|varchar"}
MODES = ("error", "overwrite", "append", "ignore")


def write(context, df, path, format, mode="error", options=None, partition_by=None):
    """Write the frame and count what was written: path, format, mode, rows, files, bytes.

    error and overwrite write beside the target and rename at the end, so that the target is never
    half written, and a frame may be read from what it overwrites. append leaves that to Spark's
    committer, delta to its own transactions. Between the two renames of an overwrite there is a
    moment without a target: the old data is then in '.<name>.<operation id>.old' beside it.
    """
    spark = context.spark
    format, mode = _check(context, df, format, mode, partition_by)
    require(spark, format)
    if format == "iceberg":
        options = text_options(options)
        return iceberg.write(context, df, path, mode, options, partition_by, _is_dynamic(spark, options))
    target = _whole(Place(spark, path), path)
    options = _with(OWN_OPTIONS.get(format, {}), text_options(options))
    exists = target.exists()
    answer = {"path": path if "/" in path[:1] or ":" in path else str(target), "format": format, "mode": mode}
    if exists and mode == "ignore":
        context.warn("'%s' exists already, so nothing was written (mode ignore)." % target)
        return {**answer, "rows": 0, "files": 0, "bytes": 0}
    if exists:
        _check_existing(context, df, target, format, mode, options)
    context.enter("writing %s" % path)
    writer = Writer(context, df, format, _with(_own_times(spark, format), options), partition_by)
    if format == "delta":
        counted = writer.in_transaction(target, mode)
    elif exists and (mode == "append" or _replaces_partitions(spark, options, partition_by)):
        counted = writer.into(target, mode)
    else:
        counted = writer.beside(target, exists)
    if exists:
        forget_listings(spark, target)
    return {**answer, **counted}


def _with(own, options):
    given = {name.lower() for name in options}
    return {**options, **{name: value for name, value in own.items() if name.lower() not in given}}


def _own_times(spark, format):
    is_old = spark.conf.get("spark.sql.legacy.timeParserPolicy").upper() == "LEGACY"  # it knows no microseconds
    return OWN_TIMES if format in ("csv", "json", "xml") and not is_old else {}


def _check(context, df, format, mode, partition_by):
    """What is wrong before one looks at the target; all of it at once."""
    read_only.check_write(context)
    format = check_format(format)
    mixed = _columns_with(df, lambda type: type == "interval")
    if mixed:
        raise Refused("no format holds the type of %s: intervals of months and days together" % ", ".join(mixed),
                      "Write it as text: CAST(%s AS STRING) AS %s." % (mixed[0], mixed[0]))
    keyed = _columns_with(df, lambda type: _has_odd_keys(type, KEYS[format])) if format in KEYS else []
    if keyed:
        raise Refused("%s has texts as keys only, and Spark would not write those of the maps in %s as they are" % (
                          format, ", ".join(keyed)),
                      "Write the entries, map_entries(%s) AS %s, or use format parquet." % (keyed[0], keyed[0]))
    mode = {"errorifexists": "error"}.get(mode.lower(), mode.lower())
    problems = []
    if mode not in MODES:
        problems.append("unknown save mode '%s'%s: %s" % (
            mode, hint(mode, MODES), ", ".join(MODES)))
    partition_by = partition_by or []
    for name in partition_by:
        if name.lower() not in (column.lower() for column in df.columns):
            problems.append("no column '%s' to partition by%s" % (name, hint(name, df.columns)))
    if partition_by and not problems and len(partition_by) >= len(df.columns) and format not in TABLE_FORMATS:
        problems.append("partitioning by every column leaves none to write")
    kinds = [kind for name, kind in df.dtypes if name not in partition_by]
    if format == "text" and kinds != ["string"]:
        problems.append("text holds one string column, here are: " + ", ".join(
            "%s %s" % column for column in df.dtypes[:10]))
    if problems:
        raise Refused("the data can't be written like that", "Correct what is listed.", problems)
    return format, mode


def _columns_with(df, is_it):
    """The columns that hold such a type, as JSON tells it: PySpark 3.5 can't even name some."""
    fields = schema.fields_of(df._jdf.schema())
    return [backquoted(field["name"]) for field in fields if _holds(field["type"], is_it)]


def _holds(type, is_it):
    if is_it(type) or not isinstance(type, dict):
        return is_it(type)
    inside = [field["type"] for field in type.get("fields", [])]
    inside += [type[part] for part in ("elementType", "keyType", "valueType") if part in type]
    return any(_holds(part, is_it) for part in inside)


def _has_odd_keys(type, keys):
    return isinstance(type, dict) and type["type"] == "map" and not re.match(r"(%s)\b" % keys, str(type["keyType"]))


def _whole(target, path):
    """A target that the driver's working folder does not decide: a private Spark's is gone with it."""
    if target.scheme == "file" and ":" not in path and not path.strip().startswith("/"):
        raise Refused("'%s' is relative; it would be '%s' on the driver's machine" % (path, target),
                      "Give the whole path, such as '/data/%s'. A table is made by execute-sql: CREATE TABLE name AS "
                      "SELECT ..." % target.name)
    return target


def _check_existing(context, df, target, format, mode, options):
    """Refuses what would destroy or spoil the data that is there."""
    if mode == "error":
        raise Refused("'%s' exists already" % target, "Choose another path, or let it be replaced "
                      "or added to: save mode overwrite or append.")
    is_delta = target.child("_delta_log").exists()
    if is_delta and format != "delta":
        raise Refused("'%s' is a Delta table, which files of format %s would spoil" % (target, format),
                      "Write with format delta, or to another path.")
    if mode == "overwrite" and not is_delta:
        check_overwrite(context, target)
    elif mode == "append" and not is_delta:
        _check_append(context, df, target, format, options)


def _check_append(context, df, target, format, options):
    if reads_from(df, target):
        raise Refused("'%s' can't be added to while it is read" % target,
                      "Write to another path, or use overwrite, which is safe.")
    if not target.is_folder():
        raise Refused("'%s' is a file, which can't be added to" % target,
                      "Write to a folder, or overwrite it.")
    if not target.data_files(1):
        return
    there = find_format(context, target.uri)
    if there != format:
        raise Refused("'%s' holds %s, and %s can't be added to it" % (target, there, format),
                      "Use format %s, or another path." % there)
    if format == "text":
        return
    names = {"inferSchema": "false", "nullValue": ""} if format == "csv" else {}
    existing = read(context, target.uri, format, {**readable(options, format), **names})
    problems = _misfits(existing, df, format)
    if problems:
        raise Refused("the columns don't fit those at '%s'" % target,
                      "Select, rename and cast the columns to those that are there, in their order.",
                      problems)


def _misfits(existing, df, format):
    """Why rows of df can't join those that exist: other names, types, for csv another order."""
    old, new = dict(existing.dtypes), dict(df.dtypes)
    problems = ["no column '%s'%s" % (name, hint(name, list(new)))
                for name in old if name not in new]
    problems += ["column '%s' is not there%s" % (name, hint(name, list(old)))
                 for name in new if name not in old]
    if format in ("parquet", "orc", "avro"):
        problems += ["column '%s' is %s there, %s here" % (name, old[name], new[name])
                     for name in old if name in new and old[name] != new[name]]
    if format == "csv" and not problems and existing.columns != df.columns:
        problems.append("csv files have the order %s" % ", ".join(existing.columns))
    return problems


def _replaces_partitions(spark, options, partition_by):
    """Spark's dynamic overwrite: only the partitions that occur in the new rows."""
    return bool(partition_by) and _is_dynamic(spark, options)


def _is_dynamic(spark, options):
    given = {name.lower(): value for name, value in options.items()}
    key = "spark.sql.sources.partitionOverwriteMode"
    return given.get("partitionoverwritemode", spark.conf.get(key, "static")).lower() == "dynamic"
