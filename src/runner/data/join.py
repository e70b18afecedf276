"""Joins: several right sides one after the other, no column twice, and who found no partner."""

import re

from pyspark.sql import functions as F
from pyspark.sql.types import BinaryType
from pyspark.sql.utils import AnalysisException, ParseException

from ..context import Refused
from ..identifiers import backquoted, column
from .steps import find_columns, in_words

ONE_SIDED = ("left_semi", "left_anti")  # the result has the left side's columns only


class Join:
    """One right side: its keys, and what its columns are called in the result."""

    def __init__(self, left, right, how, on, suffix, name):
        self.left, self.right, self.how, self.name = left, right, how, name
        self.left_keys, self.right_keys, self.expression = _keys(left, right, on)
        taken = {column.lower() for column in left.columns}
        keys = {column.lower() for column in self.right_keys}
        self.renamed = {}
        if how not in ONE_SIDED:
            for shared in right.columns:
                if shared.lower() in taken and shared.lower() not in keys:
                    self.renamed[shared] = _free_name(shared + suffix, left.columns + right.columns)

    def result(self):
        """Keys of equal columns come once, under the left side's names."""
        if self.expression is not None:
            return self._by_expression()
        if self.how == "cross":
            return self.left.crossJoin(self._renamed_right({}))
        if self.how in ONE_SIDED:
            right = self.right.select(*map(column, self.right_keys)).toDF(*self.left_keys)
        else:
            right = self._renamed_right(dict(zip(self.right_keys, self.left_keys)))
        return self.left.join(right, self.left_keys, self.how)

    def _renamed_right(self, keys):
        names = {**self.renamed, **keys}
        return self.right.toDF(*[names.get(column, column) for column in self.right.columns])

    def _by_expression(self):
        left, right = self.left.alias("left"), self.right.alias("right")
        joined = left.join(right, F.expr(self.expression), self.how)
        if self.how in ONE_SIDED:
            return joined
        columns = [F.col("left." + backquoted(name)) for name in self.left.columns]
        columns += [F.col("right." + backquoted(name)).alias(self.renamed.get(name, name))
                    for name in self.right.columns]
        return joined.select(*columns)

    def key_types(self):
        return [(self.left.schema[left].dataType.simpleString(), self.right.schema[right].dataType.simpleString())
                for left, right in zip(self.left_keys, self.right_keys)]

    def describe_on(self):
        if self.expression is not None:
            return self.expression
        return ", ".join(key if key == other else "%s = %s" % (key, other)
                         for key, other in zip(self.left_keys, self.right_keys))

    def count(self):
        """Rows on both sides, rows of the result, and keys and rows without a partner.

        One pass over the keys alone: both sides are counted by key, and the counts are joined. So it
        also tells how many rows a join would give that nobody wants to run. Null keys have no partner.
        """
        if self.expression is not None or self.how == "cross":
            return self._count_sides()
        left, right = _by_key(self.left, self.left_keys, "l"), _by_key(self.right, self.right_keys, "r")
        names = ["k%d" % index for index in range(len(self.left_keys))]
        both = left.join(right, names, "full")
        l, r = F.col("l"), F.col("r")
        types = [self.left.schema[key].dataType for key in self.left_keys]
        texts = [F.base64(name) if isinstance(type, BinaryType) else F.col(name).cast("string")
                 for name, type in zip(names, types)]
        shown = F.concat_ws(", ", *[F.coalesce(text, F.lit("null")) for text in texts])
        lonely_left, lonely_right = r.isNull(), l.isNull()
        sums = {
            "leftRows": F.sum(l), "rightRows": F.sum(r), "pairs": F.sum(l * r),
            "leftUnmatchedKeys": F.count(F.when(lonely_left, 1)),
            "leftUnmatchedRows": F.sum(F.when(lonely_left, l)),
            "leftUnmatchedExample": F.min(F.when(lonely_left, shown)),
            "rightUnmatchedKeys": F.count(F.when(lonely_right, 1)),
            "rightUnmatchedRows": F.sum(F.when(lonely_right, r)),
            "rightUnmatchedExample": F.min(F.when(lonely_right, shown))}
        found = both.agg(*[value.alias(name) for name, value in sums.items()]).first().asDict()
        found = {name: value if "Example" in name else value or 0 for name, value in found.items()}
        pairs = int(found.pop("pairs"))
        left_alone, right_alone = found["leftUnmatchedRows"], found["rightUnmatchedRows"]
        found["rows"] = {
            "inner": pairs, "left": pairs + left_alone, "right": pairs + right_alone,
            "full": pairs + left_alone + right_alone, "left_semi": found["leftRows"] - left_alone,
            "left_anti": left_alone}[self.how]
        return {name: value for name, value in found.items() if value is not None}

    def _count_sides(self):
        left = self.left.agg(F.count(F.lit(1)).alias("n"))
        right = self.right.agg(F.count(F.lit(1)).alias("n"))
        [(left_rows, right_rows)] = left.crossJoin(right.withColumnRenamed("n", "m")).collect()
        found = {"leftRows": left_rows, "rightRows": right_rows}
        if self.how == "cross":
            found["rows"] = left_rows * right_rows
        return found


def _by_key(df, keys, count):
    """Rows by key. Keys that hold a null stay apart: they match nothing, not even each other."""
    names = ["k%d" % index for index in range(len(keys))]
    frame = df.select(*[column(key).alias(name) for key, name in zip(keys, names)])
    return frame.groupBy(*names).agg(F.count(F.lit(1)).alias(count))


def _keys(left, right, on):
    """The key columns of both sides, or an expression."""
    if on is None:
        return [], [], None
    if isinstance(on, str):
        names = [part.strip() for part in on.split(",")]
        if not all(re.match(r"^\w+$", name) for name in names) and on not in left.columns:
            return [], [], _check_expression(left, right, on)
        on = [on] if on in left.columns else names
    pairs = list(on.items()) if isinstance(on, dict) else [(name, name) for name in on]
    problems = []
    for frame, side, at in ((left, "left", 0), (right, "right", 1)):
        try:
            found = find_columns(frame, [pair[at] for pair in pairs])
            pairs = [(found[index], pair[1]) if at == 0 else (pair[0], found[index])
                     for index, pair in enumerate(pairs)]
        except Refused as refused:
            problems += ["%s side: %s" % (side, problem) for problem in refused.problems]
    if problems:
        shared = [column for column in left.columns if column in right.columns]
        raise Refused("the join's columns are not there", "Both sides have: %s." % (
            ", ".join(shared[:20]) or "no column of the same name"), problems)
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs], None


def _check_expression(left, right, text):
    try:
        left.alias("left").join(right.alias("right"), F.expr(text), "left_semi")
    except (AnalysisException, ParseException) as error:
        raise Refused("on: " + in_words(error, left), "In an expression the sides are called left and "
                      "right: left.id = right.id.")
    return text


def _free_name(name, names):
    taken = {column.lower() for column in names}
    number, found = 2, name
    while found.lower() in taken:
        found = "%s%d" % (name, number)
        number += 1
    return found
