/*
 * HTTP transfers, as operations of flows. Everything that is known of libcurl is behind
 * this header. Every transfer has a time limit and a size limit.
 *
 * Credentials and client certificates are chosen by the service and go to trusted hosts
 * only (http/trust.h); another host is asked without. What is sent (POST) and what bears
 * a token of its own is never redirected; a GET is as far as trust_follows allows, and
 * each address on its way is given credentials anew, or none.
 */
#ifndef HTTP_H
#define HTTP_H

#include "flow.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum http_service {
    HTTP_REST,    /* the master's submission API */
    HTTP_UI,      /* web UIs of master, workers and drivers */
    HTTP_HISTORY, /* the history server */
    HTTP_SESSION, /* the session driver, which knows its own token only */
    HTTP_SERVICES
};

struct http_request {
    enum http_service service;
    const char *method; /* NULL is GET */
    const char *url;
    const json_t *json; /* body to send, as ASCII; NULL sends none */
    const char *form;   /* fields to POST as a browser does: "id=1&terminate=true" */
    bool wants_text; /* answer {"text": string, "type": content type} instead of JSON */
    const char *bearer; /* token in place of the service's credentials; NULL: none */
    const char *header; /* "Name: value" beside them, a token, too; NULL: none */
    size_t limit;       /* most bytes of the answer; 0 is 4 MiB */
    size_t values_max;  /* most values in an answer's JSON; 0 is 200,000 */
    int timeout_ms;     /* 0 is the configured one */
    int connect_ms;     /* most of it until there is a connection; 0 is as configured */
};

struct http_credentials {
    /* "bearer:TOKEN", "basic:USER:PASSWORD", "negotiate" or NULL; borrowed */
    const char *auth;
    const char *ca_file, *client_cert, *client_key; /* paths or NULL; borrowed */
};

void http_close(void);

/* All that follow keep what they are given by reference. */
/* False when this libcurl cannot do what the credentials need, such as Kerberos. */
bool http_set_credentials(enum http_service service, const struct http_credentials *use,
                          struct error *error);
void http_set_timeouts(int connect_ms, int transfer_ms);
/* "name=address[:port],name:port=address:port": addresses to use in place of others. */
bool http_set_host_map(const char *map, struct error *error);
/* What begins with this base URL ("http://name") is asked of a Unix socket. */
void http_set_socket(const char *base_url, const char *path);

/*
 * Sends the request. The reply's body is the JSON that came, or the text. Errors:
 * ERROR_UNREACHABLE, ERROR_TIMEOUT (also 502 to 504 of a proxy), ERROR_REFUSED (401,
 * 403, a client certificate that is missing), ERROR_CONFIGURATION (certificates,
 * redirects that are not followed), ERROR_NOT_FOUND (404), ERROR_BAD_ANSWER (HTML, cut or
 * invalid JSON), ERROR_TOO_LARGE, ERROR_SPARK (other statuses).
 */
void http_send(struct flow *flow, const struct http_request *request,
               struct reply *reply);
/* GET of JSON. */
void http_get(struct flow *flow, enum http_service service, const char *url,
              struct reply *reply);

struct http_fd {
    int fd;
    bool wants_write;
    bool is_ready; /* set by http_wait */
};

/* Waits until a transfer can go on, a descriptor is ready or the time is over; then
 * completes the operations of transfers that have ended. Descriptors below 0 are passed
 * over. */
void http_wait(struct http_fd *fds, size_t count, int timeout_ms);

#endif
