#!/usr/bin/env python3
"""Check that the imports of src/runner run one way: between its folders as MAY_SEE says, and inside a
folder without a circle. So an operation needs no other one, whose folder is not sent with it
(spark/payload.c).

usage: test_runner_imports.py ROOT
"""

import ast
import sys
from pathlib import Path

# What each folder, or module at the top, may see besides itself; the lowest floor first.
MAY_SEE = {
    "protocol": "",
    "names": "",
    "identifiers": "",
    "numbers": "",
    "context": "",
    "foreign_types": "context",
    "held": "identifiers",
    "interruption": "",
    "pieces": "context",
    "schema": "",
    "rows": "identifiers protocol schema",
    "statements": "",
    "plans": "",
    "read_only": "context plans statements",
    "storage": "context identifiers names plans read_only schema statements",
    "errors": "context identifiers names protocol read_only statements storage",
    # operations
    "sql": "context held identifiers names numbers read_only rows statements storage",
    "data": "context identifiers names numbers plans read_only rows statements storage",
    "python": "context held interruption numbers rows storage",
    "tables": "context identifiers read_only rows schema",
    "ml": "context identifiers names numbers read_only rows storage",
    "serve": "context errors foreign_types interruption pieces protocol read_only storage",
    # travels apart, as one text
    "launch": "",
}


def folder_of(module):
    """"sql/run" is of sql, "names" of names."""
    return module.split("/")[0]


def imports(path, module, modules):
    """The line and the module of each import from the runner itself."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        here = module.split("/")[:-1] if path.name != "__init__.py" else module.split("/")
        base = here[:len(here) - node.level + 1]
        base += node.module.split(".") if node.module else []
        for alias in node.names:
            inner = "/".join(base + [alias.name])
            yield node.lineno, inner if inner in modules else "/".join(base)


def check(name, number, module, seen):
    here, there = folder_of(module), folder_of(seen)
    if here not in MAY_SEE:
        return "%s: what may '%s' import? Say so in MAY_SEE" % (name, here)
    if there != here and there not in MAY_SEE[here].split():
        return "%s:%d: %s may not see '%s'" % (name, number, here, seen)
    return ""


def circles(table, what):
    """Each way from a name back to itself, once."""
    done = set()

    def walk(name, way):
        if name in way:
            yield "a circle of %s: %s" % (what, " > ".join(way[way.index(name):] + [name]))
        elif name not in done:
            for seen in sorted(table.get(name, ())):
                yield from walk(seen, way + [name])
            done.add(name)

    for name in sorted(table):
        yield from walk(name, [])


def module_of(path, folder):
    name = path.relative_to(folder).with_suffix("").as_posix()
    return name[:-len("/__init__")] if name.endswith("/__init__") else name


def main():
    folder = Path(sys.argv[1]) / "src/runner"
    paths = {module_of(path, folder): path for path in sorted(folder.rglob("*.py"))
             if path != folder / "__init__.py"}
    problems, seen_by = [], {}
    for module, path in paths.items():
        found = list(imports(path, module, paths))
        seen_by[module] = {seen for _, seen in found}
        problems += [check(path.relative_to(folder), number, module, seen) for number, seen in found]
        problems += [check(path.relative_to(folder), 0, module, module)]
    problems += circles({name: set(seen.split()) for name, seen in MAY_SEE.items()}, "folders")
    problems += circles(seen_by, "modules")
    problems = [problem for problem in problems if problem]
    print("\n".join(problems) or "%d modules" % len(paths))
    sys.exit(1 if problems or not paths else 0)


main()
