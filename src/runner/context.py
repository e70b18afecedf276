"""What every operation is given, and how it says no."""



class Refused(Exception):
    """An operation that was not done because of what was asked for; nothing has been changed.

    message: the fact, lower case, no full stop. next_step: one whole sentence on what to do.
    problems: everything that is wrong, when it is more than one thing.
    """

    def __init__(self, message, next_step="", problems=None):
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        self.problems = problems or []


class Failed(Exception):
    """Code of the caller's failed.

    position: {"line", "fragment"} in it, or None. way: from there, as text. is_python: the error is
    Python's own, whatever its class.
    """

    def __init__(self, error, position, way, is_python):
        super().__init__(str(error))
        self.error = error
        self.position = position
        self.way = way
        self.is_python = is_python


class Cancelled(Exception):
    """The operation was cancelled."""


class Context:
    """One operation's view of the session it runs in."""

    def __init__(self, spark, operation_id, settings=None):
        self.spark = spark
        self.operation_id = operation_id  # also the Spark job group of its jobs
        settings = settings or {}
        self.is_read_only = bool(settings.get("readOnly"))  # SPARK_READ_ONLY
        self.is_session = bool(settings.get("isSession", True))  # False: a one-shot driver
        self.catalog_folder = settings.get("catalogFolder")  # where tables are kept; None: nowhere
        self.is_cancelled = False
        self.phase = ""  # what is being done now, in a few words: part of the progress
        self.unfinished = ""  # the hidden folder that is written to now
        self.tell_unfinished = lambda: None  # called when that changes
        self.warnings = []  # sentences for the answer
        self.output = None  # what code of the caller's prints (python/output.py)
        self.pieces = None  # a result that is fetched piece by piece (pieces.py)
        self.tell = lambda: None  # called when there is more of it

    def enter(self, phase):
        """Say what is done next; ends the operation here if it was cancelled."""
        self.check()
        self.phase = phase

    def check(self):
        """Between two Spark jobs: raises Cancelled if the operation was cancelled."""
        if self.is_cancelled:
            raise Cancelled()

    def write_to(self, folder):
        """The hidden folder, as a URI, or "" when it is there no more."""
        self.unfinished = folder
        self.tell_unfinished()

    def warn(self, sentence):
        if sentence not in self.warnings:
            self.warnings.append(sentence)
