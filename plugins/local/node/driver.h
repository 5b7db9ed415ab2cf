/* driver.h: what a container runtime does for a node. One const struct of functions a driver, chosen by name; the
 * caller never asks which it has. Everything is asynchronous: done may come before the function returns. */
#pragma once

#include <jv.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/strs.h"
#include "node/world.h"

struct loop;
struct node_options;
struct driver;

/* An opened runtime: the first member of each driver's own struct. */
struct runtime {
	const struct driver *driver;
	struct world *world;            /* kept true by the driver */
	bool up;                        /* it answers, and world holds what is there */
	char *version; /* "podman://4.3.1": containerRuntimeVersion; what stands before :// begins ids */
	char *trouble;                  /* why it is not up; NULL: nothing is known */
	jv notes;                       /* what is odd about it, texts (roles.h, ROLE_RUNTIME_FILE) */
	char *socket;                   /* where it is; NULL: nowhere */
	unsigned max_pods;
	bool pretends;                  /* nothing runs, so no files are made for it */
};

/* What a driver is opened with; all of it is lent and outlives it. */
struct runtime_setup {
	struct loop *loop;
	const struct node_options *options;
	const char *argument;           /* what stands behind "engine:"; NULL: nothing */
	struct world *world;
	void (*turned)(void *arg);      /* up changed, or what is told of it */
	void (*image_came)(void *arg);  /* an image may be there that was not */
	void *arg;
};

/* err is NULL where it was done. ERR_UNREACHABLE: the runtime went away meanwhile. value: what the function says, lent.
 */
typedef void runtime_done(void *arg, const char *value, struct err *err);

/* A folder or file of this machine as a container sees it. */
struct mount {
	char *from, *to;
	bool read_only;
	const char *propagation;        /* "rslave", "rshared"; NULL: private */
};

struct sandbox_spec {
	jv pod;                         /* lent */
	unsigned attempt;
	const char *hostname;
};

/* Everything that was worked out; what is plain (security, resources, tty) the driver reads from pod and container. */
struct container_spec {
	jv pod, container;              /* lent */
	const struct box *sandbox;
	unsigned attempt;
	const char *image;              /* as image_find() or image_pull() gave it */
	const char *hash;
	bool has_command;               /* in place of the image's entry point */
	struct strs command, args, env;
	struct mount *mounts;
	size_t mount_count;
};

struct driver {
	const char *name;
	struct runtime *(*open)(const struct runtime_setup *setup, struct err *err);   /* NULL with err */
	void (*close)(struct runtime *runtime);        /* what is under way ends without done; containers go on */

	/* A pod is seen for the first time: a runtime that forgets over restarts may put boxes from its status. */
	void (*recall)(struct runtime *runtime, jv pod);

	/* value: the id; the box is in the world by then. One of the same pod, name and attempt that is there is
	 * adopted. */
	void (*sandbox_create)(struct runtime *runtime, const struct sandbox_spec *spec, runtime_done *done, void *arg);
	void (*container_create)(struct runtime *runtime, const struct container_spec *spec, runtime_done *done,
		void *arg);

	void (*start)(struct runtime *runtime, const char *id, runtime_done *done, void *arg);
	void (*kill)(struct runtime *runtime, const char *id, bool force, runtime_done *done, void *arg);
	void (*remove)(struct runtime *runtime, const char *id, runtime_done *done, void *arg); /* running or not */
	void (*refresh)(struct runtime *runtime, const char *id);       /* asks about a box anew */

	/* value: the image as the runtime names it; ERR_NOT_FOUND: it is not there. */
	void (*image_find)(struct runtime *runtime, const char *image, runtime_done *done, void *arg);
	void (*image_pull)(struct runtime *runtime, const char *image, runtime_done *done, void *arg);

	/* For node status: [{names, sizeBytes}], owned. */
	jv (*images)(struct runtime *runtime);

	/* Without a node: removes what options name (roles.h, node_purge). 0 or -1. */
	int (*purge)(const struct node_options *options, const char *argument, struct err *err);
};

extern const struct driver driver_none, driver_engine;

/* Opens what text ("auto", "engine:SOCKET", "none") means. NULL with err (ERR_USAGE for an unknown one). */
struct runtime *runtime_open(const char *text, const struct runtime_setup *setup, struct err *err);
void runtime_close(struct runtime *runtime);
int runtime_purge(const struct node_options *options, struct err *err);
