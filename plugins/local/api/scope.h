/* scope.h: which objects of a collection a list, a watch or a deletion means: a namespace, and selectors. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/scoped.h"

struct body;
struct collection;
struct request;
struct selector;
struct kind;

struct scope {
	struct collection *collection;
	const struct kind *kind;        /* as which it was asked for */
	char *prefix;                   /* "NAMESPACE/", or "" for all */
	struct selector *labels, *fields;
};

/* From the request's path and query. 0; -1: the answer says 400. */
int scope_init(struct scope *scope, struct request *request);
void scope_release(struct scope *scope);

bool scope_is_all(const struct scope *scope);           /* no selector */
bool scope_has(const struct scope *scope, const struct body *body);     /* in the namespace and selected */

/* The entries of the namespace: from *first up to *end of the collection. */
void scope_range(const struct scope *scope, size_t *first, size_t *end);
