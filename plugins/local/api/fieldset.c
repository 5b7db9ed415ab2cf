#include "api/fieldset.h"

#include <stdlib.h>
#include <string.h>

#include "api/schema.h"
#include "base/mem.h"
#include "formats/jvs.h"

bool fieldset_is_empty(jv set)
{
	return !jvs_is(set, JV_KIND_OBJECT) && !jvs_is(set, JV_KIND_TRUE);
}

bool fieldset_has_self(jv set)
{
	return jvs_is(set, JV_KIND_TRUE) ||
	       (jvs_is(set, JV_KIND_OBJECT) && jv_object_has(jv_copy(set), jv_string(".")));
}

jv fieldset_below(jv set, jv step)
{
	jv child;

	if (!jvs_is(set, JV_KIND_OBJECT))
		return jv_null();
	child = jv_object_get(jv_copy(set), jv_copy(step));
	if (jv_is_valid(child))
		return child;
	jv_free(child);
	return jv_null();
}

void fieldset_put(jv *set, jv step, jv child)
{
	if (fieldset_is_empty(child)) {
		jv_free(step);
		jv_free(child);
		return;
	}
	if (jvs_is(*set, JV_KIND_TRUE))
		*set = jv_object_set(jv_object(), jv_string("."), jv_true());
	else if (!jvs_is(*set, JV_KIND_OBJECT))
		*set = jv_object();
	*set = jv_object_set(*set, step, child);
}

void fieldset_add_self(jv *set)
{
	if (jvs_is(*set, JV_KIND_OBJECT))
		*set = jv_object_set(*set, jv_string("."), jv_true());
	else
		*set = jv_true();
}

/* An object that has lost what was below it. */
static jv settle(jv set)
{
	int count = jvs_is(set, JV_KIND_OBJECT) ? jv_object_length(jv_copy(set)) : -1;

	if (count == 0 || (count == 1 && fieldset_has_self(set))) {
		jv_free(set);
		return count ? jv_true() : jv_null();
	}
	return set;
}

void fieldset_drop(jv *set, const char *step)
{
	if (jvs_is(*set, JV_KIND_OBJECT))
		*set = settle(jv_object_delete(*set, jv_string(step)));
}

/* What of a is (in_b) or is not in b. */
static jv filter(jv a, jv b, bool in_b)
{
	jv kept = jv_null();

	if (jvs_is(a, JV_KIND_TRUE))
		return fieldset_has_self(b) == in_b ? jv_true() : jv_null();
	if (!jvs_is(a, JV_KIND_OBJECT))
		return kept;
	if (fieldset_is_empty(b))
		return in_b ? kept : jv_copy(a);
	jv_object_foreach(a, step, child)
	{
		if (jv_string_value(step)[0] == '.' && !jv_string_value(step)[1]) {
			if (fieldset_has_self(b) == in_b)
				fieldset_add_self(&kept);
			jv_free(step);
		} else {
			scoped(jv) jv other = fieldset_below(b, step);

			fieldset_put(&kept, step, filter(child, other, in_b));
		}
		jv_free(child);
	}
	return settle(kept);
}

jv fieldset_difference(jv a, jv b)
{
	return filter(a, b, false);
}

jv fieldset_intersection(jv a, jv b)
{
	return filter(a, b, true);
}

jv fieldset_union(jv a, jv b)
{
	jv both;

	if (fieldset_is_empty(a) || fieldset_is_empty(b))
		return jv_copy(fieldset_is_empty(a) ? b : a);
	both = jv_copy(jvs_is(a, JV_KIND_TRUE) ? b : a);
	if (jvs_is(a, JV_KIND_TRUE) || jvs_is(b, JV_KIND_TRUE)) {
		fieldset_add_self(&both);
		return both;
	}
	jv_object_foreach(b, step, child)
	{
		scoped(jv) jv own = fieldset_below(both, step);

		both = jv_object_set(both, step, fieldset_union(own, child));
		jv_free(child);
	}
	return both;
}

jv fieldset_with_parents(jv set, const struct schema *schema)
{
	jv all = jv_null();

	if (!jvs_is(set, JV_KIND_OBJECT))
		return jv_copy(set);
	if (fieldset_has_self(set))
		all = jv_true();
	jv_object_foreach(set, step, child)
	{
		const char *text = jv_string_value(step);
		const struct schema_field *field = NULL;
		jv below;

		if (!strcmp(text, ".")) {
			jv_free(step);
			jv_free(child);
			continue;
		}
		if (schema && !strncmp(text, "f:", 2))
			field = schema_field(schema, text + 2, strlen(text + 2));
		below = fieldset_with_parents(child, field ? field->schema : schema ? schema->item : NULL);
		if (field)
			fieldset_add_self(&below);
		fieldset_put(&all, step, below);
		jv_free(child);
	}
	return all;
}

static jv read_below(jv fields)
{
	jv set = jv_null();

	if (!jvs_is(fields, JV_KIND_OBJECT))
		return jv_true();
	jv_object_foreach(fields, step, child)
	{
		if (!strcmp(jv_string_value(step), ".")) {
			fieldset_add_self(&set);
			jv_free(step);
		} else {
			fieldset_put(&set, step, read_below(child));
		}
		jv_free(child);
	}
	return fieldset_is_empty(set) ? jv_true() : set;
}

jv fieldset_read(jv fields)
{
	if (!jvs_is(fields, JV_KIND_OBJECT) || jv_object_length(jv_copy(fields)) == 0)
		return jv_null();
	return read_below(fields);
}

jv fieldset_print(jv set)
{
	jv fields = jv_object();

	if (!jvs_is(set, JV_KIND_OBJECT))
		return fields;
	jv_object_foreach(set, step, child)
	{
		fields = jv_object_set(fields, step, fieldset_print(child));
		jv_free(child);
	}
	return fields;
}

jv fieldset_step(jv name)
{
	int len = jv_string_length_bytes(jv_copy(name));
	jv step = jv_string_append_buf(jv_string_empty(len + 2), "f:", 2);

	return jv_string_append_buf(step, jv_string_value(name), len);
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
	scoped(jv) jv steps = jvs_is(set, JV_KIND_OBJECT) ? jv_keys(jv_copy(set)) : jv_array();
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
