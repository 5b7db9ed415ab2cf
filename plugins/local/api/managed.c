#include "api/managed.h"

#include <stdlib.h>
#include <string.h>

#include "api/edit.h"
#include "api/fieldset.h"
#include "api/fieldwalk.h"
#include "api/kind.h"
#include "api/managers.h"
#include "api/ownership.h"
#include "api/schema.h"
#include "api/typed.h"
#include "base/mem.h"
#include "formats/jvs.h"

static struct owner identity_of(
	const struct kind *kind, const struct manager *manager, bool applied, char **api_version)
{
	*api_version = *kind->group ? mem_printf("%s/%s", kind->group, kind->version) : mem_dup(kind->version);
	return (struct owner){ .name = (char *)manager->name,
		.subresource = (char *)manager->subresource,
		.api_version = *api_version,
		.applied = applied };
}

static void put_managers(jv *object, struct managers *managers)
{
	managers_drop_empty(managers);
	managers_cap(managers);
	if (managers->len)
		jvs_set(object, "metadata.managedFields", managers_print(managers));
	else
		jvs_remove(object, "metadata.managedFields");
}

/* ---- updates ---- */

/* managedFields: [{}] asks for them to be forgotten. */
static bool is_reset(jv managed_fields)
{
	scoped(jv) jv first = jvs_item(managed_fields, 0), operation = jvs_at(first, "operation"),
		      manager = jvs_at(first, "manager"), fields = jvs_at(first, "fieldsV1");

	return jvs_len(managed_fields) == 1 && jvs_is(operation, JV_KIND_NULL) && jvs_is(manager, JV_KIND_NULL) &&
	       jvs_is(fields, JV_KIND_NULL);
}

/* A client may change managedFields, but not by leaving them out, and not through a subresource. False: forget them. */
static bool read_managers(jv old, jv object, const char *subresource, struct managers *managers)
{
	scoped(jv) jv live = jvs_get(old, "metadata.managedFields"), given = jvs_get(object, "metadata.managedFields");

	if (!*subresource && is_reset(given)) {
		*managers = (struct managers){ 0 };
		return false;
	}
	managers_read(managers, *subresource ? live : given);
	if (!managers->len) {
		managers_release(managers);
		managers_read(managers, live);
	}
	return true;
}

static void own_changes(
	const struct kind *kind, jv old, jv object, const struct manager *manager, struct managers *managers)
{
	scoped_free char *api_version = NULL;
	struct owner identity = identity_of(kind, manager, false, &api_version), *owner;
	scoped(comparison) struct comparison changes = { 0 };
	scoped(jv) jv own = jv_null();
	bool scale = !strcmp(manager->subresource, "scale");

	ownership_compare(kind, manager->subresource, old, object, &changes);
	ownership_take(managers, NULL, &changes);
	own = fieldset_union(changes.modified, changes.added);
	ownership_strip(&own);
	/* A Scale of 0 has no field replicas in Go's JSON, so upstream gives it no owner. */
	if (fieldset_is_empty(own) || (scale && jvs_get_int(object, "spec.replicas", 0) == 0))
		return;
	owner = managers_find(managers, &identity, true);
	owner_take_set(owner, fieldset_union(own, owner->set));
	if (scale) /* upstream keeps the time it had, so a new one has none */
		return;
	free(owner->time);
	owner->time = mem_dup(manager->time);
}

void managed_update(const struct kind *kind, jv old, jv *object, const struct manager *manager)
{
	scoped(managers) struct managers managers = { 0 };
	scoped(jv) jv before = jv_null();
	bool create = jvs_is(old, JV_KIND_NULL), kept = read_managers(old, *object, manager->subresource, &managers);

	jvs_remove(object, "metadata.managedFields");
	/* An object whose managers are unknown stays so; a new one is compared with what Go makes of nothing. */
	if (create || (kept && managers.len)) {
		before = create ? typed_zero(schema_find(kind->schema)) : jv_copy(old);
		own_changes(kind, before, *object, manager, &managers);
	}
	put_managers(object, &managers);
}

/* ---- what does not count as a change ---- */

static jv without_times(jv object)
{
	jv list = jvs_get(object, "metadata.managedFields"), bare = jv_copy(object);

	for (int i = 0, count = jvs_len(list); i < count; i++) {
		jv entry = jvs_item(list, i);

		jvs_remove(&entry, "time");
		list = jv_array_set(list, i, entry);
	}
	jvs_set(&bare, "metadata.managedFields", list);
	return bare;
}

bool managed_same(jv old, jv object)
{
	scoped(jv) jv before = jv_null(), after = jv_null();

	if (jvs_equal(old, object))
		return true;
	before = without_times(old);
	after = without_times(object);
	return jvs_equal(before, after);
}
