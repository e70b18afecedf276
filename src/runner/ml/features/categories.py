"""Columns of categories, and the ids of a recommendation: texts become indexes, and those vectors."""


def add_categories(builder, features, inputs):
    if not features:
        return
    texts = [inputs[feature.column] for feature in features]
    indexes = [builder.names.new(feature.column + "_index") for feature in features]
    # Values that were not seen in training, and nulls, become one more category.
    indexer = builder.make("StringIndexer", {}, inputCols=texts, outputCols=indexes,
                           handleInvalid="keep", stringOrderType="frequencyDesc")
    for place, feature in enumerate(features):
        chosen = feature.steps["encoder"]
        if chosen.step.spark == "StringIndexer":
            builder.add_number(indexes[place], feature.column)
        elif chosen.step.spark == "TargetEncoder":
            _add_target(builder, feature, indexes[place])
        else:
            _add_one_hot(builder, feature, indexes[place], indexer, place)


def _add_target(builder, feature, index):
    output = builder.names.new(feature.column + "_target")
    builder.make("TargetEncoder", feature.steps["encoder"].parameters, inputCols=[index],
                 outputCols=[output], handleInvalid="keep")
    builder.add_number(output, feature.column)


def _add_one_hot(builder, feature, index, indexer, place):
    output = builder.names.new(feature.column + "_onehot")
    at = builder.make("OneHotEncoder", feature.steps["encoder"].parameters,
                      inputCols=[index], outputCols=[output])
    drops = builder.steps[at].getDropLast()  # the last is the category of unseen values
    values = lambda fitted: fitted[indexer].labelsArray[place]  # noqa: E731
    builder.add_piece(
        output, lambda fitted: len(values(fitted)) + (0 if drops else 1),
        lambda fitted, i: "%s=%s" % (feature.column, (list(values(fitted)) + ["(unseen)"])[i]))


def add_ids(builder, df, columns):
    """Users and items as numbers, which ALS needs. The unseen get no prediction."""
    texts = {role: columns[role] for role in ("user", "item")
             if dict(df.dtypes)[columns[role]] == "string"}
    ids = {role: builder.names.new(column + "_index") for role, column in texts.items()}
    if ids:
        builder.make("StringIndexer", {}, inputCols=list(texts.values()),
                     outputCols=list(ids.values()), handleInvalid="keep")
    return {role: ids.get(role, columns[role]) for role in ("user", "item")}
