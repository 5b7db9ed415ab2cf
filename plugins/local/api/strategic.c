/* Strategic merge patch: as a merge patch, but lists are merged by key or as sets where the table says so, and the
 * patch may hold directives. Source: k8s.io/apimachinery/pkg/util/strategicpatch. */
#include <stdlib.h>
#include <string.h>

#include "api/kind.h"
#include "api/patch.h"
#include "api/refuse.h"
#include "api/schema.h"
#include "base/mem.h"
#include "formats/jvs.h"

#define DIRECTIVE "$patch"
#define RETAIN_KEYS "$retainKeys"
#define ORDER "$setElementOrder/"
#define DELETE_FROM "$deleteFromPrimitiveList/"

/* ---- what the table knows of a place; NULL schema: nothing ---- */

struct place {
	const struct schema *schema; /* of the value */
	const char *key;	     /* by which its items are merged; NULL: as scalars */
	unsigned strategy;
};

static struct place place_of(const struct schema *schema, const char *name)
{
	const struct schema_field *field;

	if (!schema)
		return (struct place){ 0 };
	if (schema->form == SCHEMA_MAP)
		return (struct place){ .schema = schema->item };
	field = schema_field(schema, name, strlen(name));
	if (!field)
		return (struct place){ 0 };
	return (struct place){ field->schema, field->merge_key, field->strategy };
}

static const struct schema *item_of(const struct schema *schema)
{
	return schema && schema->form == SCHEMA_LIST ? schema->item : NULL;
}

/* ---- faults, in the words of Go ---- */

/* As Go's %v prints a value: map[a:1 b:[x y]]. */
static void print_go(jv value, struct buf *to)
{
	if (jvs_is(value, JV_KIND_OBJECT)) {
		scoped(jv) jv keys = jv_keys(jv_copy(value));

		buf_add_text(to, "map[");
		for (int i = 0; i < jvs_len(keys); i++) {
			scoped(jv) jv key = jvs_item(keys, i), child = jvs_at(value, jv_string_value(key));

			buf_printf(to, "%s%s:", i ? " " : "", jv_string_value(key));
			print_go(child, to);
		}
		buf_add_char(to, ']');
	} else if (jvs_is(value, JV_KIND_ARRAY)) {
		buf_add_char(to, '[');
		for (int i = 0; i < jvs_len(value); i++) {
			scoped(jv) jv item = jvs_item(value, i);

			buf_add_text(to, i ? " " : "");
			print_go(item, to);
		}
		buf_add_char(to, ']');
	} else if (jvs_is(value, JV_KIND_STRING)) {
		buf_add_text(to, jv_string_value(value));
	} else if (jvs_is(value, JV_KIND_NULL)) {
		buf_add_text(to, "<nil>");
	} else {
		jvs_print(value, to);
	}
}

static char *go_text(jv value)
{
	scoped(buf) struct buf text = { 0 };

	print_go(value, &text);
	return buf_steal(&text);
}

static const char *go_type(jv value)
{
	switch (jv_get_kind(value)) {
	case JV_KIND_OBJECT:
		return "map[string]interface {}";
	case JV_KIND_ARRAY:
		return "[]interface {}";
	case JV_KIND_STRING:
		return "string";
	case JV_KIND_NUMBER:
		return "int64";
	case JV_KIND_NULL:
		return "%!s(<nil>)";
	default:
		return "bool";
	}
}

static int no_merge_key(jv item, const char *key, struct err *err)
{
	scoped_free char *text = go_text(item);

	return refuse(err, 500, NULL, "map: %s does not contain declared merge key: %s", text, key);
}

static int bad_patch_type(jv type, jv map, struct err *err)
{
	scoped_free char *text = go_text(map), *name = go_text(type);

	return refuse(err, 500, NULL, "unknown patch type: %s in map: %s", name, text);
}

static int not_a_list(jv value, struct err *err)
{
	return refuse(err, 500, NULL, "expected a []interface {}, but received a %s", go_type(value));
}

/* ---- lists ---- */

static bool is_directive(jv item)
{
	return jvs_is(item, JV_KIND_OBJECT) && jv_object_has(jv_copy(item), jv_string(DIRECTIVE));
}

