"""SQL text: where statements end, and what a statement without rows does.

Spark takes one statement at a time. Its own lexer is not within reach without parsing, and text that
holds several statements can't be parsed; so the few tokens that may hide a `;` are read here: quoted
text, comments and BEGIN ... END scripts. What is broken (a string without an end) is left to Spark,
whose error says where.
"""

import itertools
import re
from typing import NamedTuple

TOKEN = re.compile(r"""
    (?P<comment> --(?:\\\n|[^\r\n])*)
  | (?P<block>   /\*)
  | (?P<raw>     [rR](?:'[^']*'|"[^"]*"))
  | (?P<string>  '(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*")
  | (?P<dollar>  (?P<tag>\$[A-Za-z_]*\$).*?(?P=tag))
  | (?P<quoted>  `(?:[^`]|``)*`)
  | (?P<word>    [^\W\d]\w*)
  | (?P<number>  \d\w*)
  | (?P<open>    ['"`].*)
  | (?P<space>   \s+)
  | (?P<sign>    .)
""", re.VERBOSE | re.DOTALL)

# What can open a part of a script that ends with END, where a statement can stand.
PARTS = ("IF", "LOOP", "WHILE", "REPEAT", "FOR", "CASE")


class Token(NamedTuple):
    kind: str
    text: str
    start: int

    @property
    def word(self):
        return self.text.upper() if self.kind == "word" else ""


class Statement(NamedTuple):
    text: str
    line: int  # of its first character, counted from 1
    column: int


class StatementFailed(Exception):
    """A statement of several failed; those before it took effect."""

    def __init__(self, error, statement, index, count, earlier):
        super().__init__(str(error))
        self.error = error
        self.statement = statement
        self.index = index  # from 1
        self.count = count
        self.earlier = earlier


def condition_of(error):
    """Spark's error condition of an exception of PySpark's, or ""."""
    get = getattr(error, "getCondition", None) or getattr(error, "getErrorClass", None)
    return (get() if get else None) or ""


class Command(NamedTuple):
    """A statement by its leading words: CREATE TABLE IF NOT EXISTS a.b: CREATE, TABLE, a.b."""
    verb: str
    kind: str = ""
    name: str = ""
    is_temporary: bool = False
    is_conditional: bool = False  # IF EXISTS, IF NOT EXISTS


def tokens(sql):
    """The tokens that matter, without comments and white space."""
    position = 0
    while position < len(sql):
        match = TOKEN.match(sql, position)
        kind, end = match.lastgroup, match.end()
        if kind == "tag":
            kind = "dollar"
        if kind == "block":
            end = _end_of_comment(sql, position)
        elif kind not in ("comment", "space"):
            yield Token(kind, sql[position:end], position)
        position = end


def _end_of_comment(sql, position):
    depth = 0
    for mark in re.compile(r"/\*|\*/").finditer(sql, position):
        depth += 1 if mark.group() == "/*" else -1
        if depth == 0:
            return mark.end()
    return len(sql)


def split(sql):
    """The statements, without those that are empty or only a comment."""
    found = []
    start, script = None, None
    end = 0
    for token in tokens(sql):
        if start is None:
            if token.text == ";":
                continue
            start, script, words = token.start, None, []
        if len(words) < 3:
            words.append(token.word or token.text)
            if words[-1] == "BEGIN" and (len(words) == 1 or words[1:2] == [":"]):
                script = Script()
        if token.text == ";" and (script is None or script.is_over):
            found.append(_statement(sql, start, end))
            start = None
            continue
        if script:
            script.read(token)
        end = token.start + len(token.text)
    if start is not None:
        found.append(_statement(sql, start, end))
    return found


def _statement(sql, start, end):
    line_start = sql.rfind("\n", 0, start) + 1
    return Statement(sql[start:end], sql.count("\n", 0, start) + 1, start - line_start + 1)


class Script:
    """Follows BEGIN ... END through the parts inside it."""

    def __init__(self):
        self.open = []  # "BEGIN", "IF", ... and "case" for a CASE that is an expression
        self.is_over = False
        self.may_start = True  # a statement can stand here
        self.before = ""
        self.closed = ""

    def read(self, token):
        word = token.word if self.before != "." else ""
        if self.closed and word == self.closed:  # the IF of END IF
            self.may_start = False
        elif word == "END" and self.open:
            self.closed = self.open.pop()
            self.is_over = not self.open
            self.before = word
            self.may_start = False
            return
        elif word == "BEGIN":
            self.open.append(word)
            self.may_start = True
        elif word in PARTS and self.may_start:
            self.open.append(word)
            self.may_start = word in ("LOOP", "REPEAT")
        elif word == "CASE":
            self.open.append("case")
            self.may_start = False
        else:
            self.may_start = token.text in (";", ":") or (
                word in ("THEN", "ELSE", "DO") and self.open[-1:] != ["case"])
        self.closed = ""
        self.before = token.word or token.text


