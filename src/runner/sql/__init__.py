"""The operation of execute-sql."""
