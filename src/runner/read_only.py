"""SPARK_READ_ONLY: only what Spark's own parser shows to be a read runs.

The plan is checked node by node against the ones known to read, so what a later Spark adds is refused
until it is known. Four things are not in the parsed plan, and are dealt with apart:
- reflect, java_method and try_reflect call any Java method. They leave the session's function registry
  when it opens, so no view, no function written in SQL, no saved model, no IDENTIFIER('re' || 'flect')
  and no inline table that is evaluated early finds them.
- ${env:NAME} and its like put the driver's environment and properties into the text: switched off.
- IDENTIFIER(...) in place of a table can hold back the plan until it is resolved: refused.
- a view or a function written in SQL may run a script (TRANSFORM ... USING): the analysed plan is
  looked at before a row is read.
"""

from . import plans, statements
from .context import Refused

COMMANDS = """
    CurrentNamespace$ DescribeColumn DescribeFunction DescribeFunctionCommand DescribeNamespace
    DescribeProcedureCommand DescribeQueryCommand DescribeRelation DescribeRelationJsonCommand
    ExplainCommand ListArchivesCommand ListFilesCommand ListJarsCommand SetCatalogAndNamespace
    SetCatalogCommand SetNamespaceCommand ShowCatalogsCommand ShowCollationsCommand ShowColumns
    ShowCreateTable ShowCurrentNamespaceCommand ShowFunctions ShowNamespaces ShowNamespacesCommand
    ShowPartitions ShowProceduresCommand ShowTableExtended ShowTableProperties ShowTables
    ShowTablesExtended ShowViews UnresolvedFunctionName UnresolvedIdentifier UnresolvedNamespace
    UnresolvedProcedure UnresolvedTable UnresolvedTableOrView UnresolvedView"""
READS = plans.QUERIES | frozenset(COMMANDS.split())

CALLS_JAVA = ("reflect", "java_method", "try_reflect")
RUNS_SQL = ("sessioninitstatement", "preparequery")  # options of the jdbc format

REFUSED = "Only reads run while SPARK_READ_ONLY is true; unset it to allow this."


def admit(context, arguments, writes, unless=""):
    """Every operation comes through here before it begins. Refuses arguments that write."""
    if not context.is_read_only:
        return
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


def check_query(context, text, what):
    """Refuses a query that is kept somewhere, such as in a saved model, when it is no read."""
    if context.is_read_only:
        reason = _reason(context.spark, text)
        if reason:
            raise Refused("read-only: %s %s" % (what, reason), REFUSED)


def check_plan(context, df):
    """Refuses a frame of which a view or a subquery hides a script; nothing of it has run yet."""
    if not context.is_read_only:
        return
    for node, view in plans.nodes(df._jdf.queryExecution().analyzed()):
        if plans.class_of(node) == plans.LOGICAL + "ScriptTransformation":
            where = "the view '%s' in it" % view if view else "it"
            raise Refused("read-only: %s runs a script (TRANSFORM ... USING)" % where, REFUSED)


def java_function(spark, name):
    """Why there is no function of that name; empty when it is not one that guard() took out."""
    if getattr(spark, "_mcp_java_forgotten", False) and name.lower() in CALLS_JAVA:
        return "read-only: '%s' calls Java" % name
    return ""


def guard(spark):
    """When a session that only reads opens, before anything else: takes the functions that call Java
    out of it, and leaves ${...} in statements as it stands."""
    jvm = spark._jvm
    if getattr(spark, "_mcp_java_forgotten", False):
        return
    spark.conf.set("spark.sql.variable.substitute", "false")
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
    plan = plans.parse(spark, text)
    node = _not_a_read(plan)
    if not node:
        return ""
    if node == "CompoundBody":
        return "is a script: run its statements one by one"
    if "Identifier" in node:
        return "names a table by IDENTIFIER(...): write the name"
    return "is no read (%s)" % node


def _not_a_read(plan):
    """The first node that is not known to read."""
    simple = plans.class_of(plan).rsplit(".", 1)[-1]
    if simple == "SetCommand":
        return "" if _shows_setting(plan) else "SET of a value"
    if not plans.is_one_of(plan, READS):
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
