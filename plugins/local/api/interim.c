/* What other files of this folder are about to bring, in its simplest form: weak, so that they take its place. */
#include <stdlib.h>

#include "api/decode.h"
#include "api/kind.h"
#include "api/managed.h"
#include "api/patch.h"
#include "api/refuse.h"
#include "formats/jvs.h"

#define WEAK __attribute__((weak))

WEAK int decode(const struct kind *kind, struct slice body, bool yaml, enum strictness strictness, jv *object,
	struct strs *warnings, struct err *err)
{
	scoped_free char *version = kind_api_version(kind);

	(void)yaml, (void)strictness, (void)warnings;
	if (jvs_parse(body, object, err) < 0)
		return refuse(err, 400, "BadRequest", "%s", err_text(err));
	jvs_put(object, "kind", jv_string(kind->kind));
	jvs_put(object, "apiVersion", jv_string(version));
	return 0;
}

WEAK int patch_object(const struct kind *kind, enum patch_type type, jv object, struct slice body,
	enum strictness strictness, jv *result, struct strs *warnings, jv *details, struct err *err)
{
	scoped(jv) jv patch = jv_null();

	(void)kind, (void)type, (void)strictness, (void)warnings;
	*details = jv_null();
	*result = jv_null();
	if (jvs_parse(body, &patch, err) < 0)
		return refuse(err, 400, "BadRequest", "%s", err_text(err));
	*result = jv_object_merge_recursive(jv_copy(object), jv_copy(patch));
	return 0;
}

WEAK void managed_update(const struct kind *kind, jv old, jv *object, const struct manager *manager)
{
	(void)kind, (void)old, (void)object, (void)manager;
}

WEAK int managed_apply(const struct kind *kind, jv live, struct slice body, const struct manager *manager, bool force,
	enum strictness strictness, jv *result, struct strs *warnings, jv *details, struct err *err)
{
	(void)manager, (void)force;
	return patch_object(kind, PATCH_MERGING, live, body, strictness, result, warnings, details, err);
}

WEAK bool managed_same(jv old, jv object)
{
	return jvs_equal(old, object);
}

WEAK const struct kind_hooks deployment_hooks = { 0 };
WEAK const struct kind_hooks replica_set_hooks = { 0 };
