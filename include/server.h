/* The loop: reads requests from standard input, writes answers to standard output. */
#ifndef SERVER_H
#define SERVER_H

/* Serves until the end of input, SIGINT or SIGTERM; returns the exit code. */
int server_run(void);

#endif
