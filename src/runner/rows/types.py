"""Types of columns as Spark's JSON writes them, a name or an object, so that none is unknown to Python."""

from .. import schema

NAMES = {"integer": "int", "long": "bigint", "short": "smallint", "byte": "tinyint"}
WHOLE = ("byte", "short", "integer", "long")


def fields_of(df):
    return [(field["name"], field["type"]) for field in schema.fields_of(df._jdf.schema())]


def spell(type):
    """Spark's simpleString."""
    if isinstance(type, str):
        return NAMES.get(type, type)
    kind = type["type"]
    if kind == "array":
        return "array<%s>" % spell(type["elementType"])
    if kind == "map":
        return "map<%s,%s>" % (spell(type["keyType"]), spell(type["valueType"]))
    if kind == "struct":
        return "struct<%s>" % ",".join(
            "%s:%s" % (field["name"], spell(field["type"])) for field in type["fields"])
    name = (type.get("pyClass") or type.get("class") or kind).rsplit(".", 1)[-1]
    return name[:-3].lower() if name.endswith("UDT") else name


def is_text(type):
    return isinstance(type, str) and type.split("(")[0].split(" ")[0] in ("string", "char", "varchar")


def is_geospatial(type):
    return isinstance(type, str) and type.startswith(("geometry", "geography"))


def holds(type, wanted):
    if isinstance(type, str):
        return type.split("(")[0] == wanted
    return any(holds(part, wanted) for part in parts_of(type))


def is_object(map):
    """Whether it is an object in JSON; else its entries are pairs. An empty one may have void keys."""
    return is_text(map["keyType"]) or map["keyType"] == "void"


def has_pairs(type):
    """Whether there is a map in it that is no object."""
    if isinstance(type, str):
        return False
    return (type["type"] == "map" and not is_object(type)) or any(map(has_pairs, parts_of(type)))


def has_objects(type):
    """Whether there is a map in it that is an object."""
    if isinstance(type, str):
        return False
    return (type["type"] == "map" and is_object(type)) or any(map(has_objects, parts_of(type)))


def parts_of(type):
    """The types that a nested one is made of."""
    parts = [type.get(key) for key in ("elementType", "keyType", "valueType")]
    return [part for part in parts if part] + [field["type"] for field in type.get("fields", [])]


def repeats_names(struct):
    names = [field["name"] for field in struct["fields"]]
    return len(set(names)) < len(names)
