"""What code prints: bounded, told while it comes, and never in the driver's own output, where the lines
between the server and the runner are.

sys.stdout and sys.stderr are ours while code of the caller's runs. Everything that is printed then is its
own, in threads that it has started, too; the threads of other operations are known by their names.
"""

import contextlib
import io
import sys
import threading

OTHERS = ("operation", "session")  # how the names of the threads begin that print nothing of the caller's
NEWS = 360  # bytes of a piece of news


class Output:
    """The beginning and the end of what was printed."""

    def __init__(self, most, tell):
        self.head_most = most // 3
        self.tail_most = most - self.head_most
        self.tell = tell  # called when there is more
        self.count = 0  # characters in all
        self.head, self.tail = "", []
        self.tail_size = 0
        self.lock = threading.Lock()

    def write(self, text):
        with self.lock:
            self.count += len(text)
            room = self.head_most - len(self.head)
            if room > 0:
                self.head += text[:room]
                text = text[room:]
            self.tail.append(text[-self.tail_most:])
            self.tail_size += len(self.tail[-1])
            if self.tail_size > 2 * self.tail_most:
                self.tail = ["".join(self.tail)[-self.tail_most:]]
                self.tail_size = len(self.tail[0])
        self.tell()

    def text(self):
        with self.lock:
            tail = "".join(self.tail)[-self.tail_most:]
            left = self.count - len(self.head) - len(tail)
            head = self.head
        return clean(head + ("\n... (%d characters left out) ...\n" % left if left else "") + tail)

    def since(self, count):
        """The end of what came after so many characters."""
        with self.lock:
            kept = (self.head + "".join(self.tail))[-NEWS:]
            new = kept[-(self.count - count):] if self.count > count else ""
        return clean(new).strip("\n").encode()[-NEWS:].decode("utf-8", "ignore")

    def end(self, most):
        """The last lines."""
        text = self.text().strip("\n")
        return text if len(text) <= most else "..." + text[-most:]


def clean(text):
    """As a terminal would leave it, and as JSON and C can hold it."""
    lines = text.replace("\r\n", "\n").split("\n")
    text = "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in lines)  # a progress bar
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


class Stream(io.TextIOBase):
    """sys.stdout or sys.stderr. A logger that was given it by one call prints into the next."""

    encoding, errors = "utf-8", "replace"

    def __init__(self, own):
        self.own = own
        self.target = None  # an Output, while code runs
        self.buffer = Bytes(self)

    def writable(self):
        return True

    def write(self, text):
        target = self.target
        if target is None or threading.current_thread().name.startswith(OTHERS):
            return self.own.write(text)
        if not isinstance(text, str):
            raise TypeError("write() argument must be str, not %s" % type(text).__name__)
        target.write(text)
        return len(text)

    def flush(self):
        if self.target is None:
            self.own.flush()

    def fileno(self):
        return self.own.fileno()  # for processes that it starts


class Bytes(io.RawIOBase):
    """The buffer of a stream."""

    def __init__(self, stream):
        self.stream = stream

    def writable(self):
        return True

    def write(self, data):
        self.stream.write(bytes(data).decode("utf-8", "replace"))
        return len(data)


_streams = []  # of stdout and stderr


@contextlib.contextmanager
def captured(output):
    """What is printed inside goes to the output; there is nothing to read from the keyboard."""
    before = sys.stdout, sys.stderr, sys.stdin
    if not _streams:
        _streams.extend([Stream(sys.stdout), Stream(sys.stderr)])
    for stream, own in zip(_streams, before):
        stream.own, stream.target = own, output
    sys.stdout, sys.stderr = _streams
    sys.stdin = io.StringIO()
    try:
        yield
    finally:
        for stream in _streams:
            stream.target = None
        sys.stdout, sys.stderr, sys.stdin = before
