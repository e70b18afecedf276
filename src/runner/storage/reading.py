"""Data sources: files, folders, URLs and tables as DataFrames."""

import functools
import re
from typing import Dict, NamedTuple

from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import DataFrame
from pyspark.sql.types import NumericType, StringType, StructField, StructType

from .. import read_only
from ..context import Refused
from ..identifiers import column, quoted
from .csv.layout import Layout, find_layout
from .files import WEB_SCHEMES, Place, padded_partitions
from .formats import (
    NAME_IT, TABLE_FORMATS, check_format, check_name, find_format, json_options, nothing_found, require, source_of, xml_options)
from .options import READERS, check_options, text_options

CORRUPT = "_corrupt_record"
NAME = re.compile(r"^(?!.*[.]{2})[\w`][\w`.$ -]*$")
WEB_LIMIT = 64 * 1024 * 1024  # bytes of a web page: they go through the driver's memory


class Source(NamedTuple):
    """What was read, and how: format and options are empty for a table."""
    df: DataFrame
    format: str = ""
    options: Dict[str, str] = {}


def read(context, path, format=None, options=None, schema=None, with_corrupt=False):
    return open_source(context, path, format, options, schema, with_corrupt).df


def open_source(context, path, format=None, options=None, schema=None, with_corrupt=False):
    """A DataFrame of a file, folder, glob or URL, or of the table or view of that name.

    format, and for csv and json the layout (header, delimiter, types, lines or one document), are
    found when not given; what looks odd is a warning. schema is DDL, such as 'id long, name string'.

    Spark reads a csv or json record that it can't parse as nulls. with_corrupt adds a last column
    _corrupt_record, which has the text of such a record; it makes csv parse every column. Without, a
    warning says so where Spark has noticed (json of which the schema was found).
    """
    spark = context.spark
    is_named = bool(format) and check_format(format) in TABLE_FORMATS
    if is_named:
        require(spark, check_format(format))
        has_table(spark, path, check_format(format))
    if is_named or (format is None and is_table(spark, path)):
        df = _table(spark, path, text_options(options))
        read_only.check_plan(context, df)  # it may be a view
        return Source(df)
    format = check_format(format) if format else find_format(context, path)
    require(spark, format)
    problems = check_options(context, options, READERS, format, "reading %s" % format)
    if problems:
        raise Refused(problems[0], "Correct it; nothing was done.", problems if problems[1:] else None)
    place = Place(spark, path)
    if place.scheme not in WEB_SCHEMES and not place.is_glob and not place.exists():
        raise nothing_found(place)
    check_name(place)
    layout = _find_layout(spark, place, format, text_options(options), schema)
    for sentence in layout.odd + ((layout.uneven,) if layout.uneven and not with_corrupt else ()):
        context.warn("'%s': %s." % (path, sentence))
    reader = _Reader(context, place, path, format, {**layout.options, **text_options(options)})
    return Source(reader.read(schema, layout, with_corrupt), format, reader.options)


def _table(spark, name, options):
    """As it was once, if so asked, which Spark's reader of tables leaves out without a word."""
    for option, words in (("versionAsOf", "VERSION"), ("timestampAsOf", "TIMESTAMP")):
        if option in options:
            text = options[option].replace("\\", "\\\\").replace("'", "\\'")
            value = text if option == "versionAsOf" and text.isdigit() else "'%s'" % text
            return spark.sql("SELECT * FROM %s %s AS OF %s" % (quoted(name), words, value))
    return spark.read.options(**options).table(quoted(name))


def _find_layout(spark, place, format, given, schema):
    if format == "csv":
        return find_layout(spark, place, {name.lower(): value for name, value in given.items()}, bool(schema))
    if format == "json" and "multiline" not in (name.lower() for name in given):
        return Layout(json_options(spark, place))
    if format == "xml" and "rowtag" not in (name.lower() for name in given):
        return Layout(xml_options(spark, place))
    return Layout({})


