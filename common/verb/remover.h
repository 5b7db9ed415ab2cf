/* remover.h: deletes objects, many at a time, waits until they are gone and prints them: the work of krm. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/scoped.h"

struct err;
struct ref;
struct remover;
struct verb;

struct remover_options {
	int grace_seconds;              /* below 0: each object's own */
	const char *cascade;            /* "background", "foreground", "orphan" */
	const char *dry_run;            /* "none", "client", "server" */
	bool wait, ignore_not_found;
	int64_t deadline_ms;            /* of clock_ms(), for the waiting; 0: none */
};

/* Both are lent and must outlive it. */
struct remover *remover_new(struct verb *verb, const struct remover_options *options);
void remover_free(struct remover *remover);
SCOPED_PTR(remover)

/* Deletes what ref names: where it came as an object, that one and none that has its name by now. Waits for room among
 * the requests under way. What goes wrong with it is told. 0, or -1 where waiting failed. */
int remover_add(struct remover *remover, const struct ref *ref, struct err *err);

/* Waits for what is left; what is not gone in time is told. 0 or -1. */
int remover_finish(struct remover *remover, struct err *err);
