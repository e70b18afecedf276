"""The operation of manage-data."""
