"""Whole numbers as Spark's JVM takes them."""

INT_MAX = (1 << 31) - 1  # Py4J hands over more than that as a long, which limit() and others don't take


def as_whole(value):
    """2.0 is a whole number in JSON, and a double in Python; what is no whole number stays as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def with_whole(given, names):
    """A copy in which the numbers of these names are whole ones where they can be."""
    return {name: as_whole(value) if name in names else value for name, value in given.items()}
