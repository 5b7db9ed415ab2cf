/* dial.h: puts an endpoint into a curl handle, and says in words what went wrong with it. Every connection of the reach
 * floor begins here. */
#pragma once

#include <curl/curl.h>
#include <stdbool.h>

#include "base/scoped.h"

struct err;
struct endpoint;
struct secret;

/* Zero is empty. */
struct dial {
	const struct endpoint *endpoint;        /* lent */
	char *shown;            /* the server as messages name it: without a password */
	char *base;             /* what stands before a path in curl's URL */
	char *socket;           /* the Unix socket's path, or NULL */
	char *host;             /* "Host: …" where the URL bears another name, or NULL */
	char *connect_to;       /* curl's "::HOST:PORT" for the same case, or NULL */
	char *proxy;            /* "" for none; NULL: as the environment says */
	bool near;              /* on this machine: compression would cost more than it saves */
	struct curl_slist *connect_list;
};

/* endpoint must outlive it. */
void dial_init(struct dial *dial, const struct endpoint *endpoint);
void dial_release(struct dial *dial);

/* Address, TLS, proxy, time limits of connecting. secret may be NULL. */
void dial_set(const struct dial *dial, CURL *easy, const char *path, const struct secret *secret);

/* err from a failed transfer; words: CURLOPT_ERRORBUFFER's. Always -1. */
int dial_err(const struct dial *dial, CURL *easy, CURLcode code, const char *words, struct err *err);
