/*
 * Why a transfer failed, and what to change: the errors of http.c.
 */
#ifndef HTTP_ERRORS_H
#define HTTP_ERRORS_H

#include "base/buffer.h"
#include "base/error.h"
#include "http.h"

#include <curl/curl.h>
#include <stdbool.h>

/* A transfer that has ended; everything is borrowed. */
struct http_ending {
    enum http_service service;
    const char *url;
    const char *reason;   /* curl's words, "" for none */
    const char *type;     /* content type, "" for none */
    const char *location; /* where it is redirected to, NULL for nowhere */
    const struct buffer *answer;
    const struct http_credentials *use; /* of the service */
    long status;                        /* 0: no answer */
    long verdict; /* on the server's certificate, see http/library.h */
    long offered; /* ways to authenticate, CURLAUTH_... */
    bool is_post;
    bool has_connected; /* the request may have arrived */
    bool is_trusted;    /* credentials were sent, if there are any */
    bool is_too_large;
};

/* False with an error when this libcurl cannot do what the credentials need: curl itself
 * would go on without them. */
bool check_build(enum http_service service, const struct http_credentials *use,
                 struct error *error);

void explain_too_large(const struct http_ending *ending, struct error *error);
/* No answer came. */
void explain_curl(const struct http_ending *ending, CURLcode code, struct error *error);
/* An answer came that is a redirect or a refusal. */
void explain_status(const struct http_ending *ending, struct error *error);
/* A page came where JSON is due. */
void explain_page(const struct http_ending *ending, struct error *error);

#endif