class _Reader:
    """Reads what lies at one place with the options found and given."""

    def __init__(self, context, place, path, format, options):
        self.context, self.place, self.path, self.format, self.options = context, place, path, format, options
        self.given = {name.lower(): value for name, value in options.items()}
        self.base = {}  # where folders that are columns begin, for files that are named one by one

    def read(self, schema, layout, with_corrupt):
        if layout.groups:
            return self._by_name(layout.groups, layout.codes, with_corrupt)
        df = self._load(self.path, schema, self.options)
        texts = [df.columns[index] for index in layout.codes if index < len(df.columns)]
        if not schema and self.format != "delta":
            texts += padded_partitions(df)
        if texts:
            schema = _with_texts(df.schema, texts)
            df = self._load(self.path, schema, self.options)
        return self._settle_corrupt(df, self.path, with_corrupt)

    def _load(self, paths, schema, options):
        spark = self.context.spark
        reader = spark.read.format(source_of(spark, self.format)).options(**{**self.base, **options})
        if schema:
            reader = reader.schema(schema)
        if self.place.scheme in WEB_SCHEMES:
            return _from_web(spark, reader, self.place, self.format, self.given)
        return reader.load(paths)

    def _by_name(self, groups, codes, with_corrupt):
        """Files of each header on their own, put together by the names of their columns."""
        if not self.place.is_glob:
            self.base = {"basePath": self.place.uri}
        frames = [self._load(files, None, self.options) for files in groups]
        texts = _differing([df.schema for df in frames]) + sum(map(padded_partitions, frames), [])
        texts += [frames[0].columns[index] for index in codes if index < len(frames[0].columns)]
        frames = [self._settle_corrupt(self._load(files, _with_texts(df.schema, texts), self.options), files,
                                       with_corrupt) for files, df in zip(groups, frames)]
        df = functools.reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), frames)
        return df.select(*map(column, sorted(df.columns, key=lambda name: name == CORRUPT)))

    def _settle_corrupt(self, df, paths, with_corrupt):
        """The frame with or without a column of corrupt records, whatever Spark has found."""
        if self.format not in ("csv", "json") or "columnnameofcorruptrecord" in self.given or \
                self.given.get("mode", "PERMISSIVE").upper() != "PERMISSIVE":
            return df
        fields = [field for field in df.schema if field.name != CORRUPT]
        if not fields and df.columns:
            raise Refused("no record of '%s' could be parsed as %s" % (self.place, self.format),
                          "Give another 'format', or options such as multiLine.")
        if with_corrupt and fields:
            schema = StructType(fields + [StructField(CORRUPT, StringType())])
            options = {name: value for name, value in self.options.items() if name.lower() != "inferschema"}
            columns = [field.name for field in fields] + [CORRUPT]
            return self._load(paths, schema, {**options, "columnPruning": "false"}).select(
                *map(column, columns))
        if CORRUPT in df.columns:
            self.context.warn("'%s' has records that are no valid %s: they are read as nulls (operation read "
                              "of manage-data counts and shows them)." % (self.place, self.format))
            return df.drop(CORRUPT)
        return df


def _with_texts(schema, names):
    return StructType([StructField(field.name, StringType() if field.name in names else field.dataType)
                       for field in schema])


def _differing(schemas):
    """The columns of which the types are too different for one: they are read as texts."""
    types = {}
    for schema in schemas:
        for field in schema:
            types.setdefault(field.name, set()).add(field.dataType)
    return [name for name, kinds in types.items()
            if len(kinds) > 1 and not all(isinstance(kind, NumericType) for kind in kinds)]


def _from_web(spark, reader, place, format, options):
    """Spark lists its files, which a web server can't: the driver fetches the text."""
    if format not in ("csv", "json", "text"):
        raise Refused("Spark can't read %s over %s" % (format, place.scheme),
                      "Bring the file to storage that Spark reads, such as s3a or hdfs.")
    is_one = options.get("multiline", "").lower() == "true"
    if format == "csv" and is_one:
        raise Refused("'%s' can't be read over %s as it is: its values have line breaks, or its characters "
                      "two bytes" % (place, place.scheme),
                      "Bring the file to storage that Spark reads, such as s3a or hdfs.")
    encoding = options.get("encoding", options.get("charset", "UTF-8"))
    lines = place.lines(WEB_LIMIT, format == "json" and is_one, encoding)
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
    if not NAME.match(name):
        return False
    try:
        return spark.catalog.tableExists(quoted(name))
    except (AnalysisException, ParseException) as error:  # no name at all for Spark
        get = getattr(error, "getCondition", None) or error.getErrorClass
        if not get():  # a catalog that can't be asked
            raise
        return False


def has_table(spark, name, format):
    """Whether there is a table of that name. Refuses what is no name, and the names of views and of other tables."""
    if not NAME.match(name):
        raise Refused("'%s' is a path, and a table of %s is named, not located" % (name, format), NAME_IT)
    if not is_table(spark, name):
        return False
    provider = provider_of(spark, name)
    if provider != format:
        raise Refused("'%s' is a %s, not a table of %s" % (name, "table of " + provider if provider else "view", format),
                      "Choose another name, or leave out the format.")
    return True


def provider_of(spark, name):
    """The format of a table of the catalog; "" of a view."""
    told = spark.sql("DESCRIBE TABLE EXTENDED " + quoted(name)).collect()
    return ([row["data_type"] for row in told if row["col_name"] == "Provider"] or [""])[-1].lower()


def format_of_table(spark, name):
    """The format of what is named, where it is one that is written to by name; None: it is a path, or no such table."""
    provider = provider_of(spark, name) if is_table(spark, name) else None
    return provider if provider in TABLE_FORMATS else None
