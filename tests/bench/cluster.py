"""monitor-cluster on a real cluster, against curl and a bare HTTP client."""

import http.client
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse
from statistics import median

from pipe import Pipe
from tables import table

WARM_UP = 3
LEAST, VIEW_SECONDS = 5, 6  # a view that is slow has fewer rounds
VIEWS = [{}, {"execution_id": 0}, {"stage_id": 0},
         *({"metric_type": view} for view in ("jobs", "stages", "failures", "sql", "executors", "environment", "storage",
                                              "streaming", "diagnosis"))]


def is_running(application):
    return application["state"] == "RUNNING"


def spark_environment():
    return {name: value for name, value in os.environ.items() if name.startswith("SPARK_")}


def call(pipe, arguments):
    begun = time.perf_counter()
    pipe.send(id="call", method="tools/call",
              params={"name": "monitor-cluster", "arguments": arguments})
    text = pipe.receive_line(30)
    seconds = time.perf_counter() - begun
    answer = json.loads(text)
    if answer["result"].get("isError"):
        raise ValueError(answer["result"]["content"][0]["text"])
    return seconds, answer["result"]["structuredContent"]


def pages_of(command, arguments):
    """The pages that a call reads, from what the server logs of it."""
    with tempfile.NamedTemporaryFile("r") as log:
        with Pipe(command, {**spark_environment(), "MCP_SPARK_LOG_LEVEL": "debug"},
                  log.name) as pipe:
            call(pipe, arguments)
        return re.findall(r"debug http: (\S+): No error, status 200", log.read())


class Curl:
    """One process that asks for all the pages in parallel."""

    def __init__(self, pages):
        sinks = [word for page in pages for word in ("-o", os.devnull, page)]
        self.command = [shutil.which("curl"), "-q", "--noproxy", "*", "-sS", "--compressed", "-Z", "-m", "10",
                        "-H", "Accept: application/json", "-w", "%{time_total}\n", *sinks]
        self.own_seconds = 0

    def __call__(self):
        begun = time.perf_counter()
        done = subprocess.run(self.command, capture_output=True, text=True,
                              close_fds=False)  # a page that it does not get in time is 10 s
        seconds = time.perf_counter() - begun
        self.own_seconds = max(map(float, done.stdout.split()))
        return seconds


class Client:
    """A kept connection for each page; all are asked, then all are read."""

    def __init__(self, pages):
        self.pages = [urllib.parse.urlsplit(page) for page in pages]
        self.connections = [http.client.HTTPConnection(page.netloc, timeout=10)
                            for page in self.pages]

    def __call__(self):
        try:
            return self.ask()
        except http.client.RemoteDisconnected:  # it was kept for too long: all are made again
            self.close()
            return self.ask()

    def ask(self):
        begun = time.perf_counter()
        for page, connection in zip(self.pages, self.connections):
            connection.request("GET", page.path + "?" * bool(page.query) + page.query,
                               headers={"Accept": "application/json"})
        for connection in self.connections:
            connection.getresponse().read()
        return time.perf_counter() - begun

    def close(self):
        for connection in self.connections:
            connection.close()


def measure_one(command, pipe, arguments, rounds):
    pages = pages_of(command, arguments)
    curl, client = Curl(pages), Client(pages)
    ways = {"ours": lambda: call(pipe, arguments)[0], "curl": curl, "client": client}
    runs = {"ours": [], "curl": [], "own": [], "client": []}
    order, end = list(ways), time.monotonic() + VIEW_SECONDS
    for number in range(WARM_UP + rounds):
        if time.monotonic() > end and len(runs["ours"]) >= LEAST:
            break
        random.shuffle(order)
        for name in order:
            seconds = ways[name]()
            if number >= WARM_UP:
                runs[name].append(seconds * 1000)
        if number >= WARM_UP:
            runs["own"].append(curl.own_seconds * 1000)
    client.close()
    return len(pages), len(runs["ours"]), {name: median(kept) for name, kept in runs.items()}


def against(ours, reference):
    return ["%.1f" % reference, "%.2f" % (ours / reference),
            "%+.1f" % (ours - 1.1 * reference - 2)]


def measure_cluster(everyone, rounds):
    if not os.environ.get("SPARK_MASTER", "").startswith("spark://") or not shutil.which("curl"):
        print("\nmonitor-cluster: left out, for want of curl or of a cluster named by SPARK_MASTER")
        return
    command, rows = everyone[1].command, []
    with Pipe(command, spark_environment()) as pipe:
        known = call(pipe, {"metric_type": "applications"})[1]["applications"]
        metrics = [("", {"metric_type": name}) for name in ("cluster", "applications", "drivers")]
        for when, is_meant in ("runs", is_running), ("ended", lambda row: not is_running(row)):
            for row in list(filter(is_meant, known))[:1]:
                metrics += [(when, {"application_id": row["id"], **view}) for view in VIEWS]
                metrics += [(when, {"application_id": row["id"], "metric_type": "threads"})] * is_running(row)
        for when, arguments in metrics:
            pages, done, ms = measure_one(command, pipe, arguments, rounds)
            name = " ".join([when, *(key if key in ("execution_id", "stage_id") else str(value)
                                     for key, value in arguments.items() if key != "application_id")]).strip()
            print("%s: %.1f ms, curl -Z %.1f ms, %d rounds" % (name, ms["ours"], ms["curl"], done), file=sys.stderr, flush=True)
            rows.append([name, pages, done, "%.1f" % ms["ours"], *against(ms["ours"], ms["curl"]),
                         *against(ms["ours"], ms["own"]), *against(ms["ours"], ms["client"])])
    table("monitor-cluster through an open pipe, medians, ms; +/- is the distance to the goal of 1.1x + 2 ms",
          ["", "pages", "rounds", "ours", "curl -Z", "x", "+/-", "its own time", "x", "+/-",
           "kept connections", "x", "+/-"], rows)
