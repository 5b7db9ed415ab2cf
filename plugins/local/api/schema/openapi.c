/* openapi: run by make; turns schema/GROUP-VERSION.json and types.json into the OpenAPI v3 documents of openapi.h (C on
 * stdout). The files hold what is particular; what every operation says alike is written here. */
#include <inttypes.h>
#include <jv.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static jv types; /* of types.json */

static jv refer(const char *name)
{
	char *path = text_add(NULL, "#/components/schemas/%s", name);
	jv object = jv_object_set(jv_object(), jv_string("$ref"), jv_string(path));

	free(path);
	return object;
}

/* The schema as it is served: takes schema. References are by path, under allOf where something stands beside them. */
static jv publish(jv schema)
{
	jv out;

	if (jv_get_kind(schema) == JV_KIND_ARRAY) {
		out = jv_array();
		jv_array_foreach(schema, i, item) out = jv_array_append(out, publish(item));
		jv_free(schema);
		return out;
	}
	if (jv_get_kind(schema) != JV_KIND_OBJECT)
		return schema;
	out = jv_object();
	jv_object_foreach(schema, key, value)
	{
		const char *name = jv_string_value(key);

		if (!strcmp(name, "x-go") || (!strcmp(name, "$ref") && jv_get_kind(value) == JV_KIND_STRING)) {
			jv_free(key);
			jv_free(value);
			continue;
		}
		out = jv_object_set(out, key, publish(value));
	}
	if (*text_at(schema, "$ref")) {
		jv ref = refer(text_at(schema, "$ref"));

		if (jv_object_length(jv_copy(out)) == 0) {
			jv_free(out);
			out = ref;
		} else {
			out = jv_object_set(out, jv_string("allOf"), jv_array_append(jv_array(), ref));
		}
	}
	jv_free(schema);
	return out;
}

/* Adds name and all that it refers to. Takes into; gives it back. */
static jv add_type(jv into, const char *name);

static jv add_references(jv into, jv schema)
{
	if (jv_get_kind(schema) == JV_KIND_ARRAY) {
		jv_array_foreach(schema, i, item)
		{
			into = add_references(into, item);
			jv_free(item);
		}
	} else if (jv_get_kind(schema) == JV_KIND_OBJECT) {
		if (*text_at(schema, "$ref"))
			into = add_type(into, text_at(schema, "$ref"));
		jv_object_foreach(schema, key, value)
		{
			into = add_references(into, value);
			jv_free(key);
			jv_free(value);
		}
	}
	return into;
}

static jv add_type(jv into, const char *name)
{
	jv type;

	if (value_is(into, name))
		return into;
	type = value_at(types, name);
	if (!jv_is_valid(type)) {
		fprintf(stderr, "openapi: no type %s\n", name);
		exit(1);
	}
	into = jv_object_set(into, jv_string(name), publish(jv_copy(type)));
	into = add_references(into, type);
	jv_free(type);
	return into;
}

/* "apps/v1/Deployment" as the extension that clients look for. */
static jv gvk_of(const char *text)
{
	const char *kind = strrchr(text, '/') + 1, *version = kind - 1;
	jv gvk = jv_object_set(jv_object(), jv_string("kind"), jv_string(kind));

	while (version > text && version[-1] != '/')
		version--;
	gvk = jv_object_set(gvk, jv_string("version"), jv_string_sized(version, (int)(kind - 1 - version)));
	return jv_object_set(gvk, jv_string("group"),
		version > text ? jv_string_sized(text, (int)(version - 1 - text)) : jv_string(""));
}

/* {TYPE: {schema}} for each media type but protobuf, which is not served. Takes schema. */
static jv content_of(jv media, jv schema)
{
	jv content = jv_object();

	if (jv_get_kind(media) == JV_KIND_ARRAY) {
		jv_array_foreach(media, i, one)
		{
			if (!strstr(jv_string_value(one), "protobuf"))
				content = jv_object_set(content, jv_copy(one),
					jv_object_set(jv_object(), jv_string("schema"), jv_copy(schema)));
			jv_free(one);
		}
	}
	jv_free(schema);
	return content;
}

