"""Names of columns and tables as Spark's parser takes them, whatever is in them."""

import re

from pyspark.sql import functions as F


def backquoted(name):
    """`a.b` is one name; a backtick in it is written twice."""
    return "`%s`" % name.replace("`", "``")


def column(name):
    """The column of that name: never a field of a struct, never an expression."""
    return F.col(backquoted(name))


def is_plain(name):
    """Whether Spark reads the name as it stands, where backquotes can't be given (Spark ML)."""
    return "." not in name and "`" not in name


class FreeNames:
    """Names for columns of our own, which no column of the data has."""

    def __init__(self, taken):
        self.taken = {name.lower() for name in taken}

    def new(self, name):
        name = "".join(char if char.isalnum() or char == "_" else "_" for char in name)
        while name.lower() in self.taken:
            name += "_"
        self.taken.add(name.lower())
        return name


def names_in(identifiers):
    """The texts in a sequence of Scala's, brought from the JVM at once."""
    return [line for line in identifiers.mkString("\n").split("\n") if line]


def quoted(name):
    """The name of a table as Spark's parser takes it, whatever is in its parts: a.my-table."""
    return ".".join(map(backquoted, parts_of(name)))


def parts_of(identifier):
    """The names in `spark_catalog`.`default`.`t`, or in a.b."""
    found = re.findall(r"`(?:[^`]|``)*`|[^.`]+", identifier)
    return [part[1:-1].replace("``", "`") if part.startswith("`") else part for part in found]
