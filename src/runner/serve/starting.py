"""Spark's start, and what it writes into the driver's log afterwards."""

import contextlib
import threading

from pyspark import SparkContext
from pyspark.sql import SparkSession

SPARKS_LOGGING = "org/apache/spark/log4j2-defaults.properties"


def begin():
    """SparkSession.builder.getOrCreate(), with what a session loads on another core while its SparkContext starts. It
    waits in between, so that two threads never initialise the same classes of SQL."""
    SparkContext._ensure_initialized()
    loading = threading.Thread(target=_load_ahead, name="load-ahead", daemon=True)
    loading.start()
    SparkContext.getOrCreate()
    loading.join()
    return SparkSession.builder.getOrCreate()


def _load_ahead():
    """Spark 4 registers functions of MLlib with every session, whose types Scala's reflection reads: some two seconds of CPU
    at its first use, and many of SQL's classes with it."""
    with contextlib.suppress(Exception):  # a Spark that has it not, or not here
        sql = SparkContext._jvm.org.apache.spark.sql
        sql.ml.InternalFunctionRegistration().apply(sql.SparkSessionExtensions())


def log_as_a_shell(spark):
    """From here on warnings only, as in Spark's shells: a statement would write dozens of lines. A log4j configuration of the
    cluster's own stays as it is, and so does spark.log.level."""
    with contextlib.suppress(Exception):  # another way of logging
        logging = spark._jvm.org.apache.logging.log4j.LogManager.getContext(False)
        is_sparks = logging.getConfigLocation().toString().endswith(SPARKS_LOGGING)
        if is_sparks and not spark.conf.get("spark.log.level", ""):
            spark.sparkContext.setLogLevel("WARN")
