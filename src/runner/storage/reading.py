"""Data sources and targets: files, folders, URLs and tables as DataFrames, and DataFrames as files."""

import re

from pyspark.sql import DataFrame
from pyspark.sql.types import StringType, StructField, StructType

from .. import read_only
from ..context import Refused
from ..identifiers import column
from .files import WEB_SCHEMES, Place, is_hidden
from .formats import check_format, find_format, found_options, hint, nothing_found, require, source_of
from .writer import Writer, forget_listings, reads_from

CORRUPT = "_corrupt_record"
MODES = ("error", "overwrite", "append", "ignore")
WEB_LIMIT = 64 * 1024 * 1024  # bytes of a web page: they go through the driver's memory


def read(context, path, format=None, options=None, schema=None, with_corrupt=False):
    """A DataFrame of a file, folder, glob or URL, or of the table or view of that name.

    format, and for csv and json the layout (header, delimiter, types, lines or one document), are
    found when not given. schema is DDL, such as 'id long, name string'.

    Spark reads a csv or json record that it can't parse as nulls. with_corrupt adds a last column
    _corrupt_record, which has the text of such a record; it makes csv parse every column. Without, a
    warning says so where Spark has noticed (json of which the schema was found).
    """
    spark = context.spark
    if format is None and is_table(spark, path):
        df = spark.read.options(**text_options(options)).table(path)
        read_only.check_plan(context, df)  # it may be a view
        return df
    format = check_format(format) if format else find_format(context, path)
    require(spark, format)
    place = Place(spark, path)
    if place.scheme not in WEB_SCHEMES and not place.is_glob and not place.exists():
        raise nothing_found(place)
    options = reader_options(spark, path, format, options, schema)

    def load(schema, options):
        reader = spark.read.format(source_of(spark, format)).options(**options)
        if schema:
            reader = reader.schema(schema)
        if place.scheme in WEB_SCHEMES:
            return _from_web(spark, reader, place, format, options.get("multiLine") == "true")
        return reader.load(path)

    df = load(schema, options)
    return _settle_corrupt(context, df, load, place, format, options, with_corrupt)


def _settle_corrupt(context, df, load, place, format, options, with_corrupt):
    """The frame with or without a column of corrupt records, whatever Spark has found."""
    given = {name.lower(): value for name, value in options.items()}
    if format not in ("csv", "json") or "columnnameofcorruptrecord" in given or \
            given.get("mode", "PERMISSIVE").upper() != "PERMISSIVE":
        return df
    fields = [field for field in df.schema if field.name != CORRUPT]
    if not fields and df.columns:
        raise Refused("no record of '%s' could be parsed as %s" % (place, format),
                      "Give another 'format', or options such as multiLine.")
    if with_corrupt and fields:
        schema = StructType(fields + [StructField(CORRUPT, StringType())])
        options = {name: value for name, value in options.items() if name.lower() != "inferschema"}
        columns = [field.name for field in fields] + [CORRUPT]
        return load(schema, {**options, "columnPruning": "false"}).select(
            *map(column, columns))
    if CORRUPT in df.columns:
        context.warn("'%s' has records that are no valid %s: they are read as nulls (operation read "
                     "of manage-data counts and shows them)." % (place, format))
        return df.drop(CORRUPT)
    return df


def reader_options(spark, path, format, options, schema):
    """What was given, and what was found where nothing was given."""
    given = text_options(options)
    names = {name.lower() for name in given}
    if "sep" in names:
        names.add("delimiter")
    if schema:
        names.add("inferschema")
    found = found_options(spark, path, format)
    return {**{name: value for name, value in found.items() if name.lower() not in names}, **given}


def _from_web(spark, reader, place, format, is_one_document):
    """Spark lists its files, which a web server can't: the driver fetches the text."""
    if format not in ("csv", "json", "text"):
        raise Refused("Spark can't read %s over %s" % (format, place.scheme),
                      "Bring the file to storage that Spark reads, such as s3a or hdfs.")
    lines = place.lines(WEB_LIMIT, format == "json" and is_one_document)
    if lines is None:
        raise Refused("'%s' is larger than %d MiB" % (place, WEB_LIMIT >> 20),
                      "Bring the file to storage that Spark reads, such as s3a or hdfs.")
    encoder = spark._jvm.org.apache.spark.sql.Encoders.STRING()
    texts = spark._jsparkSession.createDataset(lines, encoder)
    if format == "text":
        return DataFrame(texts.toDF(), spark)
    return DataFrame(getattr(reader._jreader, format)(texts), spark)


