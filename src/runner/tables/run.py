"""The tables and views of the current catalog in one answer of a few KB, a page after the other: columns with
types and comments, format, partitions, and size and rows where the catalog has them."""

import re
from fnmatch import fnmatchcase

from .. import read_only, rows, schema
from ..context import Cancelled, Refused
from ..identifiers import backquoted

MOST = 4000  # bytes of a page
MOST_OF_ONE = 24000  # of a table that is asked for alone
COLUMNS = 1500  # characters of the columns of a table among others
TABLES = 20
SAMPLE, SAMPLE_BYTES = 3, 1000
DETAILS, PARTITIONS = "# Detailed Table Information", "# Partition Information"
SHOWN = {"Type": "type", "Provider": "format", "Comment": "comment"}


def run(context, arguments):
    names = _matching(context, arguments.get("pattern") or "*")
    begin = arguments.get("offset", 0)
    most = MOST if len(names) > 1 else MOST_OF_ONE
    found, left = [], most
    for name in names[begin:begin + arguments.get("limit", TABLES)]:
        context.enter("looking at %s" % _spelled(name))
        told = _describe(context, name, arguments.get("sample"), len(names) == 1)
        left -= rows.size(rows.encode(told)) + 1
        if left < 0 and found:
            break
        found.append(told)
    result = {"tables": found, "total": len(names)}
    if begin + len(found) < len(names):
        result["next"] = "There are more: offset %d gives them, pattern (orders*, sales.*) chooses." % (
            begin + len(found))
    return result


def _matching(context, pattern):
    """(database or "", name) of those of which the name, or both, is like the pattern; in order."""
    pattern, sql = pattern.lower(), context.spark.sql
    found = set()
    for database in [row[0] for row in sql("SHOW DATABASES").collect()]:
        for row in sql("SHOW TABLES IN %s" % _quoted(database)).collect():
            found.add(("" if row["isTemporary"] else database, row["tableName"]))
    return sorted(name for name in found if any(
        fnmatchcase(text.lower(), pattern) for text in (name[1], _spelled(name))))


def _quoted(database):
    """A namespace of several parts comes with the backquotes it needs."""
    return database if "." in database or "`" in database else backquoted(database)


def _spelled(name):
    return ".".join(part for part in name if part)


def _describe(context, name, with_sample, is_only):
    told = {"table": _spelled(name)}
    sql_name = (_quoted(name[0]) + "." if name[0] else "") + backquoted(name[1])
    try:
        df = context.spark.table(sql_name)
        details = context.spark.sql("DESCRIBE TABLE EXTENDED " + sql_name).collect()
        _add_details(told, [tuple(row) for row in details])
        if not name[0]:
            told["type"] = "TEMPORARY VIEW"
        told["columns"] = _columns(df, MOST_OF_ONE if is_only else COLUMNS)
        if with_sample:
            read_only.check_plan(context, df)
            told["sample"] = rows.read(context, df, SAMPLE, SAMPLE_BYTES)["rows"]
    except (Cancelled, Refused):
        raise
    except Exception as error:  # a view of what has gone, files that cannot be read
        told["error"] = str(error).strip().split("\n")[0][:200]
    return told


def _add_details(told, described):
    names = [row[0] for row in described]
    if PARTITIONS in names:
        begin = names.index(PARTITIONS) + 2  # after a line of titles
        end = next((i for i in range(begin, len(names)) if not names[i] or names[i].startswith("#")), len(names))
        told["partitionedBy"] = names[begin:end]
    if DETAILS not in names:
        return
    for key, value, _ in described[len(names) - names[::-1].index(DETAILS):]:
        if key in SHOWN and value:
            told[SHOWN[key]] = value[:200]
        known = re.match(r"(\d+) bytes(?:, (\d+) rows)?", value) if key == "Statistics" else None
        if known:
            size, count = int(known.group(1)), int(known.group(2) or 0)
            told["bytes"] = size
            if count or (known.group(2) and not size):  # of what was never counted Hive says 0 rows
                told["rowCount"] = count


def _columns(df, most):
    """id bigint, name string 'of the person'"""
    comments = [field["metadata"].get("comment") for field in schema.fields_of(df._jdf.schema())]
    found = ["%s %s%s" % (column["name"], column["type"], " '%s'" % comment[:100] if comment else "")
             for column, comment in zip(rows.columns_of(df), comments)]
    shown, size = 0, 0
    while shown < len(found) and (size + len(found[shown]) + 2 <= most or not shown):
        size += len(found[shown]) + 2
        shown += 1
    return ", ".join(found[:shown])[:most] + (" and %d more" % (len(found) - shown) if shown < len(found) else "")
