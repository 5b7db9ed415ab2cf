/* Aligned columns (table.h). */
#include "formats/table.h"

#include "tap.h"

static void row(struct table *table, const char *a, const char *b, const char *c)
{
	const char *cells[] = { a, b, c };

	table_row(table, cells, 3);
}

static void flushes(struct table *table, const char *wanted, const char *words)
{
	scoped(buf) struct buf got = { 0 };

	table_flush(table, &got);
	same(buf_text(&got), wanted, words);
}

int main(void)
{
	static const char *const names[] = { "name", "Ready", "x" };
	scoped(table) struct table table = { 0 }, empty = { 0 };

	flushes(&empty, "", "nothing");
	table_header(&table, names, 3);
	row(&table, "a-long-name", "1/1", "y");
	flushes(&table, "NAME          READY   X\na-long-name   1/1     y\n",
		"a header in upper case; the last cell is bare");
	row(&table, "b", "0/1", "");
	flushes(&table, "b             0/1     \n", "widths are remembered");
	row(&table, "one-that-is-longer", "0/1", "z");
	row(&table, "b", "0/1", "z");
	flushes(&table, "one-that-is-longer   0/1     z\nb                    0/1     z\n", "and grow");
	row(&table, "\xc3\xa4\xe6\x97\xa5", "", "z");
	flushes(&table, "\xc3\xa4\xe6\x97\xa5                           z\n", "characters count, not bytes");
	row(&table, "a\tb\x1b[31m\xc2\x9b", "two\nlines", NULL);
	flushes(&table, "a b^[[31m?           two...   \n",
		"a terminal is told nothing; cells are cut at their first line");
	return tap_end();
}
