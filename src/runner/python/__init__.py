"""The operation of run-python."""
