/*
 * The supervisor of the private Spark: a process of its own (this program with
 * --private-spark), which starts master, worker and history server and ends them with all
 * they started when its standard input closes, that is when the server has gone, however
 * it went. It then removes the folder.
 */
#ifndef SPARK_SUPERVISOR_H
#define SPARK_SUPERVISOR_H

/*
 * Runs until the end. The folder is where everything private lives; "state.json" in it
 * tells the server {sparkHome, python, masterPort, restPort, uiPort, historyPort}, or
 * {error, detail, next}. Returns the exit code.
 */
int supervisor_main(const char *folder, const char *cores);

#endif
