/* tables: run by make; turns schema/types.json into the tables of schema.h (C on stdout).
 *
 * types.json is the server's OpenAPI schemas, a type of the API at a time, narrowed to what klocal serves, with one
 * fact more: "x-go" says how upstream's struct declares the field ("*int32,omitempty"), from which follow what stands
 * in JSON where nothing was given, and the words of type errors. Nothing but libjq is needed, for this runs on the
 * build machine. */
#include <jv.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

struct row {
	char *text;	/* its initialiser */
	bool fallbacks; /* a field at or below has a default */
};

static jv types;	      /* of types.json */
static struct row rows[4096]; /* schema_types: structs by name first, then lists, maps and scalars as they are met */
static int row_count, field_count, struct_count;
static char **names;

static const char *const special[][2] = {
	{ "io.k8s.apimachinery.pkg.apis.meta.v1.Time", "SCHEMA_TIME" },
	{ "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime", "SCHEMA_MICRO_TIME" },
	{ "io.k8s.apimachinery.pkg.api.resource.Quantity", "SCHEMA_QUANTITY" },
	{ "io.k8s.apimachinery.pkg.util.intstr.IntOrString", "SCHEMA_INT_OR_STRING" },
	{ "io.k8s.apimachinery.pkg.runtime.RawExtension", "SCHEMA_RAW" },
	{ "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1", "SCHEMA_RAW" },
	{ "io.k8s.apimachinery.pkg.apis.meta.v1.Patch", "SCHEMA_RAW" },
};

static const char *special_form(const char *name)
{
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (!strcmp(special[i][0], name))
			return special[i][1];
	return NULL;
}

static int struct_index(const char *name)
{
	for (int i = 0; i < struct_count; i++)
		if (!strcmp(names[i], name))
			return i;
	fprintf(stderr, "tables: no type %s\n", name);
	exit(1);
}

/* The same initialiser twice is one row. */
static int intern(char *text)
{
	for (int i = struct_count; i < row_count; i++) {
		if (!strcmp(rows[i].text, text)) {
			free(text);
			return i;
		}
	}
	if (row_count == (int)(sizeof(rows) / sizeof(rows[0]))) {
		fprintf(stderr, "tables: too many types\n");
		exit(1);
	}
	rows[row_count].text = text;
	return row_count++;
}

/* From each struct, list and map to what is in it: fallbacks are carried up when all are known. */
static struct edge {
	int from, to;
} edges[8192];
static int edge_count;

static void add_edge(int from, int to)
{
	if (edge_count == (int)(sizeof(edges) / sizeof(edges[0]))) {
		fprintf(stderr, "tables: too many fields\n");
		exit(1);
	}
	edges[edge_count++] = (struct edge){ from, to };
}

static void carry_fallbacks(void)
{
	bool more = true;

	while (more) {
		more = false;
		for (int i = 0; i < edge_count; i++) {
			if (rows[edges[i].to].fallbacks && !rows[edges[i].from].fallbacks)
				more = rows[edges[i].from].fallbacks = true;
		}
	}
}

/* The type name behind "[]", "map[…]" or "*", up to a comma; lent out of go. */
static char *go_type(const char *go)
{
	return strndup(go + (*go == '*'), strcspn(go + (*go == '*'), ","));
}

static char *go_item(const char *go, jv items)
{
	const char *ref = text_at(items, "$ref"), *form = special_form(ref);

	if (!strncmp(go, "[]", 2))
		return go_type(go + 2);
	if (!strncmp(go, "map[", 4))
		return go_type(strchr(go, ']') + 1);
	if (form && !strcmp(form, "SCHEMA_QUANTITY")) /* of v1.ResourceList, a named map */
		return strdup("resource.Quantity");
	return strdup("string");
}

static char *keys_text(jv property)
{
	jv keys = value_at(property, "x-kubernetes-list-map-keys"); /* put into order: fieldsV1 has them so */
	char *text = strdup("NULL");

	if (jv_get_kind(keys) == JV_KIND_ARRAY && jv_array_length(jv_copy(keys)) > 0) {
		free(text);
		keys = jv_sort(keys, jv_copy(keys));
		text = strdup("(const char *const[]){ ");
		jv_array_foreach(keys, i, key)
		{
			text = text_add(text, "\"%s\", ", jv_string_value(key));
			jv_free(key);
		}
		text = text_add(text, "NULL }");
	}
	jv_free(keys);
	return text;
}

static const char *list_merge(jv property)
{
	const char *type = text_at(property, "x-kubernetes-list-type");

	return !strcmp(type, "map") ? "MERGE_KEYED" : !strcmp(type, "set") ? "MERGE_SET" : "MERGE_ATOMIC";
}

