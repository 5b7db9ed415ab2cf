/* roles.h: the processes of klocal. Each is klocal run again by the minder with a role's name, and ends when its
 * lifeline (descriptor 3, a socket whose other end the minder holds) reads end of file. */
#pragma once

#define ROLE_LIFELINE 3

struct err;

/* Each runs until its lifeline ends or SIGTERM comes: 0; -1 where it could not start. It writes one byte to its
 * lifeline when it is ready to serve. Paths and names are lent. */

struct api_options {
	const char *state_dir;          /* store.db, and ca.crt, server.crt, server.key, made by the minder */
	const char *socket;             /* the Unix socket: whoever may open it is admin */
	int port;                       /* on 127.0.0.1, TLS with client certificates; 0: none */
};
int api_main(const struct api_options *options, struct err *err);

struct control_options {
	const char *state_dir;          /* ca.crt lies there, for pods to trust the API by */
	const char *socket;             /* the API */
};
int control_main(const struct control_options *options, struct err *err);

struct node_options {
	const char *cluster;            /* the cluster's name: containers are labelled with it */
	const char *name;               /* the node's */
	const char *socket;             /* the API */
	const char *runtime;            /* "auto", "engine[:SOCKET]", "none" */
	const char *state_dir, *run_dir;        /* this node's own */
};
int node_main(const struct node_options *options, struct err *err);

/* Removes what a node left in the engine: the containers, networks and volumes labelled with the cluster (and the node;
 * name NULL: of all its nodes). Nothing there is no error. 0 or -1. For `down --purge` and `nodes rm`; no API needed.
 */
int node_purge(const struct node_options *options, struct err *err);

/* A node tells in its run_dir, in this file, which runtime it found, as one JSON object: {"runtime":"engine",
 * "socket":PATH, "version":"podman 4.3.1", "notes":["…"]}; notes: fallbacks, what the machine lacks. `klocal status`
 * shows it, `klocal images` finds the engine by it. */
#define ROLE_RUNTIME_FILE "runtime.json"
