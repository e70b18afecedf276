"""Random tables through manage-data, and the same by pandas: steps, aggregates and joins.

A case is made by its seed alone. tests/truth/data.py tries many, test_random_data.py some.
"""

import datetime
import decimal
import random

import pandas

from random_tables import TYPES, check_rows, make_table, token
from runner.context import Context
from runner.data import run as data

# Steps: each gives its name, its value, the frame that must come, and what it is ordered by.

def object_frame(columns, index):
    return pandas.DataFrame({name: pandas.Series(list(values), index=index, dtype=object)
                             for name, values in columns.items()}, index=index)


def filter_step(chance, table):
    frame = table.frame
    conditions = [("i > 0", frame["i"].map(lambda value: value is not None and value > 0)),
                  ("s = 'a' or b", frame.apply(lambda row: row["s"] == "a" or row["b"] is True, axis=1)),
                  ("x is null", frame["x"].map(lambda value: value is None)),
                  ("z > 1", frame["z"].map(lambda value: value is not None and (value != value or value > 1))),
                  ("d >= date'2024-02-29'", frame["d"].map(
                      lambda value: value is not None and value >= datetime.date(2024, 2, 29)))]
    chosen = chance.sample(conditions, chance.choice([1, 2]))
    kept = frame
    for _, mask in chosen:
        kept = kept[mask.reindex(kept.index).astype(bool)] if len(kept) else kept
    return "filter", [text for text, _ in chosen], kept, ()


def derive_step(chance, table):
    frame = table.frame.copy()
    frame["n"] = _mapped(frame["i"], lambda value: value + 1)
    frame["n2"] = _mapped(frame["n"], lambda value: value * 2)
    frame["u"] = _mapped(frame["s"], str.upper)
    frame["i"] = frame["i"].map(lambda value: 0 if value is None else value).astype(object)
    return "derive", {"n": "i + 1", "n2": "n * 2", "u": "upper(s)", "i": "coalesce(i, 0)"}, frame, ()


def _mapped(series, make):
    return pandas.Series([None if value is None else make(value) for value in series], index=series.index, dtype=object)


def shape_step(chance, table):
    frame = table.frame
    kind = chance.choice(["rename", "drop", "select", "select texts"])
    if kind == "rename":
        return "rename", {"i": "l2", "s": "i"}, frame.rename(columns={"i": "l2", "s": "i"}), ()
    if kind == "drop":
        return "drop", ["x", "y"], frame.drop(columns=["x", "y"]), ()
    if kind == "select texts":
        return "select", ["t", "R"], frame[["t", "r"]].rename(columns={"r": "R"}), ()
    return "select", {"double": "l * 2", "r": "r"}, object_frame(
        {"double": _mapped(frame["l"], lambda value: value * 2), "r": frame["r"]}, frame.index), ()


def cast_step(chance, table):
    casts = {"i": ("string", str), "l": ("double", float), "d": ("string", str), "x": ("decimal(12,2)", lambda value:
             decimal.Decimal("%.2f" % value)), "b": ("int", int), "m": ("double", float)}
    chosen = chance.sample(sorted(casts), 3)
    frame = table.frame.copy()
    for name in chosen:
        frame[name] = _mapped(frame[name], casts[name][1])
    return "cast", {name: casts[name][0] for name in chosen}, frame, ()


def fill_step(chance, table):
    frame = table.frame.copy()
    fillers = {"i": 7, "s": "none", "z": 1.5, "b": True, "m": 3, "d": "2000-01-01"}
    stand = {"m": decimal.Decimal("3.00"), "d": datetime.date(2000, 1, 1)}
    value = {name: fillers[name] for name in chance.sample(sorted(fillers), 3)}
    if chance.random() < 0.3:
        value, fillers = 4, dict.fromkeys("rilxzm", 4)
        stand = {"m": decimal.Decimal("4.00")}
    for name in value if isinstance(value, dict) else fillers:
        filler = stand.get(name, fillers[name])
        frame[name] = pandas.Series([filler if part is None or part != part else part for part in frame[name]],
                                    index=frame.index, dtype=object)
    return "fill", value, frame, ()


