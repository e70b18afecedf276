"""Rows of a DataFrame as JSON: exact, typed, bounded.

    boolean, string, integers         as they are; a long beyond +-(2^53 - 1) as a string
    double, float                     a number; "NaN", "Infinity", "-Infinity"
    decimal                           a string with all its digits: "1.500"
    date                              "2024-01-31"
    timestamp                         "2024-01-31T10:00:00.5+01:00", in the session's time zone
    timestamp_ntz                     "2024-01-31T10:00:00.5"
    time, intervals                   a string as Spark writes it: "INTERVAL '1 02:00:00' DAY TO SECOND"
    binary, geometry, geography       base64 (of the WKB)
    array                             an array
    struct                            an object; an array of values when field names repeat
    map                               an object when keys are strings, else an array of [key, value];
                                      keys that are no numbers or booleans as text, as Spark casts them
    variant                           its JSON value; numbers that JSON would round as strings
    vectors and other UDTs            a dense vector as an array, anything else as Spark writes it
    void, null                        null
    types unknown here                a string: CAST(x AS STRING)

How they are read was measured. Rows of simple types are collected. For others Spark itself writes the
JSON, on the executors: one expression casts the whole row to a type that JSON can hold, prints it with
to_json under one key that is drawn by lot, and takes this key out again: {1,"a",[2]}. With dates,
timestamps and nested values among 20 columns that takes less work than collect(), which pickles,
unpickles and converts every value; but the expression must be analysed and compiled, some 10 ms that a
small answer need not pay. Many rows are not even parsed, unless their types or their digits ask for it.
"""

import gc
import json
import secrets
from decimal import Decimal
from typing import Any, Dict, List

SAFE = (1 << 53) - 1  # integers beyond it are not exact in a JSON reader that uses doubles
MARK = "\u2026 (cut)"
NOT_READ = "\u2026 (not read)"
ROWS_READ = 1000  # more are given as text where that is wanted

NAMES = {"integer": "int", "long": "bigint", "short": "smallint", "byte": "tinyint"}
WHOLE = ("byte", "short", "integer", "long")
COLLECTED = WHOLE + ("boolean", "double", "string", "void", "decimal")
TIMES = ("timestamp", "timestamp_ntz")  # columns that Spark writes as they are given
WRITTEN = WHOLE + ("boolean", "double", "float", "timestamp", "binary", "variant")  # by to_json

# Digits that a long beyond SAFE has, and nothing else in JSON but the text of a string.
DIGITS = bytes(ord("0") if chr(i) in "0123456789" else i if chr(i) in '."' else ord(" ") for i in range(256))
MANY_DIGITS = b" " + 16 * b"0"

encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")).encode


def columns_of(df) -> List[Dict[str, str]]:
    return [{"name": name, "type": spell(type)} for name, type in _fields_of(df)]


def read(context, df, limit: int, max_bytes: int, offset: int = 0, as_text: bool = False) -> Dict[str, Any]:
    """Up to limit rows and max_bytes of them as JSON, after offset rows.

    One row more than limit is read, which proves that there is more. A first row that is larger than
    max_bytes is given all the same, with its largest values cut and a warning. as_text: many rows come
    in "rowsText", the JSON of what "rows" would be, which the server passes on unread.
    """
    fields = _fields_of(df)
    types = [type for _, type in fields]
    if offset:
        df = df.offset(offset)
    way = _Collected if all(_is_collected(type) for type in types) else _Written
    found = way(context, df, types, limit, max_bytes)
    result = {"columns": [{"name": name, "type": spell(type)} for name, type in fields]}
    if as_text and found.count > ROWS_READ:
        result["rowsText"] = found.text()
    else:
        result["rows"] = found.rows()
    result["rowCount"] = found.count
    if found.is_oversized:
        result["rows"][0] = _cut(result["rows"][0], max_bytes)
        context.warn("Values of the row are larger than max_bytes (%d): what was cut ends in '%s'."
                     % (max_bytes, MARK))
    if found.all > found.count:
        result["truncated"] = True
        result["truncatedBy"] = "limit" if found.count == limit else "bytes"
    if any(_holds(type, "timestamp") for type in types):
        result["timeZone"] = context.spark.conf.get("spark.sql.session.timeZone")
    return result


