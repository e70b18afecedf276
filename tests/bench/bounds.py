"""Memory when Spark answers with far too much."""

import json
import re
import time

import fakes
from pipe import Pipe
from tables import table

MEGABYTE = 1000 * 1000
MOST_SECONDS = 90
TAKEN = 8 * 1024 * 1024  # what the server reads of one answer of JSON
LOG = {"metric_type": "logs", "submission_id": fakes.DRIVER, "length": 30000}
HISTORY, MASTER, WORKER = "/api/v1/applications", "/json", "/log/"
APPLICATIONS = {"metric_type": "applications"}

# What it is, the pages, the call, how many at once, further headers
CASES = [
    ("history: 200 MB", {HISTORY: (fakes.applications, 200 * MEGABYTE)}, APPLICATIONS, 1, ()),
    ("history: 200 MB, packed", {HISTORY: (fakes.applications_packed, 200 * MEGABYTE)},
     APPLICATIONS, 1, (("Content-Encoding", "gzip"),)),
    ("master: 200 MB", {MASTER: (fakes.states, 200 * MEGABYTE)}, {}, 1, ()),
    ("master: 10,000 applications", {MASTER: (fakes.ended_applications, 10000)}, APPLICATIONS, 1, ()),
    ("history: just under 8 MiB", {HISTORY: (fakes.applications, TAKEN)}, APPLICATIONS, 1, ()),
    ("the same, 8 calls at once", {HISTORY: (fakes.applications, TAKEN)}, APPLICATIONS, 8, ()),
    ("8 MiB of [[],[],..]", {HISTORY: (fakes.empty_arrays, TAKEN)}, APPLICATIONS, 1, ()),
    ("log page: 1 GiB", {WORKER: fakes.whole_log}, LOG, 1, ()),
    ("log of 1 GiB, its end", {WORKER: fakes.log_page}, LOG, 1, ()),
    ("log of 1 GiB, watched", {WORKER: fakes.log_page},
     {"submission_id": fakes.DRIVER, "wait_seconds": 3}, 1, ()),
]


def said(answer):
    """All of an error; else the line of the answer that tells how much there is, or its first."""
    text = re.sub(r"http://127[\d.:]+", "", answer["result"]["content"][0]["text"])
    if answer["result"].get("isError"):
        return " ".join(text.split())
    lines = text.splitlines()
    telling = [line for line in lines if re.search(r"bytes \d|Warning|more; raise", line)]
    return (telling or lines)[0]


def measure_case(command, pages, arguments, calls, headers):
    pages = {start: page if callable(page) else page[0](page[1]) for start, page in pages.items()}
    with fakes.Spark(pages, headers) as spark, Pipe(command, spark.environment) as pipe:
        before = pipe.memory("VmHWM")
        begun = time.perf_counter()
        for number in range(calls):
            pipe.send(id=number, method="tools/call",
                      params={"name": "monitor-cluster", "arguments": arguments})
        pings = []
        while len(pipe.kept) < calls and time.perf_counter() - begun < MOST_SECONDS:
            pings.append(pipe.ping_seconds())
            time.sleep(0.001)
        seconds = time.perf_counter() - begun
        return (["%.1f" % before, "%.1f" % pipe.memory("VmHWM"), "%.1f" % pipe.memory("VmRSS"),
                 "%.1f" % (spark.sent / MEGABYTE), "%.0f" % (max(pings) * 1000),
                 "%.1f" % seconds], said(json.loads(pipe.kept[0])))


def measure_memory(everyone):
    rows, words = [], []
    for name, *case in CASES:
        try:
            figures, text = measure_case(everyone[1].command, *case)
        except (TimeoutError, EOFError) as error:
            figures, text = ["-"] * 6, "broke off: %s" % error
        rows.append([name, *figures])
        words.append((name, text))
    table("Memory when Spark answers with too much, MiB (goal: peak < 64)",
          ["", "idle peak", "peak", "afterwards", "MB sent", "longest ping ms", "s"], rows)
    print("\nWhat the answers say")
    for name, text in words:
        print("  %s: %s" % (name, text[:300]))
