/* JSON patch. Source: RFC 6902; where that is strict and upstream's library (evanphx/json-patch) is not, upstream. */
#include <stdlib.h>
#include <string.h>

#include "api/patch.h"
#include "api/refuse.h"
#include "base/mem.h"
#include "formats/jvs.h"

/* A path is walked by value: the parent is taken apart, its child changed, and both put together again. */
struct edit {
	enum { EDIT_ADD, EDIT_REMOVE, EDIT_REPLACE } what;
	jv value; /* lent */
};

/* The next part of a pointer, unescaped; *path moves behind it. The caller frees. */
static char *next_part(const char **path)
{
	size_t len = strcspn(*path, "/");
	scoped(buf) struct buf part = { 0 };

	for (size_t i = 0; i < len; i++) {
		if ((*path)[i] == '~' && i + 1 < len && ((*path)[i + 1] == '0' || (*path)[i + 1] == '1'))
			buf_add_char(&part, (*path)[++i] == '0' ? '~' : '/');
		else
			buf_add_char(&part, (*path)[i]);
	}
	*path += len;
	return buf_steal(&part);
}

/* The place of an item, -1 where it is none. Below 0 counts from the end; adding: one behind the end is one. */
static int index_of(jv list, const char *part, bool adding)
{
	int count = jvs_len(list);
	char *end;
	long index = strtol(part, &end, 10);

	if (adding && !strcmp(part, "-"))
		return count;
	if (!*part || *end || (*part == '0' && part[1]))
		return -1;
	if (index < 0)
		index += count + adding;
	return index < 0 || index > count - !adding ? -1 : (int)index;
}

/* The value that path means, owned; invalid where there is none. */
static jv find(jv from, const char *path)
{
	jv at = jv_copy(from);

	while (*path == '/' && jv_is_valid(at)) {
		scoped_free char *part = (path++, next_part(&path));
		jv child = jv_invalid();

		if (jvs_is(at, JV_KIND_OBJECT))
			child = jv_object_get(jv_copy(at), jv_string(part));
		else if (index_of(at, part, false) >= 0)
			child = jv_array_get(jv_copy(at), index_of(at, part, false));
		jv_free(at);
		at = child;
	}
	if (!*path)
		return at;
	jv_free(at);
	return jv_invalid();
}

static int edit_member(jv *object, const char *key, const struct edit *edit)
{
	bool there = jv_object_has(jv_copy(*object), jv_string(key));

	if (edit->what == EDIT_REMOVE && !there)
		return -1;
	if (edit->what == EDIT_REMOVE)
		*object = jv_object_delete(*object, jv_string(key));
	else /* upstream's replace takes what is not there for an add */
		*object = jv_object_set(*object, jv_string(key), jv_copy(edit->value));
	return 0;
}

static int edit_element(jv *list, const char *part, const struct edit *edit)
{
	int index = index_of(*list, part, edit->what == EDIT_ADD), count = jvs_len(*list);
	jv head, tail;

	if (index < 0)
		return -1;
	if (edit->what == EDIT_REPLACE) {
		*list = jv_array_set(*list, index, jv_copy(edit->value));
		return 0;
	}
	head = jv_array_slice(jv_copy(*list), 0, index);
	tail = jv_array_slice(*list, index + (edit->what == EDIT_REMOVE), count);
	if (edit->what == EDIT_ADD)
		head = jv_array_append(head, jv_copy(edit->value));
	*list = jv_array_concat(head, tail);
	return 0;
}

static int edit_at(jv *value, const char *path, const struct edit *edit)
{
	scoped_free char *part = NULL;
	jv child;
	int index, status;

	if (*path != '/')
		return -1;
	path++;
	part = next_part(&path);
	if (!*path)
		return jvs_is(*value, JV_KIND_OBJECT)  ? edit_member(value, part, edit)
		       : jvs_is(*value, JV_KIND_ARRAY) ? edit_element(value, part, edit)
						       : -1;
	if (jvs_is(*value, JV_KIND_OBJECT)) {
		child = jv_object_get(jv_copy(*value), jv_string(part));
		if (!jv_is_valid(child)) {
			jv_free(child);
			return -1;
		}
		status = edit_at(&child, path, edit);
		*value = jv_object_set(*value, jv_string(part), child);
		return status;
	}
	index = index_of(*value, part, false);
	if (index < 0)
		return -1;
	child = jv_array_get(jv_copy(*value), index);
	status = edit_at(&child, path, edit);
	*value = jv_array_set(*value, index, child);
	return status;
}

/* move and copy: the value comes from elsewhere in the object. */
static int transfer(jv *object, jv operation, const char *path, bool move)
{
	scoped(jv) jv from = jvs_at(operation, "from"), value = find(*object, jvs_text(from));
	struct edit remove = { .what = EDIT_REMOVE }, add = { .what = EDIT_ADD, .value = value };

	if (!jv_is_valid(value) || (move && edit_at(object, jvs_text(from), &remove) < 0))
		return -1;
	return edit_at(object, path, &add);
}

/* A value that is not there equals null. */
static int test(jv object, jv operation, const char *path)
{
	scoped(jv) jv found = find(object, path), wanted = jvs_at(operation, "value"), none = jv_null();

	return jvs_equal(jv_is_valid(found) ? found : none, wanted) ? 0 : -1;
}

static int apply(jv *object, jv operation)
{
	scoped(jv) jv op = jvs_at(operation, "op"), at = jvs_at(operation, "path"), value = jvs_at(operation, "value");
	const char *name = jvs_text(op), *path = jvs_text(at);
	struct edit edit = { .value = value };

	if (!strcmp(name, "add"))
		edit.what = EDIT_ADD;
	else if (!strcmp(name, "remove"))
		edit.what = EDIT_REMOVE;
	else if (!strcmp(name, "replace"))
		edit.what = EDIT_REPLACE;
	else if (!strcmp(name, "move") || !strcmp(name, "copy"))
		return transfer(object, operation, path, *name == 'm');
	else
		return strcmp(name, "test") == 0 ? test(*object, operation, path) : -1;
	return edit_at(object, path, &edit);
}

int patch_json(jv object, jv patch, jv *result, struct err *err)
{
	*result = jv_copy(object);
	for (int i = 0; i < jvs_len(patch); i++) {
		scoped(jv) jv operation = jvs_item(patch, i);

		if (apply(result, operation) == 0)
			continue;
		jv_free(*result);
		*result = jv_null();
		return refuse(err, 422, "Invalid", "the server rejected our request due to an error in our request");
	}
	return 0;
}
