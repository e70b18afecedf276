"""Fails inside a task, on an executor."""

from pyspark.sql import SparkSession


def price(row):
    if row == 3:
        raise ValueError("no price in row 3")
    return row


SparkSession.builder.getOrCreate().sparkContext.parallelize(range(4), 2).map(price).collect()
