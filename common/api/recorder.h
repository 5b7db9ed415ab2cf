/* recorder.h: events as Kubernetes' components tell them. What is told again is counted on the event that is there.
 * Telling is never waited for and never fails its caller: an event that cannot be written is dropped.
 * Source: k8s.io/client-go/tools/record (core/v1), tools/events (events.k8s.io/v1). */
#pragma once

#include <jv.h>

#include "base/scoped.h"

struct client;
struct recorder;

/* component: "deployment-controller", "kubelet"; host: the node's name for what a node tells, or NULL. */
struct recorder *recorder_new(struct client *client, const char *component, const char *host);
void recorder_free(struct recorder *recorder);
SCOPED_PTR(recorder)

/* What an event is about. */
struct about {
	const char *api_version, *kind; /* "apps/v1", "Deployment": items of lists do not bear them */
	jv object;			/* lent: its metadata is read */
	const char *field_path;		/* "spec.containers{app}", or NULL */
};

/* As core/v1 tells: type "Normal" or "Warning". */
void recorder_tell(struct recorder *recorder, const struct about *about, const char *type, const char *reason,
	const char *format, ...) __attribute__((format(printf, 5, 6)));

/* As events.k8s.io/v1 tells, with what was being done ("Binding"). */
void recorder_tell_action(struct recorder *recorder, const struct about *about, const char *type, const char *reason,
	const char *action, const char *format, ...) __attribute__((format(printf, 6, 7)));
