"""A real Spark standalone cluster from pip's pyspark: master, workers, history server.

All on the loopback address, with ports and folders of its own, so that it disturbs no other Spark.
"""

import json
import os
import random
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import processes
import quick_java

CORES = 8  # Spark does not mind that the machine may have fewer
MEMORY = "9g"
given_ports = set()


def free_port():
    """A port below those the system hands out by itself, and never the same twice."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in given_ports:
            given_ports.add(port)
            return port


def get(url, timeout=5):
    with urllib.request.urlopen(url, timeout=timeout) as answer:
        return answer.read().decode()


def get_json(url):
    try:
        return json.loads(get(url))
    except (OSError, ValueError):
        return None


class Cluster:
    """options: properties of master and workers, beside those that every cluster here has. host: "[::1]" for IPv6."""

    def __init__(self, spark_home, python, folder, options=(), host="127.0.0.1"):
        self.host = host
        self.options = "".join(" -D" + option for option in options)
        self.spark_home = Path(spark_home)
        self.python = str(python)
        self.java_options = quick_java.options(spark_home)
        self.folder = Path(folder)
        self.events = self.folder / "events"
        self.work = self.folder / "work"
        self.port = free_port()
        self.rest_port = free_port()
        self.ui_port = free_port()
        self.history_port = free_port()
        self.url = "spark://%s:%d" % (host, self.port)
        self.rest_url = "http://%s:%d" % (host, self.rest_port)
        self.ui_url = "http://%s:%d" % (host, self.ui_port)
        self.history_url = "http://%s:%d" % (host, self.history_port)
        self.master = self.history = None
        self.workers = []
        for place in (self.events, self.work, self.folder / "tmp"):
            place.mkdir(parents=True, exist_ok=True)

    # What a user would put into the host's configuration.
    def environment(self, **changes):
        values = {
            "SPARK_MASTER": self.url,
            "SPARK_REST_URL": self.rest_url,
            "SPARK_MASTER_UI_URL": self.ui_url,
            "SPARK_HISTORY_URL": self.history_url,
            "SPARK_EXECUTOR_MEMORY": "600m",
            # Sessions of several servers share the cluster: each takes a driver and two executors.
            "SPARK_CONF": "spark.eventLog.enabled=true,spark.eventLog.dir=file://%s,"
                          "spark.dynamicAllocation.maxExecutors=2,"
                          "spark.driver.extraJavaOptions=%s,spark.executor.extraJavaOptions=%s"
                          % (self.events, self.java_options, self.java_options),
            "PYSPARK_PYTHON": self.python,
        }
        values.update(changes)
        return {key: value for key, value in values.items() if value is not None}

    def start(self):
        self.start_master()
        self.start_history()
        self.start_worker()
        self.wait_ready()

    def start_master(self, rest=True):
        self.master = self.spawn(
            "master", "org.apache.spark.deploy.master.Master",
            ["--host", self.host, "--port", str(self.port), "--webui-port", str(self.ui_port)],
            SPARK_MASTER_OPTS="-Dspark.master.rest.enabled=%s -Dspark.master.rest.port=%d"
                              " -Dspark.port.maxRetries=0%s" % (str(rest).lower(), self.rest_port, self.options))

    def start_history(self):
        self.history = self.spawn(
            "history", "org.apache.spark.deploy.history.HistoryServer", [],
            SPARK_HISTORY_OPTS="-Dspark.history.ui.port=%d -Dspark.history.fs.logDirectory=file://%s"
                               " -Dspark.history.fs.update.interval=2s" % (self.history_port, self.events))

    def start_worker(self, host=None, before=()):
        """before: a command that runs the worker, as unshare does."""
        ui_port = free_port()
        worker = self.spawn(
            "worker%d" % len(self.workers), "org.apache.spark.deploy.worker.Worker",
            ["--host", host or self.host, "--webui-port", str(ui_port), "--cores", str(CORES),
             "--memory", MEMORY, "--work-dir", str(self.work), self.url], before, SPARK_WORKER_OPTS=self.options.strip(),
            SPARK_LOCAL_IP=host or self.host)
        worker.ui_port = ui_port
        self.workers.append(worker)
        return worker

    def spawn(self, name, main_class, arguments, before=(), **options):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("SPARK_")}
        environment.update(
            SPARK_HOME=str(self.spark_home), SPARK_DAEMON_MEMORY="512m", SPARK_DAEMON_JAVA_OPTS=self.java_options,
            LC_ALL="C",  # as in Spark's containers: a JVM that knows ASCII only
            PYSPARK_PYTHON=self.python, **{"SPARK_LOCAL_IP": self.host, **options})
        with open(self.folder / (name + ".log"), "ab") as log:
            process = subprocess.Popen(
                [*before, str(self.spark_home / "bin" / "spark-class"), main_class] + arguments,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, cwd=self.folder,
                start_new_session=True)
        process.label = name
        return process

    def wait_ready(self, seconds=60):
        wanted = sum(worker.poll() is None for worker in self.workers)

        def ready():
            for process in [self.master, self.history] + self.workers:
                if process is not None and process.poll() is not None and not getattr(process, "ended", False):
                    raise RuntimeError("%s did not start:\n%s" % (process.label, self.log(process)[-3000:]))
            return (self.state().get("aliveworkers") == wanted
                    and (self.history is None or get_json(self.history_url + "/api/v1/version")))

        if not processes.wait_until(ready, seconds):
            raise RuntimeError("the cluster is not ready after %d s:\n%s" % (
                seconds, "\n".join(self.log(p)[-2000:] for p in [self.master] + self.workers)))

    def log(self, process):
        return (self.folder / (process.label + ".log")).read_text(errors="replace")

    def state(self):
        return get_json(self.ui_url + "/json/") or {}

    def application(self, application_id):
        state = self.state()
        for app in state.get("activeapps", []) + state.get("completedapps", []):
            if app["id"] == application_id:
                return app
        return None

    def driver(self, submission_id):
        state = self.state()
        for driver in state.get("activedrivers", []) + state.get("completeddrivers", []):
            if driver["id"] == submission_id:
                return driver
        return None

    def active_drivers(self):
        """None when the master cannot be asked: that is not the same as none running."""
        state = self.state()
        return [driver["id"] for driver in state["activedrivers"]] if state else None

    def executors_of(self, application_id):
        """As the workers tell it: [(memory, cores)] of executors that run for the application."""
        found = []
        for worker in self.state().get("workers", []):
            told = get_json(worker["webuiaddress"] + "/json/") if worker["state"] == "ALIVE" else None
            for executor in (told or {}).get("executors", []):
                if executor["appid"] == application_id:
                    found.append(executor)
        return found

    def worker_of(self, submission_id):
        """The process of the worker on which a driver runs."""
        wanted = (self.driver(submission_id) or {}).get("worker")
        for page in self.state().get("workers", []):
            if page["id"] == wanted:
                port = page["webuiaddress"].rpartition(":")[2]
                return next(worker for worker in self.workers if worker.ui_port == int(port))
        return None

    def kill_all_drivers(self):
        """Between test modules: no job of one may take the room of another's."""
        for driver in self.active_drivers() or []:
            request = urllib.request.Request(
                "%s/v1/submissions/kill/%s" % (self.rest_url, driver), data=b"", method="POST")
            urllib.request.urlopen(request, timeout=10).close()
        processes.wait_until(lambda: self.active_drivers() == [] and not self.state()["activeapps"], 60)

    def written_logs(self):
        """Every file that the daemons and the jobs have written: {path: bytes}."""
        found = {}
        for place in (self.folder.glob("*.log"), self.work.rglob("std*"), self.events.rglob("*")):
            found.update({path: path.read_bytes() for path in place if path.is_file()})
        return found

    def end(self, process, by=signal.SIGTERM):
        """End a daemon and, with its session, everything that it has started."""
        if process is None:
            return
        process.ended = True
        if process.poll() is None:
            process.send_signal(by)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            pass
        end = time.monotonic() + (0 if by == signal.SIGKILL else 5)
        while time.monotonic() < end and group_lives(process.pid):
            time.sleep(0.1)
        if by != signal.SIGKILL and group_lives(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(15)

    def stop(self):
        for process in self.workers + [self.history, self.master]:
            self.end(process)
            if process is not None and group_lives(process.pid):
                os.killpg(process.pid, signal.SIGKILL)


def group_lives(group):
    return any(processes.is_alive(pid) for pid in all_in_group(group))


def all_in_group(group):
    found = []
    for pid in processes.all_pids():
        status = processes.read(pid, "stat").rpartition(b")")[2].split()
        if status and int(status[2]) == group:
            found.append(pid)
    return found
