"""Fitted models: saved whole or not at all, explained by their features, applied to new data."""

from pyspark.ml import PipelineModel
from pyspark.ml.feature import IndexToString
from pyspark.ml.stat import Summarizer
from pyspark.sql import functions as F

from .. import read_only, rows, storage
from ..context import Refused
from ..identifiers import FreeNames, column
from ..storage.files import Place
from ..storage.formats import nothing_found
from ..storage.staging import Staging, put_in_place
from . import saved
from .applied import transform, warn_unseen
from .curves import to_array
from .evaluate import classification, outputs_of, ranking, regression
from .features.builder import apply

TOP = 10  # features, and words of a topic
SAMPLE = 10  # predictions shown when a model is applied


def pipeline(data, fitted):
    """An ordinary PipelineModel: features, model, and for classes their names at both ends."""
    stages = data.first + fitted.features + [fitted.model]
    if data.plan.task == "classification":
        if data.takes_labels:  # a StringIndexerModel passes over a column that is not there
            stages = [data.indexer.copy().setHandleInvalid("keep")] + stages
        stages.append(label_names(data))
    return PipelineModel(stages)


def label_names(data):
    """The stage that gives predicted classes their names."""
    return IndexToString(inputCol=data.outputs["predictionCol"], outputCol=data.predicted,
                         labels=data.classes)


def save(context, model, path, overwrite):
    """Save beside the target, then rename: the model appears when it is complete."""
    read_only.check_write(context)
    target = Place(context.spark, path)
    with Staging(context, target) as staging:
        model.save(staging.data.uri)
        _check_saved(staging, len(model.stages))
        context.enter("moving the model into place")
        _move(context, staging, overwrite)
    files, size = target.measure()
    return {"path": path, "files": files, "bytes": size}


def _check_saved(staging, stages):
    """On a cluster without shared storage, each worker writes to a disk of its own."""
    folders = [entry for entry in staging.data.child("stages").entries() if entry.is_folder]
    complete = [entry for entry in folders
                if Place(staging.context.spark, entry.path).child("metadata").data_files(1)]
    if len(complete) < stages:
        raise Refused("the model was saved, but %d of its %d stages are not in '%s': the workers "
                      "wrote to disks of their own" % (
                          stages - len(complete), stages, staging.target.parent()),
                      "Save to storage that the driver and all workers share, such as hdfs or s3a.")


def _move(context, staging, overwrite):
    exists = staging.target.exists()
    if exists and not overwrite:
        raise Refused("'%s' was made by someone else meanwhile" % staging.target, "Choose another path.")
    put_in_place(context, staging, exists)


def important(data, fitted, part):
    """The features that matter most, by name: those the trees split by, or the largest coefficients
    (each times the deviation of its feature, so that units don't count)."""
    plan, model = data.plan, fitted.model

    def name(place):
        return data.features.name(fitted.features, int(place))

    if plan.spec.explains == "featureImportances":
        weights = model.featureImportances
        top = sorted(zip(weights.indices, weights.values),
                     key=lambda pair: (-pair[1], pair[0]))[:TOP]
        return {"importantFeatures": [{"feature": name(place), "importance": number(weight)}
                                      for place, weight in top]}
    if plan.spec.explains == "coefficients":
        return _coefficients(data, fitted, part, name)
    if plan.algorithm == "LDA":
        topics = model.describeTopics(TOP).orderBy("topic").collect()
        return {"topics": [{"topic": row["topic"],
                            "words": ", ".join(map(name, row["termIndices"]))} for row in topics]}
    return {}


def _coefficients(data, fitted, part, name):
    model = fitted.model
    is_multinomial = data.plan.algorithm == "LogisticRegression" and len(data.classes) > 2
    table = model.coefficientMatrix.toArray() if is_multinomial else [model.coefficients.toArray()]
    features = apply(fitted.features, part.df).select(F.col(data.features.output).alias("features"))
    deviations = features.select(Summarizer.std(features["features"])).first()[0].toArray()
    found = []
    for index, coefficients in enumerate(table):
        for place, weight in enumerate(coefficients):
            if weight:
                found.append((abs(weight * deviations[place]), -place, index, weight))
    top = []
    for effect, place, index, weight in sorted(found, reverse=True)[:TOP]:
        entry = {"feature": name(-place), "coefficient": number(weight),
                                 "perDeviation": number(effect if weight > 0 else -effect)}
        if is_multinomial:
            entry["class"] = data.classes[index]
        top.append(entry)
    answer = {"importantFeatures": top}
    if not is_multinomial:
        answer["intercept"] = number(model.intercept)
    return answer


