"""How the csv files at a path are laid out: the options with which Spark reads them, and what looks odd.

Found from the beginning of the first file (HEAD bytes) and the first lines of some others; so it is
the same every time, and what comes later in a file is not known. Options that are given are taken as
they are. Where files have their columns in other orders they are read by name.
"""

import json
from collections import Counter
from typing import Dict, List, NamedTuple, Tuple

from ...context import Refused
from ...names import quoted as listed
from ..files import WEB_SCHEMES, Place
from .columns import columns_of, find_codes, find_null_words, has_header
from .dialect import decode, find_dialect, find_encoding, split

HEAD = 128 * 1024
FIRST_LINES = 8 * 1024  # bytes of each other file
LOOKED_AT = 8  # other files that are looked at
MOST_FILES = 500  # that are read by name, each header on its own
SPARKS_NAME = "part-"  # of a file that Spark has written, with a backslash before a quote in a value


class Layout(NamedTuple):
    options: Dict[str, str]  # found, without those that were given
    codes: Tuple[int, ...] = ()  # columns of digits that are no numbers
    odd: Tuple[str, ...] = ()  # what is doubtful, or done about it
    uneven: str = ""  # records of other widths, which reading with a column of corrupt ones counts
    groups: Tuple[List[str], ...] = ()  # files that have one header, where there are several


def find_layout(spark, place, given, has_schema):
    """given: the options that the caller has chosen, by their names in lower case."""
    files = [] if place.scheme in WEB_SCHEMES else place.data_files(LOOKED_AT + 2)
    if not files and place.scheme not in WEB_SCHEMES:
        return Layout({"header": "true"})
    first = place if not files else Place(spark, files[0].path)
    head = first.head(HEAD)
    found = _Beginning(first.name, head, len(head) < HEAD, given)
    others = [found.another(spark, file) for file in files[1:LOOKED_AT + 1]]
    for other in others:
        found.learn(other)
    layout = found.layout(has_schema)
    if others and found.header:
        return _compare(spark, place, found, others, files, layout, has_schema)
    return layout


