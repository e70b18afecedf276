"""Random tables as Spark and pandas hold them, and whether an answer has the rows of a frame (random_data.py)."""

import base64
import datetime
import decimal
import math

import pandas

SETTINGS = {  # the tables are tiny: compiling their plans would take longer than all else
    "spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false", "spark.sql.shuffle.partitions": "1",
    "spark.sql.session.timeZone": "UTC"}
TYPES = {"i": "int", "l": "bigint", "x": "double", "z": "double", "m": "decimal(10,2)", "s": "string",
         "b": "boolean", "d": "date", "t": "timestamp", "y": "binary"}
VALUES = {  # few, so that they repeat; z has what only doubles have
    "i": [-1, 0, 1, 2, 7], "l": [-5, 0, 3, 1 << 40], "x": [-1.5, 0.0, 0.25, 2.0, 1e6],
    "z": [float("nan"), float("inf"), float("-inf"), 0.0, 2.5],
    "m": [decimal.Decimal(text) for text in ("-1.50", "0.00", "2.25", "10.00")],
    "s": ["", "a", "b", "B ", "NULL", "\u00e9\u4e16"], "b": [True, False],
    "d": [datetime.date(1999, 12, 31), datetime.date(2024, 2, 29), datetime.date(2024, 3, 1)],
    "t": [datetime.datetime(2024, 2, 29, 12, 0, 1), datetime.datetime(1970, 1, 1)],
    "y": [b"", b"\0\xff", b"abc"]}


class Table:
    """A pandas frame of Python's own values, None for null, and the type of each column."""

    def __init__(self, rows, types):
        self.types = types
        self.frame = pandas.DataFrame([list(row) for row in rows], columns=list(types), dtype=object)
        self.frame = self.frame.astype(object).where(self.frame.map(lambda value: value is not None), None)

    def rows(self):
        return [tuple(row) for row in self.frame.itertuples(index=False)]

    def leave_view(self, spark, name):
        columns = list(self.types)
        lines = ["(%s)" % ", ".join(_literal(value, type) for value, type in zip(row, self.types.values()))
                 for row in self.rows()]
        nothing = ["(%s)" % ", ".join("cast(null as %s)" % type for type in self.types.values())]
        spark.sql("select * from values %s t(%s)%s" % (
            ", ".join(lines or nothing), ", ".join(columns), "" if lines else " limit 0")
        ).coalesce(1).createOrReplaceTempView(name)  # so that first and last are those of the frame


def _literal(value, type):
    if value is None:
        text = "null"
    elif isinstance(value, (str, bytes)):
        encoded = base64.b64encode(value.encode() if isinstance(value, str) else value).decode()
        text = "unbase64('%s')" % encoded
    elif isinstance(value, bool):
        text = str(value)
    else:
        text = "'%s'" % {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}.get(str(value), value)
    return "cast(%s as %s)" % (text, type)


def make_table(chance, names, most=9):
    """r numbers the rows."""
    share = chance.choice([0.0, 0.2, 0.6])
    rows = [[number] + [None if chance.random() < share else chance.choice(VALUES[name[0]]) for name in names]
            for number in range(chance.choice([0, 1, 2, most, most]))]
    return Table(rows, dict([("r", "int")] + [(name, TYPES[name[0]]) for name in names]))


def token(value):
    """What is equal for Spark's groups, as something that can be hashed: NaN is one value, null another."""
    if isinstance(value, float):
        return ("number", "NaN" if value != value else value + 0.0)
    if value is None:
        return ("null",)
    return (type(value).__name__, value)


# Values as the runner gives them.

def cell(value):
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, datetime.datetime):
        return value.isoformat() + "Z"
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, list):
        return [cell(part) for part in value]
    return str(value) if isinstance(value, (datetime.date, decimal.Decimal)) else value


def _key(row):
    return repr([float("%.6g" % part) if isinstance(part, (int, float)) and not isinstance(part, bool) else part
                 for part in row])


def _is_same(one, other):
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_is_same, one, other))
    is_number = [isinstance(value, (int, float)) and not isinstance(value, bool) for value in (one, other)]
    if all(is_number):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return type(one) is type(other) and one == other


def _with_sets(names, row):
    """Sets have no order."""
    return [sorted(value, key=str) if name.startswith("collect_set_") else value for name, value in zip(names, row)]


def check_rows(answer, wanted, ordered_by=()):
    """The rows of the answer are the wanted ones; in their order, too, as far as these columns tell."""
    names = [column["name"] for column in answer["sample"]["columns"]]
    assert sorted(names) == sorted(wanted.columns), (names, list(wanted.columns))
    found = [_with_sets(names, row) for row in answer["sample"]["rows"]]
    expected = [_with_sets(names, [cell(row[wanted.columns.get_loc(name)]) for name in names])
                for row in wanted.itertuples(index=False, name=None)]
    assert len(found) == len(expected), (found, expected)
    for one, other in zip(sorted(found, key=_key), sorted(expected, key=_key)):
        assert _is_same(one, other), (names, one, other)
    places = [names.index(name) for name in ordered_by]
    assert all(_is_same([one[place] for place in places], [other[place] for place in places])
               for one, other in zip(found, expected)), (names, ordered_by, found, expected)
