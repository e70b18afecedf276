/*
 * The supervisor of the private Spark: a process of its own (this program with
 * --private-spark), which starts master, worker, history server and drivers and ends them
 * with all they started when its standard input closes, that is when the server has gone,
 * however it went, or when those that share it have (spark/local_shared.h). It then removes
 * the folder.
 */
#ifndef SPARK_SUPERVISOR_H
#define SPARK_SUPERVISOR_H

/*
 * Runs until the end. The arguments are PROGRAM --private-spark FOLDER CORES IDLE_SECONDS,
 * the last for servers that share it, else 0 (supervisor/servers.h). The folder is where
 * everything private lives; "state.json" in it tells the server {sparkHome, python,
 * javaOptions, door, masterPort, uiPort, historyPort}, or {error, detail, next}; "door" is the socket that
 * takes submissions. Returns the exit code.
 */
int supervisor_main(char **arguments);

#endif
