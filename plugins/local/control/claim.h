/* claim.h: which objects a controller holds: those it controls and its selector matches; free ones that match are
 * adopted, held ones that do not are let go. Source: k8s.io/kubernetes/pkg/controller/controller_ref_manager.go. */
#pragma once

#include <jv.h>
#include <stdbool.h>
#include <stddef.h>

#include "control/hub.h"
#include "control/work.h"

struct queue;

struct claim {
	jv *held; /* owned */
	size_t count, room;
	bool changing; /* adopts or lets go: what is held is known when that is answered */
};

/* owner is of owner_kind; what it holds is of kind. Asks for adoptions and releases through work. */
void claim_fill(struct claim *claim, struct hub *hub, struct work *work, enum hub_kind owner_kind, jv owner,
	enum hub_kind kind);
void claim_release(struct claim *claim);

/* An object changed: puts into queue the key of what controls it, where that is of owner_kind. null is nobody's. */
void claim_mark_owner(struct queue *queue, enum hub_kind owner_kind, const char *ns, jv object);

/* Nobody controls it: puts in the keys of all that may adopt it, those of its namespace whose selector matches it. */
void claim_mark_adopters(struct queue *queue, struct hub *hub, enum hub_kind owner_kind, const char *ns, jv object);

/* An ownerReference to it, as its controller. Owned. */
jv claim_reference(enum hub_kind owner_kind, jv owner);
