#include "formats/merge.h"

#include "formats/jvs.h"

jv merge_patch(jv target, jv patch)
{
	jv merged;

	if (!jvs_is(patch, JV_KIND_OBJECT))
		return jv_copy(patch);
	merged = jvs_is(target, JV_KIND_OBJECT) ? jv_copy(target) : jv_object();
	jv_object_foreach(patch, key, change) {
		const char *name = jv_string_value(key);

		if (jvs_is(change, JV_KIND_NULL)) {
			merged = jv_object_delete(merged, jv_copy(key));
		} else {
			scoped(jv) jv before = jvs_at(merged, name);

			merged = jv_object_set(merged, jv_copy(key), merge_patch(before, change));
		}
		jv_free(key);
		jv_free(change);
	}
	return merged;
}
