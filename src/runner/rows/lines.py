"""A whole result as lines of text, csv or JSON, with the values that rows have.

The executors write each row as JSON (written.py) and keep these texts on their disks: so the statement
runs once, all its partitions at the same time, and how much it is is known before anything is read. Then a
few partitions, or a part of a large one, are read at a time, in their order. The driver holds one such
slice, whatever the size of the whole.
"""

import contextlib
import re

from pyspark import StorageLevel
from pyspark.serializers import BatchedSerializer, CPickleSerializer
from pyspark.sql.functions import expr

from .caps import encode
from .types import fields_of
from .values import is_exact_but_for_digits
from .written import as_written, doubts, parse, row_as_json

try:
    from pyspark.core.rdd import _load_from_socket
except ImportError:  # before 4.0
    from pyspark.rdd import _load_from_socket

SLICE = 16 << 20  # bytes
BATCH = 1 << 20  # characters that become text at a time
QUOTED = re.compile('[,"\r\n]')


class Changed(Exception):
    """Rows that had been counted came out otherwise when they were read."""


class Lines:
    """What is to be read; close() lets go of what the executors keep. names: for JSON, each different."""

    def __init__(self, context, df, is_json):
        self.context = context
        self.is_json = is_json
        fields = fields_of(df)
        types = [type for _, type in fields]
        names = [name if is_json else "c%d" % i for i, (name, _) in enumerate(fields)]
        df, row = row_as_json(context, df, types, names)
        self.names = [name for name, _ in fields]
        self.types = [as_written(type) for type in types]
        self.is_given = is_json and all(map(is_exact_but_for_digits, self.types))
        self.looks_doubtful = doubts(self.types)
        self.kept = df.selectExpr(row + " as text").persist(StorageLevel.DISK_ONLY)

    def close(self):
        self.kept.unpersist()

    def measure(self):
        """Runs the statement; gives the number of rows, and of bytes as lines of JSON."""
        sizes = self.kept.selectExpr("spark_partition_id() as part", "octet_length(text) as size")
        found = sizes.groupBy("part").agg(expr("count(*)"), expr("sum(size)"), expr("max(size)")).collect()
        self.parts = sorted(map(tuple, found))
        rows = sum(part[1] for part in self.parts)
        return rows, rows + sum(part[2] for part in self.parts)

    def read(self):
        """(text, rows in it), again and again."""
        if not self.is_json:
            yield _csv([self.names]), 0
        for parts, rows, between in self._slices():
            self.context.check()
            with self._texts(parts, between) as texts:
                for batch in _batches(texts):
                    rows -= len(batch)
                    yield self._lines(batch), len(batch)
            if rows:
                raise Changed("rows came out otherwise when they were read again, as when an executor was lost")

    def _slices(self):
        """(partitions, their rows, None) or, of a large one, (partition, rows, (first row, last row))."""
        together, count, size = [], 0, 0
        for part, rows, many, largest in self.parts:
            if together and size + many > SLICE:
                yield together, count, None
                together, count, size = [], 0, 0
            if many <= SLICE:
                together.append(part)
                count, size = count + rows, size + many
                continue
            step = max(1, min(SLICE * rows // many, 4 * SLICE // largest))
            for first in range(0, rows, step):
                last = min(first + step, rows)
                yield [part], last - first, (first, last - 1)
        if together:
            yield together, count, None

    @contextlib.contextmanager
    def _texts(self, parts, between):
        df, spark = self.kept, self.context.spark
        if between:
            # of a partition that is kept, the rows are numbered as they lie
            df = df.selectExpr("text", "monotonically_increasing_id() & %d as row" % ((1 << 33) - 1))
            df = df.where("row between %d and %d" % between).select("text")
        run = spark._jvm.PythonRDD.runJob
        served = run(spark.sparkContext._jsc.sc(), df._jdf.javaToPython(), parts)
        stream = _load_from_socket(served, BatchedSerializer(CPickleSerializer()))
        if hasattr(stream, "__enter__"):
            with stream as rows:
                yield rows
        else:
            yield stream

    def _lines(self, texts):
        if not self.is_json:
            return _csv(parse(texts, self.types))
        if self.is_given:
            text = "\n".join(texts) + "\n"
            if not self.looks_doubtful(text):
                return text
        return "".join(encode(dict(zip(self.names, row))) + "\n" for row in parse(texts, self.types))


def _batches(rows):
    batch, size = [], 0
    for row in rows:
        batch.append(row[0])
        size += len(row[0])
        if size > BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _csv(rows):
    return "".join(",".join(map(_cell, row)) + "\n" for row in rows)


def _cell(value):
    """An empty text has quotes, null is nothing."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else encode(value)
    return '"%s"' % text.replace('"', '""') if not text or QUOTED.search(text) else text
