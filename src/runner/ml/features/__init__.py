"""From columns to one vector: the feature stages of a pipeline, a file for each kind of column.

Stages that learn nothing (casts, words, n-grams) come first: they run once, before the folds.
What learns from the data (vocabularies, means, scales) is fitted on the training rows of each fold.
All of them are Spark ML's own, so that a saved pipeline is an ordinary one.
"""
