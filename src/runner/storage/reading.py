"""Data sources: files, folders, URLs and tables as DataFrames."""

import re

from pyspark.sql import DataFrame
from pyspark.sql.types import StringType, StructField, StructType

from .. import read_only
from ..context import Refused
from ..identifiers import column
from .files import WEB_SCHEMES, Place
from .formats import check_format, find_format, found_options, nothing_found, require, source_of

CORRUPT = "_corrupt_record"
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
