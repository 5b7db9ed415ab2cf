#include "api/fieldset.h"

#include <stdlib.h>
#include <string.h>

#include "api/schema.h"
#include "base/mem.h"
#include "formats/jvs.h"

bool fieldset_is_empty(jv set)
{
	return !jvs_is(set, JV_KIND_OBJECT) || jv_object_length(jv_copy(set)) == 0;
}

bool fieldset_has_self(jv set)
{
	return jvs_is(set, JV_KIND_OBJECT) && jv_object_has(jv_copy(set), jv_string("."));
}

jv fieldset_below(jv set, const char *step)
{
	jv child = jvs_at(set, step);

	if (jvs_is(child, JV_KIND_OBJECT))
		return child;
	jv_free(child);
	return jv_object();
}

void fieldset_put(jv *set, const char *step, jv child)
{
	if (fieldset_is_empty(child))
		jv_free(child);
	else
		*set = jv_object_set(*set, jv_string(step), child);
}

void fieldset_add_self(jv *set)
{
	*set = jv_object_set(*set, jv_string("."), jv_object());
}

/* Whether "." of a stays, by whether b has it. */
static bool self_stays(bool in_b, bool wanted_in_b)
{
	return in_b == wanted_in_b;
}

/* What of a is (in_b) or is not in b. deep: a member of b takes all below it along. */
static jv filter(jv a, jv b, bool in_b, bool deep)
{
	jv kept = jv_object();

	if (!jvs_is(a, JV_KIND_OBJECT))
		return kept;
	jv_object_foreach(a, key, child) {
		const char *step = jv_string_value(key);

		if (!strcmp(step, ".")) {
			if (self_stays(fieldset_has_self(b), in_b))
				fieldset_add_self(&kept);
		} else {
			scoped(jv) jv other = fieldset_below(b, step);

			if (!deep || !fieldset_has_self(other))
				fieldset_put(&kept, step, filter(child, other, in_b, deep));
		}
		jv_free(key);
		jv_free(child);
	}
	return kept;
}

jv fieldset_difference(jv a, jv b)
{
	return fieldset_is_empty(b) ? jv_copy(a) : filter(a, b, false, false);
}

jv fieldset_intersection(jv a, jv b)
{
	return filter(a, b, true, false);
}

jv fieldset_without(jv a, jv b)
{
	return fieldset_is_empty(b) ? jv_copy(a) : filter(a, b, false, true);
}

jv fieldset_union(jv a, jv b)
{
	jv both = jvs_is(a, JV_KIND_OBJECT) ? jv_copy(a) : jv_object();

	if (!jvs_is(b, JV_KIND_OBJECT))
		return both;
	jv_object_foreach(b, key, child) {
		scoped(jv) jv own = fieldset_below(both, jv_string_value(key));

		both = jv_object_set(both, key, fieldset_union(own, child));
		jv_free(child);
	}
	return both;
}

jv fieldset_with_parents(jv set, const struct schema *schema)
{
	jv all = jv_object();

	jv_object_foreach(set, key, child) {
		const char *step = jv_string_value(key);
		const struct schema_field *field = NULL;
		jv below;

		if (schema && !strncmp(step, "f:", 2))
			field = schema_field(schema, step + 2, strlen(step + 2));
		below = fieldset_with_parents(child, field ? field->schema : schema ? schema->item : NULL);
		if (field)
			fieldset_add_self(&below);
		all = jv_object_set(all, key, below);
		jv_free(child);
	}
	return all;
}

jv fieldset_read(jv fields)
{
	jv set = jv_object();

	if (!jvs_is(fields, JV_KIND_OBJECT))
		return set;
	jv_object_foreach(fields, key, child) {
		if (!strcmp(jv_string_value(key), ".")) {
			fieldset_add_self(&set);
		} else {
			jv below = fieldset_read(child);

			if (fieldset_is_empty(below))
				fieldset_add_self(&below);
			set = jv_object_set(set, jv_copy(key), below);
		}
		jv_free(key);
		jv_free(child);
	}
	return set;
}

jv fieldset_print(jv set)
{
	jv fields = jv_object();

	if (fieldset_has_self(set) && jv_object_length(jv_copy(set)) == 1)
		return fields;
	jv_object_foreach(set, key, child) {
		fields = jv_object_set(fields, key, fieldset_print(child));
		jv_free(child);
	}
	return fields;
}

char *fieldset_item_step(jv keys)
{
	scoped(jv) jv text = jv_dump_string(jv_copy(keys), JV_PRINT_SORTED);

	return mem_printf("k:%s", jv_string_value(text));
}

char *fieldset_value_step(jv value)
{
	scoped(jv) jv text = jv_dump_string(jv_copy(value), 0);

	return mem_printf("v:%s", jv_string_value(text));
}

char *fieldset_field_step(const char *name)
{
	return mem_printf("f:%s", name);
}

static void print_keys(const char *json, struct buf *to)
{
	scoped(jv) jv keys = jv_parse(json), names = jv_is_valid(keys) ? jv_keys(jv_copy(keys)) : jv_array();

	buf_add_char(to, '[');
	for (int i = 0; i < jvs_len(names); i++) {
		scoped(jv) jv name = jvs_item(names, i), value = jvs_at(keys, jvs_text(name));

		buf_printf(to, "%s%s=", i ? "," : "", jvs_text(name));
		jvs_print(value, to);
	}
	buf_add_char(to, ']');
}

void fieldset_print_step(const char *step, struct buf *to)
{
	if (!strncmp(step, "f:", 2))
		buf_printf(to, ".%s", step + 2);
	else if (!strncmp(step, "k:", 2))
		print_keys(step + 2, to);
	else if (!strncmp(step, "v:", 2))
		buf_printf(to, "[=%s]", step + 2);
	else
		buf_printf(to, "[%s]", strchr(step, ':') ? strchr(step, ':') + 1 : step);
}

static void each(jv set, struct buf *path, void (*member)(const char *text, void *arg), void *arg)
{
	scoped(jv) jv steps = jv_keys(jv_copy(set));
	size_t len = path->len;

	/* Members of this level, then what is below. */
	for (int pass = 0; pass < 2; pass++) {
		for (int i = 0; i < jvs_len(steps); i++) {
			scoped(jv) jv step = jvs_item(steps, i), child = jvs_at(set, jvs_text(step));

			if (!strcmp(jvs_text(step), "."))
				continue;
			fieldset_print_step(jvs_text(step), path);
			if (pass)
				each(child, path, member, arg);
			else if (fieldset_has_self(child))
				member(buf_text(path), arg);
			path->len = len;
			if (path->at)
				path->at[len] = '\0';
		}
	}
}

void fieldset_each(jv set, void (*member)(const char *text, void *arg), void *arg)
{
	scoped(buf) struct buf path = { 0 };

	each(set, &path, member, arg);
}
