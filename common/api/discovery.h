/* discovery.h: the kinds that a server has. Those of core, apps, batch and other well-known groups are known without
 * asking; the rest is asked for once and kept on disk for each server (owner-only), until a kind is not found there.
 * Source: k8s.io/client-go/discovery, k8s.io/kubectl/pkg/util (how words become kinds). */
#pragma once

#include <stddef.h>

#include "api/resource.h"
#include "base/scoped.h"

struct client;
struct err;
struct discovery;

/* client is lent and must outlive it; nothing is asked yet. */
struct discovery *discovery_new(struct client *client);
void discovery_free(struct discovery *discovery);
SCOPED_PTR(discovery)

/* A kind by plural, singular, short name, kind (any case), each also as WORD.GROUP or WORD.VERSION.GROUP.
 * Lent; NULL with err: ERR_NOT_FOUND where the server has none, or why it could not be asked. */
const struct resource *discovery_find(struct discovery *discovery, const char *word, struct err *err);

/* The kind of an object. Lent; NULL with err. */
const struct resource *discovery_find_kind(struct discovery *discovery, const char *api_version, const char *kind,
	struct err *err);

/* Every kind that the server has, its preferred version only; count of them at *all, lent. 0 or -1. */
int discovery_all(struct discovery *discovery, const struct resource *const **all, size_t *count, struct err *err);
