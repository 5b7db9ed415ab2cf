#include "api/typed.h"

#include <limits.h>
#include <stdlib.h>

#include "api/json.h"
#include "api/schema.h"
#include "api/times.h"
#include "base/mem.h"
#include "formats/quantity.h"

/* Where a value stands: the way down from the object, on the stack of the functions that read it. */
struct step {
	const struct step *up;
	const struct schema *owner; /* of a field: the struct that it is a field of */
	struct slice name;	    /* of a field or a key of a map */
	int index;		    /* of an item, where name is none */
};

struct decoder {
	struct json json;
	struct strs *told; /* unknown and duplicate fields; NULL: nobody asks */
	char *fatal;	   /* what a type's own reader said: counts before */
	char *wrong;	   /* the first value of another type */
};

static void print_path(const struct step *step, struct buf *to)
{
	if (!step)
		return;
	print_path(step->up, to);
	if (!step->name.at) {
		buf_printf(to, "[%d]", step->index);
		return;
	}
	if (to->len)
		buf_add_char(to, '.');
	buf_add_slice(to, step->name);
}

static void tell(struct decoder *d, const char *what, const struct step *step)
{
	scoped(buf) struct buf path = { 0 };
	scoped_free char *line = NULL;

	if (!d->told)
		return;
	print_path(step, &path);
	line = mem_printf("%s field \"%s\"", what, buf_text(&path));
	if (!strs_has(d->told, line))
		strs_take(d->told, steal(line));
}

/* "ObjectMeta.metadata.labels": the innermost struct, then the names of the fields alone. False outside any struct. */
static bool print_go_path(const struct step *step, struct buf *to)
{
	scoped(buf) struct buf path = { 0 };
	const struct schema *owner = NULL;

	for (; step; step = step->up) {
		if (!step->owner)
			continue;
		if (!owner)
			owner = step->owner;
		else
			buf_add_char(&path, '.');
		for (size_t i = step->name.len; i > 0; i--)
			buf_add_char(&path, step->name.at[i - 1]);
	}
	if (!owner)
		return false;
	buf_printf(to, "%s.", owner->go + strlen("v1."));
	for (size_t i = path.len; i > 0; i--)
		buf_add_char(to, path.at[i - 1]);
	return true;
}

static char *mismatch(const char *what, const struct step *step, const char *go)
{
	scoped(buf) struct buf text = { 0 };

	buf_printf(&text, "json: cannot unmarshal %s into Go ", what);
	buf_add_text(&text, "struct field ");
	if (!print_go_path(step, &text)) {
		buf_clear(&text);
		buf_printf(&text, "json: cannot unmarshal %s into Go value", what);
	}
	buf_printf(&text, " of type %s", go);
	return buf_steal(&text);
}

static void keep_first(char **slot, char *text)
{
	if (*slot)
		free(text);
	else
		*slot = text;
}

static const char *kind_of_next(char next)
{
	switch (next) {
	case '{':
		return "object";
	case '[':
		return "array";
	case '"':
		return "string";
	case '0':
		return "number";
	default:
		return "bool";
	}
}

/* Another type stands there than go: told, and read over. */
static jv wrong_type(struct decoder *d, const struct step *step, const char *go)
{
	keep_first(&d->wrong, mismatch(kind_of_next(json_peek(&d->json)), step, go));
	json_skip(&d->json);
	return jv_invalid();
}

static jv read_text(struct decoder *d)
{
	struct slice text = json_string(&d->json);

	return jv_string_sized(text.at, (int)text.len);
}

static jv read_integer(struct decoder *d, const struct step *step, const char *go, bool small)
{
	struct slice text = json_number(&d->json);
	double value = json_double(text);
	bool whole =
		!memchr(text.at, '.', text.len) && !memchr(text.at, 'e', text.len) && !memchr(text.at, 'E', text.len);

	if (whole && (small ? value >= INT32_MIN && value <= INT32_MAX : value >= -0x1p63 && value < 0x1p63))
		return jv_number(value);
	if (!d->json.error) {
		scoped_free char *what = mem_printf("number %.*s", (int)text.len, text.at);

		keep_first(&d->wrong, mismatch(what, step, go));
	}
	return jv_invalid();
}

static int base64_value(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *found = c ? strchr(digits, c) : NULL;

	return found ? (int)(found - digits) : -1;
}

/* Where Go's decoder stops at what is no base64, or -1. */
static long base64_fault(struct slice text)
{
	size_t digits = 0, i;

	for (i = 0; i < text.len && text.at[i] != '='; i++) {
		if (text.at[i] == '\n' || text.at[i] == '\r')
			continue;
		if (base64_value(text.at[i]) < 0)
			return (long)i;
		digits++;
	}
	if (i == text.len)
		return digits % 4 ? (long)(text.len - digits % 4) : -1;
	if (digits % 4 < 2)
		return (long)i;
	if (digits % 4 == 2 && (i + 1 >= text.len || text.at[i + 1] != '='))
		return (long)(i + 1 < text.len ? i + 1 : text.len);
	i += digits % 4 == 2 ? 2 : 1;
	return i < text.len ? (long)i : -1;
}

