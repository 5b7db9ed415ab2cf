/* resource.h: a kind of objects as the API names it, and a list of them to be searched by what users say. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/scoped.h"
#include "base/strs.h"

/* Strings are never NULL. */
struct resource {
	char *group;                    /* "" is core */
	char *version;
	char *plural, *singular;
	char *kind;
	bool namespaced;
	struct strs short_names, verbs, categories;
};

/* "apps/v1", or "v1"; the caller frees. */
char *resource_api_version(const struct resource *resource);

/* "deployments.apps", or "pods": as upstream's messages name it; the caller frees. */
char *resource_name(const struct resource *resource);

/* In the order of preference: of one plural in one group the first is meant. Zero is empty. */
struct resources {
	struct resource **at;
	size_t len;
};

/* Adds one with copies of these; group and singular may be NULL (singular: the kind in lower case). To be completed by
 * the caller: lent until the list is released. */
struct resource *resources_add(struct resources *resources, const char *group, const char *version, const char *plural,
	const char *singular, const char *kind, bool namespaced);

/* By plural, singular, short name or kind, in any case of letters, each also as WORD.GROUP or WORD.VERSION.GROUP; a
 * plural or singular comes before a short name. NULL: none. */
const struct resource *resources_find(const struct resources *resources, const char *word);
const struct resource *resources_find_kind(const struct resources *resources, const char *api_version,
	const char *kind);
bool resource_is_preferred(const struct resources *resources, const struct resource *resource);
void resources_release(struct resources *resources);

/* Adds those that every Kubernetes server of the last years has, with the same fields everywhere. */
void resources_add_well_known(struct resources *resources);
