"""Tables that outlive a session of the private local Spark.

Spark's own catalog there is kept in memory. Each database, table and view is also kept, as plain data
(definitions.py), in a file of a folder that is the user's alone (private.py). A session puts them back when
it starts (restore), writes what its statements changed (save), and looks before each operation for what
another server changed in the same folder (refresh). Files are replaced whole, and nobody locks. What
another server dropped is only forgotten here: the data of a managed table is deleted by the one DROP
that was asked for.

The alternatives are worse: a Hive metastore in Derby lets one process in, and starts seconds slower;
DDL can't restore a managed table without its folder being in the way, and running what a file says
would run whatever somebody wrote into it.
"""

import hashlib
import json
import os
import threading
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from ..identifiers import backquoted, names_in
from . import definitions
from .private import NotPrivate, PrivateFolder, check_way

SUFFIX = ".json"
OLD_FOLDER = ".mcp-spark-catalog"  # in the warehouse, where others may write


class Name(NamedTuple):
    database: str
    table: str = ""  # empty: the database itself


class Kept:
    """What this process knows of a folder."""

    def __init__(self, context):
        self.lock = threading.RLock()
        self.folder = PrivateFolder(_folder_of(context))
        self.files = {}  # file name -> what tells one version of it from another
        self.names = {}  # file name -> Name, of those that are in the session's catalog
        self.hashes = {}  # Name -> hash of the definition that the file has
        self.untold = []  # warnings of the start, for the first operation


_kept = {}


def restore(context):
    """Puts back, at the start of a session, what the folder has."""
    _kept.pop(context.catalog_folder, None)
    if _is_for(context):
        _look_at_warehouse(context)
        refresh(context)
        _kept_of(context).untold = list(context.warnings)


def refresh(context):
    """Takes over what other servers changed in the folder. Costs next to nothing if they didn't."""
    if not _is_for(context):
        return
    kept = _kept_of(context)
    with kept.lock:
        while kept.untold:
            context.warn(kept.untold.pop(0))
        try:
            _refresh(context, kept)
        except OSError as error:
            context.warn("Tables of earlier sessions are not there: %s." % error)


def _refresh(context, kept):
    try:
        with kept.folder:
            _take_over(context, kept, kept.folder.list(SUFFIX))
    except FileNotFoundError:  # no table was ever made
        _take_over(context, kept, {})


def _take_over(context, kept, files):
    for file in [file for file in kept.names if file not in files]:
        _forget(context.spark, kept.names[file])
        kept.hashes.pop(kept.names.pop(file), None)
    # Databases come before tables by their names.
    for file in sorted(file for file in files if files[file] != kept.files.get(file)):
        _load(context, kept, file)
    kept.files = files


def save(context, written=None):
    """Keeps what changed in the session's catalog, after statements that may have changed it.

    written: names of tables whose data changed, so that other servers list their files anew; None:
    any may have.
    """
    if not _is_for(context) or context.is_read_only:
        return
    kept = _kept_of(context)
    with kept.lock:
        try:
            kept.folder.make()
            with kept.folder:
                _save(context, kept, None if written is None else {name.lower() for name in written})
        except OSError as error:
            context.warn("Tables made now may be gone after this session: %s." % error)


def _is_for(context):
    return bool(context.catalog_folder) and (
        context.spark.conf.get("spark.sql.catalogImplementation") == "in-memory")


def _kept_of(context):
    if context.catalog_folder not in _kept:
        _kept[context.catalog_folder] = Kept(context)
    return _kept[context.catalog_folder]


# Folders.

def _warehouse(context):
    """The folder on this machine; "" when it is elsewhere."""
    found = urlsplit(context.spark.conf.get("spark.sql.warehouse.dir"))
    return unquote(found.path) if found.scheme in ("", "file") else ""


def _folder_of(context):
    """Each warehouse has its own."""
    local = _warehouse(context)
    warehouse = os.path.realpath(local) if local else context.spark.conf.get("spark.sql.warehouse.dir")
    return os.path.join(context.catalog_folder, hashlib.sha256(warehouse.encode()).hexdigest()[:16])


def _look_at_warehouse(context):
    """The data of tables lies there: in a folder of one's own, which is made before another user can."""
    warehouse = _warehouse(context)
    if not warehouse:
        return
    try:
        if not context.is_read_only:
            PrivateFolder(warehouse).make()
        check_way(warehouse)
    except FileNotFoundError:
        return
    except NotPrivate as error:
        context.warn("Other users can change the data of tables, and where it is written: %s. Set "
                     "SPARK_SQL_WAREHOUSE_DIR to a folder of your own." % error)
        return
    except OSError as error:
        context.warn("The folder of tables can't be made: %s." % error)
        return
    old = os.path.join(warehouse, OLD_FOLDER)
    if os.path.isdir(old):
        context.warn("The tables that an earlier version noted in '%s' are not read from there any more: make "
                     "them anew with CREATE TABLE ... LOCATION, then delete that folder." % old)


# Files.

def _file_of(name):
    if not name.table:
        return "database=%s%s" % (quote(name.database, safe=""), SUFFIX)
    return "table=%s.%s%s" % (quote(name.database, safe=""), quote(name.table, safe=""), SUFFIX)


