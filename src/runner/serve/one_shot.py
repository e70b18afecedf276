"""One operation in a driver of its own, for when no session can be reached: its envelope goes into
the driver's output as lines that survive a worker's log page.

"mcp-spark-server: result ID PIECE/PIECES CRC32 TEXT": ASCII, so that no page can spoil it or cut a
character; each line with its checksum, since a JVM thread may write in between.
"""

import os
import sys
import zlib

from pyspark.sql import SparkSession

from ..context import Context
from ..protocol import MARK_RESULT
from ..storage import catalog
from .operations import perform

PIECE = 60000


def write_frames(id, text):
    sys.stdout.flush()
    pieces = [text[at:at + PIECE] for at in range(0, len(text), PIECE)] or [""]
    for number, piece in enumerate(pieces, 1):
        data = piece.encode("ascii")
        line = "\n%s%s %d/%d %08x " % (MARK_RESULT, id, number, len(pieces), zlib.crc32(data))
        write_all(line.encode("ascii") + data + b"\n")


def write_all(data):
    while data:
        data = data[os.write(1, data):]


def run(settings):
    spark = SparkSession.builder.getOrCreate()
    context = Context(spark, settings["id"], settings)
    if context.catalog_folder:
        catalog.restore(context)
    spark.sparkContext.setJobGroup(context.operation_id, "%s %s" % (settings["operation"], context.operation_id))
    write_frames(context.operation_id, perform(context, settings["operation"], settings["arguments"]))
    spark.stop()
