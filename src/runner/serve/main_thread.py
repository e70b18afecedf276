"""What runs in the main thread, one after the other: Python of the caller's. Only there can it be interrupted
while it waits (interruption.py), and names that calls share don't change under a call that runs."""

import queue

LOOK_SECONDS = 0.5

_turns = queue.SimpleQueue()


def submit(run, *arguments):
    _turns.put((run, arguments))


def work_while(goes_on):
    """In the main thread."""
    while goes_on():
        try:
            run, arguments = _turns.get(timeout=LOOK_SECONDS)
        except queue.Empty:
            continue
        run(*arguments)
