/* world.h: what the runtime has of ours, as it last told: sandboxes and containers, by pod and by id. The driver keeps
 * it true; pods read it and decide. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/map.h"

enum box_state {
	BOX_CREATED,    /* made, never started */
	BOX_RUNNING,
	BOX_EXITED,
};

/* A sandbox or a container. Times are nanoseconds since 1970, 0 for "not yet". Strings are owned; NULL is unknown. */
struct box {
	char *id;
	char *uid, *ns, *pod;           /* the pod's */
	char *name;                     /* the container's in the pod; NULL: this is the sandbox */
	char *sandbox;                  /* the id of the sandbox that a container was joined to */
	unsigned attempt;               /* counts from 0, and so is the restart count of a container */
	enum box_state state;
	int64_t created_ns, started_ns, finished_ns;
	int exit_code;
	char *reason, *message;         /* of its end, where exit_code does not say all: "OOMKilled", "StartError" */
	char *image, *image_id;
	char *hash;                     /* of the part of the spec that it was made from */
	char *ip;                       /* a sandbox's; NULL on the host's network */
	char *log_path;
	char *stop_signal;              /* what its image wishes to be ended with */
	pid_t pid;

	/* The pod's notes on it, kept when the runtime tells anew. */
	int64_t kill_ms;                /* clock_ms() of when it was told to end; 0: it was not */
	bool killed;                    /* by force */
	bool busy;                      /* a call about it is under way */
	bool failed;                    /* world_fail() */

	/* The world's. */
	uint64_t told;
	struct box *next;               /* of the same pod */
};
struct box *box_new(const char *id);
void box_free(struct box *box);

struct world {
	struct map boxes;               /* by id */
	struct map pods;                /* by uid: the first box of its list */
	uint64_t told;                  /* counts world_put() */
	void (*changed)(void *arg, const char *uid);    /* after something of that pod changed; never NULL */
	void *arg;
};
void world_release(struct world *world);

struct box *world_box(const struct world *world, const char *id);       /* NULL: not there; lent */
struct box *world_pod(const struct world *world, const char *uid);      /* the first; others by next */

/* Takes box, in place of one with its id. */
void world_put(struct world *world, struct box *box);
void world_drop(struct world *world, const char *id);                   /* nothing there is fine */

/* For who changed a box in place. */
void world_touch(struct world *world, struct box *box);

/* It was made and could not be started: it has ended, whatever the runtime calls it from here on. */
void world_fail(struct world *world, struct box *box, int exit_code, const char *reason, const char *message);
