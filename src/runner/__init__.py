"""The runner: SQL, data and ML operations on a SparkSession. It travels inside a submission and
needs nothing on the cluster but PySpark (Python 3.8 or later, Spark 3.5 to 4.3)."""
