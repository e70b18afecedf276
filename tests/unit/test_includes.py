#!/usr/bin/env python3
"""Check that the arrows of src/ and include/ point one way (the map in docs/architecture.md).

A header in include/ is what its part offers to the others; one in src/ is its part's own.

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
    "picture": "base",
    "diagnosis": "base picture spark",
    "tools": "base config diagnosis flow http spark embedded",
    "mcp": "base flow rpc schema tools",
    "server": "base flow http mcp rpc spark",
    # programs
    "check": "base config flow http spark",
    "command": "base flow http mcp schema spark tools",
    "manual": "base config tools",
    "completion": "base config tools",
    "print_manual": "completion manual tools",
    "main": "base check command config http manual mcp server spark tools",
}
# Inside a part: its files from the lowest floor to the highest, several to a floor. A file
# sees its own header and those of lower floors.
FLOORS = {
    "mcp": ["audit revision", "answer request", "call", "reading subscriptions", "methods", "mcp"],
}
# Parts that may see a library, and which.
ONLY_ONE = {"curl/": "http"}


def part_of(path):
    """"src/spark/driver.c" and "include/spark/driver.h" are of spark, "src/flow.c" is of flow."""
    return path.parts[1] if len(path.parts) > 2 else path.stem


def floor_of(path):
    """The floor of a file inside its part; None when it has none."""
    for number, names in enumerate(FLOORS[part_of(path)]):
        if path.stem in names.split():
            return number
    return None


def includes(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if found:
            yield number, found.group(1) == "<", found.group(2)


def check_floor(name, number, included):
    """That a file of a part with floors looks down."""
    if name.stem == included.stem:
        return
    own, seen = floor_of(name), floor_of(included)
    if own is None or seen is None:
        yield "%s:%d: on which floor is it, and %s? Say so in FLOORS" % (name, number, included)
    elif seen >= own:
        yield '%s:%d: %s is not below it, so it may not see "%s"' % (
            name, number, included.stem, included)


def check_file(path, name, own_headers):
    part = part_of(name)
    if part not in MAY_SEE:
        yield "%s: what may '%s' include? Say so in MAY_SEE" % (name, part)
        return
    allowed = {part, *MAY_SEE[part].split()}
    for number, is_system, included in includes(path):
        header = Path("include") / included
        seen = part_of(header)
        if is_system:
            for folder, only in ONLY_ONE.items():
                if included.startswith(folder) and part != only:
                    yield "%s:%d: only the part %s includes <%s>" % (name, number, only, included)
        elif seen not in allowed:
            yield '%s:%d: %s may not see "%s"' % (name, number, part, included)
        elif seen != part and included in own_headers:
            yield '%s:%d: "%s" is %s\'s own' % (name, number, included, seen)
        elif seen == part and part in FLOORS:
            yield from check_floor(name, number, header)


def main():
    root = Path(sys.argv[1])
    files = sorted(path for folder in ("src", "include") for path in root.glob(folder + "/**/*.[ch]"))
    own_headers = {path.relative_to(root / "src").as_posix() for path in root.glob("src/**/*.h")}
    problems = [problem for path in files
                for problem in check_file(path, path.relative_to(root), own_headers)]
    print("\n".join(problems) or "%d files" % len(files))
    sys.exit(1 if problems or not files else 0)


main()
