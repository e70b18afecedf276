"""The steps of manage-data: one small function each, checked against the schema before Spark runs.

    select       ["a", "b * 2 as double"] or {"double": "b * 2"}
    filter       "amount > 0", or a list of conditions that must all hold
    derive       {"name": "expression"}; a later one may use an earlier one
    rename       {"old": "new"}
    drop         ["a", "b"]
    cast         {"a": "decimal(10,2)"}
    fill         {"a": 0, "b": "none"}: what stands for null (and NaN); a single value for all it fits
    deduplicate  true, ["key"], or {"by": ["key"], "order_by": "time desc"}: the first row is kept
    aggregate    {"group_by": [...], "aggregates": {"total": "sum(amount)", "amount": ["min", "max"]}}
    pivot        {"group_by": [...], "column": "month", "values": [...], "aggregates": {...}}
    sort         "a", ["a", "b desc nulls last"] or {"a": "desc"}
    limit        100
    sql          a query over the view 'source', which holds what the steps before it have made
"""

import re

from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql import types as T
from pyspark.sql.utils import AnalysisException, ParseException

from .. import plans, read_only, statements
from ..context import Refused
from ..identifiers import backquoted, column, parts_of
from ..numbers import INT_MAX, as_whole
from ..storage.formats import hint
from .config import as_list, check_keys

AGGREGATES = {
    **{name: name + "(%s)" for name in (
        "sum", "avg", "min", "max", "count", "first", "last", "stddev", "variance", "median", "mode",
        "any_value", "collect_list", "collect_set", "approx_count_distinct", "skewness", "kurtosis")},
    "mean": "avg(%s)", "std": "stddev(%s)", "var": "variance(%s)",
    "count_distinct": "count(distinct %s)", "countDistinct": "count(distinct %s)",
    "nunique": "count(distinct %s)"}
KEEPS_COLUMNS = ("filter", "fill", "deduplicate", "sort", "limit")  # the others may change the schema
ROW_NUMBER = "__row_number"


def apply_steps(context, df, steps, watch=None):
    """All steps in order. What is wrong is refused together, as far as the schema is known. watch (watch.py)
    sees what each is given and gives."""
    problems = []
    for number, (name, value) in enumerate(steps, 1):
        where = name if len(steps) == 1 else "step %d, %s" % (number, name)
        try:
            given = watch.before(name, value, df) if watch else df
            made = _FUNCTIONS[name](given, value) if name != "sql" else _sql(context, given, value)
            made = checked(context, made)
            if watch:
                watch.after(name, value, df, made)
            df = made
            continue
        except Refused as refused:
            problems += ["%s: %s" % (where, text) for text in refused.problems or [refused.message]]
        except (AnalysisException, ParseException) as error:
            problems.append("%s: %s" % (where, in_words(error, df)))
        except (TypeError, ValueError, AttributeError) as error:
            problems.append("%s: can't use %r (%s)" % (where, value, error))
        if name not in KEEPS_COLUMNS:
            break
    if problems:
        raise Refused(problems[0] if len(problems) == 1 else "the steps are not right",
                      "Columns there: %s." % _short_list(df.columns),
                      problems if len(problems) > 1 else None)
    return df


def checked(context, df):
    """The frame; for a server that only reads, refused if a script hides in a view or a subquery. A
    pivot or a join's counts may run it next."""
    read_only.check_plan(context, df)
    return df


def _short_list(names, limit=40):
    more = ", and %d more" % (len(names) - limit) if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


def in_words(error, df):
    """Spark's message without its plan, and the nearest of the frame's own columns."""
    condition = statements.condition_of(error)
    get = getattr(error, "getMessageParameters", None)
    parameters = (get() if get else None) or {}
    name = ".".join(parts_of(parameters.get("objectName") or parameters.get("routineName") or ""))
    if name and condition.startswith("UNRESOLVED_COLUMN"):
        return "no column '%s'%s" % (name, hint(name, df.columns))
    if name and condition.startswith("UNRESOLVED_ROUTINE"):
        return read_only.java_function(df.sparkSession, name) or "no function '%s'%s" % (
            name, hint(name, [f for f in dir(F) if f.islower()]))
    text = str(error).strip().split("\n\n")[0].split(";\n")[0]
    return re.sub(r"; line \d+ pos \d+$", "", " ".join(text.split()))


