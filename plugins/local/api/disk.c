#include "api/disk.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/mem.h"

enum statement { BEGIN, COMMIT, ROLLBACK, INSERT, UPDATE, REMOVE, APPEND, FORGET, STATEMENTS };

static const char *const statement_text[STATEMENTS] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
	[INSERT] = "INSERT INTO objects(name, key, facts, object) VALUES(?, ?, ?, ?)",
	[UPDATE] = "UPDATE objects SET facts = ?, object = ? WHERE id = ?",
	[REMOVE] = "DELETE FROM objects WHERE id = ?",
	[APPEND] = ("INSERT INTO changes(version, name, key, type, facts, object, before_facts, before_object)"
		" VALUES(?, ?, ?, ?, ?, ?, ?, ?)"),
	[FORGET] = "DELETE FROM changes WHERE version <= ?",
};

/* No index stands over the keys: memory holds the rows' numbers. A change bears the state before it too, because a
 * watch with a selector must tell what left it, and the older change may be forgotten. */
static const char setup[] =
	"PRAGMA journal_mode = WAL;"
	"PRAGMA synchronous = FULL;"
	"PRAGMA wal_autocheckpoint = 4000;"
	"PRAGMA cache_size = -1024;"
	"PRAGMA journal_size_limit = 33554432;"
	"CREATE TABLE IF NOT EXISTS objects(id INTEGER PRIMARY KEY, name TEXT NOT NULL, key TEXT NOT NULL,"
	" facts BLOB NOT NULL, object BLOB NOT NULL);"
	"CREATE TABLE IF NOT EXISTS changes(version INTEGER PRIMARY KEY, name TEXT NOT NULL, key TEXT NOT NULL,"
	" type INTEGER NOT NULL, facts BLOB NOT NULL, object BLOB NOT NULL, before_facts BLOB, before_object BLOB);";

struct disk {
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENTS];
};

static int disk_fail(struct disk *disk, struct err *err)
{
	return err_set(err, ERR_FAILED, "InternalError", "store: %s", sqlite3_errmsg(disk->db));
}

struct disk *disk_open(const char *path, struct err *err)
{
	scoped_ptr(disk) struct disk *disk = mem_alloc(sizeof *disk);
	mode_t mask = umask(077);
	int result = sqlite3_open_v2(path, &disk->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);

	if (result == SQLITE_OK)
		result = sqlite3_exec(disk->db, setup, NULL, NULL, NULL);
	umask(mask);
	for (int i = 0; result == SQLITE_OK && i < STATEMENTS; i++)
		result = sqlite3_prepare_v3(disk->db, statement_text[i], -1, SQLITE_PREPARE_PERSISTENT,
			&disk->statements[i], NULL);
	if (result != SQLITE_OK) {
		err_set(err, ERR_FAILED, NULL, "%s: %s", path, sqlite3_errmsg(disk->db));
		return NULL;
	}
	return steal(disk);
}

void disk_free(struct disk *disk)
{
	if (!disk)
		return;
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(disk->statements[i]);
	sqlite3_close(disk->db);
	free(disk);
}

/* Runs a statement whose values are bound, and makes it ready for the next time. */
static int run(struct disk *disk, enum statement which, struct err *err)
{
	sqlite3_stmt *statement = disk->statements[which];
	int result = sqlite3_step(statement);

	if (result != SQLITE_DONE)
		disk_fail(disk, err);
	sqlite3_reset(statement);
	return result == SQLITE_DONE ? 0 : -1;
}

int disk_begin(struct disk *disk, struct err *err)
{
	return run(disk, BEGIN, err);
}

int disk_commit(struct disk *disk, struct err *err)
{
	return run(disk, COMMIT, err);
}

void disk_rollback(struct disk *disk)
{
	run(disk, ROLLBACK, NULL);
}

/* What is bound is lent: it lives until the statement has run. */
static void bind_blob(sqlite3_stmt *statement, int index, struct slice bytes)
{
	sqlite3_bind_blob64(statement, index, bytes.at, bytes.len, SQLITE_STATIC);
}

static void bind_text(sqlite3_stmt *statement, int index, const char *text)
{
	sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}

