"""What is to be done, once it is known to be right."""

from typing import Any, Dict, NamedTuple

from .names import ALGORITHMS
from .steps import Step

SEED = 42


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
        self.rating = [config.get(role + "_column") for role in ("user", "item", "rating")]
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