# Columns

def expression(df, text):
    """An expression; a column's own name is never read as one."""
    return column(text) if text in df.columns else F.expr(text)


def find_columns(df, names):
    """The columns as the frame spells them; unknown ones are refused together."""
    spelled = {name.lower(): name for name in reversed(df.columns)}
    problems = ["no column '%s'%s" % (name, hint(str(name), df.columns)) for name in names
                if str(name).lower() not in spelled]
    if problems:
        raise Refused(problems[0], "", problems)
    return [name if name in df.columns else spelled[name.lower()] for name in names]


def _texts(value):
    values = as_list(value)
    if not values or not all(isinstance(text, str) and text.strip() for text in values):
        raise Refused("must be a text or a list of texts")
    return values


def _mapping(value, of=str):
    if isinstance(value, list) and value and all(isinstance(part, dict) for part in value):
        value = {name: entry for part in value for name, entry in part.items()}
    if not isinstance(value, dict) or not value:
        raise Refused("must be an object of names")
    wrong = [name for name, entry in value.items() if not isinstance(entry, of)]
    if wrong:
        raise Refused("", "", ["the value of '%s' must be a text" % name for name in wrong])
    return value


# Steps

def _select(df, value):
    if isinstance(value, dict):
        return df.select(*[expression(df, text).alias(name) for name, text in _mapping(value).items()])
    return df.select(*[expression(df, text) if text != "*" else "*" for text in _texts(value)])


def _filter(df, value):
    for condition in _texts(value):
        df = df.filter(F.expr(condition))
    return df


def _derive(df, value):
    for name, text in _mapping(value).items():
        df = df.withColumn(name, expression(df, text))
    return df


def _rename(df, value):
    mapping = _mapping(value)
    new = dict(zip(find_columns(df, list(mapping)), mapping.values()))
    names = [new.get(name, name) for name in df.columns]
    twice = sorted({name for name in names if names.count(name) > 1} & set(new.values()))
    if twice:
        raise Refused("two columns would be named '%s'" % "', '".join(twice))
    return df.toDF(*names)


def _drop(df, value):
    names = find_columns(df, _texts(value))
    if len(set(names)) == len(df.columns):
        raise Refused("no column would be left")
    return df.drop(*names)


def _cast(df, value):
    mapping = _mapping(value)
    types = dict(zip(find_columns(df, list(mapping)), mapping.values()))
    return df.select(*[column(name).cast(types[name]).alias(name) if name in types
                       else column(name) for name in df.columns])


def _fill(df, value):
    if not isinstance(value, dict):
        value = {field.name: value for field in df.schema if _fits(field.dataType, value)}
        if not value:
            raise Refused("no column takes that value")
    values = dict(zip(find_columns(df, list(value)), value.values()))
    types = {field.name: field.dataType for field in df.schema}
    problems = ["column '%s' is %s, which %r is not" % (name, types[name].simpleString(), filler)
                for name, filler in values.items() if not _fits(types[name], filler)]
    if problems:
        raise Refused(problems[0], "", problems)
    for name, filler in values.items():
        known = column(name)
        if isinstance(types[name], (T.FloatType, T.DoubleType)):
            known = F.when(~F.isnan(known), known)
        df = df.withColumn(name, F.coalesce(known, F.lit(filler).cast(types[name])))
    return df


def _fits(type, value):
    """Whether a JSON value can stand in a column without being changed."""
    if isinstance(value, bool):
        return isinstance(type, T.BooleanType)
    if isinstance(value, (int, float)):
        return isinstance(type, T.NumericType) and (
            value == int(value) or not isinstance(type, T.IntegralType))
    return isinstance(value, str) and isinstance(
        type, (T.StringType, T.DateType, T.TimestampType, T.TimestampNTZType))


