"""Spark's classic first job: estimate pi by throwing darts at a square.

    python estimate_pi.py [SLICES]
"""

import random
import sys

from pyspark.sql import SparkSession

THROWS_A_SLICE = 200000


def hits(slice_number):
    """How many darts of one slice hit the circle; the same number each time."""
    dice = random.Random(slice_number)
    return sum(dice.random() ** 2 + dice.random() ** 2 <= 1 for _ in range(THROWS_A_SLICE))


def main():
    slices = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    spark = SparkSession.builder.appName("estimate-pi").getOrCreate()
    count = spark.sparkContext.parallelize(range(slices), slices).map(hits).sum()
    print("pi is roughly %.4f" % (4 * count / (slices * THROWS_A_SLICE)))
    spark.stop()


if __name__ == "__main__":
    main()
