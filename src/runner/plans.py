"""Spark's plans, node by node. What a plan does is told by the classes of its nodes, never by its text:
that quotes names and values, in which anything may stand."""

SPARK_SQL = "org.apache.spark.sql."
LOGICAL = SPARK_SQL + "catalyst.plans.logical."
QUERIES = frozenset("""
    Aggregate AsOfJoin CTERelationDef CTERelationRef Deduplicate Distinct Except Expand Filter Generate
    GlobalLimit Intersect Join LateralJoin LimitAll LocalLimit LocalRelation NearestByJoin Offset
    OneRowRelation PipeOperator Pivot Project Range RebalancePartitions RelationTimeTravel Repartition
    RepartitionByExpression Sample Sort SubqueryAlias Tail Union UnionLoop UnionLoopRef Unpivot
    UnresolvedHaving UnresolvedHint UnresolvedInlineTable UnresolvedRelation
    UnresolvedSubqueryColumnAliases UnresolvedTVFAliases UnresolvedTableValuedFunction UnresolvedWith
    Window WithCTE WithWindowDefinition""".split())  # what queries consist of, as parsed


def parse(spark, text):
    """The plan of a statement as Spark's parser has it; nothing is looked up or run."""
    return spark._jsparkSession.sessionState().sqlParser().parsePlan(text)


def nodes(plan, view=""):
    """(node, the view it stands in or "") of a plan and of all plans in it, such as subqueries."""
    waiting = [(plan, view)]
    while waiting:
        node, view = waiting.pop()
        yield node, view
        if class_of(node) == LOGICAL + "View":
            view = node.desc().identifier().table()
        for more in (node.children(), node.innerChildren()):
            waiting += [(more.apply(index), view) for index in range(more.size())]


def class_of(node):
    return node.getClass().getName()


def is_query(spark, text):
    """Whether nothing in it acts, such as an INSERT behind a WITH. A script (TRANSFORM) may."""
    return all(is_one_of(node, QUERIES) or class_of(node) == LOGICAL + "ScriptTransformation"
               for node, _ in nodes(parse(spark, text)))


def is_one_of(node, names):
    """By their simple names, of Spark's own classes only."""
    name = class_of(node)
    return name.startswith(SPARK_SQL) and name.rsplit(".", 1)[-1] in names
