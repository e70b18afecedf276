"""Many requests through one pipe, and pings while calls wait."""

import os
import signal
import time
from statistics import median

import contenders
from fakes import Silent
from pipe import Pipe, line
from tables import ratio, table

PINGS, LISTS, TRIPS = 10000, 2000, 1000
CALLS, PAUSE_SECONDS = 200, 0.002


def requests(method, count):
    return b"".join(line({"id": number, "method": method}) for number in range(count))


def measure_pipe(everyone, rounds):
    pings, lists = requests("ping", PINGS), requests("tools/list", LISTS)
    runs = {contender.name: [] for contender in everyone}
    for _ in range(rounds):
        for contender in everyone:
            with Pipe(contender.command, contenders.NO_SPARK) as pipe:
                try:
                    ping_seconds = pipe.stream_seconds(pings, PINGS)
                    list_seconds = pipe.stream_seconds(lists, LISTS)
                except TimeoutError as error:
                    raise TimeoutError("%s: %s" % (contender.name, error)) from None
                trip = median(pipe.ping_seconds() for _ in range(TRIPS))
            runs[contender.name].append((PINGS / ping_seconds, LISTS / list_seconds, trip * 1e6))
    ours = [median(column) for column in zip(*runs[everyone[1].name])]
    rows = []
    for name, measured in runs.items():
        ping, listing, trip = (median(column) for column in zip(*measured))
        lists = ["-", "-"] if name == everyone[0].name else ["%d" % listing, ratio(listing, ours[1])]
        rows.append([name, "%d" % ping, ratio(ping, ours[0]), *lists, "%.0f" % trip,
                     ratio(trip, ours[2])])
    table("%d pings and %d tools/list sent at once, then %d pings one at a time; %d rounds (goal: first)"
          % (PINGS, LISTS, TRIPS, rounds),
          ["", "pings/s", "x ours", "lists/s", "x ours", "round trip us", "x ours"], rows)


def measure_waiting(everyone, rounds):
    """Calls that wait for a server that never answers; a second server of ours has no calls."""
    floor, ours = everyone[0], everyone[1]
    calls = b"".join(line({"id": "call-%d" % number, "method": "tools/call", "params": {
        "name": "monitor-cluster", "arguments": {}}}) for number in range(CALLS))
    behind, seconds = [], {"floor": [], "no call": [], "%d calls wait" % CALLS: []}
    for _ in range(rounds):
        with Silent() as silent:
            environment = {**contenders.NO_SPARK, "SPARK_MASTER_UI_URL": silent.url,
                           "SPARK_HTTP_TIMEOUT": "60"}
            with Pipe(floor.command) as bare, Pipe(ours.command, environment) as idle, \
                    Pipe(ours.command, environment) as busy:
                begun = time.perf_counter()
                os.write(busy.stdin, calls)
                busy.ping_seconds()
                behind.append(time.perf_counter() - begun)
                for _ in range(TRIPS):
                    for kept, pipe in zip(seconds.values(), (bare, idle, busy)):
                        kept.append(pipe.ping_seconds())
                    time.sleep(PAUSE_SECONDS)
                waiting = len(silent.accepted)
                if busy.kept or not waiting:
                    raise ValueError("the calls do not wait")
                os.kill(busy.pid, signal.SIGTERM)  # the end of its input would wait for the calls
    rows = []
    for name, kept in seconds.items():
        kept = sorted(second * 1000 for second in kept)
        rows.append([name, "%.3f" % median(kept), "%.3f" % kept[len(kept) * 99 // 100],
                     "%.3f" % kept[-1]])
    table("Ping while %d tools/call wait for a server that is silent, ms, %d pings each (goal: < 5)"
          % (CALLS, len(kept)), ["", "median", "99 %", "most"], rows)
    print("  a ping sent right behind the %d calls: %.1f ms; connections that wait: %d"
          % (CALLS, median(behind) * 1000, waiting))
