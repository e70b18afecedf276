"""Errors as data, with what to do next."""
