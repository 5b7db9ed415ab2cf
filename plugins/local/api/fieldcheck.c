/* Whether an applied configuration is of its type. The words are those of structured-merge-diff. */
#include <stdlib.h>
#include <string.h>

#include "api/fieldset.h"
#include "api/fieldwalk.h"
#include "api/schema.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/strs.h"
#include "formats/jvs.h"

struct checker {
	struct buf path;
	struct strs *faults;
};

static void check(struct checker *checker, const struct schema *schema, jv value);

static void fault(struct checker *checker, const char *words)
{
	strs_printf(checker->faults, "%s: %s", buf_text(&checker->path), words);
}

static void mismatch(struct checker *checker, const char *wanted, jv value)
{
	scoped(jv) jv text = jv_dump_string(jv_copy(value), 0);
	scoped_free char *words = mem_printf("expected %s, got %s", wanted, jv_string_value(text));

	fault(checker, words);
}

/* value stands behind step. */
static void check_below(struct checker *checker, const char *step, const struct schema *schema, jv value)
{
	size_t len = checker->path.len;

	fieldset_print_step(step, &checker->path);
	check(checker, schema, value);
	checker->path.len = len;
	if (checker->path.at)
		checker->path.at[len] = '\0';
}

static void check_object(struct checker *checker, const struct schema *schema, jv object)
{
	if (!jvs_is(object, JV_KIND_OBJECT)) {
		mismatch(checker, "map", object);
		return;
	}
	jv_object_foreach(object, key, value)
	{
		const char *name = jv_string_value(key);
		const struct schema_field *field = schema_field(schema, name, strlen(name));
		const struct schema *below = field ? field->schema : schema->item;
		scoped(jv) jv step = fieldset_step(key);

		if (below) {
			check_below(checker, jv_string_value(step), below, value);
		} else {
			size_t len = checker->path.len;

			fieldset_print_step(jv_string_value(step), &checker->path);
			fault(checker, "field not declared in schema");
			checker->path.len = len;
		}
		jv_free(key);
		jv_free(value);
	}
}

static char *json_step(const char *letter, jv value)
{
	scoped(jv) jv text = jv_dump_string(jv_copy(value), JV_PRINT_SORTED);

	return mem_printf("%s%s", letter, jv_string_value(text));
}

/* The step of an item, or NULL and a fault. */
static char *item_step(struct checker *checker, const struct schema *schema, jv item, int index)
{
	scoped(jv) jv keys = jv_object();

	if (schema->merge == MERGE_SET)
		return json_step("v:", item);
	for (const char *const *key = schema->keys; *key; key++) {
		const struct schema_field *field = schema_field(schema->item, *key, strlen(*key));
		jv value = jvs_at(item, *key);

		if (jvs_is(value, JV_KIND_NULL) && field && field->fallback)
			value = jv_parse(field->fallback);
		if (jvs_is(value, JV_KIND_NULL)) {
			scoped_free char *words =
				mem_printf("element %d: associative list with keys has an element that omits key "
					   "field \"%s\" (and doesn't have default value)",
					index, *key);

			fault(checker, words);
			return NULL;
		}
		jvs_put(&keys, *key, value);
	}
	return json_step("k:", keys);
}

static void check_list(struct checker *checker, const struct schema *schema, jv list)
{
	scoped(strs) struct strs seen = { 0 };

	if (!jvs_is(list, JV_KIND_ARRAY)) {
		mismatch(checker, "list", list);
		return;
	}
	for (int i = 0; i < jvs_len(list); i++) {
		scoped(jv) jv item = jvs_item(list, i);
		scoped_free char *step = NULL;

		if (schema->merge == MERGE_ATOMIC)
			step = mem_printf("i:%d", i);
		else
			step = item_step(checker, schema, item, i);
		if (!step)
			continue;
		if (strs_has(&seen, step)) {
			scoped(buf) struct buf words = { 0 };

			buf_add_text(&words, "duplicate entries for key ");
			fieldset_print_step(step, &words);
			fault(checker, buf_text(&words));
		}
		strs_add(&seen, step);
		check_below(checker, step, schema->item, item);
	}
}

static void check_scalar(struct checker *checker, const struct schema *schema, jv value)
{
	switch ((enum schema_form)schema->form) {
	case SCHEMA_STRING:
	case SCHEMA_BYTES:
	case SCHEMA_TIME:
	case SCHEMA_MICRO_TIME:
		if (!jvs_is(value, JV_KIND_STRING))
			mismatch(checker, "string", value);
		break;
	case SCHEMA_BOOL:
		if (!jvs_is(value, JV_KIND_TRUE) && !jvs_is(value, JV_KIND_FALSE))
			mismatch(checker, "boolean", value);
		break;
	case SCHEMA_INT32:
	case SCHEMA_INT64:
	case SCHEMA_DOUBLE:
		if (!jvs_is(value, JV_KIND_NUMBER))
			mismatch(checker, "numeric (int or float)", value);
		break;
	default: /* quantities and the like are read when the whole is decoded */
		break;
	}
}

static void check(struct checker *checker, const struct schema *schema, jv value)
{
	if (jvs_is(value, JV_KIND_NULL))
		return;
	if (schema->form == SCHEMA_LIST)
		check_list(checker, schema, value);
	else if (schema->form == SCHEMA_STRUCT || schema->form == SCHEMA_MAP)
		check_object(checker, schema, value);
	else
		check_scalar(checker, schema, value);
}

void fieldwalk_check(const struct schema *schema, jv value, struct strs *faults)
{
	struct checker checker = { .faults = faults };

	check(&checker, schema, value);
	buf_release(&checker.path);
}
