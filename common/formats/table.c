#include "formats/table.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define GAP 3
#define NARROWEST 6     /* tabwriter's minimum, gap included */

/* Characters, not bytes: a byte that goes on with one is not counted. */
static size_t width_of(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xC0) != 0x80;
	return width;
}

/* One line that cannot steer a terminal. The caller frees. */
static char *safe(const char *cell)
{
	size_t len = strcspn(cell, "\f\n\r");
	struct buf text = { 0 };

	for (size_t i = 0; i < len; i++) {
		if (cell[i] == '\t')
			buf_add_char(&text, ' ');
		else if (iscntrl((unsigned char)cell[i]))
			buf_printf(&text, "^%c", cell[i] ^ 0x40);
		else
			buf_add_char(&text, cell[i]);
	}
	if (cell[len])
		buf_add_text(&text, "...");
	return buf_steal(&text);
}

static void add_cell(struct table *table, size_t column, char *taken)
{
	size_t width = width_of(taken) + GAP;

	if (table->widths[column] < width)
		table->widths[column] = width;
	strs_take(&table->cells, taken);
}

static void begin(struct table *table, size_t count)
{
	if (table->columns)
		return;
	table->columns = count;
	table->widths = mem_array(count, sizeof *table->widths);
	for (size_t i = 0; i < count; i++)
		table->widths[i] = NARROWEST;
}

void table_row(struct table *table, const char *const *cells, size_t count)
{
	begin(table, count);
	for (size_t i = 0; i < table->columns; i++)
		add_cell(table, i, safe(i < count ? cells[i] : ""));
}

void table_header(struct table *table, const char *const *names, size_t count)
{
	begin(table, count);
	for (size_t i = 0; i < table->columns; i++) {
		char *name = safe(i < count ? names[i] : "");

		for (char *c = name; *c; c++)
			*c = (char)toupper((unsigned char)*c);
		add_cell(table, i, name);
	}
}

void table_flush(struct table *table, struct buf *to)
{
	for (size_t i = 0; i < table->cells.len; i++) {
		const char *cell = table->cells.at[i];
		size_t column = i % table->columns, pad;

		buf_add_text(to, cell);
		if (column + 1 == table->columns) {
			buf_add_char(to, '\n');
			continue;
		}
		pad = table->widths[column] - width_of(cell);
		memset(buf_room(to, pad), ' ', pad);
		to->len += pad;
	}
	if (to->len)
		buf_add(to, "", 0);     /* the NUL behind the text */
	strs_release(&table->cells);
}

void table_release(struct table *table)
{
	free(table->widths);
	strs_release(&table->cells);
	*table = (struct table){ 0 };
}