def _deduplicate(df, value):
    if value is True:
        return df.dropDuplicates()
    if not isinstance(value, dict):
        return df.dropDuplicates(find_columns(df, _texts(value)))
    _known_keys(value, ("by", "order_by"))
    names = find_columns(df, _texts(value.get("by")))
    if "order_by" not in value:
        return df.dropDuplicates(names)
    window = Window.partitionBy(*map(column, names)).orderBy(
        *_orders(df, value["order_by"]))
    return df.withColumn(ROW_NUMBER, F.row_number().over(window)).filter(
        F.col(ROW_NUMBER) == 1).drop(ROW_NUMBER)


def _aggregate(df, value):
    _known_keys(value, ("group_by", "aggregates"))
    return _grouped(df, value).agg(*_aggregates(df, value.get("aggregates")))


def _pivot(df, value):
    _known_keys(value, ("group_by", "column", "values", "aggregates"))
    [name] = find_columns(df, _texts(value.get("column"))[:1])
    aggregates = _aggregates(df, value.get("aggregates"))
    return _grouped(df, value).pivot(backquoted(name), value.get("values")).agg(*aggregates)


def _grouped(df, value):
    names = as_list(value.get("group_by"))
    return df.groupBy(*[expression(df, text) for text in (_texts(names) if names else [])])


def _aggregates(df, value):
    """Columns of {"total": "sum(amount)"}, {"amount": "sum"}, {"*": "count"} or ["sum(x) as total"]."""
    if not value:
        raise Refused("needs 'aggregates', such as {\"total\": \"sum(amount)\"}")
    if not isinstance(value, dict):
        return [F.expr(text) for text in _texts(value)]
    found, problems = [], []
    for name, functions in value.items():
        for text in _texts(functions):
            if "(" in text:
                found.append(F.expr(text).alias(name))
            elif text not in AGGREGATES:
                problems.append("unknown aggregate '%s'%s" % (text, hint(text, AGGREGATES)))
            elif name == "*" and text == "count":
                found.append(F.expr("count(*)").alias("count"))
            elif name.lower() not in (column.lower() for column in df.columns):
                problems.append("no column '%s'%s" % (name, hint(name, df.columns)))
            else:
                found.append(F.expr(AGGREGATES[text] % backquoted(name)).alias("%s_%s" % (text, name)))
    if problems:
        raise Refused(problems[0], "", problems)
    return found


def _sort(df, value):
    return df.orderBy(*_orders(df, value))


def _orders(df, value):
    if isinstance(value, dict):
        value = ["%s %s" % (backquoted(name) if name in df.columns else name, order)
                 for name, order in _mapping(value).items()]
    orders = []
    for text in _texts(value):
        found = re.match(r"(?is)^(.+?)(?:\s+(asc|desc))?(?:\s+nulls\s+(first|last))?\s*$", text)
        name, direction, nulls = (part and part.lower() for part in found.groups())
        order = expression(df, text if text in df.columns else found.group(1))
        method = (direction or "asc") + ("_nulls_" + nulls if nulls else "")
        orders.append(getattr(order, method)())
    return orders


def _limit(df, value):
    value = as_whole(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= INT_MAX:
        raise Refused("must be a whole number, up to %d" % INT_MAX)
    return df.limit(value)


def _known_keys(value, keys):
    problems = check_keys(value, {key: "" for key in keys}, "")
    if problems:
        raise Refused(problems[0], "", problems)


def _sql(context, df, text):
    """In a session of its own, which knows this one's views and has one more named 'source': other
    operations that run meanwhile have theirs."""
    [text] = _texts(text)
    spark = context.spark
    if not plans.is_query(spark, text):
        raise Refused("must be a query, such as SELECT ... FROM source")
    read_only.check_statements(context, statements.split(text), {})
    handed_over = "source_of_" + re.sub(r"\W", "_", context.operation_id)
    df.createOrReplaceTempView(handed_over)
    try:
        own = SparkSession(spark.sparkContext, spark._jsparkSession.cloneSession())
        own.table(handed_over).createOrReplaceTempView("source")
    finally:
        spark.catalog.dropTempView(handed_over)
    return own.sql(text)


_FUNCTIONS = {
    "select": _select, "filter": _filter, "derive": _derive, "rename": _rename, "drop": _drop,
    "cast": _cast, "fill": _fill, "deduplicate": _deduplicate, "aggregate": _aggregate,
    "pivot": _pivot, "sort": _sort, "limit": _limit}
