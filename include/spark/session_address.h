/* Where a session may be reached: its worker has a name for browsers and one among Spark's
 * own machines, and the driver knows its host's. */
#ifndef SPARK_SESSION_ADDRESS_H
#define SPARK_SESSION_ADDRESS_H

#include <jansson.h>

enum { SESSION_ADDRESSES_MAX = 10 };

/* From a driver's report (driver.h) that found "PORT,NAME,...": a new array of URLs, the
 * likeliest first, each once. Empty when the port is none. */
json_t *session_addresses(const json_t *report);

#endif
