/* items: any bytes as a list's body, fed in pieces of any size, give the same items and the same verdict as fed at
 * once; what is then looked for in an item is found or refused. */
#include <stdint.h>
#include <stdlib.h>

#include "base/err.h"
#include "formats/items.h"
#include "formats/peek.h"

static void peek(struct slice item)
{
	struct slice type, object;
	struct peek peek;

	peek_object(item, &peek, NULL);
	peek_event(item, &type, &object, NULL);
	peek_value(item, "metadata");
}

/* Feeds it in pieces of step bytes; appends the items to all. The last verdict. */
static int run(const char *at, size_t len, size_t step, struct buf *all)
{
	scoped(items) struct items items = { .max = 4096 };
	scoped(err) struct err err = { 0 };
	struct slice item;
	int got = 0;

	for (size_t done = 0; done < len && got >= 0; done += step) {
		items_feed(&items, at + done, len - done < step ? len - done : step);
		while ((got = items_next(&items, &item, &err)) > 0) {
			items_print(&items, item, all);
			peek(item);
		}
	}
	return got < 0 ? got : items_end(&items, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped(buf) struct buf whole = { 0 }, pieces = { 0 };
	int first, second;

	if (!size)
		return 0;
	first = run((const char *)data + 1, size - 1, size, &whole);
	second = run((const char *)data + 1, size - 1, data[0] % 32 + 1, &pieces);
	if (first != second || !slice_equal(buf_slice(&whole), buf_slice(&pieces)))
		abort();
	return 0;
}
