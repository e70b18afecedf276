"""Features that know too much: one that tells the label, or names the row."""

import re

from pyspark.sql import functions as F

from ..identifiers import column
from .data import NO_LABEL

MOST = 100  # columns that are looked at
MANY = 50  # classes: above that, equal counts of values are found by chance
ROWS = 20  # fewer are no sign of anything
INTEGRAL = ("tinyint", "smallint", "int", "bigint")
NAMED = re.compile(r"(?i)(?:^|_)(?:id|uuid|guid|index|key|row|rownum|no)$|[a-z]Id$|^unnamed: 0$|^_c0$")


def warn(context, data):
    """One look at the prepared rows."""
    looked_at = {feature.column: data.features.inputs[feature.column] for feature in data.columns.features[:MOST]
                 if feature.kind in ("numeric", "categorical")}
    if not looked_at or data.rows() < ROWS:
        return
    has_label = data.plan.task in ("classification", "regression")
    measures = []
    for index, (source, name) in enumerate(looked_at.items()):
        value, label = column(name), column(data.target) if has_label else F.lit(None)
        is_same = value == label if data.sums and data.types[source] != "string" else F.lit(False)
        measures += [
            F.count(F.when(is_same, 1)).alias("equal%d" % index),
            F.approx_count_distinct(value).alias("values%d" % index),
            F.approx_count_distinct(F.struct(value, label)).alias("pairs%d" % index),
            F.count(value).alias("rows%d" % index)]
        if data.types[source] in INTEGRAL:
            measures.append((F.max(value) - F.min(value) + 1).alias("range%d" % index))
    found = data.df.where(F.col(data.fold) != NO_LABEL).agg(*measures).first().asDict()
    for index, source in enumerate(looked_at):
        seen = {key: found.get("%s%d" % (key, index)) for key in ("equal", "values", "pairs", "rows", "range")}
        if tells_label(data, seen):
            context.warn("'%s' tells '%s' exactly: if it is the label under another name, or known only afterwards, "
                         "leave it out of feature_columns." % (source, data.columns.label))
        elif names_row(data, source, seen):
            context.warn("'%s' has another value in every row, as an identifier has, from which nothing can be "
                         "learned for new rows: leave it out of feature_columns." % source)


def tells_label(data, seen):
    is_same = seen["values"] == seen["pairs"] == len(data.classes) and 1 < len(data.classes) <= MANY
    return seen["equal"] == data.rows() or (is_same and seen["rows"] == data.rows())


def names_row(data, name, seen):
    """Numbers without a gap, or a name such as customer_id; counts of values are approximate."""
    is_counted = seen["range"] is not None and seen["range"] == data.rows()
    is_named = bool(NAMED.search(name)) and (seen["range"] is not None or data.types[name] == "string")
    return (is_counted or is_named) and seen["values"] >= 0.85 * data.rows()
