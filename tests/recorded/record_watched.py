#!/usr/bin/env python3
"""Record what Spark tells of tests/spark/jobs/watched.py, for the views of monitor-cluster.

usage: record_watched.py SPARK_HOME PYTHON

Starts a cluster of its own, submits the script, records the UI of its running driver, ends it, and records the
history server. Answers are written to spark-VERSION/watched/, with the machine's folders replaced.
"""

import json
import re
import shutil
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
SPARK_TESTS = HERE.parent / "spark"
sys.path.insert(0, str(SPARK_TESTS))

import cluster as clusters  # noqa: E402
import processes  # noqa: E402
from record import OPENS  # noqa: E402

RUN = "import runpy,sys;sys.argv=['watched.py','%s'];runpy.run_path('%s',run_name='__main__')"
PLANTED = {"spark.my.credential": "planted-1", "spark.my.apiKey": "planted-2",
           "spark.jars.repositories": "http://user:planted-3@h/"}


def fetch(url):
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.read().decode()


class Watched:
    def __init__(self, spark_home, python, folder):
        self.cluster = clusters.Cluster(spark_home, python, folder / "cluster")
        self.data = folder / "data"
        self.data.mkdir()
        self.names = [(str(folder), "/var/spark"), (str(SPARK_TESTS / "jobs"), "/jobs"),
                      (str(Path(spark_home).resolve()), "/opt/spark"), (str(Path(python).parent.parent), "/opt/python")]
        self.target = None

    def write(self, name, text):
        for found, shown in self.names:
            text = text.replace(found, shown)
        (self.target / name).write_text(text)
        print(name, len(text))

    def submit(self):
        request = {
            "action": "CreateSubmissionRequest", "clientSparkVersion": "3.5.0", "appResource": "",
            "mainClass": "org.apache.spark.deploy.PythonRunner",
            "appArgs": ["-c", "", RUN % (self.data, SPARK_TESTS / "jobs" / "watched.py")],
            "environmentVariables": {"PYSPARK_PYTHON": self.cluster.python},
            "sparkProperties": {
                "spark.app.name": "watched", "spark.driver.memory": "700m", "spark.executor.memory": "700m",
                "spark.cores.max": "2", "spark.task.maxFailures": "2", "spark.eventLog.enabled": "true",
                "spark.eventLog.dir": "file://%s" % self.cluster.events,
                "spark.driver.extraJavaOptions": OPENS, **PLANTED}}
        call = urllib.request.Request(self.cluster.rest_url + "/v1/submissions/create",
                                      data=json.dumps(request).encode(), method="POST")
        with urllib.request.urlopen(call, timeout=20) as answer:
            told = json.load(answer)
        self.target = HERE / ("spark-" + told["serverSparkVersion"]) / "watched"
        shutil.rmtree(self.target, ignore_errors=True)
        self.target.mkdir(parents=True)
        output = self.cluster.work / told["submissionId"] / "stdout"
        if not processes.wait_until(lambda: output.exists() and "watched\n" in output.read_text(), 150):
            raise RuntimeError(output.read_text())
        application = self.cluster.state()["activeapps"][0]["id"]
        page = clusters.get("%s/app/?appId=%s" % (self.cluster.ui_url, application))
        return application, re.findall(r'href="([^"]*)"[^>]*>Application Detail UI', page)[0]

    def record_running(self, base, ui):
        self.write("application.json", fetch(base))
        self.write("jobs.json", fetch(base + "/jobs"))
        self.write("stages.json", fetch(base + "/stages"))
        self.write("sql.json", fetch(base + "/sql?details=false&planDescription=false&offset=0&length=20000"))
        for query in (0, 3):
            self.write("sql-%d.json" % query, fetch("%s/sql/%d?details=true&planDescription=true" % (base, query)))
        stages = json.loads(fetch(base + "/stages"))
        slow = next(stage for stage in stages if stage["numTasks"] == 8)
        failed = [stage for stage in stages if stage["numFailedTasks"]]
        for name, stage in [("slow", slow)] + [("failed-%d" % i, stage) for i, stage in enumerate(failed)]:
            self.record_stage(name, base, stage["stageId"])
        self.write("executors.json", fetch(base + "/allexecutors"))
        self.write("environment.json", fetch(base + "/environment"))
        self.write("storage.json", fetch(base + "/storage/rdd"))
        self.write("threads-0.json", fetch(base + "/executors/0/threads"))
        self.record_streams("", ui)

    def record_stage(self, name, base, id):
        stage = "%s/stages/%d" % (base, id)
        tasks = stage + "/0/taskList?offset=0&length=%d&%s"
        self.write("stage-%s.json" % name, fetch(stage + "?details=false"))
        self.write("stage-%s-tasks.json" % name, fetch(tasks % (50, "status=FAILED")))
        if name == "slow":
            self.write("stage-slow-summary.json", fetch(stage + "/0/taskSummary?quantiles=0,0.25,0.5,0.75,0.95,1"))
            self.write("stage-slow-slowest.json", fetch(tasks % (3, "sortBy=-runtime")))

    def record_streams(self, ending, ui):
        page = fetch(ui + "/StreamingQuery/")
        self.write("streams%s.html" % ending, page)
        for run in sorted(set(re.findall(r"statistics/?\?id=([0-9a-f-]+)", page))):
            self.write("stream%s-%s.html" % (ending, run), fetch(ui + "/StreamingQuery/statistics/?id=" + run))

    def record(self):
        self.cluster.start()
        application, ui = self.submit()
        self.record_running("%s/api/v1/applications/%s" % (ui, application), ui)
        (self.data / "end").touch()
        base = "%s/api/v1/applications/%s" % (self.cluster.history_url, application)
        processes.wait_until(lambda: (clusters.get_json(base) or {"attempts": [{}]})["attempts"][0].get("completed"), 60)
        self.write("application-ended.json", fetch(base))
        self.write("executors-ended.json", fetch(base + "/allexecutors"))
        self.record_streams("-ended", "%s/history/%s" % (self.cluster.history_url, application))


def main():
    folder = Path(tempfile.mkdtemp(prefix="watched-"))
    watched = Watched(*sys.argv[1:], folder)
    try:
        watched.record()
    finally:
        watched.cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


main()
