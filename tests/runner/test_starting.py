"""How Spark starts for operations, and what it logs then."""

import contextlib
import threading
import time
from types import SimpleNamespace

import pytest

from runner.serve import starting


def test_what_is_loaded_ahead_is_there_when_a_session_begins(spark, monkeypatch):
    loaded = []

    def load():
        time.sleep(0.2)  # longer than the rest takes
        loaded.append(threading.current_thread() is not threading.main_thread())

    monkeypatch.setattr(starting, "_load_ahead", load)
    assert starting.begin().sparkContext is spark.sparkContext
    assert loaded == [True]


def test_spark_4_has_what_is_loaded_ahead(spark, monkeypatch):
    monkeypatch.setattr(starting.contextlib, "suppress", lambda *errors: contextlib.nullcontext())
    with contextlib.nullcontext() if spark.version[0] > "3" else pytest.raises(TypeError):
        starting._load_ahead()


class Logging:
    """A session whose logging is configured by a file; None: by something else than log4j 2."""

    def __init__(self, location, level=""):
        context = SimpleNamespace(getConfigLocation=lambda: SimpleNamespace(toString=lambda: location))
        manager = SimpleNamespace(getContext=lambda current: context)
        log4j = SimpleNamespace(LogManager=manager) if location else SimpleNamespace()
        logging = SimpleNamespace(log4j=log4j)
        self._jvm = SimpleNamespace(org=SimpleNamespace(apache=SimpleNamespace(logging=logging)))
        self.conf = SimpleNamespace(get=lambda key, default: level)
        self.levels = []
        self.sparkContext = SimpleNamespace(setLogLevel=self.levels.append)


@pytest.mark.parametrize("location, level, levels", [
    ("jar:file:/spark/jars/spark-common-utils.jar!/org/apache/spark/log4j2-defaults.properties", "", ["WARN"]),
    ("jar:file:/spark/jars/spark-common-utils.jar!/org/apache/spark/log4j2-defaults.properties", "INFO", []),
    ("file:/spark/conf/log4j2.properties", "", []),
    (None, "", []),
])
def test_a_session_logs_as_a_shell_unless_told_otherwise(location, level, levels):
    spark = Logging(location, level)
    starting.log_as_a_shell(spark)
    assert spark.levels == levels
