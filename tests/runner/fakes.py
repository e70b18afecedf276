"""A Spark that notes what it is asked, and operations that a test brings along."""

import sys
import threading
import types

from runner import operations


class Scope:
    """A SparkContext."""

    applicationId = "app-fake"

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


class Spark:
    """A SparkSession, and the builder that gives it."""

    def __init__(self):
        self.sparkContext = Scope()
        self.builder = self
        self.is_stopped = False

    def getOrCreate(self):
        return self

    def stop(self):
        self.is_stopped = True


class Clock:
    """In place of a module's time: stands still until it is wound."""

    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now


def bring(monkeypatch, kind, run):
    """From now on run(context, arguments) is what the operation of this kind does."""
    module = types.ModuleType("runner.fake_" + kind)
    module.run = run
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(operations.MODULES, kind, "fake_" + kind)
