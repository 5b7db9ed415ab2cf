#include "api/managers.h"

#include <stdlib.h>
#include <string.h>

#include "api/fieldset.h"
#include "base/buf.h"
#include "base/mem.h"
#include "formats/jvs.h"

#define MAX_UPDATERS 10

static void owner_release(struct owner *owner)
{
	free(owner->name);
	free(owner->subresource);
	free(owner->api_version);
	free(owner->time);
	jv_free(owner->set);
	*owner = (struct owner){ 0 };
}

void owner_take_set(struct owner *owner, jv set)
{
	jv_free(owner->set);
	owner->set = set;
}

static char *text_of(jv entry, const char *field)
{
	scoped(jv) jv value = jvs_at(entry, field);

	return mem_dup(jvs_text(value));
}

static struct owner *add_owner(struct managers *managers)
{
	managers->at = mem_grow(managers->at, managers->len + 1, sizeof *managers->at);
	managers->at[managers->len] = (struct owner){ .set = jv_null() };
	return &managers->at[managers->len++];
}

void managers_read(struct managers *managers, jv managed_fields)
{
	*managers = (struct managers){ 0 };
	for (int i = 0; i < jvs_len(managed_fields); i++) {
		scoped(jv) jv entry = jvs_item(managed_fields, i), fields = jvs_at(entry, "fieldsV1");
		struct owner *owner;

		if (!jvs_get_is(entry, "fieldsType", "FieldsV1"))
			continue;
		owner = add_owner(managers);
		owner->name = text_of(entry, "manager");
		owner->subresource = text_of(entry, "subresource");
		owner->api_version = text_of(entry, "apiVersion");
		owner->time = jvs_get_text(entry, "time");
		owner->applied = jvs_get_is(entry, "operation", "Apply");
		owner_take_set(owner, fieldset_read(fields));
	}
}

void managers_release(struct managers *managers)
{
	for (size_t i = 0; i < managers->len; i++)
		owner_release(&managers->at[i]);
	free(managers->at);
	*managers = (struct managers){ 0 };
}

static int compare_owners(const void *a, const void *b)
{
	const struct owner *one = a, *other = b;
	int order = other->applied - one->applied;

	if (!order) /* of one length and zone, so texts sort as times do */
		order = strcmp(one->time ? one->time : "", other->time ? other->time : "");
	if (!order)
		order = strcmp(one->name, other->name);
	if (!order)
		order = strcmp(one->api_version, other->api_version);
	return order ? order : strcmp(one->subresource, other->subresource);
}

static jv print_owner(const struct owner *owner)
{
	jv entry = jv_object();

	if (*owner->name)
		jvs_put(&entry, "manager", jv_string(owner->name));
	jvs_put(&entry, "operation", jv_string(owner->applied ? "Apply" : "Update"));
	jvs_put(&entry, "apiVersion", jv_string(owner->api_version));
	if (owner->time)
		jvs_put(&entry, "time", jv_string(owner->time));
	jvs_put(&entry, "fieldsType", jv_string("FieldsV1"));
	jvs_put(&entry, "fieldsV1", fieldset_print(owner->set));
	if (*owner->subresource)
		jvs_put(&entry, "subresource", jv_string(owner->subresource));
	return entry;
}

jv managers_print(const struct managers *managers)
{
	jv list = jv_array();

	if (managers->len)
		qsort(managers->at, managers->len, sizeof *managers->at, compare_owners);
	for (size_t i = 0; i < managers->len; i++)
		list = jv_array_append(list, print_owner(&managers->at[i]));
	return list;
}

static bool same_owner(const struct owner *a, const struct owner *b)
{
	return a->applied == b->applied && !strcmp(a->name, b->name) && !strcmp(a->subresource, b->subresource) &&
	       (a->applied || !strcmp(a->api_version, b->api_version));
}

struct owner *managers_find(struct managers *managers, const struct owner *identity, bool add)
{
	struct owner *owner;

	for (size_t i = 0; i < managers->len; i++)
		if (same_owner(&managers->at[i], identity))
			return &managers->at[i];
	if (!add)
		return NULL;
	owner = add_owner(managers);
	owner->name = mem_dup(identity->name);
	owner->subresource = mem_dup(identity->subresource);
	owner->api_version = mem_dup(identity->api_version);
	owner->applied = identity->applied;
	return owner;
}

static void remove_owner(struct managers *managers, size_t index)
{
	owner_release(&managers->at[index]);
	managers->len--;
	memmove(&managers->at[index], &managers->at[index + 1], (managers->len - index) * sizeof *managers->at);
}

void managers_drop_empty(struct managers *managers)
{
	for (size_t i = managers->len; i > 0; i--)
		if (fieldset_is_empty(managers->at[i - 1].set))
			remove_owner(managers, i - 1);
}

/* The oldest updater that has the version (NULL: any) and is not the bucket; -1: none. */
static int oldest_updater(const struct managers *managers, const char *version, int but)
{
	int found = -1;

	for (int i = 0; i < (int)managers->len; i++) {
		const struct owner *owner = &managers->at[i];

		if (owner->applied || i == but || (version && strcmp(owner->api_version, version) != 0))
			continue;
		if (found < 0 || compare_owners(owner, &managers->at[found]) < 0)
			found = i;
	}
	return found;
}

static size_t count_updaters(const struct managers *managers)
{
	size_t count = 0;

	for (size_t i = 0; i < managers->len; i++)
		count += !managers->at[i].applied;
	return count;
}

void managers_cap(struct managers *managers)
{
	while (count_updaters(managers) > MAX_UPDATERS) {
		int first = oldest_updater(managers, NULL, -1);
		int second = oldest_updater(managers, managers->at[first].api_version, first);
		struct owner *bucket = &managers->at[first];

		if (second < 0)
			return;
		owner_take_set(bucket, fieldset_union(managers->at[second].set, bucket->set));
		free(bucket->name);
		free(bucket->subresource);
		free(bucket->time);
		bucket->name = mem_dup("ancient-changes");
		bucket->subresource = mem_dup("");
		bucket->time = mem_dup(managers->at[second].time);
		remove_owner(managers, (size_t)second);
	}
}

char *owner_text(const struct owner *owner)
{
	scoped(buf) struct buf text = { 0 };

	buf_printf(&text, "\"%s\"", owner->name);
	if (*owner->subresource)
		buf_printf(&text, " with subresource \"%s\"", owner->subresource);
	if (!owner->applied)
		buf_printf(&text, " using %s", owner->api_version);
	return buf_steal(&text);
}