def deduplicate_step(chance, table):
    """By order_by the row that stays is known; true leaves one of each."""
    frame = table.frame
    if chance.random() < 0.4:
        narrow = frame[["s", "z", "b"]]
        return [("select", ["s", "z", "b"]), ("deduplicate", True)], None, narrow[
            ~narrow.map(token).duplicated()], ()
    keys = chance.sample(["i", "s", "b", "z", "d", "m"], chance.choice([1, 2]))
    first = frame.sort_values("r", ascending=False) if len(frame) else frame
    return "deduplicate", {"by": keys, "order_by": "r desc"}, first[~first[keys].map(token).duplicated()], ()


def _order(value):
    return (value != value, 0.0 if value != value else value) if isinstance(value, float) else value


def sort_step(chance, table):
    """By each column from the last on, which a stable sort makes an order by all."""
    frame, orders = table.frame, []
    for name in chance.sample(["i", "l", "x", "z", "m", "s", "b", "d", "t"], 2):
        orders.append((name, chance.choice(["", "asc", "desc"]), chance.choice(["", "first", "last"])))
    orders.append(("r", "desc", ""))
    for name, direction, nulls in reversed(orders):
        is_null = frame[name].map(lambda value: value is None)
        known = frame[~is_null.astype(bool)]
        if len(known):  # NaN is above all numbers
            known = known.sort_values(name, ascending=direction != "desc", kind="stable",
                                      key=lambda column: column.map(_order))
        nothing = frame[is_null.astype(bool)]
        is_first = nulls == "first" or (not nulls and direction != "desc")
        frame = pandas.concat([nothing, known] if is_first else [known, nothing])
    texts = [" ".join(filter(None, [name, direction, nulls and "nulls " + nulls])) for name, direction, nulls in orders]
    if chance.random() < 0.5:
        most = chance.choice([0, 1, 3])
        return [("sort", texts), ("limit", most)], None, frame.head(most), [name for name, _, _ in orders]
    return "sort", texts, frame, [name for name, _, _ in orders]


# Aggregates: of a group's values, those that are null left out.

def _moment(values, power):
    mean = values.mean()
    return ((values - mean) ** power).mean()


def _skewness(values):
    return _moment(values, 3) / _moment(values, 2) ** 1.5 if values.nunique() > 1 else float("nan")


def _kurtosis(values):
    return _moment(values, 4) / _moment(values, 2) ** 2 - 3 if values.nunique() > 1 else float("nan")


def _number(make, least=1):
    """By pandas' own function of numbers; null where there are fewer values, or it is not defined."""
    def find(values):
        known = pandas.Series([float(value) for value in values if value is not None], dtype=float)
        found = make(known) if len(known) >= least else float("nan")
        return None if found != found else float(found)
    return find


def _of_known(make):
    return lambda values: make([value for value in values if value is not None])


def _sum(known):
    return sum(known[1:], known[0]) if known else None


def _differing(known):
    return list({token(value): value for value in known}.values())


def _mode(known):
    """The value that is most often there; several are as good as one another where it is not alone."""
    counts = pandas.Series([token(value) for value in known], dtype=object).value_counts()
    alone = len(counts) < 2 or counts.iloc[0] > counts.iloc[1]
    return None if not known else next(v for v in known if token(v) == counts.index[0]) if alone else TIED


TIED = object()
NUMBERS = {"avg": _number(pandas.Series.mean), "mean": _number(pandas.Series.mean),
           "stddev": _number(pandas.Series.std, 2), "std": _number(pandas.Series.std, 2),
           "variance": _number(pandas.Series.var, 2), "var": _number(pandas.Series.var, 2),
           "median": _number(pandas.Series.median), "skewness": _number(_skewness), "kurtosis": _number(_kurtosis)}
ANY = {"count": _of_known(len), "first": lambda values: list(values)[0], "any_value": lambda values: list(values)[0],
       "last": lambda values: list(values)[-1], "collect_list": _of_known(list), "collect_set": _of_known(_differing),
       "mode": _of_known(_mode),
       **dict.fromkeys(("approx_count_distinct", "count_distinct", "countDistinct", "nunique"),
                       _of_known(lambda known: len(set(map(token, known)))))}
