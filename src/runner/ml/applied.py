"""What a saved model wants of the data it is applied to, and what of them it has not seen before."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from ..context import Refused
from ..identifiers import column, parts_of
from ..names import did_you_mean

INPUTS = ("inputCol", "inputCols", "featuresCol", "userCol", "itemCol")


def transform(model, df):
    """The data with predictions; Refused with all columns that the model wants and the data lack."""
    try:
        return _transform(model, df)
    except Exception:
        missing = _missing(model, df)
        if not missing:
            raise
        raise Refused("the data lack columns that the model has learned from", "The data have %s." % ", ".join(
            df.columns[:40]), [", ".join(part for part in ("no column '%s'" % name, did_you_mean(name, df.columns))
                               if part) for name in missing]) from None


def _transform(stage, df):
    """In the JVM: some of PySpark's own models would need Python on the executors."""
    return DataFrame(stage._to_java().transform(df._jdf), df.sparkSession)


def _missing(model, df):
    """Columns that no stage makes. Where SQL says which one it lacks, it is given a null and asked again."""
    frame, missing, made_from = df.limit(0), [], {}
    for stage in model.stages:
        is_indexer = type(stage).__name__ == "StringIndexerModel"  # passes over a column that is not there
        if is_indexer:
            made_from.update(zip(_outputs(stage), _inputs(stage)))
        else:
            missing += [made_from.get(name, name) for name in _inputs(stage) if name not in frame.columns]
        while True:
            try:
                frame = _transform(stage, frame)
                break
            except Exception as error:
                name = _unresolved(error)
                if not name or name in missing:
                    return list(dict.fromkeys(missing))
                missing.append(name)
                frame = frame.withColumn(name, F.lit(None).cast("string"))
    return list(dict.fromkeys(missing))


def _unresolved(error):
    get_class = getattr(error, "getCondition", None) or getattr(error, "getErrorClass", None)
    if get_class is None or not str(get_class()).startswith("UNRESOLVED_COLUMN"):
        return ""
    parts = parts_of(error.getMessageParameters().get("objectName", ""))
    return parts[-1] if parts else ""


def _inputs(stage):
    names = []
    for role in INPUTS:
        if stage.hasParam(role) and stage.isDefined(role):
            value = stage.getOrDefault(role)
            names += value if isinstance(value, list) else [value]
    return names


def _outputs(stage):
    return stage.getOutputCols() if stage.isDefined("outputCols") else [stage.getOutputCol()]


def warn_unseen(context, model, told, columns, label):
    """Categories, and labels, that training had not seen, with how many rows have them."""
    seen = []
    for stage in model.stages:
        if type(stage).__name__ == "StringIndexerModel":
            labels = [stage.labels] if not stage.isDefined("inputCols") else stage.labelsArray
            seen += [(source, index, len(known)) for source, index, known in
                     zip(_inputs(stage), _outputs(stage), labels) if {source, index} <= set(told.columns)]
    if not seen:
        return
    measures = []
    for source, index, size in seen:
        is_new = (column(index) == size) & column(source).isNotNull()
        measures += [F.count(F.when(is_new, 1)), F.max(F.when(is_new, column(source).cast("string")))]
    found = told.agg(*measures).first()
    for place, (source, index, _) in enumerate(seen):
        rows, example = found[2 * place], found[2 * place + 1]
        name = source if source in columns else source[:-len("_value")]
        if rows and index == label:
            context.warn("%d rows have a label that the model does not know, such as '%s'; metrics are without them."
                         % (rows, example))
        elif rows:
            context.warn("'%s' has values in %d rows that training had not seen, such as '%s'." % (
                name, rows, example))
