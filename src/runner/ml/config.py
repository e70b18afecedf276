"""Checks what run-ml-pipeline was asked for, before Spark starts work, and makes a plan of it.

Everything that is wrong is found and told at once, with the nearest names that would be right.
"""

from typing import Any, Dict, NamedTuple

from ..context import Refused
from ..names import quoted
from ..storage.files import Place
from .check import Checker, fits
from .names import ALGORITHMS, DEFAULT_METRICS, find_metric, metric_names
from .splits import Evaluation
from .steps import COMPONENTS, Step

STAGES = ("feature_engineering", "model_training", "model_evaluation")
TASKS = tuple(DEFAULT_METRICS)
SEED = 42
MAX_POINTS = 200  # of a parameter grid

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


class Chosen(NamedTuple):
    """A feature step as asked for, with its parameters in Spark's words (text steps: in ours)."""

    name: str
    step: Step
    parameters: Dict[str, Any]


class Plan:
    """What is to be done, checked as far as it can be without the data."""

    def __init__(self, arguments, config):
        self.data_path = arguments.get("data_path", "")
        self.format = arguments.get("format")
        self.options = config.get("options") or {}
        self.model_output_path = arguments.get("model_output_path")
        self.label_column = arguments.get("label_column")
        self.text_column = arguments.get("text_column")
        self.feature_columns = arguments.get("feature_columns")
        self.limit = arguments.get("limit")
        self.overwrite = config.get("overwrite", False)
        self.model_path = config.get("model_path")  # given: apply this model, train nothing
        self.predictions_path = config.get("predictions_path")
        self.predictions_format = config.get("predictions_format", "parquet")
        self.positive_label = config.get("positive_label")
        self.weight_column = config.get("weight_column")
        self.censor_column = config.get("censor_column")
        self.rating = [config.get(role + "_column", role) for role in ("user", "item", "rating")]
        self.seed = config.get("seed", SEED)
        self.task = ""
        self.called = ""  # the algorithm as it was named
        self.algorithm = ""  # Spark's name of it
        self.parameters = {}
        self.class_weight = None
        self.grid = [{}]  # what each point changes in the parameters
        self.steps = []  # {"columns": [...] or None, component: Chosen}
        self.folds = 0
        self.fold_seed = self.seed
        self.are_folds_stratified = True
        self.test_share = 0.0
        self.split_seed = self.seed
        self.is_split_stratified = False
        self.metrics = []
        self.select_by = ""

    @property
    def spec(self):
        return ALGORITHMS[self.algorithm]


def make_plan(context, arguments):
    """The plan; Refused with all problems if there are any."""
    checker = _Stages(context)
    config = arguments.get("pipeline_config")
    if not isinstance(config, dict):
        raise Refused("pipeline_config is no object", "Give pipeline_config {\"stages\": [...]}.")
    arguments, config = dict(arguments), dict(config)
    checker.check_types(arguments, config)
    plan = Plan(arguments, config)
    _check_writes(context, plan)
    if plan.model_path:
        checker.check_application(arguments, config, plan)
    else:
        checker.check_stages(arguments, config, plan)
    checker.check_targets(plan)
    if checker.problems:
        raise Refused("the pipeline can't run as it is configured",
                      "Correct what is listed; nothing has been run.", checker.problems)
    return plan


def _check_writes(context, plan):
    if context.is_read_only and (plan.model_output_path or plan.predictions_path):
        what = "model_output_path" if plan.model_output_path else "predictions_path"
        raise Refused("this server only reads (SPARK_READ_ONLY): no model or prediction is saved",
                      "Leave out %s; training, evaluating and looking at predictions are allowed."
                      % what)


def is_model(context, path):
    """Whether something that Spark ML has saved is there."""
    return Place(context.spark, path).child("metadata").exists()


