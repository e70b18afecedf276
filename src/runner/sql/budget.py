"""How many rows each statement gives: limit is for each, max_bytes for all together.

The last statement with rows has the bytes first, as it is what the others were for; those before it
share what it leaves, in order. offset is for that last one, too. What is not given is said, with a way
to it that works.
"""

from .. import rows
from ..context import Refused
from ..numbers import INT_MAX, as_whole

LIMIT = 100
MAX_BYTES = 24000

ACTIONS = ("BEGIN", "EXECUTE", "CALL")  # statements that may do anything, and may give rows
NUMBERS = ("limit", "offset", "max_bytes")


def check_numbers(arguments):
    """2.0 is a whole number in JSON, and a double for Spark."""
    for name in NUMBERS:
        if arguments.get(name) is None:
            arguments.pop(name, None)
        else:
            arguments[name] = as_whole(arguments[name])


class Budget:
    def __init__(self, context, arguments, verbs, target):
        self.context = context
        self.limit = arguments.get("limit", LIMIT)
        self.bytes = arguments.get("max_bytes", MAX_BYTES)
        self.offset = arguments.get("offset", 0)
        self.verbs = verbs
        self.target = target  # the index of the last statement with rows
        self.held = 0  # bytes of the rows of statements before that one

    def read(self, df, index, outcome):
        """The rows of a statement, as part of its outcome."""
        is_target, is_only = index == self.target, len(self.verbs) == 1
        offset = self.offset if is_target else 0
        if offset > INT_MAX:
            df, offset = _skip_all(df, offset), 0
        read = rows.read(self.context, df, self.limit, self.bytes, offset, as_text=is_only)
        read.update(outcome)
        if read.get("truncated"):
            read["next"] = self._next(read, index, offset + read["rowCount"])
        if not is_target:
            self.held += self._trim(read, index, self.bytes - self.held)
        return read

    def share(self, outcomes):
        """What the last statement with rows leaves of the bytes, to those before it."""
        if self.target is None:
            return
        left = self.bytes - _size(outcomes[self.target].get("rows"))
        for index, outcome in enumerate(outcomes[:self.target]):
            left -= self._trim(outcome, index, left)

    def _trim(self, outcome, index, room):
        """Leaves the rows that have room, perhaps none; gives their size."""
        found = outcome.get("rows")
        if not found:
            return 0
        fitting, total = 0, 0
        for row in found:
            total += rows.size(rows.encode(row)) + 1
            if total > room:
                break
            fitting += 1
        if fitting < len(found):
            outcome.update(rows=found[:fitting], rowCount=fitting, truncated=True, truncatedBy="bytes")
            outcome["next"] = self._next(outcome, index, fitting)
        return _size(outcome["rows"])

    def _next(self, read, index, offset):
        cached, verb = read.get("cachedTable"), self.verbs[index]
        is_by_bytes = read["truncatedBy"] == "bytes"
        if cached and self.context.is_session:
            return "There are more rows: SELECT * FROM %s%s gives the next." % (
                cached, " with offset %d" % offset if offset else "")
        if verb in ACTIONS:
            return ("There are more rows, but running it again would repeat what it does: let it write its "
                    "result to a table, and read that.")
        if self.limit == 0:
            return "There are rows: a limit above 0 gives them."
        if len(self.verbs) > 1:
            return self._next_of_several(is_by_bytes, index, offset)
        larger = " or a larger max_bytes" if is_by_bytes else ""
        keeps = "cache_table keeps the result for that, " if self.context.is_session else ""
        return ("There are more rows: offset %d%s gives them (the statement runs again; ORDER BY keeps pages "
                "apart). %ssave_path writes all of it." % (offset, larger, keeps))

    def _next_of_several(self, is_by_bytes, index, offset):
        """Not the same call again, which would do again what its other statements do."""
        if self.context.is_session:
            return "There are more rows: this statement alone%s gives them." % (
                " with offset %d" % offset if offset else "")
        if index == self.target:
            return "There are more rows: offset %d gives them (all statements run again)." % offset
        return "There are more rows: a larger %s gives them (all statements run again)." % (
            "max_bytes" if is_by_bytes else "limit")


def _size(values):
    return rows.size(rows.encode(values)) if values else 0


def _skip_all(df, offset):
    """More rows than Spark can skip, which takes an int: right where there are not so many."""
    if df.count() > offset:
        raise Refused("Spark skips %d rows at most, and offset is %d" % (INT_MAX, offset),
                      "Filter by a key, such as WHERE id > ..., instead.")
    return df.limit(0)
