/* columns: any text is refused or gives a table of one row for an object of every shape. */
#include <stdint.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "formats/columns.h"
#include "formats/jvs.h"
#include "formats/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char object[] =
		"{\"a\":{\"b\":[1,{\"c\":null,\"type\":\"Ready\"},\"x\\ny\\u001b\"],\"d.e\":true},\"f\":-1.5}";
	scoped_free char *spec = mem_dup_n((const char *)data, size);
	scoped_ptr(columns) struct columns *columns = NULL;
	scoped(table) struct table table = { 0 };
	scoped(buf) struct buf text = { 0 };
	scoped(err) struct err err = { 0 };
	scoped(jv) jv value = jv_null();

	if (columns_parse(spec, &columns, &err) < 0)
		return 0;
	if (jvs_parse(slice_of(object), &value, &err) < 0)
		abort();
	columns_row(columns, value, &table);
	table_flush(&table, &text);
	if (!text.len || text.at[text.len - 1] != '\n' || memchr(text.at, '\x1b', text.len))
		abort();
	return 0;
}
