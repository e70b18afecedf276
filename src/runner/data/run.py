"""manage-data: read, write, transform and join data.

source_path and a join's right sides are paths, globs or URLs as Spark takes them, or names of tables
and views. format is the format of what is written when there is a target_path, else that of the
source; transformation_config.source_format and target_format say it for one side. What is not said is
found: the source's from its files, the target's from its name or the data that is there, else parquet.
A source whose format can't be found is taken to be of the given format too.

options go to the source when nothing is written; else to the side that knows them, and to the target
when both do. read_options and write_options are for one side.
"""

from pyspark.sql import Observation
from pyspark.sql import functions as F

from .. import rows, storage
from ..context import Refused
from ..storage.files import Place, file_relations
from ..storage.formats import TABLE_FORMATS, FormatUnknown, check_format, find_format, format_of_name, require
from ..storage.options import READERS, WRITERS, check_options, split_options
from ..storage.reading import CORRUPT
from ..storage.writer import get_in_time, reads_from
from . import lake_tables
from .config import Config, time_travel
from .join import Join
from .profile import Profile
from .steps import apply_steps, checked
from .watch import Watch

SAMPLE = 5  # rows, when not asked for more
SAMPLE_BYTES = 1500
ASKED_SAMPLE_BYTES = 30000
PLAN_CHARACTERS = 2500
MULTIPLIED = 10  # a join that makes so many times more rows is perhaps not what was meant


def run(context, arguments):
    config = Config(arguments)
    source = _Source(context, config)
    if config.operation == "read":
        return _read(context, config, source)
    df, answer = source.frame(), {}
    if config.operation == "join":
        df, answer = _join(context, config, df)
    watch = Watch(context)
    df = apply_steps(context, df, config.steps, watch)
    if config.is_dry:
        return {**answer, **_dry(context, config, source, df)}
    if config.target:
        is_gone = source.target_format != "iceberg" and reads_from(df, Place(context.spark, config.target))  # what was read, once it is overwritten
        answer = {**_write(context, config, source, df), **answer}
        source.warn_of_corrupt()
        watch.tell(is_all=True)
        if answer["written"].get("rows") == 0 and config.mode != "ignore" and not is_gone:
            watch.explain_nothing()
        return answer
    return {**_show(context, config, df, watch), **answer}


class _Source:
    """The data that is read: its format, its options, its frame."""

    def __init__(self, context, config):
        self.context, self.config = context, config
        spark, path = context.spark, config.source
        given = config.get("source_format") or (None if config.target else config.format)
        self.is_table = given is None and storage.is_table(spark, path)
        self.format = None if self.is_table else self._find_format()
        self.target_format = self._find_target_format() if config.target else None
        self.options, self.write_options = self._split_options()
        self.used = {}  # options, given and found
        self.observation = None

    def _find_format(self):
        config = self.config
        given = config.get("source_format") or (None if config.target else config.format)
        if given:
            return check_format(given)
        try:
            return find_format(self.context, config.source)
        except FormatUnknown:
            if config.format and check_format(config.format) not in TABLE_FORMATS:
                return check_format(config.format)
            raise

    def _find_target_format(self):
        config = self.config
        given = config.get("target_format") or config.format or \
            storage.format_of_table(self.context.spark, config.target) or format_of_name(config.target)
        if given:
            return check_format(given)
        if config.mode == "merge":
            return "delta"
        place = Place(self.context.spark, config.target)
        if config.mode == "append" and place.exists() and place.data_files(1):
            return find_format(self.context, config.target)
        return "delta" if place.child("_delta_log").exists() else "parquet"

    def _split_options(self):
        config, options = self.config, self.config.get("options", {})
        read, written = (options, {}) if not config.target else \
            split_options(options, self.format or "", self.target_format)
        read = {**read, **config.get("read_options", {})}
        written = {**written, **config.get("write_options", {})}
        problems = check_options(
            self.context, read, READERS, self.format, "reading %s" % self.format)
        if config.target:
            problems += check_options(self.context, written, WRITERS,
                                           self.target_format, "writing %s" % self.target_format)
        travel = config.time_travel()
        if travel and self.format not in (None, "delta", "iceberg"):
            problems.append("version and timestamp are for tables of Delta and Iceberg, and this is %s" % self.format)
        if problems:
            raise Refused(problems[0] if len(problems) == 1 else "options are not right",
                          "Correct them; nothing was done.", problems if len(problems) > 1 else None)
        return {**read, **travel}, written

    def frame(self, with_corrupt=None):
        """The data. Written whole, records that can't be parsed are counted as they pass."""
        is_copy = self.config.operation == "write" and not self.config.steps and \
            self.config.mode not in ("merge", "ignore")
        found = storage.open_source(
            self.context, self.config.source, self.format, self.options, self.config.get("schema"),
            is_copy if with_corrupt is None else with_corrupt)
        df, self.used = found.df, found.options
        if is_copy and CORRUPT in df.columns:
            self.observation = Observation()
            df = df.observe(self.observation, F.count(CORRUPT).alias("corrupt"),
                            F.count(F.lit(1)).alias("rows")).drop(CORRUPT)
        return checked(self.context, df)

    def warn_of_corrupt(self):
        seen = get_in_time(self.observation) if self.observation else None
        if seen and seen["corrupt"]:
            self.context.warn(
                "%d of %d records could not be parsed as %s and were written with nulls: operation "
                "read shows them." % (seen["corrupt"], seen["rows"], self.format))

    def describe(self):
        if self.is_table:
            return {"table": self.config.source}
        how = {"options": self.used} if self.used else {}
        return {"format": self.format, "path": self.config.source, **how}


