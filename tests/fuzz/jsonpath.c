/* jsonpath: any path is refused or finds something, perhaps nothing, in an object of every shape. */
#include <stdint.h>
#include <stdlib.h>

#include "base/err.h"
#include "formats/jsonpath.h"
#include "formats/jvs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char object[] =
		"{\"a\":{\"b\":[1,{\"c\":null,\"type\":\"Ready\"},\"x\"],\"d.e\":true},\"f\":-1.5}";
	scoped_ptr(jsonpath) struct jsonpath *path = NULL;
	scoped(buf) struct buf text = { 0 };
	scoped(err) struct err err = { 0 };
	scoped(jv) jv value = jv_null(), found = jv_null();

	if (jsonpath_parse((struct slice){ (const char *)data, size }, &path, &err) < 0)
		return 0;
	if (jvs_parse(slice_of(object), &value, &err) < 0)
		abort();
	found = jsonpath_find(path, value);
	jsonpath_print(found, &text);
	return 0;
}
