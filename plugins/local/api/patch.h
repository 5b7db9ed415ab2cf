/* patch.h: the three patches of a PATCH request, over an object as it is stored (with apiVersion and kind). */
#pragma once

#include <jv.h>

#include "api/decode.h"

enum patch_type {
	PATCH_JSON,	 /* application/json-patch+json, RFC 6902 */
	PATCH_MERGING,	 /* application/merge-patch+json, RFC 7386 */
	PATCH_STRATEGIC, /* application/strategic-merge-patch+json */
};

/* The patched object, decoded as by decode(), not defaulted yet; owned. -1: err is the answer's code, reason and words,
 * and *details its details (owned; null where upstream sends none). *details is set in any case. */
int patch_object(const struct kind *kind, enum patch_type type, jv object, struct slice body,
	enum strictness strictness, jv *result, struct strs *warnings, jv *details, struct err *err);

/* Two of the steps; the third is formats/merge.h. They borrow both and give *result, owned. */
int patch_json(jv object, jv patch, jv *result, struct err *err);
int patch_strategic(const struct kind *kind, jv object, jv patch, jv *result, struct err *err);
