/* http.h: requests to one server over re-used connections (libcurl): TLS verified always, Unix sockets, credentials put
 * on by the floor itself (and renewed once after a 401). 429 and 5xx that bear Retry-After are asked again, ten times
 * at most, as client-go does. Asynchronous; http_do() is the same for who has nothing else to do. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/scoped.h"

struct loop;
struct endpoint;        /* endpoint.h: where a server is, how it is trusted, who we are */
struct http;
struct exchange;        /* one request under way */

/* endpoint is lent and must outlive it. agent: the User-Agent. Connects to nothing yet. */
struct http *http_new(struct loop *loop, const struct endpoint *endpoint, const char *agent);
void http_free(struct http *http);      /* ends what is under way without calling back */
SCOPED_PTR(http)

/* At most so many requests under way at once, those with data aside; others wait in line. 0, the default: no limit. */
void http_limit(struct http *http, unsigned at_once);

/* A line for each exchange that ended: "GET URL 200 in 12 ms, 4711 bytes"; no credentials. */
void http_on_trace(struct http *http, void (*trace)(void *arg, const char *line), void *arg);

struct http_answer {
	int status;                     /* 0: none came */
	struct buf body;                /* empty where data took it */
	char *content_type;
	char **headers;                 /* "name: value" with names in lower case, NULL-ended; may be NULL */
};
const char *http_header(const struct http_answer *answer, const char *name);    /* lower case; lent; NULL: none */
void http_answer_release(struct http_answer *answer);

struct http_request {
	const char *method;             /* NULL: GET */
	const char *path;               /* "/api/v1/pods?limit=500", escaped already */
	struct slice body;              /* copied */
	const char *content_type;       /* NULL with a body: application/json */
	const char *accept;             /* NULL: application/json */
	const char *const *headers;     /* more of them, "Name: value", NULL-ended; or NULL */
	int64_t timeout_ms;             /* for one try of the whole exchange, and for a wait between tries; 0: none */
	int64_t idle_timeout_ms;        /* without a byte; 0: none */
	size_t max_body;                /* of a 2xx body that is collected; 0: 256 MiB */

	/* Bytes of a 2xx body as they arrive; NULL: they are collected. Below 0 ends the exchange (err is the
	 * callee's). Called from inside curl: it may start, pause and cancel anything, but not turn the loop. Bodies
	 * of other statuses are always collected, up to 4 MiB (more is left out). */
	int (*data)(void *arg, struct slice piece, struct err *err);

	/* Once, at the end: err is empty where an answer came whole, whatever its status; ERR_UNREACHABLE, ERR_TIMEOUT
	 * or data's own otherwise. answer and err are lent. Not called after exchange_cancel(). */
	void (*done)(void *arg, struct http_answer *answer, struct err *err);

	/* arg is no longer needed: after done, and after exchange_cancel() or http_free() too. May be NULL. */
	void (*drop)(void *arg);
	void *arg;
};

/* Copies what it needs of the request. Never fails at once: failures come through done. */
struct exchange *http_start(struct http *http, const struct http_request *request);
void exchange_cancel(struct exchange *exchange);        /* NULL is fine; not from done on */
void exchange_pause(struct exchange *exchange, bool paused);    /* back-pressure: no data while paused */

/* Turns the loop until it is done. 0 with answer filled (any status), or -1. request's done, drop and arg are not used
 * (with data, arg is). */
int http_do(struct http *http, const struct http_request *request, struct http_answer *answer, struct err *err);