/* Whether both are the same item: by key, or (key NULL) the same scalar. */
static bool same_item(jv a, jv b, const char *key)
{
	scoped(jv) jv one = key ? jvs_at(a, key) : jv_copy(a), other = key ? jvs_at(b, key) : jv_copy(b);

	return jvs_equal(one, other) && !(key && jvs_is(one, JV_KIND_NULL));
}

static int index_in(jv list, jv item, const char *key)
{
	for (int i = 0; i < jvs_len(list); i++) {
		scoped(jv) jv one = jvs_item(list, i);

		if (same_item(one, item, key))
			return i;
	}
	return -1;
}

/* Every item has its key. */
static int check_keys(jv list, const char *key, struct err *err)
{
	for (int i = 0; key && i < jvs_len(list); i++) {
		scoped(jv) jv item = jvs_item(list, i), value = jvs_at(item, key);

		if (jvs_is(value, JV_KIND_NULL) || !jv_is_valid(value))
			return no_merge_key(item, key, err);
	}
	return 0;
}

/* Stable, by the place in order; what does not stand there keeps its place behind the one before it. */
static jv sort_by(jv list, jv order, const char *key)
{
	jv sorted = jv_array();

	for (int i = 0; i < jvs_len(list); i++) {
		scoped(jv) jv item = jvs_item(list, i);
		int rank = index_in(order, item, key), at = jvs_len(sorted);
		jv head, tail;

		for (; at > 0 && rank >= 0; at--) {
			scoped(jv) jv before = jvs_item(sorted, at - 1);

			if (index_in(order, before, key) <= rank)
				break;
		}
		head = jv_array_slice(jv_copy(sorted), 0, at);
		tail = jv_array_slice(sorted, at, i);
		sorted = jv_array_concat(jv_array_append(head, jv_copy(item)), tail);
	}
	return sorted;
}

/* The items that the patch speaks of stand in its order, the server's own in theirs; where the two meet, the server's
 * order decides, else the patch's come first. */
static jv interleave(jv own, jv spoken, jv server_order, const char *key)
{
	jv all = jv_array();
	int i = 0, k = 0;

	while (i < jvs_len(own) || k < jvs_len(spoken)) {
		scoped(jv) jv left = i < jvs_len(own) ? jvs_item(own, i) : jv_invalid();
		scoped(jv) jv right = k < jvs_len(spoken) ? jvs_item(spoken, k) : jv_invalid();
		bool first = jv_is_valid(left);

		if (jv_is_valid(left) && jv_is_valid(right)) {
			int a = index_in(server_order, left, key), b = index_in(server_order, right, key);

			first = a >= 0 && b >= 0 && a < b;
		}
		all = jv_array_append(all, jv_copy(first ? left : right));
		*(first ? &i : &k) += 1;
	}
	return all;
}

static jv in_order(jv merged, jv patch_order, jv server_order, const char *key)
{
	scoped(jv) jv own = jv_array(), spoken = jv_array(), sorted_own = jv_null(), sorted = jv_null();

	for (int i = 0; i < jvs_len(merged); i++) {
		scoped(jv) jv item = jvs_item(merged, i);
		jv *half = index_in(patch_order, item, key) < 0 ? &own : &spoken;

		*half = jv_array_append(*half, jv_copy(item));
	}
	sorted_own = sort_by(own, server_order, key);
	sorted = sort_by(spoken, patch_order, key);
	return interleave(sorted_own, sorted, server_order, key);
}

static jv without(jv list, jv gone, const char *key)
{
	jv kept = jv_array();

	for (int i = 0; i < jvs_len(list); i++) {
		scoped(jv) jv item = jvs_item(list, i);

		if (index_in(gone, item, key) < 0)
			kept = jv_array_append(kept, jv_copy(item));
	}
	return kept;
}

static int merge_map(jv original, jv patch, const struct schema *schema, jv *result, struct err *err);

