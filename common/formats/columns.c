#include "formats/columns.h"

#include "base/err.h"
#include "base/mem.h"
#include "base/strs.h"
#include "formats/jsonpath.h"
#include "formats/jvs.h"
#include "formats/table.h"

struct columns {
	struct strs names;
	struct jsonpath **paths;        /* as many as names */
};

void columns_free(struct columns *columns)
{
	if (!columns)
		return;
	for (size_t i = 0; i < columns->names.len; i++)
		jsonpath_free(columns->paths[i]);
	free(columns->paths);
	strs_release(&columns->names);
	free(columns);
}

/* The end of a part: a comma, but not one within brackets, as those of a filter or a union are. */
static const char *part_end(const char *at)
{
	int depth = 0;

	for (; *at && !(*at == ',' && depth <= 0); at++)
		depth += (*at == '[') - (*at == ']');
	return at;
}

static int add_part(struct columns *columns, struct slice part, struct err *err)
{
	const char *colon = part.len ? memchr(part.at, ':', part.len) : NULL;
	struct jsonpath *path = NULL;
	struct slice text;

	if (!colon)
		return err_set(err, ERR_USAGE, NULL, "custom-columns: \"%.*s\" has no colon: expected NAME:PATH",
			(int)part.len, part.at);
	text = (struct slice){ colon + 1, (size_t)(part.at + part.len - colon) - 1 };
	if (jsonpath_parse(text, &path, err) < 0)
		return err_wrap(err, "custom-columns: %.*s", (int)(colon - part.at), part.at);
	strs_take(&columns->names, mem_dup_n(part.at, (size_t)(colon - part.at)));
	columns->paths = mem_grow(columns->paths, columns->names.len, sizeof *columns->paths);
	columns->paths[columns->names.len - 1] = path;
	return 0;
}

int columns_parse(const char *spec, struct columns **columns, struct err *err)
{
	scoped_ptr(columns) struct columns *made = mem_alloc(sizeof *made);
	const char *end;

	*columns = NULL;
	if (!*spec)
		return err_set(err, ERR_USAGE, NULL, "custom-columns: no column is given: expected NAME:PATH,…");
	do {
		end = part_end(spec);
		if (add_part(made, (struct slice){ spec, (size_t)(end - spec) }, err) < 0)
			return -1;
		spec = end + 1;
	} while (*end);
	*columns = steal(made);
	return 0;
}

void columns_header(const struct columns *columns, struct table *table)
{
	table_row(table, (const char *const *)columns->names.at, columns->names.len);
}

static char *cell(const struct jsonpath *path, jv object)
{
	scoped(jv) jv found = jsonpath_find(path, object);
	struct buf text = { 0 };

	if (!jvs_len(found))
		buf_add_text(&text, "<none>");
	for (int i = 0; i < jvs_len(found); i++) {
		scoped(jv) jv value = jvs_item(found, i);

		if (i)
			buf_add_char(&text, ',');
		jsonpath_print(value, &text);
	}
	return buf_steal(&text);
}

void columns_row(const struct columns *columns, jv object, struct table *table)
{
	scoped(strs) struct strs cells = { 0 };

	for (size_t i = 0; i < columns->names.len; i++)
		strs_take(&cells, cell(columns->paths[i], object));
	table_row(table, (const char *const *)cells.at, cells.len);
}
