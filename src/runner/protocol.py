"""The words between the server and the runner, which docs/protocol.md explains. They stand once more in
include/spark/protocol.h and, a few of them, in launch.py; a test compares all three."""

# Lines in the driver's output begin so.
MARK = "mcp-spark-server: "
MARK_APPLICATION = MARK + "application "  # ID UI
MARK_SESSION = MARK + "session "  # PORT
MARK_SESSION_ENDS = MARK + "session-ends "  # WHY
MARK_RESULT = MARK + "result "  # ID PIECE/PIECES CRC32 TEXT

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
