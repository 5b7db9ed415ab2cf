#include "control/claim.h"

#include <stdlib.h>

#include "api/client.h"
#include "api/queue.h"
#include "base/err.h"
#include "base/mem.h"
#include "formats/jvs.h"
#include "formats/selector.h"

struct claiming {
	struct claim *claim;
	struct work *work;
	enum hub_kind owner_kind, kind;
	jv owner;
	char *uid;
	struct selector *selector;
};

jv claim_reference(enum hub_kind owner_kind, jv owner)
{
	return jvs_object("apiVersion", jv_string(hub_facts[owner_kind].api_version), "kind",
		jv_string(hub_facts[owner_kind].kind), "name", jvs_get(owner, "metadata.name"), "uid",
		jvs_get(owner, "metadata.uid"), "controller", jv_true(), "blockOwnerDeletion", jv_true(), NULL);
}

static void hold(struct claim *claim, jv object)
{
	if (claim->count == claim->room) {
		claim->room = claim->room ? claim->room * 2 : 16;
		claim->held = mem_grow(claim->held, claim->room, sizeof *claim->held);
	}
	claim->held[claim->count++] = jv_copy(object);
}

/* What is gone meanwhile needs no owner. */
static void patch_reference(struct claiming *claiming, jv object, jv reference)
{
	scoped_free char *ns = jvs_get_text(object, "metadata.namespace"),
			 *name = jvs_get_text(object, "metadata.name");
	struct call call = { .method = "PATCH", .patch = "strategic", .target = { .ns = ns, .name = name } };

	call.body = jvs_object("metadata",
		jvs_object("ownerReferences", JV_ARRAY(reference), "uid", jvs_get(object, "metadata.uid"), NULL), NULL);
	claiming->claim->changing = true;
	work_call(claiming->work, claiming->kind, &call, NULL, NULL);
}

static bool matches(const struct claiming *claiming, jv object)
{
	scoped(jv) jv labels = jvs_get(object, "metadata.labels");

	return selector_matches(claiming->selector, labels);
}

static void consider_held(void *arg, jv object)
{
	struct claiming *claiming = arg;

	if (!hub_is_controlled_by(object, claiming->uid))
		return;
	if (matches(claiming, object))
		hold(claiming->claim, object);
	else if (!hub_is_deleted(claiming->owner))
		patch_reference(claiming, object,
			jvs_object("$patch", jv_string("delete"), "uid", jv_string(claiming->uid), NULL));
}

static void consider_free(void *arg, jv object)
{
	struct claiming *claiming = arg;

	if (hub_is_deleted(claiming->owner) || hub_is_deleted(object) || !matches(claiming, object) ||
		jvs_get_is(object, "status.phase", "Succeeded") || jvs_get_is(object, "status.phase", "Failed"))
		return;
	patch_reference(claiming, object, claim_reference(claiming->owner_kind, claiming->owner));
}

void claim_fill(
	struct claim *claim, struct hub *hub, struct work *work, enum hub_kind owner_kind, jv owner, enum hub_kind kind)
{
	scoped(jv) jv selector = jvs_get(owner, "spec.selector");
	scoped_free char *uid = jvs_get_text(owner, "metadata.uid"), *ns = jvs_get_text(owner, "metadata.namespace");
	scoped_ptr(selector) struct selector *parsed = NULL;
	struct claiming claiming = { claim, work, owner_kind, kind, owner, uid, NULL };

	if (!uid || !ns || selector_from_object(selector, &parsed, NULL) < 0)
		return;
	claiming.selector = parsed;
	hub_each_owned(hub, kind, uid, consider_held, &claiming);
	hub_each_free(hub, kind, ns, consider_free, &claiming);
}

void claim_release(struct claim *claim)
{
	for (size_t i = 0; i < claim->count; i++)
		jv_free(claim->held[i]);
	free(claim->held);
	*claim = (struct claim){ 0 };
}

void claim_mark_owner(struct queue *queue, enum hub_kind owner_kind, const char *ns, jv object)
{
	scoped(jv) jv owner = hub_controller_of(object);
	scoped_free char *name = jvs_get_text(owner, "name"), *key = NULL;

	if (!jvs_get_is(owner, "kind", hub_facts[owner_kind].kind))
		return;
	key = mem_printf("%s/%s", ns, name);
	queue_add(queue, key);
}

struct finding {
	struct queue *queue;
	jv labels;
};

static void mark_matching(void *arg, jv owner)
{
	struct finding *finding = arg;
	scoped(jv) jv selector = jvs_get(owner, "spec.selector");
	scoped_ptr(selector) struct selector *parsed = NULL;
	scoped_free char *key = reflector_key(owner);

	if (selector_from_object(selector, &parsed, NULL) == 0 && parsed && selector_matches(parsed, finding->labels))
		queue_add(finding->queue, key);
}

void claim_mark_adopters(struct queue *queue, struct hub *hub, enum hub_kind owner_kind, const char *ns, jv object)
{
	scoped(jv) jv labels = jvs_get(object, "metadata.labels");
	struct finding finding = { queue, labels };

	hub_each_in(hub, owner_kind, ns, mark_matching, &finding);
}
