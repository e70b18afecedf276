"""The hidden folder beside a target in which a write is made, .NAME.OPERATION: the data, and a sign of life.

A driver that is killed leaves it there. The next write to the same target removes it, if its owner is dead:
its process is gone from this machine, or the sign was not renewed for a while by the storage's own clock (which
may jump: of a process that runs here it is looked at again).
Other servers may write to the same target meanwhile, from here or elsewhere; an owner whose folder was
taken away all the same, as after a long sleep, moves nothing into place.
"""

import json
import os
import threading
import time

from ..context import Refused
from .files import Place

SIGN = "_alive"
RENEWED = 30  # seconds
DEAD_AFTER = 600  # seconds without renewal
OPERATION = "op-"  # how the ids of operations begin


class Staging:
    """with Staging(context, target) as staging: write to staging.data, then put_in_place."""

    def __init__(self, context, target):
        self.context, self.target = context, target
        self.folder = target.sibling(".%s.%s" % (target.name, context.operation_id))
        self.data = self.folder.child("data")
        self.old = target.sibling(self.folder.name + ".old")
        self._sign = self.folder.child(SIGN)
        self._ended = threading.Event()

    def __enter__(self):
        self._renew()
        self.folder.delete_on_exit()  # of what exists only
        self.context.write_to(self.folder.uri)
        threading.Thread(target=self._keep_alive, daemon=True).start()
        try:
            clear_dead(self.context, self.target, self._sign.modified())
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(self, kind, error, traceback):
        self._ended.set()
        self.folder.delete()
        self.context.write_to("")
        if kind is None:  # else a task that ends late may still write there: once more when the driver ends
            self.folder.keep_on_exit()

    def is_there(self):
        return self._sign.exists()

    def _renew(self):
        self._sign.write(json.dumps({"machine": _machine(), "process": os.getpid(), "started": _started(os.getpid())}))

    def _keep_alive(self):
        while not self._ended.wait(RENEWED):
            try:
                if self.is_there():
                    self._renew()
            except Exception:  # the storage may be back next time
                pass


def clear_dead(context, target, now):
    """Removes what dead writes to the target have left; now: by the storage's clock, in ms."""
    for entry in left_beside(target):
        if entry.name.endswith("." + context.operation_id):
            continue
        place = Place(context.spark, entry.path)
        try:
            if entry.name.endswith(".old"):
                _tell_old(context, target, place)
            elif _is_dead(context, place.child(SIGN), now):
                place.delete()
                context.warn("'%s' was removed: a write that was cut off had left it." % place)
        except Exception as error:
            context.warn("'%s' was left by a write that was cut off, and could not be removed: %s." % (
                place, str(error).split("\n")[0]))


def left_beside(target):
    """Folders of unfinished writes to the target, and the old data of overwrites (.old)."""
    if target.is_root or target.is_glob:
        return []
    return [entry for entry in target.sibling(".%s.%s*" % (target.name, OPERATION)).entries() if entry.is_folder]


def _tell_old(context, target, place):
    """The old data of an overwrite that is going on, or was cut off between its last two steps."""
    owner = Place(context.spark, place.uri[:-len(".old")])
    if not owner.exists():
        context.warn("'%s' is what lay at '%s' before an overwrite that was cut off: delete it when it is of no "
                     "use." % (place, target))


def _is_dead(context, sign, now):
    """Without a sign it is no folder of this kind, or one that is being removed."""
    if not sign.exists():
        return False
    renewed = sign.modified()
    is_old = now - renewed > 1000 * DEAD_AFTER
    try:
        owner = json.loads(sign.head(4096))
    except ValueError:  # it is just being renewed, or was cut off while it was
        owner = {}
    if not owner.get("machine") or owner["machine"] != _machine():
        return is_old
    if not _runs(owner["process"], owner["started"]):
        return True
    return is_old and not _is_renewed(context, sign, renewed)


def _is_renewed(context, sign, before):
    """Of an owner that runs here: the clock may have jumped, so its sign is looked at again."""
    phase = context.phase
    context.enter("looking whether another write goes on")
    end = time.monotonic() + 1.2 * RENEWED
    while sign.exists() and sign.modified() == before and time.monotonic() < end:
        context.check()
        time.sleep(0.2)
    context.phase = phase
    return not sign.exists() or sign.modified() != before


def _runs(process, began):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # another user's
        pass
    now = _started(process)
    return not (now and began) or now == began


def _machine():
    """What process ids are unique in: a boot of a machine and a namespace; empty where that can't be told."""
    try:
        with open("/proc/sys/kernel/random/boot_id") as file:
            return "%s %s" % (file.read().strip(), os.readlink("/proc/self/ns/pid"))
    except OSError:
        return ""


def _started(process):
    """When a process was started, in the kernel's ticks; empty: not known."""
    try:
        with open("/proc/%d/stat" % process) as file:
            return file.read().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def put_in_place(context, staging, exists):
    """What is complete takes the place of its target; what was there goes when that is done."""
    target, old = staging.target, staging.old
    if exists and target.is_copied_by_rename:
        context.warn(
            "On %s a rename copies file by file: until it was done, readers of '%s' could see "
            "it missing or in part." % (target.scheme, target))
    if not staging.is_there():
        raise Refused("what was written for '%s' was removed meanwhile" % target, "Try again; the target is as it was.")
    if exists:
        _rename(target, old)
    try:
        if target.exists():
            kept = "; the data that was there before is in '%s'" % old if exists else ""
            raise Refused("'%s' was made by someone else meanwhile%s" % (target, kept),
                          "Look at what is there, then choose a save mode.")
        _rename(staging.data, target)
    except Exception:
        if exists and not target.exists():
            _rename(old, target)
        raise
    if exists:
        try:
            old.delete()
        except Exception as error:
            context.warn("The replaced data could not be deleted and is still in '%s': %s." % (
                old, str(error).split("\n")[0]))


def _rename(source, target):
    if not source.rename(target):
        raise OSError("could not rename '%s' to '%s'" % (source, target))