# Types: as Spark's JSON writes them, a name or an object, so that none is unknown to Python.

def _fields_of(df):
    schema = json.loads(df._jdf.schema().json())
    return [(field["name"], field["type"]) for field in schema["fields"]]


def spell(type) -> str:
    """Spark's simpleString."""
    if isinstance(type, str):
        return NAMES.get(type, type)
    kind = type["type"]
    if kind == "array":
        return "array<%s>" % spell(type["elementType"])
    if kind == "map":
        return "map<%s,%s>" % (spell(type["keyType"]), spell(type["valueType"]))
    if kind == "struct":
        return "struct<%s>" % ",".join(
            "%s:%s" % (field["name"], spell(field["type"])) for field in type["fields"])
    name = (type.get("pyClass") or type.get("class") or kind).rsplit(".", 1)[-1]
    return name[:-3].lower() if name.endswith("UDT") else name


def _is_collected(type):
    return isinstance(type, str) and type.split("(")[0] in COLLECTED


def _is_text(type):
    return isinstance(type, str) and type.split("(")[0].split(" ")[0] in ("string", "char", "varchar")


def _is_geospatial(type):
    return isinstance(type, str) and type.startswith(("geometry", "geography"))


def _holds(type, wanted):
    if isinstance(type, str):
        return type.split("(")[0] == wanted
    parts = [type.get(key) for key in ("elementType", "keyType", "valueType")]
    parts += [field["type"] for field in type.get("fields", [])]
    return any(_holds(part, wanted) for part in parts if part)


def _repeats_names(struct):
    names = [field["name"] for field in struct["fields"]]
    return len(set(names)) < len(names)


def _cast(type):
    """The type, as SQL, that to_json writes exactly: whatever it would round becomes a string."""
    if isinstance(type, str):
        if _is_geospatial(type):
            return "binary"
        return spell(type) if type in WRITTEN else "string"
    kind = type["type"]
    if kind == "array":
        return "array<%s>" % _cast(type["elementType"])
    if kind == "map":
        return "map<string,%s>" % _cast(type["valueType"])
    if kind == "struct":
        by_position = _repeats_names(type)
        return "struct<%s>" % ",".join(
            "`%s`:%s" % (i if by_position else field["name"].replace("`", "``"), _cast(field["type"]))
            for i, field in enumerate(type["fields"]))
    return "string"


# Collected by Python.

class _Collected:
    def __init__(self, context, df, types, limit, max_bytes):
        rows = [list(row) for row in df.limit(limit + 1).collect()]
        for i, type in enumerate(types):
            convert = {"double": _number, "long": _whole, "decimal": _digits}.get(type.split("(")[0])
            if convert:
                _convert(rows, i, convert)
        self.all, rows = len(rows), rows[:limit]
        if _size(encode(rows)) > max_bytes:
            rows = rows[:_fitting([_size(encode(row)) for row in rows], max_bytes)]
        self.count = len(rows)
        self.is_oversized = self.count == 1 and _size(encode(rows[0])) > max_bytes
        self.kept = rows

    def rows(self):
        return self.kept

    def text(self):
        return encode(self.kept)


def _convert(rows, i, convert):
    for row in rows:
        value = row[i]
        if value is not None:
            row[i] = convert(value)


def _number(value):
    if value - value == 0:
        return value
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"


def _whole(value):
    return value if -SAFE <= value <= SAFE else str(value)


def _digits(value):
    return format(value, "f")


# Written by Spark, parsed by Python.