class _Stages(Checker):
    """The checks of a request, part by part."""

    def check_types(self, arguments, config):
        self.types("", arguments, ARGUMENT_TYPES)
        self.keys("pipeline_config", config, CONFIG_KEYS)
        self.types("pipeline_config.", config, CONFIG_TYPES)
        if not arguments.get("data_path"):
            self.wrong("data_path", "is missing")
        if arguments.get("limit") is not None and arguments["limit"] < 0:
            self.wrong("limit", "should not be negative")

    def check_application(self, arguments, config, plan):
        for key in config:
            if key in CONFIG_KEYS and key not in APPLY_KEYS:
                self.wrong("pipeline_config." + key,
                           "means nothing beside model_path, which applies a saved model")
        if plan.model_output_path:
            self.wrong("model_output_path", "means nothing beside model_path")
        plan.metrics += self.known_metrics(arguments)

    def known_metrics(self, arguments):
        """Those of any task."""
        names = arguments.get("evaluation_metrics")
        known = []
        for name in names if isinstance(names, list) else []:
            found = find_metric(name)
            if found is None:
                self.unknown("evaluation_metrics", name, metric_names(), "unknown metric")
            else:
                known.append(found)
        return known

    def check_targets(self, plan):
        """What exists already is refused now, not after an hour of training."""
        for where, path in (("model_output_path", plan.model_output_path),
                            ("pipeline_config.predictions_path", plan.predictions_path)):
            if not path:
                continue
            try:
                exists = Place(self.context.spark, path).exists()
            except Exception as error:  # no such scheme or host: Hadoop's own words are clear
                self.wrong(where, str(error).split("\n")[0])
                continue
            if exists and not plan.overwrite:
                self.wrong(where, "'%s' exists already; choose another path, or set "
                           "pipeline_config.overwrite to true" % path)
            elif exists and path == plan.model_output_path and not is_model(self.context, path):
                self.wrong(where, "'%s' holds no model, so it is not overwritten; choose another "
                           "path" % path)

    def check_stages(self, arguments, config, plan):
        stages = {name: [] for name in STAGES}
        if plan.predictions_path:
            self.wrong("pipeline_config.predictions_path", "goes with model_path, which is missing")
        if not config.get("stages"):
            self.wrong("pipeline_config.stages",
                       "is missing: a list of {\"type\": ...} with the types " + ", ".join(STAGES))
        for index, stage in enumerate(config.get("stages") or []):
            where = "stages[%d]" % index
            if not isinstance(stage, dict) or not isinstance(stage.get("type"), str):
                self.wrong(where, "should be an object with a type: " + ", ".join(STAGES))
            elif stage["type"] not in stages:
                self.unknown(where, stage["type"], STAGES, "unknown stage type")
            else:
                stages[stage["type"]].append((where, stage))
        for name in STAGES[1:]:
            for where, _ in stages[name][1:]:
                self.wrong(where, "there is a %s stage already" % name)
        for where, stage in stages["feature_engineering"]:
            self.check_features(where, stage, plan)
        training = stages["model_training"][:1]
        evaluation = stages["model_evaluation"][:1] or [("", {})]
        if training:
            self.check_training(training[0], evaluation[0], config, plan)
        elif config.get("stages"):
            self.wrong("pipeline_config.stages", "a model_training stage is missing")
        if plan.algorithm:
            Evaluation(self, plan, arguments, config, *evaluation[0]).check()
        else:
            self.known_metrics(arguments)  # whether they fit the task is not known

    def check_features(self, where, stage, plan):
        """The components of a stage. Parameters beside them belong to the one that knows them."""
        chosen = {}
        loose = {key: value for key, value in stage.items()
                 if key not in COMPONENTS and key not in ("type", "columns")}
        given = {}
        for component in [key for key in stage if key in COMPONENTS]:
            found = self.find_component(where, component, stage[component])
            if found:
                given[component] = found
        for key in list(loose):
            owners = [component for component, found in given.items() if self.knows(found[1], key)]
            if len(owners) > 1:
                self.wrong(where, "'%s' could belong to %s: write {\"%s\": {\"name\": ..., "
                           "\"%s\": ...}}" % (key, quoted(owners), owners[0], key))
            for owner in owners:
                given[owner][2].setdefault(key, loose.get(key))
                loose.pop(key, None)
        for component, (name, step, own) in given.items():
            chosen[component] = Chosen(name, step, self.read_step(
                "%s.%s" % (where, component), name, step, own))
        known = [key for _, step, _ in given.values() for key in self.step_parameters(step)]
        for key in loose if given else ():
            self.unknown(where, key, known + list(COMPONENTS) + ["columns"])
        if not [key for key in stage if key in COMPONENTS]:
            self.wrong(where, "no step in it: give " + ", ".join(COMPONENTS))
        columns = stage.get("columns")
        if columns is not None and not fits("a list of names", columns):
            self.wrong(where + ".columns", "should be a list of names")
            columns = None
        if columns and any(COMPONENTS[key].kind == "" for key in chosen):
            self.wrong(where + ".columns", "selector and pca work on all features")
        plan.steps.append(dict(chosen, columns=columns))

    def check_training(self, training, evaluation, config, plan):
        where, stage = training
        self.keys(where, stage, ("type", "algorithm", "hyperparameters", "param_grid"))
        plan.called = str(stage.get("algorithm", ""))
        found = self.find_algorithm(where, stage.get("algorithm"), config.get("task"))
        if found is None:
            return
        plan.algorithm, implied = found
        plan.task = plan.spec.task
        if config.get("task") not in (None, plan.task):
            if config["task"] in TASKS:
                self.wrong("pipeline_config.task", "%s is for %s" % (plan.called, plan.task))
            else:
                self.unknown("pipeline_config.task", config["task"], TASKS)
        given = stage.get("hyperparameters") or {}
        if not isinstance(given, dict):
            self.wrong(where + ".hyperparameters", "should be an object")
            given = {}
        given = self.take_class_weight(where, dict(given), plan)
        self.check_columns(plan)
        # What the name implies comes first, so that what was given can differ from it.
        plan.parameters = self.read_hyperparameters(where, plan, implied)
        plan.parameters.update(self.read_hyperparameters(where + ".hyperparameters", plan, given))
        grid, owner = stage.get("param_grid"), where
        if grid is None:
            grid, owner = evaluation[1].get("param_grid"), evaluation[0]
        if grid is not None:
            self.check_grid(owner + ".param_grid", grid, plan)

    def takes(self, plan, parameter):
        if parameter == "weightCol" and plan.algorithm in ("FMClassifier", "FMRegressor"):
            return False  # they have it and don't look at it
        return self.probe(plan.spec.package, plan.algorithm).hasParam(parameter)

    def check_columns(self, plan):
        """The columns that only some algorithms have a use for."""
        if plan.weight_column and not self.takes(plan, "weightCol"):
            self.wrong("pipeline_config.weight_column", "%s takes no weights" % plan.called)
        if plan.censor_column and not self.takes(plan, "censorCol"):
            self.wrong("pipeline_config.censor_column", "%s has no use for it" % plan.called)
        elif not plan.censor_column and self.takes(plan, "censorCol"):
            self.wrong("pipeline_config.censor_column",
                       "is missing: a column that is 1 where the event was seen, else 0")
        if plan.positive_label is not None and plan.task != "classification":
            self.wrong("pipeline_config.positive_label", "is for classification")
        if plan.task == "recommendation" and plan.steps:
            self.wrong("pipeline_config.stages", "%s learns from users, items and ratings alone: "
                       "leave out feature_engineering" % plan.called)

    def take_class_weight(self, where, given, plan):
        """class_weight becomes a column of weights: Spark has no such parameter."""
        plan.class_weight = weight = given.pop("class_weight", None)
        if weight is None:
            return given
        where += ".hyperparameters.class_weight"
        is_table = isinstance(weight, dict) and weight and all(
            type(value) in (int, float) and value > 0 for value in weight.values())
        if weight != "balanced" and not is_table:
            self.wrong(where, "should be \"balanced\" or {label: weight}")
        elif plan.task != "classification" or not self.takes(plan, "weightCol"):
            self.wrong(where, "%s takes no weights" % plan.called)
        elif plan.weight_column:
            self.wrong(where, "there is a weight_column already")
        return given

    def read_hyperparameters(self, where, plan, given):
        probe = self.probe(plan.spec.package, plan.algorithm)
        return self.read_parameters(where, plan.called, given, plan.spec.rules, probe)

    def check_grid(self, where, grid, plan):
        """Every combination of the values; each value is checked like a hyperparameter."""
        if not isinstance(grid, dict) or not grid:
            self.wrong(where, "should be {hyperparameter: [values]}")
            return
        points = [{}]
        for name, values in grid.items():
            if not isinstance(values, list) or not values:
                self.wrong("%s.%s" % (where, name), "should be a list of values")
                continue
            choices = [self.read_hyperparameters(where, plan, {name: value}) for value in values]
            points = [dict(point, **choice) for point in points for choice in choices]
            points = points[:MAX_POINTS + 1]
        if len(points) > MAX_POINTS:
            self.wrong(where, "asks for more than %d combinations" % MAX_POINTS)
        plan.grid = points
