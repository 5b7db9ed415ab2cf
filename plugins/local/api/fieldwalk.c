#include "api/fieldwalk.h"

#include <stdlib.h>
#include <string.h>

#include "api/fieldset.h"
#include "api/schema.h"
#include "base/mem.h"
#include "base/strs.h"
#include "formats/jvs.h"

/* Has no fields that could have owners of their own. */
static bool is_leaf(const struct schema *schema)
{
	return (schema->form != SCHEMA_STRUCT && schema->form != SCHEMA_MAP && schema->form != SCHEMA_LIST) ||
	       schema->merge == MERGE_ATOMIC;
}

static bool is_list(const struct schema *schema)
{
	return schema->form == SCHEMA_LIST;
}

static const struct schema *field_schema(const struct schema *schema, const char *name)
{
	const struct schema_field *field = schema_field(schema, name, strlen(name));

	return field ? field->schema : schema->item;
}

/* A struct's field, not a key of a map. */
static bool is_declared(const struct schema *schema, const char *name)
{
	return schema_field(schema, name, strlen(name)) != NULL;
}

static bool is_empty(jv value)
{
	return !jv_is_valid(value) || jvs_is(value, JV_KIND_NULL) ||
	       (jvs_is(value, JV_KIND_OBJECT) && jv_object_length(jv_copy(value)) == 0) ||
	       (jvs_is(value, JV_KIND_ARRAY) && jvs_len(value) == 0);
}

/* The value of a key that an item leaves to its default; owned. */
static jv key_value(const struct schema *schema, jv item, const char *key)
{
	jv value = jvs_at(item, key);
	const struct schema_field *field;

	if (!jvs_is(value, JV_KIND_NULL))
		return value;
	jv_free(value);
	field = schema_field(schema->item, key, strlen(key));
	return field && field->fallback ? jv_parse(field->fallback) : jv_null();
}

/* By what an item of a keyed list or a set is known. The caller frees. */
static char *step_of(const struct schema *schema, jv item)
{
	scoped(jv) jv keys = jv_object();

	if (schema->merge == MERGE_SET)
		return fieldset_value_step(item);
	for (const char *const *key = schema->keys; *key; key++)
		jvs_put(&keys, *key, key_value(schema, item, *key));
	return fieldset_item_step(keys);
}

/* The items of a list by their steps; of two alike the first one counts. */
struct items {
	jv list;
	struct strs steps;
};

static void items_init(struct items *items, const struct schema *schema, jv list)
{
	items->list = jvs_is(list, JV_KIND_ARRAY) ? jv_copy(list) : jv_array();
	items->steps = (struct strs){ 0 };
	for (int i = 0; i < jvs_len(items->list); i++) {
		scoped(jv) jv item = jvs_item(items->list, i);

		strs_take(&items->steps, step_of(schema, item));
	}
}

static void items_release(struct items *items)
{
	jv_free(items->list);
	strs_release(&items->steps);
}

static int items_find(const struct items *items, const char *step)
{
	for (size_t i = 0; i < items->steps.len; i++)
		if (!strcmp(items->steps.at[i], step))
			return (int)i;
	return -1;
}

/* Owned; invalid where there is none. */
static jv items_get(const struct items *items, const char *step)
{
	int index = items_find(items, step);

	return index < 0 ? jv_invalid() : jvs_item(items->list, index);
}

/* ---- which fields there are ---- */

static jv set_of_list(const struct schema *schema, jv list)
{
	jv set = jv_object();

	for (int i = 0; i < jvs_len(list); i++) {
		scoped(jv) jv item = jvs_item(list, i);
		scoped_free char *step = step_of(schema, item);
		jv child = fieldwalk_set(schema->item, item);

		fieldset_add_self(&child);
		fieldset_put(&set, step, child);
	}
	return set;
}

static jv set_of_object(const struct schema *schema, jv object)
{
	jv set = jv_object();

	jv_object_foreach(object, key, value) {
		const char *name = jv_string_value(key);
		const struct schema *schema_below = field_schema(schema, name);
		scoped_free char *step = fieldset_field_step(name);
		jv child = schema_below ? fieldwalk_set(schema_below, value) : jv_object();

		if (!is_declared(schema, name) || jvs_is(value, JV_KIND_NULL) ||
			(jvs_is(value, JV_KIND_OBJECT) && is_empty(value)))
			fieldset_add_self(&child);
		fieldset_put(&set, step, child);
		jv_free(key);
		jv_free(value);
	}
	return set;
}

