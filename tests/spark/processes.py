"""What /proc says about processes: who runs, with which arguments and environment."""

import os
import socket
import sys
import time
from pathlib import Path


def read(pid, name):
    try:
        return Path("/proc/%d/%s" % (pid, name)).read_bytes()
    except OSError:  # ended in the meantime, or not ours to read
        return b""


def all_pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def is_alive(pid):
    """A zombie is not alive: only its parent has not asked for it yet."""
    status = read(pid, "stat").rpartition(b")")[2].split()
    return bool(status) and status[0] not in (b"Z", b"X")


def started(pid):
    """Clock ticks since boot, so that a pid used again is not taken for the old process."""
    status = read(pid, "stat").rpartition(b")")[2].split()
    return status[19] if status else None


def parents():
    table = {}
    for pid in all_pids():
        status = read(pid, "stat").rpartition(b")")[2].split()
        if status:
            table[pid] = int(status[1])
    return table


def descendants(pid):
    table = parents()
    found, new = set(), {pid}
    while new:
        new = {child for child, parent in table.items() if parent in new} - found
        found |= new
    return found


def with_text(text, place):
    """Live processes whose cmdline or environ (as it was when they started) holds the text."""
    text = text.encode()
    own = os.getpid()
    return {pid for pid in all_pids() if pid != own and text in read(pid, place) and is_alive(pid)}


def in_folder(folder):
    """Live processes that were started in the folder or below it. Spark's ids tell a second and a number: two clusters
    give the same ones, the folder in which a worker starts a driver or an executor is of one cluster."""
    found = set()
    for pid in all_pids():
        try:
            place = Path(os.readlink("/proc/%d/cwd" % pid))
        except OSError:
            continue
        if place.is_relative_to(folder) and is_alive(pid):
            found.add(pid)
    return found


def listening(pids):
    """Addresses at which the processes accept connections."""
    inodes = set()
    for pid in pids:
        try:
            for fd in os.listdir("/proc/%d/fd" % pid):
                inodes.add(os.readlink("/proc/%d/fd/%s" % (pid, fd)))
        except OSError:
            pass
    found = []
    for table in ("tcp", "tcp6"):
        for row in Path("/proc/net/" + table).read_text().splitlines()[1:]:
            cells = row.split()
            if cells[3] == "0A" and "socket:[%s]" % cells[9] in inodes:
                found.append(address(cells[1].partition(":")[0]))
    return found


def address(digits):
    """As the kernel writes it: words of four bytes, each the other way round on this kind of machine."""
    words = [bytes.fromhex(digits[i:i + 8]) for i in range(0, len(digits), 8)]
    family = socket.AF_INET if len(words) == 1 else socket.AF_INET6
    if sys.byteorder == "little":
        words = [word[::-1] for word in words]
    return socket.inet_ntop(family, b"".join(words))


def describe(pids):
    lines = []
    for pid in sorted(pids):
        line = read(pid, "cmdline").replace(b"\0", b" ").decode("utf-8", "replace")
        lines.append("%d %s" % (pid, line if len(line) < 300 else line[:150] + " ... " + line[-150:]))
    return "\n".join(lines)


def wait_until(ask, seconds, every=0.2):
    """Ask until the answer is true, for so many seconds; gives the last answer."""
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer or time.monotonic() > end:
            return answer
        time.sleep(every)
