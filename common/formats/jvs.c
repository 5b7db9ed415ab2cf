#include "formats/jvs.h"

#include <inttypes.h>
#include <limits.h>

#include "base/err.h"
#include "base/mem.h"

int jvs_parse(struct slice text, jv *value, struct err *err)
{
	*value = jv_null();
	if (text.len > INT_MAX)
		return err_set(err, ERR_FAILED, NULL, "a JSON value of over 2 GiB");
	*value = jv_parse_sized(text.at ? text.at : "", (int)text.len);
	if (!jv_is_valid(*value)) {
		scoped(jv) jv message = jv_invalid_get_msg(*value);
		const char *words = jvs_is(message, JV_KIND_STRING) ? jv_string_value(message) : "no JSON value";
		const char *quote = strstr(words, " (while parsing '");     /* all of the text: long, or secret */

		*value = jv_null();
		return err_set(err, ERR_FAILED, NULL, "%.*s", quote ? (int)(quote - words) : INT_MAX, words);
	}
	return 0;
}

bool jvs_is(jv value, jv_kind kind)
{
	return jv_get_kind(value) == kind;
}

static jv child(jv object, struct slice key)
{
	jv found;

	if (!jvs_is(object, JV_KIND_OBJECT))
		return jv_null();
	found = jv_object_get(jv_copy(object), jv_string_sized(key.at, (int)key.len));
	if (jv_is_valid(found))
		return found;
	jv_free(found);
	return jv_null();
}

jv jvs_at(jv object, const char *key)
{
	return child(object, slice_of(key));
}

/* The part of a path before its next dot; *path moves behind that, or to NULL. */
static struct slice next_part(const char **path)
{
	const char *end = strchrnul(*path, '.');
	struct slice part = { *path, (size_t)(end - *path) };

	*path = *end ? end + 1 : NULL;
	return part;
}

jv jvs_get(jv value, const char *path)
{
	jv at = jv_copy(value);

	while (path) {
		jv next = child(at, next_part(&path));

		jv_free(at);
		at = next;
	}
	return at;
}

const char *jvs_text(jv value)
{
	return jvs_is(value, JV_KIND_STRING) ? jv_string_value(value) : "";
}

char *jvs_get_text(jv value, const char *path)
{
	scoped(jv) jv found = jvs_get(value, path);

	return jvs_is(found, JV_KIND_STRING) ? mem_dup(jv_string_value(found)) : NULL;
}

bool jvs_get_is(jv value, const char *path, const char *text)
{
	scoped(jv) jv found = jvs_get(value, path);

	return jvs_is(found, JV_KIND_STRING) && strcmp(jv_string_value(found), text) == 0;
}

int64_t jvs_get_int(jv value, const char *path, int64_t otherwise)
{
	scoped(jv) jv found = jvs_get(value, path);

	return jvs_is(found, JV_KIND_NUMBER) ? (int64_t)jv_number_value(found) : otherwise;
}

bool jvs_get_bool(jv value, const char *path, bool otherwise)
{
	scoped(jv) jv found = jvs_get(value, path);

	return jvs_is(found, JV_KIND_TRUE) || (otherwise && !jvs_is(found, JV_KIND_FALSE));
}

void jvs_put(jv *object, const char *key, jv value)
{
	if (!jvs_is(*object, JV_KIND_OBJECT)) {
		jv_free(*object);
		*object = jv_object();
	}
	*object = jv_object_set(*object, jv_string(key), value);
}

void jvs_set(jv *value, const char *path, jv taken)
{
	struct slice key = next_part(&path);
	scoped_free char *name = slice_dup(key);

	if (path) {
		jv inner = child(*value, key);

		/* The parent lets go of it first, so that it has one owner and is changed in place, not copied. */
		jvs_put(value, name, jv_null());
		jvs_set(&inner, path, taken);
		taken = inner;
	}
	jvs_put(value, name, taken);
}

void jvs_set_text(jv *value, const char *path, const char *text)
{
	jvs_set(value, path, jv_string(text));
}

void jvs_set_int(jv *value, const char *path, int64_t number)
{
	jvs_set(value, path, jv_number((double)number));
}

void jvs_remove(jv *value, const char *path)
{
	struct slice key = next_part(&path);
	scoped_free char *name = slice_dup(key);

	if (!jvs_is(*value, JV_KIND_OBJECT))
		return;
	if (path) {
		jv inner = child(*value, key);

		if (jvs_is(inner, JV_KIND_OBJECT)) {
			jvs_remove(&inner, path);
			jvs_put(value, name, inner);
		} else {
			jv_free(inner);
		}
		return;
	}
	*value = jv_object_delete(*value, jv_string(name));
}

bool jvs_equal(jv a, jv b)
{
	return jv_equal(jv_copy(a), jv_copy(b));
}

jv jvs_object(const char *key, ...)
{
	jv object = jv_object();
	va_list args;

	va_start(args, key);
	for (; key; key = va_arg(args, const char *))
		object = jv_object_set(object, jv_string(key), va_arg(args, jv));
	va_end(args);
	return object;
}

int jvs_len(jv array)
{
	return jvs_is(array, JV_KIND_ARRAY) ? jv_array_length(jv_copy(array)) : 0;
}

jv jvs_item(jv array, int index)
{
	return jvs_is(array, JV_KIND_ARRAY) ? jv_array_get(jv_copy(array), index) : jv_null();
}

jv jvs_diff(jv from, jv to)
{
	jv patch = jv_object();

	if (!jvs_is(from, JV_KIND_OBJECT) || !jvs_is(to, JV_KIND_OBJECT)) {
		jv_free(patch);
		return jv_copy(to);
	}
	jv_object_foreach(from, key, was) {
		if (!jv_object_has(jv_copy(to), jv_copy(key)))
			patch = jv_object_set(patch, jv_copy(key), jv_null());
		jv_free(key);
		jv_free(was);
	}
	jv_object_foreach(to, name, is) {
		scoped(jv) jv before = jvs_at(from, jv_string_value(name));

		if (!jvs_equal(before, is))
			patch = jv_object_set(patch, jv_copy(name), jvs_diff(before, is));
		jv_free(name);
		jv_free(is);
	}
	return patch;
}
