#include "formats/columns.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/strs.h"
#include "formats/jsonpath.h"
#include "formats/jvs.h"
#include "formats/table.h"

struct columns {
	struct strs names;
	struct jsonpath **paths;
};

/* Where the part ends: at a comma outside brackets and quotes. */
static const char *part_end(const char *at)
{
	int depth = 0;
	char quote = '\0';

	for (; *at && (depth || quote || *at != ','); at++) {
		if (*at == '\\' && at[1])
			at++;
		else if (quote)
			quote = *at == quote ? '\0' : quote;
		else if (depth && (*at == '"' || *at == '\''))
			quote = *at;
		else if (*at == '[')
			depth++;
		else if (*at == ']' && depth)
			depth--;
	}
	return at;
}

static int add_part(struct columns *columns, struct slice part, struct err *err)
{
	const char *colon = memchr(part.at, ':', part.len);
	struct slice path;

	if (!colon || colon == part.at || colon + 1 == part.at + part.len)
		return err_set(err, ERR_USAGE, NULL, "custom-columns: \"%.*s\" is no NAME:PATH such as NAME:.metadata.name",
			(int)part.len, part.at);
	path = (struct slice){ colon + 1, (size_t)(part.at + part.len - colon - 1) };
	columns->paths = mem_grow(columns->paths, columns->names.len + 1, sizeof *columns->paths);
	if (jsonpath_parse(path, &columns->paths[columns->names.len], err) < 0)
		return err_wrap(err, "custom-columns: column %.*s", (int)(colon - part.at), part.at);
	strs_take(&columns->names, mem_dup_n(part.at, (size_t)(colon - part.at)));
	return 0;
}

int columns_parse(const char *spec, struct columns **columns, struct err *err)
{
	scoped_ptr(columns) struct columns *made = mem_alloc(sizeof *made);

	for (;;) {
		const char *end = part_end(spec);

		if (add_part(made, (struct slice){ spec, (size_t)(end - spec) }, err) < 0)
			return -1;
		if (!*end)
			break;
		spec = end + 1;
	}
	*columns = steal(made);
	return 0;
}

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

void columns_header(const struct columns *columns, struct table *table)
{
	table_header(table, (const char *const *)columns->names.at, columns->names.len);
}

static char *cell(const struct jsonpath *path, jv object)
{
	scoped(jv) jv found = jsonpath_find(path, object);
	struct buf text = { 0 };

	for (int i = 0; i < jvs_len(found); i++) {
		scoped(jv) jv value = jvs_item(found, i);

		if (i)
			buf_add_char(&text, ',');
		jsonpath_print(value, &text);
	}
	if (!jvs_len(found))
		buf_add_text(&text, "<none>");
	return buf_steal(&text);
}

void columns_row(const struct columns *columns, jv object, struct table *table)
{
	scoped(strs) struct strs cells = { 0 };

	for (size_t i = 0; i < columns->names.len; i++)
		strs_take(&cells, cell(columns->paths[i], object));
	table_row(table, (const char *const *)cells.at, cells.len);
}
