"""What the records of a csv file mean: names, words that stand for null, numbers that are names."""

import re
from collections import Counter

NUMBER = re.compile(r"[-+]?(?:\d+[.]?\d*|[.]\d+)(?:[eE][-+]?\d+)?|[-+]?(?:NaN|Inf|Infinity)")
DAY = re.compile(r"\d{4}-\d\d?-\d\d?(?:[ T]\d\d:\d\d.*)?")
TRUTH = re.compile(r"true|false", re.I)
KINDS = (NUMBER, DAY, TRUTH)
NULL_WORDS = frozenset((
    "NA", "N/A", "n/a", "na", "#N/A", "<NA>", "NULL", "null", "Null", "(null)", "NIL", "nil", "None", "none", "-", "--",
    "?", ".", "\\N", "missing", "Missing", "MISSING"))
# A number has no zero before its digits, a telephone number a plus.
CODE = re.compile(r"0\d+|[+]\d{6,}")
DIGITS = re.compile(r"[+]?\d+")


def has_header(records):
    """Names differ from each other and are no numbers or dates; a first one may be missing. Where they
    don't differ, what stands below has to be of another kind."""
    if not records:
        return True
    names = [field.text.strip() for field in records[0].fields]
    if any(NUMBER.fullmatch(name) or re.match(r"[-+]?[\d.,]*\d$|\d{4}-\d\d-\d\d", name) for name in names):
        return False
    if len(set(names)) == len(names) and all(names[1:]):
        return True
    return any(kind_of(values) for values in columns_of(records[1:], len(names)))


def columns_of(records, width):
    """The values of each column that are not empty."""
    columns = [[] for _ in range(width)]
    for record in records:
        for column, field in zip(columns, record.fields):
            if field.text.strip():
                column.append(field.text.strip())
    return columns


def kind_of(values):
    """The kind that all values but the words for null have; None: they are texts."""
    rest = [value for value in values if value not in NULL_WORDS]
    for kind in KINDS:
        if rest and all(kind.fullmatch(value) for value in rest):
            return kind
    return None


def find_null_words(columns):
    """Words for null among values of another kind, the most frequent first: (word, columns with it
    that hold numbers, days or booleans, columns of texts with it)."""
    typed = [kind_of(values) is not None for values in columns]
    counts, where = Counter(), {}
    for index, values in enumerate(columns):
        for word, count in Counter(value for value in values if value in NULL_WORDS).items():
            where.setdefault(word, ([], []))[0 if typed[index] else 1].append(index)
            counts[word] += count if typed[index] else 0
    words = sorted((word for word in counts if counts[word]), key=lambda word: (-counts[word], word))
    return [(word, *where[word]) for word in words]


def find_codes(columns, null_words):
    """The columns of digits that a number would lose: 00501, +4930123456."""
    found = []
    for index, values in enumerate(columns):
        rest = [value for value in values if value not in null_words]
        if all(map(DIGITS.fullmatch, rest)) and any(map(CODE.fullmatch, rest)):
            found.append(index)
    return found
