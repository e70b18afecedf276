"""Databases, tables and views of Spark's own catalog as plain data, and from it again.

The data are names and values for Spark's catalog: nothing of it is run, and no object of Java's is read.
Two values would be code all the same. The text of a view must be a query, which Spark's parser shows, and
a type of a column by its class must be one of Spark ML's.
"""

import functools
import json
import os
from urllib.parse import unquote, urlsplit

from .. import plans, read_only, schema
from ..context import Refused
from .formats import FORMATS

PLAIN = ("owner", "createTime", "createVersion", "tracksPartitionsInCatalog")
OBJECTS = ("storage", "properties", "partitionColumnNames", "bucketSpec", "stats")
TEXTS = ("provider", "viewText", "viewOriginalText", "comment", "collation")  # each may be absent
CLASSES = {"class": "org.apache.spark.ml.linalg.", "pyClass": "pyspark.ml.linalg."}  # of columns


class Definitions:
    def __init__(self, context):
        self.context = context
        self.jvm = context.spark._jvm
        self.classes = self.jvm.org.apache.spark.sql.catalyst.catalog
        made = self._class("CatalogTable").getConstructors()[0]
        self.fields = [parameter.getName() for parameter in made.getParameters()]  # another Spark has others

    # As data.

    def describe_database(self, database):
        return self._data(database)

    def describe_table(self, table, partitions):
        content = {name: getattr(table, name)() for name in PLAIN}
        content.update({name: _text(getattr(table, name)()) for name in TEXTS if name in self.fields})
        content.update({name: self._data(getattr(table, name)()) for name in OBJECTS})
        content["schema"] = {"type": "struct", "fields": schema.fields_of(table.schema())}
        content["type"] = table.tableType().name()
        if content["stats"]:
            content["stats"]["colStats"] = {}  # in them are numbers of which Scala does not tell the type
        if partitions is not None:
            content["partitions"] = self._data(partitions)
        return content

    # As Spark's objects.

    def database(self, content):
        if not self._may_make(content["locationUri"]):
            raise Refused("read-only: its folder is not there")
        return self._object("CatalogDatabase", dict(content, name=content["database"]))

    def table(self, name, content):
        self._check(content)
        sql = self.jvm.org.apache.spark.sql
        given = {
            "identifier": sql.catalyst.TableIdentifier(name.table, self._option(name.database)),
            "tableType": getattr(self.classes.CatalogTableType, content["type"])(),
            "schema": sql.types.DataType.fromJson(json.dumps(content["schema"])),
            "storage": self._object("CatalogStorageFormat", content["storage"]),
            "properties": self.jvm.PythonUtils.toScalaMap(content["properties"]),
            "partitionColumnNames": self.jvm.PythonUtils.toSeq(content["partitionColumnNames"]).toList(),
            "bucketSpec": self._option(content["bucketSpec"] and self._object("BucketSpec", content["bucketSpec"])),
            "stats": self._option(content["stats"] and self._object("CatalogStatistics", content["stats"]))}
        given.update({plain: content[plain] for plain in PLAIN})
        given.update({text: self._option(content.get(text)) for text in TEXTS})
        companion = self.classes.CatalogTable
        return companion(*[given[field] if field in given else getattr(companion, "apply$default$%d" % number)()
                           for number, field in enumerate(self.fields, 1)])

    def partitions(self, content):
        found = [partition for partition in content["partitions"]
                 if self._may_make(partition["storage"]["locationUri"])]
        list_of = _mapper(self.jvm).readerForListOf(self._class("CatalogTablePartition"))
        return self.jvm.PythonUtils.toSeq(list_of.readValue(json.dumps(found)))

    # What is not taken.

    def _check(self, content):
        if content["type"] == "VIEW":
            if not plans.is_query(self.context.spark, content["viewText"]):
                raise Refused("the text of the view is no query")
            read_only.check_query(self.context, content["viewText"], "the view")
        elif content["type"] not in ("MANAGED", "EXTERNAL"):
            raise Refused("there is no table of type '%s'" % content["type"])
        elif self.context.is_read_only and (content["provider"] or "").lower() not in FORMATS:
            raise Refused("read-only: it can't be known what reading '%s' does" % content["provider"])
        elif content["type"] == "MANAGED" and not content["storage"]["locationUri"]:  # Spark would make a folder
            raise Refused("a managed table has a location")

    def _may_make(self, location):
        """Spark makes the folders of databases and partitions that are not there."""
        if not self.context.is_read_only:
            return True
        found = urlsplit(location or "file:")
        if found.scheme == "file":
            return os.path.isdir(unquote(found.path))
        path = self.jvm.org.apache.hadoop.fs.Path(self.jvm.java.net.URI(location))
        return path.getFileSystem(self.context.spark._jsc.hadoopConfiguration()).exists(path)

    # Between Python and Scala: its case classes of plain values, by JSON.

    def _class(self, name):
        return self.jvm.java.lang.Class.forName("org.apache.spark.sql.catalyst.catalog." + name)

    def _data(self, value):
        return json.loads(_mapper(self.jvm).writeValueAsString(value))

    def _object(self, name, content):
        return _mapper(self.jvm).readValue(json.dumps(content), self._class(name))

    def _option(self, value):
        return self.jvm.scala.Option.apply(value)


@functools.lru_cache(maxsize=1)
def _mapper(jvm):
    jackson = jvm.com.fasterxml.jackson
    mapper = jackson.databind.ObjectMapper()
    mapper.registerModule(jackson.module.scala.DefaultScalaModule())
    # Another version of Spark may have noted more than this one knows.
    return mapper.configure(jackson.databind.DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, False)


def load(text):
    """The data in a file's text."""
    return json.loads(text, object_hook=_checked)


def _checked(found):
    """A column's type by its class may bring an object that Python would read, and so run."""
    if found.get("type") == "udt" and ("serializedClass" in found or not all(
            str(found.get(name, "")).startswith(begin) for name, begin in CLASSES.items())):
        raise Refused("a column's type '%s' is not known" % (found.get("class") or found.get("pyClass")))
    return found


def _text(option):
    return str(option.get()) if option.isDefined() else None
