/* serve.h: requests over HTTP (libmicrohttpd): a Unix socket whose users are admin, and TLS with client certificates. A
 * turn of the loop takes in what has arrived; reads are answered at once, writes together at its end. */
#pragma once

#include "base/scoped.h"

struct api;
struct err;
struct loop;
struct serve;

struct serve_options {
	const char *socket;             /* path, made with mode 0600 */
	int port;                       /* on 127.0.0.1; 0: no TLS */
	const char *dir;                /* where ca.crt, server.crt and server.key are */
};

/* Listens from now on. NULL with err. */
struct serve *serve_new(struct api *api, struct loop *loop, const struct serve_options *options, struct err *err);
void serve_free(struct serve *serve);
SCOPED_PTR(serve)

/* Ends a turn: to be called after each round of the loop. */
void serve_turn(struct serve *serve);
