"""transformation_config: what may stand in it, checked as a whole before anything is done."""

import re

from ..context import Refused
from ..numbers import INT_MAX, with_whole
from ..storage.formats import ALIASES, FORMATS, TABLE_FORMATS, hint
from ..storage.writing import MODES

STEPS = ("select", "filter", "derive", "rename", "drop", "cast", "fill", "deduplicate", "aggregate",
         "pivot", "sort", "limit", "sql")
JOIN_TYPES = {
    "inner": "inner", "cross": "cross", "left": "left", "leftouter": "left", "right": "right",
    "rightouter": "right", "outer": "full", "full": "full", "fullouter": "full", "semi": "left_semi",
    "leftsemi": "left_semi", "anti": "left_anti", "leftanti": "left_anti"}

_TEXT, _NUMBER, _YES_NO = "a text", "a whole number", "true or false"
_LIST, _OBJECT, _ANY = "a name or a list of names", "an object", ""
KEYS = {
    # reading
    "read_options": _OBJECT, "schema": _TEXT, "source_format": _TEXT, "view": _TEXT,
    "sample": _NUMBER, "profile": _YES_NO, "version": _NUMBER, "timestamp": _TEXT,
    "history": _YES_NO,
    # steps; what they hold is checked by data_steps
    **{step: _ANY for step in STEPS}, "steps": _ANY,
    # join
    "right": _ANY, "on": _ANY, "how": _TEXT, "suffix": _TEXT,
    # writing
    "mode": _TEXT, "partition_by": _LIST, "write_options": _OBJECT, "files": _NUMBER,
    "merge_keys": _LIST, "target_format": _TEXT,
    # both
    "options": _OBJECT, "counts": _YES_NO, "dry_run": _YES_NO}
RIGHT_KEYS = {"path": _TEXT, "format": _TEXT, "options": _OBJECT, "schema": _TEXT, "on": _ANY,
              "how": _TEXT, "suffix": _TEXT, "version": _NUMBER, "timestamp": _TEXT}
ONLY_READ = ("profile", "history")
ONLY_JOIN = ("right", "on", "how", "suffix")
ONLY_WRITE = ("mode", "partition_by", "write_options", "files", "merge_keys", "target_format")


class Config:
    """The arguments of one manage-data, in order."""

    def __init__(self, arguments):
        config = {key: value for key, value in (arguments.get("transformation_config") or {}).items()
                  if value is not None}
        config = _with_version(with_whole(config, [key for key, kind in KEYS.items() if kind == _NUMBER]))
        if isinstance(config.get("mode"), str):
            config["mode"] = config["mode"].lower()
        self.operation = arguments["operation"]
        self.source = arguments["source_path"].strip()
        self.target = (arguments.get("target_path") or "").strip() or None
        self.problems = []
        self._check(config)
        self.format = arguments.get("format")
        self.problems += check_format_name(self.format, "format")
        self.steps = self._steps(config)
        self.rights = self._rights(config) if self.operation == "join" else []
        if self.problems:
            raise Refused("transformation_config is not right" if len(self.problems) > 1 else
                          self.problems[0], "Correct it; nothing was done.",
                          self.problems if len(self.problems) > 1 else None)
        self.config = config
        self.partition_by = as_list(config.get("partition_by"))
        self.merge_keys = as_list(config.get("merge_keys"))
        self.mode = config.get("mode", "merge" if self.merge_keys else "error")
        self.is_dry = config.get("dry_run", False)

    def get(self, key, default=None):
        return self.config.get(key, default)

    def time_travel(self):
        return time_travel(self.config)

    def _check(self, config):
        self.problems += check_keys(config, KEYS, "")
        operation, present = self.operation, set(config)
        if operation == "read":
            self._refuse(present, STEPS + ("steps",), "is for transform, not for read")
            self._refuse(present, ONLY_WRITE, "is for writing, not for read")
        if operation != "join":
            self._refuse(present, ONLY_JOIN, "is for join")
        if operation != "read":
            self._refuse(present, ONLY_READ, "is for read")
        if operation == "read" and self.target:
            self.problems.append("read has no target_path: use write")
        if operation == "write" and not self.target:
            self.problems.append("write needs a target_path")
        if operation == "join" and not config.get("right"):
            self.problems.append("join needs 'right': the path or table to join with")
        if operation in ("transform", "join") and not self.target:
            self._refuse(present, ONLY_WRITE, "is for writing, and there is no target_path")
        if self.target:
            self._refuse(present, ("view", "sample"), "is for answers without target_path")
        self._check_values(config, present)

    def _check_values(self, config, present):
        for key in ("source_format", "target_format"):
            self.problems += check_format_name(config.get(key), key)
        modes = MODES + ("merge", "errorifexists")
        has_keys, mode = "merge_keys" in present, config.get("mode")
        if isinstance(mode, str) and mode not in modes:
            self.problems.append("unknown mode '%s'%s: %s" % (
                mode, hint(mode, modes), ", ".join(modes[:-1])))
        if (mode == "merge") != has_keys and not (mode is None and has_keys):
            self.problems.append("mode merge and merge_keys belong together")
        if {"version", "timestamp"} <= present:
            self.problems.append("give version or timestamp, not both")
        if "view" in present and not re.match(r"^\w+$", str(config["view"])):
            self.problems.append("'view' is no plain name: '%s'" % config["view"])
        for key, least in (("sample", 0), ("files", 1)):
            value = config.get(key)
            if isinstance(value, int) and value < least:
                self.problems.append("'%s' is less than %d" % (key, least))
            elif isinstance(value, int) and value > INT_MAX:
                self.problems.append("'%s' is more than %d" % (key, INT_MAX))

    def _refuse(self, present, keys, reason):
        self.problems += ["'%s' %s" % (key, reason) for key in keys if key in present]

    def _steps(self, config):
        """(name, value) in the order given: the keys' own, or that of 'steps'."""
        found = [(key, value) for key, value in config.items() if key in STEPS]
        if "steps" not in config:
            return found
        if found:
            self.problems.append("give steps as 'steps' or as keys, not both: " + ", ".join(
                name for name, _ in found))
        steps = config["steps"]
        if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
            self.problems.append("'steps' must be a list of objects such as {\"filter\": \"n > 1\"}")
            return []
        for number, step in enumerate(steps, 1):
            self.problems += check_keys(step, {step: _ANY for step in STEPS}, "step %d: " % number)
        return [(name, value) for step in steps for name, value in step.items()]

    def _rights(self, config):
        rights = config.get("right")
        rights = rights if isinstance(rights, list) else [rights]
        found = []
        for number, right in enumerate(rights, 1):
            where = "right %d: " % number if len(rights) > 1 else "right: "
            right = {"path": right} if isinstance(right, str) else right
            right = _with_version(with_whole(right, ["version"])) if isinstance(right, dict) else right
            problems = check_keys(right, RIGHT_KEYS, where)
            if not problems:
                default = "_right" if number == 1 else "_right%d" % number
                right = {"on": config.get("on"), "how": config.get("how", "inner"),
                         "suffix": config.get("suffix", default), **right}
                problems = _check_right(right, where)
            self.problems += problems
            found.append(right)
        return found


