"""Suggestions for names that were mistyped."""

import difflib


def nearest(word, names, count=3):
    """The names most like the word, best first; upper and lower case count as the same."""
    spelled = {}
    for name in names:
        spelled.setdefault(str(name).lower(), str(name))
    wanted = str(word).lower()
    found = difflib.get_close_matches(wanted, spelled, count, 0.6)
    # Half a name is no typing error, yet the name it belongs to is what was meant.
    if len(wanted) >= 3:
        found += [name for name in sorted(spelled) if wanted in name and name not in found]
    return [spelled[name] for name in found[:count]]


def quoted(names, last="or"):
    """'a', 'b' or 'c'"""
    words = ["'%s'" % name for name in names]
    return (" %s " % last).join([", ".join(words[:-1]), words[-1]] if words[1:] else words)


def did_you_mean(word, names):
    """did you mean 'a' or 'b'? Empty when nothing is near."""
    found = nearest(word, names)
    return "did you mean %s?" % quoted(found) if found else ""
