"""execute-sql: statements one after the other, each with its rows or what it did.

save_path and cache_table apply to the last statement that gives rows, as its first word tells before
anything runs; offset to the same one; explain to the last statement, which then isn't run. limit counts for
each statement (budget.py says how max_bytes is shared). Rows are capped while they are read: no
statement is rewritten, and a command has run when spark.sql() returns, so reading its rows doesn't run
it again.
"""

import itertools
import re

from pyspark.sql import DataFrame

from .. import names, read_only, rows, statements, storage
from ..context import Cancelled, Refused
from ..held import cached_names, kept, say_lifetime
from ..identifiers import parts_of
from ..storage import catalog
from ..storage.formats import hint
from . import download
from .budget import ACTIONS, Budget, check_numbers

SAMPLE = 5  # rows shown of a result that is saved
SAMPLE_BYTES = 24000

EXPLAINS = ("simple", "extended", "formatted", "cost", "codegen")
SHOWN_ONLY = ("markdown", "chart")
SAVED_ONLY = ("parquet", "orc", "delta", "avro", "xml", "iceberg")
QUERIES = ("SELECT", "WITH", "VALUES", "FROM", "TABLE", "MAP", "REDUCE", "(")
LISTINGS = ("SHOW", "DESCRIBE", "DESC", "EXPLAIN", "LIST")
VIEW = ("path", "format", "options")
SECRET = re.compile(r"(?i)secret|password|token|access[.]?key|credential")

_numbers = itertools.count(1)


def run(context, arguments):
    check_numbers(arguments)
    found = statements.split(arguments["sql"])
    verbs = [_verb(statement.text) for statement in found]
    _check(context, arguments, found, verbs)
    read_only.check_statements(context, found, arguments.get("views") or {})
    views = _create_views(context, arguments.get("views") or {})
    budget = Budget(context, arguments, verbs, _last_with_rows(verbs))
    outcomes = []
    try:
        for index, statement in enumerate(found):
            context.enter("statement %d of %d" % (index + 1, len(found)) if found[1:] else "")
            outcomes.append(_attempt(context, arguments, budget, found, index, outcomes))
        budget.share(outcomes)
    finally:
        if any(verb not in QUERIES + LISTINGS for verb in verbs):
            catalog.save(context, _tables_written(found, verbs))
    result = outcomes[0] if len(outcomes) == 1 else {"results": [
        dict({"statement": number, "sql": _shown(statement.text)}, **outcome)
        for number, (statement, outcome) in enumerate(zip(found, outcomes), 1)]}
    if views:
        result["views"] = views
    if arguments.get("format") and not arguments.get("save_path") and not arguments.get("download"):
        result["format"] = arguments["format"]
    is_changed = any(verb not in QUERIES + LISTINGS for verb in verbs)
    if is_changed or views or arguments.get("cache_table"):
        result["_kept"] = kept(context)
    return result


# The arguments.

def _check(context, arguments, found, verbs):
    problems = []
    if not found:
        problems.append("there is no statement in sql")
    format, path = arguments.get("format"), arguments.get("save_path")
    problems += download.check(arguments, found and _last_with_rows(verbs) is not None)
    if format in SAVED_ONLY and not path:
        problems.append("format %s needs save_path: only json and csv can be shown inline" % format)
    if format in SHOWN_ONLY and path:
        problems.append("format %s is for the text of an answer, not for files" % format)
    if path and not path.strip():
        problems.append("save_path is blank")
    mode = arguments.get("explain")
    if mode and mode not in EXPLAINS:
        problems.append("explain is one of %s, not '%s'" % (", ".join(EXPLAINS), mode))
    for name in ("save_path", "cache_table"):
        if arguments.get(name) and mode:
            problems.append("explain runs nothing, so there is nothing for %s" % name)
        elif arguments.get(name) and found and _last_with_rows(verbs) is None:
            problems.append("no statement gives rows for %s" % name)
    problems += _check_views(arguments.get("views") or {})
    problems += _check_parameters(arguments.get("parameters") or {}, found)
    if problems:
        raise Refused(problems[0], "Correct the arguments; nothing has run.",
                      problems if problems[1:] else None)