jv fieldwalk_set(const struct schema *schema, jv value)
{
	jv set;

	if (is_leaf(schema)) {
		set = jv_object();
		fieldset_add_self(&set);
		return set;
	}
	if (is_list(schema) && jvs_is(value, JV_KIND_ARRAY))
		return set_of_list(schema, value);
	if (!is_list(schema) && jvs_is(value, JV_KIND_OBJECT))
		return set_of_object(schema, value);
	return jv_object();
}

/* ---- what differs ---- */

void comparison_release(struct comparison *comparison)
{
	jv_free(comparison->added);
	jv_free(comparison->modified);
	jv_free(comparison->removed);
	*comparison = (struct comparison){ 0 };
}

static void put_child(struct comparison *into, const char *step, struct comparison *child)
{
	fieldset_put(&into->added, step, child->added);
	fieldset_put(&into->modified, step, child->modified);
	fieldset_put(&into->removed, step, child->removed);
}

static void compare_leaf(jv old, jv value, struct comparison *comparison)
{
	if (!jv_is_valid(old))
		fieldset_add_self(&comparison->added);
	else if (!jv_is_valid(value))
		fieldset_add_self(&comparison->removed);
	else if (!jvs_equal(old, value))
		fieldset_add_self(&comparison->modified);
}

static void compare_child(const struct schema *schema, const char *step, jv old, jv value, struct comparison *into)
{
	struct comparison child;

	fieldwalk_compare(schema, old, value, &child);
	put_child(into, step, &child);
}

static void compare_lists(const struct schema *schema, jv old, jv value, struct comparison *comparison)
{
	scoped(items) struct items before, after;

	items_init(&before, schema, old);
	items_init(&after, schema, value);
	for (size_t i = 0; i < before.steps.len; i++) {
		scoped(jv) jv one = jvs_item(before.list, (int)i), other = items_get(&after, before.steps.at[i]);

		compare_child(schema->item, before.steps.at[i], one, other, comparison);
	}
	for (size_t i = 0; i < after.steps.len; i++) {
		scoped(jv) jv none = jv_invalid(), item = jvs_item(after.list, (int)i);

		if (items_find(&before, after.steps.at[i]) < 0)
			compare_child(schema->item, after.steps.at[i], none, item, comparison);
	}
}

static jv member(jv object, jv key)
{
	return jvs_is(object, JV_KIND_OBJECT) ? jv_object_get(jv_copy(object), jv_copy(key)) : jv_invalid();
}

static void compare_member(const struct schema *schema, jv key, jv old, jv value, struct comparison *comparison)
{
	const char *name = jv_string_value(key);
	const struct schema *below = field_schema(schema, name);
	scoped_free char *step = fieldset_field_step(name);

	if (below)
		compare_child(below, step, old, value, comparison);
}

static void compare_objects(const struct schema *schema, jv old, jv value, struct comparison *comparison)
{
	if (jvs_is(old, JV_KIND_OBJECT)) {
		jv_object_foreach(old, key, one) {
			scoped(jv) jv other = member(value, key);

			compare_member(schema, key, one, other, comparison);
			jv_free(key);
			jv_free(one);
		}
	}
	if (jvs_is(value, JV_KIND_OBJECT)) {
		jv_object_foreach(value, key, one) {
			scoped(jv) jv other = member(old, key);

			if (!jv_is_valid(other))
				compare_member(schema, key, other, one, comparison);
			jv_free(key);
			jv_free(one);
		}
	}
}

void fieldwalk_compare(const struct schema *schema, jv old, jv value, struct comparison *comparison)
{
	*comparison = (struct comparison){ jv_object(), jv_object(), jv_object() };
	if (is_leaf(schema) || (is_empty(old) && is_empty(value))) {    /* empty or none: the difference is kept */
		compare_leaf(old, value, comparison);
		return;
	}
	if (is_list(schema))
		compare_lists(schema, old, value, comparison);
	else
		compare_objects(schema, old, value, comparison);
	if (!jv_is_valid(old))
		fieldset_add_self(&comparison->added);
	else if (!jv_is_valid(value))
		fieldset_add_self(&comparison->removed);
}

/* ---- merging ---- */

/* Invalid stands for "not there" in both. Owned. */
static jv merge(const struct schema *schema, jv live, jv config);

/* The items that both have, in the order of config: which one is awaited next. */
struct shared {
	const struct items *live, *config;
	size_t next;            /* in config; past its end: none */
};

static void shared_advance(struct shared *shared, size_t from)
{
	shared->next = from;
	while (shared->next < shared->config->steps.len &&
		items_find(shared->live, shared->config->steps.at[shared->next]) < 0)
		shared->next++;
}

