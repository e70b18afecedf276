#!/usr/bin/env python3
"""The demo: what an AI client does with mcp-spark-server, shown in a terminal.

    examples/demo.py [SERVER]      (demo.sh prepares everything and then runs this)

Starts the server as a client would, speaks MCP over its stdin and stdout, runs a real PySpark job,
looks at the cluster, reads data, runs SQL, trains a model, kills a job, and checks that nothing is
left running. SPARK_MASTER names a
cluster; without it the server starts a private Spark on this machine. Standard library only.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import uuid

from stdio_client import Server, ServerFailed

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
WAIT = 230  # seconds; the longest that a call may wait

SLEEPING_JOB = """
import time
from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("endless-job").getOrCreate()
print("sleeping in one task for ten minutes", flush=True)
spark.sparkContext.parallelize([600], 1).foreach(time.sleep)
"""


class Screen:
    """Writes to the terminal; colours and a live line only where there is one."""

    def __init__(self):
        self.is_terminal = sys.stdout.isatty()
        self.has_colours = self.is_terminal and "NO_COLOR" not in os.environ
        self.width = shutil.get_terminal_size((100, 24)).columns
        self.begun = time.monotonic()
        self.last = None
        self.is_live = False
        self.steps = 0

    def paint(self, text, code):
        return "\033[%sm%s\033[0m" % (code, text) if self.has_colours else text

    def bold(self, text):
        return self.paint(text, "1")

    def dim(self, text):
        return self.paint(text, "2")

    def print(self, text="", indent=3):
        self.end_live_line()
        for line in text.splitlines() or [""]:
            print((" " * indent + line).rstrip(), flush=True)

    def title(self, text):
        self.steps += 1
        self.print("\n" + self.paint("%d. %s" % (self.steps, text), "1;36"), indent=0)
        self.begun, self.last = time.monotonic(), None

    def call(self, tool, arguments):
        """Show a call as the client sends it."""
        shown = json.dumps(arguments).replace(ROOT + "/", "")
        self.print(self.bold(tool) + " " + self.dim(shown))

    def progress(self, message):
        """A line that is written over on a terminal, and once for each kind of message elsewhere."""
        text = "%6.1f s  %s" % (time.monotonic() - self.begun, message)
        if self.is_terminal:
            print("\r\033[K   " + self.paint(text[:self.width - 4], "33"), end="", flush=True)
            self.is_live = True
        elif without_numbers(message) != self.last:
            self.print(text)
        self.last = without_numbers(message)

    def end_live_line(self):
        if self.is_live:
            print(flush=True)
        self.is_live = False


class Demo:
    def __init__(self, binary):
        self.screen = Screen()
        self.binary = binary
        self.folder = tempfile.TemporaryDirectory(prefix="spark-demo-")
        self.mark = "MCP_SPARK_DEMO=" + uuid.uuid4().hex
        self.times = []
        self.server = None

    def environment(self):
        """What a host's configuration would say."""
        values = {key: value for key, value in os.environ.items() if key != "SPARK_HOME"}
        values.setdefault("SPARK_MASTER", "local[*]")
        values.setdefault("SPARK_EXECUTOR_MEMORY", "1g")
        if values["SPARK_MASTER"].startswith("local"):
            values["PYSPARK_PYTHON"] = sys.executable
        key, _, value = self.mark.partition("=")
        values[key] = value
        return values

    def measure(self, what, work):
        begun = time.monotonic()
        result = work()
        self.times.append((what, time.monotonic() - begun))
        return result

    def call(self, what, tool, arguments):
        self.screen.call(tool, arguments)
        self.screen.begun = time.monotonic()
        return self.measure(what, lambda: self.server.call(
            tool, arguments, seconds=WAIT + 60, on_progress=self.screen.progress))

    # The steps, in the order in which they are shown.

    def run(self):
        try:
            self.start()
            self.submit()
            self.monitor()
            self.read()
            self.query()
            self.train()
            self.kill()
            self.finish()
        finally:
            if self.server is not None and self.server.process.poll() is None:
                self.server.close()
            self.folder.cleanup()

    def start(self):
        self.screen.title("Start the server")

        def initialize():
            self.server = Server([self.binary], self.environment())
            return self.server.initialize("demo")

        info = self.measure("start of the server, first answer", initialize)
        tools = self.measure("tools/list", lambda: self.server.request("tools/list"))["tools"]
        self.screen.print("%s %s, MCP %s, answered after %s" % (
            info["serverInfo"]["name"], info["serverInfo"]["version"], info["protocolVersion"],
            self.screen.bold(in_units(self.times[0][1]))))
        for tool in tools:
            self.screen.print(self.screen.bold("%-18s" % tool["name"]) + tool.get("title", ""))

    def submit(self):
        is_local = self.environment()["SPARK_MASTER"].startswith("local")
        what = "private Spark and flight_delays.py" if is_local else "flight_delays.py"
        self.screen.title("Submit a PySpark job: 27,004 real flights joined with the weather")
        data, text = self.call(what, "submit-spark-job", {
            "application_file": os.path.join(HERE, "flight_delays.py"),
            "args": ["--data", os.environ.get("DEMO_DATA", os.path.join(HERE, "data"))],
            "wait_seconds": WAIT})
        data, text = self.until_finished(data, text)
        if data["state"] != "FINISHED":
            raise ServerFailed("the job ended as %s\n%s" % (data["state"], text))
        self.screen.print("\n" + text.partition("Output (")[0] + "\n")
        _, text = self.call("monitor-cluster, logs", "monitor-cluster", {
            "metric_type": "logs", "submission_id": data["submissionId"], "length": 10000})
        self.screen.print("\n" + text.rstrip())

    def until_finished(self, data, text):
        """A cold machine may need longer than one call can wait: ask again."""
        while not data["finished"]:
            answer, text = self.server.call(
                "monitor-cluster", {"submission_id": data["submissionId"], "wait_seconds": WAIT},
                seconds=WAIT + 60, on_progress=self.screen.progress)
            data = answer["job"]
        return data, text

    def monitor(self):
        self.screen.title("Look at the cluster")
        for metric_type in ("cluster", "applications"):
            _, text = self.call("monitor-cluster, " + metric_type,
                                "monitor-cluster", {"metric_type": metric_type})
            self.screen.print("\n" + text + "\n")

    def data_path(self, name):
        return os.path.join(os.environ.get("DEMO_DATA", os.path.join(HERE, "data")), name)

    def output_path(self, name):
        """Where the workers can write, in a folder of this demo alone."""
        folder = self.folder.name
        if "DEMO_OUTPUT" in os.environ:
            folder = os.path.join(os.environ["DEMO_OUTPUT"], os.path.basename(folder))
        return os.path.join(folder, name)

    def ask(self, what, tool, arguments):
        """A call whose whole answer is shown; work that takes longer is waited for by its id."""
        data, text = self.call(what, tool, arguments)
        while data.get("state") == "RUNNING":
            answer, text = self.server.call(
                "monitor-cluster", {"operation_id": data["operationId"], "wait_seconds": WAIT},
                seconds=WAIT + 60, on_progress=self.screen.progress)
            data = answer.get("result", answer)
        self.screen.print("\n" + text.rstrip() + "\n")
        return data

    def read(self):
        self.screen.title("Look into the data: the first call starts a session that stays warm")
        self.ask("session, and a first look into the data", "manage-data", {
            "operation": "read", "source_path": self.data_path("weather-2013-01.csv.gz"),
            "transformation_config": {"view": "weather"}, "wait_seconds": WAIT})

    def query(self):
        self.screen.title("Run SQL in the warm session")
        flights = {"path": self.data_path("flights-2013-01.csv.gz"), "format": "csv",
                   "options": {"header": "true", "inferSchema": "true", "nullValue": "NA"}}
        sql = ("SELECT carrier, count(*) AS flights, round(avg(dep_delay), 1) AS delay, "
               "round(avg(wind_speed), 1) AS wind FROM flights JOIN weather USING (origin, time_hour) "
               "GROUP BY carrier ORDER BY delay DESC LIMIT 5")
        self.ask("execute-sql", "execute-sql", {"sql": sql, "views": {"flights": flights}, "wait_seconds": WAIT})
        self.ask("execute-sql, again", "execute-sql", {"sql": sql, "wait_seconds": WAIT})

    def train(self):
        self.screen.title("Train a text classifier, cross-validated, and save it")
        self.ask("run-ml-pipeline", "run-ml-pipeline", {
            "pipeline_config": {"stages": [
                {"type": "feature_engineering", "vectorizer": "TfidfVectorizer", "max_features": 1000,
                 "ngram_range": [1, 2]},
                {"type": "model_training", "algorithm": "LogisticRegression"},
                {"type": "model_evaluation", "cross_validation": {"folds": 3, "seed": 42}}]},
            "data_path": self.data_path("sms-spam.json.gz"),
            "model_output_path": self.output_path("spam-model"),
            "evaluation_metrics": ["accuracy", "precision", "recall", "f1", "auc"], "wait_seconds": WAIT})

    def kill(self):
        self.screen.title("Submit a job that never ends, and kill it")
        path = os.path.join(self.folder.name, "endless_job.py")
        with open(path, "w") as file:
            file.write(SLEEPING_JOB)
        data, text = self.call("submit-spark-job, until it is accepted", "submit-spark-job",
                               {"application_file": path, "wait_seconds": 0})
        job = data["submissionId"]
        self.screen.print("\n" + text + "\n")
        self.screen.begun = time.monotonic()
        self.until_it_sleeps(job)
        data, text = self.call("kill-spark-job, until it is gone",
                               "kill-spark-job", {"submission_id": job})
        if not data["killed"]:
            raise ServerFailed("the job was not killed\n" + text)
        self.screen.print("\n" + text)

    def until_it_sleeps(self, job):
        end = time.monotonic() + 120
        while time.monotonic() < end:
            data = self.server.call("monitor-cluster", {"submission_id": job})[0]["job"]
            self.screen.progress("the job is " + data["state"])
            if data["finished"]:
                raise ServerFailed("the job ended by itself as " + data["state"])
            if "sleeping in one task" in data.get("output", ""):
                return
            time.sleep(0.5)
        raise ServerFailed("the job does not sleep after 120 s")

    def finish(self):
        self.screen.title("End the server, as a client does: close its input")
        memory = peak_memory(self.server.process.pid)
        started = descendants(self.server.process.pid) | with_mark(self.mark)
        code = self.measure("end of the server", self.server.close)
        if code != 0:
            raise ServerFailed("the server ended with code %d\n%s" % (code, self.server.stderr()))
        left = self.wait_for_end(started)
        if left:
            raise ServerFailed("still running:\n" + "\n".join(describe(pid) for pid in sorted(left)))
        self.screen.print("The server has gone, and so has every process that it had started.\n")
        width = max(len(what) for what, _ in self.times)
        for what, seconds in self.times:
            self.screen.print("%s  %10s" % (what.ljust(width), in_units(seconds)))
        if memory:
            self.screen.print("%s  %10s" % ("most memory that the server used".ljust(width), memory))
        self.screen.title("What you can do next")
        self.screen.print("A statement of your own:\n")
        print(next_command(self.binary) + "\n")
        self.screen.print("The same for an AI client; this goes into its configuration (README.md says where that is):\n")
        print(host_configuration(self.binary))

    def wait_for_end(self, started):
        end = time.monotonic() + 15
        while True:
            left = {pid for pid in started if describe(pid)} | with_mark(self.mark)
            if not left or time.monotonic() > end:
                return left
            time.sleep(0.2)


