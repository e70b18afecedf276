"""The answer of an operation in a driver of its own, as spark/one_shot.c reads it from the output."""

import json
import os
import re
import subprocess
import sys
import zlib
from pathlib import Path
from types import SimpleNamespace

import pytest

from runner.serve import one_shot

from fakes import Spark, bring

LINE = re.compile(rb"mcp-spark-server#n0: result (\S+) (\d+)/(\d+) ([0-9a-f]{8}) (.*)", re.DOTALL)


@pytest.fixture
def written(monkeypatch):
    """What goes to the driver's output."""
    written = bytearray()
    monkeypatch.setattr(one_shot.os, "write", lambda descriptor, data: written.extend(data) or len(data))
    return written


def frames(written):
    lines = [line for line in bytes(written).split(b"\n") if line]
    return [LINE.fullmatch(line).groups() for line in lines]


def test_a_short_answer_is_one_line(written):
    one_shot.write_frames("n0", "op-1", '{"ok":true}')
    assert bytes(written) == b'\nmcp-spark-server#n0: result op-1 1/1 %08x {"ok":true}\n' % zlib.crc32(b'{"ok":true}')


def test_a_long_answer_is_pieces_that_make_it_whole(written):
    text = json.dumps(list(range(50000)))
    one_shot.write_frames("n0", "op-1", text)
    assert b"".join(frame[4] for frame in frames(written)).decode() == text
    assert [frame[1:3] for frame in frames(written)] == [
        (b"%d" % number, b"%d" % len(frames(written))) for number in range(1, len(frames(written)) + 1)]


def test_no_piece_is_longer_than_its_reader_expects(written):
    one_shot.write_frames("n0", "op-1", "x" * 200001)
    assert [len(frame[4]) for frame in frames(written)] == [60000, 60000, 60000, 20001]


def test_every_piece_has_its_checksum(written):
    one_shot.write_frames("n0", "op-1", "xyz" * 50000)
    for _, _, _, checksum, data in frames(written):
        assert int(checksum, 16) == zlib.crc32(data)


def test_an_empty_answer_is_a_piece_too(written):
    one_shot.write_frames("n0", "op-1", "")
    assert frames(written) == [(b"op-1", b"1", b"1", b"00000000", b"")]


def test_every_line_begins_a_line_whatever_was_written_before(written):
    written.extend(b"words without an end")
    one_shot.write_frames("n0", "op-1", "{}")
    assert bytes(written).split(b"\n")[1].startswith(b"mcp-spark-server#n0: result ")


def test_nothing_but_ascii_is_written(written):
    with pytest.raises(UnicodeEncodeError):
        one_shot.write_frames("n0", "op-1", "\u00fc")
    assert not written


def test_what_the_output_takes_in_parts_is_written_whole(monkeypatch):
    written = bytearray()
    monkeypatch.setattr(one_shot.os, "write", lambda descriptor, data: written.extend(data[:7]) or min(len(data), 7))
    one_shot.write_frames("n0", "op-1", "x" * 100)
    assert frames(written)[0][4] == b"x" * 100


def test_what_was_printed_stands_before_the_answer():
    """In the output itself, not in Python's buffer."""
    script = ("import sys; sys.path.insert(0, 'src')\n"
              "from runner.serve import one_shot\n"
              "print('before')\n"
              "one_shot.write_frames('n0', 'op-1', '{}')\n")
    root = Path(__file__).resolve().parents[2]
    buffered = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    came = subprocess.run([sys.executable, "-c", script], cwd=str(root), env=buffered, stdout=subprocess.PIPE,
                          check=True).stdout
    assert came.startswith(b"before\n")


# The whole

@pytest.fixture
def run(monkeypatch, written):
    spark = Spark()
    monkeypatch.setattr(one_shot.starting, "begin", lambda: spark)

    def run(operation, arguments=None, **settings):
        one_shot.run(dict(settings, nonce="n0", id="op-1", operation=operation, arguments=arguments or {},
                          isSession=False))
        return json.loads(b"".join(frame[4] for frame in frames(written)))

    run.spark = spark
    return run


def test_the_answer_is_the_operations_envelope(monkeypatch, run):
    bring(monkeypatch, "fake", lambda context, arguments: {"text": arguments["text"]})
    assert run("fake", {"text": "\u00fc"}) == {"ok": True, "result": {"text": "\u00fc"}}


def test_an_error_is_an_answer_and_no_failed_driver(monkeypatch, run):
    def fail(context, arguments):
        raise ValueError("no such thing")

    bring(monkeypatch, "fake", fail)
    assert run("fake")["error"]["message"] == "no such thing"


def test_the_operation_knows_where_it_runs(monkeypatch, run):
    bring(monkeypatch, "fake", lambda context, arguments: {
        "is_session": context.is_session, "is_read_only": context.is_read_only, "id": context.operation_id})
    assert run("fake", readOnly=True)["result"] == {"is_session": False, "is_read_only": True, "id": "op-1"}


def test_its_jobs_have_a_group(monkeypatch, run):
    bring(monkeypatch, "fake", lambda *_: {})
    run("fake")
    assert run.spark.sparkContext.groups == [("op-1", "fake op-1")]


def test_where_it_writes_is_told_meanwhile(monkeypatch, run, written):
    def write(context, arguments):
        context.write_to("file:/data/.a b\u00fc.op-1")
        context.write_to("")
        return {}

    bring(monkeypatch, "fake", write)
    one_shot.run({"nonce": "n0", "id": "op-1", "operation": "fake", "arguments": {}})
    told = [line.rpartition(b"unfinished ")[2] for line in bytes(written).split(b"\n") if b": unfinished " in line]
    assert told == [b"file:/data/.a%20b%C3%BC.op-1", b"-"]


def test_spark_is_stopped_after_the_answer(monkeypatch, run, written):
    bring(monkeypatch, "fake", lambda *_: {})
    monkeypatch.setattr(run.spark, "stop", lambda: written.extend(b"stopped\n"))
    one_shot.run({"nonce": "n0", "id": "op-1", "operation": "fake", "arguments": {}})
    assert bytes(written).endswith(b"{}}\nstopped\n")


def test_the_kept_tables_are_put_back_first(monkeypatch, run):
    seen = []
    monkeypatch.setattr(one_shot, "catalog", SimpleNamespace(restore=lambda context: seen.append("restored")))
    monkeypatch.setattr("runner.serve.operations.catalog", SimpleNamespace(refresh=lambda context: None))
    bring(monkeypatch, "fake", lambda *_: seen.append("run") or {})
    run("fake", catalogFolder="/tables")
    assert seen == ["restored", "run"]