static const char *map_merge(jv property)
{
	return strcmp(text_at(property, "x-kubernetes-map-type"), "atomic") ? "MERGE_GRANULAR" : "MERGE_ATOMIC";
}

static const char *scalar_form(jv property)
{
	const char *type = text_at(property, "type"), *format = text_at(property, "format");

	if (!strcmp(type, "boolean"))
		return "SCHEMA_BOOL";
	if (!strcmp(type, "number"))
		return "SCHEMA_DOUBLE";
	if (!strcmp(type, "integer"))
		return strcmp(format, "int32") ? "SCHEMA_INT64" : "SCHEMA_INT32";
	if (!strcmp(type, "string"))
		return strcmp(format, "byte") ? "SCHEMA_STRING" : "SCHEMA_BYTES";
	return "SCHEMA_RAW";
}

static int type_index(jv property, const char *go);

static int container_index(jv property, jv items, const char *go, const char *form, const char *merge)
{
	char *inner = go_item(go, items), *keys = keys_text(property);
	int item = type_index(items, inner), index;
	char *text = text_add(NULL, ".go = \"%s\", .form = %s, .merge = %s, .item = &schema_types[%d], .keys = %s", go,
		form, merge, item, keys);

	free(inner);
	free(keys);
	index = intern(text);
	add_edge(index, item);
	return index;
}

/* The row of a property's type; go: upstream's name of it. */
static int type_index(jv property, const char *go)
{
	const char *ref = text_at(property, "$ref"), *form = special_form(ref);
	jv items = value_at(property, "items"), values = value_at(property, "additionalProperties");
	int index;

	if (*ref && !form)
		index = struct_index(ref);
	else if (jv_get_kind(items) == JV_KIND_OBJECT)
		index = container_index(property, items, go, "SCHEMA_LIST", list_merge(property));
	else if (jv_get_kind(values) == JV_KIND_OBJECT)
		index = container_index(property, values, go, "SCHEMA_MAP", map_merge(property));
	else
		index = intern(text_add(NULL, ".go = \"%s\", .form = %s", go, form ? form : scalar_form(property)));
	jv_free(items);
	jv_free(values);
	return index;
}

/* What Go writes for a field that was not given. */
static const char *zero_of(const char *form, const char *go)
{
	static const char *const zeros[][2] = {
		{ "SCHEMA_TIME", "ZERO_NULL" },
		{ "SCHEMA_MICRO_TIME", "ZERO_NULL" },
		{ "SCHEMA_RAW", "ZERO_NULL" },
		{ "SCHEMA_STRUCT", "ZERO_STRUCT" },
		{ "SCHEMA_QUANTITY", "ZERO_QUANTITY" },
		{ "SCHEMA_INT_OR_STRING", "ZERO_NUMBER" }, /* structs in Go: omitempty does nothing */
		{ "SCHEMA_STRING", "ZERO_TEXT" },
		{ "SCHEMA_BOOL", "ZERO_FALSE" },
		{ "SCHEMA_INT32", "ZERO_NUMBER" },
		{ "SCHEMA_INT64", "ZERO_NUMBER" },
		{ "SCHEMA_DOUBLE", "ZERO_NUMBER" },
		{ "SCHEMA_BYTES", "ZERO_NULL" },
		{ "SCHEMA_LIST", "ZERO_NULL" },
		{ "SCHEMA_MAP", "ZERO_NULL" },
	};
	bool pointer = *go == '*', empty = strstr(go, ",omitempty"), zero = strstr(go, ",omitzero");

	if (!*go || zero || (pointer && empty))
		return "ZERO_ABSENT";
	if (pointer)
		return "ZERO_NULL";
	for (size_t i = 0; i < sizeof(zeros) / sizeof(zeros[0]); i++)
		if (!strcmp(zeros[i][0], form))
			return i >= 6 && empty ? "ZERO_ABSENT" : zeros[i][1];
	return "ZERO_ABSENT";
}

static const char *strategy_of(jv property)
{
	const char *text = text_at(property, "x-kubernetes-patch-strategy");

	if (strstr(text, "merge,retainKeys"))
		return "PATCH_MERGE | PATCH_RETAIN_KEYS";
	return strstr(text, "retainKeys") ? "PATCH_RETAIN_KEYS"
	       : strstr(text, "merge")	  ? "PATCH_MERGE"
	       : strstr(text, "replace")  ? "PATCH_REPLACE"
					  : "0";
}