def clusters(data, fitted, part):
    """The size of each cluster and the means of its numeric columns."""
    numbers = list(data.features.numbers().items())[:TOP]
    prediction = data.outputs["predictionCol"]
    found = fitted.transform(part.df).groupBy(prediction).agg(F.count(F.lit(1)).alias("rows"), *[
        F.avg(column(source)).alias(name) for name, source in numbers]).orderBy(prediction)
    return [dict([("cluster", row[0]), ("rows", row[1])] +
                 [(numbers[index][0], number(value)) for index, value in enumerate(row[2:])])
            for row in found.collect()]


def number(value):
    """Six digits are enough to read."""
    if isinstance(value, int):
        return value
    return float("%.6g" % value) if value is not None and value == value else None


def apply_model(context, plan):
    """A saved model on new data: predictions shown, and written if there is a place for them."""
    model = _load(context, plan.model_path)
    context.enter("reading %s" % plan.data_path)
    source = storage.open_source(context, plan.data_path, plan.format, plan.options)
    df = source.df
    told = transform(model, df)
    read_only.check_plan(context, told)
    stage = [stage for stage in model.stages if outputs_of(stage)][-1]
    last = model.stages[-1]
    named = last.getOutputCol() if type(last).__name__ == "IndexToString" else ""
    shown = predictions(told, df.columns, outputs_of(stage), named)
    answer = {}
    if plan.metrics:
        context.enter("scoring the predictions")
        answer["metrics"] = _score(plan, model, stage, told)
    answer["model"] = plan.model_path
    if source.options:
        answer["readWith"] = source.options
    if plan.predictions_path:
        answer["written"] = storage.write(
            context, shown, plan.predictions_path, plan.predictions_format,
            mode="overwrite" if plan.overwrite else "error")
    limit = SAMPLE if plan.limit is None else plan.limit
    looked_at = told if plan.metrics or plan.predictions_path else told.limit(limit)
    label = stage.getOrDefault("labelCol") if stage.hasParam("labelCol") else ""
    warn_unseen(context, model, looked_at, df.columns, label)
    if limit:
        context.enter("reading predictions")
        answer["predictions"] = rows.read(context, shown, limit=limit, max_bytes=sample_bytes(plan))
    return answer


def sample_bytes(plan):
    """How much of the predictions is shown: more when they were asked for."""
    return 4000 if plan.limit is None else 16000


def _load(context, path):
    context.enter("loading %s" % path)
    place = Place(context.spark, path)
    if not place.exists():
        raise nothing_found(place)
    head = place.child("metadata").data_files(1)
    kind = Place(context.spark, head[0].path).head(4096).decode("utf-8", "replace") if head else ""
    if "PipelineModel" not in kind:
        raise Refused("'%s' is no saved PipelineModel" % place,
                      "Name the folder that a model was saved to.")
    if context.is_read_only:
        saved.check(context, place)
    return PipelineModel.load(place.uri)


def predictions(told, columns, outputs, named=""):
    """The columns of the data, then prediction (of classes the name) and its probability; flat, so
    that every format can hold it."""
    kept = [column(name) for name in columns]
    names = FreeNames(columns)
    if "prediction" in outputs:
        kept.append(column(named or outputs["prediction"]).alias(names.new("prediction")))
    if "probability" in outputs:
        kept.append(F.array_max(to_array(outputs["probability"])).alias(names.new("probability")))
    if "topicDistribution" in outputs:
        kept.append(to_array(outputs["topicDistribution"]).alias(names.new("topicDistribution")))
    return told.select(*kept)


def _score(plan, model, stage, told):
    """Metrics on new data that have labels."""
    label = stage.getOrDefault("labelCol") if stage.hasParam("labelCol") else ""
    if label not in told.columns:
        raise Refused("the data have no label to compare with", "Leave out evaluation_metrics.")
    outputs = outputs_of(stage)
    if "rawPrediction" not in outputs:
        scores = regression(told, label, plan.metrics, outputs["prediction"])
    else:
        names = getattr(model.stages[-1], "getLabels", list)()
        known = told.where(column(label) < len(names))
        scores = classification(known, label, len(names), plan.metrics, outputs, ranking(stage))
    return [{"metric": name, "value": number(value)} for name, value in scores.values.items()]
