/* managed.h: who owns which field (metadata.managedFields), and server-side apply.
 * Source: sigs.k8s.io/structured-merge-diff, k8s.io/apimachinery/pkg/util/managedfields. */
#pragma once

#include <jv.h>

#include "api/decode.h"

/* Who writes, how. Strings are lent. */
struct manager {
	const char *name;	 /* ?fieldManager=, else the User-Agent up to its first "/" */
	const char *subresource; /* "" or its name */
	const char *time;	 /* RFC 3339: what a changed entry is stamped with */
};

/* Create, update and patch: sets object's metadata.managedFields from what differs between old (null: a create) and
 * object, both decoded and defaulted. */
void managed_update(const struct kind *kind, jv old, jv *object, const struct manager *manager);

/* A PATCH with application/apply-patch+yaml. live: the stored object, or for a create one that has nothing but
 * apiVersion, kind and metadata (name, namespace). *result: decoded, not defaulted yet, with managedFields set; the
 * live object's own fields and times where applying changes nothing. -1: err is the answer's code, reason and words,
 * and *details its details (owned; null where upstream sends none). *details is set in any case. */
int managed_apply(const struct kind *kind, jv live, struct slice body, const struct manager *manager, bool force,
	enum strictness strictness, jv *result, struct strs *warnings, jv *details, struct err *err);

/* Whether the two differ in nothing but the times in managedFields: then nothing is to be written. */
bool managed_same(jv old, jv object);
