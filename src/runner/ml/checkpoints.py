"""A folder for checkpoints, for the algorithms whose rows would otherwise remember every iteration.

Without one, Spark sends the whole lineage with every task, and forty iterations of ALS are more than the
stack of an executor's thread holds.
"""

from ..storage.files import Place
from ..storage.writer import hosts

ITERATIVE = ("ALS", "GBTClassifier", "GBTRegressor", "LDA")
FEW = 20  # iterations that need none


def prepare(context, plan):
    """Set the session's folder, once: other work in the session may be using it."""
    inner = (plan.parameters.get("classifier") or ("",))[0]  # of OneVsRest
    scope = context.spark.sparkContext
    if not {plan.algorithm, inner} & set(ITERATIVE) or scope._jsc.sc().getCheckpointDir().isDefined():
        return
    folder = _find(context, plan)
    if folder:
        scope.setCheckpointDir(folder)
    elif plan.parameters.get("maxIter", 0) > FEW:
        context.warn("The machines share no folder for checkpoints, and so many iterations may overflow the stack "
                     "of their threads: give a model_output_path on storage that all of them share.")


def _find(context, plan):
    """On one machine Spark's own temporary folder, which goes with the session; else shared storage."""
    spark = context.spark
    scope = spark.sparkContext
    if len(hosts(spark)) < 2:
        return "file:%s/checkpoints" % scope._temp_dir
    if context.is_read_only:
        return None
    name = ".checkpoints.%s" % scope.applicationId
    place = Place(spark, name)  # in the user's folder of the default file system
    if place.scheme == "file":
        if not plan.model_output_path:
            return None
        place = Place(spark, plan.model_output_path).sibling(name)  # all workers save the model there
    place.delete_on_exit()
    return place.uri
