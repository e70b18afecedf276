"""Checks what run-ml-pipeline was asked for, before Spark starts work, and makes a plan of it.

Everything that is wrong is found and told at once, with the nearest names that would be right.
"""

import contextlib

from .. import read_only
from ..context import Refused
from ..numbers import with_whole
from ..storage.files import Place, reason_of
from .check import Checker
from .engineering import check_features
from .names import find_metric, metric_names
from .plan import Plan
from .splits import Evaluation
from .training import Training

STAGES = ("feature_engineering", "model_training", "model_evaluation")

ARGUMENT_TYPES = {
    "data_path": "a text", "model_output_path": "a text", "format": "a text",
    "label_column": "a text", "text_column": "a text", "feature_columns": "a list of names",
    "limit": "a whole number", "evaluation_metrics": "a list"}
CONFIG_TYPES = {
    "stages": "a list", "task": "a text", "seed": "a whole number", "overwrite": "true or false",
    "options": "an object", "positive_label": "a label", "weight_column": "a text",
    "user_column": "a text", "item_column": "a text", "rating_column": "a text",
    "censor_column": "a text", "model_path": "a text", "predictions_path": "a text",
    "predictions_format": "a text"}
CONFIG_KEYS = tuple(CONFIG_TYPES) + ("split",)
APPLY_KEYS = ("model_path", "predictions_path", "predictions_format", "overwrite", "options")


def make_plan(context, arguments):
    """The plan; Refused with all problems if there are any."""
    checker = Checker(context)
    config = arguments.get("pipeline_config")
    if not isinstance(config, dict):
        raise Refused("pipeline_config is no object", "Give pipeline_config {\"stages\": [...]}.")
    arguments = with_whole(arguments, _whole_numbers(ARGUMENT_TYPES))
    config = with_whole(config, _whole_numbers(CONFIG_TYPES))
    _check_types(checker, arguments, config)
    plan = Plan(arguments, config)
    if plan.model_path:
        _check_application(checker, arguments, config, plan)
    else:
        _check_stages(checker, arguments, config, plan)
    _check_targets(checker, plan)
    if checker.problems:
        raise Refused("the pipeline can't run as it is configured",
                      "Correct what is listed; nothing has been run.", checker.problems)
    return plan


def _whole_numbers(kinds):
    return [name for name, kind in kinds.items() if kind == "a whole number"]


def is_model(context, path):
    """Whether something that Spark ML has saved is there, and nothing else: a model is folders only."""
    entries = Place(context.spark, path).entries()
    return any(entry.name == "metadata" for entry in entries) and all(entry.is_folder for entry in entries)


def _check_types(checker, arguments, config):
    checker.types("", arguments, ARGUMENT_TYPES)
    checker.keys("pipeline_config", config, CONFIG_KEYS)
    checker.types("pipeline_config.", config, CONFIG_TYPES)
    if not arguments.get("data_path"):
        checker.wrong("data_path", "is missing")
    if arguments.get("limit") is not None and arguments["limit"] < 0:
        checker.wrong("limit", "should not be negative")


def _check_application(checker, arguments, config, plan):
    for key in config:
        if key in CONFIG_KEYS and key not in APPLY_KEYS:
            checker.wrong("pipeline_config." + key,
                          "means nothing beside model_path, which applies a saved model")
    if plan.model_output_path:
        checker.wrong("model_output_path", "means nothing beside model_path")
    plan.metrics += _known_metrics(checker, arguments)


def _known_metrics(checker, arguments):
    """Those of any task."""
    names = arguments.get("evaluation_metrics")
    known = []
    for name in names if isinstance(names, list) else []:
        found = find_metric(name)
        if found is None:
            checker.unknown("evaluation_metrics", name, metric_names(), "unknown metric")
        else:
            known.append(found)
    return known


def _check_targets(checker, plan):
    """What exists already is refused now, not after an hour of training."""
    for where, path in (("model_output_path", plan.model_output_path),
                        ("pipeline_config.predictions_path", plan.predictions_path)):
        if not path:
            continue
        try:
            exists = Place(checker.context.spark, path).exists()
        except Exception as error:  # no such scheme or host: Hadoop's own words are clear
            checker.wrong(where, reason_of(error))
            continue
        if exists and not plan.overwrite:
            checker.wrong(where, "'%s' exists already; choose another path, or set "
                          "pipeline_config.overwrite to true" % path)
        elif exists and path == plan.model_output_path and not is_model(checker.context, path):
            checker.wrong(where, "'%s' holds no model, so it is not overwritten; choose another "
                          "path" % path)
        else:
            _try_to_write(checker, where, path)


def _try_to_write(checker, where, path):
    """Make a folder beside it, as a save does, and take it away again with those above it that were not there."""
    read_only.check_write(checker.context)
    place = Place(checker.context.spark, path)
    made = [place.sibling(".%s.%s" % (place.name, checker.context.operation_id))]
    try:
        while not made[-1].parent().exists():
            made.append(made[-1].parent())
        made[0].make_folder()
    except Exception as error:
        checker.wrong(where, "'%s' can't be written: %s" % (path, reason_of(error)))
    with contextlib.suppress(Exception):
        for folder in made:
            folder.delete_if_empty()


def _check_stages(checker, arguments, config, plan):
    if plan.predictions_path:
        checker.wrong("pipeline_config.predictions_path", "goes with model_path, which is missing")
    if not config.get("stages"):
        checker.wrong("pipeline_config.stages",
                      "is missing: a list of {\"type\": ...} with the types " + ", ".join(STAGES))
    stages = _sort_stages(checker, config)
    for where, stage in stages["feature_engineering"]:
        check_features(checker, plan, where, stage)
    training = stages["model_training"][:1]
    evaluation = stages["model_evaluation"][:1] or [("", {})]
    if training:
        Training(checker, plan, *training[0]).check(config, evaluation[0])
    elif config.get("stages"):
        checker.wrong("pipeline_config.stages", "a model_training stage is missing")
    Evaluation(checker, plan, arguments, config, *evaluation[0]).check()
    if not plan.algorithm:
        _known_metrics(checker, arguments)  # whether they fit the task is not known


def _sort_stages(checker, config):
    """Where they stand and what they are, by type."""
    stages = {name: [] for name in STAGES}
    for index, stage in enumerate(config.get("stages") or []):
        where = "stages[%d]" % index
        if not isinstance(stage, dict) or not isinstance(stage.get("type"), str):
            checker.wrong(where, "should be an object with a type: " + ", ".join(STAGES))
        elif stage["type"] not in stages:
            checker.unknown(where, stage["type"], STAGES, "unknown stage type")
        else:
            stages[stage["type"]].append((where, stage))
    for name in STAGES[1:]:
        for where, _ in stages[name][1:]:
            checker.wrong(where, "there is a %s stage already" % name)
    return stages
