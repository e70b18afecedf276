"""Data formats: which one some files have, and what Spark needs for each."""

import json
import re
from collections import Counter

from ..context import Refused
from ..names import did_you_mean
from .csv.dialect import looks_like_csv
from .files import WEB_SCHEMES, Place, is_hidden
from .staging import left_beside

FORMATS = ("parquet", "delta", "json", "csv", "orc", "avro", "text", "xml")
TABLE_FORMATS = ("iceberg",)  # what is named in a catalog, not located
ALIASES = {"jsonl": "json", "ndjson": "json", "tsv": "csv", "txt": "text", "pq": "parquet"}
ENDINGS = {"parquet": "parquet", "pq": "parquet", "json": "json", "jsonl": "json",
           "ndjson": "json", "csv": "csv", "tsv": "csv", "orc": "orc", "avro": "avro",
           "txt": "text", "text": "text", "log": "text", "delta": "delta", "xml": "xml"}
PACKED = ("gz", "gzip", "bz2", "zst", "zstd", "snappy", "lz4", "deflate", "xz", "zlib")
HEAD = 64 * 1024  # what is read of a file to look at it
LOOKED_AT = 50  # files of a folder whose names are looked at

NAME_IT = ("Name the table, as catalog.database.table; SPARK_CONF sets its catalog up (spark.sql.catalog.NAME and what belongs "
           "to it).")
RENAME = "Rename it, or copy it to another name."

# What fits which Spark: https://docs.delta.io/releases, https://github.com/delta-io/delta/releases,
# https://iceberg.apache.org/releases
DELTA, ICEBERG = "io.delta:delta-spark_", "org.apache.iceberg:iceberg-spark-runtime-"
RELEASES = {
    "delta": {"3.5": DELTA + "{scala}:3.3.3", "4.0": DELTA + "4.0_{scala}:4.4.0",
              "4.1": DELTA + "4.1_{scala}:4.4.0", "4.2": DELTA + "4.2_{scala}:4.4.0"},
    "iceberg": {"3.5": ICEBERG + "3.5_{scala}:1.12.0", "4.0": ICEBERG + "4.0_{scala}:1.11.0",
                "4.1": ICEBERG + "4.1_{scala}:1.12.0"},
}
# Without these Delta refuses to read and to write: DELTA_CONFIGURE_SPARK_SESSION_WITH_EXTENSION...
DELTA_SETTINGS = (
    ("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension"),
    ("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog"))

AVRO_CLASS = "org.apache.spark.sql.avro.AvroFileFormat"


class FormatUnknown(Refused):
    """There are files, but neither their names nor their first bytes tell what they hold."""


def hint(word, names):
    """The nearest names, as the end of a phrase: " (did you mean 'a'?)", or nothing."""
    found = did_you_mean(word, names)
    return " (%s)" % found if found else ""


def check_format(name):
    """The format by its usual name."""
    found = ALIASES.get(name.strip().lower(), name.strip().lower())
    if found not in FORMATS + TABLE_FORMATS:
        raise Refused("unknown format '%s'%s" % (name, hint(name, FORMATS + TABLE_FORMATS)),
                      "Formats are %s." % ", ".join(FORMATS + TABLE_FORMATS))
    return found


def format_of_name(name):
    """What a file's name says, with or without a packer's ending: 'a.csv.gz' is csv."""
    parts = name.lower().rstrip("/").split(".")
    if len(parts) > 2 and parts[-1] in PACKED:
        parts.pop()
    return ENDINGS.get(parts[-1]) if len(parts) > 1 else None


def find_format(context, path):
    """The format of the files at a path, by their names or else by how they begin."""
    place = Place(context.spark, path)
    by_name = format_of_name(place.name)
    if place.scheme in WEB_SCHEMES:
        return by_name or _format_of_head(place, place.head(HEAD))
    if not place.is_glob and place.child("_delta_log").exists():
        return "delta"
    if not place.is_glob and _is_iceberg(place):
        raise Refused("'%s' is a table of Iceberg: its files alone are not its rows" % place,
                      NAME_IT)
    files = place.data_files(LOOKED_AT)
    if not files:
        if by_name is not None and (place.is_glob or place.exists()):
            return by_name
        raise nothing_found(place)
    formats = Counter(format_of_name(file.name) for file in files)
    formats.pop(None, None)
    if len(formats) > 1:
        raise Refused(
            "'%s' holds files of several formats: %s" % (place, ", ".join(
                "%s (%d)" % found for found in formats.most_common())),
            "Give 'format' and a pattern that finds only one kind, such as '%s/*.%s'." % (
                path.rstrip("/"), formats.most_common()[0][0]))
    if formats:
        return formats.most_common()[0][0]
    return by_name or _format_of_head(place, Place(context.spark, files[0].path).head(HEAD))


def _is_iceberg(place):
    return any(entry.name.endswith(".metadata.json") for entry in place.child("metadata").entries())


def _format_of_head(place, head):
    for mark, found in ((b"PAR1", "parquet"), (b"ORC", "orc"), (b"Obj\x01", "avro")):
        if head.startswith(mark):
            return found
    if b"\0" in head:
        raise FormatUnknown("the format of '%s' can't be told from its name or its first bytes" % place,
                            "Give 'format': %s." % ", ".join(FORMATS))
    text = head.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    if text[:1] in ("{", "["):
        return "json"
    return "csv" if looks_like_csv(text) else "text"


