"""What is in a frame: rows, and per column nulls, distinct values, range, mean, most frequent values.

One pass over the data, with one exception: before Spark 4.1, which has approx_top_k, the most frequent
values of texts that are few take a second pass over these columns.
"""

import json
import re

from pyspark.sql import functions as F
from pyspark.sql import types as T

from .. import rows
from ..identifiers import backquoted, column
from ..rows.values import number
from ..rows.written import zone_pattern
from ..storage.reading import CORRUPT

COLUMNS = 30  # that are profiled
FEW = 50  # different values, of which the most frequent are worth showing
TOP = 3
SHOWN = 40  # characters of a text
CORRUPT_SHOWN = 200
NUMERIC_TEXTS = 0.5  # share of texts that are numbers, from which another looks like a mistake
NUMBER = r"^[-+]?[0-9]*[.]?[0-9]+([eE][-+]?[0-9]+)?$"
WORD = re.compile(r"^[^\"',;|\t\n]{1,20}$")  # that may stand for null, and is no sign of a wrong quote

WITHOUT_ORDER = ("variant", "geometry", "geography")
NAMES = ("known", "nan", "empty", "approxDistinct", "min", "max", "mean", "top")


class Profile:
    """columns: flat objects; row_count; corrupt: how many records could not be parsed, and examples."""

    def __init__(self, context, df, is_text_format):
        self.context = context
        self.has_corrupt = CORRUPT in df.columns
        self.fields = [field for field in df.schema if field.name != CORRUPT]
        self.profiled = self.fields[:COLUMNS]
        self.is_text_format = is_text_format
        context.enter("profiling the data")
        self._read(df)

    def _read(self, df):
        has_top_k = tuple(int(part) for part in self.context.spark.version.split(".")[:2]) >= (4, 1)
        wanted = {"rows": F.count(F.lit(1))}
        for index, field in enumerate(self.profiled):
            for name, aggregate in self._aggregates(field, has_top_k).items():
                wanted["%d %s" % (index, name)] = aggregate
        if self.has_corrupt:
            corrupt = F.substring(CORRUPT, 1, CORRUPT_SHOWN)
            wanted.update({"corrupt": F.count(CORRUPT), "corrupt 1": F.min(corrupt),
                           "corrupt 2": F.max(corrupt)})
        frame = df.agg(*[aggregate.alias(name) for name, aggregate in wanted.items()])
        values = dict(zip(wanted, rows.read(self.context, frame, 1, 1 << 20)["rows"][0]))
        self.row_count = int(values["rows"])
        self.corrupt = int(values.get("corrupt") or 0)
        self.corrupt_examples = sorted({values[key] for key in ("corrupt 1", "corrupt 2")
                                        if values.get(key) is not None})
        self.columns = [
            self._describe(field, {name: values.get("%d %s" % (index, name)) for name in NAMES})
            for index, field in enumerate(self.profiled)]
        if not has_top_k:
            self._add_top(df)
        self._advise(values)

    def _aggregates(self, field, has_top_k):
        """Of types that rows.read collects as they are, without writing them as JSON first."""
        known, type = column(field.name), field.dataType
        found = {"known": F.count(known)}
        if isinstance(type, (T.FloatType, T.DoubleType)):
            found["nan"] = F.count(F.when(F.isnan(known), 1))
            known = F.when(~F.isnan(known), known)
        if not isinstance(type, T.AtomicType) or type.typeName() in WITHOUT_ORDER:
            return found
        found["approxDistinct"] = F.approx_count_distinct(known)
        if isinstance(type, T.NumericType):
            found["mean"] = F.avg(known.cast("double"))
        if isinstance(type, T.StringType):
            found["empty"] = F.count(F.when(known == "", 1))
            found.update({"min": F.substring(F.min(known), 1, SHOWN + 1),
                          "max": F.substring(F.max(known), 1, SHOWN + 1)})
            if self.is_text_format:
                is_number = known.rlike(NUMBER)  # a cast that fails costs an exception, row by row
                text = F.when(~is_number, F.substring(known, 1, SHOWN + 1))
                found.update({"numbers": F.count(F.when(is_number, 1)), "text": F.min(text), "text 2": F.max(text)})
        elif not isinstance(type, (T.BinaryType, T.BooleanType)):
            zone = zone_pattern(self.context)
            found.update({"min": _in_simple_type(F.min(known), type, zone),
                          "max": _in_simple_type(F.max(known), type, zone)})
        if has_top_k and _may_have_top(type):  # null is one of its values
            found["top"] = F.expr(
                "concat_ws(', ', slice(transform(filter(approx_top_k(%s, %d, %d), "
                "x -> x.item is not null), "
                "x -> concat(left(cast(x.item as string), %d), ' ', x.count)), 1, %d))" % (
                    backquoted(field.name), TOP + 1, 20 * FEW, SHOWN, TOP))
        return found

    def _describe(self, field, values):
        found = {"name": field.name, "type": field.dataType.simpleString(),
                 "nulls": self.row_count - int(values["known"] or 0)}
        if found["nulls"] < self.row_count:
            found.update({name: values[name] if name == "top" else _cut(values[name]) for name in NAMES[1:]})
            for name in ("min", "max"):
                if isinstance(field.dataType, T.FloatType) and values[name] is not None:
                    found[name] = number(float(values[name]))
            if isinstance(field.dataType, T.IntegralType):
                found["approxDistinct"] = min(found["approxDistinct"], int(found["max"]) - int(found["min"]) + 1)
            if found["approxDistinct"] is not None:
                found["approxDistinct"] = min(found["approxDistinct"], self.row_count - found["nulls"])
            if not self._is_worth_top(found):
                found["top"] = None
        return {name: value for name, value in found.items()
                if value is not None and not (value == 0 and name in ("nulls", "nan", "empty"))}

    def _is_worth_top(self, found):
        return 1 < (found.get("approxDistinct") or 0) <= min(FEW, (self.row_count - found["nulls"]) // 2)

    def _add_top(self, df):
        """Counted in one go: every column's values become rows of (column, value)."""
        indexes = [index for index, (field, found) in enumerate(zip(self.profiled, self.columns))
                   if _may_have_top(field.dataType) and self._is_worth_top({"nulls": 0, **found})]
        if not indexes:
            return
        self.context.enter("counting the most frequent values")
        texts = {index: column(self.profiled[index].name).cast("string") for index in indexes}
        pairs = F.array(*[F.struct(F.lit(index).alias("index"), text.alias("value"))
                          for index, text in texts.items()])
        counts = df.select(F.explode(pairs).alias("pair")).where("pair.value is not null") \
            .groupBy("pair.index", "pair.value").count() \
            .select("index", F.substring("value", 1, SHOWN), "count").collect()
        for index in indexes:
            found = sorted(((-count, value) for at, value, count in counts if at == index))[:TOP]
            self.columns[index]["top"] = ", ".join("%s %d" % (value, -count) for count, value in found)

    def _advise(self, values):
        """Columns of numbers that one other text, such as 'NA', has made texts."""
        found = []
        for index, field in enumerate(self.profiled):
            text, other = values.get("%d text" % index), values.get("%d text 2" % index)
            numbers = int(values.get("%d numbers" % index) or 0)
            if text is not None and text == other and \
                    numbers >= NUMERIC_TEXTS * int(values["%d known" % index]):
                found.append((text, field.name))
        for text in sorted({text for text, _ in found if WORD.match(text)}):
            names = [name for other, name in found if other == text]
            self.context.warn(
                "Numbers in %s are texts because of '%s': if that is no value, read_options %s makes them "
                "numbers." % (", ".join(names), text, json.dumps({"nullValue": text})))

    def others(self):
        """The columns beyond those profiled, in short."""
        names = ["%s %s" % (field.name, field.dataType.simpleString())
                 for field in self.fields[COLUMNS:]]
        text = ", ".join(names[:60])
        text = text[:1500].rsplit(", ", 1)[0] if len(text) > 1500 else text
        left = len(names) - text.count(", ") - 1
        return text + (", and %d more" % left if left > 0 else "")


def _in_simple_type(value, type, zone_pattern):
    if isinstance(type, (T.TimestampType, T.TimestampNTZType)):
        text = F.replace(value.cast("string"), F.lit(" "), F.lit("T"))
        return text if isinstance(type, T.TimestampNTZType) else F.concat(text, F.date_format(value, zone_pattern))
    is_simple = isinstance(type, (T.IntegralType, T.DecimalType, T.DoubleType))
    return value if is_simple else value.cast("string")


def _may_have_top(type):
    return isinstance(type, (T.StringType, T.BooleanType))


def _cut(value):
    if isinstance(value, str) and len(value) > SHOWN:
        return value[:SHOWN] + "..."
    return round(value, 6) if isinstance(value, float) else value
