#include "api/edit.h"

#include "formats/jvs.h"

bool edit_has(jv object, const char *key)
{
	return jvs_is(object, JV_KIND_OBJECT) && jv_object_has(jv_copy(object), jv_string(key));
}

jv edit_take(jv *object, const char *key)
{
	jv child = jvs_at(*object, key);

	if (!jvs_is(child, JV_KIND_NULL))
		jvs_put(object, key, jv_null());
	return child;
}

jv edit_take_item(jv *list, int index)
{
	jv item = jvs_item(*list, index);

	*list = jv_array_set(*list, index, jv_null());
	return item;
}

void edit_put_item(jv *list, int index, jv item)
{
	*list = jv_array_set(*list, index, item);
}

void edit_object(jv *object, const char *key, void (*edit)(jv *child))
{
	jv child = edit_take(object, key);

	if (jvs_is(child, JV_KIND_OBJECT))
		edit(&child);
	if (jvs_is(child, JV_KIND_NULL))
		jv_free(child);
	else
		jvs_put(object, key, child);
}

void edit_items(jv *object, const char *key, void (*edit)(jv *item))
{
	jv list = edit_take(object, key);
	int count = jvs_len(list);

	for (int i = 0; i < count; i++) {
		jv item = edit_take_item(&list, i);

		if (jvs_is(item, JV_KIND_OBJECT))
			edit(&item);
		edit_put_item(&list, i, item);
	}
	if (jvs_is(list, JV_KIND_NULL))
		jv_free(list);
	else
		jvs_put(object, key, list);
}

void edit_default(jv *object, const char *key, jv value)
{
	scoped(jv) jv old = jvs_at(*object, key);

	if (jvs_is(old, JV_KIND_NULL))
		jvs_put(object, key, value);
	else
		jv_free(value);
}

void edit_default_text(jv *object, const char *key, const char *text)
{
	edit_default(object, key, jv_string(text));
}

void edit_default_int(jv *object, const char *key, int64_t number)
{
	edit_default(object, key, jv_number((double)number));
}
