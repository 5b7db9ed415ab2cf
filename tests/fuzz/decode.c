/* decode: any bytes are refused or become an object; what it is printed as is decoded to the same again, and whatever
 * is in it can be defaulted, owned, validated and applied. */
#include <stdint.h>
#include <stdlib.h>

#include "api/decode.h"
#include "api/invalid.h"
#include "api/kind.h"
#include "api/managed.h"
#include "api/schema.h"
#include "api/validate.h"
#include "base/err.h"
#include "base/strs.h"
#include "formats/jvs.h"

/* Decoding is to have settled everything. */
static void decode_again(const struct kind *kind, jv object)
{
	scoped(buf) struct buf text = { 0 };
	scoped(err) struct err err = { 0 };
	scoped(jv) jv again = jv_null();

	jvs_print(object, &text);
	if (decode(kind, buf_slice(&text), false, STRICT_REFUSE, &again, NULL, &err) < 0 || !jvs_equal(object, again))
		abort();
}

static void use(const struct kind *kind, jv *object, struct slice body)
{
	const struct manager manager = { "fuzz", "", "2026-01-01T00:00:00Z" };
	scoped(jv) jv applied = jv_null(), details = jv_null();
	scoped(causes) struct causes causes = { 0 };
	scoped(strs) struct strs warnings = { 0 };
	scoped(err) struct err err = { 0 };

	schema_default(kind, object);
	managed_update(kind, jv_null(), object, &manager);
	validate_create(kind, *object, NULL, &causes);
	validate_update(kind, *object, *object, &causes);
	managed_apply(kind, *object, body, &manager, true, STRICT_WARN, &applied, &warnings, &details, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const kinds_tried[][2] = {
		{ "v1", "Pod" },
		{ "apps/v1", "Deployment" },
		{ "v1", "Service" },
		{ "v1", "Secret" },
	};
	const struct kind *kind;
	struct slice body;

	if (!size)
		return 0;
	kind = kind_of(kinds_tried[data[0] % 4][0], kinds_tried[data[0] % 4][1]);
	body = (struct slice){ (const char *)data + 1, size - 1 };
	for (int yaml = 0; yaml < 2; yaml++) {
		scoped(strs) struct strs warnings = { 0 };
		scoped(err) struct err err = { 0 };
		scoped(jv) jv object = jv_null();

		if (decode(kind, body, yaml, STRICT_WARN, &object, &warnings, &err) < 0)
			continue;
		decode_again(kind, object);
		use(kind, &object, body);
	}
	return 0;
}
