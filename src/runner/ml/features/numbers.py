"""Columns of numbers: those with the same steps go through them together."""


def add_numbers(builder, features, inputs):
    groups = {}
    for feature in features:
        key = tuple(sorted((key, id(chosen)) for key, chosen in feature.steps.items()))
        groups.setdefault(key, []).append(feature)
    for group in groups.values():
        _add_group(builder, [f.column for f in group], inputs, group[0].steps)


def _add_group(builder, columns, inputs, steps):
    names = [inputs[column] for column in columns]
    for key, suffix in (("imputer", "filled"), ("discretizer", "bucket")):
        if key in steps:
            outputs = [builder.names.new("%s_%s" % (column, suffix)) for column in columns]
            _add_columnwise(builder, key, steps[key], names, outputs)
            names = outputs
    if not ("polynomial" in steps or "scaler" in steps):
        for column, name in zip(columns, names):
            builder.add_number(name, column)
        return
    output, labels = builder.assemble("numbers", names), columns
    if "polynomial" in steps:
        output, before = builder.names.new("polynomial"), output
        at = builder.make("PolynomialExpansion", steps["polynomial"].parameters,
                          inputCol=before, outputCol=output)
        labels = expansion(columns, builder.steps[at].getDegree())
    if "scaler" in steps:
        output, before = builder.names.new("scaled"), output
        chosen = steps["scaler"]
        builder.make(chosen.step.spark, chosen.parameters, inputCol=before, outputCol=output)
    builder.add_piece(output, lambda fitted: len(labels), lambda fitted, place: labels[place])


def _add_columnwise(builder, key, chosen, names, outputs):
    parameters = dict(chosen.parameters)
    if key == "imputer":
        builder.make("Imputer", parameters, inputCols=names, outputCols=outputs)
    elif "splits" in parameters:
        splits = parameters.pop("splits")
        builder.make("Bucketizer", parameters, inputCols=names, outputCols=outputs,
                     splitsArray=[splits] * len(names), handleInvalid="keep")
    else:
        builder.make(chosen.step.spark, parameters, inputCols=names, outputCols=outputs,
                     handleInvalid="keep")


def expansion(names, degree):
    """The names of a polynomial expansion, in the order of Spark's PolynomialExpansion."""
    found = []

    def expand(last, left, powers):
        if left == 0 or last < 0:
            found.append(" ".join(names[i] if power == 1 else "%s^%d" % (names[i], power)
                                  for i, power in sorted(powers.items()) if power))
            return
        for power in range(left + 1):
            expand(last - 1, left - power, {**powers, last: power})

    expand(len(names) - 1, degree, {})
    return found[1:]  # without the constant
