"""The steps of manage-data, against results worked out by hand."""

from decimal import Decimal

import pytest

from runner.context import Refused
from runner.data.steps import apply_steps

# Orders of two customers; the amounts are made so that every sum is easily checked.
ORDERS = [(1, "ann", "book", Decimal("10.50"), "2024-01-01"),
          (2, "ann", "pen", Decimal("0.25"), "2024-01-02"),
          (3, "bob", "book", Decimal("10.00"), "2024-01-02"),
          (4, "bob", "pen", None, "2024-02-01"),
          (5, None, "pen", Decimal("4.00"), "2024-02-03")]


@pytest.fixture
def orders(spark):
    return spark.createDataFrame(
        ORDERS, "id int, customer string, item string, amount decimal(10,2), day string")


@pytest.fixture
def run(context, orders):
    def run(*steps, df=None):
        return apply_steps(context, df if df is not None else orders,
                                [item for step in steps for item in step.items()])

    return run


def rows_of(df):
    return [tuple(row) for row in df.collect()]


def problems(run, *steps):
    with pytest.raises(Refused) as refused:
        run(*steps)
    return refused.value.problems or [refused.value.message]


def test_select_takes_columns_and_expressions(run):
    df = run({"select": ["id", "upper(item) as ITEM"]}, {"limit": 1})
    assert (df.columns, rows_of(df)) == (["id", "ITEM"], [(1, "BOOK")])
    assert rows_of(run({"select": {"twice": "id * 2"}}, {"limit": 1})) == [(2,)]
    assert run({"select": ["*", "id + 1 as next"]}).columns[-1] == "next"


def test_conditions_of_a_filter_must_all_hold(run):
    assert rows_of(run({"filter": ["item = 'pen'", "amount > 1"]}, {"select": "id"})) == [(5,)]


def test_derived_columns_may_use_earlier_ones(run):
    df = run({"derive": {"net": "amount * 2", "gross": "net + 1"}}, {"select": ["gross"]}, {"limit": 1})
    assert rows_of(df) == [(Decimal("22.00"),)]


def test_rename_can_swap_names(run):
    df = run({"rename": {"item": "customer", "customer": "item"}})
    assert df.columns == ["id", "item", "customer", "amount", "day"]
    assert rows_of(df)[0][1:3] == ("ann", "book")


def test_drop_and_cast(run):
    df = run({"drop": ["amount", "ITEM"]}, {"cast": {"id": "string", "day": "date"}})
    assert df.dtypes == [("id", "string"), ("customer", "string"), ("day", "date")]


def test_fill_takes_a_value_by_column(run):
    df = run({"fill": {"customer": "nobody", "amount": 0}}, {"filter": "id > 3"})
    assert rows_of(df.select("customer", "amount")) == [
        ("bob", Decimal("0.00")), ("nobody", Decimal("4.00"))]


def test_fill_with_one_value_takes_the_columns_it_fits(run):
    df = run({"fill": "?"}, {"filter": "id > 3"})
    assert rows_of(df.select("customer", "amount")) == [("bob", None), ("?", Decimal("4.00"))]


def test_fill_also_stands_for_nan(run, spark):
    df = spark.sql("select * from values (double('NaN')), (1.5D), (null) t(x)")
    assert sorted(rows_of(run({"fill": {"x": 0}}, df=df))) == [(0.0,), (0.0,), (1.5,)]


def test_deduplicate_keeps_the_row_that_comes_first_in_an_order(run):
    df = run({"deduplicate": {"by": ["item"], "order_by": "amount desc"}}, {"sort": "id"})
    assert [row[0] for row in rows_of(df)] == [1, 5]
    assert run({"select": "item"}, {"deduplicate": True}).count() == 2
    assert run({"deduplicate": ["customer"]}).count() == 3


def test_aggregates_by_name_and_in_short(run):
    df = run({"aggregate": {"group_by": ["customer"],
                            "aggregates": {"total": "sum(amount)", "amount": ["min", "count"], "*": "count"}}},
             {"sort": "customer nulls last"})
    assert df.columns == ["customer", "total", "min_amount", "count_amount", "count"]
    assert rows_of(df) == [("ann", Decimal("10.75"), Decimal("0.25"), 2, 2),
                           ("bob", Decimal("10.00"), Decimal("10.00"), 1, 2),
                           (None, Decimal("4.00"), Decimal("4.00"), 1, 1)]


def test_aggregates_without_groups_are_of_all_rows(run):
    df = run({"aggregate": {"aggregates": ["count(*) as n", "sum(amount) as total"]}})
    assert rows_of(df) == [(5, Decimal("24.75"))]


def test_groups_may_be_expressions(run):
    df = run({"aggregate": {"group_by": ["month(day) as month"], "aggregates": {"id": "count_distinct"}}},
             {"sort": "month"})
    assert rows_of(df) == [(1, 3), (2, 2)]


@pytest.mark.parametrize("name, wanted", [
    ("sum", 15), ("avg", 3.0), ("mean", 3.0), ("min", 1), ("max", 5), ("count", 5), ("median", 3.0),
    ("nunique", 5), ("approx_count_distinct", 5), ("first", 1), ("last", 5), ("any_value", 1)])
def test_every_short_aggregate_is_what_its_name_says(run, name, wanted):
    df = run({"aggregate": {"aggregates": {"id": name}}})
    assert df.columns == [name + "_id"]
    assert rows_of(df.coalesce(1)) == [(wanted,)]