/* Items that are directives are obeyed; *rest is what is left of the patch, *base what it is merged into. */
static int obey_items(jv original, jv patch, const char *key, jv *base, jv *rest, struct err *err)
{
	bool replace = false;

	*base = jv_copy(original);
	*rest = jv_array();
	for (int i = 0; i < jvs_len(patch); i++) {
		scoped(jv) jv item = jvs_item(patch, i), directive = jvs_at(item, DIRECTIVE), one = jv_null();

		if (!is_directive(item)) {
			*rest = jv_array_append(*rest, jv_copy(item));
		} else if (!strcmp(jvs_text(directive), "replace")) {
			replace = true;
		} else if (!strcmp(jvs_text(directive), "delete")) {
			jv kept;

			one = JV_ARRAY(jv_copy(item));
			if (check_keys(one, key, err) < 0)
				return -1;
			kept = without(*base, one, key);
			jv_free(*base);
			*base = kept;
		} else if (!strcmp(jvs_text(directive), "merge")) {
			return refuse(err, 500, NULL, "merging lists cannot yet be specified in the patch");
		} else {
			return bad_patch_type(directive, item, err);
		}
	}
	if (replace) {
		jv_free(*base);
		*base = *rest;
		*rest = jv_array();
	}
	return 0;
}

/* Item by item into base, which is changed; a new item goes to the end. */
static int merge_items(jv *base, jv rest, const struct schema *item_schema, const char *key, struct err *err)
{
	for (int i = 0; i < jvs_len(rest); i++) {
		scoped(jv) jv item = jvs_item(rest, i);
		int at = index_in(*base, item, key);
		jv merged;

		if (at < 0) {
			*base = jv_array_append(*base, jv_copy(item));
		} else {
			scoped(jv) jv old = jvs_item(*base, at);

			if (merge_map(old, item, item_schema, &merged, err) < 0)
				return -1;
			*base = jv_array_set(*base, at, merged);
		}
	}
	return 0;
}

static int merge_keyed(jv original, jv patch, const struct schema *schema, const char *key, jv *result, struct err *err)
{
	scoped(jv) jv base = jv_null(), rest = jv_null();

	if (obey_items(original, patch, key, &base, &rest, err) < 0 || check_keys(rest, key, err) < 0 ||
		merge_items(&base, rest, item_of(schema), key, err) < 0 || check_keys(base, key, err) < 0)
		return -1;
	*result = in_order(base, rest, original, key);
	return 0;
}

static jv merge_scalars(jv original, jv patch)
{
	scoped(jv) jv merged = jv_array();
	jv both = jv_array_concat(jv_copy(original), jv_copy(patch)), ordered;

	for (int i = 0; i < jvs_len(both); i++) {
		scoped(jv) jv item = jvs_item(both, i);

		if (index_in(merged, item, NULL) < 0)
			merged = jv_array_append(merged, jv_copy(item));
	}
	jv_free(both);
	ordered = in_order(merged, patch, original, NULL);
	return ordered;
}

/* Lists of objects or of scalars? A mixture is refused. */
static int element_kind(jv original, jv patch, jv_kind *kind, struct err *err)
{
	scoped(jv) jv all = jv_array_concat(jv_copy(original), jv_copy(patch)), first = jvs_item(all, 0);

	*kind = jv_get_kind(first);
	if (*kind == JV_KIND_ARRAY)
		return refuse(err, 422, "Invalid", "lists of lists are not supported");
	for (int i = 1; i < jvs_len(all); i++) {
		scoped(jv) jv item = jvs_item(all, i);

		if (!jvs_is(item, *kind)) {
			scoped_free char *one = go_text(original), *other = go_text(patch);

			return refuse(err, 500, NULL, "list element types are not identical: [%s %s]", one, other);
		}
	}
	return 0;
}

static int merge_list(jv original, jv patch, const struct place *place, bool deleting, jv *result, struct err *err)
{
	jv_kind kind;

	*result = jv_null();
	if (!(place->strategy & PATCH_MERGE) && !deleting) {
		*result = jv_copy(patch);
		return 0;
	}
	if (!jvs_len(original) && !jvs_len(patch)) {
		*result = jv_copy(original);
		return 0;
	}
	if (element_kind(original, patch, &kind, err) < 0)
		return -1;
	if (kind == JV_KIND_OBJECT && !place->key)
		return refuse(err, 500, NULL, "cannot merge lists without merge key for %s", place->schema->go);
	if (kind == JV_KIND_OBJECT)
		return merge_keyed(original, patch, place->schema, place->key, result, err);
	*result = deleting ? without(original, patch, NULL) : merge_scalars(original, patch);
	return 0;
}

