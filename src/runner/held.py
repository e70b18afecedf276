"""What the session holds because of what was run in it: views, cached tables, tables, names in Python, and
for how long."""

from .identifiers import names_in, parts_of

cached_names = set()  # cached in this session, by cache_table or CACHE TABLE
python_names = []  # defined by run-python


def kept(context):
    """What would be lost if the session ended: the names of what it holds."""
    spark = context.spark
    session = spark._jsparkSession.sessionState().catalog()
    views = _names_of(session.listLocalTempViews("*"))
    for name in list(cached_names):
        if not _is_cached(spark, name):
            cached_names.discard(name)
    tables = []
    if not context.catalog_folder and _is_in_memory(spark):
        for database in names_in(session.listDatabases()):
            # The listing of a database has the temporary views in it too.
            tables += [name if database == "default" else "%s.%s" % (database, name)
                       for name in _names_of(session.listTables(database)) if name not in views]
    found = {"views": views, "cachedTables": sorted(cached_names), "tables": tables,
             "pythonNames": python_names}
    return {key: value[:50] for key, value in found.items() if value}


def say_lifetime(context, command):
    """How long it lasts, where that is less than one would think."""
    ends = ", until this session ends" if context.is_session else ""
    if command.is_temporary or command.verb in ("CACHE", "DECLARE"):
        if not context.is_session:
            context.warn("%s is gone with this call: it ran in a driver of its own." % command.name)
        return ends
    if command.kind in ("TABLE", "VIEW", "DATABASE", "FUNCTION") and _is_lost_with_session(context, command):
        context.warn(
            "Spark keeps its catalog in memory: %s %s %s." % (
                command.kind.lower(), command.name,
                "lasts as long as this session" if context.is_session else "is gone with this call")
            + (" Its files stay." if command.kind == "TABLE" else ""))
    return ""


def _is_lost_with_session(context, command):
    if context.catalog_folder and command.kind != "FUNCTION":
        return False
    parts = parts_of(command.name)
    if len(parts) > 2 and parts[0] != "spark_catalog":
        return False
    spark = context.spark
    own = spark.conf.get("spark.sql.catalog.spark_catalog", "") or "delta"
    return (_is_in_memory(spark) and "delta" in own.lower()
            and spark.catalog.currentCatalog() == "spark_catalog")


def _is_in_memory(spark):
    return spark.conf.get("spark.sql.catalogImplementation") == "in-memory"


def _is_cached(spark, name):
    try:
        return spark.catalog.isCached(name)
    except Exception:  # dropped meanwhile
        return False


def _names_of(identifiers):
    return [parts_of(name)[-1] for name in names_in(identifiers)]
