"""Rows that Spark writes as JSON, on the executors.

One expression casts the whole row to a type that JSON can hold, prints it with to_json under one key
that is drawn by lot, and takes this key out again: {1,"a",[2]}. Names don't matter then. Many rows
are passed on like this, unless their types or digits need more than that (values.py).
"""

import gc
import itertools
import json
import secrets

from ..identifiers import backquoted
from .caps import MARK, NOT_READ, encode, fitting, size
from .types import WHOLE, has_objects, has_pairs, holds, is_geospatial, is_object, repeats_names, spell
from .values import SAFE, convert_column, converter, exact_float, is_exact_but_for_digits

TIMES = ("timestamp", "timestamp_ntz")  # columns that Spark writes as they are given
WRITTEN = WHOLE + ("boolean", "double", "float", "timestamp", "binary", "variant")  # by to_json

# Digits that a long beyond SAFE has, and nothing else in JSON but the text of a string.
DIGITS = bytes(ord("0") if chr(i) in "0123456789" else i if chr(i) in '."' else ord(" ") for i in range(256))
MANY_DIGITS = b" " + 16 * b"0"
NO_UTF8 = "\ufffd"  # stands for bytes that are no UTF-8: keys that differ in them become one


class Written:
    """Rows with values that take more."""

    def __init__(self, context, df, types, limit, max_bytes):
        texts = _write(context, df, types, limit, max_bytes)
        sizes = [size(text) for text in texts[:limit]]
        self.all = len(texts)
        self.texts = texts[:fitting(sizes, max_bytes)]
        self.count = len(self.texts)
        self.is_oversized = self.count == 1 and sizes[0] > max_bytes
        self.types = [as_written(type) for type in types]

    def rows(self):
        return [_parse_start(self.texts[0], self.types)] if self.is_oversized else _parse(self.texts, self.types)

    def text(self):
        """As Spark wrote them, but for those that need a look at their values."""
        if not all(map(is_exact_but_for_digits, self.types)):
            return encode(self.rows())
        looks_doubtful = doubts(self.types)
        is_doubtful = [looks_doubtful(text) for text in self.texts]
        parsed = iter(_parse(list(itertools.compress(self.texts, is_doubtful)), self.types))
        return "[%s]" % ",".join(encode(next(parsed)) if doubtful else _array(text)
                                 for text, doubtful in zip(self.texts, is_doubtful))


def doubts(types):
    """A function that tells whether a text may have what JSON would not keep, or not as it is: digits, keys."""
    has_long = any(holds(type, "long") for type in types)
    has_decimal = any(holds(type, "decimal") for type in types)
    has_keys = any(map(has_objects, types))
    return lambda text: (has_long and MANY_DIGITS in text.encode("utf-8", "replace").translate(DIGITS)
                         or has_decimal and ("E-" in text or "E+" in text)
                         or has_keys and NO_UTF8 in text)


def _write(context, df, types, limit, max_bytes):
    """The rows as Spark writes them: {1,"a"}, each cut where no answer could hold it."""
    key = "k" + secrets.token_hex(6)
    df, row = row_as_json(context, df, types, [key] * len(types))
    row = "left(replace(%s,'\"%s\":',''),%d)" % (row, key, _most(max_bytes))
    return [row[0] for row in df.selectExpr(row).limit(limit + 1).collect()]


def row_as_json(context, df, types, names):
    """What to select from what, for each row as an object with these names."""
    source = "struct(*)"
    if any(type in TIMES or is_geospatial(type) or has_pairs(type) for type in types):
        df = df.toDF(*["c%d" % i for i in range(len(types))])
        source = "struct(%s)" % ",".join(
            _expression(context, type, "c%d" % i) for i, type in enumerate(types))
    options = "'ignoreNullFields','false'"
    if any(holds(type, "timestamp") for type in types):
        options += ",'timestampFormat','yyyy-MM-dd HH:mm:ss.SSSSSS%s'" % zone_pattern(context)
    target = ",".join("%s:%s" % (backquoted(name), _cast(as_written(type))) for name, type in zip(names, types))
    return df, "to_json(cast(%s as struct<%s>),map(%s))" % (source, target, options)


def _expression(context, type, column):
    if is_geospatial(type):
        return "st_asbinary(%s)" % column
    if type == "timestamp_ntz":
        return "replace(cast(%s as string),' ','T')" % column
    if type == "timestamp":
        return "concat(replace(cast(%s as string),' ','T'),date_format(%s,'%s'))" % (
            column, column, zone_pattern(context))
    return _with_pairs(type, "cast(%s as %s)" % (column, _cast(type, True))) if has_pairs(type) else column