# Spark counts differing values after a shuffle by them: what is beside such a count comes in any order.
DISTINCT = {"count_distinct", "countDistinct", "nunique"}
BY_ORDER = ("first", "last", "any_value", "collect_list")
SUM = {"sum": _of_known(_sum)}
ORDERED = {"min": _of_known(lambda known: min(known, default=None)),
           "max": _of_known(lambda known: max(known, default=None))}


def aggregate_step(chance, table):
    keys = chance.sample(["s", "b", "z", "d", "m", "y"], chance.choice([0, 1, 1, 2]))
    wanted = {}
    for column, functions in (("i", {**NUMBERS, **ANY, **ORDERED, **SUM}), ("x", {**NUMBERS, **ANY, **ORDERED}),
                              ("l", {**ORDERED, **SUM}), ("m", {**ORDERED, **SUM}),
                              ("t", {**ORDERED, **ANY}), ("d", ORDERED), ("s", {**ORDERED, **ANY})):
        wanted[column] = dict(chance.sample(sorted(functions.items(), key=lambda pair: pair[0]),
                                            min(4, len(functions))))
    if any(DISTINCT.intersection(functions) for functions in wanted.values()):
        wanted = {column: {name: find for name, find in functions.items() if name not in BY_ORDER}
                  for column, functions in wanted.items()}
    frame, rows = table.frame, []
    groups = {}
    for place, key in enumerate(zip(*[map(token, frame[key]) for key in keys]) if keys else [()] * len(frame)):
        groups.setdefault(key, []).append(place)
    if not keys and not len(frame):  # one row without groups; first has no row to take
        groups[()] = []
    for places in groups.values():
        part = frame.iloc[places]
        row = {key: part[key].iloc[0] for key in keys}
        for column, functions in wanted.items():
            for name, find in functions.items():
                is_taken = name in ("first", "last", "any_value")
                row["%s_%s" % (name, column)] = None if is_taken and not places else find(part[column])
        rows.append(row)
    for column, functions in wanted.items():
        if any(row.get("mode_" + column) is TIED for row in rows):
            del functions["mode"]
    names = keys + ["%s_%s" % (name, column) for column, functions in wanted.items() for name in functions]
    made = object_frame({name: [row[name] for row in rows] for name in names}, range(len(rows)))
    aggregates = {column: list(functions) for column, functions in wanted.items() if functions}
    return "aggregate", {"group_by": keys, "aggregates": aggregates}, made, ()


def pivot_step(chance, table):
    frame, rows = table.frame, {}
    for row in frame.itertuples(index=False):
        found = rows.setdefault(token(row.b), {"b": row.b, "a": None, "NULL": None})
        if row.s in ("a", "NULL") and row.i is not None:
            found[row.s] = (found[row.s] or 0) + row.i
    made = object_frame({name: [row[name] for row in rows.values()] for name in ("b", "a", "NULL")}, range(len(rows)))
    return "pivot", {"group_by": "b", "column": "s", "values": ["a", "NULL"], "aggregates": {"v": "sum(i)"}}, made, ()


STEPS = (filter_step, derive_step, shape_step, cast_step, fill_step, deduplicate_step, sort_step, aggregate_step,
         aggregate_step, pivot_step)


def check_steps(spark, seed):
    chance = random.Random(seed)
    table = make_table(chance, list(TYPES))
    name, value, wanted, order = chance.choice(STEPS)(chance, table)
    steps = [{step: what} for step, what in name] if isinstance(name, list) else [{name: value}]
    table.leave_view(spark, "random_left")
    answer = data.run(Context(spark, "op-random"), {
        "operation": "transform", "source_path": "random_left",
        "transformation_config": {"steps": steps, "sample": 1000}})
    check_rows(answer, wanted, order)
    assert answer["rowCount"] == len(wanted)
    return steps


# Joins.

KEYS = ("i", "l", "z", "m", "s", "b", "d", "t", "y")
HOW = ("inner", "left", "right", "full", "semi", "anti", "cross")
PANDAS = {"semi": "inner", "anti": "inner", "full": "outer"}


