/*
 * The proxy that requests go through, which is none unless SPARK_PROXY names one: hosts
 * start servers with an http_proxy that is meant for the internet, and libcurl would obey
 * it. This machine is never asked through a proxy.
 */
#ifndef HTTP_PROXY_H
#define HTTP_PROXY_H

/* Borrowed; NULL: none. bypass: names and addresses separated by commas, a name stands
 * for its subdomains too, "*" for all. */
void proxy_set(const char *proxy, const char *bypass);

/* The proxy for this address; NULL when it is asked directly. */
const char *proxy_for(const char *url);

#endif
