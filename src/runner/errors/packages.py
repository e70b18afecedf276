"""The setting that brings what a Spark lacks: formats and file systems."""

from ..storage.formats import RELEASES, package_for
from . import since

# By the classes that Hadoop knows them by.
FILE_SYSTEMS = (("org.apache.hadoop.fs.s3a.", "hadoop-aws"), ("org.apache.hadoop.fs.azure", "hadoop-azure"),
                ("org.apache.hadoop.fs.gs.", "hadoop-gcp"))


def for_iceberg(context):
    package = package_for(context.spark, "iceberg")
    if not package:
        return "No release of Iceberg for Spark %s is known here; there are some for Spark %s." % (
            context.spark.version, ", ".join(RELEASES["iceberg"]))
    return _setting(package)


def for_format(format, context):
    format = format.lower()
    if format == "iceberg":
        return for_iceberg(context)
    if format == "kafka":
        scala = "2.12" if context.spark.version.startswith("3.") else "2.13"
        return _setting("org.apache.spark:spark-sql-kafka-0-10_%s:%s" % (scala, context.spark.version))
    package = package_for(context.spark, format)
    if package:
        return _setting(package)
    if not format:
        return ""
    return since.format(context.spark, format) or (
        "Spark %s has no '%s': check the name, or add its package to spark.jars.packages in SPARK_CONF and "
        "restart the server." % (context.spark.version, format))


def for_class(name, context):
    name = name.replace("/", ".")
    if name.startswith(("org.apache.iceberg.", "iceberg.")):
        return for_iceberg(context)
    for start, package in FILE_SYSTEMS:
        if name.startswith(start):
            version = context.spark._jvm.org.apache.hadoop.util.VersionInfo.getVersion()
            return _setting("org.apache.hadoop:%s:%s" % (package, version))
    if name.endswith(".DefaultSource") or name.startswith("kafka."):
        return for_format(name.split(".")[0], context)
    return ("Add the package or jar that holds the class to spark.jars.packages or spark.jars in SPARK_CONF and "
            "restart the server.")


def for_scheme(scheme, context):
    if scheme in ("s3", "s3n"):
        return "Write s3a:// instead. " + for_class("org.apache.hadoop.fs.s3a.", context)
    return ("Name its package in spark.jars.packages of SPARK_CONF, and its class in spark.hadoop.fs.%s.impl, then "
            "restart the server." % scheme)


def _setting(coordinates):
    return "Set spark.jars.packages=%s in SPARK_CONF and restart the server." % coordinates