def joined(left, right, how, pairs, suffix):
    """By pandas, which would match null with null: such keys get a token of their own side and row."""
    def tokens(frame, names, side):
        return [str(tuple(map(token, row)) if None not in row else (side, place))
                for place, row in enumerate(zip(*[frame[name] for name in names]))]

    taken = set(left.columns)
    keys = [pair[1] for pair in pairs]
    new = {name: name + suffix for name in right.columns if name in taken and name not in keys}
    lefts = [pair[0] for pair in pairs]
    one = left.assign(_place=range(len(left)), _key=tokens(left, lefts, "left") if pairs else None)
    other = right.rename(columns={**new, **{name: "_key " + name for name in keys}})
    other = other.assign(_other=range(len(right)), _key=tokens(right, keys, "right") if pairs else None)
    if how == "cross":
        both = one.drop(columns="_key").merge(other.drop(columns="_key"), how="cross")
    else:
        both = one.merge(other, how=PANDAS.get(how, how), on="_key")
    matched = [set(both[name][both["_place"].notna() & both["_other"].notna()]) for name in ("_place", "_other")]
    counts = {"leftRows": len(left), "rightRows": len(right)}
    if how in ("semi", "anti"):
        made = left.iloc[[place for place in range(len(left)) if (place in matched[0]) == (how == "semi")]]
    else:
        for mine, theirs in pairs:  # a key has the value of the side that has the row
            both[mine] = pandas.Series(
                [mine_value if place == place else theirs_value for mine_value, theirs_value, place in
                 zip(both[mine], both["_key " + theirs], both["_place"])], index=both.index, dtype=object)
        made = both.drop(columns=["_place", "_other"] + [name for name in both.columns if name.startswith("_key")])
        made = _without_nan(made, both, [name for name in left.columns if name not in lefts],
                            [new.get(name, name) for name in right.columns if name not in keys])
    if how != "cross":
        counts.update(leftUnmatchedRows=len(left) - len(matched[0]), rightUnmatchedRows=len(right) - len(matched[1]))
    return made, dict(counts, rows=len(made))


def _without_nan(made, both, lefts, rights):
    """pandas puts NaN where a side has no row; ours is null there, and NaN where a value is."""
    made = made.astype(object)
    for names, mark in ((lefts, "_place"), (rights, "_other")):
        for name in names:
            made[name] = pandas.Series([None if place != place and value != value else value for value, place in
                                        zip(made[name], both[mark])], index=made.index, dtype=object)
    return made


def check_join(spark, seed):
    chance = random.Random(seed)
    table = make_table(chance, list(TYPES), 7)
    table.leave_view(spark, "random_left")
    wanted, rights, counts = table.frame, [], []
    for number in range(chance.choice([1, 1, 2, 3])):
        how = chance.choice(HOW)
        keys = [] if how == "cross" else chance.sample(KEYS, chance.choice([1, 1, 2]))
        is_renamed = bool(keys) and chance.random() < 0.3
        names = [name + "_own%d" % number if is_renamed else name for name in keys]
        others = chance.sample([name for name in KEYS if name not in keys], 1)
        right = make_table(chance, names + others, 6 if how != "cross" else 2)
        right.leave_view(spark, "random_right%d" % number)
        suffix = "_right" if number == 0 else "_right%d" % (number + 1)
        given = {"path": "random_right%d" % number, "how": how}
        if keys:
            given["on"] = dict(zip(keys, names)) if is_renamed else keys
        rights.append(given)
        wanted, found = joined(wanted, right.frame, how, list(zip(keys, names)), suffix)
        counts.append(found)
    answer = data.run(Context(spark, "op-random"), {
        "operation": "join", "source_path": "random_left",
        "transformation_config": {"right": rights, "sample": 1000}})
    if "rowCount" in answer:  # else they are more than are shown
        check_rows(answer, wanted)
    for told, found in zip(answer["joins"], counts):
        assert {name: told[name] for name in found} == found, (told, found)
    return rights


def check(spark, seed):
    """Both of a seed; the failure names what was asked."""
    for make in (check_steps, check_join):
        try:
            make(spark, seed)
        except Exception as error:
            raise AssertionError("seed %d, %s: %s" % (seed, make.__name__, str(error)[:2000])) from error