def _with_version(given):
    """The ids of Iceberg's snapshots are told as texts: many readers of JSON would round such numbers."""
    version = given.get("version")
    is_text = isinstance(version, str) and re.fullmatch("[0-9]+", version)
    return {**given, "version": int(version)} if is_text else given


def _check_right(right, where):
    problems = check_format_name(right.get("format"), where + "format")
    if not right.get("path"):
        problems.append(where + "no 'path'")
    how = str(right["how"]).lower().replace("_", "").replace(" ", "")
    if how not in JOIN_TYPES:
        problems.append("%sunknown join type '%s'%s: %s" % (
            where, right["how"], hint(how, JOIN_TYPES), ", ".join(sorted(set(JOIN_TYPES.values())))))
    right["how"] = JOIN_TYPES.get(how)
    on = right["on"]
    if how == "cross" and on:
        problems.append(where + "a cross join has no 'on'")
    elif how != "cross" and not on:
        problems.append(where + "no 'on': columns, {left: right} or an expression")
    elif on and not (isinstance(on, str) or _all_texts(on)):
        problems.append(where + "'on' must be columns, {left: right} or an expression")
    return problems


def time_travel(config):
    """Reader options for an older version, as Delta names them."""
    names = {"version": "versionAsOf", "timestamp": "timestampAsOf"}
    return {option: str(config[key]) for key, option in names.items() if config.get(key) is not None}


def check_keys(config, known, where):
    """Unknown keys, and values of the wrong kind."""
    if not isinstance(config, dict):
        return ["%smust be an object" % where]
    problems = []
    for key, value in config.items():
        if key not in known:
            problems.append("%sunknown key '%s'%s" % (where, key, hint(key, known)))
        elif value is not None and not _is(value, known[key]):
            problems.append("%s'%s' must be %s" % (where, key, known[key]))
    return problems


def check_format_name(name, key):
    if not name or not isinstance(name, str) or name.strip().lower() in FORMATS + TABLE_FORMATS + tuple(ALIASES):
        return []
    return ["%s: unknown format '%s'%s" % (key, name, hint(name, FORMATS + TABLE_FORMATS))]


def _is(value, kind):
    if kind == _NUMBER:
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == _LIST:
        return isinstance(value, str) or (isinstance(value, list) and _all_texts(value))
    types = {_TEXT: str, _YES_NO: bool, _OBJECT: dict}
    return kind not in types or isinstance(value, types[kind])


def _all_texts(values):
    if isinstance(values, dict):
        values = list(values) + list(values.values())
    return isinstance(values, list) and bool(values) and all(isinstance(value, str) for value in values)


def as_list(value):
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]
