/* client.h: the Kubernetes API as requests: paths, query, Status answers turned into err. */
#pragma once

#include <jv.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/scoped.h"

struct loop;
struct http;
struct http_answer;
struct exchange;
struct endpoint;
struct client;

/* endpoint is lent. manager: the field manager of writes and the User-Agent's first word ("podline", "klocal-node"). */
struct client *client_new(struct loop *loop, const struct endpoint *endpoint, const char *manager);
void client_free(struct client *client);
SCOPED_PTR(client)
struct http *client_http(struct client *client);
struct loop *client_loop(struct client *client);
const struct endpoint *client_endpoint(const struct client *client);
void client_set_timeout(struct client *client, int64_t ms);     /* --request-timeout of single requests; 0: none */
int64_t client_timeout(const struct client *client);

/* What the server says in Warning headers, each text of an answer once; the second is for who asks over http itself. */
void client_on_warning(struct client *client, void (*warn)(void *arg, const char *text), void *arg);
void client_tell_warnings(struct client *client, const struct http_answer *answer);

/* Which objects a path means. Strings are lent. */
struct target {
	const char *group, *version, *plural;   /* group "" or NULL is the core group; plural NULL: the group itself */
	const char *ns;                         /* NULL: cluster-wide, or all namespaces */
	const char *name, *subresource;         /* NULL: the collection */
	const char *query;                      /* escaped, without "?"; or NULL */
	const char *path;                       /* in place of all but the query: "/version"; or NULL */
};
char *target_path(const struct target *target);         /* the caller frees */
void query_add(struct buf *query, const char *key, const char *value);  /* "&key=value", value escaped */

/* A write or read of one object. */
struct call {
	const char *method;             /* GET, POST, PUT, PATCH, DELETE */
	struct target target;
	jv body;                        /* jv_invalid() or zero: none; taken */
	const char *patch;              /* of PATCH: "json", "merge", "strategic", "apply" */
	const char *accept;             /* NULL: application/json */
};

/* Asks and waits. 0 with *object (the answer, owned; object may be NULL), or -1: a Status is turned into err. */
int client_call(struct client *client, struct call *call, jv *object, struct err *err);

/* Asks; done comes from the loop: object is lent, null where err is filled (err is empty otherwise, and lent). Not
 * called after exchange_cancel(). */
struct exchange *client_start(struct client *client, struct call *call,
	void (*done)(void *arg, jv object, struct err *err), void *arg);
