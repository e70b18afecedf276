"""Two masters that started in the same second give their drivers the same id: which is meant is asked, also after one of
them was named, and nothing is killed unasked.

usage: same_id.py SERVER_BINARY
"""

import json
import subprocess
import sys

from pages import BEGIN, NOTHING, Pages, call

ID = "driver-20261127000000-0000"
ROW = {"id": ID, "state": "RUNNING", "starttime": "1", "worker": "None", "cores": 1, "memory": 512, "mainclass": "Main"}
STATE = {"status": "ALIVE", "url": "spark://m:7077", "workers": [], "activeapps": [], "completedapps": [],
         "activedrivers": [ROW], "completeddrivers": []}


class Spark:
    def __init__(self):
        self.killed = 0
        self.url = Pages(self.answer).url

    def answer(self, request):
        self.killed += request.command == "POST"
        return {**STATE, "success": True, "serverSparkVersion": "4.3.0", "submissionId": ID,
                "driverState": "KILLED" if self.killed else "RUNNING",
                "action": "KillSubmissionResponse" if request.command == "POST" else "SubmissionStatusResponse"}


def talk(server, clusters, calls):
    """The result of each call, which is made when the one before it is answered."""
    with subprocess.Popen([server], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          env={"SPARK_CLUSTERS": json.dumps(clusters)}) as process:
        for request in (BEGIN, *calls):
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            yield json.loads(process.stdout.readline())["result"]


sparks = {"dev": Spark(), "prod": Spark()}
clusters = {name: {"SPARK_MASTER": "spark://m:7077", "SPARK_MASTER_UI_URL": spark.url, "SPARK_REST_URL": spark.url,
                   "SPARK_HISTORY_URL": NOTHING} for name, spark in sparks.items()}
calls = [call(1, "kill-spark-job", submission_id=ID), call(2, "monitor-cluster", submission_id=ID, cluster="dev"),
         call(3, "kill-spark-job", submission_id=ID), call(4, "kill-spark-job", submission_id=ID, cluster="prod")]
_, *results = talk(sys.argv[1], clusters, calls)
failed = [result for result in (results[0], results[2]) if "more than one cluster has" not in json.dumps(result)]
failed += [result for result in (results[1], results[3]) if result.get("isError")]
killed = {name: spark.killed for name, spark in sparks.items()}
print("\n".join(map(str, failed)) or "killed %s" % killed)
sys.exit(bool(failed) or killed != {"dev": 0, "prod": 1})
