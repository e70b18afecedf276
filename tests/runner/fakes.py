"""A Spark that notes what it is asked, operations that a test brings along, a client of the session."""

import contextlib
import http.client
import json
import sys
import threading
import time
import types

from runner.serve import operations

TOKEN = "0123456789abcdef" * 4
PATIENCE = 20  # seconds for what takes none


class Scope:
    """A SparkContext."""

    applicationId, master = "app-fake", "spark://fake:7077"

    def __init__(self):
        self.groups = []  # (group, description) of each operation
        self.pools = []
        self.cancelled = []
        self.jobs = {}  # group -> jobs, as the tracker gives them
        self.stages = {}
        self.lock = threading.Lock()

    def setJobGroup(self, group, description, interrupt=False):
        self.groups.append((group, description))

    def setLocalProperty(self, key, value):
        self.pools.append(value)

    def cancelJobGroup(self, group):
        self.cancelled.append(group)

    def statusTracker(self):
        return self

    def getJobIdsForGroup(self, group):
        return list(self.jobs.get(group, {}))

    def getJobInfo(self, job_id):
        return next((jobs[job_id] for jobs in self.jobs.values() if job_id in jobs), None)

    def getStageInfo(self, stage_id):
        return self.stages.get(stage_id)


class Hadoop:
    """A configuration in which nothing is set."""

    def hadoopConfiguration(self):
        return self

    def get(self, name, default=None):
        return default

    def getBoolean(self, name, default):
        return default

    def getPropsWithPrefix(self, prefix):
        return {}


class Spark:
    """A SparkSession."""

    _mcp_java_forgotten = True  # read_only.guard has nothing to do

    def __init__(self):
        self.sparkContext = Scope()
        self._jvm = self.System = self
        self._jsc = Hadoop()
        self.is_stopped = False
        self.collections = 0

    def stop(self):
        self.is_stopped = True

    def gc(self):
        self.collections += 1


class Clock:
    """In place of a module's time: stands still until it is wound."""

    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        time.sleep(seconds)


def bring(monkeypatch, kind, run, writes=()):
    """From now on run(context, arguments) is what the operation of this kind does."""
    module = types.ModuleType("runner.%s.run" % kind)
    module.run = run
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(operations.OPERATIONS, kind, operations.Kind(writes))


@contextlib.contextmanager
def gated(monkeypatch):
    """Operations of the kind "gate" go on until the gate is set."""
    gate = threading.Event()

    def run(context, arguments):
        while not gate.wait(0.01):
            context.check()
        return {"by": context.operation_id, "arguments": arguments}

    bring(monkeypatch, "gate", run)
    yield gate
    gate.set()


def settings(**more):
    """Of a session."""
    return dict({"token": TOKEN, "nonce": "n0", "idleSeconds": 900, "goneSeconds": 30}, **more)


def ask(port, method, path, body=None, token=TOKEN, connection=None):
    own = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    headers = {"Authorization": "Bearer " + token} if token else {}
    own.request(method, path, None if body is None else json.dumps(body), headers)
    response = own.getresponse()
    text = response.read()
    if connection is None:
        own.close()
    return types.SimpleNamespace(status=response.status, text=text, headers=dict(response.getheaders()),
                                 json=json.loads(text) if text else None)