def next_command(binary):
    """For a shell in any folder."""
    views = {"flights": {"path": os.path.join(HERE, "data", "flights-2013-01.csv.gz")}}
    return shlex.join([binary, "sql", "SELECT origin, count(*) AS flights FROM flights GROUP BY origin",
                       "views=" + json.dumps(views)])


def host_configuration(binary):
    environment = {name: os.environ[name] for name in ("SPARK_MASTER", "JAVA_HOME") if os.environ.get(name)}
    environment["PYSPARK_PYTHON"] = sys.executable
    return json.dumps({"mcpServers": {"spark": {"command": binary, "env": environment}}}, indent=2)


def without_numbers(text):
    return re.sub("[0-9]+", "", text)


def in_units(seconds):
    if seconds < 1:
        return "%.*f ms" % (seconds < 0.01, 1000 * seconds)
    return "%.1f s" % seconds


def process_table():
    """{pid: parent} of every live process."""
    told = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat="], stdout=subprocess.PIPE, text=True)
    rows = [line.split() for line in told.stdout.splitlines()]
    return {int(row[0]): int(row[1]) for row in rows if not row[2].startswith("Z")}


def descendants(pid):
    table = process_table()
    found, new = set(), {pid}
    while new:
        new = {child for child, parent in table.items() if parent in new} - found
        found |= new
    return found


