#!/usr/bin/env python3
"""Record what a real standalone cluster answers, for the unit tests.

usage: record.py MASTER_UI REST HISTORY SPARK_HOME PYTHON EVENTS

MASTER_UI, REST and HISTORY are addresses, such as http://127.0.0.1:8080; SPARK_HOME and PYTHON
are those of the worker, which runs on this machine; EVENTS is the folder that the history server
reads. javac and jar must be on the path.

Runs drivers that fail, each in a way of its own, and writes the end of their stdout and stderr
(as much as the server reads of them) and their last status to spark-VERSION/. Then runs one
application while another driver finds no room, and writes what master, history server, worker
and the application's UI say of that.
"""

import json
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
TAIL = 64 * 1024  # TAIL_LENGTH of spark/driver.c
LAUNCHER = (HERE / "../../src/runner/launch.py").resolve().read_text()
BOOTSTRAP = "import os;exec(os.environ['MCP_SPARK_RUNNER'],{'__name__':'mcp_spark_launch'})"
OPENS = " ".join(  # as JavaModuleOptions.java of Spark lists them
    ["-XX:+IgnoreUnrecognizedVMOptions"]
    + ["--add-opens=java.base/%s=ALL-UNNAMED" % package for package in (
        "java.lang java.lang.invoke java.lang.reflect java.io java.net java.nio java.util"
        " java.util.concurrent java.util.concurrent.atomic jdk.internal.ref sun.nio.ch sun.nio.cs"
        " sun.security.action sun.util.calendar").split()])

SCRIPTS = {
    "python-exception": """\
def read_price(row):
    raise ValueError("no price in row 3:\\n  3,,apples\\n2026 is not a price")


read_price(3)
""",
    "python-raised-from": """\
try:
    {}["colour"]
except KeyError as error:
    raise RuntimeError("the colour is missing") from error
""",
    "python-in-task": """\
from pyspark.sql import SparkSession


def price(row):
    if row == 3:
        raise ValueError("no price in row 3")
    return row


SparkSession.builder.getOrCreate().sparkContext.parallelize(range(4), 2).map(price).collect()
""",
    "python-missing-input": """\
from pyspark.sql import SparkSession

SparkSession.builder.getOrCreate().sparkContext.textFile("/no/such/input").count()
""",
    "python-unknown-column": """\
from pyspark.sql import SparkSession

SparkSession.builder.getOrCreate().range(3).select("colour").show()
""",
    "python-syntax-error": "price = = 3\n",
    "python-exit-3": "import sys\n\nprint('leaving')\nsys.exit(3)\n",
    "python-exit-text": "import sys\n\nsys.exit('nothing to do')\n",
    "python-missing-module": "import no_such_module\n",
}

JAVA = """\
package example;

public final class Failing {
    public static void main(String[] args) throws Exception {
        switch (args[0]) {
        case "plain":
            throw new IllegalStateException("no words were given");
        case "chain":
            try {
                new java.io.FileInputStream("/no/such/words").close();
            } catch (java.io.IOException error) {
                throw new RuntimeException("cannot count",
                    new IllegalArgumentException("no words", error));
            }
            break;
        case "memory":
            System.out.println("asking for much");
            System.out.println(new long[400_000_000].length);
            break;
        case "thread":
            Thread thread = new Thread(() -> {
                throw new IllegalStateException("only this thread");
            });
            thread.start();
            thread.join();
            System.exit(4);
            break;
        }
    }
}
"""

RUNNING = """\
import time

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.range(1000).count()
print("counted")
time.sleep(40)
"""


