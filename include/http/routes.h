/*
 * Where a request goes instead of the host in its address: SPARK_HOST_MAP and the socket of
 * a private Spark (http_set_host_map, http_set_socket), of the cluster that is entered.
 */
#ifndef HTTP_ROUTES_H
#define HTTP_ROUTES_H

#include <curl/curl.h>
#include <stdbool.h>

void routes_use(CURL *curl, const char *url);
void routes_clear(void);
/* Whether both addresses are of the same host and port, as they are written. */
bool routes_meet(const char *url, const char *other);

#endif
