"""SPARK_READ_ONLY: only what Spark's own parser shows to be a read runs.

The plan is checked node by node against the ones known to read, so what a later Spark adds is refused
until it is known. Three things are not in the parsed plan, and are dealt with apart:
- reflect, java_method and try_reflect call any Java method. They leave the session's function registry,
  so no view, no IDENTIFIER('re' || 'flect') and no inline table that is evaluated early finds them.
- IDENTIFIER(...) in place of a table can hold back the plan until it is resolved: refused.
- a view may run a script (TRANSFORM ... USING): its plan is looked at before a row is read.
"""

import re

from . import statements
from .context import Refused

QUERIES = """
    Aggregate AsOfJoin CTERelationDef CTERelationRef Deduplicate Distinct Except Expand Filter Generate
    GlobalLimit Intersect Join LateralJoin LimitAll LocalLimit LocalRelation NearestByJoin Offset
    OneRowRelation PipeOperator Pivot Project Range RebalancePartitions RelationTimeTravel Repartition
    RepartitionByExpression Sample Sort SubqueryAlias Tail Union UnionLoop UnionLoopRef Unpivot
    UnresolvedHaving UnresolvedHint UnresolvedInlineTable UnresolvedRelation
    UnresolvedSubqueryColumnAliases UnresolvedTVFAliases UnresolvedTableValuedFunction UnresolvedWith
    Window WithCTE WithWindowDefinition"""
COMMANDS = """
    CurrentNamespace$ DescribeColumn DescribeFunction DescribeFunctionCommand DescribeNamespace
    DescribeProcedureCommand DescribeQueryCommand DescribeRelation DescribeRelationJsonCommand
    ExplainCommand ListArchivesCommand ListFilesCommand ListJarsCommand SetCatalogAndNamespace
    SetCatalogCommand SetNamespaceCommand ShowCatalogsCommand ShowCollationsCommand ShowColumns
    ShowCreateTable ShowCurrentNamespaceCommand ShowFunctions ShowNamespaces ShowNamespacesCommand
    ShowPartitions ShowProceduresCommand ShowTableExtended ShowTableProperties ShowTables
    ShowTablesExtended ShowViews UnresolvedFunctionName UnresolvedIdentifier UnresolvedNamespace
    UnresolvedProcedure UnresolvedTable UnresolvedTableOrView UnresolvedView"""
READS = frozenset((QUERIES + COMMANDS).split())

CALLS_JAVA = ("reflect", "java_method", "try_reflect")
RUNS_SQL = ("sessioninitstatement", "preparequery")  # options of the jdbc format

REFUSED = "Only reads run while SPARK_READ_ONLY is true; unset it to allow this."


def admit(context, arguments, writes, unless=""):
    """Every operation comes through here before it begins. Refuses arguments that write, and sees to it
    that no expression calls Java."""
    if not context.is_read_only:
        return
    guard(context.spark)
    found = [name for name in writes if _given(arguments, name)]
    if found and not _given(arguments, unless):
        problems = ["%s would write" % name for name in found]
        raise Refused("read-only: %s" % problems[0], "Leave out %s. %s" % (" and ".join(found), REFUSED),
                      problems if problems[1:] else None)


def _given(arguments, name):
    for part in name.split("."):
        arguments = arguments.get(part) if isinstance(arguments, dict) else None
    return arguments


def check_write(context):
    """Where something is written, in case an operation's arguments did not tell."""
    if context.is_read_only:
        raise Refused("read-only: this would write", REFUSED)


def check_statements(context, found, views):
    """Refuses, before any runs, statements that are no reads and options of views that run SQL."""
    if not context.is_read_only:
        return
    problems = []
    for view, source in views.items():
        options = source.get("options") or {} if isinstance(source, dict) else {}
        problems += ["option '%s' of view '%s' runs SQL" % (name, view)
                     for name in options if name.lower() in RUNS_SQL]
    for number, statement in enumerate(found, 1):
        try:
            reason = _reason(context.spark, statement.text)
        except Exception as error:  # it can't be parsed
            raise statements.StatementFailed(error, statement, number, len(found), []) from error
        if reason:
            problems.append("statement %d (%s) %s" % (
                number, statements.first_characters(statement.text, 40), reason))
    if problems:
        raise Refused("read-only: %s" % problems[0], REFUSED, problems if problems[1:] else None)


def check_plan(context, df):
    """Refuses a query whose views hide a script; nothing of it has run yet."""
    if not context.is_read_only:
        return
    text = _text_of(df._jdf.queryExecution().analyzed())
    if re.search(r"(?m)^[\s:|+-]*ScriptTransformation\b", text):
        raise Refused("read-only: a view in it runs a script (TRANSFORM ... USING)", REFUSED)


def _text_of(plan):
    for more in ((), (False,)):  # a later Spark has one parameter more
        try:
            return plan.treeString(False, False, 2147483647, False, *more)
        except Exception:
            pass
    return plan.toString()


def guard(spark):
    """Takes the functions that call Java out of this session."""
    jvm = spark._jvm
    if getattr(spark, "_mcp_java_forgotten", False):
        return
    registry = spark._jsparkSession.sessionState().functionRegistry()
    option = jvm.scala.Option.apply
    for name in CALLS_JAVA:
        try:
            identifier = jvm.org.apache.spark.sql.catalyst.FunctionIdentifier(name)
            registry.dropFunction(identifier)
        except Exception:  # names have three parts since 4.3
            identifier = jvm.org.apache.spark.sql.catalyst.FunctionIdentifier(
                name, option("builtin"), option("system"))
            registry.dropFunction(identifier)
        if registry.functionExists(identifier):
            raise Refused("read-only: '%s' can't be taken out of this Spark" % name)
    spark._mcp_java_forgotten = True


def _reason(spark, text):
    """Why a statement is no read; empty when it is one."""
    named = _java_function(text)
    if named:
        return "calls Java: %s" % named
    plan = spark._jsparkSession.sessionState().sqlParser().parsePlan(text)
    node = _not_a_read(plan)
    if not node:
        return ""
    if node == "CompoundBody":
        return "is a script: run its statements one by one"
    if "Identifier" in node:
        return "names a table by IDENTIFIER(...): write the name"
    return "is no read (%s)" % node


def _java_function(text):
    before = ""
    for token in statements.tokens(text):
        if token.text == "(" and before.strip("`").lower() in CALLS_JAVA:
            return before.strip("`").lower()
        before = token.text
    return ""


def _not_a_read(plan):
    """The first node that is not known to read."""
    name = plan.getClass().getName()
    simple = name.rsplit(".", 1)[-1]
    if simple == "SetCommand":
        return "" if _shows_setting(plan) else "SET of a value"
    if simple not in READS or not name.startswith("org.apache.spark.sql."):
        return simple
    inside = [plan.logicalPlan()] if simple == "ExplainCommand" else []
    inside += [plan.plan()] if simple == "DescribeQueryCommand" else []
    for more in (plan.children(), plan.innerChildren()):
        inside += [more.apply(i) for i in range(more.size())]
    for child in inside:
        found = _not_a_read(child)
        if found:
            return found
    return ""


def _shows_setting(plan):
    setting = plan.kv()
    return setting.isEmpty() or setting.get()._2().isEmpty()