int disk_put(struct disk *disk, const char *name, struct entry *entry, struct err *err)
{
	sqlite3_stmt *statement = disk->statements[entry->row ? UPDATE : INSERT];
	int at = 1;

	if (!entry->row) {
		bind_text(statement, at++, name);
		bind_text(statement, at++, entry->key);
	}
	bind_blob(statement, at++, body_facts(entry->body));
	bind_blob(statement, at++, body_object(entry->body));
	if (entry->row) {
		sqlite3_bind_int64(statement, at, entry->row);
		return run(disk, UPDATE, err);
	}
	if (run(disk, INSERT, err) < 0)
		return -1;
	entry->row = sqlite3_last_insert_rowid(disk->db);
	return 0;
}

int disk_remove(struct disk *disk, const struct entry *entry, struct err *err)
{
	sqlite3_bind_int64(disk->statements[REMOVE], 1, entry->row);
	return run(disk, REMOVE, err);
}

int disk_append(struct disk *disk, const char *name, const char *key, const struct change *change, struct err *err)
{
	sqlite3_stmt *statement = disk->statements[APPEND];

	sqlite3_bind_int64(statement, 1, (int64_t)change->version);
	bind_text(statement, 2, name);
	bind_text(statement, 3, key);
	sqlite3_bind_int(statement, 4, change->type);
	bind_blob(statement, 5, body_facts(change->now));
	bind_blob(statement, 6, body_object(change->now));
	if (change->before) {
		bind_blob(statement, 7, body_facts(change->before));
		bind_blob(statement, 8, body_object(change->before));
	} else {
		sqlite3_bind_null(statement, 7);
		sqlite3_bind_null(statement, 8);
	}
	return run(disk, APPEND, err);
}

int disk_forget(struct disk *disk, uint64_t floor, struct err *err)
{
	sqlite3_bind_int64(disk->statements[FORGET], 1, (int64_t)floor);
	return run(disk, FORGET, err);
}

static struct slice blob(sqlite3_stmt *row, int column)
{
	return (struct slice){ sqlite3_column_blob(row, column), (size_t)sqlite3_column_bytes(row, column) };
}

static int load_object(const struct disk_reader *reader, sqlite3_stmt *row)
{
	scoped(body) struct body *body = body_load(blob(row, 4), blob(row, 3));

	if (!body)
		return -1;
	return reader->object(reader->arg, (const char *)sqlite3_column_text(row, 1),
		(const char *)sqlite3_column_text(row, 2), sqlite3_column_int64(row, 0), body);
}

static int load_change(const struct disk_reader *reader, sqlite3_stmt *row)
{
	scoped(body) struct body *now = body_load(blob(row, 5), blob(row, 4));
	scoped(body) struct body *before = sqlite3_column_type(row, 7) == SQLITE_NULL ? NULL
		: body_load(blob(row, 7), blob(row, 6));
	struct change change = {
		.version = (uint64_t)sqlite3_column_int64(row, 0),
		.type = (enum change_type)sqlite3_column_int(row, 3),
		.now = now, .before = before,
	};

	if (!now)
		return -1;
	return reader->change(reader->arg, (const char *)sqlite3_column_text(row, 1),
		(const char *)sqlite3_column_text(row, 2), &change);
}

static int load(struct disk *disk, const struct disk_reader *reader, const char *query,
	int (*row)(const struct disk_reader *reader, sqlite3_stmt *row), struct err *err)
{
	sqlite3_stmt *statement = NULL;
	int result = sqlite3_prepare_v2(disk->db, query, -1, &statement, NULL);

	if (result == SQLITE_OK)
		while ((result = sqlite3_step(statement)) == SQLITE_ROW)
			if (row(reader, statement) < 0)
				break;
	sqlite3_finalize(statement);
	if (result == SQLITE_ROW)
		return err_set(err, ERR_FAILED, NULL, "store: a row that cannot be read");
	return result == SQLITE_DONE ? 0 : disk_fail(disk, err);
}

int disk_load(struct disk *disk, const struct disk_reader *reader, struct err *err)
{
	if (load(disk, reader, "SELECT id, name, key, facts, object FROM objects", load_object, err) < 0)
		return -1;
	return load(disk, reader, "SELECT version, name, key, type, facts, object, before_facts, before_object"
		" FROM changes ORDER BY version", load_change, err);
}
