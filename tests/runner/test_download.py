"""A whole result as csv or lines of JSON: its values, its order, how much of it is held, how it ends."""

import csv
import io
import json
import threading

import pytest

from runner.context import Cancelled, Context, Refused
from runner.pieces import Pieces
from runner.rows import lines
from runner.sql import run as sql

MOST = 1 << 30
EVERY_TYPE = (
    "SELECT CAST(9007199254740993 AS BIGINT) AS big, 7 AS small, 1.50BD AS money, 1e-10BD AS tiny, double('NaN') AS nan,"
    " DATE'2024-02-29' AS day, TIMESTAMP_NTZ'2024-01-31 10:00:00.5' AS at, X'00FF' AS raw, true AS yes,"
    " named_struct('a', 1, 'b', array('x', null)) AS deep, map('k', 2) AS pairs, map(1, 'v') AS by_number,"
    " 'a \"quoted\", text\nof two lines' AS words, '' AS empty, CAST(null AS STRING) AS nothing")


def fetch(pieces, came):
    """What the server does, and the second time for each piece, as after a lost answer."""
    start = 0
    while True:
        piece = pieces.take(start, 20)
        if not piece:
            return
        came.append(pieces.take(start, 0))
        start += len(piece)


@pytest.fixture
def nothing_cached(spark):
    """What is cached meanwhile is gone at the end."""
    before = set(spark.sparkContext._jsc.getPersistentRDDs())
    yield
    assert set(spark.sparkContext._jsc.getPersistentRDDs()) <= before


@pytest.fixture
def download(spark, nothing_cached):
    """download(sql, ...) gives the bytes; download.result what was answered."""
    def download(text, format="json", most=MOST, **more):
        context = download.context = Context(spark, "op-download")
        context.pieces, came = Pieces(), []
        thread = threading.Thread(target=fetch, args=(context.pieces, came))
        thread.start()
        try:
            download.result = sql.run(context, dict(more, sql=text, download={"format": format, "maxBytes": most}))
        finally:
            context.pieces.end()
            thread.join()
        download.pieces = len(came)
        return b"".join(came)

    return download


def rows_of(spark, text):
    return sql.run(Context(spark, "op"), {"sql": text, "limit": 100000, "max_bytes": 8 << 20})


def test_lines_of_json_have_the_values_that_rows_have(spark, download):
    answer = rows_of(spark, EVERY_TYPE)
    names = [column["name"] for column in answer["columns"]]
    came = download(EVERY_TYPE)
    assert came.count(b"\n") == 1
    assert json.loads(came) == dict(zip(names, answer["rows"][0]))
    assert download.result["downloaded"] == {"format": "json", "rows": 1, "bytes": len(came)}
    assert download.result["columns"] == answer["columns"]


def test_csv_has_the_values_that_rows_have(spark, download):
    answer = rows_of(spark, EVERY_TYPE)
    came = download(EVERY_TYPE, "csv").decode()
    head, cells = csv.reader(io.StringIO(came, newline=""))
    assert head == [column["name"] for column in answer["columns"]]
    for name, cell, value in zip(head, cells, answer["rows"][0]):
        assert cell == ("" if value is None else value) if value is None or isinstance(value, str) \
            else json.loads(cell) == value, name
    assert came.endswith(',"",\n')  # an empty text is not a null


@pytest.mark.parametrize("format", ["json", "csv"])
def test_many_rows_come_in_their_order_a_slice_at_a_time(spark, download, monkeypatch, format):
    monkeypatch.setattr(lines, "SLICE", 40000)
    monkeypatch.setattr(lines, "BATCH", 9000)
    text = "SELECT id, concat('name ', id) AS name FROM range(0, 20000, 1, 3) ORDER BY id DESC"
    came = download(text, format).decode().splitlines()
    found = [int(line.split(",")[0]) for line in came[1:]] if format == "csv" else \
        [json.loads(line)["id"] for line in came]
    assert found == list(range(19999, -1, -1))
    assert download.pieces > 20 and download.result["downloaded"]["rows"] == 20000


def test_small_partitions_are_read_together(spark, download, monkeypatch):
    jobs = []
    texts = lines.Lines._texts
    monkeypatch.setattr(lines.Lines, "_texts", lambda self, *which: jobs.append(which) or texts(self, *which))
    assert download("SELECT id FROM range(0, 100, 1, 50)").count(b"\n") == 100
    assert len(jobs) == 1


def test_a_result_without_rows_is_an_empty_file(download):
    assert download("SELECT 1 AS a WHERE false") == b""
    assert download("SELECT 1 AS a WHERE false", "csv") == b"a\n"


def test_the_last_statement_with_rows_is_taken(download):
    assert download("SELECT 1 AS a; SELECT 2 AS b; SET x.y = 1") == b'{"b":2}\n'


def test_what_a_command_lists_is_taken_and_not_run_again(download):
    assert b'"default"' in download("SHOW DATABASES")


@pytest.mark.parametrize("format", ["json", "csv"])
def test_more_bytes_than_allowed_are_refused(download, format):
    with pytest.raises(Refused, match="more than 5000 bytes"):
        download("SELECT id FROM range(5000)", format, most=5000)


def test_json_is_refused_before_anything_is_sent(download):
    with pytest.raises(Refused):
        download("SELECT id FROM range(5000)", most=5000)
    assert download.context.pieces.size() == 0


@pytest.mark.parametrize("more, told", [
    ({"limit": 5}, "put LIMIT into"), ({"offset": 5}, "put OFFSET into"), ({"explain": "simple"}, "explain runs nothing"),
    ({"save_path": "/tmp/x"}, "not to both")])
def test_what_does_not_go_with_it_is_refused(download, more, told):
    with pytest.raises(Refused, match=told):
        download("SELECT 1", **more)


def test_what_is_for_the_text_of_an_answer_is_no_file():
    with pytest.raises(Refused, match="format chart is for the text"):
        sql.run(Context(None, "op"), {"sql": "SELECT 1", "format": "chart", "save_path": "/tmp/x"})


def test_names_that_repeat_are_for_csv_only(download):
    assert download("SELECT 1 AS a, 2 AS a", "csv") == b"a,a\n1,2\n"
    with pytest.raises(Refused, match="'a' occurs more than once"):
        download("SELECT 1 AS a, 2 AS a")


def test_cancelling_ends_it_while_it_waits_for_its_server(spark, nothing_cached):
    context = Context(spark, "op-cancelled")
    context.pieces = Pieces()
    threading.Timer(0.5, setattr, (context, "is_cancelled", True)).start()
    with pytest.raises(Cancelled):
        sql.run(context, {"sql": "SELECT 1", "download": {"format": "json", "maxBytes": MOST}})


def test_rows_that_changed_are_told(download, monkeypatch):
    measure = lines.Lines.measure
    monkeypatch.setattr(lines.Lines, "measure", lambda self: (
        measure(self), setattr(self, "parts", [(0, 2, 9, 9)]), (2, 9))[-1])
    with pytest.raises(Refused, match="came out otherwise"):
        download("SELECT 1 AS a")


def test_nobody_who_fetches_ends_it(monkeypatch):
    monkeypatch.setattr("runner.pieces.PATIENCE", 0)
    with pytest.raises(Refused, match="nobody fetches"):
        Pieces().put("a" * (3 << 20), lambda: None)


def test_a_piece_that_is_gone_is_not_given_again():
    pieces = Pieces()
    pieces.put("abc", None)
    assert pieces.take(0, 0) == b"abc"
    assert pieces.take(3, 0) == b""
    assert pieces.take(0, 0) is None
