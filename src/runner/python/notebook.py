"""The names that calls of run-python share, as the cells of a notebook do, and the code that is run there.

The code is __main__: what it defines is pickled by value, so functions of it can run on executors.
"""

import ast
import builtins
import itertools
import linecache
import sys
import types

FRAMES = 4  # shown of a way through several calls
OWN = ("spark", "sc")
SOURCES = 200  # calls of which the text is kept for tracebacks


class Notebook:
    def __init__(self):
        self.module = types.ModuleType("__main__")
        self.module.__dict__.update(__builtins__=builtins, __name__="__main__")
        self.calls = itertools.count(1)
        self.files = []

    def run(self, spark, code):
        """The value of the last statement, None when it has none. The file name of the code is in
        files[-1]."""
        names = self.module.__dict__
        sys.modules["__main__"] = self.module
        names.update(spark=spark, sc=spark.sparkContext)
        file = "<call %d>" % next(self.calls)
        self._keep(file, code)
        tree = ast.parse(code, file)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, file, "exec", dont_inherit=True), names)
        return eval(compile(ast.Expression(last.value), file, "eval", dont_inherit=True), names) if last else None

    def _keep(self, file, code):
        linecache.cache[file] = (len(code), None, code.splitlines(True), file)
        self.files.append(file)
        if len(self.files) > SOURCES:
            linecache.cache.pop(self.files.pop(0), None)

    def names(self):
        """What calls have defined; modules can be imported again."""
        return sorted(name for name, value in self.module.__dict__.items()
                      if not name.startswith("_") and name not in OWN and not isinstance(value, types.ModuleType))

    def place(self, error):
        """Where an error came from: (its line in the code of the last call, the way from there through
        functions of earlier calls)."""
        file = self.files[-1]
        if isinstance(error, SyntaxError) and error.filename == file:
            return error.lineno, ""
        line, way = None, []
        trace = error.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            if code.co_filename == file:
                line, way = trace.tb_lineno, []
            elif code.co_filename in self.files:
                way.append("in %s, line %d of an earlier call: %s" % (
                    code.co_name, trace.tb_lineno, self.line(code.co_filename, trace.tb_lineno)))
            trace = trace.tb_next
        return line, "\n".join(way[-FRAMES:])

    def line(self, file, number):
        return linecache.getline(file, number).strip()[:200]
