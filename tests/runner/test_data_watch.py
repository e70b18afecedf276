"""Warnings of what steps did to the rows."""

import pytest

from runner.context import Context
from runner.data import run as data


@pytest.fixture
def warnings(spark, folder):
    """What a transform warns of, shown and written."""
    spark.sql("select * from values (1, '7'), (2, 'x'), (3, 'y'), (4, null) t(id, n)").createOrReplaceTempView("few")

    def warnings(target=None, **config):
        context = Context(spark, "op-watch")
        arguments = {"operation": "transform", "source_path": "few", "transformation_config": config}
        data.run(context, dict(arguments, **({"target_path": folder + "/out"} if target else {})))
        return context.warnings

    return warnings


@pytest.fixture
def without_ansi(spark):
    before = spark.conf.get("spark.sql.ansi.enabled")
    spark.conf.set("spark.sql.ansi.enabled", "false")
    yield
    spark.conf.set("spark.sql.ansi.enabled", before)


@pytest.mark.parametrize("target", [True, False])
def test_a_cast_that_makes_nulls_is_told_with_how_many(warnings, without_ansi, target):
    assert warnings(target, cast={"n": "int"}, filter="id > 0") == [
        "The cast of 'n' to int made nulls of 2 values that it can't take."]


def test_of_rows_that_were_not_all_read_it_is_the_least(warnings, without_ansi):
    [warning] = warnings(cast={"n": "int"}, sample=2)
    assert warning.startswith("The cast of 'n' to int made nulls of at least ")


def test_casts_that_fit_say_nothing(warnings, without_ansi):
    assert warnings(cast={"id": "string", "n": "string"}) == []


@pytest.mark.parametrize("target", [True, False])
def test_a_filter_that_keeps_nothing_is_told(warnings, target):
    assert warnings(target, steps=[{"filter": "id > 1"}, {"filter": ["n = 'x'", "id > 2"]}, {"select": ["n"]}]) == [
        "The filter n = 'x' and id > 2 kept none of 3 rows."]
    assert warnings(target=False, filter="id = 4") == []
