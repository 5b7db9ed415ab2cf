/* disk.h: the store's file: a table of the current objects and a table of changes, written in transactions. */
#pragma once

#include <stdint.h>

#include "api/collection.h"
#include "base/scoped.h"

struct err;
struct disk;

struct disk *disk_open(const char *path, struct err *err);      /* NULL with err */
void disk_free(struct disk *disk);
SCOPED_PTR(disk)

int disk_begin(struct disk *disk, struct err *err);
int disk_commit(struct disk *disk, struct err *err);            /* after it, all is on the disk itself */
void disk_rollback(struct disk *disk);

/* name: PLURAL.GROUP of the collection. entry->row is set where it was 0. */
int disk_put(struct disk *disk, const char *name, struct entry *entry, struct err *err);
int disk_remove(struct disk *disk, const struct entry *entry, struct err *err);
int disk_append(struct disk *disk, const char *name, const char *key, const struct change *change, struct err *err);
int disk_forget(struct disk *disk, uint64_t floor, struct err *err);    /* changes up to and with floor */

/* Calls take for each object, then for each change by version. Bodies are lent. -1 where it says so or the file fails.
 */
struct disk_reader {
	int (*object)(void *arg, const char *name, const char *key, int64_t row, struct body *body);
	int (*change)(void *arg, const char *name, const char *key, struct change *change);
	void *arg;
};
int disk_load(struct disk *disk, const struct disk_reader *reader, struct err *err);
