/* yamls: any bytes are refused or give values that, printed as YAML, are read again as the same. */
#include <stdint.h>
#include <stdlib.h>

#include "base/err.h"
#include "formats/jvs.h"
#include "formats/yamls.h"

static void there_and_back(jv value)
{
	scoped(buf) struct buf text = { 0 };
	scoped(err) struct err err = { 0 };
	scoped(jv) jv again = jv_null();

	yamls_print(value, &text);
	if (yamls_parse(buf_slice(&text), &again, NULL, &err) < 0 || !jvs_equal(value, again))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = { (const char *)data, size };
	scoped_ptr(yamls) struct yamls *yamls = yamls_new(bytes);
	scoped(err) struct err err = { 0 }, go_err = { 0 };
	scoped(strs) struct strs told = { 0 };
	scoped(jv) jv first = jv_null();
	int more = 1;

	yamls_tell_duplicates(yamls, &told);
	while (more > 0) {
		scoped(jv) jv value = jv_null();

		more = yamls_next(yamls, &value, &err);
		if (more > 0)
			there_and_back(value);
	}
	yamls_parse(bytes, &first, NULL, &go_err);
	return 0;
}