# What a statement without rows did.

KINDS = ("TABLE", "VIEW", "DATABASE", "SCHEMA", "NAMESPACE", "FUNCTION", "CATALOG", "VARIABLE", "INDEX")
LEADING = 100  # tokens in which the name is, which may have some parts
SKIPPED = ("OR", "REPLACE", "IF", "NOT", "EXISTS", "INTO", "OVERWRITE", "EXTERNAL", "GLOBAL", "LAZY",
           "MATERIALIZED", "FROM", "VAR", "SESSION", "STREAMING", "REPAIR", "ON")


def read_command(sql):
    """The leading words of a statement; for WITH and FROM, those of the INSERT in it."""
    found = list(itertools.islice(tokens(sql), LEADING))
    if found and found[0].word in ("WITH", "FROM"):
        found = list(tokens(sql))
        depth = 0
        for i, token in enumerate(found):
            depth += {"(": 1, ")": -1}.get(token.text, 0)
            if depth == 0 and token.word in ("INSERT", "MERGE", "UPDATE", "DELETE"):
                return _read_command(found[i:])
            if depth == 0 and token.word in ("SELECT", "VALUES", "MAP", "REDUCE"):
                break
    return _read_command(found)


def _read_command(found):
    verb = found[0].word if found else ""
    kind, is_temporary, is_conditional, position = "", False, False, 1
    while position < len(found):
        word = found[position].word
        if word in ("TEMP", "TEMPORARY"):
            is_temporary = True
        elif word == "IF":
            is_conditional = True
        elif word in KINDS and not kind:
            kind = "DATABASE" if word in ("SCHEMA", "NAMESPACE") else word
        elif word not in SKIPPED:
            break
        position += 1
    return Command(verb, kind, _read_name(found, position), is_temporary, is_conditional)


def _read_name(found, position):
    name = ""
    for token in found[position:]:
        is_part = token.kind in ("word", "quoted", "number")
        if token.text != "." and (not is_part or (name and not name.endswith("."))):
            break
        name += token.text
    return name


PAST = {"CREATE": "created", "REPLACE": "replaced", "DROP": "dropped", "ALTER": "altered",
        "TRUNCATE": "emptied", "CACHE": "cached", "UNCACHE": "no longer cached:", "REFRESH": "refreshed",
        "ANALYZE": "analyzed", "MSCK": "repaired", "REPAIR": "repaired", "USE": "now using",
        "DECLARE": "declared", "UPDATE": "updated", "DELETE": "deleted from", "MERGE": "merged into",
        "COMMENT": "commented on"}


def say_done(sql, rows=None):
    """What a statement without rows did: created table sales, 2 rows inserted."""
    command = read_command(sql)
    rows_said = "" if not rows else "%d row%s inserted" % (rows, "" if rows == 1 else "s")
    if command.verb == "INSERT":
        target = command.name if command.kind or command.name.upper() != "DIRECTORY" else "a directory"
        return "%s into %s" % ("no rows inserted" if rows == 0 else rows_said or "inserted", target)
    if command.verb == "SET":
        return "set"
    if command.verb in PAST and (command.name or command.kind):
        temporary = "temporary " if command.is_temporary else ""
        kind = command.kind.lower() + " " if command.kind else ""
        said = ("%s %s%s%s" % (PAST[command.verb], temporary, kind, command.name)).strip()
        if command.is_conditional:
            said += ", if it was there" if command.verb != "CREATE" else ", unless it was there"
        return said + (", " + rows_said if rows_said else "")
    words = [token.text for token in tokens(sql)][:2]
    return " ".join(words).lower() + ": done"


def first_characters(sql, count=80):
    """The start of a statement on one line."""
    line = " ".join(sql.split())
    return line if len(line) <= count else line[:count - 3] + "..."


def excerpt(sql, line, column):
    """The line and a caret below the column (from 1), cut to what fits a line of text."""
    lines = sql.splitlines() or [""]
    text = lines[min(line, len(lines)) - 1].replace("\t", " ")
    start = max(0, min(column - 40, len(text) - 80))
    return text[start:start + 80], " " * (column - 1 - start) + "^"
