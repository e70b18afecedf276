"""What is wrong with a request, collected: all of it is told at once."""

from ..names import did_you_mean


def fits(kind, value):
    if kind == "a whole number":
        return type(value) is int
    if kind == "a list of names":
        return isinstance(value, list) and bool(value) and \
            all(isinstance(name, str) and name for name in value)
    return {"a text": isinstance(value, str) and bool(value),
            "true or false": isinstance(value, bool), "an object": isinstance(value, dict),
            "a list": isinstance(value, list),
            "a label": isinstance(value, (str, int, float))}[kind]


class Checker:
    def __init__(self, context):
        self.context = context
        self.problems = []

    def wrong(self, where, what):
        problem = "%s: %s" % (where, what)
        if problem not in self.problems:
            self.problems.append(problem)

    def unknown(self, where, word, names, what="unknown"):
        """A name that is not known, with the nearest that are, or else all of them."""
        names = list(names)
        self.wrong(where, "%s '%s': %s" % (
            what, word, did_you_mean(word, names) or "use " + ", ".join(names[:20])))

    def keys(self, where, given, known):
        for key in given:
            if key not in known:
                self.unknown(where, key, known)

    def types(self, where, given, kinds):
        """What is of another type is told, and then treated as if it was not there."""
        for key, kind in kinds.items():
            if given.get(key) is not None and not fits(kind, given[key]):
                self.wrong(where + key, "should be %s" % kind)
                given.pop(key)