def is_table(spark, name):
    """Whether this is the name of a table or view, rather than a path."""
    if not re.match(r"^[\w`][\w`.$ -]*$", name):
        return False
    try:
        return spark.catalog.tableExists(name)
    except Exception:  # no name at all for Spark
        return False


def text_options(options):
    """Options as Spark takes them: true is 'true', 5 is '5'; null is as if not given."""
    return {name: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in (options or {}).items() if value is not None}


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
    target = Place(spark, path)
    options = text_options(options)
    if format == "csv" and "header" not in {name.lower() for name in options}:
        options["header"] = "true"
    exists = target.exists()
    answer = {"path": path, "format": format, "mode": mode}
    if exists and mode == "ignore":
        context.warn("'%s' exists already, so nothing was written (mode ignore)." % target)
        return {**answer, "rows": 0, "files": 0, "bytes": 0}
    if exists:
        _check_existing(context, df, target, format, mode, options)
    context.enter("writing %s" % path)
    writer = Writer(context, df, format, options, partition_by)
    if format == "delta":
        counted = writer.in_transaction(target, mode)
    elif exists and (mode == "append" or _replaces_partitions(spark, options, partition_by)):
        counted = writer.into(target, mode)
    else:
        counted = writer.beside(target, exists)
    if exists:
        forget_listings(spark, target)
    return {**answer, **counted}


def _check(context, df, format, mode, partition_by):
    """What is wrong before one looks at the target; all of it at once."""
    read_only.check_write(context)
    format = check_format(format)
    mode = {"errorifexists": "error"}.get(mode.lower(), mode.lower())
    problems = []
    if mode not in MODES:
        problems.append("unknown save mode '%s'%s: %s" % (
            mode, hint(mode, MODES), ", ".join(MODES)))
    partition_by = partition_by or []
    for name in partition_by:
        if name.lower() not in (column.lower() for column in df.columns):
            problems.append("no column '%s' to partition by%s" % (name, hint(name, df.columns)))
    if partition_by and not problems and len(partition_by) >= len(df.columns):
        problems.append("partitioning by every column leaves none to write")
    kinds = [kind for name, kind in df.dtypes if name not in partition_by]
    if format == "text" and kinds != ["string"]:
        problems.append("text holds one string column, here are: " + ", ".join(
            "%s %s" % column for column in df.dtypes[:10]))
    if problems:
        raise Refused("the data can't be written like that", "Correct what is listed.", problems)
    return format, mode


def _check_existing(context, df, target, format, mode, options):
    """Refuses what would destroy or spoil the data that is there."""
    if mode == "error":
        raise Refused("'%s' exists already" % target, "Choose another path, or let it be replaced "
                      "or added to: save mode overwrite or append.")
    is_delta = target.child("_delta_log").exists()
    if is_delta and format != "delta":
        raise Refused("'%s' is a Delta table, which files of format %s would spoil" % (target, format),
                      "Write with format delta, or to another path.")
    if mode == "overwrite":
        _check_overwrite(target, is_delta)
    elif not is_delta:
        _check_append(context, df, target, format, options)


def _check_overwrite(target, is_delta):
    if target.is_root:
        raise Refused("'%s' is the root of its storage" % target, "Choose a folder below it.")
    if is_delta or not target.is_folder():
        return
    folders = [entry.name for entry in target.entries()
               if entry.is_folder and "=" not in entry.name and not is_hidden(entry.name)]
    if folders:
        raise Refused("'%s' holds other folders, which an overwrite would delete: %s" % (
            target, ", ".join(sorted(folders)[:5])), "Choose a folder that holds one data set.")


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
    names = {"inferSchema": "false"} if format == "csv" else {}
    existing = read(context, target.uri, format, {**options, **names})
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
    given = {name.lower(): value for name, value in options.items()}
    key = "spark.sql.sources.partitionOverwriteMode"
    chosen = given.get("partitionoverwritemode", spark.conf.get(key, "static"))
    return bool(partition_by) and chosen.lower() == "dynamic"
