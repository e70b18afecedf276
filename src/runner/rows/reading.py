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
    map                               an object when keys are strings, else an array of [key, value]; this
                                      too where keys are no UTF-8 and would become one
    variant                           its JSON value; numbers that JSON would round as strings
    vectors and other UDTs            a dense vector as an array, anything else as Spark writes it
    void, null                        null
    types unknown here                a string: CAST(x AS STRING)

How they are read was measured. Rows of simple types are collected; others Spark itself writes as JSON
(written.py). With dates, timestamps and nested values among 20 columns that takes less work than
collect(), which pickles, unpickles and converts every value; but the expression must be analysed and
compiled, some 10 ms that a small answer need not pay.
"""

from ..protocol import ROWS_TEXT
from .caps import MARK, cut, encode, fitting, size
from .types import WHOLE, fields_of, holds, spell
from .values import convert_column, digits, number, whole
from .written import Written

ROWS_READ = 1000  # more are given as text where that is wanted
COLLECTED = WHOLE + ("boolean", "double", "string", "void", "decimal")


def columns_of(df):
    return [{"name": name, "type": spell(type)} for name, type in fields_of(df)]


def read(context, df, limit, max_bytes, offset=0, as_text=False):
    """Up to limit rows and max_bytes of them as JSON, after offset rows.

    One row more than limit is read, which proves that there is more. A first row that is larger than
    max_bytes is given all the same, with its largest values cut and a warning. as_text: many rows come
    in "rowsText", the JSON of what "rows" would be, which the server passes on unread.
    """
    fields = fields_of(df)
    types = [type for _, type in fields]
    if offset:
        df = df.offset(offset)
    way = Collected if all(_is_collected(type) for type in types) else Written
    found = way(context, df, types, limit, max_bytes)
    result = {"columns": [{"name": name, "type": spell(type)} for name, type in fields]}
    if as_text and found.count > ROWS_READ:
        result[ROWS_TEXT] = found.text()
    else:
        result["rows"] = found.rows()
    result["rowCount"] = found.count
    if found.is_oversized:
        result["rows"][0] = cut(result["rows"][0], max_bytes)
        context.warn("Values of the row are larger than max_bytes (%d): what was cut ends in '%s'."
                     % (max_bytes, MARK))
    if found.all > found.count:
        result["truncated"] = True
        result["truncatedBy"] = "limit" if found.count == limit else "bytes"
    if any(holds(type, "timestamp") for type in types):
        result["timeZone"] = context.spark.conf.get("spark.sql.session.timeZone")
    return result


class Collected:
    """Rows of simple types."""

    def __init__(self, context, df, types, limit, max_bytes):
        rows = [list(row) for row in df.limit(limit + 1).collect()]
        for i, type in enumerate(types):
            convert = {"double": number, "long": whole, "decimal": digits}.get(type.split("(")[0])
            if convert:
                convert_column(rows, i, convert)
        self.all, rows = len(rows), rows[:limit]
        if size(encode(rows)) > max_bytes:
            rows = rows[:fitting([size(encode(row)) for row in rows], max_bytes)]
        self.count = len(rows)
        self.is_oversized = self.count == 1 and size(encode(rows[0])) > max_bytes
        self.kept = rows

    def rows(self):
        return self.kept

    def text(self):
        return encode(self.kept)


def _is_collected(type):
    return isinstance(type, str) and type.split("(")[0] in COLLECTED
