#!/usr/bin/env python3
"""Check that the server and the runner use the same words: include/spark/protocol.h, src/runner/protocol.py
and launch.py say the same, and nobody spells a mark or a variable by hand.

usage: test_protocol.py ROOT
"""

import ast
import re
import sys
from pathlib import Path

HEADER, MODULE, LAUNCHER = "include/spark/protocol.h", "src/runner/protocol.py", "src/runner/launch.py"


def of_header(text):
    """{"WORD_SESSION": "session"}"""
    found = {}
    for name, value in re.findall(r'(?m)^#define PROTOCOL_(\w+) ((?:PROTOCOL_\w+ )?"[^"]*")', text):
        other = re.match(r"PROTOCOL_(\w+) ", value)
        found[name] = (found[other.group(1)] if other else "") + re.search(r'"(.*)"', value).group(1)
    return found


def of_module(text):
    """The same of NAME = "text" and NAME = OTHER + "text"."""
    found = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and node.targets[0].id.isupper():
            code = compile(ast.Expression(node.value), "", "eval")
            try:
                found[node.targets[0].id] = eval(code, {"__builtins__": {}}, found)
            except NameError:
                pass
    return found


def spelled_by_hand(root, words):
    """Words in strings of the sources; those in comments and docstrings are there to be found."""
    literals = {".c": r'"(?:\\.|[^"\\\n])*"', ".py": r'(?<!")"(?:\\.|[^"\\\n])+"(?!")'}
    for path in sorted(path for path in (root / "src").rglob("*") if path.suffix in literals):
        name = path.relative_to(root).as_posix()
        text = re.sub(r'"""[\s\S]*?"""', lambda found: "\n" * found.group(0).count("\n"), path.read_text())
        for found in re.finditer(literals[path.suffix], text):
            if name not in (MODULE, LAUNCHER) and any(word in found.group(0) for word in words):
                yield "%s:%d: %s is a word of the protocol" % (
                    name, text.count("\n", 0, found.start()) + 1, found.group(0))


def main():
    root = Path(sys.argv[1])
    header = of_header((root / HEADER).read_text())
    module = of_module((root / MODULE).read_text())
    launcher = of_module((root / LAUNCHER).read_text())
    problems = ["%s: '%s' in %s, '%s' in %s" % (name, header.get(name), HEADER, module.get(name), MODULE)
                for name in sorted({*header, *module}) if header.get(name) != module.get(name)]
    problems += ["%s: '%s' in %s, '%s' in %s" % (name, module[name], MODULE, value, LAUNCHER)
                 for name, value in launcher.items() if name in module and module[name] != value]
    problems += ["%s has no %s" % (LAUNCHER, name) for name in (
        "MARK", "WORD_APPLICATION", "ENVIRONMENT_LAUNCHER", "ENVIRONMENT_REQUEST", "PACKAGE") if name not in launcher]
    words = [value for name, value in header.items() if name.startswith(("MARK", "ENVIRONMENT_", "PACKAGE"))]
    problems += spelled_by_hand(root, words)
    page = (root / "docs/protocol.md").read_text()
    problems += ["docs/protocol.md does not name '%s'" % value for value in header.values()
                 if value.strip() not in page]
    print("\n".join(problems) or "%d words" % len(header))
    sys.exit(1 if problems or len(words) < 4 else 0)


main()