class Recorder:
    def __init__(self, ui, rest, history, spark_home, python, events):
        self.ui, self.rest, self.history = ui, rest, history
        self.python = python
        self.events = events
        self.folder = Path(tempfile.mkdtemp())
        self.version = self.create(self.request("x.Y", "file:/no/such.jar", []))["serverSparkVersion"]
        self.target = HERE / ("spark-" + self.version)
        self.target.mkdir(exist_ok=True)
        # Folders of this machine say nothing about Spark.
        self.names = [
            (str(self.folder), "/jobs"),
            (str(Path(spark_home).resolve()), "/opt/spark"),
            (str(Path(python).parent.parent), "/opt/python"),
            (events, "/var/spark/events"),
        ]

    def get(self, url):
        try:
            with urllib.request.urlopen(url, timeout=20) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.read().decode()

    def get_json(self, url):
        return json.loads(self.get(url))

    def write(self, name, text):
        for found, shown in self.names:
            text = text.replace(found, shown)
        (self.target / name).write_bytes(text.encode())
        print(name, len(text))

    def request(self, main_class, resource, arguments, environment=None, properties=None):
        return {
            "action": "CreateSubmissionRequest",
            "clientSparkVersion": "3.5.0",
            "appResource": resource,
            "mainClass": main_class,
            "appArgs": arguments,
            "environmentVariables": dict({"PYSPARK_PYTHON": self.python}, **(environment or {})),
            "sparkProperties": dict({
                "spark.app.name": "recorded",
                "spark.driver.memory": "600m",
                "spark.executor.memory": "600m",
                "spark.cores.max": "1",
                "spark.driver.extraJavaOptions": OPENS,
                "spark.eventLog.enabled": "true",
                "spark.eventLog.dir": "file://" + self.events,
            }, **(properties or {})),
        }

    def create(self, request):
        call = urllib.request.Request(
            self.rest + "/v1/submissions/create", data=json.dumps(request).encode(), method="POST")
        with urllib.request.urlopen(call, timeout=20) as answer:
            return json.load(answer)

    def kill(self, driver):
        url = "%s/v1/submissions/kill/%s" % (self.rest, driver)
        urllib.request.urlopen(urllib.request.Request(url, data=b"", method="POST")).close()

    def status(self, driver):
        return self.get_json("%s/v1/submissions/status/%s" % (self.rest, driver))

    def python_request(self, script, **more):
        packed = {"name": "job.py", "files": {"job.py": script}, "args": [], "conf": {}, "pyFiles": []}
        environment = {"MCP_SPARK_RUNNER": LAUNCHER, "MCP_SPARK_REQUEST_0": json.dumps(packed)}
        environment.update(more.pop("environment", {}))
        return self.request("org.apache.spark.deploy.PythonRunner", "", ["-c", "", BOOTSTRAP],
                            environment=environment, **more)

    def worker(self):
        return next(w for w in self.get_json(self.ui + "/json/")["workers"] if w["state"] == "ALIVE")

    def log(self, driver, kind, length=TAIL):
        return self.get("%s/log/?driverId=%s&logType=%s&byteLength=%d" % (
            self.worker()["webuiaddress"], driver, kind, length))

    def learn_folder(self, page):
        found = re.match(r"==== Bytes .* of (/.*)/driver-", page)
        if found:
            self.names.append((found.group(1), "/var/spark/work"))

    def record_failure(self, name, request):
        driver = self.create(request)["submissionId"]
        while True:
            status = self.status(driver)
            if status["driverState"] not in ("SUBMITTED", "RUNNING"):
                break
            time.sleep(0.3)
        for kind in ("stdout", "stderr"):
            page = self.log(driver, kind)
            self.learn_folder(page)
            self.write("%s.%s" % (name, kind), page.partition("\n")[2])
        self.write(name + ".status", json.dumps(status, indent=2) + "\n")

    def compile(self):
        source = self.folder / "Failing.java"
        source.write_text(JAVA)
        jar = self.folder / "failing.jar"
        subprocess.run(["javac", "-nowarn", "-d", str(self.folder), str(source)], check=True)
        subprocess.run(["jar", "cf", str(jar), "-C", str(self.folder), "example"], check=True)
        return "file:%s" % jar

    def record_failures(self):
        for name, script in SCRIPTS.items():
            self.record_failure(name, self.python_request(script))
        self.record_failure("python-not-there", self.python_request(
            "print(1)\n", environment={"PYSPARK_PYTHON": "/no/such/python"}))
        jar = self.compile()
        for how in ("plain", "chain", "memory", "thread"):
            self.record_failure("java-" + how, self.request("example.Failing", jar, [how]))
        self.record_failure("java-no-class", self.request("example.Missing", jar, []))
        self.record_failure("java-no-jar", self.request("example.Failing", "file:/no/such.jar", []))
        self.record_failure("submit-no-class", self.request(
            "org.apache.spark.deploy.SparkSubmit", "",
            ["--master", "local[1]", "--class", "example.Missing", jar[len("file:"):]]))

    def record_cluster(self):
        running = self.create(self.python_request(RUNNING))["submissionId"]
        waiting = self.create(self.request(
            "example.Failing", "file:/no/such.jar", [],
            properties={"spark.driver.memory": "20g"}))["submissionId"]
        try:
            self.record_running(running, waiting)
        finally:
            self.kill(running)
            self.kill(waiting)

    def record_running(self, running, waiting):
        while not ("counted" in self.log(running, "stdout")):
            time.sleep(0.5)
        time.sleep(4)  # until the history server has looked again
        application_ui = re.search(r"application \S+ (http\S+)", self.log(running, "stdout")).group(1)
        master = self.get_json(self.ui + "/json/")
        application = master["activeapps"][0]["id"]
        self.write("master.json", self.get(self.ui + "/json/"))
        self.write("applications.json", self.get(self.history + "/api/v1/applications?limit=60"))
        self.write("application-page.html", self.get(self.ui + "/app/?appId=" + application))
        self.write("executors.json", self.get(
            "%s/api/v1/applications/%s/allexecutors" % (self.history, application)))
        self.write("jobs.json", self.get(
            "%s/api/v1/applications/%s/jobs" % (application_ui, application)))
        self.write("log-page.txt", self.log(running, "stdout"))
        self.write("log-page-of-stderr.txt", self.log(running, "stderr"))
        self.write("log-page-missing.txt", self.log("driver-20200101000000-0000", "stdout"))
        self.write("status-running.json", json.dumps(self.status(running), indent=2) + "\n")
        self.write("status-waiting.json", json.dumps(self.status(waiting), indent=2) + "\n")
        self.write("status-unknown.json", json.dumps(self.status("x"), indent=2) + "\n")


def main():
    recorder = Recorder(*sys.argv[1:])
    recorder.record_failures()
    recorder.record_cluster()


if __name__ == "__main__":
    main()
