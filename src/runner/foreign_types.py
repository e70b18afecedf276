"""Types that data bring along.

A file may say that a column is of a class of Python's, and PySpark would import that class, or unpickle
it from the file, to show the schema: the file would run code in the driver. Spark's own are taken only.
"""

from pyspark.sql.types import UserDefinedType

from .context import Refused

KNOWN = tuple("pyspark.%s.linalg.%sUDT" % (package, kind)
              for package in ("ml", "mllib") for kind in ("Vector", "Matrix"))


def refuse():
    """From now on, in this process."""
    if not hasattr(UserDefinedType, "_mcp_from_json"):
        UserDefinedType._mcp_from_json = UserDefinedType.fromJson
        UserDefinedType.fromJson = classmethod(_from_json)


def _from_json(cls, json):
    name = json.get("pyClass") or json.get("class")
    if name not in KNOWN:
        raise Refused("a column of the data is of a class of its own (%s), which is not loaded" % name,
                      "Read the data with a schema of plain types, or write them anew without the class.")
    return cls._mcp_from_json(json)