static jv read_bytes(struct decoder *d)
{
	struct slice text = json_string(&d->json);
	long fault = base64_fault(text);

	if (fault < 0)
		return jv_string_sized(text.at, (int)text.len);
	keep_first(&d->wrong, mem_printf("illegal base64 data at input byte %ld", fault));
	return jv_invalid();
}

static jv read_time(struct decoder *d, bool micro)
{
	scoped_free char *text = slice_dup(json_string(&d->json)), *canonical = NULL;
	char *error = NULL;

	canonical = times_canonical(text, micro, &error);
	if (canonical && strncmp(canonical, "0001-01-01T00:00:00", 19) != 0) /* Go's zero time is none */
		return jv_string(canonical);
	if (!canonical)
		keep_first(&d->fatal, error);
	return jv_invalid();
}

static jv read_quantity(struct decoder *d, bool quoted)
{
	struct slice text = quoted ? json_string(&d->json) : json_number(&d->json);
	scoped(buf) struct buf canonical = { 0 };
	struct quantity quantity;
	const char *fault;

	while (text.len && *text.at == ' ')
		text.at++, text.len--;
	while (text.len && text.at[text.len - 1] == ' ')
		text.len--;
	fault = quantity_parse(text, &quantity);
	if (fault) {
		keep_first(&d->fatal, mem_dup(fault));
		return jv_invalid();
	}
	quantity_print(&quantity, &canonical);
	return jv_string_sized(canonical.at, (int)canonical.len);
}

static jv read_value(struct decoder *d, const struct schema *schema, const struct step *step);

static bool is_zero(jv value)
{
	switch (jv_get_kind(value)) {
	case JV_KIND_FALSE:
	case JV_KIND_NULL:
		return true;
	case JV_KIND_NUMBER:
		return jv_number_value(value) == 0;
	case JV_KIND_STRING:
		return !*jv_string_value(value);
	case JV_KIND_ARRAY:
		return jv_array_length(jv_copy(value)) == 0;
	case JV_KIND_OBJECT:
		return jv_object_length(jv_copy(value)) == 0;
	default:
		return false;
	}
}

/* Whether Go leaves the field out though its value was given. */
static bool leaves_out(const struct schema_field *field, jv value)
{
	return field->omit_zero && field->zero == ZERO_ABSENT && is_zero(value);
}

static jv read_struct(struct decoder *d, const struct schema *schema, const struct step *up)
{
	jv object = jv_object();
	uint64_t seen = 0;
	struct slice key;

	for (json_open(&d->json, '{'); json_key(&d->json, &key);) {
		const struct schema_field *field = schema_field(schema, key.at, key.len);
		struct step step = { up, schema, key, 0 };
		jv value;

		if (!field) {
			tell(d, "unknown", &step);
			json_skip(&d->json);
			continue;
		}
		step.name = (struct slice){ field->name, field->name_len };
		if (seen & (uint64_t)1 << (field - schema->fields))
			tell(d, "duplicate", &step);
		seen |= (uint64_t)1 << (field - schema->fields);
		value = read_value(d, field->schema, &step);
		if (jv_is_valid(value) && !leaves_out(field, value))
			object = jv_object_set(object, jv_string_sized(field->name, field->name_len), value);
		else
			jv_free(value);
	}
	return typed_fill(object, schema);
}

static jv read_map(struct decoder *d, const struct schema *schema, const struct step *up)
{
	jv object = jv_object();
	struct slice key;

	for (json_open(&d->json, '{'); json_key(&d->json, &key);) {
		jv name = jv_string_sized(key.at, (int)key.len), value;
		struct step step = { up, NULL, { jv_string_value(name), key.len }, 0 };

		if (d->told && jv_object_has(jv_copy(object), jv_copy(name)))
			tell(d, "duplicate", &step);
		value = read_value(d, schema->item, &step);
		if (!jv_is_valid(value)) {
			jv_free(value);
			value = typed_zero(schema->item);
		}
		object = jv_object_set(object, name, value);
	}
	return object;
}

static jv read_list(struct decoder *d, const struct schema *schema, const struct step *up)
{
	jv list = jv_array();
	struct step step = { .up = up };

	for (json_open(&d->json, '['); json_item(&d->json); step.index++) {
		jv value = read_value(d, schema->item, &step);

		if (!jv_is_valid(value)) {
			jv_free(value);
			value = typed_zero(schema->item);
		}
		list = jv_array_append(list, value);
	}
	return list;
}

