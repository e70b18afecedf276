#!/usr/bin/env python3
"""Check that the arrows of src/ and include/ point one way (the map in CONTRIBUTING.md).

usage: test_includes.py ROOT
"""

import re
import sys
from pathlib import Path

# What each part may include besides itself.
MAY_SEE = {
    "base": "",
    "rpc": "base",
    "schema": "base",
    "config": "base",
    "flow": "base",
    "bell": "base flow",
    "http": "base flow",
    "spark": "base bell config flow http embedded",
    "tools": "base config flow http spark embedded",
    "mcp": "base flow rpc schema tools",
    "server": "base flow http mcp rpc spark",
    # programs
    "check": "base config flow http spark",
    "manual": "base config tools",
    "print_manual": "manual tools",
    "main": "base check config http manual mcp server spark tools",
}
# Files that may see more than their part, and what.
ONLY_ONE = {"curl/": "src/http.c"}


def part_of(path):
    """"src/spark/driver.c" and "include/spark/driver.h" are of spark, "src/flow.c" is of flow."""
    return path.parts[1] if len(path.parts) > 2 else path.stem


def includes(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if found:
            yield number, found.group(1) == "<", found.group(2)


def check_file(path, name):
    part = part_of(name)
    if part not in MAY_SEE:
        yield "%s: what may '%s' include? Say so in MAY_SEE" % (name, part)
        return
    allowed = {part, *MAY_SEE[part].split()}
    for number, is_system, included in includes(path):
        seen = part_of(Path("include") / included)
        if is_system:
            for folder, only in ONLY_ONE.items():
                if included.startswith(folder) and str(name) != only:
                    yield "%s:%d: only %s includes <%s>" % (name, number, only, included)
        elif seen not in allowed:
            yield '%s:%d: %s may not see "%s"' % (name, number, part, included)


def main():
    root = Path(sys.argv[1])
    files = sorted(path for folder in ("src", "include") for path in root.glob(folder + "/**/*.[ch]"))
    problems = [problem for path in files for problem in check_file(path, path.relative_to(root))]
    print("\n".join(problems) or "%d files" % len(files))
    sys.exit(1 if problems or not files else 0)


main()
