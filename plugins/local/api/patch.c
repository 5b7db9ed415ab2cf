#include "api/patch.h"

#include <stdlib.h>

#include "api/invalid.h"
#include "api/json.h"
#include "api/kind.h"
#include "api/refuse.h"
#include "api/schema.h"
#include "api/typed.h"
#include "base/mem.h"
#include "formats/jvs.h"
#include "formats/merge.h"

#define MAX_OPERATIONS 10000

static const char *go_name(jv value)
{
	switch (jv_get_kind(value)) {
	case JV_KIND_OBJECT:
		return "object";
	case JV_KIND_ARRAY:
		return "array";
	case JV_KIND_STRING:
		return "string";
	case JV_KIND_NUMBER:
		return "number";
	default:
		return "bool";
	}
}

/* The body as a patch of its type. */
static int read_patch(enum patch_type type, struct slice body, jv *patch, struct err *err)
{
	const char *prefix = type == PATCH_STRATEGIC ? "" : "error decoding patch: ";
	const char *wanted = type == PATCH_JSON ? "[]handlers.jsonPatchOp" : "map[string]interface {}";
	scoped_free char *error = NULL;

	if (json_parse(body, patch, &error) < 0)
		return refuse(err, 400, "BadRequest", "%s%s", prefix, error);
	if (!jvs_is(*patch, type == PATCH_JSON ? JV_KIND_ARRAY : JV_KIND_OBJECT))
		return refuse(err, 400, "BadRequest", "%sjson: cannot unmarshal %s into Go value of type %s", prefix,
			go_name(*patch), wanted);
	if (type == PATCH_JSON && jvs_len(*patch) > MAX_OPERATIONS)
		return refuse(err, 413, "RequestEntityTooLarge",
			"The allowed maximum operations in a JSON patch is %d, got %d", MAX_OPERATIONS,
			jvs_len(*patch));
	return 0;
}

static int apply_patch(const struct kind *kind, enum patch_type type, jv object, jv patch, jv *patched, struct err *err)
{
	if (type == PATCH_JSON)
		return patch_json(object, patch, patched, err);
	if (type == PATCH_STRATEGIC)
		return patch_strategic(kind, object, patch, patched, err);
	*patched = merge_patch(object, patch);
	return 0;
}

/* What came of the patch is no object of the kind: the answer shows all of it. */
static int invalid_patch(struct slice shown, const char *why, jv *details, struct err *err)
{
	scoped(causes) struct causes causes = { 0 };
	scoped(jv) jv value = jv_string_sized(shown.at, (int)shown.len);
	scoped_free char *message = NULL;

	invalid(&causes, at_field(NULL, "patch"), value, "%s", why);
	jv_free(*details);
	*details = causes_details(&causes, "", "", "");
	message = causes_message(&causes, "", "", "");
	return refuse(err, 422, "Invalid", "%s", message);
}

static int decode_patched(const struct kind *kind, jv patched, enum strictness strictness, jv *result,
	struct strs *warnings, jv *details, struct err *err)
{
	scoped(buf) struct buf text = { 0 };
	scoped(strs) struct strs told = { 0 };
	scoped_free char *error = NULL, *strict = NULL;
	bool malformed;

	jvs_print(patched, &text);
	if (typed_decode(schema_find(kind->schema), buf_slice(&text), strictness == STRICT_IGNORE ? NULL : &told,
		    result, &malformed, &error) < 0)
		return invalid_patch(buf_slice(&text), error, details, err);
	strict = decode_strict_error(strictness, &told);
	if (strict)
		return invalid_patch(buf_slice(&text), strict, details, err);
	for (size_t i = 0; strictness == STRICT_WARN && i < told.len; i++)
		strs_add(warnings, told.at[i]);
	return 0;
}

int patch_object(const struct kind *kind, enum patch_type type, jv object, struct slice body,
	enum strictness strictness, jv *result, struct strs *warnings, jv *details, struct err *err)
{
	scoped(jv) jv patch = jv_null(), patched = jv_null();
	int status;

	*result = jv_null();
	*details = jv_null();
	if (read_patch(type, body, &patch, err) < 0)
		return -1;
	if (apply_patch(kind, type, object, patch, &patched, err) < 0) {
		if (type == PATCH_JSON) {
			jv_free(*details);
			*details = jv_object(); /* upstream's answer has them, empty */
		}
		return -1;
	}
	status = decode_patched(kind, patched, strictness, result, warnings, details, err);
	if (status < 0) {
		jv_free(*result);
		*result = jv_null();
	}
	return status;
}
