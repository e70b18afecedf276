"""Parameters and steps in a few words."""

from ..names import Penalty

STEP_ORDER = ("imputer", "discretizer", "polynomial", "scaler", "encoder", "vectorizer")


def shown(point):
    """Parameters as they were given."""
    return {value.kind if isinstance(value, Penalty) else name:
            value.value if isinstance(value, Penalty) else value for name, value in point.items()}


def settings_text(parameters):
    """maxDepth 5, numTrees 100; of a classifier in OneVsRest its name."""
    given = {name: value for name, value in shown(parameters).items()
             if value is not None and value is not False}
    texts = ["%s %s" % (name, value[0] if isinstance(value, tuple) else value)
             for name, value in given.items()]
    return ", ".join(texts)[:200]


def step_text(chosen):
    parameters = settings_text(chosen.parameters)
    return "%s (%s)" % (chosen.name, parameters) if parameters else chosen.name


def steps_of(feature):
    steps = [step_text(feature.steps[key]) for key in STEP_ORDER if key in feature.steps]
    return ", ".join(steps) or "as it is"
