"""Values that are exact in JSON: what Spark or Python gives, made so."""

import json
from decimal import Decimal

from .types import is_object, repeats_names

SAFE = (1 << 53) - 1  # integers beyond it are not exact in a JSON reader that uses doubles


def convert_column(rows, i, convert):
    for row in rows:
        value = row[i]
        if value is not None:
            row[i] = convert(value)


def number(value):
    if value - value == 0:
        return value
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"


def whole(value):
    return value if -SAFE <= value <= SAFE else str(value)


def digits(value):
    return format(value, "f")


# Of JSON that Spark has written (written.py).

def is_exact_but_for_digits(type):
    """Whether only long integers and decimals can need what converter does."""
    if isinstance(type, str):
        return converter(type) in (None, whole, plain)
    kind = type["type"]
    if kind == "array":
        return is_exact_but_for_digits(type["elementType"])
    if kind == "map":
        return is_object(type) and is_exact_but_for_digits(type["valueType"])
    if kind == "struct":
        return not repeats_names(type) and all(
            is_exact_but_for_digits(field["type"]) for field in type["fields"])
    return False


def converter(type):
    """What is left to do with a parsed value that is not null; None: nothing."""
    if isinstance(type, str):
        return {"long": whole, "timestamp": _timestamp, "timestamp_ntz": _timestamp_ntz,
                "decimal": plain, "variant": _exact_integers}.get(type.split("(")[0])
    kind = type["type"]
    if kind == "array":
        return _array_converter(converter(type["elementType"]))
    if kind == "map":
        return _map_converter(type)
    if kind == "struct":
        return _struct_converter(type)
    return _vector


def _array_converter(convert):
    if convert is None:
        return None
    return lambda values: [None if value is None else convert(value) for value in values]


def _map_converter(type):
    convert = converter(type["valueType"]) or _same
    if is_object(type):
        return lambda entries: _object(entries, convert)
    key_of = converter(type["keyType"]) or _same
    return lambda entries: [[key_of(entry["key"]), None if entry["value"] is None else convert(entry["value"])]
                            for entry in entries]


def _object(entries, convert):
    """An object, or pairs where keys that differ have come as one text (written.py)."""
    if isinstance(entries, list):
        return [[key, None if value is None else convert(value)] for key, value in entries]
    return {key: None if value is None else convert(value) for key, value in entries.items()}


def _same(value):
    return value


def _struct_converter(type):
    converters = [converter(field["type"]) for field in type["fields"]]
    names = [field["name"] for field in type["fields"]]
    by_position = repeats_names(type)
    if not by_position and not any(converters):
        return None

    def convert(struct):
        values = [value if value is None or to is None else to(value)
                  for value, to in zip(struct.values(), converters)]
        return values if by_position else dict(zip(names, values))
    return convert


def _timestamp(text):
    """2024-01-31 10:00:00.500000+01:00"""
    seconds, rest = text.split(".")
    return (seconds.replace(" ", "T") + "." + rest[:6].rstrip("0")).rstrip(".") + rest[6:]


def _timestamp_ntz(text):
    return text.replace(" ", "T")


def plain(text):
    """Spark writes 1E-10 where it isn't in ANSI mode."""
    return format(Decimal(text), "f") if "E" in text else text


def _vector(text):
    """[1.0,NaN] becomes an array; (3,[0],[1.0]), a sparse vector, stays as it is."""
    if not text.startswith("["):
        return text
    try:
        return [number(value) for value in json.loads(text)]
    except (ValueError, TypeError):
        return text


def exact_float(text):
    value = float(text)
    return value if Decimal(repr(value)) == Decimal(text) else text


def _exact_integers(value):
    if isinstance(value, list):
        return [_exact_integers(item) for item in value]
    if isinstance(value, dict):
        return {key: _exact_integers(item) for key, item in value.items()}
    return whole(value) if isinstance(value, int) and not isinstance(value, bool) else value
