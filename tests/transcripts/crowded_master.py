"""Spark's web UIs let one connection wait to be accepted: many at once are dropped by the kernel, and each costs 0.2 s and
more. So few are asked for at once; and a few more after 0.1 s when answers are slow, so that none holds up another.

usage: crowded_master.py SERVER_BINARY
"""

import sys
import threading
import time

from pages import Pages, call, converse

CALLS = 12
STATE = {"status": "ALIVE", "url": "spark://m:7077", "workers": [], "activeapps": [], "completedapps": []}


class Master:
    def __init__(self, seconds):
        self.seconds = seconds
        self.lock = threading.Lock()
        self.waiting = self.most = 0
        self.url = Pages(self.answer).url

    def count(self, change):
        with self.lock:
            self.waiting += change
            self.most = max(self.most, self.waiting)

    def answer(self, request):
        self.count(1)
        time.sleep(self.seconds)
        self.count(-1)
        return STATE


def ask_all(server, seconds):
    master = Master(seconds)
    code, results = converse(server, [call(number, "monitor-cluster", metric_type="cluster") for number in range(CALLS)],
                             SPARK_MASTER="spark://m:7077", SPARK_MASTER_UI_URL=master.url)
    assert code == 0 and len(results) == CALLS and not any(result.get("isError") for result in results.values()), results
    return master.most


quick, slow = ask_all(sys.argv[1], 0.04), ask_all(sys.argv[1], 1)
print("at once: %d of a quick master, %d of a slow one" % (quick, slow))
sys.exit(not (quick <= 4 and slow >= 6))  # 3, and one more by the clock where the machine is busy