class _Written:
    def __init__(self, context, df, types, limit, max_bytes):
        texts = _write(context, df, types, limit, max_bytes)
        sizes = [_size(text) for text in texts[:limit]]
        self.all = len(texts)
        self.texts = texts[:_fitting(sizes, max_bytes)]
        self.count = len(self.texts)
        self.is_oversized = self.count == 1 and sizes[0] > max_bytes
        self.types = ["string" if type in TIMES else type for type in types]

    def rows(self):
        return [_parse_start(self.texts[0], self.types)] if self.is_oversized else _parse(self.texts, self.types)

    def text(self):
        """As Spark wrote them, but for those that need a look at their values."""
        if not all(map(_is_exact_but_for_digits, self.types)):
            return encode(self.rows())
        has_long = any(_holds(type, "long") for type in self.types)
        has_decimal = any(_holds(type, "decimal") for type in self.types)
        rows = []
        for text in self.texts:
            if (has_long and MANY_DIGITS in text.encode("utf-8", "replace").translate(DIGITS)
                    or has_decimal and ("E-" in text or "E+" in text)):
                rows.append(encode(_parse([text], self.types)[0]))
            else:
                rows.append("[%s]" % text[1:-1])
        return "[%s]" % ",".join(rows)


def _write(context, df, types, limit, max_bytes):
    """The rows as Spark writes them: {1,"a"}, each cut where no answer could hold it."""
    key = "k" + secrets.token_hex(6)
    source = "struct(*)"
    if any(type in TIMES or _is_geospatial(type) for type in types):
        df = df.toDF(*["c%d" % i for i in range(len(types))])
        source = "struct(%s)" % ",".join(
            _expression(context, type, "c%d" % i) for i, type in enumerate(types))
    options = "'ignoreNullFields','false'"
    if any(_holds(type, "timestamp") for type in types):
        options += ",'timestampFormat','yyyy-MM-dd HH:mm:ss.SSSSSS%s'" % _zone_pattern(context)
    target = ",".join("`%s`:%s" % (key, _cast("string" if type in TIMES else type)) for type in types)
    row = "left(replace(to_json(cast(%s as struct<%s>),map(%s)),'\"%s\":',''),%d)" % (
        source, target, options, key, _most(max_bytes))
    return [row[0] for row in df.selectExpr(row).limit(limit + 1).collect()]


def _expression(context, type, column):
    if _is_geospatial(type):
        return "st_asbinary(%s)" % column
    if type == "timestamp_ntz":
        return "replace(cast(%s as string),' ','T')" % column
    if type == "timestamp":
        return "concat(replace(cast(%s as string),' ','T'),date_format(%s,'%s'))" % (
            column, column, _zone_pattern(context))
    return column


def _zone_pattern(context):
    is_legacy = context.spark.conf.get("spark.sql.legacy.timeParserPolicy").upper() == "LEGACY"
    return "XXX" if is_legacy else "XXXXX"


def _most(max_bytes):
    """Characters of one row that leave Spark. More than the answer holds, so that the columns after
    a large value are known; bounded, so that neither Spark's driver nor Python has to hold it all."""
    return max(4 * max_bytes, 1 << 20)


def _parse(texts, types):
    """Rows are many small objects without circles: Python's collector would look through them again
    and again, which takes as long as reading them."""
    gc.disable()
    try:
        return _parse_all(texts, types)
    finally:
        gc.enable()


def _parse_all(texts, types):
    number = _exact if any(_holds(type, "variant") for type in types) else None
    rows = json.loads("[%s]" % ",".join("[%s]" % text[1:-1] for text in texts), parse_float=number)
    for i, type in enumerate(types):
        if type == "long" and all(-SAFE <= row[i] <= SAFE for row in rows if row[i] is not None):
            continue
        convert = _converter(type)
        if convert:
            _convert(rows, i, convert)
    return rows


def _is_exact_but_for_digits(type):
    """Whether only long integers and decimals can need what _converter does."""
    if isinstance(type, str):
        return _converter(type) in (None, _whole, _plain)
    kind = type["type"]
    if kind == "array":
        return _is_exact_but_for_digits(type["elementType"])
    if kind == "map":
        return _is_text(type["keyType"]) and _is_exact_but_for_digits(type["valueType"])
    if kind == "struct":
        return not _repeats_names(type) and all(
            _is_exact_but_for_digits(field["type"]) for field in type["fields"])
    return False


