/* cluster.h: what klocal does with a cluster as a whole. One that is being started or ended is locked: others wait. */
#pragma once

#include <jv.h>
#include <stdbool.h>
#include <stdint.h>

struct err;

struct cluster_options {
	const char *name;
	const char *runtime; /* NULL: as last time, at first "auto" */
	int port;	     /* 0: as last time, at first 6443 or a free one */
	bool wait;	     /* until its nodes are ready too */
	int64_t timeout_ms;
};

/* Starts it and waits until the API answers. *was_running: there was nothing to do. 0 or -1. */
int cluster_up(const struct cluster_options *options, bool *was_running, struct err *err);

/* Ends its processes; pods' containers go on. purge: removes the containers, what klocal made in the engine, and all
 * state. Nothing there is no error. 0 or -1. */
int cluster_down(const struct cluster_options *options, bool purge, bool *was_running, struct err *err);

/* {"name","running","pid","processes":[…],"port","server","socket","kubeconfig","runtime","nodes":[…]}, owned. 0, also
 * where it does not run; -1. */
int cluster_status(const char *name, jv *status, struct err *err);

/* Starts a node (new or stopped), stops it as a machine that falls out, removes it with its containers. 0 or -1. */
int cluster_node_start(const struct cluster_options *options, const char *node, struct err *err);
int cluster_node_stop(const struct cluster_options *options, const char *node, struct err *err);
int cluster_node_remove(const struct cluster_options *options, const char *node, struct err *err);

/* A node's own folders. The caller frees. */
char *cluster_node_state_dir(const char *name, const char *node);
char *cluster_node_run_dir(const char *name, const char *node);
