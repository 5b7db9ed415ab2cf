#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

jv text_read_json(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t len = 0, cap = 0, got = 1;
	jv value;

	if (!file) {
		perror(path);
		exit(1);
	}
	while (got) {
		if (len == cap)
			text = realloc(text, cap = cap ? cap * 2 : 65536);
		got = fread(text + len, 1, cap - len, file);
		len += got;
	}
	fclose(file);
	value = jv_parse_sized(text, (int)len);
	free(text);
	if (!jv_is_valid(value)) {
		fprintf(stderr, "%s: malformed\n", path);
		exit(1);
	}
	return value;
}

jv value_at(jv object, const char *key)
{
	if (jv_get_kind(object) != JV_KIND_OBJECT)
		return jv_invalid();
	return jv_object_get(jv_copy(object), jv_string(key));
}

bool value_is(jv object, const char *key)
{
	jv value = value_at(object, key);
	bool is = jv_get_kind(value) == JV_KIND_OBJECT;

	jv_free(value);
	return is;
}

const char *text_at(jv object, const char *key)
{
	jv value = value_at(object, key);
	const char *text = jv_get_kind(value) == JV_KIND_STRING ? jv_string_value(value) : "";

	jv_free(value);
	return text;
}

char *text_add(char *text, const char *format, ...)
{
	char *more, *whole;
	va_list args;

	va_start(args, format);
	if (vasprintf(&more, format, args) < 0)
		exit(1);
	va_end(args);
	if (!text)
		return more;
	if (asprintf(&whole, "%s%s", text, more) < 0)
		exit(1);
	free(text);
	free(more);
	return whole;
}

char *text_quote(const char *text)
{
	char *quoted = malloc(strlen(text) * 2 + 3), *at = quoted;

	*at++ = '"';
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			*at++ = '\\';
		*at++ = *text;
	}
	*at++ = '"';
	*at = '\0';
	return quoted;
}
