"""What run-ml-pipeline tells: what was learned from what, how good it is, and how to use it."""
