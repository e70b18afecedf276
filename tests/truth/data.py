#!/usr/bin/env python3
"""Data steps and joins of manage-data on random tables, against pandas: a step and a join for each seed.

usage: PYTHON data.py [FIRST [COUNT [SECONDS]]]    PYTHON has pyspark and pandas; 1,000 seeds from 0 unless told,
                                                   as many as so many seconds take
"""

import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests" / "runner")]

import random_data  # noqa: E402
import random_tables  # noqa: E402
from pyspark.sql import SparkSession  # noqa: E402


def is_right(spark, seed):
    try:
        random_data.check(spark, seed)
    except AssertionError as error:
        print(error, flush=True)
        return False
    return True


def main():
    first, count, seconds = [int(text) for text in sys.argv[1:]] + [0, 1000, 3600][len(sys.argv) - 1:]
    builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    for name, value in random_tables.SETTINGS.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    start, tried, wrong = time.monotonic(), 0, 0
    while tried < count and time.monotonic() - start < seconds:
        wrong += not is_right(spark, first + tried)
        tried += 1
    print("%d of %d seeds from %d on as pandas has them, Spark %s, %.0f s" % (
        tried - wrong, tried, first, spark.version, time.monotonic() - start), flush=True)
    spark.stop()
    sys.exit(wrong > 0)


main()