/* What a form is written as: json_peek()'s letters. */
static const char *const accepted[] = {
	[SCHEMA_STRING] = "\"",
	[SCHEMA_BOOL] = "tf",
	[SCHEMA_INT32] = "0",
	[SCHEMA_INT64] = "0",
	[SCHEMA_DOUBLE] = "0",
	[SCHEMA_BYTES] = "\"",
	[SCHEMA_TIME] = "\"",
	[SCHEMA_MICRO_TIME] = "\"",
	[SCHEMA_QUANTITY] = "\"0",
	[SCHEMA_INT_OR_STRING] = "\"0",
	[SCHEMA_RAW] = "{[\"0tf",
	[SCHEMA_STRUCT] = "{",
	[SCHEMA_MAP] = "{",
	[SCHEMA_LIST] = "[",
};

static jv read_scalar(struct decoder *d, const struct schema *schema, const struct step *step, char next)
{
	switch ((enum schema_form)schema->form) {
	case SCHEMA_STRING:
		return read_text(d);
	case SCHEMA_INT32:
	case SCHEMA_INT64:
		return read_integer(d, step, schema->go, schema->form == SCHEMA_INT32);
	case SCHEMA_BYTES:
		return read_bytes(d);
	case SCHEMA_TIME:
	case SCHEMA_MICRO_TIME:
		return read_time(d, schema->form == SCHEMA_MICRO_TIME);
	case SCHEMA_QUANTITY:
		return read_quantity(d, next == '"');
	case SCHEMA_INT_OR_STRING:
		return next == '"' ? read_text(d) : read_integer(d, step, "int32", true);
	default:
		return json_value(&d->json);
	}
}

/* The Go type in what is said of another one: of those with a reader of their own it is what that reader wants. */
static const char *wanted_go(const struct schema *schema)
{
	switch (schema->form) {
	case SCHEMA_TIME:
	case SCHEMA_MICRO_TIME:
		return "string";
	case SCHEMA_INT_OR_STRING:
		return "int32";
	default:
		return schema->go;
	}
}

/* Owned; invalid for null, and where something was wrong, which d knows. */
static jv read_value(struct decoder *d, const struct schema *schema, const struct step *step)
{
	char next = json_peek(&d->json);

	if (next == 'n') {
		json_skip(&d->json);
		return jv_invalid();
	}
	if (!next)
		return jv_invalid();
	if (!strchr(accepted[schema->form], next)) {
		if (schema->form != SCHEMA_QUANTITY)
			return wrong_type(d, step, wanted_go(schema));
		keep_first(&d->fatal, mem_dup(quantity_parse((struct slice){ "x", 1 }, &(struct quantity){ 0 })));
		json_skip(&d->json);
		return jv_invalid();
	}
	if (schema->form == SCHEMA_STRUCT)
		return read_struct(d, schema, step);
	if (schema->form == SCHEMA_MAP)
		return read_map(d, schema, step);
	if (schema->form == SCHEMA_LIST)
		return read_list(d, schema, step);
	return read_scalar(d, schema, step, next);
}

int typed_decode(
	const struct schema *schema, struct slice body, struct strs *told, jv *object, bool *malformed, char **error)
{
	struct decoder d = { .json = json_of(body), .told = told };

	*object = read_value(&d, schema, NULL);
	json_finish(&d.json);
	*malformed = d.json.error;
	*error = d.json.error ? steal(d.json.error) : d.fatal ? steal(d.fatal) : steal(d.wrong);
	json_release(&d.json);
	free(d.fatal);
	free(d.wrong);
	if (!jv_is_valid(*object)) {
		jv_free(*object);
		*object = typed_zero(schema);
	}
	return *error ? -1 : 0;
}

jv typed_zero(const struct schema *schema)
{
	switch ((enum schema_form)schema->form) {
	case SCHEMA_STRING:
	case SCHEMA_BYTES:
		return jv_string("");
	case SCHEMA_BOOL:
		return jv_false();
	case SCHEMA_INT32:
	case SCHEMA_INT64:
	case SCHEMA_DOUBLE:
	case SCHEMA_INT_OR_STRING:
		return jv_number(0);
	case SCHEMA_QUANTITY:
		return jv_string("0");
	case SCHEMA_STRUCT:
		return typed_fill(jv_object(), schema);
	default:
		return jv_null();
	}
}

jv typed_fill(jv object, const struct schema *schema)
{
	for (const struct schema_field *field = schema->fields; field < schema->fields + schema->count; field++) {
		jv name, zero;

		if (field->zero == ZERO_ABSENT)
			continue;
		name = jv_string_sized(field->name, field->name_len);
		if (jv_object_has(jv_copy(object), jv_copy(name))) {
			jv_free(name);
			continue;
		}
		zero = field->zero == ZERO_NULL ? jv_null() : typed_zero(field->schema);
		object = jv_object_set(object, name, zero);
	}
	return object;
}
