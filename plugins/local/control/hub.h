/* hub.h: what the controllers share: the connection, a cache of each kind, and who is told what changes in them. */
#pragma once

#include <jv.h>
#include <stdbool.h>

#include "api/reflector.h"
#include "base/scoped.h"

struct client;
struct loop;
struct controller;
struct err;

enum hub_kind {
	HUB_NAMESPACES,
	HUB_NODES,
	HUB_PODS,
	HUB_LEASES,
	HUB_CONFIGMAPS,
	HUB_SECRETS,
	HUB_ACCOUNTS,
	HUB_SERVICES,
	HUB_ENDPOINTS,
	HUB_EVENTS,
	HUB_REPLICASETS,
	HUB_DEPLOYMENTS,
	HUB_KINDS,
};
#define HUB_HAS(kind) (1u << (kind))

struct hub_facts {
	const char *api_version, *group, *version, *plural, *kind;
};
extern const struct hub_facts hub_facts[HUB_KINDS];

struct hub {
	struct loop *loop;
	struct client *client;
	struct sender *sender; /* of all that controllers ask for */
	const char *state_dir; /* lent; where ca.crt lies */
	struct reflector *caches[HUB_KINDS];
	struct hub_slot *slots; /* the controllers and how far they are */
};

/* Starts a cache for each kind that is needed and each controller when the caches that it needs are whole. client and
 * controllers (NULL-ended) are lent. */
struct hub *hub_new(struct client *client, const char *state_dir, const struct controller *const *controllers);
void hub_free(struct hub *hub);
SCOPED_PTR(hub)

/* The object under "NAMESPACE/NAME" or "NAME"; owned; null where it is none. */
jv hub_get(const struct hub *hub, enum hub_kind kind, const char *key);

/* The objects of a kind, lent to each. By whom it is owned, by what it is itself, where it lies, on which node it runs.
 */
void hub_each(const struct hub *hub, enum hub_kind kind, void (*each)(void *arg, jv object), void *arg);
void hub_each_owned(
	const struct hub *hub, enum hub_kind kind, const char *uid, void (*each)(void *arg, jv object), void *arg);
void hub_each_self(const struct hub *hub, enum hub_kind kind, const char *uid, void (*each)(void *arg, jv object),
	void *arg); /* the one with this uid, if it is there */
void hub_each_in(
	const struct hub *hub, enum hub_kind kind, const char *ns, void (*each)(void *arg, jv object), void *arg);
void hub_each_free(const struct hub *hub, enum hub_kind kind, const char *ns, void (*each)(void *arg, jv object),
	void *arg); /* of a namespace, those that nothing controls */
void hub_each_on(const struct hub *hub, const char *node, void (*each)(void *arg, jv pod), void *arg);

/* The kind of an ownerReference; HUB_KINDS: none that is cached. */
enum hub_kind hub_kind_of(const char *api_version, const char *kind);

/* metadata.ownerReferences' entry with controller true; owned; null where it has none. */
jv hub_controller_of(jv object);
bool hub_is_controlled_by(jv object, const char *uid);
bool hub_is_deleted(jv object);		       /* deletionTimestamp is set */
jv hub_condition(jv object, const char *type); /* of status.conditions; owned; null where it has none */
bool hub_text_same(jv before, jv after, const char *path);