static const char *shared_step(const struct shared *shared)
{
	return shared->next < shared->config->steps.len ? shared->config->steps.at[shared->next] : NULL;
}

static jv merge_item(const struct schema *schema, const struct items *live, const struct items *config, const char *step)
{
	scoped(jv) jv one = items_get(live, step), other = items_get(config, step);

	return merge(schema->item, one, other);
}

/* Upstream's order: live's, but items that both have follow config's; new ones stand where config has them. */
static jv merge_lists(const struct schema *schema, jv live_list, jv config_list)
{
	scoped(items) struct items live, config;
	struct shared shared = { &live, &config, 0 };
	struct strs done = { 0 };
	jv out = jv_array();
	size_t l = 0, r = 0;

	items_init(&live, schema, live_list);
	items_init(&config, schema, config_list);
	shared_advance(&shared, 0);
	while (l < live.steps.len || r < config.steps.len) {
		const char *left = l < live.steps.len ? live.steps.at[l] : NULL;
		const char *right = r < config.steps.len ? config.steps.at[r] : NULL;
		const char *awaited = shared_step(&shared);

		if (left && right && !strcmp(left, right)) {
			out = jv_array_append(out, merge_item(schema, &live, &config, left));
			strs_add(&done, left);
			l++;
			shared_advance(&shared, ++r);
			continue;
		}
		if (left && right && awaited && items_find(&config, left) >= 0 && strcmp(awaited, left) != 0) {
			l++;            /* a shared one, but not its turn: it comes where config has it */
			continue;
		}
		if (left && items_find(&config, left) < 0) {
			out = jv_array_append(out, jvs_item(live.list, (int)l++));
			continue;
		}
		if (left && strs_has(&done, left))
			l++;
		if (right) {
			out = jv_array_append(out, merge_item(schema, &live, &config, right));
			strs_add(&done, right);
			r++;
			if (awaited && !strcmp(awaited, right))
				shared_advance(&shared, r);
		}
	}
	strs_release(&done);
	return out;
}

static jv merge_objects(const struct schema *schema, jv live, jv config)
{
	jv out = jvs_is(live, JV_KIND_OBJECT) ? jv_copy(live) : jv_object();

	if (!jvs_is(config, JV_KIND_OBJECT))
		return out;
	jv_object_foreach(config, key, value) {
		const struct schema *below = field_schema(schema, jv_string_value(key));
		scoped(jv) jv old = member(live, key);

		out = jv_object_set(out, key, below ? merge(below, old, value) : jv_copy(value));
		jv_free(value);
	}
	return out;
}

static jv merge(const struct schema *schema, jv live, jv config)
{
	if (is_leaf(schema) || (is_empty(live) && is_empty(config)))
		return jv_is_valid(config) ? jv_copy(config) : jv_copy(live);
	if (is_list(schema))
		return merge_lists(schema, live, config);
	return merge_objects(schema, live, config);
}

jv fieldwalk_merge(const struct schema *schema, jv live, jv config)
{
	return merge(schema, live, config);
}

/* ---- taking out ---- */

static jv remove_items(const struct schema *schema, jv list, jv set)
{
	jv kept = jv_array();

	for (int i = 0; i < jvs_len(list); i++) {
		scoped(jv) jv item = jvs_item(list, i);
		scoped_free char *step = step_of(schema, item);
		scoped(jv) jv below = fieldset_below(set, step);

		if (!fieldset_has_self(below))
			kept = jv_array_append(kept, fieldwalk_remove(schema->item, item, below));
	}
	return kept;
}

static jv remove_members(const struct schema *schema, jv object, jv set)
{
	jv kept = jv_object();

	jv_object_foreach(object, key, value) {
		const struct schema *schema_below = field_schema(schema, jv_string_value(key));
		scoped_free char *step = fieldset_field_step(jv_string_value(key));
		scoped(jv) jv below = fieldset_below(set, step);

		if (!fieldset_has_self(below))
			kept = jv_object_set(kept, jv_copy(key),
				schema_below ? fieldwalk_remove(schema_below, value, below) : jv_copy(value));
		jv_free(key);
		jv_free(value);
	}
	return kept;
}

jv fieldwalk_remove(const struct schema *schema, jv value, jv set)
{
	jv kept;

	if (fieldset_is_empty(set) || is_leaf(schema) || is_empty(value))
		return jv_copy(value);
	kept = is_list(schema) ? remove_items(schema, value, set) : remove_members(schema, value, set);
	if (!is_empty(kept))
		return kept;
	jv_free(kept);
	return jv_null();
}
