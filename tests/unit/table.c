/* Tables as kubectl aligns them. */
#include "formats/table.h"

#include "tap.h"

#define ROW(table, ...) table_row((table), (const char *const[]){ __VA_ARGS__ }, \
	sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

int main(void)
{
	scoped(table) struct table table = { 0 };
	scoped(buf) struct buf text = { 0 };

	table_header(&table, (const char *const[]){ "Name", "Ready", "Age" }, 3);
	ROW(&table, "web-1", "1/1", "5s");
	ROW(&table, "a", "0/1", "2m30s");
	table_flush(&table, &text);
	same(buf_text(&text), "NAME    READY   AGE\nweb-1   1/1     5s\na       0/1     2m30s\n", "columns stand three apart");
	buf_clear(&text);
	ROW(&table, "b", "0/1", "1s");
	table_flush(&table, &text);
	same(buf_text(&text), "b       0/1     1s\n", "a later row stays aligned");
	buf_clear(&text);
	ROW(&table, "m\xc3\xbcll", "1/1", "1s");
	ROW(&table, "two\nlines", "\033[31m", "a\tb");
	table_flush(&table, &text);
	same(buf_text(&text), "m\xc3\xbcll     1/1      1s\ntwo...   ^[[31m   a b\n", "characters count, a cell is one harmless line");
	return tap_end();
}
