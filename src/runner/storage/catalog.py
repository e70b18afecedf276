"""Tables that outlive a session of the private local Spark.

Spark's own catalog there is kept in memory. Each database, table and view is also kept as a file of a
folder: the definition as Java serialised it, which is exact, and as DDL, for when another Spark version
can't read that. A session puts them back when it starts (restore), writes what its statements changed
(save), and looks before each operation for what another server changed in the same folder (refresh).
Files are replaced whole, and nobody locks. What another server dropped is only forgotten here: the
data of a managed table is deleted by the one DROP that was asked for.

The alternatives are worse: a Hive metastore in Derby lets one process in, and starts seconds slower;
DDL alone can't restore a managed table without its folder being in the way.
"""

import base64
import json
import os
import threading
import time
from typing import NamedTuple
from urllib.parse import quote

from ..identifiers import backquoted, names_in

SUFFIX = ".json"


class Name(NamedTuple):
    database: str
    table: str = ""  # empty: the database itself


class Kept:
    """What this process knows of a folder."""

    def __init__(self):
        self.lock = threading.RLock()
        self.files = {}  # file name -> what tells one version of it from another
        self.names = {}  # file name -> Name, of those that are in the session's catalog
        self.hashes = {}  # Name -> hash of the definition that the file has


_kept = {}


def restore(context):
    """Puts back, at the start of a session, what the folder has."""
    _kept.pop(context.catalog_folder, None)
    refresh(context)


def refresh(context):
    """Takes over what other servers changed in the folder. Costs next to nothing if they didn't."""
    if not _is_for(context):
        return
    kept = _kept.setdefault(context.catalog_folder, Kept())
    with kept.lock:
        try:
            files = _list(context.catalog_folder)
        except OSError as error:
            context.warn("The folder of tables can't be read: %s." % error)
            return
        for file in [file for file in kept.names if file not in files]:
            _forget(context.spark, kept.names[file])
            kept.hashes.pop(kept.names.pop(file), None)
        changed = sorted(file for file in files if files[file] != kept.files.get(file))
        # Databases come before tables by their names. What is left was made by DDL that needs another
        # one of them, as a view of a view does.
        left = [file for file in changed if not _load(context, kept, file, is_last=False)]
        for file in left:
            _load(context, kept, file, is_last=True)
        kept.files = files


def save(context, written=None):
    """Keeps what changed in the session's catalog, after statements that may have changed it.

    written: names of tables whose data changed, so that other servers list their files anew; None:
    any may have.
    """
    if not _is_for(context) or context.is_read_only:
        return
    kept = _kept.setdefault(context.catalog_folder, Kept())
    with kept.lock:
        try:
            os.makedirs(context.catalog_folder, mode=0o700, exist_ok=True)
            _save(context, kept, None if written is None else {name.lower() for name in written})
        except OSError as error:
            context.warn("Tables made now may be gone after this session: %s." % error)


def _is_for(context):
    return bool(context.catalog_folder) and (
        context.spark.conf.get("spark.sql.catalogImplementation") == "in-memory")


# Files.

def _file_of(name):
    if not name.table:
        return "database=%s%s" % (quote(name.database, safe=""), SUFFIX)
    return "table=%s.%s%s" % (quote(name.database, safe=""), quote(name.table, safe=""), SUFFIX)


def _list(folder):
    """File name -> a value that is another when the file was replaced."""
    files = {}
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return files
    for entry in entries:
        if entry.name.endswith(SUFFIX) and not entry.name.startswith("."):
            try:
                files[entry.name] = _version(entry.path)
            except FileNotFoundError:  # dropped just now
                pass
    return files


def _version(path):
    found = os.stat(path)
    return found.st_ino, found.st_mtime_ns, found.st_size


def _replace(folder, file, content):
    path = os.path.join(folder, file)
    draft = os.path.join(folder, ".%s.%d" % (file, os.getpid()))
    with open(draft, "w", encoding="ascii") as stream:
        json.dump(content, stream)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(draft, path)
    return _version(path)


# From the folder to the session.