def with_mark(mark):
    """Processes whose environment holds the mark, whoever their parent is now (Linux only)."""
    found = set()
    for name in os.listdir("/proc") if os.path.isdir("/proc/self") else []:
        try:
            with open("/proc/%s/environ" % name, "rb") as file:
                if name.isdigit() and mark.encode() in file.read():
                    found.add(int(name))
        except OSError:  # not ours to read, or gone
            pass
    return found


def describe(pid):
    """One line about a live process; empty when it has gone."""
    told = subprocess.run(["ps", "-o", "pid=,stat=,args=", "-p", str(pid)],
                          stdout=subprocess.PIPE, text=True).stdout.strip()
    is_zombie = told and told.split()[1].startswith("Z")
    return "" if is_zombie else told[:160]


def peak_memory(pid):
    try:
        with open("/proc/%d/status" % pid) as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    return "%.1f MiB" % (int(line.split()[1]) / 1024)
    except OSError:  # not Linux
        pass
    return None


def main():
    binary = sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build/release/mcp-spark-server")
    if not os.access(binary, os.X_OK):
        sys.exit("no server at '%s': build it, or run examples/demo.sh" % binary)
    demo = Demo(os.path.abspath(binary))
    try:
        demo.run()
    except ServerFailed as error:
        demo.screen.end_live_line()
        print("\n" + demo.screen.paint("failed: ", "1;31") + str(error), file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
