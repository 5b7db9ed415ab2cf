#include "api/ownership.h"

#include <stdlib.h>
#include <string.h>

#include "api/fieldset.h"
#include "api/fieldwalk.h"
#include "api/kind.h"
#include "api/managers.h"
#include "api/schema.h"
#include "formats/jvs.h"

/* Drops steps of what stands below one. */
static void drop_below(jv *set, const char *step, const char *const *steps)
{
	scoped(jv) jv name = jv_string(step);
	jv child = fieldset_below(*set, name);

	if (!jvs_is(child, JV_KIND_OBJECT)) {
		jv_free(child);
		return;
	}
	fieldset_drop(set, step);
	for (; *steps; steps++)
		fieldset_drop(&child, *steps);
	fieldset_put(set, jv_copy(name), child);
}

void ownership_strip(jv *set)
{
	static const char *const system[] = { ".", "f:name", "f:namespace", "f:creationTimestamp", "f:selfLink",
		"f:uid", "f:generation", "f:managedFields", "f:resourceVersion", NULL };

	fieldset_drop(set, "f:apiVersion");
	fieldset_drop(set, "f:kind");
	drop_below(set, "f:metadata", system);
}

void ownership_drop_resets(const struct kind *kind, const char *subresource, jv *set)
{
	if (!*subresource && schema_field(schema_find(kind->schema), "status", strlen("status")))
		fieldset_drop(set, "f:status");
	if (!strcmp(subresource, "status")) {
		fieldset_drop(set, "f:spec");
		if (kind->hooks && kind->hooks->status_resets)
			drop_below(set, "f:metadata", kind->hooks->status_resets);
	}
}

void ownership_compare(const struct kind *kind, const char *subresource, jv old, jv object, struct comparison *changes)
{
	fieldwalk_compare(schema_find(kind->schema), old, object, changes);
	ownership_drop_resets(kind, subresource, &changes->added);
	ownership_drop_resets(kind, subresource, &changes->modified);
	ownership_drop_resets(kind, subresource, &changes->removed);
}

void ownership_take(struct managers *managers, const struct owner *self, const struct comparison *changes)
{
	scoped(jv) jv touched = jv_null(), lost = jv_null();

	if (!managers->len)
		return;
	touched = fieldset_union(changes->modified, changes->added);
	lost = fieldset_union(touched, changes->removed);
	for (size_t i = 0; i < managers->len; i++)
		if (&managers->at[i] != self)
			owner_take_set(&managers->at[i], fieldset_difference(managers->at[i].set, lost));
}
