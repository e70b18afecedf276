"""The model_training stage: the algorithm, its hyperparameters, and the grid of them."""

from .names import DEFAULT_METRICS
from .parameters import Parameters

TASKS = tuple(DEFAULT_METRICS)
MAX_POINTS = 200  # of a parameter grid


class Training:
    def __init__(self, checker, plan, where, stage):
        self.checker = checker
        self.parameters = Parameters(checker)
        self.plan = plan
        self.where = where
        self.stage = stage

    def check(self, config, evaluation):
        where, stage, plan, checker = self.where, self.stage, self.plan, self.checker
        checker.keys(where, stage, ("type", "algorithm", "hyperparameters", "param_grid"))
        plan.called = str(stage.get("algorithm", ""))
        found = self.parameters.find_algorithm(where, stage.get("algorithm"), config.get("task"))
        if found is None:
            if config.get("task") is not None and config["task"] not in TASKS:
                checker.unknown("pipeline_config.task", config["task"], TASKS)
            return
        plan.algorithm, implied = found
        plan.task = plan.spec.task
        if config.get("task") not in (None, plan.task):
            if config["task"] in TASKS:
                checker.wrong("pipeline_config.task", "%s is for %s" % (plan.called, plan.task))
            else:
                checker.unknown("pipeline_config.task", config["task"], TASKS)
        given = stage.get("hyperparameters") or {}
        if not isinstance(given, dict):
            checker.wrong(where + ".hyperparameters", "should be an object")
            given = {}
        given = self.take_class_weight(dict(given))
        self.check_columns()
        # What the name implies comes first, so that what was given can differ from it.
        plan.parameters = self.read(where, implied)
        plan.parameters.update(self.read(where + ".hyperparameters", given))
        grid, owner = stage.get("param_grid"), where
        if grid is None:
            grid, owner = evaluation[1].get("param_grid"), evaluation[0]
        if grid is not None:
            self.check_grid(owner + ".param_grid", grid)

    def takes(self, parameter):
        plan = self.plan
        if parameter == "weightCol" and plan.algorithm in ("FMClassifier", "FMRegressor"):
            return False  # they have it and don't look at it
        return self.parameters.probe(plan.spec.package, plan.algorithm).hasParam(parameter)

    def check_columns(self):
        """The columns that only some algorithms have a use for."""
        plan = self.plan
        if plan.weight_column and not self.takes("weightCol"):
            self.checker.wrong("pipeline_config.weight_column", "%s takes no weights" % plan.called)
        if plan.censor_column and not self.takes("censorCol"):
            self.checker.wrong("pipeline_config.censor_column", "%s has no use for it" % plan.called)
        elif not plan.censor_column and self.takes("censorCol"):
            self.checker.wrong("pipeline_config.censor_column",
                               "is missing: a column that is 1 where the event was seen, else 0")
        if plan.positive_label is not None and plan.task != "classification":
            self.checker.wrong("pipeline_config.positive_label", "is for classification")
        if plan.task == "recommendation" and plan.steps:
            self.checker.wrong("pipeline_config.stages", "%s learns from users, items and ratings alone: "
                               "leave out feature_engineering" % plan.called)

    def take_class_weight(self, given):
        """class_weight becomes a column of weights: Spark has no such parameter."""
        plan = self.plan
        plan.class_weight = weight = given.pop("class_weight", None)
        if weight is None:
            return given
        where = self.where + ".hyperparameters.class_weight"
        is_table = isinstance(weight, dict) and weight and all(
            type(value) in (int, float) and value > 0 for value in weight.values())
        if weight != "balanced" and not is_table:
            self.checker.wrong(where, "should be \"balanced\" or {label: weight}")
        elif plan.task != "classification" or not self.takes("weightCol"):
            self.checker.wrong(where, "%s takes no weights" % plan.called)
        elif plan.weight_column:
            self.checker.wrong(where, "there is a weight_column already")
        return given

    def read(self, where, given):
        plan = self.plan
        probe = self.parameters.probe(plan.spec.package, plan.algorithm)
        return self.parameters.read(where, plan.called, given, plan.spec.rules, probe)

    def check_grid(self, where, grid):
        """Every combination of the values; each value is checked like a hyperparameter."""
        if not isinstance(grid, dict) or not grid:
            self.checker.wrong(where, "should be {hyperparameter: [values]}")
            return
        points = [{}]
        for name, values in grid.items():
            if not isinstance(values, list) or not values:
                self.checker.wrong("%s.%s" % (where, name), "should be a list of values")
                continue
            choices = [self.read(where, {name: value}) for value in values]
            points = [dict(point, **choice) for point in points for choice in choices]
            points = points[:MAX_POINTS + 1]
        if len(points) > MAX_POINTS:
            self.checker.wrong(where, "asks for more than %d combinations" % MAX_POINTS)
        self.plan.grid = points