# From the folder to the session.

def _load(context, kept, file):
    spark = context.spark
    try:
        content = definitions.load(kept.folder.read(file))
        name = Name(content["database"], content.get("table", ""))
        if not name.table:
            _create_database(context, name, content)
        else:
            was_there = file in kept.names
            if was_there:
                _forget(spark, name)
            _create_table(context, name, content)
            if was_there:
                _list_anew(spark, name)
        kept.hashes[name] = _hash(spark, name)
        kept.names[file] = name
    except FileNotFoundError:
        pass
    except Exception as error:  # one broken file must not take the others along
        context.warn("A kept table could not be restored and was left out (%s): %s." % (
            file, str(error).strip().split("\n")[0][:200].rstrip(".") or type(error).__name__))


def _list_anew(spark, name):
    """Its files may be others now, also those of a cached result."""
    try:
        spark._jsparkSession.catalog().refreshTable(_quoted(name))
    except Exception:  # a view of what is gone, say: its next use tells
        pass


def _create_database(context, name, content):
    if name.database != "default":
        database = definitions.Definitions(context).database(content)
        _session(context.spark).createDatabase(database, True)


def _create_table(context, name, content):
    made = definitions.Definitions(context)
    _session(context.spark).createTable(made.table(name, content), True, False)
    if content.get("partitions"):
        _external(context.spark).createPartitions(name.database, name.table, made.partitions(content), True)


def _forget(spark, name):
    """Out of the session's catalog; its data stays."""
    if not name.table:
        if name.database != "default":
            _forget_database(spark, name.database)
        return
    if not _external(spark).tableExists(name.database, name.table):
        return
    if _table(spark, name).tableType().name() == "MANAGED":
        _set_type(spark, name, "EXTERNAL")  # or its data would be deleted
    identifier = _table(spark, name).identifier()
    _session(spark).dropTable(identifier, True, False)


def _forget_database(spark, name):
    """Spark deletes the folder of a database that it drops: it gets one that isn't there first."""
    database = _external(spark).getDatabase(name)
    nowhere = spark._jvm.java.net.URI(database.locationUri().toString() + ".forgotten")
    _external(spark).alterDatabase(_copy(database, 2, nowhere))
    _session(spark).dropDatabase(name, True, False)


def _set_type(spark, name, type):
    types = spark._jvm.org.apache.spark.sql.catalyst.catalog.CatalogTableType
    _external(spark).alterTable(_copy(_table(spark, name), 1, getattr(types, type)()))


def _copy(value, field, content):
    """A Scala case class with another content of one field, counted from 0."""
    fields = [getattr(value, "copy$default$%d" % i)() for i in range(1, value.productArity() + 1)]
    fields[field] = content
    return value.copy(*fields)


# From the session to the folder.

def _save(context, kept, written):
    spark = context.spark
    found = list(_names(spark))
    for name in found:
        file, hash = _file_of(name), _hash(spark, name)
        is_written = name.table and (written is None or name.table.lower() in written)
        if kept.hashes.get(name) == hash and not is_written:
            continue
        kept.files[file] = kept.folder.replace(file, json.dumps(_describe(context, name)))
        kept.names[file], kept.hashes[name] = name, hash
    for file, name in list(kept.names.items()):
        if name not in found:
            _remove(kept.folder, file, kept.files.get(file))
            kept.hashes.pop(kept.names.pop(file), None)
            kept.files.pop(file, None)


def _names(spark):
    for database in names_in(_external(spark).listDatabases()):
        if database != "default":
            yield Name(database)
        for table in names_in(_external(spark).listTables(database)):
            yield Name(database, table)


def _remove(folder, file, version):
    """Unless another server has made it anew."""
    try:
        if folder.version(file) == version:
            folder.remove(file)
    except FileNotFoundError:
        pass


def _describe(context, name):
    made = definitions.Definitions(context)
    content = {"database": name.database}
    if not name.table:
        content.update(made.describe_database(_external(context.spark).getDatabase(name.database)))
        return content
    table = _table(context.spark, name)
    partitions = _partitions(context.spark, name) if table.tracksPartitionsInCatalog() else None
    content.update(made.describe_table(table, partitions), table=name.table)
    return content


def _hash(spark, name):
    """Of the definition: Scala's case classes hash their content."""
    if not name.table:
        return _external(spark).getDatabase(name.database).hashCode()
    table = _table(spark, name)
    partitions = _partitions(spark, name).hashCode() if table.tracksPartitionsInCatalog() else 0
    return table.hashCode(), partitions


# Spark's catalog.

def _session(spark):
    return spark._jsparkSession.sessionState().catalog()


def _external(spark):
    return _session(spark).externalCatalog()


def _table(spark, name):
    return _external(spark).getTable(name.database, name.table)


def _partitions(spark, name):
    none = spark._jvm.scala.Option.empty()
    found = _external(spark).listPartitions(name.database, name.table, none)
    return found.toList()  # of Scala 2.12, a view of a map


def _quoted(name):
    return ".".join(backquoted(part) for part in name if part)