/* ---- objects ---- */

/* A new value: directives in it mean nothing and go, nulls too. False where nothing is left of it. */
static bool clean(jv value, jv *cleaned)
{
	jv child;

	if (is_directive(value))
		return false;
	if (jvs_is(value, JV_KIND_OBJECT)) {
		*cleaned = jv_object();
		jv_object_foreach(value, key, one)
		{
			if (!jvs_is(one, JV_KIND_NULL) && clean(one, &child))
				*cleaned = jv_object_set(*cleaned, jv_copy(key), child);
			jv_free(key);
			jv_free(one);
		}
	} else if (jvs_is(value, JV_KIND_ARRAY)) {
		*cleaned = jv_array();
		jv_array_foreach(value, i, one)
		{
			if (clean(one, &child))
				*cleaned = jv_array_append(*cleaned, child);
			jv_free(one);
		}
	} else {
		*cleaned = jv_copy(value);
	}
	return true;
}

static bool has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* $retainKeys: what of the original may stay. Everything that the patch sets must be among it. */
static int retain_keys(jv *original, jv *patch, struct err *err)
{
	scoped(jv) jv keys = jvs_at(*patch, RETAIN_KEYS);
	jv kept;

	if (!jv_object_has(jv_copy(*patch), jv_string(RETAIN_KEYS)))
		return 0;
	kept = jv_object();
	*patch = jv_object_delete(*patch, jv_string(RETAIN_KEYS));
	jv_object_foreach(*patch, key, value)
	{
		bool allowed = jvs_is(value, JV_KIND_NULL) || has_prefix(jv_string_value(key), DELETE_FROM) ||
			       has_prefix(jv_string_value(key), ORDER) || index_in(keys, key, NULL) >= 0;

		jv_free(key);
		jv_free(value);
		if (!allowed || !jvs_is(keys, JV_KIND_ARRAY)) {
			jv_free(kept);
			return refuse(err, 400, "BadRequest", "invalid patch format of retainKeys");
		}
	}
	jv_object_foreach(*original, key, value)
	{
		if (index_in(keys, key, NULL) >= 0)
			kept = jv_object_set(kept, key, value);
		else
			jv_free(key), jv_free(value);
	}
	jv_free(*original);
	*original = kept;
	return 0;
}

/* The items of the patch must stand in the order that it asks for. */
static int check_order(jv list, jv order, const char *key, struct err *err)
{
	int at = 0;

	if (!jvs_len(list) || !jvs_len(order))
		return 0;
	for (int i = 0; i < jvs_len(list); i++) {
		scoped(jv) jv item = jvs_item(list, i), wrapped = JV_ARRAY(jv_copy(item));
		scoped_free char *one = NULL, *other = NULL;

		if (is_directive(item))
			continue;
		if (check_keys(wrapped, key, err) < 0)
			return -1;
		for (; at < jvs_len(order); at++) {
			scoped(jv) jv next = jvs_item(order, at);

			if (same_item(item, next, key))
				break;
		}
		if (at++ < jvs_len(order))
			continue;
		one = go_text(list);
		other = go_text(order);
		return refuse(err, 500, NULL,
			"The order in patch list:\n%s\n doesn't match $setElementOrder list:\n%s\n", one, other);
	}
	return 0;
}

/* $setElementOrder/NAME: the list is merged, then put into that order. */
static int order_list(jv *original, jv *patch, const char *name, jv order, const struct schema *schema, struct err *err)
{
	struct place place = place_of(schema, name);
	scoped(jv) jv old = jvs_at(*original, name), given = jvs_at(*patch, name), merged = jv_null();

	if (!jvs_is(order, JV_KIND_ARRAY))
		return not_a_list(order, err);
	if (!jvs_is(old, JV_KIND_NULL) && !jvs_is(old, JV_KIND_ARRAY))
		return not_a_list(old, err);
	if (!jvs_is(given, JV_KIND_NULL) && !jvs_is(given, JV_KIND_ARRAY))
		return not_a_list(given, err);
	if (check_order(given, order, place.key, err) < 0)
		return -1;
	if (jvs_is(old, JV_KIND_ARRAY) && jvs_is(given, JV_KIND_ARRAY)) {
		if (merge_list(old, given, &place, false, &merged, err) < 0)
			return -1;
	} else if (jvs_is(old, JV_KIND_ARRAY)) {
		merged = jv_copy(old);
	} else if (!jvs_is(given, JV_KIND_ARRAY) || !clean(given, &merged)) {
		return 0;
	}
	if (check_keys(merged, place.key, err) < 0)
		return -1;
	jvs_put(original, name, in_order(merged, order, old, place.key));
	*patch = jv_object_delete(*patch, jv_string(name));
	return 0;
}