def _load(context, kept, file, is_last):
    spark = context.spark
    try:
        with open(os.path.join(context.catalog_folder, file), encoding="ascii") as stream:
            content = json.load(stream)
        name = Name(content["database"], content.get("table", ""))
        if not name.table:
            _create_database(spark, name, content)
        else:
            was_there = file in kept.names
            if was_there:
                _forget(spark, name)
            _create_table(spark, name, content)
            if was_there:
                _list_anew(spark, name)
        kept.hashes[name] = _hash(spark, name)
        kept.names[file] = name
    except FileNotFoundError:
        pass
    except Exception as error:  # one broken file must not take the others along
        if is_last:
            context.warn("A kept table could not be restored and was left out (%s): %s." % (
                file, str(error).strip().split("\n")[0][:200].rstrip(".") or type(error).__name__))
        return False
    return True


def _list_anew(spark, name):
    """Its files may be others now, also those of a cached result."""
    try:
        spark._jsparkSession.catalog().refreshTable(_quoted(name))
    except Exception:  # a view of what is gone, say: its next use tells
        pass


def _create_database(spark, name, content):
    if name.database != "default":
        try:
            _session(spark).createDatabase(_deserialize(spark, content, "java"), True)
        except Exception:
            spark.sql("CREATE DATABASE IF NOT EXISTS %s LOCATION '%s'" % (
                _quoted(name), content["location"].replace("\\", "\\\\").replace("'", "\\'")))


def _create_table(spark, name, content):
    try:
        table = _deserialize(spark, content, "java")
    except Exception:
        return _create_from_ddl(spark, name, content)
    _session(spark).createTable(table, True, False)
    if content.get("partitions"):
        _session(spark).externalCatalog().createPartitions(
            name.database, name.table, _deserialize(spark, content, "partitions"), True)


def _create_from_ddl(spark, name, content):
    """For a definition of another Spark version. A managed table is made as an external one, since
    its folder is there already, and becomes a managed one again."""
    ddl = content["ddl"]
    if content.get("isManaged"):
        ddl += "\nLOCATION '%s'" % content["location"].replace("\\", "\\\\").replace("'", "\\'")
    spark.sql(ddl)
    if content.get("isManaged"):
        _set_type(spark, name, "MANAGED")
    if content.get("partitions"):
        spark.sql("MSCK REPAIR TABLE " + _quoted(name))


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


def _deserialize(spark, content, key):
    if content["spark"] != spark.version:
        raise ValueError("written by Spark " + content["spark"])
    return spark._jvm.org.apache.spark.util.Utils.deserialize(base64.b64decode(content[key]))


# From the session to the folder.

def _save(context, kept, written):
    spark, folder = context.spark, context.catalog_folder
    found = list(_names(spark))
    for name in found:
        file, hash = _file_of(name), _hash(spark, name)
        is_written = name.table and (written is None or name.table.lower() in written)
        if kept.hashes.get(name) == hash and not is_written:
            continue
        kept.files[file] = _replace(folder, file, _describe(spark, name))
        kept.names[file], kept.hashes[name] = name, hash
    for file, name in list(kept.names.items()):
        if name not in found:
            _remove(folder, file, kept.files.get(file))
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
    path = os.path.join(folder, file)
    try:
        if _version(path) == version:
            os.unlink(path)
    except FileNotFoundError:
        pass


def _describe(spark, name):
    content = {"spark": spark.version, "database": name.database, "written": time.time()}
    if not name.table:
        database = _external(spark).getDatabase(name.database)
        content.update(java=_serialize(spark, database), location=database.locationUri().toString())
        return content
    table = _table(spark, name)
    content.update(table=name.table, java=_serialize(spark, table))
    if table.tableType().name() == "MANAGED":
        content.update(isManaged=True, location=table.location().toString())
    if table.tracksPartitionsInCatalog():
        content["partitions"] = _serialize(spark, _partitions(spark, name))
    try:
        content["ddl"] = spark.sql("SHOW CREATE TABLE " + _quoted(name)).collect()[0][0]
    except Exception:  # Spark has no DDL for it: this version can restore it all the same
        pass
    return content


def _serialize(spark, value):
    return base64.b64encode(spark._jvm.org.apache.spark.util.Utils.serialize(value)).decode("ascii")


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
    return found.toList()  # of Scala 2.12, a view of a map, which can't be serialised


def _quoted(name):
    return ".".join(backquoted(part) for part in name if part)
