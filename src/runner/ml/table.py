"""The columns that the data have, and what was asked for that does not fit them."""

from ..context import Refused
from ..names import did_you_mean


class Table:
    def __init__(self, df):
        self.df = df
        self.types = {field.name: field.dataType for field in df.schema.fields}
        self.problems = []

    def check(self):
        """Refuses what does not fit, all of it at once."""
        if self.problems:
            columns = ", ".join("%s %s" % (name, self.type_of(name))
                                for name in list(self.types)[:40])
            raise Refused("the pipeline does not fit the data", "Its columns are %s." % columns,
                          self.problems)

    def type_of(self, column):
        return self.types[column].simpleString()[:40]

    def find(self, where, name):
        """The column of that name; upper and lower case count as the same, as in Spark."""
        if not name:
            return None
        found = [name] if name in self.types else \
            [column for column in self.types if column.lower() == name.lower()]
        if not found:
            self.problems.append(", ".join(part for part in (
                "%s: no column '%s'" % (where, name), did_you_mean(name, self.types)) if part))
            return None
        if self.df.columns.count(found[0]) > 1:
            self.problems.append("%s: there are two columns '%s'" % (where, found[0]))
        return found[0]