/* The C text of a default that is no zero value, or NULL: those follow from x-go. */
static char *fallback_of(jv property)
{
	jv value = value_at(property, "default"), dumped;
	bool zero = jv_get_kind(value) == JV_KIND_OBJECT || jv_get_kind(value) == JV_KIND_FALSE ||
		    (jv_get_kind(value) == JV_KIND_NUMBER && jv_number_value(value) == 0) ||
		    (jv_get_kind(value) == JV_KIND_STRING && !*jv_string_value(value));
	char *text;

	if (zero || !jv_is_valid(value)) {
		jv_free(value);
		return strdup("NULL");
	}
	dumped = jv_dump_string(value, 0);
	text = text_quote(jv_string_value(dumped));
	jv_free(dumped);
	return text;
}

static const char *form_of(jv property)
{
	const char *ref = text_at(property, "$ref");

	if (*ref)
		return special_form(ref) ? special_form(ref) : "SCHEMA_STRUCT";
	if (value_is(property, "items"))
		return "SCHEMA_LIST";
	return value_is(property, "additionalProperties") ? "SCHEMA_MAP" : scalar_form(property);
}

static bool is_required(jv type, const char *name)
{
	jv list = value_at(type, "required");
	bool found = false;

	if (jv_get_kind(list) == JV_KIND_ARRAY) {
		jv_array_foreach(list, i, one)
		{
			found = found || !strcmp(jv_string_value(one), name);
			jv_free(one);
		}
	}
	jv_free(list);
	return found;
}

static void print_field(int owner, jv type, const char *name, jv property)
{
	const char *go = text_at(property, "x-go"), *merge_key = text_at(property, "x-kubernetes-patch-merge-key");
	char *plain = go_type(go), *fallback = fallback_of(property);
	int index = type_index(property, plain);

	add_edge(owner, index);
	if (strcmp(fallback, "NULL") != 0)
		rows[owner].fallbacks = true;
	printf("\t{ \"%s\", &schema_types[%d], %s, ", name, index, fallback);
	printf(*merge_key ? "\"%s\", " : "NULL, ", merge_key);
	printf("%zu, %s, %s, %d, %d },\n", strlen(name), strategy_of(property), zero_of(form_of(property), go),
		is_required(type, name), *go && *go != '*' && strstr(go, ",omit"));
	free(plain);
	free(fallback);
}

static void print_struct(int index)
{
	const char *name = names[index], *last = strrchr(name, '.') + 1;
	jv type = value_at(types, name), properties = value_at(type, "properties");
	int count = 0;

	if (jv_get_kind(properties) == JV_KIND_OBJECT) {
		jv keys = jv_keys(jv_copy(properties)); /* sorted */

		jv_array_foreach(keys, i, key)
		{
			jv property = value_at(properties, jv_string_value(key));

			print_field(index, type, jv_string_value(key), property);
			count++;
			jv_free(property);
			jv_free(key);
		}
		jv_free(keys);
	}
	if (count > 64) { /* typed.c remembers in 64 bits which ones it saw */
		fprintf(stderr, "tables: too many fields in %s\n", name);
		exit(1);
	}
	rows[index].text = text_add(NULL,
		".name = \"%s\", .go = \"v1.%s\", .form = SCHEMA_STRUCT, .merge = %s, .fields = schema_fields + %d, "
		".count = %d",
		name, last, map_merge(type), field_count, count);
	field_count += count;
	jv_free(properties);
	jv_free(type);
}

static void collect_structs(void)
{
	jv keys = jv_keys(jv_copy(types));

	names = calloc((size_t)jv_array_length(jv_copy(keys)), sizeof(*names));
	jv_array_foreach(keys, i, key)
	{
		if (!special_form(jv_string_value(key)))
			names[struct_count++] = strdup(jv_string_value(key));
		jv_free(key);
	}
	jv_free(keys);
	row_count = struct_count;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: tables TYPES.json\n");
		return 2;
	}
	types = text_read_json(argv[1]);
	collect_structs();
	printf("/* Made by schema/tables.c from %s. */\n#include \"api/schema.h\"\n\n", strrchr(argv[1], '/') + 1);
	printf("static const struct schema_field schema_fields[] = {\n");
	for (int i = 0; i < struct_count; i++)
		print_struct(i);
	carry_fallbacks();
	printf("};\n\nconst struct schema schema_types[] = {\n");
	for (int i = 0; i < row_count; i++)
		printf("\t{ %s%s },\n", rows[i].text, rows[i].fallbacks ? ", .fallbacks = true" : "");
	printf("};\n\nconst size_t schema_struct_count = %d;\n", struct_count);
	return ferror(stdout) || fflush(stdout) ? 1 : 0;
}
