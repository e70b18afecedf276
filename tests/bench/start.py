"""Start-up, memory when idle, and the size of the tools' list."""

from statistics import median

import contenders
from pipe import MODERN, Pipe
from tables import ratio, table

SLOW_EVERY = 4


def run_once(contender):
    with Pipe(contender.command, contenders.NO_SPARK) as pipe:
        first_peak = pipe.memory("VmHWM")
        pipe.request("tools/list")
        figures = [pipe.start_seconds * 1000, first_peak, pipe.memory("VmHWM"),
                   pipe.memory("VmRSS")]
    return [*figures, pipe.cpu_seconds * 1000]


def measure_start(everyone, rounds):
    runs = {contender.name: [] for contender in everyone}
    for contender in everyone:
        run_once(contender)  # warms the caches of files
    for number in range(rounds):
        for contender in everyone:
            if not contender.is_slow or number % SLOW_EVERY == 0:
                runs[contender.name].append(run_once(contender))
    floor = runs[everyone[0].name]
    rows = []
    for name, measured in runs.items():
        ms, first_peak, peak, idle, cpu = (median(column) for column in zip(*measured))
        floor_ms, _, floor_peak, _, floor_cpu = (median(column) for column in zip(*floor))
        least, floor_least = min(measured)[0], min(floor)[0]
        rows.append([name, "%.1f" % ms, ratio(ms, floor_ms), "%.1f" % least,
                     ratio(least, floor_least), "%.1f" % cpu, ratio(cpu, floor_cpu),
                     "%.1f" % first_peak, "%.1f" % peak, ratio(peak, floor_peak), "%.1f" % idle,
                     len(measured)])
    table("Spawn to the answer of `initialize`, and memory (goals: < 1.2x floor, < 12 MiB)",
          ["", "ms", "x floor", "least ms", "x floor", "CPU ms", "x floor", "peak MiB",
           "after tools/list", "x floor", "idle MiB", "runs"], rows)


def measure_list(everyone):
    rows = []
    for contender in everyone[1:]:
        with Pipe(contender.command, contenders.NO_SPARK) as pipe:
            pipe.send(id=1, method="tools/list", params={})
            row = [contender.name, len(pipe.receive_line(10))]
            if contender is everyone[1]:
                pipe.send(id=2, method="tools/list", params={"_meta": MODERN})
                row.append(len(pipe.receive_line(10)))
            rows.append(row + [""] * (3 - len(row)))
    table("Bytes of the answer of `tools/list`, the same tools everywhere (goal: < 8192)",
          ["", "2025-11-25", "2026-07-28"], rows)
