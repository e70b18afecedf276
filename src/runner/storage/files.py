"""Files and folders where Spark reads and writes them: Hadoop's FileSystem, through Spark's JVM."""

import functools
import re
from typing import NamedTuple
from urllib.parse import unquote

from pyspark.sql.types import IntegralType

GLOB_CHARACTERS = "*?[{"
WEB_SCHEMES = ("http", "https")  # Hadoop reads single files from there and lists nothing
COPYING_SCHEMES = ("s3a", "s3", "s3n", "gs", "wasb", "wasbs", "oss", "cosn", "obs")  # rename copies


class Entry(NamedTuple):
    name: str
    path: str
    is_folder: bool
    size: int


class Place:
    """A path as Hadoop sees it: with scheme and host, relative paths made absolute."""

    def __init__(self, spark, path):
        self.spark = spark
        self._conf = spark._jsc.hadoopConfiguration()
        raw = self._to_path(path.strip())
        self._fs = raw.getFileSystem(self._conf)
        self._path = self._fs.makeQualified(raw)
        self.uri = self._path.toString()
        self.name = self._path.getName()
        self.scheme = (self._path.toUri().getScheme() or "").lower()

    def __str__(self):
        return self.uri

    def _to_path(self, path):
        return _path_class(self.spark._jvm)(path)

    @property
    def is_root(self):
        return self._path.getParent() is None

    @property
    def is_glob(self):
        return any(character in self.uri for character in GLOB_CHARACTERS)

    @property
    def is_copied_by_rename(self):
        return self.scheme in COPYING_SCHEMES

    def sibling(self, name):
        return Place(self.spark, self._path.getParent().toString().rstrip("/") + "/" + name)

    def child(self, name):
        return Place(self.spark, self.uri.rstrip("/") + "/" + name)

    def parent(self):
        return Place(self.spark, self._path.getParent().toString())

    def exists(self):
        return self._fs.exists(self._path)

    def is_folder(self):
        return self._fs.getFileStatus(self._path).isDirectory()

    def entries(self):
        """What lies in this folder; for a glob, what it finds. Nothing is an empty list."""
        if self.is_glob:
            found = self._fs.globStatus(self._path) or []
        else:
            found = self._fs.listStatus(self._path) if self.exists() else []
        return [Entry(status.getPath().getName(), status.getPath().toString(),
                      status.isDirectory(), status.getLen()) for status in found]

    def data_files(self, limit):
        """The first files with data in and below this place, without Spark's hidden ones."""
        found = []
        if not self.is_glob and self.exists() and not self.is_folder():
            status = self._fs.getFileStatus(self._path)
            return [Entry(self.name, self.uri, False, status.getLen())]
        waiting = sorted(self.entries(), reverse=True)
        while waiting and len(found) < limit:
            entry = waiting.pop()
            if is_hidden(entry.name):
                continue
            if entry.is_folder:
                waiting += sorted(Place(self.spark, entry.path).entries(), reverse=True)
            elif entry.size > 0:
                found.append(entry)
        return found

    def head(self, size):
        """The first bytes of this file, unpacked if its name says that it is packed."""
        return self._unpacked(size, lambda stream, io: bytes(io.toByteArray(stream)))

    def lines(self, size, as_one, encoding):
        """The lines of this file, or all of it as_one, as a list in the JVM; None: it has more bytes
        than size."""

        def to_lines(stream, io):
            if as_one:
                lines = self.spark._jvm.java.util.ArrayList()
                lines.add(io.toString(stream, encoding))
            else:
                lines = io.readLines(stream, encoding)
            return lines if stream.getCount() <= size else None

        return self._unpacked(size + 1, to_lines)

    def _unpacked(self, size, use):
        jvm = self.spark._jvm
        codec = jvm.org.apache.hadoop.io.compress.CompressionCodecFactory(self._conf) \
            .getCodec(self._path)
        stream = self._fs.open(self._path)
        try:
            if codec is not None:
                stream = codec.createInputStream(stream)
            bounded = jvm.org.apache.commons.io.input.BoundedInputStream(stream, size)
            return use(bounded, jvm.org.apache.commons.io.IOUtils)
        finally:
            stream.close()

    def write(self, text):
        """A small file, made or replaced."""
        stream = self._fs.create(self._path, True)
        try:
            stream.write(bytearray(text.encode()))
        finally:
            stream.close()

    def modified(self):
        """When it was written last, by the storage's clock, in ms."""
        return self._fs.getFileStatus(self._path).getModificationTime()

    def rename(self, other):
        """False: not done. To an existing folder Hadoop would move it inside; callers look first."""
        return self._fs.rename(self._path, other._path)

    def make_folder(self):
        """With those above it. The local file system says no by a word, others by an exception."""
        if not self._fs.mkdirs(self._path):
            raise OSError("'%s' can't be made" % self)

    def delete(self):
        self._fs.delete(self._path, True)

    def delete_if_empty(self):
        self._fs.delete(self._path, False)

    def delete_on_exit(self):
        """Also when the driver is told to end in between; nothing helps against kill -9."""
        self._fs.deleteOnExit(self._path)

    def keep_on_exit(self):
        self._fs.cancelDeleteOnExit(self._path)

    def measure(self):
        """How many data files, and their bytes, counted in the JVM as Spark lists them."""
        reader = self.spark.read.format("binaryFile").option("recursiveFileLookup", "true")
        files = file_relations(reader.load(self.uri))[0].location()
        return len(files.inputFiles()), files.sizeInBytes()

    def file_names(self):
        """Of all that Spark finds here."""
        reader = self.spark.read.format("binaryFile").option("recursiveFileLookup", "true")
        return set(reader.load(self.uri).inputFiles())