def check_name(place):
    """Refuses a single file that Spark would skip without a word, as if it had no rows."""
    if place.scheme not in WEB_SCHEMES and not place.is_glob and is_hidden(place.name) and not place.is_folder():
        raise Refused("'%s' is not read by Spark: its name begins with _ or a dot" % place, RENAME)


def nothing_found(place):
    """Says where it was looked for, and what is there instead."""
    if place.is_glob or place.is_root:
        return Refused("no data at '%s'" % place, "Check the path.")
    if place.exists():
        skipped = [entry.name for entry in place.entries() if is_hidden(entry.name) and format_of_name(entry.name)]
        if skipped:
            return Refused("no data at '%s': Spark skips names that begin with _ or a dot, such as %s" % (
                place, skipped[0]), RENAME)
        return Refused("no data at '%s': it holds no file with anything in it" % place,
                       "Name a folder or file that holds data.")
    left = left_beside(place)
    for entry in left:
        if entry.name.endswith(".old"):
            return Refused("nothing at '%s'; an overwrite was cut off there, and the old data is "
                           "whole at '%s'" % (place, entry.path), "Rename it back, or read it there.")
    if left:
        return Refused("nothing at '%s' yet: a write there goes on, or was cut off ('%s')" % (place, left[0].path),
                       "Wait for it or write again: the next write removes what is left of one that was cut off.")
    parent = place.parent()
    entries = parent.entries() if parent.exists() and parent.is_folder() else []
    where = "looked for on the driver's machine" if place.scheme == "file" else \
        "looked for in %s" % place.scheme
    if not entries and not parent.exists():
        return Refused("nothing at '%s' (%s); its folder does not exist either" % (place, where),
                       "Check the path; Spark's driver and workers must be able to read it.")
    names = [entry.name for entry in entries if not entry.name.startswith(".")]
    return Refused("nothing at '%s'%s (%s)" % (place, hint(place.name, names), where),
                   "Check the path; Spark's driver and workers must be able to read it.")


def json_options(spark, place):
    """Reader options for json, from how the first file begins."""
    return {"multiLine": "true"} if _is_one_document(_beginning(spark, place)) else {}


def xml_options(spark, place):
    """The element that is a row: the first one inside the first."""
    text = re.sub(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>", "", _beginning(spark, place), flags=re.DOTALL)
    found = re.findall(r"<([^\W\d][\w.:-]*)[^<>]*>", text)
    if not found:
        raise Refused("no element was found at the start of '%s'" % place, "Give 'format', or rowTag in options.")
    return {"rowTag": found[min(1, len(found) - 1)]}


def _beginning(spark, place):
    if place.scheme not in WEB_SCHEMES:
        files = place.data_files(1)
        if not files:
            return ""
        place = Place(spark, files[0].path)
    return place.head(HEAD).decode("utf-8", "replace").lstrip("\ufeff")


def _is_one_document(text):
    """Whether JSON goes over several lines, instead of one value a line."""
    first, newline, _ = text.lstrip().partition("\n")
    if not newline:
        return False
    try:
        json.loads(first)
        return False
    except ValueError:
        return first.lstrip()[:1] in ("{", "[")


def scala_version(spark):
    return ".".join(spark._jvm.scala.util.Properties.versionNumberString().split(".")[:2])


def package_for(spark, format):
    """Maven coordinates of what stock Spark lacks for a format; None: nothing is lacking, or (delta,
    iceberg) no release is known for this Spark."""
    scala = scala_version(spark)
    if format == "avro":
        return "org.apache.spark:spark-avro_%s:%s" % (scala, spark.version)
    release = RELEASES.get(format, {}).get(".".join(spark.version.split(".")[:2]))
    return release and release.format(scala=scala)


def source_of(spark, format):
    """What Spark's readers and writers take for a format. Spark 4.3 has avro inside, but knows it by
    the name of its class only."""
    return AVRO_CLASS if format == "avro" and not _is_there(spark, "avro") else format


def require(spark, format):
    """Refuses a format that this Spark is not set up for, with the settings that bring it."""
    if format == "xml" and not _is_there(spark, format):
        raise Refused("Spark %s has no xml, which is there since Spark 4.0" % spark.version,
                      "Read it with format text, or use a later Spark.")
    if format != "avro" and format not in RELEASES:
        return
    settings = [setting for setting in DELTA_SETTINGS
                if format == "delta" and setting[1] not in spark.conf.get(setting[0], "")]
    package = package_for(spark, format)
    if _is_there(spark, source_of(spark, format)):
        lacking = "the settings of its session"
    elif package is None:
        raise Refused(
            "Spark %s has no %s, and no release of it for this Spark is known" % (
                spark.version, format),
            "Use another format, such as parquet, or one of Spark %s." % ", ".join(RELEASES[format]))
    else:
        lacking = "the package " + package
        settings.insert(0, ("spark.jars.packages", package))
    if settings:
        raise Refused("this Spark has no %s: it needs %s" % (format, lacking),
                      "Add to SPARK_CONF: %s. Then restart the server." % ", ".join(
                          "%s=%s" % setting for setting in settings))


def _is_there(spark, name):
    source = spark._jvm.org.apache.spark.sql.execution.datasources.DataSource
    try:
        source.lookupDataSource(name, spark._jsparkSession.sessionState().conf())
        return True
    except Exception:  # what it throws differs between the versions of Spark
        return False
