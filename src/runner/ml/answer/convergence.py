"""Whether the fit came to an end: the iterations it used, and what it had reached."""

from ..model import number

UNMOVED = 1e-6  # of the objective at the beginning


def add_convergence(answer, model):
    found = _read(model)
    if not found:
        return
    iterations, history, objective = found
    most = model.getOrDefault("maxIter")
    told = answer.told["convergence"] = {"iterations": iterations, "of": most, "objective": number(objective)}
    if model.hasParam("initMode") or type(model).__name__ == "GaussianMixtureModel":
        told["starts"] = answer.plan.parameters.get("n_init", 1)
    if history and abs(history[0] - history[-1]) <= UNMOVED * abs(history[0]):
        answer.context.warn("The fit did not move from where it began (objective %.6g): scale the features, or try "
                            "another seed." % history[0])
    elif iterations >= most:
        answer.context.warn("The fit used all its %d iterations and may not have settled: raise max_iter." % most)


def _read(model):
    """Iterations, the objective after each, and at the end; None for models that do not tell."""
    if not getattr(model, "hasSummary", False):
        return None
    summary = model.summary() if callable(model.summary) else model.summary
    kind = type(model).__name__
    if kind == "KMeansModel":
        return summary.numIter, [], summary.trainingCost
    if kind == "GaussianMixtureModel":
        return summary.numIter, [], summary.logLikelihood
    if kind == "GeneralizedLinearRegressionModel":
        return summary.numIterations, [], summary.deviance
    history = list(getattr(summary, "objectiveHistory", []))
    return (summary.totalIterations, history, history[-1]) if len(history) > 1 else None
