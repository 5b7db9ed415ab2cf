/* agent.h: what the parts of a node have in common. One thread, one loop. */
#pragma once

#include "base/map.h"
#include "node/world.h"

struct client;
struct loop;
struct node_options;
struct pod;
struct queue;
struct recorder;
struct reflector;
struct runtime;

struct agent {
	const struct node_options *options;
	struct loop *loop;
	struct client *client;
	struct recorder *recorder;
	struct runtime *runtime;
	struct world world;
	struct reflector *reflector;    /* of the pods that are bound to this node */
	struct queue *queue;            /* uids of pods to be looked at */
	struct map pods;                /* struct pod by uid */
	char *host_ip;                  /* of this machine */
};
