/* The arguments of submit-spark-job as a job. */
#ifndef TOOLS_JOB_ARGUMENTS_H
#define TOOLS_JOB_ARGUMENTS_H

#include "spark/application.h"

/* Borrows from the arguments. */
struct job job_of_arguments(const json_t *arguments);

#endif