def _read(context, config, source):
    df = source.frame(with_corrupt=True)
    data = df.drop(CORRUPT)
    if config.is_dry:
        return _dry(context, config, source, data)
    answer = source.describe()
    if config.get("history"):
        answer["history"] = lake_tables.history(context, config.source, source.format)
    if config.get("profile", True):
        profile = Profile(context, df, source.format == "csv")
        answer.update({"rowCount": profile.row_count, "columns": profile.columns})
        if profile.others():
            answer["otherColumns"] = profile.others()
            context.warn("Of %d columns the first %d were profiled; 'select' with operation transform "
                         "shows others." % (len(data.columns), len(profile.columns)))
        if profile.corrupt:
            answer["corruptRecords"] = profile.corrupt
            answer["corruptExamples"] = profile.corrupt_examples
    else:
        answer["columns"] = rows.columns_of(data)
    answer.update(_files(df))
    _add_sample(context, config, data, answer, "columns" in answer)
    _leave_view(context, config, data, answer)
    return answer


def _files(df):
    """Files and bytes as Spark has listed them, and the columns that are folders."""
    found = {"files": 0, "bytes": 0}
    for relation in file_relations(df)[:1]:
        location = relation.location()
        found = {"files": len(location.inputFiles()), "bytes": lake_tables.version_of(location).sizeInBytes()}
        columns = list(relation.partitionSchema().fieldNames())
        if columns:
            found["partitionedBy"] = ", ".join(columns)
            if hasattr(location, "partitionSpec") and "InMemory" in location.getClass().getSimpleName():
                found["partitions"] = location.partitionSpec().partitions().size()
    return found if found["files"] else {}


def _add_sample(context, config, df, answer, has_schema):
    """Some rows; whether they are all there are."""
    limit = min(config.get("sample", SAMPLE), ASKED_SAMPLE_BYTES)  # a row has a byte at least
    if not limit:
        return False
    context.enter("reading some rows")
    size = SAMPLE_BYTES if limit <= SAMPLE else ASKED_SAMPLE_BYTES
    found = rows.read(context, df, limit, size)
    answer["sample"] = {"columns": found["columns"], "rows": found["rows"]}
    if "timeZone" in found:
        answer["timeZone"] = found["timeZone"]
    return "truncated" not in found


def _leave_view(context, config, df, answer):
    name = config.get("view")
    if not name:
        return
    df.createOrReplaceTempView(name)
    answer["view"] = name
    if not context.is_session:
        context.warn("The view '%s' ended with this call: there is no session that keeps it." % name)


