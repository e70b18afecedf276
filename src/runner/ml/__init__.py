"""The operation of run-ml-pipeline."""