static const char *status_words(const char *code)
{
	static const char *const words[][2] = {
		{ "200", "OK" },
		{ "201", "Created" },
		{ "202", "Accepted" },
		{ "401", "Unauthorized" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(words[i][0], code))
			return words[i][1];
	return "Response";
}

static jv responses_of(jv operation, jv *schemas)
{
	jv given = value_at(operation, "responses"), produces = value_at(operation, "produces"), out = jv_object();

	jv_object_foreach(given, code, type)
	{
		jv response = jv_object_set(
			jv_object(), jv_string("description"), jv_string(status_words(jv_string_value(code))));

		if (jv_get_kind(type) == JV_KIND_STRING) {
			*schemas = add_type(*schemas, jv_string_value(type));
			response = jv_object_set(
				response, jv_string("content"), content_of(produces, refer(jv_string_value(type))));
		} else if (jv_get_kind(type) == JV_KIND_OBJECT) {
			response = jv_object_set(response, jv_string("content"), content_of(produces, jv_copy(type)));
		}
		out = jv_object_set(out, code, response);
		jv_free(type);
	}
	jv_free(given);
	jv_free(produces);
	return out;
}

static jv body_of(jv operation, jv *schemas)
{
	jv body = value_at(operation, "body"), consumes = value_at(operation, "consumes"), out;
	jv first = jv_array_get(body, 0);

	*schemas = add_type(*schemas, jv_string_value(first));
	out = jv_object_set(jv_object(), jv_string("content"), content_of(consumes, refer(jv_string_value(first))));
	jv_free(first);
	jv_free(consumes);
	return out;
}

/* Names to parameters; a name with "#2" is another parameter of that name. */
static jv parameters_of(jv holder, jv table)
{
	jv given = value_at(holder, "parameters"), out = jv_array();

	jv_array_foreach(given, i, name)
	{
		jv parameter = value_at(table, jv_string_value(name));

		parameter = jv_object_set(parameter, jv_string("name"),
			jv_string_sized(jv_string_value(name), (int)strcspn(jv_string_value(name), "#")));
		if (!strcmp(text_at(parameter, "in"), "path"))
			parameter = jv_object_set(parameter, jv_string("required"), jv_true());
		out = jv_array_append(out, parameter);
		jv_free(name);
	}
	jv_free(given);
	return out;
}

static bool has(jv object, const char *key)
{
	return jv_object_has(jv_copy(object), jv_string(key));
}

static jv operation_of(jv given, jv table, jv *schemas)
{
	jv out = jv_object_set(jv_object(), jv_string("operationId"), jv_string(text_at(given, "operationId")));

	out = jv_object_set(out, jv_string("responses"), responses_of(given, schemas));
	if (has(given, "parameters"))
		out = jv_object_set(out, jv_string("parameters"), parameters_of(given, table));
	if (has(given, "body"))
		out = jv_object_set(out, jv_string("requestBody"), body_of(given, schemas));
	if (has(given, "action"))
		out = jv_object_set(out, jv_string("x-kubernetes-action"), jv_string(text_at(given, "action")));
	if (has(given, "gvk"))
		out = jv_object_set(out, jv_string("x-kubernetes-group-version-kind"), gvk_of(text_at(given, "gvk")));
	return out;
}

static jv path_of(jv given, jv table, jv *schemas)
{
	jv out = jv_object();

	jv_object_foreach(given, method, value)
	{
		if (!strcmp(jv_string_value(method), "parameters"))
			out = jv_object_set(out, method, parameters_of(given, table));
		else
			out = jv_object_set(out, method, operation_of(value, table, schemas));
		jv_free(value);
	}
	return out;
}

static jv document_of(jv file)
{
	jv schemas = jv_object(), paths = value_at(file, "paths"), table = value_at(file, "parameters");
	jv out = jv_object(), info = jv_object(), all = jv_object();

	jv_object_foreach(paths, path, given)
	{
		all = jv_object_set(all, path, path_of(given, table, &schemas));
		jv_free(given);
	}
	info = jv_object_set(info, jv_string("title"), jv_string("Kubernetes"));
	info = jv_object_set(info, jv_string("version"), jv_string("1.36"));
	out = jv_object_set(out, jv_string("openapi"), jv_string("3.0.0"));
	out = jv_object_set(out, jv_string("info"), info);
	out = jv_object_set(out, jv_string("paths"), all);
	jv_free(paths);
	jv_free(table);
	return jv_object_set(out, jv_string("components"), jv_object_set(jv_object(), jv_string("schemas"), schemas));
}

/* 64 hexadecimal digits that change with the text: FNV-1a four times, from four beginnings. */
static void print_hash(const char *text)
{
	for (uint64_t start = 1; start <= 4; start++) {
		uint64_t hash = 14695981039346656037u * start;

		for (const char *at = text; *at; at++)
			hash = (hash ^ (unsigned char)*at) * 1099511628211u;
		printf("%016" PRIX64, hash);
	}
}

static void print_literal(const char *text)
{
	for (size_t column = 0; *text; text++) {
		if (column == 0)
			printf("\n\t\"");
		if (*text == '"' || *text == '\\')
			putchar('\\');
		putchar(*text);
		if (++column == 100) {
			putchar('"');
			column = 0;
		}
		if (!text[1] && column)
			putchar('"');
	}
}

static void print_document(const char *path)
{
	jv file = text_read_json(path), text = jv_dump_string(document_of(file), JV_PRINT_SORTED);
	const char *version = text_at(file, "groupVersion");

	printf("\t{ \"%s\", \"", version);
	print_hash(jv_string_value(text));
	printf("\", %d,", jv_string_length_bytes(jv_copy(text)));
	print_literal(jv_string_value(text));
	printf(" },\n");
	jv_free(text);
	jv_free(file);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: openapi TYPES.json GROUP-VERSION.json...\n");
		return 2;
	}
	types = text_read_json(argv[1]);
	printf("/* Made by schema/openapi.c. */\n#include \"api/openapi.h\"\n\nconst struct openapi "
	       "openapi_documents[] = {\n");
	for (int i = 2; i < argc; i++)
		print_document(argv[i]);
	printf("\t{ 0 },\n};\n");
	return ferror(stdout) || fflush(stdout) ? 1 : 0;
}
