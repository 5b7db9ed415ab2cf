/* selector: any text is refused or gives a selector whose own text means the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "formats/selector.h"

typedef int parse_fn(const char *text, struct selector **selector, struct err *err);

/* The selector's own text, read and written again; the caller frees. */
static char *again(const char *text, parse_fn *parse)
{
	scoped_ptr(selector) struct selector *selector = NULL;
	scoped(err) struct err err = { 0 };

	if (parse(text, &selector, &err) < 0)
		abort();
	return selector_text(selector);
}

/* Field selectors are sorted as they are spelled ("a==b" too), so the order holds from the second text on. */
static void there_and_back(const char *text, parse_fn *parse)
{
	scoped_ptr(selector) struct selector *selector = NULL;
	scoped_free char *first = NULL, *second = NULL, *third = NULL;
	scoped(err) struct err err = { 0 };

	if (parse(text, &selector, &err) < 0)
		return;
	selector_matches(selector, jv_null());
	first = selector_text(selector);
	second = again(first, parse);
	third = again(second, parse);
	if (strlen(first) != strlen(second) || strcmp(second, third) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_free char *text = mem_dup_n((const char *)data, size);

	there_and_back(text, selector_parse_labels);
	there_and_back(text, selector_parse_fields);
	return 0;
}
