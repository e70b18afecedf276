"""How rows are divided to score a model, and by which metrics: checks of the evaluation stage."""

from .check import fits
from .names import DEFAULT_METRICS, METRICS, find_metric, metric_names, plain

TEST_SHARE = 0.2  # held out when no evaluation is asked for
GRID_FOLDS = 3  # for a grid without folds: held-out rows must not choose what they then score
MAX_FOLDS = 50


class Evaluation:
    """The model_evaluation stage, and what pipeline_config says of it."""

    def __init__(self, checker, plan, arguments, config, where, stage):
        self.checker = checker
        self.plan = plan
        self.where = where or "pipeline_config"
        self.stage = stage
        self.split = stage.get("split", config.get("split"))
        self.metrics = arguments.get("evaluation_metrics")
        if self.metrics is None:
            self.metrics = stage.get("metrics")

    def check(self):
        plan, checker = self.plan, self.checker
        checker.keys(self.where, self.stage, (
            "type", "cross_validation", "split", "metrics", "select_by", "param_grid"))
        self.check_folds(self.stage.get("cross_validation"))
        self.check_split(self.split)
        if not plan.algorithm:  # whose task and metrics are not known
            return
        if plan.task == "clustering":
            if plan.folds or self.split is not None:
                checker.wrong(self.where,
                              "clusters are found in all rows: no cross_validation or split")
        elif len(plan.grid) > 1 and not plan.folds:
            plan.folds = GRID_FOLDS
        elif not plan.folds and self.split is None:
            plan.test_share = TEST_SHARE
        self.check_metrics()

    def read(self, where, given, shares, names):
        """An object with a seed and a stratified flag, or just the number."""
        if type(given) in (int, float):
            return {shares[0]: given}
        if not isinstance(given, dict):
            self.checker.wrong(where, "should be an object with " + ", ".join(names))
            return {}
        known = {plain(name): target for name, target in names.items()}
        for key in given:
            if plain(key) not in known:
                self.checker.unknown(where, key, names)
        read = {known[plain(key)]: value for key, value in given.items() if plain(key) in known}
        for key, kind in (("seed", "a whole number"), ("stratified", "true or false")):
            if key in read and not fits(kind, read[key]):
                self.checker.wrong("%s.%s" % (where, key), "should be %s" % kind)
                read.pop(key)
        return read

    def check_folds(self, given):
        if given is None:
            return
        where, plan = self.where + ".cross_validation", self.plan
        read = self.read(where, given, ["folds"], {
            "folds": "folds", "n_splits": "folds", "numFolds": "folds", "seed": "seed",
            "random_state": "seed", "stratified": "stratified"})
        folds = read.get("folds", 5)
        if type(folds) is not int or not 2 <= folds <= MAX_FOLDS:
            self.checker.wrong(where + ".folds",
                               "should be a whole number from 2 to %d" % MAX_FOLDS)
            folds = 2
        plan.folds = folds
        plan.fold_seed = read.get("seed", plan.seed)
        plan.are_folds_stratified = read.get("stratified", True)

    def check_split(self, given):
        if given is None:
            return
        where, plan = self.where + ".split", self.plan
        read = self.read(where, given, ["train"], {
            "train": "train", "train_size": "train", "test": "test", "test_size": "test",
            "seed": "seed", "random_state": "seed", "stratified": "stratified",
            "stratify": "stratified"})
        shares = {key: read[key] for key in ("train", "test") if key in read}
        for key, share in shares.items():
            if type(share) not in (int, float) or not 0 <= share <= 1:
                self.checker.wrong("%s.%s" % (where, key),
                                   "should be a share of the rows, such as 0.8")
                return
        train = shares.get("train", 1 - shares.get("test", TEST_SHARE))
        if not 0 < train <= 1 or ("test" in shares and train + shares["test"] > 1.000001):
            self.checker.wrong(where, "train and test should be shares that make up 1")
        plan.test_share = shares.get("test", 1 - train)
        plan.split_seed = read.get("seed", plan.seed)
        plan.is_split_stratified = read.get("stratified", False)

    def check_metrics(self):
        plan, checker = self.plan, self.checker
        given = self.metrics
        if given is not None and not isinstance(given, list):
            checker.wrong(self.where + ".metrics", "should be a list")
            given = None
        names = given or self.default_metrics()
        for name in names:
            found = self.find_metric("evaluation_metrics", name)
            if found and found not in plan.metrics:
                plan.metrics.append(found)
        plan.select_by = plan.metrics[0] if plan.metrics else ""
        if "select_by" in self.stage:
            plan.select_by = self.find_metric(
                self.where + ".select_by", self.stage["select_by"]) or ""
            if plan.select_by and plan.select_by not in plan.metrics:
                plan.metrics.append(plan.select_by)

    def default_metrics(self):
        if self.plan.algorithm == "LDA":
            return ["logPerplexity"]
        return DEFAULT_METRICS[self.plan.task]

    def find_metric(self, where, name):
        plan = self.plan
        fitting = [known for known in metric_names(plan.task)
                   if (METRICS[known].meaning.startswith("LDA")) == (plan.algorithm == "LDA")]
        if not plan.spec.has_probability and "logLoss" in fitting:
            fitting.remove("logLoss")
        found = find_metric(name)
        if found is None:
            self.checker.unknown(where, name, fitting, "unknown metric")
        elif found == "logLoss" and plan.task == "classification" and found not in fitting:
            self.checker.wrong(
                where, "logLoss needs probabilities, which %s does not give" % plan.called)
            return None
        elif found not in fitting:
            self.checker.wrong(where, "'%s' is no metric of %s: use %s" % (
                name, plan.task if plan.algorithm != "LDA" else "LDA", ", ".join(fitting)))
            return None
        return found
