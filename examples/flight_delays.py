"""Who is late, where to, and what has the weather to do with it?

Flights from New York in January 2013 (data/README.md), joined with the weather of their hour.
Plain PySpark, for Spark 3.5 and 4.x: submit it with submit-spark-job, or run it by hand.

    python flight_delays.py --data /path/to/examples/data
"""

import argparse
import os

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

LATE = 15  # minutes; what the airlines' own statistics count from
ENOUGH = "flights >= 50"


def parse_arguments():
    beside_this_file = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=beside_this_file, metavar="DIR",
                        help="folder of the CSV files, readable by every worker")
    parser.add_argument("--routes", type=int, default=6, help="worst routes to show (6)")
    return parser.parse_args()


def read_csv(spark, path, columns):
    """Only the columns named, with their types; NA means that there is no value."""
    table = spark.read.csv(path, header=True, nullValue="NA")
    return table.select([F.col(name).cast(kind).alias(name) for name, kind in columns.items()])


def read_flights(spark, folder):
    flights = read_csv(spark, folder + "/flights-2013-01.csv.gz", {
        "carrier": "string", "origin": "string", "dest": "string", "time_hour": "string",
        "dep_delay": "double", "arr_delay": "double"})
    weather = read_csv(spark, folder + "/weather-2013-01.csv.gz", {
        "origin": "string", "time_hour": "string",
        "wind_speed": "double", "precip": "double", "visib": "double"})
    return flights.join(F.broadcast(weather), ["origin", "time_hour"], "left")


def measure(groups):
    """The columns that every table shows."""
    late = (F.col("dep_delay") >= LATE).cast("int")
    cancelled = F.col("dep_delay").isNull().cast("int")
    return groups.agg(F.count(F.lit(1)).alias("flights"),
                      F.round(F.avg("dep_delay"), 1).alias("mean delay"),
                      F.round(100 * F.avg(late), 1).alias("late %"),
                      F.round(100 * F.avg(cancelled), 1).alias("cancelled %"))


MEASURES = ["flights", "mean delay", "late %", "cancelled %"]


def delay_by_airline(flights, airlines):
    return (measure(flights.groupBy("carrier"))
            .where(ENOUGH)
            .join(airlines, "carrier")
            .select(F.col("name").alias("airline"), *MEASURES)
            .orderBy(F.desc("mean delay")))


def worst_routes(flights, airports, count):
    route = F.concat("origin", F.lit(" > "), "dest").alias("route")
    return (measure(flights.groupBy("origin", "dest"))
            .where(ENOUGH)
            .orderBy(F.desc("mean delay")).limit(count)
            .join(airports, F.col("dest") == F.col("faa"), "left")
            .select(route, F.col("name").alias("to"), *MEASURES)
            .orderBy(F.desc("mean delay")))


def delay_by_weather(flights):
    """Each flight counts once under wind, once under rain, once under visibility."""
    wind = (F.when(F.col("wind_speed") < 10, "1 wind under 10 mph")
            .when(F.col("wind_speed") < 20, "2 wind 10 to 20 mph")
            .when(F.col("wind_speed") >= 20, "3 wind over 20 mph"))
    rain = (F.when(F.col("precip") == 0, "4 dry")
            .when(F.col("precip") > 0, "5 rain or snow"))
    visibility = (F.when(F.col("visib") >= 10, "6 clear view, 10 miles")
                  .when(F.col("visib") >= 2, "7 haze, 2 to 10 miles")
                  .when(F.col("visib") < 2, "8 fog, under 2 miles"))
    classes = F.explode(F.array(wind, rain, visibility)).alias("class")
    classified = flights.select("dep_delay", classes).where("class is not null")
    return (measure(classified.groupBy("class"))
            .orderBy("class")
            .select(F.expr("substring(class, 3)").alias("weather"), *MEASURES))


def show(title, frame):
    """Print a small result as a table, with a bar for the mean delay."""
    names = frame.columns
    rows = frame.collect()
    cells = [[format_value(value) for value in row] for row in rows]
    widths = [max(len(line[i]) for line in [names] + cells) for i in range(len(names))]
    worst = max([row["mean delay"] or 0 for row in rows] + [1])

    def line(texts, numbers):
        return "  ".join(text.rjust(width) if is_number else text.ljust(width)
                         for text, width, is_number in zip(texts, widths, numbers))

    numbers = [not isinstance(value, str) for value in rows[0]] if rows else [False] * len(names)
    print("\n" + title)
    print("-" * len(title))
    print(line(names, numbers))
    for row, texts in zip(rows, cells):
        bar = "#" * max(0, round(16 * (row["mean delay"] or 0) / worst))
        print((line(texts, numbers) + "  " + bar).rstrip())


def format_value(value):
    if value is None:
        return "-"
    if isinstance(value, int):
        return "{:,}".format(value)
    return str(value)


def main():
    arguments = parse_arguments()
    folder = arguments.data.rstrip("/")
    spark = (SparkSession.builder.appName("flight-delays")
             .config("spark.sql.shuffle.partitions", "4")  # small data
             .getOrCreate())
    spark.sparkContext.setLogLevel("WARN")

    flights = read_flights(spark, folder).cache()
    airlines = spark.read.csv(folder + "/airlines.csv", header=True)
    airports = spark.read.csv(folder + "/airports.csv", header=True)

    print("New York's three airports, January 2013: {:,} flights, {:,} with the weather of their hour"
          .format(flights.count(), flights.where("visib is not null").count()))
    print("Delays are minutes at departure; late means {} minutes or more.".format(LATE))
    show("Delay by airline (50 flights or more)", delay_by_airline(flights, airlines))
    show("Worst routes (50 flights or more)", worst_routes(flights, airports, arguments.routes))
    show("Delay by weather", delay_by_weather(flights))
    spark.stop()


if __name__ == "__main__":
    main()
