/* managers.h: metadata.managedFields taken apart: who owns which set of fields.
 * Source: k8s.io/apimachinery/pkg/util/managedfields/internal. */
#pragma once

#include <jv.h>
#include <stdbool.h>
#include <stddef.h>

/* One manager. Its identity is name, operation, subresource and (of updates) API version. */
struct owner {
	char *name, *subresource, *api_version;
	char *time;   /* NULL: none */
	bool applied; /* operation Apply; else Update */
	jv set;	      /* fieldset.h */
};

struct managers {
	struct owner *at;
	size_t len;
};

void managers_read(struct managers *managers, jv managed_fields); /* malformed ones are none */
jv managers_print(const struct managers *managers);		  /* in upstream's order; owned */
void managers_release(struct managers *managers);

/* The one of this identity; NULL, or with add a new one that owns nothing. */
struct owner *managers_find(struct managers *managers, const struct owner *identity, bool add);

/* Those that own nothing go. */
void managers_drop_empty(struct managers *managers);

/* At most ten updaters stay: the oldest become one, "ancient-changes". */
void managers_cap(struct managers *managers);

void owner_take_set(struct owner *owner, jv set); /* takes set */
char *owner_text(const struct owner *owner); /* '"name" with subresource "scale" using apps/v1'; the caller frees */
