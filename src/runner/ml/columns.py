"""Which columns of the data are used, for what, and by which steps."""

from typing import Dict, List, NamedTuple, Optional, Tuple

from pyspark.sql import types as T

from ..context import Refused
from ..identifiers import is_plain
from ..names import quoted
from .kinds import NUMBERS, Kinds
from .names import plain
from .plan import Chosen
from .steps import COMPONENTS, find_step
from .table import Table

LABEL_NAMES = ("label", "target", "class", "y", "category", "outcome")
RATING_NAMES = {  # the columns of ALS
    "user": ("user", "customer", "member", "reviewer", "client", "account", "u"),
    "item": ("item", "movie", "product", "article", "book", "song", "track", "film", "isbn", "i"),
    "rating": ("rating", "stars", "score", "ratings", "value")}
DEFAULT_TERMS = 10000  # vocabulary of a text column for which nothing was asked


class Feature(NamedTuple):
    column: str
    kind: str  # text, numeric, categorical or vector
    steps: Dict[str, Chosen]


class Columns(NamedTuple):
    label: Optional[str]
    features: List[Feature]
    left_out: List[Tuple[str, str]]  # columns that nobody asked for, and why they are not used
    whole: Dict[str, Chosen]  # the steps on all features together: selector, pca
    others: Dict[str, str]  # role (weight, censor, user, item, rating) -> column


def choose_columns(context, plan, df):
    """The columns for a plan; Refused with everything that doesn't fit the data."""
    return _Choice(context, plan, df).choose()


class _Choice:
    def __init__(self, context, plan, df):
        self.context = context
        self.plan = plan
        self.table = Table(df)
        self.types = self.table.types

    def choose(self):
        others = self.find_others()
        label = self.find_label()
        text = self.table.find("text_column", self.plan.text_column)
        if text and not isinstance(self.types[text], T.StringType):
            self.table.problems.append("text_column: '%s' is %s, not text" % (text, self.table.type_of(text)))
        self.table.check()
        if self.plan.task == "recommendation":
            return Columns(label, [], [], {}, others)
        used = {label} | set(others.values())
        asked, candidates = self.find_candidates(used, text)
        kinds = Kinds(self.context, self.plan, self.table, asked, text)
        kinds.find(candidates)
        features = self.give_steps(kinds.found)
        self.table.check()
        if not features:
            raise Refused("no column is left to learn from", "Name columns in feature_columns.",
                          ["'%s' was left out: %s" % column for column in kinds.left_out])
        whole = {key: stage[key] for stage in self.plan.steps for key in ("selector", "pca")
                 if key in stage}
        return Columns(label, features, kinds.left_out, whole, others)

    def find_others(self):
        named = {"weight": self.plan.weight_column, "censor": self.plan.censor_column}
        if self.plan.task == "recommendation":
            named.update((role, name or self.find_likely(role)) for role, name in zip(RATING_NAMES, self.plan.rating))
        found = {role: self.table.find("pipeline_config.%s_column" % role, name)
                 for role, name in named.items() if name}
        found = {role: name for role, name in found.items() if name}
        for role, name in found.items():
            is_id = role in ("user", "item")
            if not is_id and not isinstance(self.types[name], NUMBERS):
                self.table.problems.append("%s_column: '%s' is %s, not a number" % (
                    role, name, self.table.type_of(name)))
            if not is_plain(name):
                self.table.problems.append("%s_column: '%s' has a dot or a backtick in its name, which Spark "
                                     "ML can't take; rename it" % (role, name))
        return found

    def find_likely(self, role):
        """A column whose name says what it is: user_id, movieId, stars. Else the role's own name."""
        by_name = {plain(name): name for name in reversed(list(self.types))}
        return next((by_name[likely + end] for end in ("", "id") for likely in RATING_NAMES[role]
                     if likely + end in by_name), role)

    def find_label(self):
        plan = self.plan
        if plan.task == "recommendation":
            return None
        label = self.table.find("label_column", plan.label_column)
        if plan.task == "clustering" or (plan.label_column and not label):
            return label
        if not label:
            named = [column for name in LABEL_NAMES for column in self.types
                     if column.lower() == name]
            rest = [column for column in self.types if column != plan.text_column]
            label = named[0] if named else rest[0] if len(rest) == 1 and plan.text_column else None
        if not label:
            self.table.problems.append("label_column is missing, and no column is called %s"
                                 % quoted(LABEL_NAMES))
            return None
        kind = self.types[label]
        if plan.task == "regression" and not isinstance(kind, NUMBERS):
            self.table.problems.append(
                "label_column: '%s' is %s, and %s predicts a number; if words such as NA stand for "
                "missing numbers, set pipeline_config.options to {\"nullValue\": \"NA\"}" % (
                    label, self.table.type_of(label), plan.called))
        elif not isinstance(kind, NUMBERS + (T.StringType,)):
            self.table.problems.append("label_column: '%s' is %s, not text or a number" % (
                label, self.table.type_of(label)))
        return label

    def find_candidates(self, used, text):
        """The columns that were named, and all that may become features."""
        asked = [self.table.find("feature_columns", name)
                 for name in self.plan.feature_columns or []]
        for stage in self.plan.steps:
            asked += [self.table.find("feature_engineering.columns", name)
                      for name in stage["columns"] or []]
        for name in asked:
            if name in used:
                self.table.problems.append("'%s' can't be a feature too" % name)
        self.table.check()
        if self.plan.feature_columns:
            candidates = [name for name in self.types if name in asked or name == text]
        elif text and not asked:
            candidates = [text]  # one text column named: that is what to learn from
        else:
            candidates = [name for name in self.types if name not in used]
        return set(asked), candidates

    def give_steps(self, kinds):
        """Each column with the steps that were asked for it, or those it needs."""
        steps = {name: {} for name in kinds}
        for stage in self.plan.steps:
            named = [self.table.find("", column) for column in stage["columns"] or []]
            for key in [key for key in stage if key in COMPONENTS and COMPONENTS[key].kind]:
                wanted = COMPONENTS[key].kind
                taken = [name for name, kind in kinds.items()
                         if kind == wanted and (not named or name in named)]
                if not taken:
                    self.table.problems.append("%s: there is no %s column%s" % (
                        stage[key].name, wanted, " in " + quoted(named, "and") if named else ""))
                for name in taken:
                    if key in steps[name]:
                        self.table.problems.append("'%s' has two steps of one kind: %s and %s" % (
                            name, steps[name][key].name, stage[key].name))
                    steps[name][key] = stage[key]
        for name, kind in kinds.items():
            if kind == "text" and "vectorizer" not in steps[name]:
                steps[name]["vectorizer"] = self.default_vectorizer()
            if kind == "categorical" and "encoder" not in steps[name]:
                steps[name]["encoder"] = default_step("encoder", "OneHotEncoder")
        return [Feature(name, kind, steps[name]) for name, kind in kinds.items()]

    def default_vectorizer(self):
        name = "CountVectorizer" if self.plan.algorithm == "LDA" else "TfidfVectorizer"
        return default_step("vectorizer", name, max_features=DEFAULT_TERMS)


def default_step(component, name, **parameters):
    step = find_step(component, name)
    return Chosen(name, step, dict(step.implied, **parameters))
