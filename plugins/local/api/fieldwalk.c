#include "api/fieldwalk.h"

#include <stdlib.h>
#include <string.h>

#include "api/fieldset.h"
#include "api/schema.h"
#include "base/mem.h"
#include "base/strs.h"
#include "formats/jvs.h"

/* What stands for itself in JSON; anything else takes the long way. */
#define PLAIN " !#$%&'()*+,-./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~"

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

static void print_json(jv value, struct buf *to)
{
	const char *text = jvs_text(value);

	/* Names mostly: no escapes, so no printer is needed. */
	if (jvs_is(value, JV_KIND_STRING) && !strpbrk(text, "\"\\") && text[strspn(text, PLAIN)] == '\0')
		buf_printf(to, "\"%s\"", text);
	else
		jvs_print(value, to);
}

/* By what an item of a keyed list or a set is known; its keys stand in the table in order. Owned. */
static jv step_of(const struct schema *schema, jv item)
{
	scoped(buf) struct buf text = { 0 };

	if (schema->merge == MERGE_SET) {
		buf_add_text(&text, "v:");
		print_json(item, &text);
		return jv_string_sized(text.at, (int)text.len);
	}
	buf_add_text(&text, "k:{");
	for (const char *const *key = schema->keys; *key; key++) {
		scoped(jv) jv value = key_value(schema, item, *key);

		buf_printf(&text, "%s\"%s\":", key == schema->keys ? "" : ",", *key);
		print_json(value, &text);
	}
	buf_add_char(&text, '}');
	return jv_string_sized(text.at, (int)text.len);
}

/* The items of a list by their steps; of two alike the first one counts. */
struct keyed {
	jv list, steps;
};

static void keyed_init(struct keyed *items, const struct schema *schema, jv list)
{
	items->list = jvs_is(list, JV_KIND_ARRAY) ? jv_copy(list) : jv_array();
	items->steps = jv_array();
	for (int i = 0; i < jvs_len(items->list); i++) {
		scoped(jv) jv item = jvs_item(items->list, i);

		items->steps = jv_array_append(items->steps, step_of(schema, item));
	}
}

static void keyed_release(struct keyed *items)
{
	jv_free(items->list);
	jv_free(items->steps);
}

static int index_of(jv steps, jv step)
{
	for (int i = 0; i < jvs_len(steps); i++) {
		scoped(jv) jv one = jvs_item(steps, i);

		if (!strcmp(jv_string_value(one), jv_string_value(step)))
			return i;
	}
	return -1;
}

static bool keyed_have(const struct keyed *items, jv step)
{
	return index_of(items->steps, step) >= 0;
}

/* Owned; invalid where there is none. */
static jv keyed_get(const struct keyed *items, jv step)
{
	int index = index_of(items->steps, step);

	return index < 0 ? jv_invalid() : jvs_item(items->list, index);
}

/* ---- which fields there are ---- */

static jv set_of_list(const struct schema *schema, jv list)
{
	jv set = jv_null();

	for (int i = 0; i < jvs_len(list); i++) {
		scoped(jv) jv item = jvs_item(list, i);
		jv child = fieldwalk_set(schema->item, item);

		fieldset_add_self(&child);
		fieldset_put(&set, step_of(schema, item), child);
	}
	return set;
}

static jv set_of_object(const struct schema *schema, jv object)
{
	jv set = jv_null();

	jv_object_foreach(object, key, value)
	{
		const char *name = jv_string_value(key);
		const struct schema *below = field_schema(schema, name);
		jv child = below ? fieldwalk_set(below, value) : jv_null();

		if (!is_declared(schema, name) || jvs_is(value, JV_KIND_NULL) ||
			(jvs_is(value, JV_KIND_OBJECT) && is_empty(value)))
			fieldset_add_self(&child);
		fieldset_put(&set, fieldset_step(key), child);
		jv_free(key);
		jv_free(value);
	}
	return set;
}

jv fieldwalk_set(const struct schema *schema, jv value)
{
	if (is_leaf(schema))
		return jv_true();
	if (is_list(schema) && jvs_is(value, JV_KIND_ARRAY))
		return set_of_list(schema, value);
	if (!is_list(schema) && jvs_is(value, JV_KIND_OBJECT))
		return set_of_object(schema, value);
	return jv_null();
}

/* ---- what differs ---- */

void comparison_release(struct comparison *comparison)
{
	jv_free(comparison->added);
	jv_free(comparison->modified);
	jv_free(comparison->removed);
	*comparison = (struct comparison){ 0 };
}

/* Takes step and child. */
static void put_child(struct comparison *into, jv step, struct comparison *child)
{
	fieldset_put(&into->added, jv_copy(step), child->added);
	fieldset_put(&into->modified, jv_copy(step), child->modified);
	fieldset_put(&into->removed, step, child->removed);
}

