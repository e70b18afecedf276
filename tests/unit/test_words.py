#!/usr/bin/env python3
"""Check that no string below src/tools/ names a tool or an argument of one.

spark/ and http.c tell a fact and its kind; tools/advice.c says it in the words of the tools. Only names
that cannot be anything else are looked for: those with "-" or "_" in them.

usage: test_words.py ROOT
"""

import json
import re
import sys
from pathlib import Path

BELOW = ["src/base", "src/rpc", "src/schema", "src/spark", "src/flow.c", "src/bell.c", "src/http.c"]


def names(root):
    for path in sorted(root.glob("src/tools/*.json")):
        definition = json.loads(path.read_text())
        yield definition["name"]
        yield from definition["inputSchema"]["properties"]


def strings(text):
    """Each string literal with the number of its line; comments and includes are passed over."""
    token = re.compile(r'/\*.*?\*/|//[^\n]*|#\s*include[^\n]*|"((?:\\.|[^"\\\n])*)"|\'(?:\\.|[^\'\\])\'', re.S)
    for found in token.finditer(text):
        if found.group(1) is not None:
            yield text.count("\n", 0, found.start()) + 1, found.group(1)


def files(root):
    for place in BELOW:
        path = root / place
        yield from sorted(path.glob("*.c")) if path.is_dir() else [path]


def main():
    root = Path(sys.argv[1])
    wanted = sorted({name for name in names(root) if re.search("[-_]", name)})
    pattern = re.compile(r"\b(%s)\b" % "|".join(wanted))
    problems = ["%s:%d: '%s' is a word of the tools: advice belongs to src/tools/advice.c"
                % (path.relative_to(root), line, found.group(1))
                for path in files(root) for line, text in strings(path.read_text())
                for found in pattern.finditer(text)]
    print("\n".join(problems) or "%d names, none below the tools" % len(wanted))
    sys.exit(1 if problems or len(wanted) < 10 else 0)


main()
