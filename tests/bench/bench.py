#!/usr/bin/env python3
"""Measure the server, each figure beside what it should be compared with, in one run.

    bench.py --setup          build and install what is compared, under build/bench
    bench.py                  every figure
    bench.py start memory     some of them

See README.md for what each figure means. Nothing here passes or fails.
"""

import argparse
import sys
from pathlib import Path

import contenders
from bounds import measure_memory
from cluster import measure_cluster
from contenders import Contender
from start import measure_list, measure_start
from traffic import measure_pipe, measure_waiting

FIGURES = {
    "start": lambda everyone, rounds: measure_start(everyone, rounds),
    "list": lambda everyone, rounds: measure_list(everyone),
    "pipe": lambda everyone, rounds: measure_pipe(everyone, max(1, rounds // 10)),
    "waiting": lambda everyone, rounds: measure_waiting(everyone, max(1, rounds // 20)),
    "cluster": lambda everyone, rounds: measure_cluster(everyone, rounds),
    "memory": lambda everyone, rounds: measure_memory(everyone),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("figures", nargs="*", metavar="figure", help=", ".join(FIGURES))
    parser.add_argument("--setup", action="store_true", help="build and install, then end")
    parser.add_argument("--binary", default=str(contenders.BINARY), help="the server to measure")
    parser.add_argument("--rounds", type=int, default=40, help="more are steadier (default 40)")
    options = parser.parse_args()
    unknown = set(options.figures) - set(FIGURES)
    if unknown:
        parser.error("no such figure: %s; there are %s"
                     % (", ".join(sorted(unknown)), ", ".join(FIGURES)))
    if options.setup:
        contenders.set_up()
        return 0
    if not Path(options.binary).exists():
        parser.error("no '%s': cmake --preset release && cmake --build --preset release"
                     % options.binary)
    contenders.build_floor()
    everyone = [Contender("floor", [str(contenders.FLOOR)]),
                Contender("mcp-spark-server", [options.binary]), *contenders.sdk_servers()]
    if len(everyone) < 5:
        print("not every SDK is here; `bench.py --setup` installs those whose tools are found",
              file=sys.stderr)
    for name, measure in FIGURES.items():
        if options.figures and name not in options.figures:
            continue
        try:
            measure(everyone, options.rounds)
        except (TimeoutError, EOFError, ValueError) as error:  # the other figures are still worth having
            print("\n%s broke off: %s" % (name, error), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