static bool is_nothing(const struct comparison *comparison)
{
	return jvs_is(comparison->added, JV_KIND_NULL) && jvs_is(comparison->modified, JV_KIND_NULL) &&
	       jvs_is(comparison->removed, JV_KIND_NULL);
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

static void compare_lists(const struct schema *schema, jv old, jv value, struct comparison *comparison)
{
	scoped(keyed) struct keyed before, after;
	struct comparison child;

	keyed_init(&before, schema, old);
	keyed_init(&after, schema, value);
	for (int i = 0; i < jvs_len(before.list); i++) {
		scoped(jv) jv one = jvs_item(before.list, i), step = jvs_item(before.steps, i),
			      other = keyed_get(&after, step);

		fieldwalk_compare(schema->item, one, other, &child);
		put_child(comparison, jv_copy(step), &child);
	}
	for (int i = 0; i < jvs_len(after.list); i++) {
		scoped(jv) jv none = jv_invalid(), item = jvs_item(after.list, i), step = jvs_item(after.steps, i);

		if (keyed_have(&before, step))
			continue;
		fieldwalk_compare(schema->item, none, item, &child);
		put_child(comparison, jv_copy(step), &child);
	}
}

static jv member(jv object, jv key)
{
	return jvs_is(object, JV_KIND_OBJECT) ? jv_object_get(jv_copy(object), jv_copy(key)) : jv_invalid();
}

static void compare_member(const struct schema *schema, jv key, jv old, jv value, struct comparison *comparison)
{
	const struct schema *below = field_schema(schema, jv_string_value(key));
	struct comparison child;

	if (!below)
		return;
	fieldwalk_compare(below, old, value, &child);
	if (!is_nothing(&child))
		put_child(comparison, fieldset_step(key), &child);
}

static void compare_objects(const struct schema *schema, jv old, jv value, struct comparison *comparison)
{
	if (jvs_is(old, JV_KIND_OBJECT)) {
		jv_object_foreach(old, key, one)
		{
			scoped(jv) jv other = member(value, key);

			compare_member(schema, key, one, other, comparison);
			jv_free(key);
			jv_free(one);
		}
	}
	if (jvs_is(value, JV_KIND_OBJECT)) {
		jv_object_foreach(value, key, one)
		{
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
	*comparison = (struct comparison){ jv_null(), jv_null(), jv_null() };
	if (is_leaf(schema) || (is_empty(old) && is_empty(value))) { /* empty or none: the difference is kept */
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
	const struct keyed *live, *config;
	int next; /* in config; past its end: none */
};

static void shared_advance(struct shared *shared, int from)
{
	for (shared->next = from; shared->next < jvs_len(shared->config->steps); shared->next++) {
		scoped(jv) jv step = jvs_item(shared->config->steps, shared->next);

		if (keyed_have(shared->live, step))
			return;
	}
}

/* Whether another shared item than step is awaited. */
static bool awaits_another(const struct shared *shared, jv step)
{
	scoped(jv) jv next = shared->next < jvs_len(shared->config->steps)
				     ? jvs_item(shared->config->steps, shared->next)
				     : jv_null();

	return jvs_is(next, JV_KIND_STRING) && !jvs_equal(next, step);
}

static jv merge_item(const struct schema *schema, const struct keyed *live, const struct keyed *config, jv step)
{
	scoped(jv) jv one = keyed_get(live, step), other = keyed_get(config, step);

	return merge(schema->item, one, other);
}

/* Upstream's order: live's, but items that both have follow config's; new ones stand where config has them. */
static jv merge_lists(const struct schema *schema, jv live_list, jv config_list)
{
	scoped(keyed) struct keyed live, config;
	struct shared shared = { &live, &config, 0 };
	scoped(jv) jv done = jv_array();
	jv out = jv_array();
	int l = 0, r = 0;

	keyed_init(&live, schema, live_list);
	keyed_init(&config, schema, config_list);
	shared_advance(&shared, 0);
	while (l < jvs_len(live.list) || r < jvs_len(config.list)) {
		scoped(jv) jv left = l < jvs_len(live.list) ? jvs_item(live.steps, l) : jv_null();
		scoped(jv) jv right = r < jvs_len(config.list) ? jvs_item(config.steps, r) : jv_null();
		bool has_left = jvs_is(left, JV_KIND_STRING), has_right = jvs_is(right, JV_KIND_STRING);
		bool same = has_left && has_right && jvs_equal(left, right);

		if (!same && has_left && has_right && keyed_have(&config, left) && awaits_another(&shared, left)) {
			l++; /* a shared one, but not its turn: it comes where config has it */
		} else if (!same && has_left && !keyed_have(&config, left)) {
			out = jv_array_append(out, jvs_item(live.list, l++));
		} else {
			l += same || (has_left && index_of(done, left) >= 0);
			if (!has_right)
				continue;
			out = jv_array_append(out, merge_item(schema, &live, &config, right));
			done = jv_array_append(done, jv_copy(right));
			r++;
			if (!awaits_another(&shared, right))
				shared_advance(&shared, r);
		}
	}
	return out;
}

static jv merge_objects(const struct schema *schema, jv live, jv config)
{
	jv out = jvs_is(live, JV_KIND_OBJECT) ? jv_copy(live) : jv_object();

	if (!jvs_is(config, JV_KIND_OBJECT))
		return out;
	jv_object_foreach(config, key, value)
	{
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
		scoped(jv) jv item = jvs_item(list, i), step = step_of(schema, item), below = fieldset_below(set, step);

		if (!fieldset_has_self(below))
			kept = jv_array_append(kept, fieldwalk_remove(schema->item, item, below));
	}
	return kept;
}

static jv remove_members(const struct schema *schema, jv object, jv set)
{
	jv kept = jv_object();

	jv_object_foreach(object, key, value)
	{
		const struct schema *schema_below = field_schema(schema, jv_string_value(key));
		scoped(jv) jv step = fieldset_step(key), below = fieldset_below(set, step);

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