def _check_views(views):
    problems = []
    for name, source in views.items():
        if not re.match(r"^\w+$", name):
            problems.append("view name '%s' may have letters, digits and _ only" % name)
        if not isinstance(source, dict) or not isinstance(source.get("path"), str) or not source["path"].strip():
            problems.append("view '%s' needs a path" % name)
        elif not isinstance(source.get("format") or "", str):
            problems.append("the format of view '%s' is a word, such as csv" % name)
        elif not isinstance(source.get("options") or {}, dict):
            problems.append("the options of view '%s' are an object, such as {\"delimiter\": \";\"}" % name)
        else:
            problems += ["view '%s' has no '%s'%s; it has path, format, options" % (name, key, hint(key, VIEW))
                         for key in source if key not in VIEW]
    return problems


def _check_parameters(parameters, found):
    problems = []
    if not parameters:
        return problems
    used = set().union(*[_parameters_in(statement.text) for statement in found])
    for name, value in parameters.items():
        if name not in used:
            meant = names.did_you_mean(name, used)
            problems.append("no statement has the parameter :%s%s" % (name, ", " + meant if meant else ""))
        if isinstance(value, dict):
            problems.append("parameter '%s' is an object: give a string, number, boolean, null or list" % name)
    return problems


def _parameters_in(text):
    found = list(statements.tokens(text))
    return {token.text for before, token in zip(found, found[1:])
            if before.text == ":" and token.kind == "word" and token.start == before.start + 1}


def _verb(text):
    first = next(statements.tokens(text))
    if first.text == "(":
        return "("
    command = statements.read_command(text)
    is_script = first.word and re.match(r"\s*\w+\s*:\s*BEGIN\b", text, re.IGNORECASE)
    return "BEGIN" if is_script else command.verb


def _tables_written(found, verbs):
    """The tables named by commands; None where a statement may have written to any."""
    if any(verb in ACTIONS for verb in verbs):
        return None
    targets = [statements.read_command(statement.text).name for statement in found]
    return [(parts_of(target) or [""])[-1]
            for target, verb in zip(targets, verbs) if verb not in QUERIES + LISTINGS]


def _last_with_rows(verbs):
    having = [i for i, verb in enumerate(verbs) if verb in QUERIES + LISTINGS + ACTIONS]
    return having[-1] if having else None


def _create_views(context, views):
    """How each was read, so that the caller can say otherwise."""
    told = {}
    for name, source in views.items():
        context.enter("view %s" % name)
        found = storage.open_source(context, source["path"], source.get("format"), source.get("options"))
        found.df.createOrReplaceTempView(name)
        told[name] = {"format": found.format, "options": found.options} if found.format else {"table": source["path"]}
    return {name: {key: value for key, value in how.items() if value} for name, how in told.items()}


# One statement.

def _attempt(context, arguments, budget, found, index, outcomes):
    statement, is_last = found[index], index == len(found) - 1
    try:
        if is_last and arguments.get("explain"):
            return _explain(context, arguments, statement.text)
        return _run_one(context, arguments, budget, statement.text, index)
    except Cancelled:
        raise
    except Exception as error:
        if isinstance(error, Refused) and len(found) == 1:
            raise
        earlier = [_short_form(number, done, outcome)
                   for number, (done, outcome) in enumerate(zip(found, outcomes), 1)]
        raise statements.StatementFailed(error, statement, index + 1, len(found), earlier) from error


def _short_form(number, statement, outcome):
    form = {"statement": number, "sql": _shown(statement.text)}
    if "message" in outcome:
        form["message"] = outcome["message"]
    elif "rowCount" in outcome:
        form["rowCount"] = outcome["rowCount"]
    return form


def _start(context, arguments, text):
    parameters = arguments.get("parameters") or {}
    named = _parameters_in(text) if parameters else ()
    used = {name: value for name, value in parameters.items() if name in named}
    if used:
        return context.spark.sql(text, args=used)
    # spark.sql(text), without the array of no parameters that PySpark makes in Java first, call by call.
    return DataFrame(context.spark._jsparkSession.sql(text), context.spark)