def test_pivot_makes_columns_of_values(run):
    step = {"group_by": ["customer"], "column": "item", "aggregates": {"total": "sum(amount)"}}
    df = run({"pivot": step}, {"sort": "customer nulls last"})
    assert df.columns == ["customer", "book", "pen"]
    assert rows_of(df) == [("ann", Decimal("10.50"), Decimal("0.25")), ("bob", Decimal("10.00"), None),
                           (None, None, Decimal("4.00"))]
    assert run({"pivot": {**step, "values": ["pen"]}}).columns == ["customer", "pen"]


def test_sort_takes_directions_and_where_nulls_go(run):
    ids = lambda sort: [row[0] for row in rows_of(run({"sort": sort}))]  # noqa: E731
    assert ids("id desc") == [5, 4, 3, 2, 1]
    assert ids(["item", "amount desc nulls first"]) == [1, 3, 4, 5, 2]
    assert ids({"item": "desc", "id": "desc"}) == [5, 4, 2, 3, 1]
    assert ids("-id") == [5, 4, 3, 2, 1]


def test_a_query_sees_the_steps_before_it_and_other_views(run, context):
    context.spark.sql("select 'ann' name, 'Oslo' city").createOrReplaceTempView("people")
    df = run({"filter": "amount is not null"},
             {"sql": "SELECT city, count(*) n FROM source JOIN people ON customer = name GROUP BY city"},
             {"derive": {"m": "n + 1"}})
    assert rows_of(df) == [("Oslo", 2, 3)]
    assert not context.spark.catalog.tableExists("source")


@pytest.mark.parametrize("text", [
    "INSERT INTO t SELECT * FROM source", "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a",
    "DROP TABLE t", "CREATE TABLE t AS SELECT 1", "SET a = b", "SHOW TABLES", "CACHE TABLE t"])
def test_what_is_no_query_does_not_run(run, context, text):
    context.spark.range(1).createOrReplaceTempView("t")
    assert "must be a query" in problems(run, {"sql": text})[0]


def test_steps_run_in_the_order_given(run):
    assert run({"limit": 1}, {"filter": "id = 5"}).count() == 0
    assert run({"filter": "id = 5"}, {"limit": 1}).count() == 1


def test_odd_column_names_are_columns(run, spark):
    df = spark.sql("select 1 `a b`, 2 `c.d`, 3 `e``f`")
    found = run({"select": ["a b", "c.d", "e`f"]}, {"fill": 0}, {"cast": {"c.d": "string"}}, {"drop": "a b"},
                {"sort": "c.d"}, {"aggregate": {"aggregates": {"e`f": "sum"}}}, df=df)
    assert rows_of(found) == [(3,)]


@pytest.mark.parametrize("name", ["a.b", "a`b"])
def test_a_pivot_takes_a_column_of_any_name(run, spark, name):
    df = spark.createDataFrame([("x", 1), ("y", 2), ("x", 3)], ["kind", "n"]).withColumnRenamed("kind", name)
    assert rows_of(run({"pivot": {"column": name, "aggregates": {"n": "sum"}}}, df=df)) == [(4, 2)]


# Refused before Spark runs a job

def test_unknown_columns_of_all_steps_are_told_with_the_nearest(run):
    assert problems(run, {"filter": "amout > 1"}, {"sort": "custmer"}, {"drop": ["itme", "dya"]}) == [
        "step 1, filter: no column 'amout' (did you mean 'amount'?)",
        "step 2, sort: no column 'custmer' (did you mean 'customer'?)",
        "step 3, drop: no column 'itme' (did you mean 'item'?)",
        "step 3, drop: no column 'dya' (did you mean 'day'?)"]


@pytest.mark.parametrize("step, message", [
    ({"derive": {"x": "summ(id)"}}, "no function 'summ' (did you mean 'sum'"),
    ({"derive": {"x": 5}}, "the value of 'x' must be a text"),
    ({"filter": "id >< 2"}, "Syntax error"),
    ({"filter": "id"}, "boolean"),
    ({"cast": {"id": "integr"}}, "INTEGR"),
    ({"rename": {"id": "item"}}, "two columns would be named 'item'"),
    ({"drop": ["id", "customer", "item", "amount", "day"]}, "no column would be left"),
    ({"fill": {"id": "x"}}, "column 'id' is int, which 'x' is not"),
    ({"fill": {"id": 0.5}}, "column 'id' is int, which 0.5 is not"),
    ({"fill": True}, "no column takes that value"),
    ({"aggregate": {"aggregates": {"id": "summ"}}}, "unknown aggregate 'summ' (did you mean 'sum'?)"),
    ({"aggregate": {"aggregates": {"total": "sum"}}}, "no column 'total'"),
    ({"aggregate": {"groupby": ["id"], "aggregates": {"id": "sum"}}}, "did you mean 'group_by'?"),
    ({"aggregate": {"group_by": ["id"]}}, "needs 'aggregates'"),
    ({"pivot": {"column": "itm", "aggregates": {"id": "sum"}}}, "no column 'itm' (did you mean 'item'?)"),
    ({"limit": -1}, "must be a whole number"),
    ({"limit": "5"}, "must be a whole number"),
    ({"select": []}, "must be a text or a list of texts"),
    ({"sql": "SELECT nothing FROM source"}, "no column 'nothing'"),
    ({"deduplicate": {"by": "id", "orderby": "id"}}, "did you mean 'order_by'?"),
])
def test_a_wrong_step_is_refused_in_words(run, step, message):
    assert message.lower() in problems(run, step)[0].lower()


def test_a_refused_step_starts_no_job(run, context):
    tracker = context.spark.sparkContext.statusTracker()
    context.spark.sparkContext.setJobGroup("refused", "")
    problems(run, {"filter": "id > 1"}, {"sort": "nam"})
    assert tracker.getJobIdsForGroup("refused") == []
