/* lines: any bytes, fed in pieces of any size, give the same objects and the same verdict as fed at once. */
#include <stdint.h>
#include <stdlib.h>

#include "base/err.h"
#include "formats/lines.h"

/* Feeds it in pieces of step bytes; appends the objects to all. The last verdict. */
static int run(const char *at, size_t len, size_t step, struct buf *all)
{
	scoped(lines) struct lines lines = { .max = 4096 };
	scoped(err) struct err err = { 0 };
	struct slice object;
	int more = 0;

	for (size_t done = 0; done < len && more >= 0; done += step) {
		lines_feed(&lines, at + done, len - done < step ? len - done : step);
		while ((more = lines_next(&lines, &object, &err)) > 0) {
			buf_add_slice(all, object);
			buf_add_char(all, '\n');
		}
	}
	return more < 0 ? more : lines_end(&lines, &err);
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
