/* controller.h: a controller: brings the world to what the caches say, a key at a time, from any starting point. */
#pragma once

#include <jv.h>

#include "control/hub.h"

struct controller {
	const char *name;
	unsigned needs;			 /* HUB_HAS() of each kind that it is told about and may read */
	void *(*start)(struct hub *hub); /* its own state, given back to the others */
	void (*stop)(void *self);

	/* An object of a kind it needs changed; before it starts to be told, each object that is there counts as new.
	 * before, after: lent, null for none. Marks keys, does nothing itself. */
	void (*seen)(void *self, enum hub_kind kind, const char *key, jv before, jv after);
};

extern const struct controller accounts_controller;    /* service account and CA of each namespace */
extern const struct controller endpoints_controller;   /* the pods behind each service */
extern const struct controller expiry_controller;      /* old events */
extern const struct controller garbage_controller;     /* what has lost its owners */
extern const struct controller namespaces_controller;  /* contents of deleted namespaces */
extern const struct controller nodes_controller;       /* nodes that fall silent, and their pods */
extern const struct controller deployments_controller; /* deployments, by replica sets */
extern const struct controller replicasets_controller; /* replica sets, by pods */
extern const struct controller scheduler_controller;   /* pods without a node */
