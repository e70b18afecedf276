"""What an overwrite may replace: a data set that Spark has written, or an empty folder, and nothing else."""

import re

from ..context import Refused
from .files import Place

PART = re.compile(r"part-(r-)?\d{5}([-.].*)?")
MARK = re.compile(r"_SUCCESS|_(common_)?metadata|_(started|committed)_\d+|[.].*[.]crc")
PARTITION = re.compile(r"[^*?\[{]+=[^*?\[{]*")  # Spark writes a pattern's characters another way
REST = re.compile(r"_temporary|_spark_metadata|[.]spark-staging-.*")  # folders of committers and streams
NAMED = 5  # names that an error has


def check_overwrite(context, target):
    """Refuses to replace an existing target that holds anything that Spark has not written."""
    if target.is_root:
        raise Refused("'%s' is the root of its storage" % target, "Choose a folder below it.")
    if target.is_glob:
        raise Refused("'%s' is a pattern" % target, "Name one folder.")
    if not target.is_folder():
        raise Refused("'%s' is a single file, and Spark would put a folder in its place" % target,
                      "Choose another path, or delete the file first.")
    found = sorted(_strangers(context, target, ""))
    if found:
        more = " and %d more" % (len(found) - NAMED) if len(found) > NAMED else ""
        raise Refused(
            "'%s' holds what is no part of a data set of Spark's: %s%s" % (target, ", ".join(found[:NAMED]), more),
            "An overwrite would delete it. Choose another path, or move it away or delete it first.")


def _strangers(context, folder, above):
    """Names below the target of files and folders that no data set of Spark's has."""
    context.check()
    for entry in folder.entries():
        if not entry.is_folder:
            if not PART.fullmatch(entry.name) and not MARK.fullmatch(entry.name):
                yield above + entry.name
        elif PARTITION.fullmatch(entry.name):
            yield from _strangers(context, Place(context.spark, entry.path), above + entry.name + "/")
        elif not REST.fullmatch(entry.name):
            yield above + entry.name + "/"
