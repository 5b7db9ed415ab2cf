#include "formats/table.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/mem.h"

#define PADDING 3
#define MIN_WIDTH 6     /* with the padding */

/* As wide as it has characters: bytes that do not continue one. */
static size_t width_of(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

/* The first line, and a terminal is told nothing by it. */
static char *safe(const char *text)
{
	struct buf cell = { 0 };
	const char *end = text + strcspn(text, "\n\r\f");

	for (; text < end; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '\t') {
			buf_add_char(&cell, ' ');
		} else if (c == 0xc2 && ((unsigned char)text[1] & 0xe0) == 0x80) {
			buf_add_char(&cell, '?');       /* U+0080 to U+009F are control characters too */
			text++;
		} else if (c < ' ' || c == 0x7f) {
			buf_printf(&cell, "^%c", c ^ 0x40);
		} else {
			buf_add_char(&cell, (char)c);
		}
	}
	if (*end)
		buf_add_text(&cell, "...");
	return buf_steal(&cell);
}

void table_row(struct table *table, const char *const *cells, size_t count)
{
	if (!table->columns) {
		table->columns = count;
		table->widths = mem_array(count, sizeof *table->widths);
	}
	for (size_t i = 0; i < table->columns; i++) {
		char *cell = safe(i < count && cells[i] ? cells[i] : "");
		size_t width = width_of(cell) + PADDING;

		if (width < MIN_WIDTH)
			width = MIN_WIDTH;
		if (width > table->widths[i])
			table->widths[i] = width;
		strs_take(&table->cells, cell);
	}
}

void table_header(struct table *table, const char *const *names, size_t count)
{
	scoped(strs) struct strs upper = { 0 };

	for (size_t i = 0; i < count; i++) {
		char *name = mem_dup(names[i]);

		for (char *at = name; *at; at++)
			*at = (char)toupper((unsigned char)*at);
		strs_take(&upper, name);
	}
	table_row(table, (const char *const *)upper.at, count);
}

void table_flush(struct table *table, struct buf *to)
{
	for (size_t i = 0; i < table->cells.len; i++) {
		const char *cell = table->cells.at[i];
		size_t column = i % table->columns;

		buf_add_text(to, cell);
		if (column == table->columns - 1) {
			buf_add_char(to, '\n');
			continue;
		}
		for (size_t width = width_of(cell); width < table->widths[column]; width++)
			buf_add_char(to, ' ');
	}
	strs_release(&table->cells);
}

void table_release(struct table *table)
{
	free(table->widths);
	strs_release(&table->cells);
	*table = (struct table){ 0 };
}
