/* patch: any bytes as a patch of any type are refused or give an object of the kind, and leave the old one alone. */
#include <stdint.h>
#include <stdlib.h>

#include "api/kind.h"
#include "api/patch.h"
#include "base/err.h"
#include "base/strs.h"
#include "formats/jvs.h"

static const char object_text[] =
	"{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"d\",\"finalizers\":[\"a/a\",\"a/"
	"b\"],"
	"\"labels\":{\"a\":\"b\"}},\"spec\":{\"replicas\":1,\"selector\":{\"matchLabels\":{\"a\":\"b\"}},\"strategy\":{"
	"\"type\":"
	"\"RollingUpdate\",\"rollingUpdate\":{\"maxSurge\":1}},\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"}},"
	"\"spec\":{"
	"\"containers\":[{\"name\":\"a\",\"image\":\"i\",\"ports\":[{\"containerPort\":80,\"protocol\":\"TCP\"}],"
	"\"env\":[{"
	"\"name\":\"E\",\"value\":\"v\"}]},{\"name\":\"b\",\"image\":\"i\"}],\"volumes\":[{\"name\":\"v\",\"emptyDir\":"
	"{}}]}}}}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped(jv) jv object = jv_parse(object_text), before = jv_parse(object_text), result = jv_null(),
		      details = jv_null();
	scoped(strs) struct strs warnings = { 0 };
	scoped(err) struct err err = { 0 };

	if (!size)
		return 0;
	if (patch_object(kind_of("apps/v1", "Deployment"), (enum patch_type)(data[0] % 3), object,
		    (struct slice){ (const char *)data + 1, size - 1 }, STRICT_WARN, &result, &warnings, &details,
		    &err) < 0) {
		if (err.code < 400 || !err.text)
			abort();
	} else if (!jvs_get_is(result, "kind", "Deployment")) {
		abort();
	}
	if (!jvs_equal(object, before))
		abort();
	return 0;
}
