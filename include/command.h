/* The tools from a shell: `tools`, `call TOOL key=value...|JSON`, `sql STATEMENT`. */
#ifndef COMMAND_H
#define COMMAND_H

/* Runs the command that the arguments begin with and waits for its end. What came of it
 * goes to standard output, progress and errors to standard error. The exit code: 0 done,
 * 1 failed, 2 not understood, 130 interrupted. */
int command_run(int count, char **arguments);

#endif
