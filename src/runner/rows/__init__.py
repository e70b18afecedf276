"""Rows of a DataFrame as JSON: exact, typed, bounded (reading.py says what becomes what)."""

from .caps import encode, size
from .reading import columns_of, read

__all__ = ["columns_of", "encode", "read", "size"]