def _with_pairs(type, value, depth=0):
    """The value, cast to _cast(type, True), with its maps as arrays of entries: to_json would make a
    text of each key, in which entries can become one."""
    if not has_pairs(type):
        return value
    element, kind = "e%d" % depth, type["type"]
    if kind == "array":
        return "transform(%s,%s->%s)" % (value, element, _with_pairs(type["elementType"], element, depth + 1))
    if kind == "struct":
        return "if(%s is null,null,struct(%s))" % (value, ",".join(
            "%s as `%d`" % (_with_pairs(field["type"], "%s.`%d`" % (value, i), depth), i)
            for i, field in enumerate(type["fields"])))
    if is_object(type):
        return "transform_values(%s,(k%d,%s)->%s)" % (
            value, depth, element, _with_pairs(type["valueType"], element, depth + 1))
    return "transform(map_entries(%s),%s->struct(%s as key,%s as value))" % (
        value, element, _with_pairs(type["keyType"], element + ".key", depth + 1),
        _with_pairs(type["valueType"], element + ".value", depth + 1))


def zone_pattern(context):
    is_legacy = context.spark.conf.get("spark.sql.legacy.timeParserPolicy").upper() == "LEGACY"
    return "XXX" if is_legacy else "XXXXX"


def _cast(type, has_maps=False):
    """The type, as SQL, that to_json writes exactly: whatever it would round becomes a string. Maps of
    other keys than strings are still maps (has_maps), or have become arrays of their entries."""
    if isinstance(type, str):
        if is_geospatial(type):
            return "binary"
        return spell(type) if type in WRITTEN else "string"
    kind = type["type"]
    if kind == "array":
        return "array<%s>" % _cast(type["elementType"], has_maps)
    if kind == "map":
        pair = _cast(type["keyType"], has_maps), _cast(type["valueType"], has_maps)
        return ("map<%s,%s>" if has_maps or is_object(type) else "array<struct<key:%s,value:%s>>") % pair
    if kind == "struct":
        by_position = repeats_names(type) or has_pairs(type)
        return "struct<%s>" % ",".join(
            "%s:%s" % (backquoted(str(i) if by_position else field["name"]), _cast(field["type"], has_maps))
            for i, field in enumerate(type["fields"]))
    return "string"


def as_written(type):
    """The type of a column once its expression has made text of it."""
    return "string" if type in TIMES else type


def _array(text):
    """{1,"a"} is [1,"a"]."""
    return "[%s]" % text[1:-1]


def _most(max_bytes):
    """Characters of one row that leave Spark. More than the answer holds, so that the columns after
    a large value are known; bounded, so that neither Spark's driver nor Python has to hold it all."""
    return max(4 * max_bytes, 1 << 20)


def _parse(texts, types):
    return parse(map(_array, texts), types)


def parse(texts, types):
    """Exact values of rows that are arrays, or objects whose values are those of the columns.

    Rows are many small objects without circles: Python's collector would look through them again
    and again, which takes as long as reading them."""
    gc.disable()
    try:
        return _parse_all(texts, types)
    finally:
        gc.enable()


def _parse_all(texts, types):
    as_float = exact_float if any(holds(type, "variant") for type in types) else None
    texts = list(texts)
    has_keys = any(map(has_objects, types)) and any(NO_UTF8 in text for text in texts)
    rows = json.loads("[%s]" % ",".join(texts), parse_float=as_float, object_pairs_hook=_object if has_keys else None)
    if rows and isinstance(rows[0], dict):
        rows = [list(row.values()) for row in rows]
    for i, type in enumerate(types):
        if type == "long" and all(-SAFE <= row[i] <= SAFE for row in rows if row[i] is not None):
            continue
        convert = converter(type)
        if convert:
            convert_column(rows, i, convert)
    return rows


def _object(pairs):
    """Pairs where a key comes twice; of structs none does (_cast)."""
    found = dict(pairs)
    return found if len(found) == len(pairs) else [list(pair) for pair in pairs]


def _parse_start(text, types):
    """A row whose text may have been cut: its whole values, the start of the next, and no more."""
    try:
        return _parse([text], types)[0]
    except ValueError:
        pass
    row, position = [], 0
    for i, type in enumerate(types):
        position += 1  # a brace before the first, a comma before the others
        try:
            value, position = json.JSONDecoder().raw_decode(text, position)
        except ValueError:
            row.append(_start_of_value(text[position:]) + MARK)
            break
        convert = converter(type)
        row.append(value if value is None or convert is None else convert(value))
    return row + [NOT_READ] * (len(types) - len(row))


def _start_of_value(text):
    """The text of a value that was cut: of a string without its quote and escapes."""
    for end in range(len(text), max(0, len(text) - 6), -1):  # an escape may have been cut too
        try:
            return json.loads(text[:end] + '"') if text.startswith('"') else text
        except ValueError:
            pass
    return text