def _show(context, config, df, watch):
    """The result's rows and columns, without writing it."""
    answer = {}
    is_all = _add_sample(context, config, df, answer, False)
    if "sample" in answer:
        watch.tell(is_all)
    if is_all:
        answer["rowCount"] = len(answer["sample"]["rows"])
        if not answer["rowCount"]:
            watch.explain_nothing()
    elif config.get("counts", True) and config.operation != "join":
        context.enter("counting the rows")
        answer["rowCount"] = df.count()
    if "sample" not in answer:
        answer["columns"] = rows.columns_of(df)
    _leave_view(context, config, df, answer)
    return answer


def _join(context, config, left):
    """All right sides, one after the other."""
    described, renamed, joins = [], {}, []
    for right in config.rights:
        opened = storage.open_source(context, right["path"], right.get("format"),
                                     {**right.get("options", {}), **time_travel(right)}, right.get("schema"))
        join = Join(left, opened.df, right["how"], right["on"], right["suffix"], right["path"])
        left = checked(context, join.result())
        joins.append((join, opened.options))
        renamed.update(join.renamed)
    for join, options in joins:
        found = {"right": join.name, "how": join.how, "on": join.describe_on()}
        if options:
            found["options"] = options
        if config.get("counts", True) and not config.is_dry:
            context.enter("counting rows and keys of the join with %s" % join.name)
            found.update(join.count())
            _warn_of_strangers(context, join, found)
            if found.get("rows", 0) > MULTIPLIED * max(found["leftRows"], found["rightRows"]):
                context.warn("The join with %s makes %d rows of %d and %d: its keys repeat on both "
                             "sides." % (
                                 join.name, found["rows"], found["leftRows"], found["rightRows"]))
        described.append({key: value for key, value in found.items() if value != ""})
    answer = {"joins": described}
    if renamed:
        answer["renamed"] = renamed
    return left, answer


def _warn_of_strangers(context, join, found):
    """Two sides with rows and no key in common."""
    left, right = found["leftRows"], found["rightRows"]
    if left and right and found.get("leftUnmatchedRows") == left:
        keys = [" and ".join(sorted(set(types))) for types in join.key_types()]
        context.warn("The join with %s matches nothing: none of %d and %d rows has a key of the other side, such as %s "
                     "and %s (%s)." % (join.name, left, right, found["leftUnmatchedExample"],
                                       found["rightUnmatchedExample"], ", ".join(keys)))


def _write(context, config, source, df):
    if config.mode == "merge":
        written = lake_tables.merge(context, _in_files(config, df), config.target, source.target_format, config.merge_keys,
                                    source.write_options, config.partition_by)
    else:
        written = storage.write(context, _in_files(config, df), config.target, source.target_format,
                                config.mode, source.write_options, config.partition_by)
    return {"written": written, "source": source.describe(), "columns": rows.columns_of(df)}


def _in_files(config, df):
    """The frame in so many parts; sorted rows stay in order, which only coalesce keeps."""
    files = config.get("files")
    if not files:
        return df
    is_sorted = bool(config.steps) and config.steps[-1][0] == "sort"
    return df.coalesce(files) if is_sorted else df.repartition(files)


def _dry(context, config, source, df):
    """What would be done: the columns of the result, and Spark's plan for it."""
    plan = context.spark._jvm.PythonSQLUtils.explainString(df._jdf.queryExecution(), "simple").strip()
    if len(plan) > PLAN_CHARACTERS:
        plan = plan[:PLAN_CHARACTERS] + "... (cut)"
    answer = {"dryRun": True, "source": source.describe(), "columns": rows.columns_of(df), "plan": plan}
    if config.target:
        require(context.spark, source.target_format)
        answer["target"] = {"path": config.target, "format": source.target_format, "mode": config.mode,
                            "exists": storage.has_table(context.spark, config.target, "iceberg")
                            if source.target_format == "iceberg" else Place(context.spark, config.target).exists()}
    return answer
