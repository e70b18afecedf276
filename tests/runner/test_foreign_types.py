"""Files whose schema names a class."""

import sys
import types

import pytest
from pyspark.sql.types import IntegerType, StructField, StructType, UserDefinedType

from runner import foreign_types, storage
from runner.context import Context


@pytest.fixture
def refusing():
    foreign_types.refuse()
    foreign_types.refuse()  # as often as one likes


def write(spark, folder):
    """A column of a class that travels in the file: reading its schema would unpickle it."""
    module = types.ModuleType("brought_along")

    class Foreign(UserDefinedType):
        @classmethod
        def sqlType(cls):
            return IntegerType()

        def serialize(self, obj):
            return obj

        @classmethod
        def module(cls):
            return "brought_along"

    sys.modules["brought_along"] = module
    try:
        schema = StructType([StructField("x", Foreign())])
        frame = spark.createDataFrame([(1,)], "x int")
        java = spark._jvm.org.apache.spark.sql.types.DataType.fromJson(schema.json())
        spark._jsparkSession.createDataFrame(frame._jdf.toJavaRDD(), java).write().parquet(folder)
    finally:
        del sys.modules["brought_along"]


def test_a_class_that_a_file_brings_is_not_loaded(spark, refusing, folder):
    write(spark, folder + "/data")
    with pytest.raises(Exception, match="of a class of its own .brought_along.Foreign"):  # Spark 4 wraps it
        storage.read(Context(spark, "op"), folder + "/data").schema


@pytest.mark.parametrize("name", foreign_types.KNOWN)
def test_sparks_own_are_known(name, refusing, monkeypatch):
    monkeypatch.setattr(UserDefinedType, "_mcp_from_json", staticmethod(lambda json: json["pyClass"]))
    assert UserDefinedType.fromJson({"type": "udt", "class": "x", "pyClass": name}) == name
