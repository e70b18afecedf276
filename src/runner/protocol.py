"""The words between the server and the runner, which docs/protocol.md explains. They stand once more in
include/spark/protocol.h and, a few of them, in launch.py; a test compares all three."""

# A line in the driver's output: MARK NONCE ": " WORD " " and what follows. Only the submission knows its
# nonce, so nothing that a job prints can pass for one.
MARK = "mcp-spark-server#"
WORD_APPLICATION = "application"  # ID UI
WORD_SESSION = "session"  # PORT[,NAME...]
WORD_RELAY = "relay"  # APPLICATION; "-": its driver has no UI, or is reached without
WORD_SESSION_ENDS = "session-ends"  # WHY
WORD_RESULT = "result"  # ID PIECE/PIECES CRC32 TEXT
WORD_UNFINISHED = "unfinished"  # URI, in ASCII; "-" when nothing is


def mark_line(nonce, word, rest):
    return "\n%s%s: %s %s\n" % (MARK, nonce, word, rest)


# In place of Authorization, on the way through Spark's pages.
HEADER_TOKEN = "X-Mcp-Spark-Token"
RELAY_PATH = "/mcp-spark-server"  # below the address of a driver's UI

# Environment variables of the driver.
ENVIRONMENT_LAUNCHER = "MCP_SPARK_RUNNER"
ENVIRONMENT_REQUEST = "MCP_SPARK_REQUEST_"  # and a number from 0

# The package as which this is unpacked, and the modules of serve/ that run it.
PACKAGE = "mcp_spark_runner"
MODE_SESSION = "session"
MODE_ONE_SHOT = "one_shot"

# The envelope of an operation's outcome.
OK = "ok"
RESULT = "result"
ERROR = "error"
KEPT = "kept"  # what the session would lose
BEGUN = "begun"  # False: nothing of the operation ran
ROWS_TEXT = "rowsText"  # in a result: rows as JSON text

# Classes of an error that are not Spark's.
CLASS_REFUSED = "REFUSED"
CLASS_CANCELLED = "CANCELLED"
CLASS_TIMEOUT = "TIMEOUT"
CLASS_SESSION_LOST = "SESSION_LOST"
