"""The feature_engineering stages: steps, and which columns they are for."""

from ..names import quoted
from .check import fits
from .parameters import Parameters
from .plan import Chosen
from .steps import COMPONENTS


def check_features(checker, plan, where, stage):
    """The components of a stage. Parameters beside them belong to the one that knows them."""
    parameters = Parameters(checker)
    chosen = {}
    loose = {key: value for key, value in stage.items()
             if key not in COMPONENTS and key not in ("type", "columns")}
    given = {}
    for component in [key for key in stage if key in COMPONENTS]:
        found = parameters.find_component(where, component, stage[component])
        if found:
            given[component] = found
    for key in list(loose):
        owners = [component for component, found in given.items() if parameters.knows(found[1], key)]
        if len(owners) > 1:
            checker.wrong(where, "'%s' could belong to %s: write {\"%s\": {\"name\": ..., "
                          "\"%s\": ...}}" % (key, quoted(owners), owners[0], key))
        for owner in owners:
            given[owner][2].setdefault(key, loose.get(key))
            loose.pop(key, None)
    for component, (name, step, own) in given.items():
        chosen[component] = Chosen(name, step, parameters.read_step(
            "%s.%s" % (where, component), name, step, own))
    known = [key for _, step, _ in given.values() for key in parameters.step_parameters(step)]
    misnamed = [key for key in stage if key in COMPONENTS and key not in given]  # whose parameters they may be
    for key in loose:
        if not any(parameters.knows(step, key) for name in misnamed for step in COMPONENTS[name].steps.values()):
            checker.unknown(where, key, known + list(COMPONENTS) + ["columns"])
    if not [key for key in stage if key in COMPONENTS]:
        checker.wrong(where, "no step in it: give " + ", ".join(COMPONENTS))
    columns = stage.get("columns")
    if columns is not None and not fits("a list of names", columns):
        checker.wrong(where + ".columns", "should be a list of names")
        columns = None
    if columns and any(COMPONENTS[key].kind == "" for key in chosen):
        checker.wrong(where + ".columns", "selector and pca work on all features")
    plan.steps.append(dict(chosen, columns=columns))
