"""Which columns of the data are used, for what, and by which steps."""

from typing import Dict, List, NamedTuple, Optional, Tuple

from pyspark.sql import functions as F
from pyspark.sql import types as T

from ..context import Refused
from ..identifiers import column, is_plain
from ..names import did_you_mean, quoted
from .config import Chosen
from .steps import COMPONENTS, find_step

LABEL_NAMES = ("label", "target", "class", "y", "category", "outcome")
TEXT_NAMES = ("text", "message", "content", "document", "body", "review", "comment", "sentence")
DEFAULT_TERMS = 10000  # vocabulary of a text column for which nothing was asked
MANY = 1000  # values of a text column that is still taken as a category
NUMBERS = (T.NumericType, T.BooleanType)


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
        self.df = df
        self.types = {field.name: field.dataType for field in df.schema.fields}
        self.problems = []

    def choose(self):
        others = self.find_others()
        label = self.find_label()
        text = self.find_named("text_column", self.plan.text_column)
        if text and not isinstance(self.types[text], T.StringType):
            self.problems.append("text_column: '%s' is %s, not text" % (text, self.type_of(text)))
        self.check_problems()
        if self.plan.task == "recommendation":
            return Columns(label, [], [], {}, others)
        used = {label} | set(others.values())
        asked, candidates = self.find_candidates(used, text)
        kinds, left_out = self.find_kinds(candidates, asked, text)
        features = self.give_steps(kinds)
        self.check_problems()
        if not features:
            raise Refused("no column is left to learn from", "Name columns in feature_columns.",
                          ["'%s' was left out: %s" % column for column in left_out])
        whole = {key: stage[key] for stage in self.plan.steps for key in ("selector", "pca")
                 if key in stage}
        return Columns(label, features, left_out, whole, others)

    def check_problems(self):
        if self.problems:
            columns = ", ".join("%s %s" % (name, self.type_of(name))
                                for name in list(self.types)[:40])
            raise Refused("the pipeline does not fit the data", "Its columns are %s." % columns,
                          self.problems)

    def type_of(self, column):
        return self.types[column].simpleString()[:40]

    def find_named(self, where, name):
        """The column of that name; upper and lower case count as the same, as in Spark."""
        if not name:
            return None
        found = [name] if name in self.types else \
            [column for column in self.types if column.lower() == name.lower()]
        if not found:
            self.problems.append(", ".join(part for part in (
                "%s: no column '%s'" % (where, name), did_you_mean(name, self.types)) if part))
            return None
        if self.df.columns.count(found[0]) > 1:
            self.problems.append("%s: there are two columns '%s'" % (where, found[0]))
        return found[0]

    def find_others(self):
        named = {"weight": self.plan.weight_column, "censor": self.plan.censor_column}
        if self.plan.task == "recommendation":
            named.update(zip(("user", "item", "rating"), self.plan.rating))
        found = {role: self.find_named("pipeline_config.%s_column" % role, name)
                 for role, name in named.items() if name}
        found = {role: name for role, name in found.items() if name}
        for role, name in found.items():
            is_id = role in ("user", "item")
            if not is_id and not isinstance(self.types[name], NUMBERS):
                self.problems.append("%s_column: '%s' is %s, not a number" % (
                    role, name, self.type_of(name)))
            if not is_plain(name):
                self.problems.append("%s_column: '%s' has a dot or a backtick in its name, which Spark "
                                     "ML can't take; rename it" % (role, name))
        return found

    def find_label(self):
        plan = self.plan
        if plan.task == "recommendation":
            return None
        label = self.find_named("label_column", plan.label_column)
        if plan.task == "clustering" or (plan.label_column and not label):
            return label
        if not label:
            named = [column for name in LABEL_NAMES for column in self.types
                     if column.lower() == name]
            rest = [column for column in self.types if column != plan.text_column]
            label = named[0] if named else rest[0] if len(rest) == 1 and plan.text_column else None
        if not label:
            self.problems.append("label_column is missing, and no column is called %s"
                                 % quoted(LABEL_NAMES))
            return None
        kind = self.types[label]
        if plan.task == "regression" and not isinstance(kind, NUMBERS):
            self.problems.append(
                "label_column: '%s' is %s, and %s predicts a number; if words such as NA stand for "
                "missing numbers, set pipeline_config.options to {\"nullValue\": \"NA\"}" % (
                    label, self.type_of(label), plan.called))
        elif not isinstance(kind, NUMBERS + (T.StringType,)):
            self.problems.append("label_column: '%s' is %s, not text or a number" % (
                label, self.type_of(label)))
        return label

    def find_candidates(self, used, text):
        """The columns that were named, and all that may become features."""
        asked = [self.find_named("feature_columns", name)
                 for name in self.plan.feature_columns or []]
        for index, stage in enumerate(self.plan.steps):
            asked += [self.find_named("feature_engineering.columns", name)
                      for name in stage["columns"] or []]
        for name in asked:
            if name in used:
                self.problems.append("'%s' can't be a feature too" % name)
        self.check_problems()
        if self.plan.feature_columns:
            candidates = [name for name in self.types if name in asked or name == text]
        elif text and not asked:
            candidates = [text]  # one text column named: that is what to learn from
        else:
            candidates = [name for name in self.types if name not in used]
        return set(asked), candidates

    def find_kinds(self, candidates, asked, text):
        """The kind of each candidate: from what was asked, its type, or a look at its values."""
        kinds = {}
        left_out = []
        unsure = []
        for name in candidates:
            named = self.named_kind(name)
            kind = self.types[name]
            if name == text:
                kinds[name] = "text"
            elif named:
                kinds[name] = named
            elif isinstance(kind, NUMBERS):
                kinds[name] = "numeric"
            elif type(kind).__name__ == "VectorUDT" and is_plain(name):
                kinds[name] = "vector"
            elif isinstance(kind, T.StringType):
                unsure.append(name)
            elif name in asked:
                self.problems.append("'%s' is %s, of which no feature is made; derive a number or "
                                     "text from it first" % (name, self.type_of(name)))
            else:
                left_out.append((name, self.type_of(name)))
        if unsure:
            self.judge(unsure, asked, text, kinds, left_out)
        return {name: kinds[name] for name in candidates if name in kinds}, left_out

    def named_kind(self, name):
        """What the steps that name this column make of it."""
        is_number = isinstance(self.types[name], NUMBERS)
        for stage in self.plan.steps:
            if name not in [self.find_named("", column) for column in stage["columns"] or []]:
                continue
            found = {COMPONENTS[key].kind for key in stage if key in COMPONENTS}
            if is_number and "numeric" in found:
                return "numeric"
            for kind in ("text", "categorical"):
                if kind in found and (not is_number or kind == "categorical"):
                    return kind
        return ""

    def judge(self, unsure, asked, text, kinds, left_out):
        """Text or category? A vectoriser without columns takes the one that must be meant."""
        wants_text = not text and any("vectorizer" in stage and not stage["columns"]
                                      for stage in self.plan.steps)
        if wants_text:
            named = [name for likely in TEXT_NAMES for name in unsure if name.lower() == likely]
            meant = named[:1] or (unsure if len(unsure) == 1 else [])
            for name in meant:
                kinds[name] = "text"
            unsure = [name for name in unsure if name not in meant]
        if not unsure:
            return
        self.context.enter("looking at the text columns")
        rows, looks = _look(self.df, unsure)
        for name in unsure:
            distinct, words = looks[name]
            few = distinct <= MANY and distinct <= max(rows / 2, 1)
            if words >= 3 and (not few or distinct > 50):
                kinds[name] = "text"
            elif few or name in asked:
                kinds[name] = "categorical"
            else:
                left_out.append((name, "about %d different values" % distinct))

    def give_steps(self, kinds):
        """Each column with the steps that were asked for it, or those it needs."""
        steps = {name: {} for name in kinds}
        for stage in self.plan.steps:
            named = [self.find_named("", column) for column in stage["columns"] or []]
            for key in [key for key in stage if key in COMPONENTS and COMPONENTS[key].kind]:
                wanted = COMPONENTS[key].kind
                taken = [name for name, kind in kinds.items()
                         if kind == wanted and (not named or name in named)]
                if not taken:
                    self.problems.append("%s: there is no %s column%s" % (
                        stage[key].name, wanted, " in " + quoted(named, "and") if named else ""))
                for name in taken:
                    if key in steps[name]:
                        self.problems.append("'%s' has two steps of one kind: %s and %s" % (
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


def _look(df, names):
    """Rows; of each text column the number of different values and the mean number of words."""
    measures = [F.count(F.lit(1))]
    for name in names:
        words = F.size(F.split(F.trim(column(name)), "\\s+"))
        measures += [F.approx_count_distinct(column(name)), F.avg(words)]
    found = df.agg(*measures).first()
    return found[0], {name: (found[2 * index + 1], found[2 * index + 2] or 0)
                      for index, name in enumerate(names)}
