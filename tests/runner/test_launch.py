"""launch.py: what it takes out of the environment of Spark's JVM."""

import base64
import errno
import io
import os
import tarfile
import types
from pathlib import Path

import pytest

import runner

SECRET = "MCP_SPARK_TEST_SECRET"  # conftest.py gives it to the JVM


@pytest.fixture
def launch():
    """The module without the run of main() at its end."""
    text = (Path(runner.__file__).parent / "launch.py").read_text()
    assert text.endswith("\nmain()\n")
    module = types.ModuleType("launch")
    exec(text[:-len("main()\n")], module.__dict__)
    return module


def test_what_held_the_request_is_gone_for_sql_java_and_children(launch, spark):
    java, sql = spark._jvm.java.lang, spark.newSession()
    sql.conf.set("spark.sql.variable.substitute", "true")
    ask = "SELECT '${env:%s}'" % SECRET
    if java.System.getenv(SECRET) is not None:  # the first time in this JVM
        assert sql.sql(ask).first()[0] == "secret"
        launch.forget(spark._jvm, [SECRET, "NEVER_THERE"])
    assert sql.sql(ask).first()[0] == "${env:%s}" % SECRET
    assert java.System.getenv(SECRET) is None
    assert SECRET not in java.System.getenv()
    lines = sql.sql("SELECT TRANSFORM(1) USING 'env' AS (line STRING)").collect()
    assert lines and not [line for line, in lines if line.startswith(SECRET)]


def test_it_is_gone_when_the_jvm_is_first_spoken_to(launch):
    done = []

    class Context:
        _jvm = "jvm"

        @classmethod
        def _ensure_initialized(cls, instance=None):
            done.append("connected")

    launch.__dict__.update(spark_context=lambda: Context, forget=lambda jvm, names: done.append((jvm, names)))
    launch.forget_in_jvm(["A"])
    assert done == []  # a script that uses no Spark pays nothing
    Context._ensure_initialized(instance=1)
    Context._ensure_initialized()
    assert done == ["connected", ("jvm", ["A"]), "connected"]


def test_a_jvm_that_keeps_it_is_told(launch, capsys):
    class Context:
        _jvm = None

        @classmethod
        def _ensure_initialized(cls):
            pass

    launch.__dict__.update(spark_context=lambda: Context)
    launch.forget_in_jvm(["A"])
    Context._ensure_initialized()
    assert "still in the environment" in capsys.readouterr().err


def test_the_package_is_unpacked_into_its_folder(launch, tmp_path):
    archives = []
    for name in ("context.py", "sql/run.py"):
        held, member = io.BytesIO(), tarfile.TarInfo(name)
        member.size, member.uid = 5, 12345
        with tarfile.open(fileobj=held, mode="w:gz") as tar:
            tar.addfile(member, io.BytesIO(b"x = 1"))
        archives.append(base64.b64encode(held.getvalue()).decode())
    launch.unpack(archives, str(tmp_path))
    for name in ("context.py", "sql/run.py"):
        path = tmp_path / "mcp_spark_runner" / name
        assert path.read_text() == "x = 1" and path.stat().st_uid != 12345


def test_a_full_disk_is_told_with_the_folder_and_has_room_for_the_reason(launch, tmp_path, monkeypatch):
    def fill(archives, folder):
        (tmp_path / "package").mkdir()
        raise OSError(errno.ENOSPC, "No space left on device")

    for log in ("stdout", "stderr"):
        (tmp_path / log).write_text("kept")
    monkeypatch.setattr(launch, "unpack", fill)
    with pytest.raises(OSError, match="No space left on device: '%s'" % tmp_path):
        launch.unpack_all({"files": {"job.py": "x = 1"}}, str(tmp_path))
    assert sorted(os.listdir(tmp_path)) == ["stderr", "stdout"]
