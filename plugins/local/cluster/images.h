/* images.h: images in the container engine of a cluster (Docker Engine API over its Unix socket). */
#pragma once

#include <jv.h>

#include "base/buf.h"

struct err;

/* The engine's socket as the cluster's node told it (roles.h). 0 and *socket (the caller frees), or -1. */
int images_socket(const char *cluster, char **socket, struct err *err);

/* What the engine tells while it works, a JSON object each; said is lent. */
struct images_ear {
	void (*heard)(void *arg, struct slice said);
	void *arg;
};

int images_load(const char *socket, const char *file, const struct images_ear *ear, struct err *err);

/* dir holds a Dockerfile. */
int images_build(const char *socket, const char *dir, const char *tag, const struct images_ear *ear, struct err *err);
int images_list(const char *socket, jv *images, struct err *err); /* an array, owned */
