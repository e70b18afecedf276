"""Steps, aggregates and joins on random tables are what pandas makes of them (tests/truth/data.py: many more)."""

import pytest

import random_data
import random_tables


@pytest.fixture
def quick(spark):
    before = {name: spark.conf.get(name) for name in random_tables.SETTINGS}
    for name, value in random_tables.SETTINGS.items():
        spark.conf.set(name, value)
    yield spark
    for name, value in before.items():
        spark.conf.set(name, value)


@pytest.mark.parametrize("seed", range(20))
def test_random_tables_are_as_pandas_makes_them(quick, seed):
    random_data.check(quick, seed)
