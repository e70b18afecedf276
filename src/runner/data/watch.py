"""What steps did to the rows that their author may not have meant: casts that made nulls, filters that kept nothing.

Nulls are counted as the rows pass (Spark's observe). Why a result is empty is looked for only when it is.
"""

import re

from pyspark.sql import Observation
from pyspark.sql import functions as F
from pyspark.sql.utils import AnalysisException, ParseException

from ..identifiers import column
from ..storage.writer import get_in_time

PATIENCE = 5  # seconds for what was counted: a plan that was found to be empty counts nothing


class Watch:
    def __init__(self, context):
        self.context = context
        self.casts = []  # (columns and types, Observation)
        self.filters = []  # (condition, the rows before it, and after)
        # Else Spark refuses values that a cast can't take.
        self.makes_nulls = context.spark.conf.get("spark.sql.ansi.enabled", "false") == "false"

    def before(self, name, value, df):
        """The frame that a step is given."""
        if name != "cast" or not self.makes_nulls or not isinstance(value, dict):
            return df
        try:
            types = [(known, value[known]) for known in df.columns if known in value]
            nulls = [F.count(F.when(column(known).isNotNull() & column(known).cast(type).isNull(), 1)).alias(str(index))
                     for index, (known, type) in enumerate(types)]
            observation = Observation()
            watched = df.observe(observation, *nulls) if nulls else df
        except (AnalysisException, ParseException, TypeError):  # the step itself tells
            return df
        if nulls:
            self.casts.append((types, observation))
        return watched

    def after(self, name, value, before, df):
        if name == "filter":
            self.filters.append((value if isinstance(value, str) else " and ".join(value), before, df))

    def tell(self, is_all):
        """After the rows have passed, all of them or only those that were shown."""
        for types, observation in self.casts:
            seen = get_in_time(observation, PATIENCE) or {}
            for index, (name, type) in enumerate(types):
                if seen.get(str(index)):
                    self.context.warn("The cast of '%s' to %s made nulls of %s%d values that it can't take." % (
                        name, type, "" if is_all else "at least ", seen[str(index)]))

    def explain_nothing(self):
        """Says which filter left no row; takes a pass, which stops at the first row."""
        for condition, before, after in self.filters:
            self.context.enter("looking for the step that left no row")
            if after.isEmpty():
                rows = before.count()
                if rows:
                    self.context.warn("The filter %s kept none of %d rows." % (
                        re.sub(r"\s+", " ", condition)[:200], rows))
                return
