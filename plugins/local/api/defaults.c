#include "api/edit.h"
#include "api/kind.h"
#include "api/schema.h"
#include "base/err.h"
#include "formats/jvs.h"

/* Goes only where a default lies below: schema.fallbacks is told by the generator. */
static void fill(jv *value, const struct schema *schema);

static void fill_list(jv *list, const struct schema *item)
{
	for (int i = 0, count = jvs_len(*list); i < count; i++) {
		jv value = edit_take_item(list, i);

		fill(&value, item);
		edit_put_item(list, i, value);
	}
}

static void fill_field(jv *object, const struct schema_field *field)
{
	jv child;

	if (field->fallback && !edit_has(*object, field->name)) {
		jvs_put(object, field->name, jv_parse(field->fallback));
		return;
	}
	if (!field->schema->fallbacks)
		return;
	child = edit_take(object, field->name);
	if (jvs_is(child, JV_KIND_NULL)) {
		jv_free(child);
		return;
	}
	fill(&child, field->schema);
	jvs_put(object, field->name, child);
}

static void fill(jv *value, const struct schema *schema)
{
	if (schema->form == SCHEMA_LIST)
		fill_list(value, schema->item);
	if (schema->form != SCHEMA_STRUCT || !jvs_is(*value, JV_KIND_OBJECT))
		return;
	for (const struct schema_field *field = schema->fields; field < schema->fields + schema->count; field++)
		if (field->fallback || field->schema->fallbacks)
			fill_field(value, field);
}

void schema_default(const struct kind *kind, jv *object)
{
	const struct schema *schema = schema_find(kind->schema);

	if (schema->fallbacks)
		fill(object, schema);
	if (kind->hooks && kind->hooks->default_fields)
		kind->hooks->default_fields(object);
}
