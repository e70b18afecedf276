/*
 * The words between this server and the runner, which docs/protocol.md explains. They
 * stand once more in src/runner/protocol.py, a few of them in launch.py, which runs
 * before the package is there; a test compares all three.
 */
#ifndef SPARK_PROTOCOL_H
#define SPARK_PROTOCOL_H

/* A line that the runner writes into its driver's output: MARK NONCE ": " WORD " " and
 * what follows. Only the submission knows its nonce, so nothing that a job prints can
 * pass for one. */
#define PROTOCOL_MARK "mcp-spark-server#"
#define PROTOCOL_WORD_APPLICATION "application"   /* ID UI */
#define PROTOCOL_WORD_SESSION "session"           /* PORT[,NAME...] */
#define PROTOCOL_WORD_RELAY "relay"               /* APPLICATION; "-": no UI or no need */
#define PROTOCOL_WORD_SESSION_ENDS "session-ends" /* WHY */
#define PROTOCOL_WORD_RESULT "result"             /* ID PIECE/PIECES CRC32 TEXT */
#define PROTOCOL_WORD_UNFINISHED "unfinished"     /* URI, in ASCII; "-" when nothing is */

/* In place of Authorization, on the way through Spark's pages. */
#define PROTOCOL_HEADER_TOKEN "X-Mcp-Spark-Token"
#define PROTOCOL_RELAY_PATH "/mcp-spark-server" /* below the address of a driver's UI */

/* Environment variables of the driver. */
#define PROTOCOL_ENVIRONMENT_LAUNCHER "MCP_SPARK_RUNNER"
#define PROTOCOL_ENVIRONMENT_REQUEST "MCP_SPARK_REQUEST_" /* and a number from 0 */

/* The package as which src/runner is unpacked, and its ways to run. */
#define PROTOCOL_PACKAGE "mcp_spark_runner"
#define PROTOCOL_MODE_SESSION "session"
#define PROTOCOL_MODE_ONE_SHOT "one_shot"

/* The envelope of an operation's outcome. */
#define PROTOCOL_OK "ok"
#define PROTOCOL_RESULT "result"
#define PROTOCOL_ERROR "error"
#define PROTOCOL_KEPT "kept"          /* what the session would lose */
#define PROTOCOL_BEGUN "begun"        /* false: nothing of the operation ran */
#define PROTOCOL_ROWS_TEXT "rowsText" /* in a result: rows as JSON text */

/* Classes of an error that are not Spark's. */
#define PROTOCOL_CLASS_REFUSED "REFUSED"
#define PROTOCOL_CLASS_CANCELLED "CANCELLED"
#define PROTOCOL_CLASS_TIMEOUT "TIMEOUT"
#define PROTOCOL_CLASS_SESSION_LOST "SESSION_LOST"

#endif
