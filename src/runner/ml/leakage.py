"""Features that know too much: one that tells the label, or names the row."""

import re

from pyspark.sql import functions as F

from ..identifiers import column
from .data import NO_LABEL

MOST = 100  # columns that are looked at
MANY = 50  # classes: above that, equal counts of values are found by chance
FIRST = 10000  # rows that are looked at first
ROWS = 20  # fewer are no sign of anything
INTEGRAL = ("tinyint", "smallint", "int", "bigint")
NAMED = re.compile(r"(?i)(?:^|_)(?:id|uuid|guid|index|key|row|rownum|no)$|[a-z]Id$|^unnamed: 0$|^_c0$")


def warn(context, data):
    """One look at the first of the prepared rows, which clear most features, and one at all rows for the others."""
    looked_at = [feature.column for feature in data.columns.features[:MOST]
                 if feature.kind in ("numeric", "categorical")]
    if not looked_at or data.rows() < ROWS:
        return
    rows = data.df.where(F.col(data.fold) != NO_LABEL)
    if data.rows() > FIRST:
        looked_at = [source for source, seen in measure(data, rows.limit(FIRST), looked_at)
                     if may_tell_label(seen) or may_name_row(data, source, seen)]
    for source, seen in measure(data, rows, looked_at):
        if tells_label(data, seen):
            context.warn("'%s' tells '%s' exactly: if it is the label under another name, or known only afterwards, "
                         "leave it out of feature_columns." % (source, data.columns.label))
        elif names_row(data, source, seen):
            context.warn("'%s' has another value in every row, as an identifier has, from which nothing can be "
                         "learned for new rows: leave it out of feature_columns." % source)


def measure(data, rows, looked_at):
    """Of each feature: what was counted."""
    has_label = data.plan.task in ("classification", "regression")
    measures = []
    for index, source in enumerate(looked_at):
        value = column(data.features.inputs[source])
        label = column(data.target) if has_label else F.lit(None)
        is_same = value == label if data.sums and data.types[source] != "string" else F.lit(False)
        measures += [
            F.count(F.when(is_same, 1)).alias("equal%d" % index),
            F.approx_count_distinct(value).alias("values%d" % index),
            F.approx_count_distinct(F.struct(value, label)).alias("pairs%d" % index),
            F.count(value).alias("rows%d" % index)]
        if data.types[source] in INTEGRAL:
            measures.append((F.max(value) - F.min(value) + 1).alias("range%d" % index))
    found = rows.agg(*measures).first().asDict() if measures else {}
    return [(source, {key: found.get("%s%d" % (key, index)) for key in ("equal", "values", "pairs", "rows", "range")})
            for index, source in enumerate(looked_at)]


def may_tell_label(seen):
    """Of some rows: none speaks against it."""
    return seen["equal"] == seen["rows"] or seen["values"] == seen["pairs"] <= MANY


def may_name_row(data, source, seen):
    return data.types[source] in INTEGRAL + ("string",) and is_unlike(seen, seen["rows"])


def tells_label(data, seen):
    is_same = seen["values"] == seen["pairs"] == len(data.classes) and 1 < len(data.classes) <= MANY
    return seen["equal"] == data.rows() or (is_same and seen["rows"] == data.rows())


def names_row(data, name, seen):
    """Numbers without a gap, or a name such as customer_id; counts of values are approximate."""
    is_counted = seen["range"] is not None and seen["range"] == data.rows()
    is_named = bool(NAMED.search(name)) and (seen["range"] is not None or data.types[name] == "string")
    return (is_counted or is_named) and is_unlike(seen, data.rows())


def is_unlike(seen, rows):
    return seen["values"] >= 0.85 * rows
