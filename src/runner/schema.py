"""The columns of a schema of Java's as Spark's JSON has them: name, type, nullable, metadata; so no type is unknown to
Python."""

import json

AT_ONCE = 64  # columns


def fields_of(schema):
    """Some at once: of an answer above 8 KiB Py4J's second write waits for the first to be acknowledged, which Linux puts
    off for 40 ms."""
    count, parts = schema.length(), [schema]
    if count > AT_ONCE:
        fields = schema.fields()
        parts = [schema.copy(fields[start:start + AT_ONCE]) for start in range(0, count, AT_ONCE)]
    return [field for part in parts for field in json.loads(part.json())["fields"]]
