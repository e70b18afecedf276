"""The reference of run-ml-pipeline's names, printed from the tables that the code uses."""

from .names import ALGORITHMS, METRICS, OTHER_NAMES
from .steps import COMPONENTS


def reference():
    """Markdown: algorithms, hyperparameters, feature steps, metrics."""
    return "\n".join(_algorithms() + _hyperparameters() + _steps() + _metrics())


def _table(title, head, rows):
    return ["### " + title, "", "| %s |" % " | ".join(head), "|%s" % ("---|" * len(head))] + [
        "| %s |" % " | ".join(str(cell).replace("|", "\\|") for cell in row) for row in rows] + [""]


def _code(names):
    return ", ".join("`%s`" % name for name in names)


def _algorithms():
    rows = []
    for name, spec in ALGORITHMS.items():
        others = ["`%s`%s" % (other, " (%s)" % _settings(implied) if implied else "")
                  for other, (target, implied) in OTHER_NAMES.items() if target == name]
        limits = "two classes" if spec.is_binary else ""
        rows.append((spec.task, "`%s`" % name, ", ".join(others), limits))
    return _table("Algorithms", ("task", "Spark", "also", "limits"), rows)


def _settings(parameters):
    return ", ".join("%s %s" % (name, value) for name, value in parameters.items()
                     if value is not None)


def _hyperparameters():
    users = {}
    for name, spec in ALGORITHMS.items():
        for other, rule in spec.rules.items():
            if other != rule.spark or rule.spark == "n_init":
                users.setdefault((other, rule.spark, rule.note), []).append(name)
    rows = [("`%s`" % other, "`%s`" % spark, note, _code(names))
            for (other, spark, note), names in users.items()]
    return _table("Hyperparameters known from scikit-learn (Spark's own names work too)",
                  ("scikit-learn", "Spark", "value", "of"), rows)


def _steps():
    rows = []
    for component, entry in COMPONENTS.items():
        for name, step in entry.steps.items():
            names = step.parameters or step.rules
            own = "" if step.parameters is not None else "`%s`" % step.spark
            rows.append(("`%s`" % component, entry.kind or "all features", "`%s`" % name, own,
                         _code(names), _settings(step.implied)))
    head = ("step", "columns", "name", "Spark", "parameters", "implied")
    return _table("Feature steps", head, rows)


def _metrics():
    rows = []
    for name, metric in METRICS.items():
        meaning = metric.meaning
        if metric.of_many:
            meaning += "; of more than two classes: " + metric.of_many
        rows.append((", ".join(metric.tasks), "`%s`" % name, _code(metric.other_names), meaning))
    return _table("Metrics", ("task", "metric", "also", "meaning"), rows)


if __name__ == "__main__":
    print(reference(), end="")
