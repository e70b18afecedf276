"""A whole result of execute-sql to a file on the machine of the server."""

import json
import os
import signal
import time

import pytest

import client
from client import START, rows

MANY = ("SELECT id, concat('name ', id) AS name, CAST(id AS DECIMAL(20, 3)) AS amount, "
        "9007199254740990 + id AS large FROM range(0, 300000, 1, 4) ORDER BY id DESC")
ENDLESS = "SELECT id, repeat('x', 1000) AS wide FROM range(0, 4000000, 1, 8)"


@pytest.fixture(scope="module")
def sql(cluster):
    with client.Server(cluster.environment()) as server:
        assert rows(server.sql("SELECT 1", wait_seconds=START)) == [[1]]
        yield server


def test_all_rows_come_exact_and_in_order(sql, tmp_path):
    path = tmp_path / "rows.jsonl"
    answer = sql.sql(MANY, download_path=str(path), wait_seconds=START)
    lines = path.read_bytes().splitlines()
    assert answer.data["downloaded"] == {"format": "json", "rows": 300000, "bytes": path.stat().st_size,
                                         "path": str(path)}
    assert [json.loads(line)["id"] for line in lines] == list(range(299999, -1, -1))
    assert json.loads(lines[-3]) == {"id": 2, "name": "name 2", "amount": "2.000", "large": "9007199254740992"}
    assert json.loads(lines[-1])["large"] == 9007199254740990
    assert os.listdir(tmp_path) == ["rows.jsonl"]


def test_csv_begins_with_the_names(sql, tmp_path):
    path = tmp_path / "rows.csv"
    sql.sql("SELECT 1 AS a, 'x,y' AS b, '' AS c, null AS d", download_path=str(path))
    assert path.read_text() == 'a,b,c,d\n1,"x,y","",\n'


def test_what_exists_is_overwritten_only_when_asked_for(sql, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("mine")
    answer = sql.sql("SELECT 1 AS a", download_path=str(path))
    assert answer.is_error and "exists already" in answer.text and path.read_text() == "mine"
    sql.sql("SELECT 1 AS a", download_path=str(path), save_mode="overwrite")
    assert path.read_text() == "a\n1\n"


def test_a_failure_leaves_nothing(sql, tmp_path):
    answer = sql.sql("SELECT raise_error(CAST(id AS STRING)) FROM range(5)", download_path=str(tmp_path / "a.csv"))
    assert answer.is_error and os.listdir(tmp_path) == []


def test_killing_it_leaves_nothing_and_the_session_goes_on(sql, tmp_path):
    answer = sql.sql(ENDLESS, download_path=str(tmp_path / "a.csv"), wait_seconds=1)
    killed = sql.call("kill-spark-job", operation_id=answer.data["operationId"])
    assert killed.data["state"] == "CANCELLED" and os.listdir(tmp_path) == []
    assert rows(sql.sql("SELECT 2")) == [[2]]


def test_nothing_is_left_of_it_when_the_server_is_killed(cluster, tmp_path):
    with client.Pipe(cluster.environment()) as server:
        server.call("execute-sql", sql=ENDLESS, download_path=str(tmp_path / "a.jsonl"), wait_seconds=200)
        time.sleep(2)
        os.kill(server.pid, signal.SIGKILL)
        server.wait(10)
    assert os.listdir(tmp_path) == []
