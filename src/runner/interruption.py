"""Interrupting code of the caller's wherever it is: in a loop, asleep, waiting for Spark.

Only in Python's main thread does a signal reach code that waits, so that is where such code runs
(serve/main_thread.py). What is raised there is a KeyboardInterrupt, after which py4j closes the connection
whose answer nobody reads any more. Code that catches even that goes on, and is interrupted again.
"""

import contextlib
import signal
import threading

SIGNAL = signal.SIGURG  # does nothing where nobody handles it, and no library uses it

_running = None  # the context of what can be interrupted


class Interrupted(KeyboardInterrupt):
    """Ends code of the caller's, since its operation was cancelled."""


@contextlib.contextmanager
def running(context):
    """Around code of the caller's, in the main thread."""
    global _running
    signal.signal(SIGNAL, _handle)
    _running = context
    try:
        yield
    finally:
        _running = None


def interrupt(context):
    """From any thread: ends what runs for the context, if it is its turn."""
    if _running is context:
        signal.pthread_kill(threading.main_thread().ident, SIGNAL)


def _handle(number, frame):
    if _running is not None and _running.is_cancelled:
        raise Interrupted()