def _converter(type):
    """What is left to do with a parsed value that is not null; None: nothing."""
    if isinstance(type, str):
        return {"long": _whole, "timestamp": _timestamp, "timestamp_ntz": _timestamp_ntz,
                "decimal": _plain, "variant": _exact_integers}.get(type.split("(")[0])
    kind = type["type"]
    if kind == "array":
        return _array_converter(_converter(type["elementType"]))
    if kind == "map":
        return _map_converter(type["keyType"], _converter(type["valueType"]))
    if kind == "struct":
        return _struct_converter(type)
    return _vector


def _array_converter(convert):
    if convert is None:
        return None
    return lambda values: [None if value is None else convert(value) for value in values]


def _map_converter(key_type, convert):
    convert = convert or (lambda value: value)
    if _is_text(key_type) or key_type == "void":
        return lambda entries: {key: None if value is None else convert(value)
                                for key, value in entries.items()}
    name = key_type if isinstance(key_type, str) else ""
    if name in WHOLE:
        key_of = _key_of_whole
    elif name in ("float", "double"):
        key_of = _key_of_number
    elif name == "boolean":
        key_of = _key_of_boolean
    else:
        key_of = _converter(name) if name.startswith(("decimal", "timestamp_ntz")) else str
    return lambda entries: [[key_of(key), None if value is None else convert(value)]
                            for key, value in entries.items()]


def _struct_converter(type):
    converters = [_converter(field["type"]) for field in type["fields"]]
    by_position = _repeats_names(type)
    if not by_position and not any(converters):
        return None

    def convert(struct):
        values = [value if value is None or to is None else to(value)
                  for value, to in zip(struct.values(), converters)]
        return values if by_position else dict(zip(struct, values))
    return convert


def _timestamp(text):
    """2024-01-31 10:00:00.500000+01:00"""
    seconds, rest = text.split(".")
    return (seconds.replace(" ", "T") + "." + rest[:6].rstrip("0")).rstrip(".") + rest[6:]


def _timestamp_ntz(text):
    return text.replace(" ", "T")


def _plain(text):
    """Spark writes 1E-10 where it isn't in ANSI mode."""
    return format(Decimal(text), "f") if "E" in text else text


def _key_of_whole(text):
    return _whole(int(text))


def _key_of_number(text):
    return _number(float(text))


def _key_of_boolean(text):
    return text == "true"


def _vector(text):
    """[1.0,NaN] becomes an array; (3,[0],[1.0]), a sparse vector, stays as it is."""
    if not text.startswith("["):
        return text
    try:
        return [_number(value) for value in json.loads(text)]
    except (ValueError, TypeError):
        return text


def _exact(text):
    value = float(text)
    return value if Decimal(repr(value)) == Decimal(text) else text


def _exact_integers(value):
    if isinstance(value, list):
        return [_exact_integers(item) for item in value]
    if isinstance(value, dict):
        return {key: _exact_integers(item) for key, item in value.items()}
    return _whole(value) if isinstance(value, int) and not isinstance(value, bool) else value


# The cap.

def _size(text):
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def _fitting(sizes, max_bytes):
    """How many rows fit; one always does."""
    total = 0
    for count, size in enumerate(sizes):
        total += size + 1
        if count and total > max_bytes:
            return count
    return len(sizes)


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
        convert = _converter(type)
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


def _cut(row, max_bytes):
    """The row with its largest values cut, as texts, so that it fits."""
    sizes = [_size(encode(value)) + 1 for value in row]
    room = max_bytes // max(1, len(row))
    while True:
        small = [size for size in sizes if size <= room]
        wider = (max_bytes - sum(small)) // max(1, len(sizes) - len(small))
        if wider <= room:
            break
        room = wider
    room = max(room - _size(MARK) - 3, 8)
    return [value if size <= room else _cut_value(value, room) for value, size in zip(row, sizes)]


def _cut_value(value, room):
    text = (value if isinstance(value, str) else encode(value))[:room]
    while _size(encode(text)) > room + 2:
        text = text[:len(text) * room // _size(encode(text)) - 1]
    return text + MARK