static int order_lists(jv *original, jv *patch, const struct schema *schema, struct err *err)
{
	scoped(jv) jv all = jv_copy(*patch);
	int status = 0;

	jv_object_foreach(all, key, order)
	{
		const char *name = jv_string_value(key);

		if (status == 0 && has_prefix(name, ORDER)) {
			*patch = jv_object_delete(*patch, jv_copy(key));
			status = order_list(original, patch, name + strlen(ORDER), order, schema, err);
		}
		jv_free(key);
		jv_free(order);
	}
	return status;
}

/* Sets a value that was not there, or was of another type. */
static void set_clean(jv *original, const char *name, jv value)
{
	jv cleaned;

	if (clean(value, &cleaned))
		jvs_put(original, name, cleaned);
	else
		*original = jv_object_delete(*original, jv_string(name));
}

static int merge_member(jv *original, const char *key, jv value, const struct schema *schema, struct err *err)
{
	bool deleting = has_prefix(key, DELETE_FROM);
	const char *name = deleting ? key + strlen(DELETE_FROM) : key;
	struct place place = place_of(schema, name);
	scoped(jv) jv old = jv_object_get(jv_copy(*original), jv_string(name));
	jv merged;
	int status;

	if (jvs_is(value, JV_KIND_NULL)) {
		*original = jv_object_delete(*original, jv_string(name));
		return 0;
	}
	if (!jv_is_valid(old) || jv_get_kind(old) != jv_get_kind(value)) {
		if (!deleting)
			set_clean(original, name, value);
		return 0;
	}
	if (jvs_is(value, JV_KIND_OBJECT) && !(place.strategy & PATCH_REPLACE))
		status = merge_map(old, value, place.schema, &merged, err);
	else if (jvs_is(value, JV_KIND_ARRAY))
		status = merge_list(old, value, &place, deleting, &merged, err);
	else
		status = (merged = jv_copy(value), 0);
	if (status == 0)
		jvs_put(original, name, merged);
	return status;
}

/* $patch in the object itself: *done where it says all. */
static int obey_map(jv patch, jv *result, bool *done, struct err *err)
{
	scoped(jv) jv directive = jvs_at(patch, DIRECTIVE);

	*done = is_directive(patch);
	if (!*done)
		return 0;
	if (!strcmp(jvs_text(directive), "replace"))
		*result = jv_object_delete(jv_copy(patch), jv_string(DIRECTIVE));
	else if (!strcmp(jvs_text(directive), "delete"))
		*result = jv_object();
	else
		return bad_patch_type(directive, patch, err);
	return 0;
}

static int merge_map(jv original, jv patch, const struct schema *schema, jv *result, struct err *err)
{
	scoped(jv) jv rest = jv_copy(patch);
	bool done;
	int status;

	*result = jv_null();
	status = obey_map(patch, result, &done, err);
	if (done)
		return status;
	*result = jv_copy(original);
	status = retain_keys(result, &rest, err);
	if (status == 0)
		status = order_lists(result, &rest, schema, err);
	jv_object_foreach(rest, key, value)
	{
		if (status == 0)
			status = merge_member(result, jv_string_value(key), value, schema, err);
		jv_free(key);
		jv_free(value);
	}
	if (status < 0) {
		jv_free(*result);
		*result = jv_null();
	}
	return status;
}

int patch_strategic(const struct kind *kind, jv object, jv patch, jv *result, struct err *err)
{
	return merge_map(object, patch, schema_find(kind->schema), result, err);
}
