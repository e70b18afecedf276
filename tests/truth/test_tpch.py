"""TPC-H through execute-sql: every answer is DuckDB's on the same files.

TPCH_SCALE  how much data: 0.05 makes 300 thousand lines of orders (1 is the benchmark's 1 GB)
"""

import datetime
import os
import re
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "spark"))

import client  # noqa: E402

SCALE = os.environ.get("TPCH_SCALE", "0.05")
TABLES = ("customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier")
QUERIES = (HERE / "tpch.sql").read_text().split("\n\n")[1:]
TOLERANCE = 1e-9  # of averages, which are doubles in DuckDB


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The tables as parquet files, by name."""
    folder = tmp_path_factory.mktemp("tpch")
    program = shutil.which("tpchgen-cli", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    subprocess.run([program, "parquet", "-s", SCALE, "--output-dir", folder], check=True, capture_output=True)
    return {name: folder / ("%s.parquet" % name) for name in TABLES}


@pytest.fixture(scope="module")
def server(files):
    with client.Server({"SPARK_MASTER": "local[2]", "PATH": os.environ["PATH"], "HOME": os.environ["HOME"],
                        "PYSPARK_PYTHON": sys.executable}) as server:
        views = {name: {"path": str(path)} for name, path in files.items()}
        answer = server.sql("SELECT count(*) FROM region", views=views, wait_seconds=client.START)
        assert client.rows(answer) == [[5]]
        yield server


@pytest.fixture(scope="module")
def duck(files):
    duck = duckdb.connect()
    for name, path in files.items():
        duck.sql("CREATE VIEW %s AS SELECT * FROM '%s'" % (name, path))
    return duck


@pytest.mark.parametrize("number", range(1, 23))
def test_the_answer_is_duckdbs(server, duck, number):
    text = QUERIES[number - 1].replace("{fraction}", "%.12f" % (0.0001 / float(SCALE))).strip().rstrip(";")
    answer = server.sql(text, limit=1000000, max_bytes=8388608, wait_seconds=client.START)
    found, wanted = client.rows(answer), duck.sql(text).fetchall()
    assert not answer.data.get("truncated")
    assert len(found) == len(wanted)
    kinds = [column["type"] for column in answer.data["columns"]]
    for one, other in zip(sorted(found, key=order_of), sorted(wanted, key=order_of)):
        for value, expected, kind in zip(one, other, kinds):
            check(value, expected, kind)


def check(value, expected, kind):
    """Decimals, which come as text, have all their digits; an average of them is a double in DuckDB."""
    if value is not None and kind.startswith("decimal"):
        digits = int(kind.rstrip(")").split(",")[1])
        if isinstance(expected, float):
            assert float(value) == pytest.approx(expected, rel=TOLERANCE, abs=0.5000001 * 10 ** -digits)
        else:
            assert Decimal(value) == expected
    elif isinstance(expected, float):
        assert value == pytest.approx(expected, rel=TOLERANCE)
    elif isinstance(expected, datetime.date):
        assert value == str(expected)
    else:
        assert value == expected


def order_of(row):
    """The same for a row of either, whatever types its numbers have."""
    return ["%20.3f" % float(value) if is_number(value) else str(value) for value in row]


def is_number(value):
    return isinstance(value, (int, float, Decimal)) or bool(re.fullmatch(r"-?\d+\.\d+", str(value)))
