"""Algorithms, feature steps and their parameters: by whose names, and whether Spark accepts them."""

import json

from pyspark.ml.param import TypeConverters

from .names import (ALGORITHMS, DEFAULT_METRICS, NOT_ON_SPARK, Layers, Penalty, algorithm_names,
                    find_algorithm, plain, spark_class)
from .steps import COMPONENTS, find_parameter, find_step


KINDS = {
    TypeConverters.toInt: "a whole number", TypeConverters.toFloat: "a number", TypeConverters.toString: "a text",
    TypeConverters.toBoolean: "true or false", TypeConverters.toListInt: "a list of whole numbers",
    TypeConverters.toListFloat: "a list of numbers", TypeConverters.toListString: "a list of texts"}


class Parameters:
    """Reads them, trying values on Spark's own classes; what is wrong goes to the checker."""

    def __init__(self, checker):
        self.checker = checker

    def find_algorithm(self, where, name, task=None):
        found = find_algorithm(name) if isinstance(name, str) else None
        if found is None:
            names = [known for known in algorithm_names() if task not in DEFAULT_METRICS or
                     ALGORITHMS[find_algorithm(known)[0]].task == task]
            self.checker.unknown(where + ".algorithm", name or "", names, "unknown algorithm")
        return found

    def find_component(self, where, component, value):
        """A step is named ("PCA"), described ({"name": "PCA", "k": 5}) or just sized (5)."""
        entry = COMPONENTS[component]
        parameters = {}
        name = value
        if isinstance(value, dict):
            parameters = {key: inner for key, inner in value.items() if key != "name"}
            name = value.get("name", next(iter(entry.steps)))
        elif entry.main and type(value) in (int, float):
            name, parameters = next(iter(entry.steps)), {entry.main: value}
        elif value is True:
            name = next(iter(entry.steps))
        step = find_step(component, name) if isinstance(name, str) else None
        if step is None:
            self.checker.unknown("%s.%s" % (where, component), name, entry.steps)
            return None
        return name, step, parameters

    def probe(self, package, name):
        """An instance of the class, which knows its parameters; None on a Spark without it."""
        found = spark_class(package, name)
        return found() if found else None

    def step_parameters(self, step):
        if step.parameters is not None:
            return list(step.parameters)
        probe = self.probe("feature", step.spark)
        return list(step.rules) + ([name for name in spark_parameters(probe)] if probe else [])

    def knows(self, step, key):
        if step.parameters is not None:
            return find_parameter(step, key) is not None
        return plain(key) in [plain(name) for name in self.step_parameters(step)]

    def read_step(self, where, name, step, given):
        if step.parameters is None:
            probe = self.probe("feature", step.spark)
            if probe is None:
                self.checker.wrong(where, "%s is not in Spark %s" % (name, self.checker.context.spark.version))
                return {}
            return dict(step.implied, **self.read(where, name, given, step.rules, probe))
        read = dict(step.implied)
        for key, value in given.items():
            known = find_parameter(step, key)
            if known is None:
                self.checker.unknown(where, key, step.parameters, "%s has no parameter" % name)
                continue
            wanted = step.parameters[known].check(value)
            if wanted:
                self.checker.wrong("%s.%s" % (where, key), "should be %s, not %s" % (wanted, json.dumps(value)))
            elif known == "token_pattern" and not self.is_pattern(value):
                self.checker.wrong("%s.%s" % (where, key), "%s is no Java regular expression" % json.dumps(value))
            else:
                read[known] = value
        return read

    def is_pattern(self, text):
        try:
            self.checker.context.spark._jvm.java.util.regex.Pattern.compile(text)
            return True
        except Exception:  # PatternSyntaxException, wrapped by py4j
            return False

    def read(self, where, owner, given, rules, probe):
        """Parameters by scikit-learn's names or Spark's, as Spark wants them; checked by Spark."""
        by_rule = {plain(name): rule for name, rule in rules.items()}
        by_spark = {plain(name): name for name in spark_parameters(probe)}
        read = {}
        source = {}
        for name, value in given.items():
            if name in NOT_ON_SPARK:
                self.checker.context.warn("'%s' means nothing on Spark and was left out." % name)
                continue
            rule = by_rule.get(plain(name))
            spark_name = rule.spark if rule else by_spark.get(plain(name))
            if spark_name is None:
                self.checker.unknown(where, name, sorted(set(rules) | set(by_spark.values())),
                             "%s has no parameter" % owner)
                continue
            try:
                value = rule.convert(value) if rule and rule.convert else value
            except (ValueError, TypeError, AttributeError) as error:
                self.checker.wrong("%s.%s" % (where, name), "should be %s, not %s" % (error, json.dumps(value)))
                continue
            for key, part in (value if isinstance(value, dict) and rule and rule.convert
                              else {spark_name: value}).items():
                if key in read:
                    self.checker.wrong(where, "'%s' and '%s' mean the same" % (source[key], name))
                read[key] = self.check_value("%s.%s" % (where, name), probe, key, part)
                source[key] = name
        return read

    def check_value(self, where, probe, name, value):
        """The value; Spark itself says whether it accepts it."""
        if isinstance(value, (Penalty, Layers)) or name in ("layers", "n_init"):
            return value
        if name == "classifier":
            return self.check_base(where, value)
        parameter = probe.getParam(name)
        if value is None:
            self.checker.wrong(where, "null is no value; leave it out for %s" % _default(probe, parameter))
            return value
        kind = KINDS.get(parameter.typeConverter, "")
        try:
            converted = parameter.typeConverter(value)
        except Exception:  # TypeError, ValueError
            self.checker.wrong(where, "should be %s, not %s" % (kind or "another kind of value", json.dumps(value)))
            return value
        try:
            probe._make_java_param_pair(parameter, converted)
        except Exception:  # IllegalArgumentException from the JVM
            doc = " ".join(parameter.doc.split())
            self.checker.wrong(where, "%s is not accepted (%s)" % (json.dumps(value), doc[:200]))
        return value

    def check_base(self, where, value):
        """The classifier inside OneVsRest: Spark's name and its parameters."""
        given = {}
        if isinstance(value, dict):
            self.checker.keys(where, value, ("algorithm", "hyperparameters"))
            given, value = value.get("hyperparameters") or {}, value.get("algorithm")
        found = self.find_algorithm(where, value, "classification")
        if found is None:
            return None
        name, implied = found
        spec = ALGORITHMS[name]
        if spec.task != "classification" or name in ("OneVsRest", "MultilayerPerceptronClassifier"):
            self.checker.wrong(where, "%s can't be used inside OneVsRest" % value)
            return None
        probe = self.probe(spec.package, name)
        return name, self.read(where, name, dict(implied, **given), spec.rules, probe)


def _default(probe, parameter):
    """What Spark takes instead."""
    if not probe.hasDefault(parameter):
        return "none"
    text = "Spark's %s" % json.dumps(probe._defaultParamMap[parameter], default=str)
    return text + ("; trees have at most 30 levels here" if parameter.name == "maxDepth" else "")


def spark_parameters(probe):
    """The parameters of a Spark class that are for users: columns are chosen elsewhere."""
    hidden = ("splitsArray", "numBucketsArray", "initialWeights", "handleInvalid")
    return [parameter.name for parameter in probe.params
            if not parameter.name.endswith(("Col", "Cols")) and parameter.name not in hidden]
