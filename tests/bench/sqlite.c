/* sqlite FROM TO BATCH: what SQLite alone needs for the rows of an API's store: reads all of FROM's tables into memory,
 * then writes them into the new file TO in transactions of BATCH rows of each table (WAL, synchronous FULL, as the
 * store has it), and prints how many rows of the table "objects" were written a second. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/strs.h"

struct table {
	char *name;
	sqlite3_value **values; /* columns * rows of them */
	int columns, rows, written;
	sqlite3_stmt *insert;
};

static int fail(sqlite3 *db)
{
	fprintf(stderr, "sqlite: %s\n", sqlite3_errmsg(db));
	exit(1);
}

static sqlite3_stmt *prepare(sqlite3 *db, char *text)
{
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(db, text, -1, &statement, NULL) != SQLITE_OK)
		fail(db);
	free(text);
	return statement;
}

static void table_load(struct table *table, sqlite3 *from)
{
	sqlite3_stmt *rows = prepare(from, mem_printf("SELECT * FROM \"%s\" ORDER BY rowid", table->name));

	table->columns = sqlite3_column_count(rows);
	for (; sqlite3_step(rows) == SQLITE_ROW; table->rows++) {
		size_t first = (size_t)table->rows * table->columns;

		table->values = mem_grow(table->values, first + table->columns, sizeof *table->values);
		for (int i = 0; i < table->columns; i++)
			table->values[first + i] = sqlite3_value_dup(sqlite3_column_value(rows, i));
	}
	sqlite3_finalize(rows);
}

static void table_prepare(struct table *table, sqlite3 *to)
{
	scoped(strs) struct strs marks = { 0 };
	scoped_free char *list = NULL;

	for (int i = 0; i < table->columns; i++)
		strs_add(&marks, "?");
	list = strs_join(&marks, ",");
	table->insert = prepare(to, mem_printf("INSERT INTO \"%s\" VALUES(%s)", table->name, list));
}

static void table_write(struct table *table, sqlite3 *to, int batch)
{
	for (; batch && table->written < table->rows; batch--, table->written++) {
		for (int i = 0; i < table->columns; i++)
			sqlite3_bind_value(table->insert, i + 1, table->values[table->written * table->columns + i]);
		if (sqlite3_step(table->insert) != SQLITE_DONE)
			fail(to);
		sqlite3_reset(table->insert);
	}
}

static void execute(sqlite3 *db, const char *text)
{
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		fail(db);
}

/* Makes FROM's tables in TO and reads their rows. */
static int tables_load(struct table **tables, sqlite3 *from, sqlite3 *to)
{
	sqlite3_stmt *names = prepare(from, mem_dup("SELECT name, sql FROM sqlite_master WHERE type = 'table' "
		"AND name NOT LIKE 'sqlite_%'"));
	int count = 0;

	execute(to, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
	for (; sqlite3_step(names) == SQLITE_ROW; count++) {
		*tables = mem_grow(*tables, count + 1, sizeof **tables);
		(*tables)[count] = (struct table){ .name = mem_dup((const char *)sqlite3_column_text(names, 0)) };
		execute(to, (const char *)sqlite3_column_text(names, 1));
		table_load(&(*tables)[count], from);
		table_prepare(&(*tables)[count], to);
	}
	sqlite3_finalize(names);
	return count;
}

/* Writes all that is left, a batch of each table in a transaction. */
static void tables_write(struct table *tables, int count, sqlite3 *to, int batch)
{
	for (bool more = true; more;) {
		more = false;
		execute(to, "BEGIN IMMEDIATE");
		for (int i = 0; i < count; i++) {
			table_write(&tables[i], to, batch);
			more |= tables[i].written < tables[i].rows;
		}
		execute(to, "COMMIT");
	}
}

int main(int argc, char **argv)
{
	struct table *tables = NULL;
	sqlite3 *from = NULL, *to = NULL;
	int count, objects = 0;
	int64_t began;

	if (argc != 4 || sqlite3_open(argv[1], &from) != SQLITE_OK || sqlite3_open(argv[2], &to) != SQLITE_OK) {
		fprintf(stderr, "sqlite FROM TO BATCH\n");
		return 2;
	}
	count = tables_load(&tables, from, to);
	for (int i = 0; i < count; i++)
		if (sqlite3_stricmp(tables[i].name, "objects") == 0)
			objects = tables[i].rows;
	began = clock_ms();
	tables_write(tables, count, to, atoi(argv[3]));
	printf("%d\n", (int)(objects * 1000LL / (clock_ms() - began + 1)));
	return 0;
}
