/* rank.h: which pods of a replica set go first when it shrinks. Pure.
 * Source: k8s.io/kubernetes/pkg/controller/controller_utils.go, ActivePodsWithRanks. */
#pragma once

#include <jv.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rank_pod {
	jv pod;	       /* owned */
	size_t beside; /* pods of the same owner on its node */

	/* From pod, by rank_init(). */
	int phase;
	bool assigned, ready;
	int64_t cost, ready_ns, created_ns, restarts;
	char *uid;
};

/* Takes pod. */
void rank_init(struct rank_pod *ranked, jv pod, size_t beside);
void rank_release(struct rank_pod *ranked);

/* The first to go come first. now: nanoseconds since 1970. */
void rank_sort(struct rank_pod *pods, size_t count, int64_t now);