class _Beginning:
    """The beginning of one file, read with the options given and found."""

    def __init__(self, name, head, is_all, given, default=None):
        self.name, self.given, self.is_all = name, given, is_all
        self.encoding, self.no_utf8 = find_encoding(head)
        self.is_ascii = self.encoding == "UTF-8" and head.isascii()
        self.odd = []
        text = decode(head, given.get("encoding", given.get("charset", self.encoding)))
        delimiter = given.get("sep", given.get("delimiter", "")).replace("\\t", "\t")
        self.dialect = default or find_dialect(
            text, delimiter or ("\t" if ".tsv" in name.lower() else None), given.get("quote"), given.get("escape"),
            "\\" if name.startswith(SPARKS_NAME) else '"')
        self.records = split(text, self.dialect)
        if not is_all and len(self.records) > 1:
            self.records.pop()  # perhaps cut
        has_names = given["header"].lower() == "true" if "header" in given else has_header(self.records)
        self.header = [field.text.strip() for field in self.records[0].fields] \
            if has_names and self.records else None
        self.has_names = has_names
        self.data = self.records[1:] if has_names else self.records
        self.width = max([len(record.fields) for record in self.records], default=1)
        self.columns = columns_of(self.data, self.width)
        self.breaks_lines = any(record.breaks_lines for record in self.records)
        self.ends = {record.end for record in self.records if record.end}

    def another(self, spark, file):
        """The beginning of another file, read like this one."""
        given = {**self.given, "header": str(self.has_names).lower()}
        head = Place(spark, file.path).head(FIRST_LINES)
        other = _Beginning(file.name, head, len(head) < FIRST_LINES, given, self.dialect)
        if other.header and not set(other.header) & set(self.header or ()) and not has_header(other.records):
            other.header = self.header  # its first line is a row
        return other

    def learn(self, other):
        """What another file has that this one has not."""
        self.breaks_lines = self.breaks_lines or other.breaks_lines
        self.ends |= other.ends
        if other.encoding == "ISO-8859-1" and self.is_ascii:
            self.encoding, self.no_utf8, self.is_ascii = other.encoding, other.no_utf8, False
        elif other.encoding != self.encoding and not other.is_ascii:
            self.odd.append("'%s' is %s, and '%s' is %s, as which all are read" % (
                other.name, other.encoding, self.name, self.encoding))
        for index, values in enumerate(self.columns):
            name = self.header[index] if self.header and index < len(self.header) else None
            if other.header == self.header:
                values += other.columns[index] if index < other.width else []
            elif name in other.header:
                values += other.columns[other.header.index(name)]

    def layout(self, has_schema):
        found = {"delimiter": self.dialect.delimiter, "header": str(self.has_names).lower(),
                 "inferSchema": "true", "escape": self.dialect.escape}
        if self.dialect.quote != '"':
            found["quote"] = self.dialect.quote
        if self.encoding.startswith("UTF-16") or self.breaks_lines:
            found["multiLine"] = "true"  # Spark divides only bytes of one width into lines
            if self.ends == {"\r\n"}:
                found["lineSep"] = "\r\n"  # or those in values would become \n
        if self.encoding != "UTF-8":
            found["encoding"] = self.encoding
        if self._is_spaced():
            found["ignoreLeadingWhiteSpace"] = "true"
        self._say_encoding()
        self._say_header()
        found.update(self._null_words())
        codes = () if has_schema or "inferschema" in self.given else self._codes(found.get("nullValue"))
        taken = set(self.given) | ({"inferschema"} if has_schema else set())
        taken |= {other for one, other in (("sep", "delimiter"), ("charset", "encoding")) if one in taken}
        return Layout({name: value for name, value in found.items() if name.lower() not in taken},
                      codes, tuple(self.odd), self._say_widths())

    def _is_spaced(self):
        """A blank after each delimiter: Spark would not see a quote behind it."""
        behind = [field for record in self.records for field in record.fields[1:] if field.text]
        return bool(behind) and all(field.is_spaced for field in behind)

    def names(self, indexes):
        names = self.header or []
        return listed([names[index] if index < len(names) and names[index] else "_c%d" % index
                       for index in indexes], "and")

    def _say_encoding(self):
        if self.no_utf8 and not {"encoding", "charset"} & set(self.given):
            self.odd.append("not all is valid UTF-8, the first time in line %d, so it is read as ISO-8859-1 "
                            "(latin-1); options %s says otherwise" % (
                                self.no_utf8, json.dumps({"encoding": "UTF-8"})))

    def _say_header(self):
        first = [field.text.strip() for field in self.records[0].fields] if self.records else []
        names = [name.lower() for name in first]
        twice = sorted({name for name in names if name and names.count(name) > 1})
        if not twice:
            return
        if self.header:
            named = [name + str(index) for index, name in enumerate(first) if names[index] == twice[0]]
            self.odd.append("the header repeats %s: such columns are named by their place, %s" % (
                listed(twice, "and"), listed(named, "and")))
        elif "header" not in self.given and not any(char.isdigit() for char in "".join(names)):
            self.odd.append("its first line repeats %s, so it is taken for a row; if it is a header, options %s "
                            "says so" % (listed(twice, "and"), json.dumps({"header": "true"})))

    def _null_words(self):
        if "nullvalue" in self.given:
            return {}
        words = find_null_words(self.columns)
        if not words:
            return {}
        word, typed, texts = words[0]
        self.odd.append("'%s' is read as null in all columns, because of those in %s%s; options %s keeps it" % (
            word, self.names(typed), " (it is also in texts: %s)" % self.names(texts) if texts else "",
            json.dumps({"nullValue": ""})))
        for other, typed, _ in words[1:]:
            self.odd.append("'%s' makes texts of %s: it may stand for null, too, and Spark takes one such word"
                            % (other, self.names(typed)))
        return {"nullValue": word}

    def _codes(self, null_word):
        codes = find_codes(self.columns, {null_word} if null_word else set())
        if codes:
            self.odd.append("zeros and plus signs in front are kept, as texts, in %s; options %s makes numbers" % (
                self.names(codes), json.dumps({"inferSchema": "true"})))
        return tuple(codes)

    def _say_widths(self):
        widths = Counter(len(record.fields) for record in self.records)
        usual = len(self.header) if self.header else widths.most_common(1)[0][0] if widths else 0
        others = [record for record in self.records if len(record.fields) != usual]
        if self.is_all and self.records and not self.records[-1].is_whole:
            return "a quote that opens in the record of line %d is not closed" % self.records[-1].line
        return "" if not others else (
            "%d of the first %d records have another number of values than %d, the first in line %d" % (
                len(others), len(self.records), usual, others[0].line))


def _compare(spark, place, found, others, files, layout, has_schema):
    """Files with other headers than the first are groups of their own."""
    headers = [tuple(found.header)] + [tuple(other.header or found.header) for other in others]
    if len(set(headers)) == 1:
        is_plain = len({name.lower() for name in found.header}) == len(found.header) and all(found.header)
        if len(files) > len(headers) and is_plain and "enforceschema" not in found.given and not has_schema:
            # Spark compares the headers of those that were not looked at, while it reads them.
            return layout._replace(options={**layout.options, "enforceSchema": "false"})
        return layout
    files = place.data_files(MOST_FILES + 1)
    if len(files) > MOST_FILES or has_schema:
        other, header = next(pair for pair in zip(others, headers[1:]) if pair[1] != headers[0])
        raise Refused(
            "files have different headers: '%s' has %s, '%s' has %s" % (
                found.name, ", ".join(headers[0]), other.name, ", ".join(header)),
            "Read files of one header at a time, with a pattern%s." % (
                "; without 'schema' they are read by name" if has_schema else ""))
    headers += [tuple(found.another(spark, file).header or found.header) for file in files[len(headers):]]
    groups = {}
    for file, header in zip(files, headers):
        groups.setdefault(header, []).append(file.path)
    return layout._replace(groups=tuple(groups.values()), odd=layout.odd + _differences(files, headers))


def _differences(files, headers):
    first, said = headers[0], []
    for file, header in list(zip(files, headers))[1:]:
        if header == first or header in headers[:headers.index(header)]:
            continue
        lacking = [name for name in first if name not in header]
        more = [name for name in header if name not in first]
        said.append("'%s' has %s: columns go by name" % (file.name, "; ".join(
            [what + listed(names, "and") for what, names in (("no ", lacking), ("also ", more)) if names]
            or ["its columns in another order"])))
    return tuple(dict.fromkeys(said))
