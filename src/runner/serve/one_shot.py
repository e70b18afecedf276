"""One operation in a driver of its own, for when no session can be reached: its envelope goes into
the driver's output as lines that survive a worker's log page.

Lines of protocol.py with the word WORD_RESULT: ASCII, so that no page can spoil them or cut a
character; each with its checksum, since a JVM thread may write in between.
"""

import os
import sys
import zlib
from urllib.parse import quote

from .. import foreign_types, read_only
from ..context import Context
from ..protocol import WORD_RESULT, WORD_UNFINISHED, mark_line
from ..storage import catalog
from . import starting
from .operations import perform

PIECE = 60000


def write_frames(nonce, id, text):
    sys.stdout.flush()
    pieces = [text[at:at + PIECE] for at in range(0, len(text), PIECE)] or [""]
    for number, piece in enumerate(pieces, 1):
        frame = "%s %d/%d %08x %s" % (id, number, len(pieces), zlib.crc32(piece.encode("ascii")), piece)
        write_all(mark_line(nonce, WORD_RESULT, frame).encode("ascii"))


def write_unfinished(nonce, uri):
    """What a driver that is killed leaves behind: the server names it."""
    text = quote(uri, safe=":/%@~+=,&()'!$;") or "-"
    sys.stdout.flush()
    write_all(mark_line(nonce, WORD_UNFINISHED, text).encode("ascii"))


def write_all(data):
    while data:
        data = data[os.write(1, data):]


def run(settings):
    foreign_types.refuse()
    spark = starting.begin()
    context = Context(spark, settings["id"], settings)
    context.tell_unfinished = lambda: write_unfinished(settings["nonce"], context.unfinished)
    if context.is_read_only:
        read_only.guard(spark)
    if context.catalog_folder:
        catalog.restore(context)
    spark.sparkContext.setJobGroup(context.operation_id, "%s %s" % (settings["operation"], context.operation_id))
    answer = perform(context, settings["operation"], settings["arguments"])
    write_frames(settings["nonce"], context.operation_id, answer)
    spark.stop()
