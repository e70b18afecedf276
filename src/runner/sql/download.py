"""A whole result to a file of the server's, which fetches it piece by piece (pieces.py)."""

from collections import Counter

from .. import rows
from ..context import Refused
from ..rows.lines import Changed, Lines

MB = 1000 * 1000


def check(arguments, has_rows):
    """What is wrong with the arguments."""
    if not arguments.get("download"):
        return []
    problems = ["download_path takes all rows: put %s into the statement" % name.upper()
                for name in ("limit", "offset") if arguments.get(name)]
    if arguments.get("save_path"):
        problems.append("a result goes to save_path or to download_path, not to both")
    if arguments.get("explain"):
        problems.append("explain runs nothing, so there is nothing for download_path")
    elif not has_rows:
        problems.append("no statement gives rows for download_path")
    return problems


def run(context, arguments, df, outcome):
    wanted = arguments["download"]
    is_json, most = wanted["format"] == "json", wanted["maxBytes"]
    outcome["columns"] = rows.columns_of(df)
    if is_json:
        _check_names([column["name"] for column in outcome["columns"]])
    context.enter("running the statement")
    lines, done = Lines(context, df, is_json), 0
    try:
        count, size = lines.measure()
        if is_json:
            _check_size(size, most)
        for text, more in lines.read():
            context.pieces.put(text, context.check)
            _check_size(context.pieces.size(), most)
            done += more
            context.phase = "downloading: {:,} of {:,} rows, {:,} MB".format(
                done, count, context.pieces.size() // MB)
        size = context.pieces.drain(context.check)
    except Changed as error:
        raise Refused(str(error), "Call it again; nothing of it was kept.")
    finally:
        lines.close()
    outcome["downloaded"] = {"format": wanted["format"], "rows": done, "bytes": size}
    return outcome


def _check_names(names):
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise Refused("the name '%s' occurs more than once in the result" % twice[0],
                      "Lines of JSON need different names: rename with AS, or download csv.")


def _check_size(size, most):
    if size > most:
        raise Refused("the result has more than %d bytes, the largest allowed: it has %d or more" % (most, size),
                      "Ask for fewer rows or columns, write it with save_path where Spark is, or let whoever "
                      "runs the server raise SPARK_DOWNLOAD_MAX_BYTES.")
