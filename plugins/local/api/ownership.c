#include "api/ownership.h"

#include <stdlib.h>
#include <string.h>

#include "api/fieldset.h"
#include "api/fieldwalk.h"
#include "api/kind.h"
#include "api/managers.h"
#include "api/schema.h"
#include "formats/jvs.h"

jv ownership_strip(jv set)
{
	static const char *const system[] = { "name", "namespace", "creationTimestamp", "selfLink", "uid", "generation",
		"managedFields", "resourceVersion" };
	scoped(jv) jv ignored = jv_object(), meta = jv_object(), self = jv_object();
	jv below;

	fieldset_add_self(&self);
	for (size_t i = 0; i < sizeof system / sizeof *system; i++) {
		scoped_free char *step = fieldset_field_step(system[i]);

		fieldset_put(&meta, step, jv_copy(self));
	}
	fieldset_put(&ignored, "f:apiVersion", jv_copy(self));
	fieldset_put(&ignored, "f:kind", jv_copy(self));
	below = jv_copy(meta);
	fieldset_add_self(&below);
	fieldset_put(&ignored, "f:metadata", below);
	return fieldset_difference(set, ignored);
}

jv ownership_without_resets(const struct kind *kind, const char *subresource, jv set)
{
	const char *const *paths = kind->hooks ? kind->hooks->status_resets : NULL;
	scoped(jv) jv resets = jv_object(), self = jv_object();

	fieldset_add_self(&self);
	if (!*subresource && schema_field(schema_find(kind->schema), "status", strlen("status")))
		fieldset_put(&resets, "f:status", jv_copy(self));
	if (!strcmp(subresource, "status")) {
		fieldset_put(&resets, "f:spec", jv_copy(self));
		for (; paths && *paths; paths++) {      /* names below metadata */
			scoped_free char *step = fieldset_field_step(*paths);
			jv meta = fieldset_below(resets, "f:metadata");

			fieldset_put(&meta, step, jv_copy(self));
			fieldset_put(&resets, "f:metadata", meta);
		}
	}
	return fieldset_without(set, resets);
}

static void filter(const struct kind *kind, const char *subresource, jv *set)
{
	jv kept = ownership_without_resets(kind, subresource, *set);

	jv_free(*set);
	*set = kept;
}

void ownership_compare(const struct kind *kind, const char *subresource, jv old, jv object, struct comparison *changes)
{
	fieldwalk_compare(schema_find(kind->schema), old, object, changes);
	filter(kind, subresource, &changes->added);
	filter(kind, subresource, &changes->modified);
	filter(kind, subresource, &changes->removed);
}

void ownership_take(struct managers *managers, const struct owner *self, const struct comparison *changes)
{
	scoped(jv) jv touched = fieldset_union(changes->modified, changes->added), lost = jv_null();

	lost = fieldset_union(touched, changes->removed);
	for (size_t i = 0; i < managers->len; i++)
		if (&managers->at[i] != self)
			owner_take_set(&managers->at[i], fieldset_difference(managers->at[i].set, lost));
}
