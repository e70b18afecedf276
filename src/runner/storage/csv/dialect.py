"""The characters of a csv file: encoding, delimiter, quote, escape; and its records, split by them."""

import codecs
import re
from collections import Counter
from typing import List, NamedTuple

DELIMITERS = (",", ";", "\t", "|")
EITHER = "either"  # escape: which one is not known yet
JUDGED = 32 * 1024  # characters by which a delimiter is chosen
MARKS = ((codecs.BOM_UTF8, "UTF-8"), (codecs.BOM_UTF16_LE, "UTF-16"), (codecs.BOM_UTF16_BE, "UTF-16"))
TYPED = re.compile(r"[-+]?[\d.,]*\d[\d.,]*(e[-+]?\d+)?|\d{4}-\d\d-\d\d.*|true|false", re.I)


class Dialect(NamedTuple):
    delimiter: str
    quote: str
    escape: str  # the quote itself where a quote in a value is written twice


class Field(NamedTuple):
    text: str
    is_quoted: bool
    is_spaced: bool  # a blank stands before it


class Record(NamedTuple):
    line: int  # on which it begins, from 1
    fields: List[Field]
    is_whole: bool  # false: a quote in it is not closed
    end: str

    @property
    def breaks_lines(self):
        return self.is_whole and any(
            field.is_quoted and ("\n" in field.text or "\r" in field.text) for field in self.fields)


def find_encoding(head):
    """As Spark calls it, and the line of the first byte that is no UTF-8, if that decided it."""
    for mark, name in MARKS:
        if head.startswith(mark):
            return name, 0
    zeros = [head[at:4096:2].count(0) for at in (0, 1)]
    # Of most of what is written one of each two bytes is zero.
    if max(zeros) > len(head[:4096]) // 5 and min(zeros) < max(zeros) // 4:
        return ("UTF-16LE" if zeros[1] > zeros[0] else "UTF-16BE"), 0
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # its last character may be cut
        return "UTF-8", 0
    except UnicodeDecodeError as error:
        return "ISO-8859-1", head.count(b"\n", 0, error.start) + 1


def decode(head, encoding):
    try:
        decoder = codecs.getincrementaldecoder(encoding)("replace")
    except LookupError:  # a name that only Java knows
        decoder = codecs.getincrementaldecoder("latin-1")()
    return decoder.decode(head).lstrip("\ufeff")


def find_dialect(text, delimiter=None, quote=None, escape=None, default_escape='"'):
    """The likeliest one; what is given is not looked for."""
    start = text[:JUDGED]
    quote = quote if quote is not None else _find_quote(start, delimiter)
    delimiter = delimiter or _find_delimiter(start, quote) or ","
    return Dialect(delimiter, quote, escape if escape is not None else
                   _find_escape(text, delimiter, quote, default_escape))


def looks_like_csv(text):
    return _find_delimiter(text[:JUDGED], '"') is not None


def _find_quote(text, delimiter):
    """Single quotes only where values are wrapped in them and no double quote opens one."""
    borders = re.escape(delimiter) if delimiter else "".join(DELIMITERS)
    opening = r"(?:^|[%s])%%s" % borders
    if re.search(opening % '"', text, re.M):
        return '"'
    opened = len(re.findall(opening % "'", text, re.M))
    closed = len(re.findall(r"(?:^|(?<=[%s]))'(?:[^'\n]|'')*'(?=[%s]|\r?$)" % (borders, borders), text, re.M))
    return "'" if opened > 1 and closed == opened else '"'


def _find_delimiter(text, quote):
    """The character that divides every record, most evenly and into values of most types."""
    best, found = None, None
    for delimiter in DELIMITERS:
        records = split(text, Dialect(delimiter, quote, EITHER))[:100]
        if len(records) > 1 and len(text) >= JUDGED:
            records.pop()  # perhaps cut
        widths = [len(record.fields) for record in records]
        if not widths or min(widths) < 2:
            continue
        usual, count = Counter(widths).most_common(1)[0]
        fields = [field.text.strip() for record in records for field in record.fields]
        typed = sum(bool(TYPED.fullmatch(field)) for field in fields) / len(fields)
        score = (count == len(widths), round(count / len(widths), 1), round(typed, 1), usual)
        if best is None or score > best:
            best, found = score, delimiter
    return found


def _find_escape(text, delimiter, quote, default):
    """A quote in a value is written twice, or after a backslash."""
    if not quote or quote not in text:
        return default
    broken = {escape: _count_broken(text, Dialect(delimiter, quote, escape)) for escape in (quote, "\\")}
    if broken[quote] != broken["\\"]:
        return min(broken, key=broken.get)
    if quote + quote in text or "\\" + quote in text:
        doubled = any(quote + quote in field.text for record in split(text, Dialect(delimiter, quote, quote))
                      for field in record.fields if field.is_quoted)
        escaped = any("\\" + quote in field.text for record in split(text, Dialect(delimiter, quote, "\\"))
                      for field in record.fields if field.is_quoted)
        if doubled != escaped:
            return quote if doubled else "\\"
    return default


def _count_broken(text, dialect):
    """Values that open with a quote and don't end with one."""
    return sum(not field.is_quoted and field.text.lstrip().startswith(dialect.quote)
               for record in split(text, dialect) for field in record.fields)


def split(text, dialect):
    """The records, without empty lines. A value keeps its quotes' inner text as it is written."""
    records, fields, line, start, is_whole = [], [], 1, 1, True
    for match in _pattern(dialect).finditer(text):
        quoted, cut, plain, end = match.group("quoted", "cut", "plain", "end")
        is_whole = is_whole and cut is None
        is_quoted = quoted is not None or cut is not None
        value = quoted if quoted is not None else cut if cut is not None else plain
        fields.append(Field(value, is_quoted, match.group()[:1] == " "))
        if is_quoted:
            line += len(re.findall(r"\r\n|\r|\n", value))
        if end == dialect.delimiter:
            continue
        if len(fields) > 1 or value or is_quoted:
            records.append(Record(start, fields, is_whole, end))
        line += 1
        fields, start, is_whole = [], line, True
        if not end:
            break
    return records


def _pattern(dialect):
    inner = {dialect.quote: "[^Q]*(?:QQ[^Q]*)*", EITHER: r"[^Q\\]*(?:(?:QQ|\\.)[^Q\\]*)*"}.get(
        dialect.escape, "[^QE]*(?:E.[^QE]*)*")
    plain = r"[^D\r\n]*" if len(dialect.delimiter) == 1 else r"(?:(?!D)[^\r\n])*"
    pattern = (r"(?: *Q(?P<quoted>INNER)Q *(?=D|\r|\n|\Z)| *Q(?P<cut>INNER)\Z|(?P<plain>PLAIN))"
               r"(?P<end>D|\r\n|\r|\n|\Z)").replace("INNER", inner).replace("PLAIN", plain)
    characters = {"Q": dialect.quote or "\0", "E": dialect.escape[:1] or "\0", "D": dialect.delimiter}
    return re.compile(re.sub("[QED]", lambda found: re.escape(characters[found.group()]), pattern), re.S)