def part_numbers(names):
    """The numbers of the tasks that have written files of such names: part-00003-... is 3."""
    found = [re.search(r"/part-(\d+)[^/]*$", name) for name in names]
    return {str(int(part.group(1))) for part in found if part}


def reason_of(error):
    """What Hadoop says of a path: no such scheme or host, no right. Its own words are clear."""
    java = getattr(error, "java_exception", None)
    return str(java.getMessage() if java is not None else error).split("\n")[0]


@functools.lru_cache(maxsize=1)
def _path_class(jvm):
    """Finding a class asks the JVM for each part of its name."""
    return jvm.org.apache.hadoop.fs.Path


def is_hidden(name):
    """Spark reads no files or folders of such names (partitions like _x=1 aside)."""
    return name.startswith(".") or (name.startswith("_") and "=" not in name)


def file_relations(df):
    """The relations in the frame's plan that read files (HadoopFsRelation, in the JVM)."""
    leaves = df._jdf.queryExecution().analyzed().collectLeaves()
    found = []
    for index in range(leaves.size()):
        leaf = leaves.apply(index)
        if leaf.getClass().getSimpleName() == "LogicalRelation":
            relation = leaf.relation()
            kind = relation.getClass()
            if "HadoopFsRelation" in (kind.getSimpleName(), kind.getSuperclass().getSimpleName()):
                found.append(relation)  # the superclass: Delta's own kind
    return found


def padded_partitions(df):
    """Columns of numbers that are names of folders with a zero in front, as month=01."""
    for relation in file_relations(df)[:1]:
        names = list(relation.partitionSchema().fieldNames())
        numbers = [name for name in names if isinstance(df.schema[name].dataType, IntegralType)]
        if numbers and hasattr(relation.location(), "partitionSpec"):
            paths = relation.location().partitionSpec().partitions().mkString("\n")
            padded = set(map(unquote, re.findall(r"/([^/=\n]+)=0\d+(?=[/)]|$)", paths, re.M)))
            return [name for name in numbers if name in padded]
    return []


def roots(df):
    """The paths that the frame is read from."""
    found = []
    for relation in file_relations(df):
        found += relation.location().rootPaths().mkString("\n").split("\n")
    return found


def overlap(one, other):
    """Whether one path is the other, or lies in it."""
    one, other = one.rstrip("/") + "/", other.rstrip("/") + "/"
    return one.startswith(other) or other.startswith(one)
