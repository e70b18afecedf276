"""What each column is to a model: a number, a category, a text or a vector."""

from pyspark.sql import functions as F
from pyspark.sql import types as T

from ..context import Refused
from ..identifiers import column, is_plain
from .steps import COMPONENTS

NUMBERS = (T.NumericType, T.BooleanType)
TEXT_NAMES = ("text", "message", "content", "document", "body", "review", "comment", "sentence")
MANY = 1000  # values of a text column that is still taken as a category


class Kinds:
    """From what was asked, a column's type, or a look at its values."""

    def __init__(self, context, plan, table, asked, text):
        self.context = context
        self.plan = plan
        self.table = table
        self.asked = asked  # columns that were named
        self.text = text  # the text column that was named, if any
        self.found = {}  # column -> text, numeric, categorical or vector
        self.left_out = []  # (column, why)

    def find(self, candidates):
        unsure = [name for name in candidates if not self.find_by_type(name)]
        if unsure:
            self.find_by_values(unsure)
        self.found = {name: self.found[name] for name in candidates if name in self.found}

    def find_by_type(self, name):
        """False: only its values tell."""
        kind = self.table.types[name]
        named = "text" if name == self.text else self.named_kind(name)
        if named:
            self.found[name] = named
        elif isinstance(kind, NUMBERS):
            self.found[name] = "numeric"
        elif type(kind).__name__ == "VectorUDT" and is_plain(name):
            self.found[name] = "vector"
        elif isinstance(kind, T.StringType):
            return False
        elif name in self.asked:
            self.table.problems.append("'%s' is %s, of which no feature is made; derive a number or "
                                       "text from it first" % (name, self.table.type_of(name)))
        else:
            self.left_out.append((name, self.table.type_of(name)))
        return True

    def named_kind(self, name):
        """What the steps that name this column make of it."""
        is_number = isinstance(self.table.types[name], NUMBERS)
        for stage in self.plan.steps:
            if name not in [self.table.find("", column) for column in stage["columns"] or []]:
                continue
            found = {COMPONENTS[key].kind for key in stage if key in COMPONENTS}
            if is_number and "numeric" in found:
                return "numeric"
            for kind in ("text", "categorical"):
                if kind in found and (not is_number or kind == "categorical"):
                    return kind
        return ""

    def find_by_values(self, unsure):
        """Text or category? A vectoriser without columns takes the one that must be meant."""
        wants_text = not self.text and any("vectorizer" in stage and not stage["columns"]
                                           for stage in self.plan.steps)
        if wants_text:
            named = [name for likely in TEXT_NAMES for name in unsure if name.lower() == likely]
            meant = named[:1] or (unsure if len(unsure) == 1 else [])
            self.found.update({name: "text" for name in meant})
            unsure = [name for name in unsure if name not in meant]
        if not unsure:
            return
        self.context.enter("looking at the text columns")
        rows, looks = _look(self.table.df, unsure)
        if not rows:
            raise Refused("there is no row to learn from", "Look at the data with manage-data read.")
        for name in unsure:
            distinct, words = looks[name]
            if not distinct and name in self.asked:
                self.table.problems.append("'%s' has no value in any row" % name)
                continue
            if not distinct:
                self.left_out.append((name, "no value in any row"))
                continue
            few = distinct <= MANY and distinct <= max(rows / 2, 1)
            if words >= 3 and (not few or distinct > 50):
                self.found[name] = "text"
            elif few or name in self.asked:
                self.found[name] = "categorical"
            else:
                self.left_out.append((name, "about %d different values" % distinct))


def _look(df, names):
    """Rows; of each text column the number of different values and the mean number of words."""
    measures = [F.count(F.lit(1))]
    for name in names:
        words = F.size(F.split(F.trim(column(name)), "\\s+"))
        measures += [F.approx_count_distinct(column(name)), F.avg(words)]
    found = df.agg(*measures).first()
    return found[0], {name: (found[2 * index + 1], found[2 * index + 2] or 0)
                      for index, name in enumerate(names)}
