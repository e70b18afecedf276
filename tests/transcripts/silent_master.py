"""A creation that a master may have acted upon is not sent again, nor to another one: two drivers would run. The first
master here answers until a job is submitted; then it says nothing, or closes the connection. A transcript cannot do it.

usage: silent_master.py SERVER_BINARY
"""

import sys
import threading

from pages import NOTHING, Pages, call, converse, text_of


class Master:
    def __init__(self, closes):
        self.closes = closes
        self.asked = []
        self.ending = threading.Event()
        self.url = Pages(self.answer).url

    def answer(self, request):
        self.asked.append(request.path)
        if request.command == "GET":
            return {"success": False, "serverSparkVersion": "3.5.9"}
        if not self.closes:
            self.ending.wait()
        return None


def submit(server, masters):
    code, results = converse(
        server, [call(1, "submit-spark-job", application_file="hdfs://n/job.py", wait_seconds=0)],
        SPARK_MASTER="spark://a:7077,b:7077", SPARK_HTTP_TIMEOUT="1", SPARK_HISTORY_URL=NOTHING,
        SPARK_REST_URL=",".join(master.url for master in masters), SPARK_MASTER_UI_URL=NOTHING + "," + NOTHING)
    assert code == 0
    return text_of(results[1])


failed = 0
for closes, wanted in (False, "accepted the connection but did not answer"), (True, "broke off its answer"):
    masters = [Master(closes), Master(closes)]
    text = submit(sys.argv[1], masters)
    for master in masters:
        master.ending.set()
    asked = [master.asked for master in masters]
    if sum("create" in path for paths in asked for path in paths) != 1 or wanted not in text:
        failed += 1
        print("FAILED: want one creation and '%s', got %s and %s" % (wanted, asked, text))
print("%d passed, %d failed" % (2 - failed, failed))
sys.exit(failed > 0)