def _run_one(context, arguments, budget, text, index):
    df = _start(context, arguments, text)
    verb = budget.verbs[index]
    if verb not in QUERIES and not df._jdf.schema().length():
        return {"message": _say_done(context, df, text)}
    if verb == "SET" and ("=" in text or re.match(r"(?i)\s*set\s+time\s+zone", text)):
        return {"message": "; ".join("set %s = %s" % (key, _hidden(key, value))
                                     for key, value in df.collect())}
    read_only.check_plan(context, df)
    outcome = {}
    if index == budget.target and arguments.get("cache_table"):
        outcome["cachedTable"] = _cache(context, df)
        df = context.spark.table(outcome["cachedTable"])
    if index == budget.target and arguments.get("save_path"):
        return _save(context, arguments, df, outcome)
    if index == budget.target and arguments.get("download"):
        return download.run(context, arguments, df, outcome)
    return budget.read(df, index, outcome)


def _cache(context, df):
    """Keeps a result in memory, under a name; it is all there when this returns."""
    context.enter("caching the result")
    while True:
        name = "cached_%d" % next(_numbers)
        try:
            df.createTempView(name)
            break
        except Exception as error:
            if "ALREADY_EXISTS" not in statements.condition_of(error):
                raise
    try:
        context.spark.sql("CACHE TABLE " + name)
    except BaseException:
        context.spark.catalog.dropTempView(name)
        raise
    cached_names.add(name)
    if not context.is_session:
        context.warn("%s is gone with this call: it ran in a driver of its own." % name)
    return name


def _save(context, arguments, df, outcome):
    context.enter("writing %s" % arguments["save_path"])
    format = arguments.get("format") or storage.format_of_table(context.spark, arguments["save_path"]) or "parquet"
    saved = storage.write(context, df, arguments["save_path"], format,
                          arguments.get("save_mode") or "error")
    if "cachedTable" in outcome:  # reading a few rows costs nothing then
        sample = rows.read(context, df, SAMPLE, SAMPLE_BYTES)
        outcome = dict(sample, **outcome)
    else:
        outcome = {"columns": rows.columns_of(df)}
    outcome["saved"] = saved
    return outcome


def _explain(context, arguments, text):
    mode = arguments["explain"]
    if _verb(text) in QUERIES:
        df = _start(context, arguments, text)
        explain = context.spark._jvm.org.apache.spark.sql.api.python.PythonSQLUtils.explainString
        plan = explain(df._jdf.queryExecution(), mode)
    else:  # spark.sql() would run it
        word = "" if mode == "simple" else mode.upper() + " "
        plan = _start(context, arguments, "EXPLAIN %s%s" % (word, text)).collect()[0][0]
    most = arguments.get("max_bytes", SAMPLE_BYTES)
    if len(plan) > most:
        context.warn("The plan was cut after %d characters: max_bytes." % most)
    return {"plan": plan[:most].strip()}


# What a statement without rows did.

def _say_done(context, df, text):
    command = statements.read_command(text)
    if command.verb == "CACHE" and command.name:
        cached_names.add(command.name)
    message = statements.say_done(text, _rows_written(df))
    if command.verb in ("CREATE", "REPLACE", "CACHE", "DECLARE") and command.name:
        message += say_lifetime(context, command)
    return message


def _rows_written(df):
    """The rows that an INSERT or CREATE TABLE AS wrote, where its plan counted them."""
    try:
        plan = df._jdf.queryExecution().executedPlan().commandPhysicalPlan()
        if plan.getClass().getSimpleName() == "AdaptiveSparkPlanExec":
            plan = plan.executedPlan()
        counted = plan.metrics().get("numOutputRows")
        return int(counted.get().value()) if counted.isDefined() else None
    except Exception:  # not a public interface of Spark's: the message does without
        return None


# Small things.

def _shown(text):
    if _verb(text) == "SET" and SECRET.search(text):
        text = text.split("=")[0] + "= (hidden)"
    return statements.first_characters(text)


def _hidden(key, value):
    return "(hidden)" if SECRET.search(key) else value
